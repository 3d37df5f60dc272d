/* SPDX-License-Identifier: MIT */
/* The ideal host on fake devices: an 82599 and an NVMe controller as far as a driver sees them,
 * with scripted arrivals and a constant medium, all written from the specifications and apart
 * from the models. Not modelled: everything the ideal driver does not touch. */
#ifndef DOORBELL_TESTS_UNIT_IDEAL_RIG_H
#define DOORBELL_TESTS_UNIT_IDEAL_RIG_H

#include "drivers/ideal/ideal.h"

#define RIG_EVENTS  256
#define RIG_LOG     256
#define RIG_QUEUES  4
#define RIG_JOBS    4
#define NIC_DEVFN   8u
#define SSD_DEVFN   16u
#define NS          1000ULL       /* picoseconds */

/* How a scripted frame comes: whole, or first only its head and cause, the data later. */
enum rig_arrival { ARRIVE, ARRIVE_HEAD, ARRIVE_DATA, ARRIVE_INTERRUPT };

struct rig;

struct rig_event {
	struct event event;
	struct rig *rig;
	enum rig_arrival kind;
	unsigned queue;
	uint64_t id;
	unsigned job, cid;
};

struct rig_log {
	uint64_t ps, id;
	unsigned job, slot;
	int status;
	unsigned bad;
};

struct rig_command {
	uint8_t opcode;
	uint16_t cid;
	uint32_t nsid;
	uint64_t prp1, prp2, lba;
	uint32_t blocks;
};

struct rig {
	struct sim sim;
	struct ideal *ideal;
	struct ideal_cfg cfg;
	uint8_t *memory, config[2][4096], *nic_regs, *ssd_regs;
	struct rig_event event[RIG_EVENTS];
	unsigned events;
	/* 82599 */
	unsigned head[RIG_QUEUES], dropped, interrupts;
	uint32_t cause, enabled;
	/* NVMe */
	unsigned granted;             /* queues */
	unsigned mdts, commands;
	bool fatal, refuse_admin;
	unsigned admin_head, admin_posted;
	uint64_t sq[RIG_JOBS + 1], cq[RIG_JOBS + 1];
	unsigned entries[RIG_JOBS + 1], sq_head[RIG_JOBS + 1], cq_tail[RIG_JOBS + 1];
	unsigned phase[RIG_JOBS + 1], vector[RIG_JOBS + 1];
	bool irq_enabled[RIG_JOBS + 1];
	unsigned cq_doorbells;
	struct dur medium;
	uint16_t status;              /* of I/O completions */
	struct rig_command command;   /* the last */
	/* What the host told. */
	bool ready;
	struct at zero;
	struct rig_log delivered[RIG_LOG], submitted[RIG_LOG], completed[RIG_LOG];
	unsigned deliveries, submissions, completions, polls, patterns, bad;
	int write;
	uint64_t next_offset;
	const char *failed;
	unsigned failed_devfn;
};

struct rig *rig_new(const struct ideal_cfg *cfg);
void rig_free(struct rig *rig);
/* Queue entries that the controller allows (CAP.MQES). */
void rig_entries(struct rig *rig, unsigned entries);
/* One NIC at the start, all queues of `ring` buffers, throttle off. */
void rig_nic(struct rig *rig, unsigned queues, unsigned ring);
void rig_ssd(struct rig *rig, const struct ideal_job *jobs, unsigned count);
/* Runs the bring-up until ready. */
void rig_up(struct rig *rig);
/* Times count from ready. */
void rig_script(struct rig *rig, uint64_t ps, enum rig_arrival kind, unsigned queue, uint64_t id);
void rig_run(struct rig *rig, uint64_t ps);

#endif
