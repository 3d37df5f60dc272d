/* SPDX-License-Identifier: MIT */
/* What fits together and what does not, as far as it can be said without a machine. A value that
 * was wrong by itself is NULL here and reported already: no check speaks of it again. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

/* Vectors of an 82599 beyond the one for other causes; I/O queue pairs of an NVMe controller. */
#define NIC_QUEUES 63
#define NIC_RING_MIN  64     /* IXGBE_MIN_RXD */
#define IDEAL_QUEUES  16     /* IDEAL_QUEUES_MAX of drivers/ideal */
#define SSD_QUEUES 64
/* Preamble, start delimiter and gap: what a frame takes of the wire beyond its bytes (802.3). */
#define WIRE_EXTRA_BYTES 20
#define DATAGRAM_BYTES_MAX 1472

static bool is(const struct scn_value *value, const char *text)
{
	return value && !strcmp(value->text, text);
}

/* Was the value chosen outside the scenario's fixed part? Then a key that only matters with another
 * choice is no mistake. */
bool scn_value_varied(const struct scn_value *value)
{
	return value->origin == SCN_FROM_SET || value->origin == SCN_FROM_SWEEP;
}

__attribute__((format(printf, 4, 5)))
static void at_value(const struct scn_point *point, const struct scn_value *value, const char *help,
		     const char *fmt, ...)
{
	struct diag_place place = value->place;
	va_list args;

	/* A default has no place of its own: the table where it would stand has. */
	if (value->origin == SCN_FROM_DEFAULT) {
		place = (struct diag_place){ point->scn->file_source, 0, 0 };
		for (size_t i = 0; i < point->scn->slot_count; i++)
			if (point->values[i] == value)
				place = point->scn->slots[i].table;
	}
	va_start(args, fmt);
	diag_verror(point->scn->diag, place, help, fmt, args);
	va_end(args);
}

static const char *last_part(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? dot + 1 : key;
}

static void check_needs(const struct scn_point *point)
{
	for (size_t i = 0; i < point->scn->slot_count; i++) {
		const struct scn_slot *slot = &point->scn->slots[i];
		const struct scn_value *value = point->values[i];
		const struct scn_slot *other;
		const struct scn_value *decides;
		const char *words, *name;
		char help[200];

		if (!value || value->origin == SCN_FROM_DEFAULT || point->relevant[i])
			continue;
		other = scn_needs_slot(point->scn, slot, &words);
		decides = point->values[other - point->scn->slots];
		if (scn_value_varied(decides))
			continue;
		name = *slot->row->needs == '/' ? other->key : last_part(other->key);
		snprintf(help, sizeof(help), "it is for %s = %s", name, words);
		for (char *c = help; *c; c++)
			if (*c == '|')
				*c = '/';
		diag_error(point->scn->diag, slot->key_at.line ? slot->key_at : value->place, help,
			   "\"%s\" has no meaning with %s = \"%s\"", last_part(slot->key), name,
			   decides->text);
	}
}

static void check_profile(const struct scn_point *point, const struct scn_value *value,
			  enum profile_kind kind)
{
	char **names;
	char help[160] = "doorbell list profiles shows them";
	size_t count;
	const char *near;
	bool exists = false;

	if (!value || !point->scn->data_dir || scn_profile_read(point->scn, kind, value->text))
		return;
	names = profile_names(point->scn->data_dir, kind, &count);
	for (size_t i = 0; i < count; i++)
		exists = exists || !strcmp(names[i], value->text);
	near = diag_nearest(value->text, (const char *const *)names, count);
	if (near)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", near);
	if (!exists)
		at_value(point, value, help, "%s \"%s\" does not exist",
			 kind == PROFILE_MEDIA ? "medium" : "profile", value->text);
	profile_names_free(names, count);
}

static void check_cpu(const struct scn_point *point)
{
	const struct scn_value *cores = scn_value_at(point, "cpu.cores");
	const struct scn_value *sockets = scn_value_at(point, "cpu.sockets");
	const struct scn_value *bounce = scn_value_at(point, "dma.bounce");
	const struct scn_value *mode = scn_value_at(point, "iommu.mode");

	if (cores && sockets && cores->u % sockets->u)
		at_value(point, sockets->origin == SCN_FROM_DEFAULT ? cores : sockets, NULL,
			 "%s cores cannot be shared out to %s sockets", cores->text, sockets->text);
	check_profile(point, scn_value_at(point, "cpu.profile"), PROFILE_CPU);
	if (is(bounce, "force") && (is(mode, "lazy") || is(mode, "strict")))
		at_value(point, bounce,
			 "use iommu.mode off or passthrough, or dma.bounce untrusted",
			 "the kernel ignores forced bounce buffers with iommu.mode = \"%s\"",
			 mode->text);
	if (is(bounce, "untrusted") && is(mode, "off"))
		at_value(point, bounce, "choose another iommu.mode, or dma.bounce force",
			 "the kernel bounces for untrusted devices only behind an IOMMU, and "
			 "iommu.mode is \"off\"");
}

/* Names the drivers that would fit. */
static void help_fitting(const struct scn *scn, const char *model, const char *software,
			 struct scn_mistake *mistake)
{
	size_t count, used;
	const struct scn_known_driver *known = scn_known_drivers(&count);

	used = (size_t)snprintf(mistake->help, sizeof(mistake->help),
				"for model %s and software %s:", model, software);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(known[i].model, model) && !strcmp(known[i].software, software))
			used += (size_t)snprintf(mistake->help + used, sizeof(mistake->help) - used,
						 " %s", known[i].name);
	for (size_t i = 0; i < scn->driver_count && used < sizeof(mistake->help); i++)
		if (!*scn->drivers[i].model || !strcmp(scn->drivers[i].model, model))
			used += (size_t)snprintf(mistake->help + used, sizeof(mistake->help) - used,
						 " %s", scn->drivers[i].name);
}

/* One that a user built. */
static bool own_driver_fits(const struct scn_driver *driver, const char *model,
			    const char *software, struct scn_mistake *mistake)
{
	if (strcmp(software, "linux") && strcmp(software, "ideal"))
		snprintf(mistake->what, sizeof(mistake->what),
			 "driver \"%s\" is for host.software = \"linux\", not \"%s\"",
			 driver->name, software);
	else if (*driver->model && strcmp(driver->model, model))
		snprintf(mistake->what, sizeof(mistake->what),
			 "driver \"%s\" is for model \"%s\", not \"%s\"", driver->name,
			 driver->model, model);
	return !*mistake->what;
}

/* Does a driver of that name exist for model and software? Sets what is wrong otherwise. */
static bool driver_fits(const struct scn *scn, const char *name, const char *model,
			const char *software, struct scn_mistake *mistake)
{
	size_t count, names = 0;
	const struct scn_known_driver *known = scn_known_drivers(&count);
	const char *all[64], *near;
	bool ideal = !strcmp(software, "ideal");

	for (size_t i = 0; i < count; i++) {
		if (names < 64)
			all[names++] = known[i].name;
		if (strcmp(known[i].name, name))
			continue;
		if (!strcmp(known[i].model, model) &&
		    (ideal || !strcmp(known[i].software, software)))
			return true;
		if (!strcmp(known[i].model, model))
			snprintf(mistake->what, sizeof(mistake->what),
				 "driver \"%s\" is for host.software = \"%s\", not \"%s\"", name,
				 known[i].software, software);
		else if (!*mistake->what)
			snprintf(mistake->what, sizeof(mistake->what),
				 "driver \"%s\" is for model \"%s\", not \"%s\"", name,
				 known[i].model, model);
	}
	for (size_t i = 0; i < scn->driver_count; i++) {
		if (names < 64)
			all[names++] = scn->drivers[i].name;
		if (!strcmp(scn->drivers[i].name, name) &&
		    own_driver_fits(&scn->drivers[i], model, software, mistake))
			return true;
	}
	if (*mistake->what) {
		help_fitting(scn, model, software, mistake);
		return false;
	}
	snprintf(mistake->what, sizeof(mistake->what), "driver \"%.63s\" does not exist", name);
	near = diag_nearest(name, all, names);
	if (near)
		snprintf(mistake->help, sizeof(mistake->help), "did you mean \"%s\"?", near);
	else
		snprintf(mistake->help, sizeof(mistake->help), "doorbell list drivers shows them");
	return false;
}

static void check_driver(const struct scn_point *point, const char *device)
{
	const struct scn_value *driver = scn_value_at(point, "device.%s.driver", device);
	const struct scn_value *model = scn_value_at(point, "device.%s.model", device);
	const struct scn_value *software = scn_value_at(point, "host.software");
	struct scn_mistake mistake = { "", "" };

	if (!driver || !model || !software || driver->origin == SCN_FROM_DEFAULT)
		return;
	if (!driver_fits(point->scn, driver->text, model->text, software->text, &mistake))
		at_value(point, driver, *mistake.help ? mistake.help : NULL, "%s", mistake.what);
}

/* It posts as many buffers as asked for, and writes EITR itself, which counts two microseconds
 * (82599 8.2.3.5.12). */
static void check_ideal_nic(const struct scn_point *point, const struct scn_value *queues,
			    const struct scn_value *itr)
{
	if (queues && queues->u > IDEAL_QUEUES)
		at_value(point, queues, NULL, "the ideal host serves at most %d queues",
			 IDEAL_QUEUES);
	if (itr && itr->word < 0 && itr->u % (2 * PS_PER_US))
		at_value(point, itr, "moderation.kind = \"itr\" takes any gap",
			 "EITR counts in steps of 2us");
}

static void check_nic(const struct scn_point *point, const char *device)
{
	const struct scn_value *queues = scn_value_at(point, "device.%s.queues", device);
	const struct scn_value *ring = scn_value_at(point, "device.%s.ring", device);
	const struct scn_value *itr = scn_value_at(point, "device.%s.itr", device);
	const struct scn_value *software = scn_value_at(point, "host.software");

	if (queues && queues->u > NIC_QUEUES)
		at_value(point, queues,
			 "each queue takes one of 64 vectors, one is for other causes",
			 "an 82599 has vectors for %d queues", NIC_QUEUES);
	if (itr && itr->word < 0 && itr->u % PS_PER_US)
		at_value(point, itr, NULL, "the throttle takes whole microseconds");
	if (software && software->word == SCN_SOFTWARE_IDEAL) {
		check_ideal_nic(point, queues, itr);
		return;
	}
	if (ring && ring->u % 8)
		at_value(point, ring, NULL, "a ring has a multiple of 8 descriptors");
	if (ring && ring->u < NIC_RING_MIN)
		at_value(point, ring, NULL, "ixgbe has rings of at least %d descriptors",
			 NIC_RING_MIN);
}

static void check_ssd(const struct scn_point *point, const char *device)
{
	const struct scn_value *queues = scn_value_at(point, "device.%s.queues", device);
	const struct scn_value *polled = scn_value_at(point, "device.%s.poll_queues", device);
	const struct scn_value *capacity = scn_value_at(point, "device.%s.capacity", device);

	if (queues && polled && queues->u + polled->u > SSD_QUEUES)
		at_value(point, polled->origin == SCN_FROM_DEFAULT ? queues : polled, NULL,
			 "the controller has %d queues: queues + poll_queues are more", SSD_QUEUES);
	if (capacity && capacity->u % 4096)
		at_value(point, capacity, NULL, "the capacity is a multiple of 4KiB");
	check_profile(point, scn_value_at(point, "device.%s.media", device), PROFILE_MEDIA);
}

static void need_of_kind(const struct scn_point *point, const char *device, const char *table,
			 const struct scn_value *kind, const char *name)
{
	char key[SCN_KEY_MAX];
	const struct scn_slot *slot;

	scn_key(key, sizeof(key), "device.%s.%s.%s", device, table, name);
	slot = scn_slot_find(point->scn, key);
	if (!point->values[slot - point->scn->slots] && !slot->broken)
		at_value(point, kind, NULL, "%s of kind \"%s\" needs \"%s\"", table, kind->text,
			 name);
}

/* Parts of a table that its kind gives a meaning. */
static void need_a_kind(const struct scn_point *point, const char *device, const char *table,
			const char *const *parts, size_t count, const char *kinds)
{
	char key[SCN_KEY_MAX];

	scn_key(key, sizeof(key), "device.%s.%s.kind", device, table);
	for (size_t i = 0; i < count; i++) {
		const struct scn_value *value =
			scn_value_at(point, "device.%s.%s.%s", device, table, parts[i]);

		if (value && !scn_slot_find(point->scn, key)->broken) {
			at_value(point, value, kinds, "%s without a kind", table);
			return;
		}
	}
}

static void check_stations(const struct scn_point *point, const char *device)
{
	static const char *const parts[] = { "dies", "service", "transfer" };
	const struct scn_value *kind = scn_value_at(point, "device.%s.stations.kind", device);

	if (!kind)
		need_a_kind(point, device, "stations", parts, sizeof(parts) / sizeof(parts[0]),
			    "one of: constant, exponential");
	else if (!is(scn_value_at(point, "device.%s.model", device), "nvme"))
		at_value(point, kind, NULL, "stations are for model = \"nvme\"");
	else
		need_of_kind(point, device, "stations", kind, "service");
}

static void check_moderation(const struct scn_point *point, const char *device)
{
	static const char *const needed[][2] = {
		[SCN_MODERATION_ITR] = { "gap" },
		[SCN_MODERATION_COUNT_TIMEOUT] = { "count", "timeout" },
		[SCN_MODERATION_PACKET_TIMER] = { "gap", "timeout" },
		[SCN_MODERATION_WATERMARK] = { "high", "low" },
	};
	static const char *const others[] = { "count", "timeout", "gap", "high", "low" };
	const struct scn_value *kind = scn_value_at(point, "device.%s.moderation.kind", device);
	const struct scn_value *high = scn_value_at(point, "device.%s.moderation.high", device);
	const struct scn_value *low = scn_value_at(point, "device.%s.moderation.low", device);

	if (high && low && low->u >= high->u)
		at_value(point, low, NULL, "low = %s is not below high = %s", low->text,
			 high->text);
	for (size_t i = 0; kind && i < 2; i++)
		if (needed[kind->word][i])
			need_of_kind(point, device, "moderation", kind,
				     needed[kind->word][i]);
	if (!kind)
		need_a_kind(point, device, "moderation", others, sizeof(others) / sizeof(others[0]),
			    "one of: itr, count-timeout, packet-timer, watermark");
}

/* The device that a workload names, of the model it needs; NULL if it does not fit, reported. */
const char *scn_check_reference(const struct scn_point *point, const struct scn_value *name,
				const char *model, const char *what)
{
	const char *names[SCN_TABLES_MAX];
	char help[160] = "";
	const char *near;

	for (size_t i = 0; i < point->scn->device_count; i++) {
		const char *device = point->scn->devices[i].name;
		const struct scn_value *its = scn_value_at(point, "device.%s.model", device);

		names[i] = device;
		if (strcmp(device, name->text))
			continue;
		if (!its || !model || is(its, model))
			return device;
		at_value(point, name, NULL, "\"%s\" is not %s: its model is \"%s\"", device, what,
			 its->text);
		return NULL;
	}
	near = diag_nearest(name->text, names, point->scn->device_count);
	if (near)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", near);
	else
		snprintf(help, sizeof(help), "declare it: [device.%s]", name->text);
	at_value(point, name, help, "no device is named \"%s\"", name->text);
	return NULL;
}

static void check_file(const struct scn_point *point, const struct scn_value *path)
{
	if (access(path->path, R_OK))
		at_value(point, path, "paths are relative to the scenario file",
			 "cannot read \"%s\"", path->text);
}

/* More than the wire carries never arrives. */
static void check_wire(const struct scn_point *point, size_t index, const char *device)
{
	const struct scn_value *rate = scn_value_at(point, "traffic.%zu.rate", index);
	const struct scn_value *frame = scn_value_at(point, "traffic.%zu.frame", index);
	const struct scn_value *link = scn_value_at(point, "device.%s.link", device);
	unsigned __int128 bits;

	if (!rate || !frame || !link)
		return;
	bits = rate->u;
	if (rate->kind == SCN_RATE_FRAMES)
		bits = bits * (frame->u + WIRE_EXTRA_BYTES) * 8 / 1000;
	if (bits > link->u)
		at_value(point, rate, "a frame takes 20 bytes of the wire more than its length",
			 "%s of %s frames are more than the wire of %s carries", rate->text,
			 frame->text, link->text);
}

/* A router needs another interface; a client needs answers. */
static void check_sink(const struct scn_point *point, size_t index)
{
	const struct scn_value *to = scn_value_at(point, "traffic.%zu.to", index);
	const struct scn_value *arrival = scn_value_at(point, "traffic.%zu.arrival", index);
	const struct scn_value *sink = scn_value_at(point, "traffic.%zu.sink", index);
	const struct scn_value *via = scn_value_at(point, "traffic.%zu.via", index);
	char key[SCN_KEY_MAX];

	scn_key(key, sizeof(key), "traffic.%zu.via", index);
	if (is(sink, "forward") && !via && !scn_slot_find(point->scn, key)->broken)
		at_value(point, sink, "add via = \"eth1\"",
			 "sink = \"forward\" needs the device that frames leave by");
	if (via)
		scn_check_reference(point, via, "82599", "a network device");
	if (via && to && !strcmp(via->text, to->text))
		at_value(point, via, NULL, "frames leave by another device than they came");
	if (is(arrival, "closed") && sink && !is(sink, "echo") && !scn_value_varied(sink))
		at_value(point, arrival, "use sink = \"echo\"",
			 "arrival = \"closed\" needs answers");
}

static void check_traffic(const struct scn_point *point, size_t index)
{
	const struct scn_value *to = scn_value_at(point, "traffic.%zu.to", index);
	const struct scn_value *arrival = scn_value_at(point, "traffic.%zu.arrival", index);
	const struct scn_value *pcap = scn_value_at(point, "traffic.%zu.pcap", index);
	const char *device = to ? scn_check_reference(point, to, "82599", "a network device") : NULL;
	char key[SCN_KEY_MAX];

	scn_key(key, sizeof(key), "traffic.%zu.pcap", index);
	if (is(arrival, "pcap") && !pcap && !scn_slot_find(point->scn, key)->broken)
		at_value(point, arrival, "add pcap = \"FILE\"",
			 "arrival = \"pcap\" needs a capture file");
	if (is(arrival, "pcap") && pcap)
		check_file(point, pcap);
	check_sink(point, index);
	if (device && arrival && !is(arrival, "pcap") && !is(arrival, "closed"))
		check_wire(point, index, device);
}

static void check_polled(const struct scn_point *point, const struct scn_value *engine,
			 const char *device)
{
	const struct scn_value *queues = scn_value_at(point, "device.%s.poll_queues", device);

	if ((is(engine, "polled") || is(engine, "hybrid")) && queues && !queues->u &&
	    is(scn_value_at(point, "host.software"), "linux"))
		at_value(point, engine, "give the device poll_queues",
			 "engine = \"%s\" needs a queue without interrupts", engine->text);
}

static void check_cores(const struct scn_point *point, const struct scn_value *cores)
{
	const struct scn_value *all = scn_value_at(point, "cpu.cores");

	for (size_t i = 0; cores && all && i < cores->core_count; i++)
		if (cores->cores[i] >= all->u)
			at_value(point, cores, "cores are counted from 0",
				 "there is no core %u: cpu.cores is %s", cores->cores[i],
				 all->text);
}

static void check_io(const struct scn_point *point, size_t index)
{
	const struct scn_value *on = scn_value_at(point, "io.%zu.on", index);
	const struct scn_value *op = scn_value_at(point, "io.%zu.op", index);
	const struct scn_value *size = scn_value_at(point, "io.%zu.size", index);
	const struct scn_value *trace = scn_value_at(point, "io.%zu.trace", index);
	const struct scn_value *depth = scn_value_at(point, "io.%zu.depth", index);
	const struct scn_value *engine = scn_value_at(point, "io.%zu.engine", index);
	const struct scn_value *cores = scn_value_at(point, "io.%zu.cores", index);
	const char *device = on ? scn_check_reference(point, on, "nvme", "an SSD") : NULL;
	char key[SCN_KEY_MAX];

	scn_key(key, sizeof(key), "io.%zu.trace", index);
	if (is(op, "trace") && !trace && !scn_slot_find(point->scn, key)->broken)
		at_value(point, op, "add trace = \"FILE\"", "op = \"trace\" needs a trace file");
	if (is(op, "trace") && trace)
		check_file(point, trace);
	if (size && size->u % 512)
		at_value(point, size, NULL, "an I/O is a multiple of 512B");
	if ((is(engine, "sync") || is(engine, "psync")) && depth && depth->u > 1 &&
	    !scn_value_varied(engine))
		at_value(point, depth, "use engine async, or name more cores",
			 "engine = \"%s\" has one I/O outstanding: depth is 1",
			 is(engine, "sync") ? "sync" : "psync");
	check_cores(point, cores);
	if (device && engine)
		check_polled(point, engine, device);
}

static void check_send(const struct scn_point *point, size_t index)
{
	const struct scn_value *from = scn_value_at(point, "send.%zu.from", index);
	const struct scn_value *size = scn_value_at(point, "send.%zu.size", index);
	const struct scn_value *engine = scn_value_at(point, "send.%zu.engine", index);

	if (from)
		scn_check_reference(point, from, "82599", "a network device");
	if (size && engine && !is(engine, "tcp") && size->u > DATAGRAM_BYTES_MAX)
		at_value(point, size, "engine = \"tcp\" has longer writes",
			 "a datagram has at most 1472B in this frame size");
	check_cores(point, scn_value_at(point, "send.%zu.cores", index));
}

static void check_admin(const struct scn_point *point, size_t index)
{
	const struct scn_value *on = scn_value_at(point, "admin.%zu.on", index);

	if (on)
		scn_check_reference(point, on, "82599", "a network device");
}

static void check_power_of_two(const struct scn_point *point, const struct scn_value *value)
{
	if (value && value->u & (value->u - 1))
		at_value(point, value, NULL, "%s is no power of two", value->text);
}

static void check_plugin(const struct scn_point *point, const struct scn_value *model,
			 const char *device)
{
	const struct scn_value *software = scn_value_at(point, "host.software");

	if (!scn_value_at(point, "device.%s.library", device))
		at_value(point, model, NULL, "model \"plugin\" needs a `library`");
	if (software && !is(software, "linux"))
		at_value(point, model, NULL,
			 "a device of one's own needs host.software = \"linux\"");
}

static void check_transfer(const struct scn_point *point, size_t index)
{
	const struct scn_value *on = scn_value_at(point, "transfer.%zu.on", index);

	if (on)
		scn_check_reference(point, on, "dmatest", "a DMA test device");
	check_power_of_two(point, scn_value_at(point, "transfer.%zu.page", index));
	check_cores(point, scn_value_at(point, "transfer.%zu.cores", index));
}

static void check_mm(const struct scn_point *point, size_t index)
{
	const struct scn_value *on = scn_value_at(point, "mm.%zu.on", index);

	if (on)
		scn_check_reference(point, on, "nvme", "an SSD");
	check_cores(point, scn_value_at(point, "mm.%zu.cores", index));
	check_cores(point, scn_value_at(point, "mm.%zu.peers", index));
}

static void check_window(const struct scn_point *point)
{
	const struct scn_value *frames = scn_value_at(point, "run.measure.frames");
	const struct scn_value *ios = scn_value_at(point, "run.measure.ios");

	if (frames && ios)
		at_value(point, ios, "give one of the two",
			 "frames and ios cannot both end the window");
	if (frames && !point->scn->arrays[SCN_ARRAY_TRAFFIC].count)
		at_value(point, frames, NULL,
			 "no frame ever ends the window: there is no [[traffic]]");
	if (ios && !point->scn->arrays[SCN_ARRAY_IO].count)
		at_value(point, ios, NULL, "no I/O ever ends the window: there is no [[io]]");
}

void scn_check_point(const struct scn_point *point)
{
	check_needs(point);
	check_cpu(point);
	check_window(point);
	for (size_t i = 0; i < point->scn->device_count; i++) {
		const char *device = point->scn->devices[i].name;
		const struct scn_value *model = scn_value_at(point, "device.%s.model", device);

		check_driver(point, device);
		check_moderation(point, device);
		check_stations(point, device);
		if (is(model, "82599"))
			check_nic(point, device);
		check_cores(point, scn_value_at(point, "device.%s.irq_cores", device));
		if (is(model, "nvme"))
			check_ssd(point, device);
		if (is(model, "plugin"))
			check_plugin(point, model, device);
		check_power_of_two(point, scn_value_at(point, "device.%s.max_transfer", device));
		if (is(model, "dmatest"))
			check_power_of_two(point, scn_value_at(point, "device.%s.burst", device));
	}
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_TRAFFIC].count; i++)
		check_traffic(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_IO].count; i++)
		check_io(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_SEND].count; i++)
		check_send(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_ADMIN].count; i++)
		check_admin(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_TRANSFER].count; i++)
		check_transfer(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_MM].count; i++)
		check_mm(point, i);
	for (size_t i = 0; i < point->scn->arrays[SCN_ARRAY_FAULT].count; i++)
		scn_check_fault(point, i);
}

static void report_missing(struct scn *scn, const struct scn_slot *slot)
{
	char help[256], word[32];
	size_t used;

	used = (size_t)snprintf(help, sizeof(help), "%s", slot->row->help);
	for (size_t i = 0; slot->row->words && strlen(slot->row->words) < sizeof(help) / 2 &&
			   scn_words_at(slot->row->words, i, word, sizeof(word)); i++)
		used += (size_t)snprintf(help + used, sizeof(help) - used, "%s %s",
					 i ? "," : " One of:", word);
	diag_error(scn->diag, slot->table, help, "\"%s\" is missing", last_part(slot->key));
}

/* Of the wrong kind is not absent: that has been reported. */
static bool is_absent(const struct scn *scn, const char *array)
{
	const struct toml_node *node = toml_find(scn->tree, array);

	return !node || (node->kind == TOML_KIND_ARRAY && !node->count);
}

/* Its driver may have work of its own. */
static bool has_plugin(const struct scn *scn)
{
	for (size_t i = 0; i < scn->slot_count; i++)
		if (scn->slots[i].given && !strcmp(last_part(scn->slots[i].key), "library"))
			return true;
	return false;
}

void scn_check_all(struct scn *scn)
{
	for (size_t i = 0; i < scn->slot_count; i++) {
		const struct scn_slot *slot = &scn->slots[i];

		if (slot->row->required && !slot->given && !slot->broken && slot->sweep < 0)
			report_missing(scn, slot);
	}
	if (!scn->may_idle && !has_plugin(scn) && is_absent(scn, "traffic") &&
	    is_absent(scn, "io") && is_absent(scn, "send") && is_absent(scn, "transfer") &&
	    is_absent(scn, "mm"))
		diag_error(scn->diag, (struct diag_place){ scn->file_source, 0, 0 },
			   "doorbell init prints a scenario that runs",
			   "the scenario does nothing: it has no [[traffic]], [[send]], "
			   "[[transfer]], [[mm]] or [[io]]");
}
