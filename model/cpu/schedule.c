/* SPDX-License-Identifier: MIT */
/* Who runs when: always what is earliest, events before cores of the same time, cores of the same
 * time by their number. A core that is running goes on until its horizon: the next event, or the
 * time of another ready core plus the interleave. A core that gives way runs the events that are
 * due on its own stack and switches to the next core directly: each change of stacks leaves the
 * processor with returns that it predicts wrongly, which costs more than an event. Only limits go
 * through the host's stack. */
#include "model/core/assert.h"
#include "model/cpu/context.h"
#include "model/cpu/cores.h"

static uint64_t next_event_ticks(struct cores *cores)
{
	uint64_t ps = engine_next(cores->sim->engine).ps;

	if (ps != cores->next_ps) {
		cores->next_ps = ps;
		cores->next_ticks =
			ps == UINT64_MAX ? TICKS_NEVER : cores_ticks(cores, dur_ps(ps));
	}
	return cores->next_ticks;
}

static struct core *earliest_ready(struct cores *cores)
{
	struct core *best = NULL;

	for (unsigned id = 0; id < cores->cfg.count; id++) {
		struct core *core = &cores->core[id];

		if (core->state == CORE_READY && (!best || core->ticks < best->ticks))
			best = core;
	}
	return best;
}

/* The earliest ready core other than `self`; TICKS_NEVER if there is none. */
static uint64_t earliest_other(const struct core *self)
{
	const struct cores *cores = self->cores;
	uint64_t best = TICKS_NEVER;

	for (unsigned id = 0; id < cores->cfg.count; id++) {
		const struct core *core = &cores->core[id];

		if (core != self && core->state == CORE_READY && core->ticks < best)
			best = core->ticks;
	}
	return best;
}

uint64_t core_busy_ticks(const struct core *core)
{
	unsigned idle = core->cores->cfg.category_idle;
	uint64_t spent = core->spent[idle];

	if (core->category == idle && core->ticks > core->since)
		spent += core->ticks - core->since;
	return core->ticks - spent;
}

void core_set_stalls(struct core *core, const struct core_stall *stall, unsigned count)
{
	ASSERT(count <= CORE_STALLS_MAX);
	for (unsigned i = 0; i < count; i++)
		core->stall[i] = stall[i];
	core->stalls = count;
	core->stalled = 0;
	core->stall_base = core_busy_ticks(core);
	cores_refresh_horizon(core->cores);
}

/* A core that is to run first catches up at its next gate, a halted one when it wakes. */
void core_stand_still(struct core *core, uint64_t ticks)
{
	uint64_t now = cores_ticks(core->cores, dur_ps(sim_now(core->cores->sim).ps));

	ASSERT(core->cores->running != core);
	if (core->state == CORE_HALTED) {
		if (core->still_until < now + ticks)
			core->still_until = now + ticks;
	} else if (core->state == CORE_READY) {
		core->stall_base += ticks;
		core->charged += ticks;
		core->ticks += ticks;
		if (core->interruptible_from != TICKS_NEVER &&
		    core->interruptible_from < now + ticks)
			core->interruptible_from = now + ticks;
	}
}

/* When the next stall is due if the core stays busy. */
static uint64_t stall_due(const struct core *core)
{
	uint64_t idle = core->ticks - core_busy_ticks(core);

	if (core->stalled == core->stalls)
		return TICKS_NEVER;
	return core->stall_base + core->stall[core->stalled].busy_ticks + idle;
}

static void stall(struct core *core)
{
	while (core->ticks >= stall_due(core)) {
		uint64_t ticks = core->stall[core->stalled].ticks;

		core->stall_base += ticks;   /* standing still is no work */
		core->stalled++;
		core->charged += ticks;
		core->ticks += ticks;
		if (core->cores->stalled)
			core->cores->stalled(core->cores->ops.ctx, core, ticks);
	}
}

/* What the code compares with: the real horizon, the limit of this cores_run, an observer's time, or
 * 0 when an interrupt can be taken. */
static void publish_horizon(struct cores *cores)
{
	struct core *core = cores->running;
	uint64_t horizon =
		cores->real_horizon < cores->limit ? cores->real_horizon : cores->limit;

	if (cores->look < horizon)
		horizon = cores->look;
	if (core->stalls && stall_due(core) < horizon)
		horizon = stall_due(core);
	if (core->pending && !cores->ops.masked(cores->ops.ctx, core))
		horizon = 0;
	*cores->horizon = horizon;
}

void cores_look(struct cores *cores, uint64_t ticks)
{
	cores->look = ticks;
	if (cores->running)
		publish_horizon(cores);
}

static void set_horizon(struct core *core)
{
	struct cores *cores = core->cores;
	uint64_t horizon = next_event_ticks(cores);
	uint64_t other = earliest_other(core);

	if (other != TICKS_NEVER && other + cores->interleave_ticks < horizon)
		horizon = other + cores->interleave_ticks;
	cores->real_horizon = horizon;
	publish_horizon(cores);
}

void cores_refresh_horizon(struct cores *cores)
{
	if (cores->running)
		set_horizon(cores->running);
}

static void begin(struct cores *cores, struct core *core)
{
	cores->running = core;
	cores->switches++;
	cores->ops.switch_in(cores->ops.ctx, core);
	set_horizon(core);
}

static void end(struct cores *cores)
{
	cores->ops.switch_out(cores->ops.ctx, cores->running);
	cores->running = NULL;
}

/* The core that may run now without the host: the earliest one, if no event is due at its time and
 * the limit lies behind it. NULL: the host's turn. */
static struct core *successor(struct cores *cores)
{
	struct core *core = earliest_ready(cores);

	if (!core || next_event_ticks(cores) <= core->ticks || core->ticks >= cores->limit ||
	    engine_stopped(cores->sim->engine))
		return NULL;
	return core;
}

/* Is it events that the host would run next? Then the core that gives way may as well do it. */
static bool events_first(struct cores *cores)
{
	struct engine *engine = cores->sim->engine;
	struct core *core = earliest_ready(cores);
	uint64_t event = next_event_ticks(cores);

	return event != TICKS_NEVER && (!core || event <= core->ticks) &&
	       engine_next(engine).ps <= cores->until.ps && !engine_stopped(engine);
}

/* Runs events until a core can go on, which it returns, or it is the host's turn. */
static struct core *serve(struct core *core)
{
	struct cores *cores = core->cores;
	struct engine *engine = cores->sim->engine;
	struct core *next = NULL;

	cores->serving = core;
	cores->serving_frame = __builtin_frame_address(0);
	while (!next && events_first(cores)) {
		engine_run(engine, engine_next(engine));
		next = successor(cores);
	}
	cores->serving = NULL;
	return next;
}

/* Lets others run; comes back when this core is the earliest again. */
static void yield(struct core *core)
{
	struct cores *cores = core->cores;
	struct core *next = successor(cores);

	if (next == core) {
		set_horizon(core);
		return;
	}
	end(cores);
	if (!next)
		next = serve(core);
	if (next == core) {
		begin(cores, core);
		return;
	}
	if (next) {
		begin(cores, next);
		context_switch(&core->resume, &next->resume);
	} else {
		context_switch(&core->resume, &cores->host);
	}
}

/* Foreign activity is due outside: stop here and go on later as if nothing had been. */
static void pause_at_limit(struct core *core)
{
	struct cores *cores = core->cores;

	cores->paused = core;
	context_switch(&core->resume, &cores->host);
}

static void run_core(struct cores *cores, struct core *core)
{
	if (cores->paused) {
		ASSERT(core == cores->paused);
		cores->paused = NULL;
		if (next_event_ticks(cores) < cores->real_horizon)
			cores->real_horizon = next_event_ticks(cores);
		publish_horizon(cores);
	} else {
		begin(cores, core);
	}
	context_switch(&cores->host, &core->resume);
}

/* Ticks at which a limit in picoseconds is passed. */
static uint64_t ticks_after(struct cores *cores, struct at limit)
{
	return limit.ps == UINT64_MAX ? TICKS_NEVER : cores_ticks(cores, dur_ps(limit.ps + 1));
}

struct at cores_run(struct cores *cores, struct at limit)
{
	struct engine *engine = cores->sim->engine;

	cores->until = limit;
	cores->limit = ticks_after(cores, limit);
	while (!engine_stopped(engine)) {
		struct core *core = cores->paused ? cores->paused : earliest_ready(cores);
		uint64_t event = next_event_ticks(cores);

		if (cores->paused) {
			/* Others may have scheduled an event that is due while the core was
			 * charging: then it gives way, as it would have done without the limit. */
			if (core->ticks >= cores->limit && event > core->ticks)
				return core_time(core);
			run_core(cores, core);
		} else if (event != TICKS_NEVER && (!core || event <= core->ticks)) {
			if (cores->until.ps < engine_next(engine).ps)
				return engine_next(engine);
			engine_run(engine, engine_next(engine));
		} else if (!core) {
			return AT_NEVER;
		} else if (core->ticks >= cores->limit) {
			return core_time(core);
		} else {
			run_core(cores, core);
		}
	}
	return engine_now(engine);
}

void cores_recall(struct cores *cores)
{
	struct at now = sim_now(cores->sim);
	uint64_t ticks = cores->running ? cores->running->ticks
					: cores_ticks(cores, dur_ps(now.ps));

	cores->until = at_min(cores->until, now);
	cores->limit = ticks < cores->limit ? ticks : cores->limit;
	if (cores->running)
		publish_horizon(cores);
}

static bool behind(struct core *core)
{
	struct cores *cores = core->cores;

	return next_event_ticks(cores) <= core->ticks || earliest_other(core) < core->ticks;
}

void core_sync(struct core *core)
{
	while (behind(core))
		yield(core);
	if (core->ticks >= core->cores->limit)
		pause_at_limit(core);
	while (behind(core))
		yield(core);
	engine_advance(core->cores->sim->engine, core_time(core));
}

void core_horizon(struct core *core)
{
	struct cores *cores = core->cores;

	if (core->stalls)
		stall(core);
	if (core->ticks >= cores->limit && core->ticks < cores->real_horizon)
		pause_at_limit(core);
	if (core->ticks >= cores->real_horizon)
		yield(core);
	else
		publish_horizon(cores);
}

/* While time is charged the core touches nothing, so it goes to the end at once and lets the others
 * catch up. */
void core_charge(struct core *core, uint64_t ticks)
{
	core->ticks += ticks;
	core->charged += ticks;
	core->charging = true;
	if (core->ticks >= *core->cores->horizon)
		core_horizon(core);
	core->charging = false;
}

uint64_t core_charge_interruptible(struct core *core, uint64_t ticks)
{
	struct cores *cores = core->cores;
	uint64_t end_ticks = core->ticks + ticks;

	if (core->pending && !cores->ops.masked(cores->ops.ctx, core))
		return ticks;
	if (!cores->ops.masked(cores->ops.ctx, core))
		core->interruptible_from = core->ticks;
	core_charge(core, ticks);
	core->interruptible_from = TICKS_NEVER;
	return core->ticks < end_ticks ? end_ticks - core->ticks : 0;
}

/* When the memory that a spinning loop reads may change next: an event, or another ready core. */
static uint64_t next_change(const struct core *core)
{
	uint64_t other = earliest_other(core);
	uint64_t event = next_event_ticks(core->cores);

	return other < event ? other : event;
}

/* Whole turns, at least one, that reach `bound` or the limit. */
static uint64_t turns_to(const struct core *core, uint64_t bound, uint64_t turn)
{
	uint64_t limit = core->cores->limit;

	if (bound == TICKS_NEVER)
		return 1;
	if (limit < bound)
		bound = limit;
	return bound > core->ticks + turn ? (bound - core->ticks + turn - 1) / turn : 1;
}

/* Whole turns up to the next change are taken at once: the outcome of turning one by one. They are
 * taken in parts at limits, behind which a foreign process may have brought the change forward.
 *
 * What the loop waits for may have changed since it looked, if it did something that takes time
 * after it looked (a register read): then the turn is a single one. */
void core_relax(struct core *core)
{
	struct cores *cores = core->cores;
	uint64_t turn = cores_ticks(cores, cores->cfg.relax);
	uint64_t events = engine_events_run(cores->sim->engine), switches = cores->switches;
	bool seen = core->relaxed_events == events && core->relaxed_switches == switches;
	uint64_t change;

	do {
		change = seen ? next_change(core) : core->ticks + turn;
		core_charge(core, turns_to(core, change, turn) * turn);
	} while (change != TICKS_NEVER && core->ticks < change && cores->switches == switches &&
		 engine_events_run(cores->sim->engine) == events);
	if (behind(core))
		yield(core);
	core->relaxed_events = engine_events_run(cores->sim->engine);
	core->relaxed_switches = cores->switches;
}

void core_halt(struct core *core)
{
	struct cores *cores = core->cores;
	unsigned former = core_category(core, cores->cfg.category_idle);

	while (!core->pending) {
		core->state = CORE_HALTED;
		idle_enter(core, core->timer_ticks);
		yield(core);
	}
	core_category(core, former);
}

static void wake(struct core *core, uint64_t now)
{
	if (core->ticks < now)
		core->ticks = now;
	core->ticks += idle_leave(core);
	if (core->ticks < core->still_until)
		core->ticks = core->still_until;
	core->state = CORE_READY;
}

/* A long charge ends where the interrupt came. */
static void cut_charge(struct core *core, uint64_t now)
{
	uint64_t at_ticks = now > core->interruptible_from ? now : core->interruptible_from;

	if (at_ticks < core->ticks)
		core->ticks = at_ticks;
	core->interruptible_from = TICKS_NEVER;
}

/* From now on the vector could be taken: at the next check, or behind the charge that runs. */
static void note_takeable(struct core *core, uint64_t now)
{
	struct cores *cores = core->cores;

	if (core->takeable_from != TICKS_NEVER || cores->ops.masked(cores->ops.ctx, core))
		return;
	core->takeable_from = core->charging ? core->ticks : now;
	core->takeable_charged = core->charged;
}

uint64_t core_irq_delay(struct core *core)
{
	uint64_t from = core->takeable_from;

	core->takeable_from = TICKS_NEVER;
	if (from == TICKS_NEVER)
		return TICKS_NEVER;
	from += core->charged - core->takeable_charged;
	return core->ticks > from ? core->ticks - from : 0;
}

void core_set_pending(struct core *core, bool pending)
{
	struct cores *cores = core->cores;
	uint64_t now = cores_ticks(cores, dur_ps(sim_now(cores->sim).ps));

	core->pending = pending;
	cores->ops.pending(cores->ops.ctx, core);
	if (pending && core->state == CORE_HALTED) {
		wake(core, now);
	} else if (pending && core->state == CORE_READY) {
		if (core->interruptible_from != TICKS_NEVER)
			cut_charge(core, now);
		note_takeable(core, now);
	}
	if (cores->running == core)
		publish_horizon(cores);
}

void core_set_timer(struct core *core, struct at when)
{
	struct engine *engine = core->cores->sim->engine;

	if (at_is_never(when)) {
		core->timer_ticks = TICKS_NEVER;
		engine_cancel(engine, &core->timer);
	} else {
		core->timer_ticks = cores_ticks(core->cores, dur_ps(when.ps));
		engine_reschedule(engine, &core->timer, at_max(when, engine_now(engine)));
	}
	cores_refresh_horizon(core->cores);
}

void core_leave(struct core *core)
{
	struct cores *cores = core->cores;

	core->state = CORE_OFF;
	engine_stop(cores->sim->engine);
	end(cores);
	context_switch(&core->resume, &cores->host);
	__builtin_trap();
}
