/* SPDX-License-Identifier: MIT */
/* The ideal host: a driver of constant costs and no real code, with which device models are
 * compared with theory. It programs the devices through their registers, descriptor rings in
 * simulated memory and message interrupts, as software does, but its own work takes exactly the
 * configured times. Queue or job n works on ideal core n modulo their number. Access to
 * registers and memory takes no time.
 *
 * Schemes: interrupt: one packet an interrupt-level service, per packet `interrupt` + `packet`;
 * interrupt-drain: the handler stays until the ring is empty, `interrupt` once; napi: mask, poll
 * with budget (`poll` per poll, `packet` per packet, ring re-read after each packet), re-enable
 * when a poll finds fewer than the budget. A poll that used the budget up is followed by
 * another, which may find nothing; timer: interrupts stay off, a queue that finds its ring empty
 * sleeps `poll_interval`, looks again (`poll` per look) and serves until the ring is empty; it is
 * idle while it sleeps. `application` is low-priority work per packet, done while nothing of the
 * above runs (preemptive resume), from a socket queue of 4096 packets; what does not fit is lost.
 *
 * With `leave` a service ends when that many packets are left in the ring (a low watermark).
 *
 * Rings: `ring` buffers are posted, all of them usable (the descriptor ring is larger, as a full
 * ring looks empty). A packet keeps its buffer until its `packet` time is over, so that `ring`
 * counts those that wait and the one in service. In the schemes without NAPI an interrupt that
 * finds the queue at work costs nothing; one that finds an idle queue costs `interrupt`, with
 * interrupt-drain even when the ring is empty by now.
 *
 * I/O: a job does one thing at a time: `submit` per command, `interrupt` per interrupt,
 * `complete` per completion; an interrupt that comes while completions are taken costs nothing,
 * as the queue is read again anyway. Latency runs from the begin of `submit` to the end of
 * `complete`. Polled jobs look every `poll_interval` while commands are outstanding, first that
 * long after the end of the submission, and are busy all that time. With a period submissions
 * fall due at its multiples and wait when all slots are in use. In a closed loop an I/O is followed
 * by the next one after `think`, in which the core has nothing to do for it.
 *
 * An I/O larger than the controller's MDTS takes several commands; `submit` and `complete` are
 * paid once, the latter when the last command is completed.
 *
 * Not modelled: contention of several queues or jobs for one ideal core, transmit, adaptive
 * throttle. */
#ifndef DOORBELL_DRIVERS_IDEAL_H
#define DOORBELL_DRIVERS_IDEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"

#define IDEAL_QUEUES_MAX 16u      /* of a device */

enum ideal_scheme {
	IDEAL_INTERRUPT,
	IDEAL_INTERRUPT_DRAIN,
	IDEAL_NAPI,
	IDEAL_TIMER,
};

struct ideal_cfg {
	enum ideal_scheme scheme;
	struct dur interrupt;         /* c_i, per interrupt */
	struct dur packet;            /* c_p, per packet */
	struct dur poll;              /* c_o, per poll */
	struct dur application;       /* c_u, per packet */
	unsigned budget;
	struct dur submit, complete;  /* per I/O */
	struct dur poll_interval;     /* of polled jobs and of scheme timer: not zero */
	struct dur think;             /* closed loops: completion to the next submission */
	unsigned cores;
};

/* How the ideal host reaches hardware: all at the present instant. */
struct ideal_ops {
	uint64_t (*mmio_read)(void *ctx, uint64_t pa, unsigned bytes);
	void (*mmio_write)(void *ctx, uint64_t pa, uint64_t value, unsigned bytes);
	void *(*memory)(void *ctx, uint64_t pa, uint64_t bytes);   /* simulated RAM */
	void (*frame_delivered)(void *ctx, unsigned devfn, uint64_t id, uint32_t hash,
				unsigned frames);
	uint64_t (*io_next)(void *ctx, unsigned job, int *write);
	void (*io_submitted)(void *ctx, unsigned job, unsigned slot, uint64_t offset);
	void (*io_completed)(void *ctx, unsigned job, unsigned slot, int status, unsigned bad);
	unsigned (*io_pattern)(void *ctx, unsigned job, uint64_t offset, void *data, unsigned bytes,
			       int write);
	/* A NAPI poll ended. */
	void (*polled)(void *ctx, unsigned devfn);
	/* The device cannot be brought up; ready will not come. */
	void (*failed)(void *ctx, unsigned devfn, const char *why);
	/* All devices are up; workloads start when this returns. */
	void (*ready)(void *ctx);
};

struct ideal_nic {
	unsigned devfn;
	uint64_t bar0, msix_bar;      /* where to put the BARs */
	unsigned queues;              /* 1..16 */
	unsigned ring;                /* buffers: 1..4096 */
	unsigned leave;               /* packets that end a service when so few are in the ring */
	uint32_t eitr_us;             /* throttle: 0 = off, else even, up to 1022 (8.2.3.5.12) */
};

struct ideal_ssd {
	unsigned devfn;
	uint64_t bar0;
};

struct ideal_job {
	unsigned id, devfn;
	unsigned depth;               /* 1..1024 */
	unsigned bytes;               /* a multiple of 512, up to 1 MiB */
	bool polled, verify;
	struct dur period;            /* 0 = closed loop */
};

struct ideal;

int ideal_create(struct ideal **out, struct sim *sim, const struct ideal_cfg *cfg,
		 const struct ideal_ops *ops, void *ctx);
void ideal_destroy(struct ideal *ideal);
/* 0 or a negative sim_err, and sim->error says why. Before ideal_start; rings and buffers are taken
 * from simulated RAM from its beginning. At most 16 jobs a device; each takes a queue pair. */
int ideal_add_nic(struct ideal *ideal, const struct ideal_nic *nic);
int ideal_add_ssd(struct ideal *ideal, const struct ideal_ssd *ssd, const struct ideal_job *jobs,
		  unsigned count);
/* Brings the devices up; ops->ready follows by an event. */
int ideal_start(struct ideal *ideal);
/* A message interrupt arrived: core and vector as the message said. */
void ideal_interrupt(struct ideal *ideal, unsigned core, unsigned vector);
/* Time a core was not idle so far, in picoseconds. */
uint64_t ideal_busy_ps(const struct ideal *ideal, unsigned core);
/* What of it was `application`. */
uint64_t ideal_application_ps(const struct ideal *ideal, unsigned core);

#endif
