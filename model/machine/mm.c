/* SPDX-License-Identifier: MIT */
#include "model/machine/mm.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/core/assert.h"
#include "model/machine/trace_points.h"

#define LANES_MAX (2 * CORES_MAX)

/* Of the core that asks. */
struct shootdown {
	bool open, is_sent;
	unsigned targets, pages;
	struct at began, sent, last_handled;
	struct at waits;               /* since its own flush is done */
	struct at sent_to[CORES_MAX], handled_at[CORES_MAX];
};

struct process {
	struct counter *done, *errors, *ended, *leaked;
	struct hist *latency, *request_latency;
	struct at began[LANES_MAX];
	char latency_name[64], request_name[64];
};

struct mm {
	struct sim *sim;
	const struct machine_cfg *cfg;
	struct mem *memory;
	struct mm_ops ops;
	struct tlb *tlb;
	struct trace_source trace;
	struct shootdown shootdown[CORES_MAX];
	struct at handler_began[CORES_MAX];
	struct counter *shootdowns, *stale_legal, *stale_holes;
	struct hist *latency, *targets, *send, *delivery, *handler, *ack, *spin;
	struct process process[MACHINE_MMS_MAX];
};

static uint64_t *table_entry(void *ctx, uint64_t pa)
{
	return mem_at(((struct mm *)ctx)->memory, pa, sizeof(uint64_t));
}

static uint64_t misses(void *ctx)
{
	return tlb_counts(((struct mm *)ctx)->tlb).misses;
}

static uint64_t second_hits(void *ctx)
{
	return tlb_counts(((struct mm *)ctx)->tlb).second_hits;
}

static uint64_t walk_reads(void *ctx)
{
	return tlb_counts(((struct mm *)ctx)->tlb).walk_reads;
}

static uint64_t faults(void *ctx)
{
	return tlb_counts(((struct mm *)ctx)->tlb).faults;
}

static void add_stats(struct mm *mm)
{
	struct stats *stats = mm->sim->stats;

	mm->shootdowns = stats_counter(stats, "tlb.shootdowns");
	mm->latency = stats_dist(stats, "tlb.shootdown.latency_ns");
	mm->targets = stats_dist(stats, "tlb.shootdown.targets");
	mm->send = stats_dist(stats, "tlb.shootdown.send_ns");
	mm->delivery = stats_dist(stats, "tlb.shootdown.delivery_ns");
	mm->handler = stats_dist(stats, "tlb.shootdown.handler_ns");
	mm->ack = stats_dist(stats, "tlb.shootdown.ack_ns");
	mm->spin = stats_dist(stats, "tlb.shootdown.spin_ns");
	mm->stale_legal = stats_counter(stats, "tlb.stale.legal");
	mm->stale_holes = stats_counter(stats, "tlb.stale.holes");
	stats_counter_fn(stats, "tlb.misses", misses, mm);
	stats_counter_fn(stats, "tlb.second_hits", second_hits, mm);
	stats_counter_fn(stats, "tlb.walk_reads", walk_reads, mm);
	stats_counter_fn(stats, "tlb.faults", faults, mm);
	for (unsigned i = 0; i < mm->cfg->mms; i++) {
		struct process *process = &mm->process[i];

		process->done = stats_counter(stats, "mm%u.done", i);
		process->errors = stats_counter(stats, "mm%u.errors", i);
		process->ended = stats_counter(stats, "mm%u.ended", i);
		process->leaked = stats_counter(stats, "mm%u.leaked_pages", i);
		process->latency = stats_dist(stats, "mm%u.latency_ns", i);
		process->request_latency = stats_dist(stats, "mm%u.request.latency_ns", i);
		snprintf(process->latency_name, sizeof(process->latency_name), "mm%u.latency_ns",
			 i);
		snprintf(process->request_name, sizeof(process->request_name),
			 "mm%u.request.latency_ns", i);
	}
}

struct mm *mm_create(struct sim *sim, const struct machine_cfg *cfg, struct mem *memory,
		     const struct mm_ops *ops)
{
	struct mm *mm = calloc(1, sizeof(*mm));
	struct tlb_ops tlb_ops = { table_entry, mm };

	ASSERT(mm);
	mm->sim = sim;
	mm->cfg = cfg;
	mm->memory = memory;
	mm->ops = *ops;
	if (tlb_create(&mm->tlb, sim, &cfg->tlb, &tlb_ops)) {
		free(mm);
		return NULL;
	}
	trace_source_init(&mm->trace, sim, "mm", machine_trace_points, MACHINE_TRACE_POINTS);
	add_stats(mm);
	return mm;
}

void mm_destroy(struct mm *mm)
{
	if (!mm)
		return;
	tlb_destroy(mm->tlb);
	free(mm);
}

struct tlb *mm_tlb(struct mm *mm)
{
	return mm->tlb;
}

/* ---- shootdowns ---- */

static uint64_t ns_between(struct at from, struct at to)
{
	return to.ps > from.ps ? (to.ps - from.ps) / PS_PER_NS : 0;
}

/* For who looks at a trace: an instant, the begin or the end of a slice of the core. */
static void told(struct mm *mm, unsigned point, const struct core *core, uint64_t value)
{
	if (trace_has_details(&mm->trace))
		trace_detail(&mm->trace, point, core_time(core), core->id, value, 0);
}

/* What passes from one core to another. */
static void passed(struct mm *mm, unsigned point, unsigned from, unsigned to, struct at begin,
		   uint64_t end_ps)
{
	if (trace_has_details(&mm->trace) && end_ps >= begin.ps)
		trace_detail(&mm->trace, point, begin, from, to, end_ps);
}

void mm_ipi(struct mm *mm, struct core *from, unsigned to)
{
	struct shootdown *s = &mm->shootdown[from->id];

	if (!s->open)
		return;
	s->targets++;
	s->sent_to[to] = core_time(from);
}

static void begin(struct mm *mm, struct core *core, unsigned pages)
{
	struct shootdown *s = &mm->shootdown[core->id];

	*s = (struct shootdown){ .open = true, .pages = pages, .began = core_time(core) };
	s->sent = s->last_handled = s->waits = s->began;
	told(mm, MACHINE_SHOOTDOWN_BEGIN, core, pages);
	told(mm, MACHINE_SHOOTDOWN_SEND, core, 0);
}

static void handled(struct mm *mm, struct core *core, unsigned by)
{
	struct shootdown *s = &mm->shootdown[by];
	struct at now = core_time(core);

	if (core->id == by) {
		s->waits = now;
		return;
	}
	stats_sample(mm->sim->stats, mm->handler, ns_between(mm->handler_began[core->id], now));
	s->last_handled = at_max(s->last_handled, now);
	s->handled_at[core->id] = now;
	told(mm, MACHINE_SHOOTDOWN_HANDLED, core, by);
}

static void handler(struct mm *mm, struct core *core, unsigned by)
{
	struct shootdown *s = &mm->shootdown[by];
	struct at now = core_time(core);

	mm->handler_began[core->id] = now;
	/* A core that was asked for something else already gets no interrupt of its own for
	 * this. */
	if (s->sent_to[core->id].ps) {
		stats_sample(mm->sim->stats, mm->delivery,
			     ns_between(s->sent_to[core->id], now));
		passed(mm, MACHINE_SHOOTDOWN_DELIVERY, by, core->id, s->sent_to[core->id],
		       now.ps);
	}
	told(mm, MACHINE_SHOOTDOWN_HANDLER, core, by);
}

/* csd_lock_wait() of kernel/smp.c for each target in turn: an answer is there when the target has
 * written it, and takes its line's way to the core that asked. The loop itself was code; this is
 * what it takes longer than that. */
static uint64_t answers(struct mm *mm, struct core *core)
{
	const struct shootdown *s = &mm->shootdown[core->id];
	const struct cores *cores = core->cores;
	uint64_t now = core_time(core).ps, at = at_max(s->sent, s->waits).ps;

	for (unsigned i = 0; i < mm->cfg->cores.count; i++) {
		bool near = cores_same_socket(cores, i, core->id);

		if (!s->handled_at[i].ps)
			continue;
		at = at > s->handled_at[i].ps ? at : s->handled_at[i].ps;
		at += (near ? mm->cfg->line_transfer : mm->cfg->line_remote_transfer).ps;
		passed(mm, MACHINE_SHOOTDOWN_ACK, i, core->id, s->handled_at[i], at);
	}
	return at > now ? cores_ticks(cores, dur_ps(at - now)) : 0;
}

static void end(struct mm *mm, struct core *core)
{
	struct shootdown *s = &mm->shootdown[core->id];
	struct stats *stats = mm->sim->stats;
	struct at now = core_time(core);
	bool broadcasts = mm->cfg->tlb_broadcast_pages;

	s->open = false;
	/* Without a target the sending ends here. */
	told(mm, s->is_sent ? MACHINE_SHOOTDOWN_SPUN : MACHINE_SHOOTDOWN_SENT, core, s->targets);
	told(mm, MACHINE_SHOOTDOWN_END, core, s->targets);
	if (!s->targets && !broadcasts)
		return;
	mm->shootdowns->value++;
	stats_sample(stats, mm->latency, ns_between(s->began, now));
	stats_sample(stats, mm->targets, s->targets);
	trace_emit(&mm->trace, MACHINE_SHOOTDOWN, core->id, s->targets, s->pages);
	if (!s->targets)
		return;
	stats_sample(stats, mm->send, ns_between(s->began, s->sent));
	stats_sample(stats, mm->ack, ns_between(s->last_handled, now));
	stats_sample(stats, mm->spin, ns_between(s->sent, now));
}

uint64_t mm_tlb_event(struct mm *mm, struct core *core, enum plat_tlb_event event,
		      unsigned value)
{
	switch (event) {
	case PLAT_TLB_BEGIN:
		begin(mm, core, value);
		break;
	case PLAT_TLB_SENT:
		mm->shootdown[core->id].sent = core_time(core);
		mm->shootdown[core->id].is_sent = true;
		told(mm, MACHINE_SHOOTDOWN_SENT, core, mm->shootdown[core->id].targets);
		told(mm, MACHINE_SHOOTDOWN_SPIN, core, 0);
		break;
	case PLAT_TLB_HANDLER:
		handler(mm, core, value);
		break;
	case PLAT_TLB_HANDLED:
		handled(mm, core, value);
		break;
	case PLAT_TLB_ANSWERED:
		return answers(mm, core);
	case PLAT_TLB_END:
		end(mm, core);
		break;
	}
	return 0;
}

void mm_stale(struct mm *mm, bool hole)
{
	if (hole)
		mm->stale_holes->value++;
	else
		mm->stale_legal->value++;
}

/* ---- workloads ---- */

void mm_begin(struct mm *mm, unsigned process, unsigned lane)
{
	ASSERT(process < mm->cfg->mms && lane < LANES_MAX);
	mm->process[process].began[lane] = sim_now(mm->sim);
}

void mm_done(struct mm *mm, unsigned process, unsigned lane, enum plat_mm_what what, int status)
{
	struct process *row = &mm->process[process];
	bool request = what == PLAT_MM_REQUEST;
	uint64_t latency = ns_between(row->began[lane], sim_now(mm->sim));

	trace_emit(&mm->trace, MACHINE_MM_DONE, process << 16 | lane, latency,
		   (uint64_t)(int64_t)status);
	if (status) {
		row->errors->value++;
		return;
	}
	if (!request)
		row->done->value++;
	stats_sample(mm->sim->stats, request ? row->request_latency : row->latency, latency);
	if (stats_window_open(mm->sim->stats))
		mm->ops.sample(mm->ops.ctx, request ? row->request_name : row->latency_name,
			       latency);
}

void mm_ended(struct mm *mm, unsigned process, long leaked)
{
	mm->process[process].ended->value++;
	mm->process[process].leaked->value += (uint64_t)(leaked > 0 ? leaked : 0);
}
