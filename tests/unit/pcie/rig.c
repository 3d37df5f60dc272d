/* SPDX-License-Identifier: MIT */
#include "tests/unit/pcie/rig.h"

#include <stdlib.h>

static struct rig_entry *log_entry(struct rig *rig, enum rig_what what)
{
	struct rig_entry *entry = &rig->log[rig->logged];

	assert_true(rig->logged < RIG_LOG);
	rig->logged++;
	*entry = (struct rig_entry){ .what = what, .ps = sim_now(&rig->sim).ps };
	return entry;
}

static enum dma_status root_access(void *ctx, unsigned devfn, const struct dma_req *req,
				   void *read_to, struct dur *extra)
{
	struct rig *rig = ctx;
	bool read = req->kind == DMA_READ;
	struct rig_entry *entry = log_entry(rig, read ? RIG_ACCESS_READ : RIG_ACCESS_WRITE);

	assert_int_equal(devfn, RIG_DEVFN);
	assert_int_equal(extra->ps, 0);
	entry->addr = req->addr;
	entry->bytes = req->bytes;
	entry->tag = req->tag;
	*extra = rig->extra;
	if (req->addr == RIG_ABORT_ADDR)
		return DMA_ABORTED;
	if (req->addr >= RIG_MEMORY || req->bytes > RIG_MEMORY - req->addr)
		return DMA_UNSUPPORTED;
	if (read)
		memcpy(read_to, rig->memory + req->addr, req->bytes);
	else
		memcpy(rig->memory + req->addr, req->data, req->bytes);
	return DMA_OK;
}

static void root_msi(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
	struct rig_entry *entry = log_entry(ctx, RIG_MSI);

	assert_int_equal(devfn, RIG_DEVFN);
	entry->addr = msg->addr;
	entry->value = msg->data;
}

static void dma_done(void *ctx, const struct dma_done *done)
{
	struct rig *rig = ctx;
	struct rig_entry *entry = log_entry(rig, RIG_DONE);

	assert_false(rig->inside);
	entry->tag = done->tag;
	entry->bytes = done->bytes;
	entry->status = done->status;
	if (done->kind == DMA_READ) {
		const uint8_t *data = done->data;

		entry->value = data[0];
		entry->last = data[done->bytes - 1];
	}
	if (rig->on_done)
		rig->on_done(rig, done);
}

static void dev_reset(void *ctx)
{
	log_entry(ctx, RIG_RESET);
}

static uint64_t reg_read(void *ctx, uint64_t offset, unsigned bytes)
{
	struct rig_entry *entry = log_entry(ctx, RIG_REG_READ);

	entry->addr = offset;
	entry->bytes = bytes;
	return offset + bytes;
}

static void reg_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct rig_entry *entry = log_entry(ctx, RIG_REG_WRITE);

	entry->addr = offset;
	entry->value = value;
	entry->bytes = bytes;
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done, .reset = dev_reset };
static const struct pcie_root_ops root_ops = { .access = root_access, .msi = root_msi };
static const struct mmio_ops reg_ops = { .read = reg_read, .write = reg_write };

struct pcie_cfg rig_cfg(const char *name)
{
	return (struct pcie_cfg){
		.name = name,
		.devfn = RIG_DEVFN,
		.vendor = 0x8086,
		.device = 0x10f7,
		.subsystem_vendor = 0x1234,
		.subsystem = 0x5678,
		.class_code = 0x020000,
		.revision = 1,
		.bar = {
			[0] = { .bytes = RIG_BAR0_BYTES, .ops = &reg_ops },
			[1] = { .bytes = 0x100, .ops = &reg_ops },
			[RIG_MSIX_BAR] = { .bytes = 0x4000, .is64 = true, .prefetchable = true },
		},
		.msix_vectors = RIG_VECTORS,
		.msix_bar = RIG_MSIX_BAR,
		.msix_table = RIG_MSIX_TABLE,
		.msix_pba = RIG_MSIX_PBA,
		.link = {
			.gen = 3,
			.lanes = 8,
			.mps = 256,
			.mrrs = 512,
			.read_rtt = dur_ns(READ_RTT_NS),
			.write_latency = dur_ns(WRITE_LATENCY_NS),
			.mmio_read = dur_ns(MMIO_READ_NS),
			.mmio_write = dur_ns(MMIO_WRITE_NS),
		},
	};
}

static void rig_sim(struct rig *rig)
{
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	rig->sim.stats = stats_create();
}

static void rig_device(struct rig *rig, const struct pcie_cfg *cfg)
{
	assert_int_equal(pcie_dev_create(&rig->dev, &rig->sim, cfg, &dev_ops, rig, &root_ops, rig),
			 SIM_OK);
}

static void rig_create(struct rig *rig, const struct pcie_cfg *cfg)
{
	rig_sim(rig);
	rig_device(rig, cfg);
	stats_window_begin(rig->sim.stats, 0);
}

static void rig_end(struct rig *rig)
{
	pcie_dev_destroy(rig->dev);
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	stats_destroy(rig->sim.stats);
	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
}

void rig_share_begin(struct rig *other, struct rig *rig)
{
	rig_end(rig);
	memset(rig, 0, sizeof(*rig));
	rig_sim(rig);
	other->sim = rig->sim;
}

void rig_share(struct rig *other, struct rig *rig, const struct pcie_cfg *other_cfg,
	       const struct pcie_cfg *cfg)
{
	rig_share_begin(other, rig);
	rig_share_end(other, rig, other_cfg, cfg);
}

void rig_share_end(struct rig *other, struct rig *rig, const struct pcie_cfg *other_cfg,
		   const struct pcie_cfg *cfg)
{
	rig_device(rig, cfg);
	rig_device(other, other_cfg);
	stats_window_begin(rig->sim.stats, 0);
	rig_enable(rig);
	rig_enable(other);
}

void rig_recreate(struct rig *rig, const struct pcie_cfg *cfg)
{
	rig_end(rig);
	memset(rig, 0, sizeof(*rig));
	rig_create(rig, cfg);
	rig_enable(rig);
}

void rig_enable(struct rig *rig)
{
	pcie_config_write(rig->dev, CFG_BAR0, RIG_BAR0_AT, 4);
	pcie_config_write(rig->dev, CFG_BAR0 + 4, RIG_BAR0_AT + RIG_BAR0_BYTES, 4);
	pcie_config_write(rig->dev, CFG_BAR4, (uint32_t)RIG_BAR4_AT, 4);
	pcie_config_write(rig->dev, CFG_BAR4 + 4, (uint32_t)(RIG_BAR4_AT >> 32), 4);
	pcie_config_write(rig->dev, CFG_COMMAND, 6, 2);
}

static int setup(void **state, bool ideal)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct pcie_cfg cfg = rig_cfg("eth0");

	if (!rig)
		return -1;
	cfg.link.ideal = ideal;
	rig_create(rig, &cfg);
	rig_enable(rig);
	*state = rig;
	return 0;
}

int rig_setup(void **state)
{
	return setup(state, false);
}

int rig_setup_ideal(void **state)
{
	return setup(state, true);
}

int rig_teardown(void **state)
{
	rig_end(*state);
	free(*state);
	return 0;
}

void rig_run(struct rig *rig)
{
	while (engine_run_one(rig->sim.engine))
		;
}

void rig_run_ns(struct rig *rig, uint64_t ns)
{
	struct at until = at_add(sim_now(&rig->sim), dur_ns(ns));

	engine_run(rig->sim.engine, until);
	engine_advance(rig->sim.engine, until);
}

void rig_read(struct rig *rig, uint64_t addr, uint32_t bytes, uint64_t tag)
{
	struct dma_req req = { .kind = DMA_READ, .addr = addr, .bytes = bytes, .tag = tag };

	rig->inside = true;
	pcie_dma(rig->dev, &req);
	rig->inside = false;
}

void rig_write(struct rig *rig, uint64_t addr, uint32_t bytes, uint8_t fill, uint64_t tag,
	       int want_done)
{
	uint8_t *data = malloc(bytes);
	struct dma_req req = {
		.kind = DMA_WRITE,
		.addr = addr,
		.bytes = bytes,
		.data = data,
		.tag = tag,
		.want_done = want_done,
	};

	memset(data, fill, bytes);
	rig->inside = true;
	pcie_dma(rig->dev, &req);
	rig->inside = false;
	/* Valid for the call only: a use after it is an error that the sanitizer sees. */
	memset(data, 0xee, bytes);
	free(data);
}

size_t rig_position(struct rig *rig, enum rig_what what, size_t n)
{
	for (size_t i = 0; i < rig->logged; i++)
		if (rig->log[i].what == what && n-- == 0)
			return i;
	fail_msg("no such entry in the log: kind %d", what);
	return 0;
}

const struct rig_entry *rig_find(struct rig *rig, enum rig_what what, size_t n)
{
	return &rig->log[rig_position(rig, what, n)];
}

size_t rig_count(const struct rig *rig, enum rig_what what)
{
	size_t count = 0;

	for (size_t i = 0; i < rig->logged; i++)
		count += rig->log[i].what == what;
	return count;
}

void rig_bar_write(struct rig *rig, int bar, uint64_t offset, uint64_t value, unsigned bytes)
{
	pcie_bar_write(rig->dev, bar, offset, value, bytes);
	pcie_flush_writes(rig->dev);
}

void rig_vector(struct rig *rig, unsigned vector, uint64_t addr, uint32_t data, bool masked)
{
	uint64_t at = RIG_MSIX_TABLE + vector * 16;

	rig_bar_write(rig, RIG_MSIX_BAR, at, addr, 4);
	rig_bar_write(rig, RIG_MSIX_BAR, at + 4, addr >> 32, 4);
	rig_bar_write(rig, RIG_MSIX_BAR, at + 8, data, 4);
	rig_bar_write(rig, RIG_MSIX_BAR, at + 12, masked, 4);
}

void rig_msix_control(struct rig *rig, bool enable, bool mask)
{
	pcie_config_write(rig->dev, CFG_MSIX_CTRL, (enable ? 0x8000u : 0) | (mask ? 0x4000u : 0),
			  2);
}

uint64_t rig_pba(struct rig *rig, unsigned word)
{
	return pcie_bar_read(rig->dev, RIG_MSIX_BAR, RIG_MSIX_PBA + 8 * word, 8);
}

struct stat_value rig_stat(struct rig *rig, const char *name)
{
	struct stat_value value;

	if (stats_window_open(rig->sim.stats))
		stats_window_end(rig->sim.stats, rig_now_ps(rig));
	assert_true(stats_find(rig->sim.stats, name, &value));
	return value;
}

uint64_t rig_now_ps(const struct rig *rig)
{
	return sim_now(&rig->sim).ps;
}

uint64_t rig_wire_ps(uint64_t bytes)
{
	return bytes * 130 * 1000 / 128 / 8;
}
