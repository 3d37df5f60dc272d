/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_DRIVERS_IDEAL_INTERNAL_H
#define DOORBELL_DRIVERS_IDEAL_INTERNAL_H

#include "drivers/ideal/ideal.h"

#define IDEAL_DEVICES    8u
#define IDEAL_CORES_MAX  64
#define SOCKET_QUEUE     4096u
#define IDEAL_DEPTH_MAX  1024u

/* Queue or job n of device d interrupts core n modulo cores with vector 32 + 16 d + n / cores: core
 * and vector together name it. */
#define IDEAL_VECTOR0    32u

/* One activity with a duration: what an ideal core does now. Zero durations end at once. */
struct ideal_work {
	struct event event;
	struct at began;
	struct dur length;
};

struct ideal_packet {
	uint64_t id;
	uint32_t hash;
};

enum queue_state {
	QUEUE_IDLE,
	QUEUE_SLEEP,        /* scheme timer: until the next look */
	QUEUE_INTERRUPT,    /* c_i runs */
	QUEUE_POLL,         /* c_o runs */
	QUEUE_PACKET,       /* c_p runs */
	QUEUE_LOOK,         /* between packets: read the ring */
};

struct ideal_queue {
	struct ideal_device *device;
	unsigned number;
	enum queue_state state;
	struct ideal_work work;
	unsigned polled;            /* packets of this poll */
	uint64_t ring, buffers;     /* physical */
	unsigned next;              /* descriptor to look at */
	unsigned tail;              /* first descriptor without a posted buffer */
	struct ideal_packet packet; /* in service */
	/* Low-priority application. */
	struct ideal_packet socket[SOCKET_QUEUE];
	unsigned socket_head, socket_count;
	struct ideal_work application;
	struct dur left;            /* of the packet that was preempted */
	bool application_runs;
	uint64_t busy_ps;           /* finished work, the application's not counted */
	uint64_t application_ps;
};

struct ideal_slot {
	bool write, failed;
	unsigned commands;          /* not completed yet */
	uint64_t offset;
};

enum job_doing {
	JOB_IDLE,
	JOB_SUBMITS,
	JOB_INTERRUPT,
	JOB_POLLS,          /* waits for the next look */
	JOB_COMPLETES,
};

struct ideal_io {
	struct ideal_device *device;
	struct ideal_job cfg;
	unsigned queue;             /* I/O queue pair, from 1 */
	struct ideal_work work;
	enum job_doing doing;
	struct event pace;
	struct event think;         /* the first that ends; they end in order, as all are as long */
	struct at *thinking;        /* ring of ends, depth entries */
	unsigned think_head, think_count;
	struct ideal_slot *slot;
	unsigned *free_slot;        /* a stack; depth - in_flight of them */
	uint64_t sq, cq, buffers, prp;   /* physical */
	unsigned buffer_bytes;      /* of a slot: whole pages */
	unsigned parts, part_bytes; /* commands of an I/O, and what each but the last moves */
	unsigned entries, tail, head, phase;
	unsigned to_submit;         /* submissions that are due */
	unsigned in_flight;
	unsigned submitting, completing;
	bool interrupted;
	bool reaping, reaped;       /* completions are looked for; some were taken */
	uint64_t busy_ps;
};

struct ideal_device {
	struct ideal *ideal;
	bool ssd;
	unsigned index, devfn;
	uint64_t bar0, msix_bar, msix_table;
	unsigned queues, ring, leave;
	unsigned descriptors;       /* of a ring: the next multiple of eight above `ring` */
	uint32_t eitr_us;
	struct ideal_queue *queue;
	struct ideal_io *io;
	unsigned ios;
	unsigned step;              /* of the bring-up */
	uint64_t admin_sq, admin_cq, identify;
	unsigned admin_tail, admin_head;
	uint32_t admin_result;      /* dword 0 of the completions so far */
	unsigned doorbell_shift, page_shift, queue_entries_max;
	bool up, failed;
};

struct ideal {
	struct sim *sim;
	struct ideal_cfg cfg;
	struct ideal_ops ops;
	void *ctx;
	struct ideal_device device[IDEAL_DEVICES];
	unsigned devices;
	uint64_t memory;            /* next free physical address */
	struct event bring_up;
};

/* ideal.c */
void ideal_work_init(struct ideal_work *work, const char *name, void (*fn)(void *ctx), void *ctx);
/* True: it takes time, fn will be called at its end. False: it took none. */
bool ideal_work_begin(struct ideal *ideal, struct ideal_work *work, struct dur length);
/* Time since it began, as far as it ran. */
uint64_t ideal_work_elapsed(const struct ideal *ideal, const struct ideal_work *work);
/* Physical memory, aligned to pages; 0 when RAM is used up. */
uint64_t ideal_take_memory(struct ideal *ideal, uint64_t bytes);

/* pci.c: BARs, memory and bus master enables, MSI-X. */
void ideal_pci_enable(struct ideal_device *device, unsigned bar_number, uint64_t bar);
/* Returns where the vector table is. */
uint64_t ideal_msix_enable(struct ideal_device *device);
/* The core and the vector of queue or job n. */
unsigned ideal_core(const struct ideal_device *device, unsigned n);
unsigned ideal_vector(const struct ideal_device *device, unsigned n);
/* MSI-X table entry `vector` interrupts for queue or job n. */
void ideal_msix_vector(struct ideal_device *device, uint64_t table, unsigned vector, unsigned n);

uint32_t ideal_read32(struct ideal_device *device, uint64_t offset);
void ideal_write32(struct ideal_device *device, uint64_t offset, uint32_t value);

/* nic.c: bring-up; receive.c: from the interrupt to the sink */
int ideal_nic_memory(struct ideal_device *device);
bool ideal_nic_bring_up(struct ideal_device *device);
void ideal_queue_init(struct ideal_device *device, unsigned queue);
/* Work so far, the application's not counted. */
uint64_t ideal_queue_busy_ps(const struct ideal_queue *queue);
/* Posts a buffer; its descriptor is the one at the tail. The device is told by ideal_nic_post. */
void ideal_nic_give(struct ideal_queue *queue);
void ideal_nic_post(struct ideal_queue *queue);
uint64_t *ideal_nic_descriptor(const struct ideal_queue *queue, unsigned index);
uint64_t ideal_nic_buffer(const struct ideal_queue *queue, unsigned index);
/* Lets interrupts come again, for what arrives from now on. */
void ideal_nic_unmask(struct ideal_queue *queue);
void ideal_nic_mask(struct ideal_queue *queue);
void ideal_nic_interrupt(struct ideal_device *device, unsigned queue);
/* Scheme timer: all queues go to sleep for the first time. */
void ideal_nic_sleep(struct ideal_device *device);

/* ssd.c: bring-up; job.c: I/O */
int ideal_ssd_memory(struct ideal_device *device);
void ideal_ssd_doorbell(struct ideal_device *device, unsigned queue, bool completion,
			unsigned value);
void ideal_job_init(struct ideal_io *io);
uint64_t ideal_io_buffer(const struct ideal_io *io, unsigned slot);
uint64_t ideal_io_prp(const struct ideal_io *io, unsigned slot);
bool ideal_ssd_bring_up(struct ideal_device *device);
void ideal_ssd_start(struct ideal_device *device);
void ideal_ssd_interrupt(struct ideal_device *device, unsigned n);

#endif
