/* SPDX-License-Identifier: MIT */
/* Reset (4.2), device control and status (8.2.3.1), link (3.7, 8.2.3.22.19 to .25). Resets are done
 * at once; the driver waits for them anyway. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

/* States: LINK_DOWN, LINK_TRAINING, LINK_UP. Every transition goes through here. */
static void link_set(struct nic82599 *nic, enum nic_link state)
{
	enum nic_link old = nic->link;

	if (state == old)
		return;
	nic->link = state;
	trace_emit(&nic->trace, TP_LINK, state, old, 0);
	if (state == LINK_UP || old == LINK_UP)
		nic_cause_other(nic, EICR_LSC);
	if (state == LINK_UP)
		nic_wire_kick(nic);
}

static void link_trained(void *ctx)
{
	link_set(ctx, LINK_UP);
}

void nic_link_init(struct nic82599 *nic)
{
	event_init(&nic->link_event, "nic82599.link", PHASE_DEVICE, link_trained, nic);
}

static void link_drop(struct nic82599 *nic)
{
	engine_cancel(nic->sim->engine, &nic->link_event);
	link_set(nic, LINK_DOWN);
}

/* Alone it goes on trying. */
static void link_train(struct nic82599 *nic)
{
	link_set(nic, LINK_TRAINING);
	if (!nic->partner_gone)
		engine_schedule_in(nic->sim->engine, &nic->link_event, nic->cfg.link_up);
}

static void link_restart(struct nic82599 *nic)
{
	link_drop(nic);
	if (nic_reg(nic, R_AUTOC2, 0) & AUTOC2_DISABLE)
		return;
	link_train(nic);
}

void nic82599_partner(struct nic82599 *nic, bool there)
{
	bool wanted = nic->link != LINK_DOWN;

	nic->partner_gone = !there;
	if (!wanted)
		return;
	link_drop(nic);
	link_train(nic);
}

void nic_autoc_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	if (value & AUTOC_RESTART)
		link_restart(nic);
	else if (value & AUTOC_FLU && nic->link == LINK_DOWN)
		link_restart(nic);
}

void nic_autoc2_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	if (value & AUTOC2_DISABLE)
		link_drop(ctx);
}

uint64_t nic_links_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	const uint64_t mega = 1000000;

	if (nic->link != LINK_UP)
		return 0;
	if (nic->cfg.link_bps <= 100 * mega)
		return LINKS_AN_DONE | LINKS_UP | LINKS_SPEED_100M | LINKS_STATUS;
	if (nic->cfg.link_bps <= 1000 * mega)
		return LINKS_AN_DONE | LINKS_UP | LINKS_SPEED_1G | LINKS_STATUS;
	return LINKS_AN_DONE | LINKS_UP | LINKS_SPEED_10G | LINKS_STATUS;
}

/* 8.2.3.22.24: the arbitration machine has left its first state once negotiation started. */
uint64_t nic_anlp1_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;

	if (nic->link == LINK_DOWN)
		return 0;
	return ANLP1_STATE_GOOD | (nic->cfg.partner_pause ? ANLP1_PAUSE : 0);
}

/* All but the link and the semaphores as after power-on. Takes every event out of the engine. */
static void reset_common(struct nic82599 *nic)
{
	uint32_t swsm = nic_reg(nic, R_SWSM, 0);
	uint32_t sync = nic_reg(nic, R_SW_FW_SYNC, 0);

	nic->generation++;
	nic->reads = 0;
	nic->master_off = false;
	nic->eerd = nic->msca = 0;
	reg_bank_reset(nic->bank);
	reg_set(nic->bank, R_SWSM, 0, swsm);
	reg_set(nic->bank, R_SW_FW_SYNC, 0, sync);
	memset(nic->count, 0, sizeof(nic->count));
	memset(nic->count_high, 0, sizeof(nic->count_high));
	memset(nic->rx_stat, 0, sizeof(nic->rx_stat));
	memset(nic->tx_stat, 0, sizeof(nic->tx_stat));
	nic_irq_reset(nic);
	nic_filter_reset(nic);
	nic_rss_reset(nic);
	nic_fdir_reset(nic);
	nic_rx_reset(nic);
	nic_tx_reset(nic);
	nic_wire_reset(nic);
	nic_pause_reset(nic);
}

void nic_soft_reset(struct nic82599 *nic, bool link_too)
{
	nic_rx_lose_all(nic);
	reset_common(nic);
	trace_emit(&nic->trace, TP_RESET, link_too, nic->generation, 0);
	if (link_too)
		link_drop(nic);
}

void nic_reset_state(struct nic82599 *nic)
{
	reset_common(nic);
	reg_set(nic->bank, R_SWSM, 0, 0);
	reg_set(nic->bank, R_SW_FW_SYNC, 0, 0);
	engine_cancel(nic->sim->engine, &nic->link_event);
	nic->link = LINK_DOWN;
}

void nic82599_reset(struct nic82599 *nic)
{
	nic_rx_lose_all(nic);
	nic_reset_state(nic);
	trace_emit(&nic->trace, TP_RESET, 2, nic->generation, 0);
}

/* 8.2.3.1.1: LRST resets the link as well. Both bits clear themselves. */
void nic_ctrl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;

	if (value & (CTRL_RST | CTRL_LRST)) {
		nic->stat.resets->value++;
		nic_soft_reset(nic, value & CTRL_LRST);
		return;
	}
	reg_set(nic->bank, R_CTRL, 0, value & CTRL_GIO_DIS);
	nic->master_off = value & CTRL_GIO_DIS;
	if (!nic->master_off) {
		nic_rx_run(nic);
		nic_tx_kick(nic);
	}
}

uint64_t nic_ctrl_read(void *ctx, unsigned index)
{
	return nic_reg(ctx, R_CTRL, 0);
}

/* 5.2.5.3.2: the bit goes when master requests are off and none is under way. */
uint64_t nic_status_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;

	return nic->master_off && nic->reads == 0 ? 0 : STATUS_GIO;
}

/* 8.2.3.15: microseconds in bits 9:0, milliseconds in 19:10, seconds in 31:20. */
uint64_t nic_frtimer_read(void *ctx, unsigned index)
{
	const struct nic82599 *nic = ctx;
	uint64_t us = sim_now(nic->sim).ps / PS_PER_US;
	uint64_t us_per_ms = PS_PER_MS / PS_PER_US, us_per_s = PS_PER_S / PS_PER_US;

	return us % us_per_ms | (us / us_per_ms % us_per_ms) << 10 | (us / us_per_s & 0xfff) << 20;
}
