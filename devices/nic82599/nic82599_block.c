/* SPDX-License-Identifier: MIT */
/* Interrupt moderation by a block beside the port (cfg.block) in the place of the vectors' own
 * gap and batch: what happens to a vector becomes an operation, and the answer is carried out.
 * The vector keeps its event, which is the block's timer, and copies of what the rest of the
 * port reads. */
#include "devices/nic82599/nic82599_priv.h"

static void carry_out(struct nic82599 *nic, struct vector *v,
		      const struct moderation_answer *answer)
{
	static const enum nic_ripe ripe[] = {
		[MODERATION_RIPE_NOT] = RIPE_NOT,
		[MODERATION_RIPE_COUNT] = RIPE_COUNT,
		[MODERATION_RIPE_TIMEOUT] = RIPE_TIMEOUT,
		[MODERATION_RIPE_AT_ONCE] = RIPE_AT_ONCE,
	};
	uint64_t vector = (uint64_t)(v - nic->vector);

	v->ripe = ripe[answer->ripe];
	v->due = answer->due;
	if (answer->ripened)
		trace_emit(&nic->trace, TP_IRQ_RIPE, vector, v->ripe, answer->batch);
	if (answer->timer_clear)
		engine_cancel(nic->sim->engine, &v->event);
	if (answer->held)
		trace_emit(&nic->trace, TP_IRQ_HELD, vector, answer->timer.ps, 0);
	if (answer->timer_set)
		engine_reschedule(nic->sim->engine, &v->event, answer->timer);
	if (!answer->send)
		return;
	if (answer->timed_out)
		nic->stat.irq_timeout->value++;
	v->ripe = RIPE_NOT;
	nic_vector_sent(nic, (int)vector);
}

static void operate(struct nic82599 *nic, struct vector *v, struct moderation_op op)
{
	struct moderation_answer answer;

	op.vector = (unsigned)(v - nic->vector);
	nic->cfg.block.step(nic->cfg.block.ctx, &op, &answer);
	carry_out(nic, v, &answer);
}

void nic_block_do(struct nic82599 *nic, int vector, enum moderation_what what, bool active)
{
	operate(nic, &nic->vector[vector],
		(struct moderation_op){ .what = what, .active = active });
}

void nic_block_packets(struct nic82599 *nic, int vector, uint32_t packets, bool active)
{
	operate(nic, &nic->vector[vector],
		(struct moderation_op){ .what = MODERATION_PACKETS,
					.packets = packets,
					.active = active });
}

void nic_block_load(struct nic82599 *nic, struct vector *v, bool load_counter, struct dur counter)
{
	operate(nic, v, (struct moderation_op){ .what = MODERATION_LOAD,
						.interval = v->interval,
						.load_counter = load_counter,
						.counter = counter });
}

void nic_block_reset(struct nic82599 *nic, struct vector *v)
{
	operate(nic, v, (struct moderation_op){ .what = MODERATION_RESET,
						.interval = v->interval });
}
