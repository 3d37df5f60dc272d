/* SPDX-License-Identifier: MIT */
#include "tests/unit/iommu/rig.h"

#include <stdlib.h>

#define PAGE 4096u

static bool memory_read(void *ctx, uint64_t pa, void *to, size_t bytes)
{
	struct rig *rig = ctx;

	rig->reads++;
	if (pa >= RIG_MEMORY || bytes > RIG_MEMORY - pa)
		return false;
	if (rig->broken && pa / PAGE == rig->broken / PAGE)
		return false;
	memcpy(to, rig->memory + pa, bytes);
	return true;
}

static bool memory_write(void *ctx, uint64_t pa, const void *from, size_t bytes)
{
	struct rig *rig = ctx;

	if (pa >= RIG_MEMORY || bytes > RIG_MEMORY - pa)
		return false;
	memcpy(rig->memory + pa, from, bytes);
	if (rig->written)
		rig->written(rig, pa);
	return true;
}

static void message(void *ctx, const struct msi_msg *msg)
{
	struct rig *rig = ctx;

	rig->message[rig->messages++ % RIG_MESSAGES] = *msg;
}

static const struct iommu_ops ops = { memory_read, memory_write, message };

struct iommu_cfg rig_cfg(void)
{
	return (struct iommu_cfg){
		.name = "iommu",
		.iotlb_entries = 64,
		.context_entries = 16,
		.paging_entries = 32,
		.interrupt_entries = 16,
		.walkers = 2,
		.host_bits = 46,
		.times = {
			.lookup = dur_ns(LOOKUP),
			.walk_read = dur_ns(READ),
			.doorbell = dur_ns(BELL),
			.fetch = dur_ns(FETCH),
			.invalidate_context = dur_ns(CONTEXT_TIME),
			.invalidate_pages = dur_ns(PAGES_TIME),
			.invalidate_domain = dur_ns(DOMAIN_TIME),
			.invalidate_interrupts = dur_ns(IEC_TIME),
			.wait = dur_ns(WAIT_TIME),
		},
	};
}

static void create(struct rig *rig, const struct iommu_cfg *cfg)
{
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	rig->sim.stats = stats_create();
	rig->cfg = *cfg;
	rig->allocated = PAGE;
	memset(rig->memory, 0, RIG_MEMORY);
	assert_int_equal(iommu_create(&rig->iommu, &rig->sim, cfg, &ops, rig), SIM_OK);
	stats_window_begin(rig->sim.stats, 0);
}

static void destroy(struct rig *rig)
{
	iommu_destroy(rig->iommu);
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	stats_destroy(rig->sim.stats);
	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
}

int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct iommu_cfg cfg = rig_cfg();

	rig->memory = malloc(RIG_MEMORY);
	create(rig, &cfg);
	*state = rig;
	return 0;
}

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	destroy(rig);
	free(rig->memory);
	free(rig);
	return 0;
}

void rig_recreate(struct rig *rig, const struct iommu_cfg *cfg)
{
	uint8_t *memory = rig->memory;

	destroy(rig);
	memset(rig, 0, sizeof(*rig));
	rig->memory = memory;
	create(rig, cfg);
}

/* ---- registers ---- */

uint64_t rig_get(struct rig *rig, unsigned at)
{
	return iommu_mmio_ops.read(rig->iommu, at, 8);
}

uint32_t rig_get4(struct rig *rig, unsigned at)
{
	return (uint32_t)iommu_mmio_ops.read(rig->iommu, at, 4);
}

void rig_set(struct rig *rig, unsigned at, uint64_t value)
{
	iommu_mmio_ops.write(rig->iommu, at, value, 8);
}

void rig_set4(struct rig *rig, unsigned at, uint32_t value)
{
	iommu_mmio_ops.write(rig->iommu, at, value, 4);
}

unsigned rig_frcd(struct rig *rig, unsigned n)
{
	return (unsigned)(rig_get(rig, CAP) >> 24 & 0x3ff) * 16 + n * 16;
}

unsigned rig_iva(struct rig *rig)
{
	return (unsigned)(rig_get(rig, ECAP) >> 8 & 0x3ff) * 16;
}

/* ---- tables ---- */

uint64_t rig_page(struct rig *rig)
{
	uint64_t page = rig->allocated;

	rig->allocated += PAGE;
	assert_true(rig->allocated <= RIG_MEMORY);
	return page;
}

uint64_t *rig_at(struct rig *rig, uint64_t pa)
{
	return (uint64_t *)(rig->memory + pa);
}

void rig_command(struct rig *rig, uint32_t command)
{
	rig_set4(rig, GCMD, (rig_get4(rig, GSTS) & (TE | QIE | IRE | CFI)) | command);
}

uint64_t rig_context_low(uint64_t table, unsigned tt)
{
	return table | tt << 2 | 1;
}

uint64_t rig_context_high(unsigned did, unsigned aw)
{
	return (uint64_t)did << 8 | aw;
}

void rig_context(struct rig *rig, unsigned sid, uint64_t low, uint64_t high)
{
	uint64_t *root = rig_at(rig, rig->root + (sid >> 8) * 16), *context;

	if (!root[0])
		root[0] = rig_page(rig) | 1;
	context = rig_at(rig, (root[0] & ~0xfffull) + (sid & 0xff) * 16);
	context[0] = low;
	context[1] = high;
}

void rig_translating(struct rig *rig)
{
	rig->root = rig_page(rig);
	rig->table = rig_page(rig);
	rig_context(rig, RIG_SID, rig_context_low(rig->table, TT_MULTI),
		    rig_context_high(RIG_DID, 2));
	rig_set(rig, RTADDR, rig->root);
	rig_command(rig, SRTP);
	rig_command(rig, TE);
	assert_int_equal(rig_get4(rig, GSTS), TE | SRTP);
}

uint64_t *rig_entry(struct rig *rig, uint64_t table, unsigned levels, unsigned level,
		    uint64_t addr)
{
	for (;; levels--) {
		uint64_t *entry = rig_at(rig, table) + (addr >> (12 + 9 * (levels - 1)) & 511);

		if (levels == level)
			return entry;
		if (!*entry)
			*entry = rig_page(rig) | RW;
		table = *entry & ~0xfffull;
	}
}

void rig_map(struct rig *rig, uint64_t addr, uint64_t pa, unsigned level, uint64_t bits)
{
	*rig_entry(rig, rig->table, 4, level, addr) = pa | bits | (level > 1 ? PS : 0);
}

/* ---- requests ---- */

enum dma_status rig_go(struct rig *rig, uint64_t addr, enum dma_kind kind, struct iommu_page *page)
{
	return iommu_translate(rig->iommu, RIG_SID, addr, kind, page);
}

uint64_t rig_hit(struct rig *rig, uint64_t addr, uint64_t pa)
{
	struct iommu_page page;

	assert_int_equal(rig_go(rig, addr, DMA_READ, &page), DMA_OK);
	assert_int_equal(page.pa, pa);
	return page.delay.ps / PS_PER_NS;
}

void rig_faulted(struct rig *rig, unsigned n, uint64_t info, unsigned reason, unsigned sid,
		 enum dma_kind kind)
{
	unsigned at = rig_frcd(rig, n);
	uint64_t high = rig_get(rig, at + 8);

	assert_true(rig_get4(rig, FSTS) & PPF);
	assert_int_equal(rig_get(rig, at), info);
	assert_int_equal(high >> 63, 1);
	assert_int_equal(high >> 62 & 1, kind == DMA_READ);
	assert_int_equal(high >> 32 & 0xff, reason);
	assert_int_equal(high & 0xffff, sid);
	rig_set4(rig, at + 12, 1u << 31);
	assert_int_equal(rig_get(rig, at + 8) >> 63, 0);
}

/* ---- queue ---- */

void rig_queue(struct rig *rig, unsigned size)
{
	rig->queue = rig->allocated;
	rig->allocated += (uint64_t)PAGE << size;
	rig->queue_entries = 256u << size;
	rig->tail = 0;
	rig_set(rig, IQT, 0);
	rig_set(rig, IQA, rig->queue | size);
	rig_command(rig, QIE);
	assert_true(rig_get4(rig, GSTS) & QIE);
}

void rig_submit(struct rig *rig, uint64_t low, uint64_t high)
{
	uint64_t *descriptor = rig_at(rig, rig->queue + rig->tail * 16);

	descriptor[0] = low;
	descriptor[1] = high;
	rig->tail = (rig->tail + 1) % rig->queue_entries;
}

void rig_ring(struct rig *rig)
{
	rig_set4(rig, IQT, rig->tail * 16);
}

void rig_wait(struct rig *rig)
{
	uint64_t status = rig_page(rig);

	rig_submit(rig, 0x25 | 0x5eedull << 32, status);
	rig_ring(rig);
	rig_run_all(rig);
	assert_int_equal(*rig_at(rig, status), 0x5eed);
	rig->allocated = status;
	*rig_at(rig, status) = 0;
}

/* ---- time ---- */

uint64_t rig_now(struct rig *rig)
{
	return sim_now(&rig->sim).ps / PS_PER_NS;
}

void rig_run(struct rig *rig, uint64_t ns)
{
	struct at until = at_add(sim_now(&rig->sim), dur_ns(ns));

	engine_run(rig->sim.engine, until);
	engine_advance(rig->sim.engine, until);
}

void rig_run_all(struct rig *rig)
{
	while (engine_run_one(rig->sim.engine))
		;
}

uint64_t rig_stat(struct rig *rig, const char *name)
{
	struct stat_value value;

	if (stats_window_open(rig->sim.stats))
		stats_window_end(rig->sim.stats, sim_now(&rig->sim).ps);
	assert_true(stats_find(rig->sim.stats, name, &value));
	return value.kind == STAT_DIST ? hist_max(value.hist) : value.num;
}
