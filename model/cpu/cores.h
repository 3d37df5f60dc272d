/* SPDX-License-Identifier: MIT */
/* Simulated cores: each a coroutine with a local time that runs ahead of the engine up to its
 * horizon (docs/architecture.md, "Simulated cores").
 *
 * Local time is counted in ticks, 16 to a clock cycle, from the machine's start; instrumented
 * code adds to it in register r15, which the gates of drivers/linux/host move in and out of
 * ->ticks. The conversion to picoseconds is an exact ratio of integers taken from the absolute
 * count, so that no error accumulates.
 *
 * Causality: a core acts on devices after core_sync, at its exact time. Two cores see each
 * other's memory at most `interleave` early or late; 0 is exact.
 *
 * Not modelled: simultaneous multithreading, frequency changes, caches beyond the profile's
 * rows. */
#ifndef DOORBELL_CPU_CORES_H
#define DOORBELL_CPU_CORES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/cpu/idle.h"

#define CORES_MAX       64
#define CORE_CATEGORIES 16
#define TICKS_PER_CYCLE 16
#define TICKS_NEVER     UINT64_MAX

enum core_state {
	CORE_OFF,
	CORE_READY,
	CORE_HALTED,
};

/* When the core has been busy for so long (from core_set_stalls on), it stands still for a
 * while, as if firmware had taken it away. */
struct core_stall {
	uint64_t busy_ticks, ticks;
};

#define CORE_STALLS_MAX 8

struct core {
	uint64_t ticks;               /* local time; the register's home between gates */
	unsigned id;
	enum core_state state;
	bool pending;                 /* a vector waits */
	void *resume;                 /* context to go on with */
	struct event timer;
	uint64_t timer_ticks;         /* when it is due, or never */
	struct cores *cores;
	unsigned category;            /* of the time since `since` */
	uint64_t since;
	uint64_t spent[CORE_CATEGORIES];
	uint64_t interruptible_from;  /* start of a charge that an interrupt may cut, or never */
	uint64_t relaxed_events, relaxed_switches;   /* counts when its last turn of a loop ended */
	bool charging;                /* within an explicit charge */
	uint64_t charged;             /* ticks charged explicitly so far */
	uint64_t takeable_from;       /* a vector could be taken from here on, or never */
	uint64_t takeable_charged;    /* `charged` at that moment */
	struct idle idle;
	struct core_stall stall[CORE_STALLS_MAX];   /* by rising busy time; for exploration */
	unsigned stalls, stalled;     /* how many there are, and were */
	uint64_t stall_base;          /* busy time when they were set */
	uint64_t still_until;         /* ticks before which a halted core does not wake */
};

struct cores_cfg {
	unsigned count;
	uint64_t frequency_hz;
	struct dur interleave;        /* how far a core may run ahead of another */
	struct dur relax;             /* one turn of a spinning loop */
	unsigned sockets;             /* the cores are shared out evenly, in order; 0 counts as 1 */
	struct idle_state idle_state[IDLE_STATES_MAX];
	unsigned idle_states;         /* 0: leaving a halt takes no time */
	unsigned categories;          /* how many are in use */
	unsigned category_start;      /* of a core that starts */
	unsigned category_idle;
};

/* What the software on the cores and the interrupt controller give. */
struct cores_ops {
	/* The core stops or begins to run on the host thread: exchange its live registers. */
	void (*switch_out)(void *ctx, struct core *core);
	void (*switch_in)(void *ctx, struct core *core);
	/* Interrupts of the running core are masked. */
	bool (*masked)(void *ctx, struct core *core);
	/* The pending flag of a core changed; it may be the running one. */
	void (*pending)(void *ctx, struct core *core);
	/* The core's timer expired (by an event). */
	void (*timer)(void *ctx, struct core *core);
	void *ctx;
};

struct cores {
	struct sim *sim;
	struct cores_cfg cfg;
	struct cores_ops ops;
	struct core core[CORES_MAX];
	struct core *running;         /* on the host thread now, or NULL */
	struct core *paused;          /* stopped at the limit, to go on with the same horizon */
	struct core *serving;         /* gave way and runs events on its stack: its context is */
	const void *serving_frame;    /* stale, and above this frame are its own calls */
	void *host;                   /* context of cores_run's caller */
	uint64_t *horizon;            /* what instrumented code compares with */
	uint64_t own_horizon;         /* used when nobody gives one */
	uint64_t real_horizon;        /* without the limit and the pending interrupt */
	struct at until;              /* time behind which cores_run does nothing */
	uint64_t limit;               /* the same in ticks of cores */
	uint64_t look;                /* ticks at which the running core comes to its gate */
	uint64_t tick_num, tick_den;  /* picoseconds per tick */
	uint64_t interleave_ticks;
	uint64_t next_ps, next_ticks; /* the engine's next event, converted */
	uint64_t switches;
	/* Told of each core_stall at its end, with ops.ctx; NULL: nobody is. */
	void (*stalled)(void *ctx, struct core *core, uint64_t ticks);
};

int cores_create(struct cores **out, struct sim *sim, const struct cores_cfg *cfg,
		 const struct cores_ops *ops);
void cores_destroy(struct cores *cores);
/* The variable that instrumented code compares its time with. */
void cores_set_horizon_variable(struct cores *cores, uint64_t *horizon);

uint64_t cores_ticks(const struct cores *cores, struct dur d);         /* rounded up */
bool cores_same_socket(const struct cores *cores, unsigned a, unsigned b);
struct at core_time(const struct core *core);

/* The core begins to run `*slot` now (or at the caller's time). */
void core_start(struct cores *cores, unsigned id, void *slot);

/* Runs cores and events up to and including `limit`. Returns the time of the next thing to do,
 * later than limit, or AT_NEVER when nothing is left: all cores halted and no event scheduled.
 * Returns early when the engine was stopped. Called on the host's stack. */
struct at cores_run(struct cores *cores, struct at limit);
/* From within cores_run: its limit is now, because the outside has got something to do now. */
void cores_recall(struct cores *cores);

/* ---- called by the software that runs on a core, through its gates ---- */

/* Everything due by the core's time has happened, on devices and other cores; then the engine
 * stands at the core's time. */
void core_sync(struct core *core);
/* The engine may have got an earlier event: lower the horizon. After every call into devices. */
void cores_refresh_horizon(struct cores *cores);
/* The running core is to reach a check at `ticks` as well (TICKS_NEVER: no more), where it goes
 * on as if nothing had been: for observers, who must not change the run. */
void cores_look(struct cores *cores, uint64_t ticks);
/* Reached the horizon: let others run if they are due. */
void core_horizon(struct core *core);
/* Time passes; events and other cores get their turn within it. */
void core_charge(struct core *core, uint64_t ticks);
/* As core_charge, but stops early when an interrupt is pending and unmasked; returns what is
 * left. */
uint64_t core_charge_interruptible(struct core *core, uint64_t ticks);
/* One turn of a spinning loop, and on to the next moment at which anything can change. The category
 * stays the caller's, who knows what it waits for. */
void core_relax(struct core *core);
/* Sleeps until a vector is pending. */
void core_halt(struct core *core);
void core_set_timer(struct core *core, struct at when);                /* AT_NEVER = off */
/* The software leaves for ever (panic): back to cores_run's caller. Never returns. */
void core_leave(struct core *core) __attribute__((noreturn));

/* The interrupt controller's word: a vector waits, or none any more. */
void core_set_pending(struct core *core, bool pending);

/* The running core takes its vector: ticks since it could have been taken, explicit charges apart.
 * TICKS_NEVER if interrupts were masked or the core halted when the vector came. */
uint64_t core_irq_delay(struct core *core);

/* From now on; `stall` in rising order of busy time. While none is set this costs nothing. */
void core_set_stalls(struct core *core, const struct core_stall *stall, unsigned count);
/* The core, which does not run now, stands still for so long from now on: by an event. */
void core_stand_still(struct core *core, uint64_t ticks);
/* Time that was not spent idle. */
uint64_t core_busy_ticks(const struct core *core);

/* ---- accounting ---- */

/* From now on the core's time counts for `category`; returns the former one. */
unsigned core_category(struct core *core, unsigned category);
/* Ticks spent in each category up to `when`, which lies within a basic block of the core's time (or
 * later, for a halted core): their sum is exactly the ticks of `when`. */
void core_spent(const struct core *core, struct at when, uint64_t spent[CORE_CATEGORIES]);

#endif
