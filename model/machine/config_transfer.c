/* SPDX-License-Identifier: MIT */
/* Scenario keys of the DMA test device and of [[transfer]]. */
#include <string.h>

#include "model/machine/config.h"

#define PAGE_BYTES 4096u

struct transfer_reading {
	struct machine_cfg *cfg;
	const struct scn_point *point;
	unsigned table;
	bool failed;
	char key[96];
};

static struct dur engine_time(const struct scn_point *point, const char *device, const char *what)
{
	char key[96];

	return scn_dur(point, scn_key(key, sizeof(key), "device.%s.%s", device, what));
}

void machine_config_dmatest(struct machine_device *device, const struct scn_point *point,
			    uint64_t seed)
{
	struct dmatest_cfg *dmatest = &device->dmatest;
	struct dmatest_engine *engine = &dmatest->engine;
	char key[96];

	dmatest->name = device->name;
	dmatest->seed = seed;
	dmatest->outstanding = (unsigned)scn_u64(
		point, scn_key(key, sizeof(key), "device.%s.outstanding", device->name));
	dmatest->burst = (uint32_t)scn_u64(
		point, scn_key(key, sizeof(key), "device.%s.burst", device->name));
	engine->mps = device->link.mps;
	engine->read_slots = (unsigned)scn_u64(
		point, scn_key(key, sizeof(key), "device.%s.read_slots", device->name));
	if (device->link.ideal)
		return;   /* pcie.ideal: the device's own engine takes no time */
	engine->setup = engine_time(point, device->name, "setup");
	engine->read_gap = engine_time(point, device->name, "read_gap");
	engine->write_gap = engine_time(point, device->name, "write_gap");
	engine->write_chunk = engine_time(point, device->name, "write_chunk");
	engine->write_beat = engine_time(point, device->name, "write_beat");
	engine->read_move = engine_time(point, device->name, "read_move");
}

static const char *key(struct transfer_reading *r, const char *name)
{
	return scn_key(r->key, sizeof(r->key), "transfer.%u.%s", r->table, name);
}

static void refuse(struct transfer_reading *r, const char *name, const char *what)
{
	scn_error_at(r->point, key(r, name), NULL, "%s", what);
	r->failed = true;
}

static struct machine_device *device_of(struct transfer_reading *r)
{
	const char *name = scn_text(r->point, key(r, "on"));
	unsigned d = 0;

	while (d + 1 < r->cfg->devices && strcmp(r->cfg->device[d].name, name))
		d++;
	return &r->cfg->device[d];
}

static void check_once(struct transfer_reading *r, struct plat_transfer *transfer)
{
	if (transfer->window_bytes < transfer->page_bytes)
		transfer->window_bytes = transfer->page_bytes;
	if (transfer->bytes + transfer->offset > transfer->page_bytes)
		refuse(r, "size", "a request does not cross a page of the window: size + offset is "
				  "at most `page`");
	if (transfer->bytes > DMATEST_REQUEST_MAX)
		refuse(r, "size", "a request of a window has at most 64KiB");
	if (transfer->window_bytes % transfer->page_bytes)
		refuse(r, "window", "the window is a multiple of `page`");
	if (transfer->stray == PLAT_STRAY_STALE)
		refuse(r, "stray", "\"stale\" needs transfers that are unmapped");
}

static void check_each(struct transfer_reading *r, const struct plat_transfer *transfer)
{
	if (transfer->bytes % 8 || (transfer->bytes % PAGE_BYTES && transfer->bytes > PAGE_BYTES))
		refuse(r, "size",
		       "a transfer that is mapped by itself is a multiple of 8B, above 4KiB of 4KiB");
}

static void read_words(struct transfer_reading *r, struct plat_transfer *transfer)
{
	static const unsigned maps[] = { [SCN_MAP_ONCE] = PLAT_MAP_ONCE,
					 [SCN_MAP_SINGLE] = PLAT_MAP_SINGLE,
					 [SCN_MAP_SG] = PLAT_MAP_SG,
					 [SCN_MAP_PAGE] = PLAT_MAP_PAGE };
	static const unsigned strays[] = { [SCN_STRAY_NONE] = PLAT_STRAY_NONE,
					   [SCN_STRAY_OUTSIDE] = PLAT_STRAY_OUTSIDE,
					   [SCN_STRAY_STALE] = PLAT_STRAY_STALE };
	int op = scn_word(r->point, key(r, "op"));

	transfer->map = maps[scn_word(r->point, key(r, "map"))];
	transfer->stray = strays[scn_word(r->point, key(r, "stray"))];
	transfer->reads = op != SCN_TRANSFER_WRITE;
	transfer->writes = op != SCN_TRANSFER_READ;
	transfer->random = scn_word(r->point, key(r, "order")) == SCN_ORDER_RANDOM;
}

static void read_table(struct transfer_reading *r, struct plat_transfer *transfer)
{
	const struct scn_point *p = r->point;

	read_words(r, transfer);
	transfer->bytes = (unsigned)scn_u64(p, key(r, "size"));
	transfer->offset = (unsigned)scn_u64(p, key(r, "offset"));
	transfer->depth = (unsigned)scn_u64(p, key(r, "depth"));
	transfer->active = (unsigned)scn_u64(p, key(r, "active"));
	transfer->window_bytes = scn_u64(p, key(r, "window"));
	transfer->page_bytes = (unsigned)scn_u64(p, key(r, "page"));
	transfer->stray_every = (unsigned)scn_u64(p, key(r, "stray_every"));
	transfer->stray_delay_ns =
		(unsigned)(scn_dur(p, key(r, "stray_delay")).ps / PS_PER_NS);
	if (transfer->map == PLAT_MAP_ONCE)
		check_once(r, transfer);
	else
		check_each(r, transfer);
}

/* A channel for each thread, counted by device. */
static void add_threads(struct transfer_reading *r, struct plat_transfer *transfer)
{
	struct machine_device *device = device_of(r);
	size_t cores;
	const unsigned *core = scn_cores(r->point, key(r, "cores"), &cores);

	transfer->devfn = device->devfn;
	for (size_t c = 0; c < cores; c++) {
		if (r->cfg->transfers == MACHINE_TRANSFERS_MAX ||
		    device->channels == DMATEST_CHANNELS) {
			refuse(r, "cores", "a test device has 64 channels, a machine 256");
			return;
		}
		transfer->id = r->cfg->transfers;
		transfer->core = core[c];
		transfer->channel = device->channels++;
		r->cfg->transfer_table[r->cfg->transfers] = r->table;
		r->cfg->transfer[r->cfg->transfers++] = *transfer;
	}
}

int machine_config_transfers(struct machine_cfg *cfg, const struct scn_point *point)
{
	struct transfer_reading r = { .cfg = cfg, .point = point };

	cfg->transfer_tables = (unsigned)scn_count(point, "transfer");
	for (r.table = 0; r.table < cfg->transfer_tables; r.table++) {
		struct plat_transfer transfer = { 0 };

		if (cfg->software == MACHINE_IDEAL)
			refuse(&r, "on", "the ideal host has no driver for the test device");
		read_table(&r, &transfer);
		add_threads(&r, &transfer);
	}
	return r.failed ? -1 : 0;
}
