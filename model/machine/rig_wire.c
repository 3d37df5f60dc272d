/* SPDX-License-Identifier: MIT */
/* Frames that a test puts on wires, and what arrives of them: each sink shows the payload it
 * got. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/rig_internal.h"

#define HEADER_BYTES 42u   /* as in traffic.c, whose frames these are */
#define ID_BYTES     8u
#define ID_SHIFT     48u   /* ids count frames: they have no bit from here on */

static struct traffic *layout_of(struct rig *rig, unsigned device, unsigned bytes, unsigned flows)
{
	struct machine *machine = rig->machine;
	struct nic_port *port = &machine->device[device].nic;
	struct rig_layout *layout;
	struct traffic_ops ops = { machine_frame_arrived, machine_frame_to_nic, port };
	struct traffic_cfg cfg = { .stream = "rig" };

	for (unsigned i = 0; i < rig->layouts; i++) {
		layout = &rig->layout[i];
		if (layout->device == device && layout->bytes == bytes && layout->flows == flows)
			return layout->traffic;
	}
	ASSERT(rig->layouts < RIG_LAYOUTS_MAX);
	layout = &rig->layout[rig->layouts++];
	layout->device = device;
	layout->bytes = bytes;
	layout->flows = flows;
	layout->cfg = (struct machine_traffic){ .frame_bytes = bytes, .flows = flows };
	cfg.traffic = &layout->cfg;
	memcpy(cfg.mac, port->cfg->nic.mac, sizeof(cfg.mac));
	memcpy(cfg.ip, machine_netdev(machine, port)->ip, sizeof(cfg.ip));
	memcpy(cfg.to, cfg.ip, sizeof(cfg.to));
	layout->traffic = traffic_create(&machine->sim, &cfg, &ops);
	ASSERT(layout->traffic);
	return layout->traffic;
}

/* The last bit cannot come earlier than the wire has carried the frame. */
static struct at on_wire(struct rig *rig, unsigned device, struct at when, unsigned bytes)
{
	uint64_t bps = rig->machine->cfg->device[device].nic.link_bps;
	struct at free = at_max(rig->wire_free[device], sim_now(&rig->machine->sim));
	struct dur length = dur_of_bytes(bytes + FRAME_OVERHEAD_BYTES, bps);
	struct at last = at_max(when, at_add(free, length));

	rig->wire_free[device] = last;
	return last;
}

static void due(void *ctx)
{
	struct rig_burst *burst = ctx;
	struct rig *rig = burst->rig;
	struct sim *sim = &rig->machine->sim;

	if (burst->traffic) {
		traffic_send(burst->traffic, burst->flow++, burst->bad_sum);
	} else {
		struct frame frame = { .data = burst->data, .bytes = burst->bytes,
				       .flags = burst->flags };

		frame.id = machine_frame_arrived(burst->port);
		machine_frame_to_nic(burst->port, &frame);
	}
	if (--burst->left) {
		engine_schedule(sim->engine, &burst->event,
				on_wire(rig, burst->device, at_add(sim_now(sim), burst->gap),
					burst->bytes));
		return;
	}
	free(burst->data);
	burst->data = NULL;
	rig->bursts_open--;
}

static struct rig_burst *burst_of(struct rig *rig, unsigned device)
{
	unsigned slot = 0;

	while (slot < rig->bursts && rig->burst[slot].left)
		slot++;
	ASSERT(slot < RIG_BURSTS_MAX);
	if (slot == rig->bursts)
		rig->bursts++;
	rig->burst[slot] = (struct rig_burst){ .rig = rig, .device = device,
					       .port = &rig->machine->device[device].nic };
	event_init(&rig->burst[slot].event, "driver test's frames", PHASE_WIRE, due,
		   &rig->burst[slot]);
	rig->bursts_open++;
	return &rig->burst[slot];
}

static void schedule(struct rig_burst *burst, struct at when)
{
	struct machine *machine = burst->rig->machine;
	struct at from_zero = at_add(machine->run.zero, dur_ps(when.ps));

	engine_schedule(machine->sim.engine, &burst->event,
			on_wire(burst->rig, burst->device, from_zero, burst->bytes));
}

void rig_burst(struct machine *machine, unsigned device, struct at when, unsigned count,
	       unsigned bytes, struct dur gap, unsigned flows, bool bad_sum)
{
	struct rig_burst *burst;

	if (!count)
		return;
	burst = burst_of(machine->rig, device);
	burst->traffic = layout_of(machine->rig, device, bytes, flows);
	burst->left = count;
	burst->bad_sum = bad_sum;
	burst->bytes = bytes;
	burst->gap = gap;
	schedule(burst, when);
}

void rig_frame(struct machine *machine, unsigned device, struct at when, const void *data,
	       unsigned bytes, uint32_t flags)
{
	struct rig_burst *burst = burst_of(machine->rig, device);

	burst->data = malloc(FRAME_BYTES_MAX);
	ASSERT(burst->data && bytes <= FRAME_BYTES_MAX);
	memcpy(burst->data, data, bytes);
	burst->bytes = bytes;
	burst->flags = flags;
	burst->left = 1;
	schedule(burst, when);
}

void rig_wire_destroy(struct rig *rig)
{
	for (unsigned i = 0; i < rig->bursts; i++) {
		engine_cancel(rig->machine->sim.engine, &rig->burst[i].event);
		free(rig->burst[i].data);
	}
	for (unsigned i = 0; i < rig->layouts; i++)
		traffic_destroy(rig->layout[i].traffic);
	for (unsigned d = 0; d < MACHINE_DEVICES_MAX; d++)
		free(rig->delivered[d]);
}

/* ---- what became of them ---- */

static uint64_t word_of(const uint8_t *payload)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < ID_BYTES; i++)
		word |= (uint64_t)payload[i] << (8 * i);
	return word;
}

/* Index of the first byte that is not the pattern's, or `bytes`. */
static unsigned first_wrong(const uint8_t *payload, unsigned bytes)
{
	uint64_t id = bytes < ID_BYTES ? 0 : word_of(payload) ^ PLAT_FRAME_MAGIC;

	for (unsigned i = ID_BYTES; i < bytes; i++)
		if (payload[i] != traffic_byte(id, i))
			return i;
	return bytes;
}

static bool delivered_before(struct rig *rig, unsigned device, uint64_t id)
{
	uint64_t room = rig->delivered_room[device];
	bool before;

	while (id / 8 >= room) {
		uint64_t more = room ? 2 * room : 4096;

		rig->delivered[device] = realloc(rig->delivered[device], more);
		ASSERT(rig->delivered[device]);
		memset(rig->delivered[device] + room, 0, more - room);
		rig->delivered_room[device] = room = more;
	}
	before = rig->delivered[device][id / 8] >> id % 8 & 1;
	rig->delivered[device][id / 8] |= (uint8_t)(1u << id % 8);
	return before;
}

/* Captured frames have no pattern. */
static bool has_captures(const struct machine *machine)
{
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		if (machine->cfg->traffic[i].arrival == SCN_ARRIVAL_PCAP)
			return true;
	return false;
}

void rig_frame_data(struct machine *machine, struct nic_port *port, const void *payload,
		    unsigned bytes)
{
	unsigned device = (unsigned)(port->cfg - machine->cfg->device), wrong;
	const char *name = port->cfg->name;
	uint64_t id;

	if (has_captures(machine))
		return;
	id = bytes < ID_BYTES ? UINT64_MAX : word_of(payload) ^ PLAT_FRAME_MAGIC;
	if (id >> ID_SHIFT || !id) {
		rules_breach(machine, "data.frame", name,
			     "a datagram of %u bytes was delivered that nobody sent", bytes);
		return;
	}
	wrong = first_wrong(payload, bytes);
	if (wrong < bytes)
		rules_breach(machine, "data.frame", name,
			     "frame %llu: byte %u of %u of the payload is 0x%02x, not 0x%02x",
			     (unsigned long long)id, wrong, bytes,
			     ((const uint8_t *)payload)[wrong], traffic_byte(id, wrong));
	if (delivered_before(machine->rig, device, id))
		rules_breach(machine, "data.twice", name, "frame %llu was delivered twice",
			     (unsigned long long)id);
	else
		machine->rig->received[device]++;
}

uint64_t rig_received_frames(struct machine *machine, unsigned device)
{
	return machine->rig->received[device];
}

/* ---- what the user sends ---- */

unsigned rig_wire_fill(struct rig_request *request, void *data, unsigned bytes)
{
	uint64_t id = ++request->sent, word = PLAT_FRAME_MAGIC ^ id;
	uint8_t *payload = data;

	for (unsigned i = 0; i < bytes; i++)
		payload[i] = i < ID_BYTES ? (uint8_t)(word >> (8 * i))
					  : traffic_byte(id, i);
	return 0;
}

void rig_frame_sent(struct nic_port *port, const uint8_t *payload, unsigned bytes)
{
	struct machine *machine = port->machine;
	unsigned wrong = first_wrong(payload, bytes);

	if (wrong < bytes)
		rules_breach(machine, "data.sent", port->cfg->name,
			     "a datagram left with byte %u of %u wrong", wrong, bytes);
	else
		machine->rig->sent[port->cfg - machine->cfg->device]++;
}

uint64_t machine_rig_sent(struct machine *machine, unsigned device)
{
	return machine->rig->sent[device];
}

static unsigned keep_answer(struct rig_request *request, const void *data, unsigned bytes)
{
	free(request->answer);
	request->answer = malloc(bytes + 1u);
	ASSERT(request->answer);
	memcpy(request->answer, data, bytes);
	request->answer_bytes = bytes;
	return 0;
}

unsigned rig_user_data(struct machine *machine, unsigned id, void *data, unsigned bytes,
		       bool write)
{
	struct rig_request *request = &machine->rig->request[id - 1];

	if (request->user.op == PLAT_USER_FILE_READ)
		return keep_answer(request, data, bytes);
	if (request->user.op == PLAT_USER_SEND)
		return rig_wire_fill(request, data, bytes);
	return rig_disk_data(machine->rig, request, data, bytes, write);
}
