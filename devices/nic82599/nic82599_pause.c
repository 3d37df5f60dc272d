/* SPDX-License-Identifier: MIT */
/* Link flow control (3.7.7, IEEE 802.3 annex 31B): the packet buffer's level asks the other end to
 * wait, and a pause frame that comes in stops the transmitter. Priority flow control is not
 * modelled. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define LEVEL        0x0007ffe0u     /* FCRTL, FCRTH: bytes, in steps of 32 */
#define ENABLED      0x80000000u     /* FCRTL.XONE, FCRTH.FCEN */
#define QUANTUM_BITS 512u
#define OPCODE_AT    14u
#define QUANTA_AT    16u
#define OPCODE_PAUSE 1u

static const uint8_t pause_address[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x01 };

static struct dur quanta_time(const struct nic82599 *nic, uint32_t quanta)
{
	return dur_of_bytes((uint64_t)quanta * (QUANTUM_BITS / 8), nic->cfg.link_bps);
}

static bool asks(const struct nic82599 *nic)
{
	return nic_reg(nic, R_FCCFG, 0) & FCCFG_TFCE && nic_reg(nic, R_FCRTH, 0) & ENABLED;
}

/* The frame goes ahead of data that has not begun. */
static void send(struct nic82599 *nic, uint32_t quanta)
{
	nic->pause.quanta = quanta;
	if (nic->link != LINK_UP || event_pending(&nic->pause.sent))
		return;
	engine_schedule(nic->sim->engine, &nic->pause.sent,
			nic_wire_reserve(nic, FRAME_BYTES_MIN + FRAME_FCS_BYTES));
}

static void sent(void *ctx)
{
	struct nic82599 *nic = ctx;
	uint8_t data[FRAME_BYTES_MIN] = { 0 };
	struct frame frame = { .data = data, .bytes = sizeof(data) };
	unsigned i;

	memcpy(data, pause_address, 6);
	for (i = 0; i < 6; i++)
		data[6 + i] = nic->cfg.mac[i];
	put_be16(data + ETH_HEADER - 2, ETH_CONTROL);
	put_be16(data + OPCODE_AT, OPCODE_PAUSE);
	put_be16(data + QUANTA_AT, nic->pause.quanta);
	nic->count[nic->pause.quanta ? S_LXOFFTXC : S_LXONTXC]++;
	nic->stat.pauses->value += nic->pause.quanta != 0;
	trace_emit(&nic->trace, TP_PAUSE, 1, nic->pause.quanta, nic->rx_held);
	nic->ops->wire_tx(nic->ctx, &frame);
}

/* FCRTV: half of the time is over, and the buffer has not emptied. */
static void refresh(void *ctx)
{
	struct nic82599 *nic = ctx;

	if (!asks(nic))
		return;
	send(nic, nic_reg(nic, R_FCTTV, 0) & 0xffff);
	engine_schedule_in(nic->sim->engine, &nic->pause.refresh,
			   quanta_time(nic, nic_reg(nic, R_FCRTV, 0)));
}

void nic_pause_level(struct nic82599 *nic)
{
	uint32_t low = nic_reg(nic, R_FCRTL, 0);

	if (!nic->pause.asked) {
		if (!asks(nic) || nic->rx_held < (nic_reg(nic, R_FCRTH, 0) & LEVEL))
			return;
		nic->pause.asked = true;
		refresh(nic);
	} else if (nic->rx_held <= (low & LEVEL) || !asks(nic)) {
		nic->pause.asked = false;
		engine_cancel(nic->sim->engine, &nic->pause.refresh);
		if (low & ENABLED)
			send(nic, 0);
	}
}

bool nic_pause_received(struct nic82599 *nic, const struct frame *frame)
{
	const uint8_t *data = frame->data;
	uint32_t quanta;

	if (memcmp(data, pause_address, 6) || get_be16(data + ETH_HEADER - 2) != ETH_CONTROL ||
	    get_be16(data + OPCODE_AT) != OPCODE_PAUSE)
		return false;
	quanta = get_be16(data + QUANTA_AT);
	nic->count[quanta ? S_LXOFFRXCNT : S_LXONRXCNT]++;
	trace_emit(&nic->trace, TP_PAUSE, 0, quanta, nic->rx_held);
	if (nic_reg(nic, R_MFLCN, 0) & MFLCN_RFCE)
		nic_wire_pause(nic, at_add(sim_now(nic->sim), quanta_time(nic, quanta)));
	return nic_reg(nic, R_MFLCN, 0) & MFLCN_DPF || !nic->pass_control;
}

void nic_pause_init(struct nic82599 *nic)
{
	event_init(&nic->pause.sent, "nic82599.pause", PHASE_WIRE, sent, nic);
	event_init(&nic->pause.refresh, "nic82599.pause.refresh", PHASE_DEVICE, refresh, nic);
}

void nic_pause_reset(struct nic82599 *nic)
{
	engine_cancel(nic->sim->engine, &nic->pause.sent);
	engine_cancel(nic->sim->engine, &nic->pause.refresh);
	nic->pause.asked = false;
}
