/* SPDX-License-Identifier: MIT */
#include "devices/rtl/rtl_block.hpp"

#include "Vmsix_table.h"

struct rtl_msix {
	rtl_msix(struct sim *sim, const struct rtl_cfg &cfg) : block(sim, cfg) {}

	rtl::Block<Vmsix_table> block;
};

static void step(void *ctx, const struct msix_op *op, struct msix_answer *answer)
{
	auto &block = static_cast<struct rtl_msix *>(ctx)->block;
	Vmsix_table &m = *block.model;

	ASSERT(op->vector < RTL_MSIX_VECTORS);
	m.enable = op->enable;
	m.function_mask = op->masked;
	m.op = op->what;
	m.op_vector = static_cast<CData>(op->vector);
	m.op_word = static_cast<CData>(op->word & 3);
	m.op_value = op->value;
	block.clock();
	answer->value = m.ans_value;
	answer->send = m.ans_send;
	answer->vector = m.ans_vector;
	answer->address = m.ans_address;
	answer->data = m.ans_data;
	answer->more = m.ans_more;
}

int rtl_msix_create(struct rtl_msix **out, struct sim *sim, const struct rtl_cfg *cfg,
		    struct msix_port *port)
{
	int err = rtl::create(out, sim, cfg);

	*port = { step, *out };
	return err;
}

void rtl_msix_destroy(struct rtl_msix *msix)
{
	delete msix;
}

uint64_t rtl_msix_clocks(const struct rtl_msix *msix)
{
	return msix->block.clocks();
}
