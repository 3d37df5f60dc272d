/* SPDX-License-Identifier: MIT */
/* The root complex as devices see it: memory, and message interrupts on their way to the interrupt
 * controller, both behind the IOMMU if there is one. Without it bus addresses are physical. */
#include "model/core/assert.h"
#include "model/machine/internal.h"
#include "model/machine/perturb.h"
#include "model/machine/trace_points.h"

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
const struct trace_point machine_trace_points[MACHINE_TRACE_POINTS] = {
#include "model/machine/trace.def"
};
#undef TRACE_POINT

/* A request of 64 KiB that does not begin at a page. */
#define PAGES_MAX 17

/* What iommu.write_page is the time of. */
#define WRITE_PAGE 4096u
#define TABLE_PAGE 4096u

struct piece {
	uint64_t pa;
	uint32_t bytes;
};

static bool move(struct machine *machine, const struct dma_req *req, void *read_to,
		 const struct piece *piece, uint32_t at)
{
	if (req->kind != DMA_READ && machine->linux_host)
		linux_host_device_write(machine->linux_host, piece->pa, piece->bytes);
	return req->kind == DMA_READ
		       ? mem_read(machine->mem, piece->pa, (uint8_t *)read_to + at, piece->bytes)
		       : mem_write(machine->mem, piece->pa, (const uint8_t *)req->data + at,
				   piece->bytes);
}

/* The pages of a request are looked up at once; it takes as long as the slowest. */
static enum dma_status translate(struct machine *machine, unsigned devfn,
				 const struct dma_req *req, struct piece *piece, unsigned *pieces,
				 struct dur *extra)
{
	enum dma_status status = DMA_OK;
	uint32_t done = 0;

	*pieces = 0;
	while (done < req->bytes && status == DMA_OK) {
		struct iommu_page page;
		uint64_t room;

		status = iommu_translate(machine->iommu, devfn, req->addr + done, req->kind, &page);
		if (page.delay.ps > extra->ps)
			*extra = page.delay;
		if (status != DMA_OK)
			break;
		room = page.bytes < req->bytes - done ? page.bytes : req->bytes - done;
		piece[(*pieces)++] = (struct piece){ page.pa, (uint32_t)room };
		done += (uint32_t)room;
	}
	return status;
}

static enum dma_status access_translated(struct machine *machine,
					 const struct machine_device *device,
					 const struct dma_req *req, void *read_to,
					 struct dur *extra)
{
	struct piece piece[PAGES_MAX];
	struct dur memory = dur_ps(0);
	unsigned pieces;
	enum dma_status status = translate(machine, device->devfn, req, piece, &pieces, extra);
	uint32_t at = 0;

	for (unsigned i = 0; i < pieces && status == DMA_OK; i++)
		if (!mem_at(machine->mem, piece[i].pa, piece[i].bytes))
			status = DMA_UNSUPPORTED;
	for (unsigned i = 0; i < pieces && status == DMA_OK; at += piece[i++].bytes) {
		struct dur here;

		move(machine, req, read_to, &piece[i], at);
		here = caches_dma(machine, device, req->kind, piece[i].pa, piece[i].bytes);
		if (here.ps > memory.ps)
			memory = here;
	}
	*extra = dur_add(*extra, memory);
	if (req->kind == DMA_WRITE && status == DMA_OK)
		*extra = dur_add(*extra, dur_ps(machine->cfg->iommu_write_page.ps * req->bytes /
						WRITE_PAGE));
	return status;
}

static const struct machine_device *device_at(const struct machine *machine, unsigned devfn)
{
	unsigned d = 0;

	while (d < machine->cfg->devices && machine->cfg->device[d].devfn != devfn)
		d++;
	ASSERT(d < machine->cfg->devices);
	return &machine->cfg->device[d];
}

static enum dma_status access_memory(void *ctx, unsigned devfn, const struct dma_req *asked,
				     void *read_to, struct dur *extra)
{
	struct machine *machine = ctx;
	const struct machine_device *device = device_at(machine, devfn);
	struct dma_req faulty = *asked;
	const struct dma_req *req = &faulty;
	struct piece whole;
	enum dma_status status;

	*extra = dur_ps(0);
	if (fault_removed(machine, devfn))
		return DMA_UNSUPPORTED;
	if (machine->faults && fault_request(machine, devfn, &faulty, &status))
		return status;
	whole = (struct piece){ req->addr, req->bytes };
	/* What goes astray is not the driver's mistake. */
	if (machine->linux_host && req->addr == asked->addr)
		linux_host_device_access(machine->linux_host, devfn, req->addr, req->bytes,
					 req->kind != DMA_READ);
	/* Address bits beyond the device's are not there: nothing answers. */
	if (device->dma_bits < 64 && (req->addr + req->bytes - 1) >> device->dma_bits)
		return DMA_UNSUPPORTED;
	if (machine->iommu) {
		status = access_translated(machine, device, req, read_to, extra);
	} else if (move(machine, req, read_to, &whole, 0)) {
		*extra = caches_dma(machine, device, req->kind, req->addr, req->bytes);
		status = DMA_OK;
	} else {
		status = DMA_UNSUPPORTED;
	}
	if (status != DMA_OK && req->addr == asked->addr)
		rules_breach(machine, "dma.refused", device->name, "%s of %u bytes at 0x%llx",
			     req->kind == DMA_READ ? "read" : "write", req->bytes,
			     (unsigned long long)req->addr);
	if (device->link.ideal)
		*extra = dur_ps(0);   /* pcie.ideal: translation and memory take no time */
	*extra = dur_add(*extra, perturb_dma(machine));
	if (req->kind == DMA_WRITE)
		*extra = dur_add(*extra, fault_write_late(machine, devfn, req));
	return status;
}

static void message(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
	struct machine *machine = ctx;
	struct dur late, none = dur_ps(0);
	unsigned times = fault_message(machine, devfn, &late);

	for (unsigned i = 0; i < times; i++) {
		struct msi_msg remapped = *msg;
		/* Of two, the second is the late one. */
		struct dur delay = dur_add(i + 1 == times ? late : none, perturb_message(machine));
		struct dur translated = dur_ps(0);

		if (!machine->iommu ||
		    iommu_msi(machine->iommu, devfn, msg, &remapped, &translated))
			intc_msi_in(machine->intc, &remapped, dur_add(delay, translated));
	}
}

static void mistake(void *ctx, unsigned devfn, const char *rule, const char *what, uint64_t number)
{
	struct machine *machine = ctx;

	rules_breach(machine, rule, device_at(machine, devfn)->name, "%s %llu", what,
		     (unsigned long long)number);
}

const struct pcie_root_ops machine_root_ops = { .access = access_memory, .msi = message,
						.mistake = mistake };

/* ---- rules of the DMA API that the unit's caches tell of ---- */

/* A bus address that is given out anew must not lead where it led before: whatever the mode is,
 * that was invalidated first. In strict mode it is as soon as it is unmapped. */
static bool must_be_invalid(const struct machine *machine, const struct plat_dma *dma)
{
	switch (dma->call) {
	case PLAT_DMA_MAP:
	case PLAT_DMA_ALLOC:
		return true;
	case PLAT_DMA_UNMAP:
	case PLAT_DMA_FREE:
		return machine->cfg->iommu_strict;
	default:
		return false;
	}
}

void root_dma_call(void *ctx, const struct plat_dma *dma)
{
	struct machine *machine = ctx;
	uint64_t at = dma->bus & ~(uint64_t)(TABLE_PAGE - 1);

	if (!machine->iommu || !must_be_invalid(machine, dma))
		return;
	for (; at < dma->bus + dma->bytes; at += TABLE_PAGE)
		if (iommu_is_stale(machine->iommu, dma->devfn, at)) {
			rules_breach(machine, "iommu.stale", device_at(machine, dma->devfn)->name,
				     "0x%llx is %s, and a translation of what was there before is "
				     "still cached", (unsigned long long)at,
				     dma->call == PLAT_DMA_UNMAP || dma->call == PLAT_DMA_FREE
					     ? "unmapped" : "mapped");
			return;
		}
}

/* ---- what the IOMMU reaches ---- */

static bool table_read(void *ctx, uint64_t pa, void *to, size_t bytes)
{
	return mem_read(((struct machine *)ctx)->mem, pa, to, bytes);
}

static bool status_write(void *ctx, uint64_t pa, const void *from, size_t bytes)
{
	return mem_write(((struct machine *)ctx)->mem, pa, from, bytes);
}

static void unit_message(void *ctx, const struct msi_msg *msg)
{
	intc_msi(((struct machine *)ctx)->intc, msg);
}

/* Without a unit its stats are there all the same, and 0. */
static void register_zero_stats(struct stats *stats)
{
	static const char *const counters[] = {
		"iotlb.hits", "iotlb.misses", "walks", "walk_reads", "context.misses",
		"paging.l2.misses", "paging.l3.misses", "paging.l4.misses", "invalidations",
		"faults", "interrupts.remapped",
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		stats_counter(stats, "iommu.%s", counters[i]);
	stats_dist(stats, "iommu.invalidate.wait_ns");
}

struct pcie_switch *root_uplink(const struct machine *machine, const struct machine_device *cfg)
{
	return cfg->uplink < 0 ? NULL : machine->pcie_switch[cfg->uplink];
}

int root_create(struct machine *machine)
{
	static const struct iommu_ops iommu_ops = { table_read, status_write, unit_message };
	int err = SIM_OK;

	for (unsigned n = 0; n < machine->cfg->switches && !err; n++)
		err = pcie_switch_create(&machine->pcie_switch[n], &machine->sim,
					 &machine->cfg->pcie_switch[n]);
	if (!err && machine->cfg->has_iommu)
		return iommu_create(&machine->iommu, &machine->sim, &machine->cfg->iommu,
				    &iommu_ops, machine);
	register_zero_stats(machine->sim.stats);
	return err;
}

void root_destroy(struct machine *machine)
{
	for (unsigned n = 0; n < machine->cfg->switches; n++)
		pcie_switch_destroy(machine->pcie_switch[n]);
}
