/* SPDX-License-Identifier: MIT */
#include "devices/rtl/rtl_block.hpp"

#include "Vnvme_coalescing.h"

struct rtl_coalescing {
	rtl_coalescing(struct sim *sim, const struct rtl_cfg &cfg) : block(sim, cfg) {}

	rtl::Block<Vnvme_coalescing> block;
};

static void step(void *ctx, const struct coalescing_op *op, struct coalescing_answer *answer)
{
	auto &block = static_cast<struct rtl_coalescing *>(ctx)->block;
	Vnvme_coalescing &m = *block.model;

	ASSERT(op->vector < RTL_COALESCING_VECTORS);
	m.threshold = static_cast<SData>(op->threshold);
	m.wait_time = block.length(op->wait);
	m.op = op->what;
	m.op_vector = static_cast<CData>(op->vector);
	m.op_bypass = op->bypass;
	m.op_rearm = op->rearm;
	m.op_unseen = op->unseen;
	m.now = block.now();
	block.clock();
	answer->raise = m.ans_raise;
	answer->entries = m.ans_entries;
	answer->timer_set = m.ans_timer_set;
	answer->timer_clear = m.ans_timer_clear;
	answer->timer = block.time(m.ans_timer);
}

int rtl_coalescing_create(struct rtl_coalescing **out, struct sim *sim, const struct rtl_cfg *cfg,
			  struct coalescing_port *port)
{
	int err = rtl::create(out, sim, cfg);

	*port = { step, *out };
	return err;
}

void rtl_coalescing_destroy(struct rtl_coalescing *coalescing)
{
	delete coalescing;
}

uint64_t rtl_coalescing_clocks(const struct rtl_coalescing *coalescing)
{
	return coalescing->block.clocks();
}
