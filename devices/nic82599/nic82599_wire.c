/* SPDX-License-Identifier: MIT */
/* Frames onto the wire at link speed. The wire's time is computed: preamble and start delimiter,
 * frame and check sequence, inter-packet gap (IEEE 802.3 3.1.1, 4.4.2); wire_tx is called when the
 * last bit of the check sequence has left. */
#include "devices/nic82599/nic82599_priv.h"

#define PREAMBLE_BYTES 8u    /* with the start delimiter; the rest of the overhead is the gap */

/* Most link speeds give whole picoseconds a byte; others are rounded up a frame at a time. */
static struct dur wire_time(const struct nic82599 *nic, uint32_t bytes)
{
	if (nic->byte_ps)
		return dur_ps(nic->byte_ps * bytes);
	return dur_of_bytes(bytes, nic->cfg.link_bps);
}

static void wire_start(struct nic82599 *nic)
{
	struct tx_job *job;
	struct at start, end;
	uint32_t bytes;

	if (nic->wire_busy || nic->wire_first == JOB_NONE)
		return;
	if (nic->link != LINK_UP && !nic->loopback)
		return;
	job = &nic->job[nic->wire_first];
	bytes = nic_txframe_bytes(nic, job) + FRAME_FCS_BYTES;
	start = at_max(at_max(sim_now(nic->sim), job->ready), nic->wire_free);
	start = at_max(start, nic->wire_paused);
	nic->wire_free_before = nic->wire_free;
	nic->wire_begin = start;
	end = at_add(start, wire_time(nic, PREAMBLE_BYTES + bytes));
	nic->wire_free = at_add(start, wire_time(nic, FRAME_OVERHEAD_BYTES + bytes));
	nic->wire_busy = true;
	engine_schedule(nic->sim->engine, &nic->wire_event, end);
}

static void wire_done(void *ctx)
{
	struct nic82599 *nic = ctx;
	uint16_t number = nic->wire_first;
	struct tx_job *job = &nic->job[number];
	struct frame frame = nic_txframe_build(nic, job);
	uint32_t wire_bytes = frame_wire_bytes(&frame);

	nic->wire_busy = false;
	nic->stat.sent->value++;
	nic->stat.tx_bytes->value += wire_bytes;
	nic_stats_tx(nic, frame.data, wire_bytes, job->queue);
	trace_emit(&nic->trace, TP_TX_SENT, job->queue, frame.bytes, job->segment);
	/* 8.2.3.22.8: HLREG0.LPBK joins transmitter and receiver in the MAC. */
	if (nic->loopback)
		nic_rx_frame(nic, &frame);
	else
		nic->ops->wire_tx(nic->ctx, &frame);
	job->segment++;
	if (job->segment < job->segments) {
		wire_start(nic);
		return;
	}
	nic->wire_first = job->next;
	nic_tx_free_job(nic, number);
	wire_start(nic);
	nic_tx_run(nic);
}

void nic_wire_add(struct nic82599 *nic, uint16_t number)
{
	nic->job[number].next = JOB_NONE;
	if (nic->wire_first == JOB_NONE)
		nic->wire_first = number;
	else
		nic->job[nic->wire_last].next = number;
	nic->wire_last = number;
	wire_start(nic);
}

/* Takes back a frame that is planned and has not begun. */
static void wire_unplan(struct nic82599 *nic)
{
	if (!nic->wire_busy || !at_before(sim_now(nic->sim), nic->wire_begin))
		return;
	engine_cancel(nic->sim->engine, &nic->wire_event);
	nic->wire_busy = false;
	nic->wire_free = nic->wire_free_before;
}

void nic_wire_pause(struct nic82599 *nic, struct at until)
{
	nic->wire_paused = until;
	wire_unplan(nic);
	wire_start(nic);
}

struct at nic_wire_reserve(struct nic82599 *nic, uint32_t bytes)
{
	struct at start;

	wire_unplan(nic);
	start = at_max(sim_now(nic->sim), nic->wire_free);
	nic->wire_free = at_add(start, wire_time(nic, FRAME_OVERHEAD_BYTES + bytes));
	wire_start(nic);
	return at_add(start, wire_time(nic, PREAMBLE_BYTES + bytes));
}

void nic_wire_kick(struct nic82599 *nic)
{
	wire_start(nic);
}

void nic_wire_init(struct nic82599 *nic)
{
	const uint64_t bits_ps = 8 * PS_PER_S;

	event_init(&nic->wire_event, "nic82599.wire", PHASE_WIRE, wire_done, nic);
	nic->byte_ps = bits_ps % nic->cfg.link_bps ? 0 : bits_ps / nic->cfg.link_bps;
}

void nic_wire_reset(struct nic82599 *nic)
{
	engine_cancel(nic->sim->engine, &nic->wire_event);
	nic->wire_first = nic->wire_last = JOB_NONE;
	nic->wire_busy = false;
	nic->wire_free = nic->wire_paused = sim_now(nic->sim);
}
