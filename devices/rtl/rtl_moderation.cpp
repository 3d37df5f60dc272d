/* SPDX-License-Identifier: MIT */
#include "devices/rtl/rtl_block.hpp"

#include "Virq_moderation.h"

struct rtl_moderation {
	rtl_moderation(struct sim *sim, const struct rtl_cfg &cfg,
		       const struct rtl_moderation_cfg &moderation)
		: block(sim, cfg)
	{
		block.model->batching = moderation.batching;
		block.model->batch_limit = moderation.count;
		block.model->batch_timeout = block.length(moderation.timeout);
	}

	rtl::Block<Virq_moderation> block;
};

static void step(void *ctx, const struct moderation_op *op, struct moderation_answer *answer)
{
	auto &block = static_cast<struct rtl_moderation *>(ctx)->block;
	Virq_moderation &m = *block.model;

	ASSERT(op->vector < RTL_MODERATION_VECTORS);
	m.op = op->what;
	m.op_vector = static_cast<CData>(op->vector);
	m.op_active = op->active;
	m.op_load_counter = op->load_counter;
	m.op_interval = block.length(op->interval);
	m.op_counter = block.length(op->counter);
	m.op_packets = op->packets;
	m.now = block.now();
	block.clock();
	answer->send = m.ans_send;
	answer->timed_out = m.ans_timed_out;
	answer->held = m.ans_held;
	answer->ripened = m.ans_ripened;
	answer->ripe = static_cast<enum moderation_ripe>(m.ans_ripe);
	answer->batch = m.ans_batch;
	answer->timer_set = m.ans_timer_set;
	answer->timer_clear = m.ans_timer_clear;
	answer->timer = block.time(m.ans_timer);
	answer->due = block.time(m.ans_due);
}

int rtl_moderation_create(struct rtl_moderation **out, struct sim *sim, const struct rtl_cfg *cfg,
			  const struct rtl_moderation_cfg *moderation, struct moderation_port *port)
{
	int err = rtl::create(out, sim, cfg, *moderation);

	*port = { step, *out };
	return err;
}

void rtl_moderation_destroy(struct rtl_moderation *moderation)
{
	delete moderation;
}

uint64_t rtl_moderation_clocks(const struct rtl_moderation *moderation)
{
	return moderation->block.clocks();
}
