/* SPDX-License-Identifier: MIT */
/* The simulator's side of the boundary to the in-process Linux: gates between kernel code and the
 * simulated cores. Hardware is reached through ops, as software does: physical addresses, vectors.
 * One kernel, so one host, a process: the boundary's functions are global.
 *
 * Ends of the kernel (panic, wild access, failed start of a workload) stop the engine and are told
 * by linux_host_end; the run reports them. Not modelled: restart of a kernel that ended. */
#ifndef DOORBELL_DRIVERS_LINUX_HOST_H
#define DOORBELL_DRIVERS_LINUX_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/boundary_checking.h"
#include "drivers/linux/boundary_mm.h"
#include "drivers/linux/boundary_workloads.h"
#include "drivers/linux/pass/record.h"
#include "model/cpu/cores.h"
#include "model/cpu/tlb.h"
#include "model/trace/trace.h"

/* ticks = base + each * ceil(n / unit) */
struct linux_cost {
	uint64_t base_ticks;
	uint64_t each_ticks;
	unsigned unit;
};

struct linux_host_cfg {
	struct plat_boot boot;                    /* strings outlive the host */
	struct linux_cost cost[PLAT_COST_COUNT];
	uint64_t mmio_write_ticks;                /* what a posted write costs the core */
	uint64_t port_ticks;                      /* OUT: not posted */
	uint16_t insn_ticks[INSN_CLASSES];        /* price of the code's instructions */
	/* Code costs nothing, and its instructions are counted: linux_host_instructions. */
	bool count_instructions;
	/* As plat_lines and plat_lines_end of boundary.h; 0: all memory is every core's own. */
	const unsigned char *lines;
	uint64_t lines_end;
	const struct plat_netdev *netdev;         /* tables outlive the host */
	unsigned netdevs;
	const struct plat_io_job *io_job;
	unsigned io_jobs;
	const struct plat_send *send;
	unsigned sends;
	const struct plat_admin *admin;
	unsigned admins;
	const struct plat_transfer *transfer;
	unsigned transfers;
	const struct plat_mm *mm;
	unsigned mms;
	struct tlb *tlb;                          /* of the cores */
	uint64_t tlb_hit_ticks;                   /* of every user access */
	unsigned tlb_broadcast_pages;             /* of one instruction; 0: cores are interrupted */
	uint64_t tlb_broadcast_ticks;             /* one instruction */
	uint64_t tlb_broadcast_sync_ticks;        /* until all cores have obeyed */
	bool users;                               /* a driver test asks for things */
};

struct linux_host_ops {
	/* A read of device space at `pa`: the way there and the way back. */
	void (*mmio_read_time)(void *ctx, uint64_t pa, struct dur *there, struct dur *back);
	/* behind: how much longer the answer takes because it may not pass the device's writes. */
	uint64_t (*mmio_read)(void *ctx, uint64_t pa, unsigned bytes, struct dur *behind);
	/* 0: written. Else the device has no room: the core stalls so long and tries again. */
	struct dur (*mmio_write)(void *ctx, uint64_t pa, uint64_t value, unsigned bytes);
	/* The highest pending vector of a core, or -1; updates the core's pending flag. */
	int (*irq_take)(void *ctx, struct core *core);
	void (*ipi)(void *ctx, unsigned core, int vector);
	/* Ticks until a core has a line that is not its own; 0 for a prefetch. */
	uint64_t (*touch)(void *ctx, const struct core *core, uint64_t line, bool prefetch);
	/* Ticks that a copy takes longer because its lines are not the core's own; virtual
	 * addresses, from may be 0. */
	uint64_t (*copy)(void *ctx, const struct core *core, uint64_t to, uint64_t from,
			 uint64_t bytes);
	int (*kmap)(void *ctx, uint64_t va, uint64_t pa, uint64_t bytes);
	void (*kunmap)(void *ctx, uint64_t va, uint64_t bytes);
	void (*console)(void *ctx, const char *text, unsigned len);
	/* All workloads wait at the start line; they start when this returns. */
	void (*ready)(void *ctx);
	void (*frame_delivered)(void *ctx, unsigned devfn, uint64_t id, uint32_t hash,
				unsigned frames);
	void (*polled)(void *ctx, unsigned devfn);
	uint64_t (*send_begin)(void *ctx, unsigned sender);
	void (*send_done)(void *ctx, unsigned sender, uint64_t id, int status, unsigned bytes);
	void (*send_notified)(void *ctx, unsigned sender, uint64_t id, int status, bool copied);
	void (*send_pattern)(void *ctx, uint64_t offset, void *data, unsigned bytes);
	unsigned (*stream_wrong)(void *ctx, uint64_t offset, const void *data, unsigned bytes);
	void (*admin_done)(void *ctx, unsigned admin, int status);
	void (*transfer_begin)(void *ctx, unsigned transfer, unsigned slot);
	void (*transfer_done)(void *ctx, unsigned transfer, unsigned slot, unsigned wrong);
	void (*transfer_overwritten)(void *ctx, unsigned transfer);
	/* Returns ticks that the core has to wait now. */
	uint64_t (*tlb_event)(void *ctx, struct core *core, enum plat_tlb_event event,
			      unsigned value);
	void (*tlb_stale)(void *ctx, bool hole);
	void (*mm_begin)(void *ctx, unsigned mm, unsigned lane);
	void (*mm_done)(void *ctx, unsigned mm, unsigned lane, enum plat_mm_what what, int status);
	void (*mm_ended)(void *ctx, unsigned mm, long leaked);
	bool (*io_next)(void *ctx, unsigned job, struct plat_io *io);
	void (*io_submitted)(void *ctx, unsigned job, unsigned slot, uint64_t offset);
	void (*io_completed)(void *ctx, unsigned job, unsigned slot, int status, unsigned bad);
	/* In the checking build: a rule of the DMA API was broken, or one of the kernel's own
	 * checkers complains. One line; the rule's name
	 * lives for ever. */
	void (*breach)(void *ctx, const char *rule, const char *text);
	/* In the checking build: what the kernel asked of the DMA API just now. */
	void (*dma_call)(void *ctx, const struct plat_dma *dma);
	unsigned (*io_pattern)(void *ctx, unsigned job, uint64_t offset, void *data, unsigned bytes,
			       int write);
	/* For a driver test. */
	bool (*user_next)(void *ctx, unsigned core, struct plat_user *user);
	void (*user_done)(void *ctx, unsigned id, long status, uint64_t value);
	unsigned (*user_data)(void *ctx, unsigned id, void *data, unsigned bytes, int write);
	void (*frame_data)(void *ctx, unsigned devfn, const void *payload, unsigned bytes);
	bool (*call_fails)(void *ctx, unsigned call, unsigned devfn, uint64_t caller);
};

enum linux_end {
	LINUX_RUNS,
	LINUX_PANIC,      /* panic, BUG or oops */
	LINUX_FAULT,      /* kernel code touched an address that is not mapped */
	LINUX_HALT,
	LINUX_RESTART,
	LINUX_WORKLOAD,   /* an interface or block device could not be set up */
};

struct linux_host;

int linux_host_create(struct linux_host **out, struct sim *sim, const struct linux_host_cfg *cfg,
		      const struct linux_host_ops *ops, void *ctx);
void linux_host_destroy(struct linux_host *host);
/* What the cores need from their software; `timer` stays for the caller to fill. */
void linux_host_cores_ops(struct cores_ops *ops);
/* The cores exist: core 0 will begin at kern_start. */
void linux_host_start(struct linux_host *host, struct cores *cores);

enum linux_end linux_host_end(const struct linux_host *host);
const char *linux_host_end_message(const struct linux_host *host);
unsigned linux_host_end_core(const struct linux_host *host);
/* Executed so far by counted code; with count_instructions only. */
uint64_t linux_host_instructions(const struct linux_host *host);
/* WARN and BUG reports so far; "at ... ns on cpu..." of the first one. */
unsigned linux_host_warnings(const struct linux_host *host);
void linux_host_first_warning(const struct linux_host *host, char *text, size_t bytes);
/* So far. */
uint64_t linux_host_counted(const struct linux_host *host, enum plat_count what);
/* Copied to and from bounce buffers so far. */
uint64_t linux_host_bounced_bytes(const struct linux_host *host);

/* A device accesses memory at a bus address; in the checking build it is
 * checked against the mappings. */
void linux_host_device_access(struct linux_host *host, unsigned devfn, uint64_t bus, uint64_t bytes,
			      bool write);
/* It is about to write to memory, at a physical address. */
void linux_host_device_write(struct linux_host *host, uint64_t pa, uint64_t bytes);
/* From now on memory is weakly ordered for drivers (weak.h), in the checking build only. */
int linux_host_weaken(struct linux_host *host, uint64_t seed);
/* From now on it is known, in the checking build, who takes objects of the slab allocator; and how
 * many are there that functions with such names took since, with one of the places. */
void linux_host_watch_owners(struct linux_host *host);
unsigned linux_host_left(const struct linux_host *host, const char *prefix, char *place,
			 size_t bytes);
/* Objects of slab caches whose names begin so; 0 but in the checking build. */
uint64_t linux_host_objects(const struct linux_host *host, const char *caches);
/* The kernel in this executable is the checking build. */
bool linux_host_is_checking(void);

/* ---- for watching: is a core still getting anywhere? ---- */

/* Counts a core's task switches, system calls of workloads, and times it went idle: a core that has
 * had none for long is busy with a single piece of kernel code. */
uint64_t linux_host_signs(const struct linux_host *host, unsigned core);
/* Interrupts the core has taken. */
uint64_t linux_host_taken(const struct linux_host *host, unsigned core);
/* The kernel's function that runs now or called us; "" if none does. */
void linux_host_function(const struct linux_host *host, char *text, size_t bytes);
/* "function+0x12" of an address in kernel code. */
void linux_host_name(uint64_t pc, char *text, size_t bytes);
/* From now on the kernel asks ops->call_fails about each call that a scenario may let fail. */
void linux_host_arm_faults(bool armed);
/* Call chains of all cores to the console; none of them may be running. */
void linux_host_dump_cores(struct linux_host *host);

/* ---- observation: changes nothing of the run ---- */

/* Sampling of call chains (profile.h), to be started when the cores run. */
int linux_host_profile_create(struct linux_host *host, uint64_t interval_ticks);
void linux_host_profile_start(struct linux_host *host);
void linux_host_profile_stop(struct linux_host *host);
int linux_host_profile_write(const struct linux_host *host, const char *const *category_name,
			     FILE *out);
/* From now on the trace is told what runs on each core (slices.h). */
int linux_host_slices_start(struct linux_host *host);
/* Function and category of a "linux.slice" event's call; NULL: an interrupt, idling or
 * spinning, for which the category is the best name. */
bool linux_host_is_slice(const struct trace_point *point);
const char *linux_host_call_function(uint64_t call);
unsigned linux_host_call_category(uint64_t call);

#endif
