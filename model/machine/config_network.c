/* SPDX-License-Identifier: MIT */
/* Network devices, traffic, senders and administrators of a scenario point. */
#include "model/machine/config_internal.h"

#include <stdio.h>
#include <string.h>

#include "model/scenario/profile.h"

static void read_nic_profile(struct reading *r, struct nic82599_cfg *nic)
{
	struct profile *profile;

	if (profile_load(&profile, r->data_dir, PROFILE_NIC, "82599", r->diag)) {
		r->failed = true;
		return;
	}
	nic->rx_pipeline = profile_dur(profile, "rx.pipeline", r->hz);
	nic->tx_pipeline = profile_dur(profile, "tx.pipeline", r->hz);
	nic->rx_buffer_bytes = (uint32_t)profile_u64(profile, "rx.buffer");
	nic->rx_writeback_batch = (unsigned)profile_u64(profile, "rx.writeback_batch");
	nic->rx_prefetch = (unsigned)profile_u64(profile, "rx.prefetch");
	nic->tx_prefetch = (unsigned)profile_u64(profile, "tx.prefetch");
	profile_free(profile);
}

static void read_moderation(struct reading *r, const char *name, struct nic82599_moderation *to)
{
	static const enum nic82599_moderation_kind kinds[] = {
		[SCN_MODERATION_ITR] = NIC82599_MODERATION_ITR,
		[SCN_MODERATION_COUNT_TIMEOUT] = NIC82599_MODERATION_COUNT_TIMEOUT,
		[SCN_MODERATION_PACKET_TIMER] = NIC82599_MODERATION_PACKET_TIMER,
		[SCN_MODERATION_WATERMARK] = NIC82599_MODERATION_WATERMARK,
	};
	char key[96];

	if (!scn_has(r->point, config_device_key(key, name, "moderation.kind")))
		return;
	to->kind = kinds[scn_word(r->point, key)];
	to->count = config_optional_u32(r, name, "moderation.count");
	to->high = config_optional_u32(r, name, "moderation.high");
	to->low = config_optional_u32(r, name, "moderation.low");
	to->gap = config_optional_dur(r, name, "moderation.gap");
	to->timeout = config_optional_dur(r, name, "moderation.timeout");
}

/* What goes to the kernel as it is. */
static void read_knobs(struct reading *r, const char *name, struct plat_netdev *knobs)
{
	const struct scn_point *p = r->point;
	const unsigned *core;
	size_t cores;
	char key[96];

	knobs->gro_flush_timeout_ns =
		scn_dur(p, config_device_key(key, name, "gro_flush_timeout")).ps / PS_PER_NS;
	knobs->napi_defer_hard_irqs =
		(unsigned)scn_u64(p, config_device_key(key, name, "napi_defer_hard_irqs"));
	knobs->threaded_napi = scn_bool(p, config_device_key(key, name, "threaded_napi"));
	knobs->napi_weight = config_optional_u32(r, name, "napi_weight");
	knobs->busy_poll_us = (unsigned)(scn_dur(p, config_device_key(key, name, "busy_poll")).ps /
					 PS_PER_US);
	knobs->netdev_budget = (unsigned)scn_u64(p, "host.netdev_budget");
	if (!scn_bool(p, config_device_key(key, name, "tso")))
		knobs->features_off |= PLAT_FEATURE_TSO;
	if (!scn_bool(p, config_device_key(key, name, "sg")))
		knobs->features_off |= PLAT_FEATURE_SG;
	if (!scn_bool(p, config_device_key(key, name, "gro")))
		knobs->features_off |= PLAT_FEATURE_GRO;
	if (scn_bool(p, config_device_key(key, name, "lro")))
		knobs->features_on |= PLAT_FEATURE_LRO;
	if (!scn_has(p, config_device_key(key, name, "irq_cores")))
		return;
	core = scn_cores(p, key, &cores);
	knobs->irq_cores = (unsigned)(cores < PLAT_IRQ_CORES ? cores : PLAT_IRQ_CORES);
	for (unsigned i = 0; i < knobs->irq_cores; i++)
		knobs->irq_core[i] = (unsigned char)core[i];
}

/* The device completes what it merged by its own throttle, and the driver merges nothing if that is
 * short (ixgbe.h, IXGBE_MIN_RSC_ITR). */
static void check_lro(struct reading *r, const struct machine_device *device)
{
	const unsigned itr_us_min = 7;
	char key[96];

	if (!(device->knobs.features_on & PLAT_FEATURE_LRO))
		return;
	config_device_key(key, device->name, "lro");
	if (device->nic.moderation.kind > NIC82599_MODERATION_ITR)
		config_refuse(r, key, "merging by the device needs its own moderation, or \"itr\"");
	if (device->itr_us != PLAT_ITR_ADAPTIVE && device->itr_us < itr_us_min)
		config_refuse(r, key, "the driver does not let the device merge below itr = \"7us\"");
}

void config_read_nic(struct reading *r, struct machine_device *device, unsigned number)
{
	const struct scn_point *p = r->point;
	struct nic82599_cfg *nic = &device->nic;
	char key[96];
	int word;

	device->ring = (unsigned)scn_u64(p, config_device_key(key, device->name, "ring"));
	word = scn_word(p, config_device_key(key, device->name, "itr"));
	if (word == SCN_ITR_OFF)
		device->itr_us = 0;
	else if (word == SCN_ITR_ADAPTIVE)
		device->itr_us = PLAT_ITR_ADAPTIVE;
	else
		device->itr_us = (unsigned)(scn_dur(p, key).ps / PS_PER_US);
	read_nic_profile(r, nic);
	nic->name = device->name;
	read_moderation(r, device->name, &nic->moderation);
	read_knobs(r, device->name, &device->knobs);
	check_lro(r, device);
	nic->partner_pause = scn_bool(p, config_device_key(key, device->name, "pause"));
	nic->mac[0] = 2;
	nic->mac[1] = 0xd0;
	nic->mac[2] = 0x0b;
	nic->mac[5] = (uint8_t)(number + 2);
	nic->link_bps = scn_u64(p, config_device_key(key, device->name, "link"));
	nic->ideal = device->link.ideal;
}

/* ---- traffic ---- */

/* The mean distance of frames as an exact ratio of picoseconds. */
static void read_gap(struct machine_traffic *traffic, struct scn_rate rate)
{
	if (rate.kind == SCN_RATE_FRAMES) {
		traffic->gap_num = PS_PER_S * CONFIG_MILLI;
	} else {
		traffic->gap_num =
			(uint64_t)(traffic->frame_bytes + FRAME_OVERHEAD_BYTES) * 8 * PS_PER_S;
	}
	traffic->gap_den = rate.value;
}

static void read_capture(struct reading *r, struct machine_traffic *traffic, unsigned n)
{
	char key[96], error[300];

	traffic->speed_micro = scn_micro(r->point, scn_key(key, sizeof(key), "traffic.%u.speed", n));
	if (traffic->sink != PLAT_SINK_DROP)
		config_refuse(r, scn_key(key, sizeof(key), "traffic.%u.sink", n),
		       "captured frames have foreign addresses: only sink = \"drop\" can take them");
	scn_key(key, sizeof(key), "traffic.%u.pcap", n);
	traffic->pcap = pcap_file_load(scn_path(r->point, key), error, sizeof(error));
	if (!traffic->pcap)
		config_refuse(r, key, error);
}

static void read_clients(struct reading *r, struct machine_traffic *traffic, unsigned n)
{
	const struct scn_point *p = r->point;
	char key[96];

	traffic->clients =
		(unsigned)scn_u64(p, scn_key(key, sizeof(key), "traffic.%u.clients", n));
	traffic->think = scn_dur(p, scn_key(key, sizeof(key), "traffic.%u.think", n));
	traffic->timeout = scn_dur(p, scn_key(key, sizeof(key), "traffic.%u.timeout", n));
	if (traffic->sink != PLAT_SINK_ECHO)
		config_refuse(r, scn_key(key, sizeof(key), "traffic.%u.sink", n),
		       "arrival = \"closed\" needs answers: sink = \"echo\"");
}

static void read_traffic(struct reading *r, unsigned n)
{
	static const unsigned sinks[] = { [SCN_SINK_UDP] = PLAT_SINK_UDP,
					  [SCN_SINK_DROP] = PLAT_SINK_DROP,
					  [SCN_SINK_ECHO] = PLAT_SINK_ECHO,
					  [SCN_SINK_FORWARD] = PLAT_SINK_FORWARD,
					  [SCN_SINK_XDP_DROP] = PLAT_SINK_XDP_DROP,
					  [SCN_SINK_XDP_TX] = PLAT_SINK_XDP_TX };
	struct machine_traffic *traffic = &r->cfg->traffic[n];
	const struct scn_point *p = r->point;
	char key[96];

	snprintf(traffic->stream, sizeof(traffic->stream), "traffic.%u", n);
	traffic->device =
		config_device_index(r, scn_text(p, scn_key(key, sizeof(key), "traffic.%u.to", n)));
	traffic->arrival = (enum scn_arrival)scn_word(
		p, scn_key(key, sizeof(key), "traffic.%u.arrival", n));
	traffic->sink = sinks[scn_word(p, scn_key(key, sizeof(key), "traffic.%u.sink", n))];
	traffic->flows = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "traffic.%u.flows", n));
	if (traffic->sink == PLAT_SINK_FORWARD)
		traffic->via = config_device_index(
			r, scn_text(p, scn_key(key, sizeof(key), "traffic.%u.via", n)));
	if (r->cfg->software == MACHINE_IDEAL &&
	    (traffic->sink == PLAT_SINK_FORWARD || traffic->arrival == SCN_ARRIVAL_CLOSED))
		config_refuse(r, scn_key(key, sizeof(key), "traffic.%u.to", n),
		       "the ideal host does not send");
	if (r->cfg->software == MACHINE_IDEAL &&
	    (traffic->sink == PLAT_SINK_XDP_DROP || traffic->sink == PLAT_SINK_XDP_TX))
		config_refuse(r, scn_key(key, sizeof(key), "traffic.%u.sink", n),
		       "the ideal host has no XDP");
	if (traffic->arrival == SCN_ARRIVAL_PCAP) {
		traffic->frame_bytes = FRAME_BYTES_MIN + FRAME_FCS_BYTES;
		read_capture(r, traffic, n);
		return;
	}
	traffic->frame_bytes =
		(uint32_t)scn_u64(p, scn_key(key, sizeof(key), "traffic.%u.frame", n));
	if (traffic->arrival == SCN_ARRIVAL_CLOSED) {
		read_clients(r, traffic, n);
		return;
	}
	if (traffic->arrival == SCN_ARRIVAL_BURST)
		traffic->burst =
			(unsigned)scn_u64(p, scn_key(key, sizeof(key), "traffic.%u.burst", n));
	if (traffic->arrival == SCN_ARRIVAL_ON_OFF) {
		traffic->on = scn_dur(p, scn_key(key, sizeof(key), "traffic.%u.on", n));
		traffic->off = scn_dur(p, scn_key(key, sizeof(key), "traffic.%u.off", n));
	}
	read_gap(traffic, scn_rate(p, scn_key(key, sizeof(key), "traffic.%u.rate", n)));
}

void config_read_all_traffic(struct reading *r)
{
	size_t count = scn_count(r->point, "traffic");

	if (count > MACHINE_TRAFFIC_MAX) {
		config_refuse(r, "traffic.32.to", "more than 32 [[traffic]] tables");
		count = MACHINE_TRAFFIC_MAX;
	}
	for (unsigned n = 0; n < count; n++)
		read_traffic(r, n);
	r->cfg->traffics = (unsigned)count;
	for (unsigned a = 0; a < count; a++)
		for (unsigned b = 0; b < a; b++)
			if (r->cfg->traffic[a].device == r->cfg->traffic[b].device &&
			    r->cfg->traffic[a].sink != r->cfg->traffic[b].sink) {
				char key[96];

				config_refuse(r, scn_key(key, sizeof(key), "traffic.%u.sink", a),
				       "all traffic to one device must have the same sink");
			}
}

/* ---- senders and administrators ---- */

/* Distance of two sends; datagrams by the wire's bits, as in [[traffic]], streams by their own. */
static uint64_t send_period(const struct reading *r, unsigned n, const struct plat_send *send)
{
	const uint64_t headers = 42;   /* Ethernet, IPv4, UDP */
	struct scn_rate rate;
	char key[96];
	uint64_t bytes = send->bytes;

	scn_key(key, sizeof(key), "send.%u.rate", n);
	if (!scn_has(r->point, key))
		return 0;
	rate = scn_rate(r->point, key);
	if (rate.kind == SCN_RATE_FRAMES)
		return PS_PER_S * CONFIG_MILLI / rate.value;
	if (send->engine != PLAT_SEND_TCP)
		bytes += headers + FRAME_FCS_BYTES + FRAME_OVERHEAD_BYTES;
	return (uint64_t)((unsigned __int128)bytes * 8 * PS_PER_S / rate.value);
}

static void set_peer(struct reading *r, unsigned n, struct machine_device *device,
		     const struct plat_send *send)
{
	struct dur delay;
	char key[96];

	if (!send->answered)
		return;
	delay = scn_dur(r->point, scn_key(key, sizeof(key), "send.%u.peer_delay", n));
	if (device->peer_answers && device->peer_delay.ps != delay.ps)
		config_refuse(r, key, "all peers of one device have the same delay");
	device->peer_delay = delay;
	device->peer_answers = true;
	if (send->engine != PLAT_SEND_TCP)
		return;
	if (device->peer_tcp_answer && device->peer_tcp_answer != send->bytes)
		config_refuse(r, scn_key(key, sizeof(key), "send.%u.size", n),
		       "all TCP requests of one device have the same size");
	device->peer_tcp_answer = send->bytes;
}

/* A program that sends from its own memory. What goes by its device to peers is checked there, so
 * that nobody else's streams may. */
static void read_user(struct reading *r, unsigned n, struct machine_device *device,
		      struct plat_send *send)
{
	const uint64_t datagram_max = 1500 - 28;   /* an MTU less IPv4 and UDP headers */
	const struct scn_point *p = r->point;
	char key[96];
	bool others;

	if (send->engine == PLAT_SEND_PKTGEN)
		return;
	send->zero_copy = scn_bool(p, scn_key(key, sizeof(key), "send.%u.zero_copy", n));
	send->reuse_at_once = scn_word(p, scn_key(key, sizeof(key), "send.%u.reuse", n)) ==
			      SCN_REUSE_AT_ONCE;
	scn_key(key, sizeof(key), "send.%u.memory", n);
	send->user = send->zero_copy || scn_word(p, key) == SCN_MEMORY_USER;
	others = device->peer_streams && device->peer_verifies != send->user;
	if (send->engine == PLAT_SEND_TCP) {
		if (others)
			config_refuse(r, key,
				      "all TCP senders of one device are programs, or none");
		device->peer_streams = true;
	}
	device->peer_verifies |= send->user;
	if (!send->user)
		return;
	if (send->answered)
		config_refuse(r, key, "programs take no answers (peer = \"echo\")");
	if (send->engine == PLAT_SEND_UDP && send->bytes > datagram_max)
		config_refuse(r, scn_key(key, sizeof(key), "send.%u.size", n),
			      "a program's datagram has at most 1472 bytes");
}

static void read_send(struct reading *r, unsigned n)
{
	const struct scn_point *p = r->point;
	struct plat_send send = { 0 };
	struct machine_device *device;
	const unsigned *core;
	size_t cores;
	char key[96];

	scn_key(key, sizeof(key), "send.%u.from", n);
	if (r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host does not send");
	device = &r->cfg->device[config_device_index(r, scn_text(p, key))];
	send.devfn = device->devfn;
	send.engine = (unsigned)scn_word(p, scn_key(key, sizeof(key), "send.%u.engine", n));
	send.bytes = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "send.%u.size", n));
	send.flows = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "send.%u.flows", n));
	send.depth = 1;
	if (send.engine != PLAT_SEND_PKTGEN) {
		send.answered = scn_word(p, scn_key(key, sizeof(key), "send.%u.peer", n)) ==
				SCN_PEER_ECHO;
		send.depth = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "send.%u.depth", n));
	}
	if (send.answered)
		send.think_ns =
			scn_dur(p, scn_key(key, sizeof(key), "send.%u.think", n)).ps / PS_PER_NS;
	send.period_ps = send_period(r, n, &send);
	set_peer(r, n, device, &send);
	read_user(r, n, device, &send);
	core = scn_cores(p, scn_key(key, sizeof(key), "send.%u.cores", n), &cores);
	if (r->cfg->sends + cores > MACHINE_SENDS_MAX) {
		config_refuse(r, key, "more than 256 senders");
		return;
	}
	for (size_t c = 0; c < cores; c++) {
		send.id = r->cfg->sends;
		send.core = core[c];
		r->cfg->send_table[r->cfg->sends] = n;
		r->cfg->send[r->cfg->sends++] = send;
	}
}

static void read_admin(struct reading *r, unsigned n)
{
	const struct scn_point *p = r->point;
	struct plat_admin *admin = &r->cfg->admin[n];
	char key[96];

	scn_key(key, sizeof(key), "admin.%u.on", n);
	if (r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host has no administrator");
	admin->id = n;
	admin->devfn = r->cfg->device[config_device_index(r, scn_text(p, key))].devfn;
	admin->op = (unsigned)scn_word(p, scn_key(key, sizeof(key), "admin.%u.action", n));
	admin->count = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "admin.%u.count", n));
	admin->period_ns =
		scn_dur(p, scn_key(key, sizeof(key), "admin.%u.every", n)).ps / PS_PER_NS;
}

void config_read_sends_and_admins(struct reading *r)
{
	size_t admins = scn_count(r->point, "admin");

	r->cfg->send_tables = (unsigned)scn_count(r->point, "send");
	for (unsigned n = 0; n < r->cfg->send_tables; n++)
		read_send(r, n);
	if (admins > MACHINE_ADMINS_MAX) {
		config_refuse(r, "admin.16.on", "more than 16 [[admin]] tables");
		admins = MACHINE_ADMINS_MAX;
	}
	for (unsigned n = 0; n < admins; n++)
		read_admin(r, n);
	r->cfg->admins = (unsigned)admins;
}
