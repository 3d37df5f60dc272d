/* SPDX-License-Identifier: MIT */
/* The far end of an interface's wire: who a frame that the host sent is for. The first 8 bytes of a
 * UDP payload tell (PLAT_FRAME_MAGIC); captured frames and foreign protocols are for nobody. */
#include "drivers/linux/boundary_workloads.h"
#include "model/machine/internal.h"

#define ETH_TYPE   12u
#define IP         14u
#define IP_PROTO   (IP + 9)
#define L4         34u
#define L4_TARGET  36u
#define L4_LENGTH  38u
#define UDP_HEADER 8u
#define PAYLOAD    42u
#define TYPE_IPV4  0x0800u
#define TYPE_CONTROL 0x8808u
#define PAUSE_QUANTA 16u
#define QUANTUM_BYTES 64u
#define PROTO_TCP  6u
#define PROTO_UDP  17u
#define SHORTEST   (PAYLOAD + 8)

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint64_t payload_id(const uint8_t *data)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word |= (uint64_t)data[PAYLOAD + i] << (8 * i);
	word ^= PLAT_FRAME_MAGIC;
	return word >> 48 ? 0 : word;
}

static void answered(struct nic_port *port, uint64_t id)
{
	struct machine *machine = port->machine;
	struct at arrived;

	if (frames_arrival(port->frames, id, &arrived))
		stats_sample(machine->sim.stats, port->rtt,
			     at_since(sim_now(&machine->sim), arrived).ps / PS_PER_NS);
	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		if (&machine->device[machine->cfg->traffic[i].device].nic == port)
			traffic_answered(machine->traffic[i], id);
}

static void sent_to_peer(struct nic_port *port, const struct frame *frame, uint64_t id)
{
	const struct plat_send *send = sends_on_wire(port->machine->sends, id);
	uint32_t bytes = get16(frame->data + L4_LENGTH);

	/* Behind the header and the id; a frame that is shorter than it says is dropped. */
	if (send && send->user && bytes >= UDP_HEADER + 8 && L4 + bytes <= frame->bytes)
		peer_took(port->peer, (id << PEER_DATAGRAM_SHIFT) + 8, frame->data + PAYLOAD + 8,
			  bytes - UDP_HEADER - 8);
	if (send && send->answered)
		peer_echo(port->peer, frame);
}

/* IEEE 802.3 annex 31B: the time is in quanta of 512 bits. */
static void told_to_wait(struct nic_port *port, const uint8_t *data)
{
	struct machine *machine = port->machine;
	struct dur wait = dur_of_bytes((uint64_t)get16(data + PAUSE_QUANTA) * QUANTUM_BYTES,
				       port->cfg->nic.link_bps);

	for (unsigned i = 0; i < machine->cfg->traffics; i++)
		if (&machine->device[machine->cfg->traffic[i].device].nic == port)
			traffic_pause(machine->traffic[i], at_add(sim_now(&machine->sim), wait));
}

void nic_wire_sent(struct nic_port *port, const struct frame *frame)
{
	const uint8_t *data = frame->data;
	uint64_t id;

	if (get16(data + ETH_TYPE) == TYPE_CONTROL && port->cfg->nic.partner_pause)
		told_to_wait(port, data);
	if (frame->bytes < SHORTEST || get16(data + ETH_TYPE) != TYPE_IPV4 || data[IP] != 0x45)
		return;
	if (data[IP_PROTO] == PROTO_TCP && get16(data + L4_TARGET) == PLAT_PEER_PORT)
		peer_tcp(port->peer, frame);
	if (data[IP_PROTO] != PROTO_UDP)
		return;
	if (get16(data + L4_TARGET) == PLAT_USER_PORT && port->machine->rig)
		rig_frame_sent(port, data + PAYLOAD, get16(data + L4_LENGTH) - UDP_HEADER);
	id = payload_id(data);
	if (!id)
		return;
	if (get16(data + L4_TARGET) == PLAT_PEER_PORT)
		sent_to_peer(port, frame, id);
	else if (get16(data + L4) == PLAT_UDP_PORT)
		answered(port, id);
	else if (port->forwards_for)
		frames_delivered(port->forwards_for->frames, id, 0, 1);
}

static void from_peer(void *ctx, const struct frame *frame)
{
	machine_frame_to_nic(ctx, frame);
}

static void peer_has_taken(void *ctx, uint32_t bytes, uint32_t wrong)
{
	struct nic_port *port = ctx;

	port->peer_bytes->value += bytes;
	port->peer_wrong->value += wrong;
}

int nic_wire_create(struct nic_port *port)
{
	const struct machine_device *device = port->cfg;
	struct peer_ops ops = { from_peer, peer_has_taken, port };
	struct peer_cfg cfg = { .name = device->name,
				.link_bps = device->nic.ideal ? 0 : device->nic.link_bps,
				.delay = device->peer_delay,
				.tcp_answer = device->peer_tcp_answer,
				.verifies = device->peer_verifies };
	struct stats *stats = port->machine->sim.stats;

	port->peer_bytes = stats_counter(stats, "%s.peer.bytes", device->name);
	port->peer_wrong = stats_counter(stats, "%s.peer.wrong_bytes", device->name);

	port->peer = peer_create(&port->machine->sim, &cfg, &ops);
	return port->peer ? SIM_OK
			  : sim_fail(&port->machine->sim, SIM_ERR_MEMORY, "no memory for a peer");
}
