/* SPDX-License-Identifier: MIT */
#include "model/machine/rings.h"

#include <stdlib.h>

#include "model/core/digest.h"
#include "model/machine/internal.h"
#include "model/port/ring.h"

/* While cores talk to devices, short beside the 3 ms after which blk-mq tries anew what it could
 * not dispatch. Recovery waits for minutes without a word. */
#define LOOK_SHORT dur_us(200)
#define LOOK_LONG  dur_us(800)

#define RINGS_MAX (2u * NIC82599_QUEUES)

/* One ring of a device: what its entries held when the device was told of them. */
struct watched {
	uint64_t *told;
	unsigned opened;
	uint64_t base;
	uint32_t entries, tail;
	bool suspect;          /* at the last look */
};

struct rings {
	struct machine *machine;
	struct event look;
	struct dur period;
	struct watched ring[MACHINE_DEVICES_MAX][RINGS_MAX];
};

static bool view_of(const struct machine *machine, unsigned d, unsigned number,
		    struct ring_view *view)
{
	if (machine->cfg->device[d].model == SCN_MODEL_82599)
		return nic82599_ring(machine->device[d].nic.nic, number, view);
	if (machine->cfg->device[d].model == SCN_MODEL_NVME)
		return nvme_ring(machine->device[d].ssd.nvme, number, view);
	return false;
}

static bool read_entry(struct machine *machine, unsigned d, const struct ring_view *view,
		       uint32_t slot, uint8_t *to)
{
	uint64_t pa, addr = view->base + (uint64_t)slot * view->entry_bytes;

	pa = addr;
	if (machine->iommu && !iommu_peek(machine->iommu, machine->cfg->device[d].devfn, addr, &pa))
		return false;
	return mem_read(machine->mem, pa, to, view->entry_bytes);
}

static uint64_t sum(const uint8_t *entry, unsigned bytes)
{
	struct digest digest;

	digest_init(&digest, 0);
	digest_bytes(&digest, entry, bytes);
	return digest.a;
}

static void tell(struct machine *machine, unsigned d, const struct ring_view *view,
		 struct watched *ring, uint32_t from, uint32_t count)
{
	uint8_t entry[RING_ENTRY_BYTES_MAX];

	for (; count--; from = from + 1 == view->entries ? 0 : from + 1)
		ring->told[from] = read_entry(machine, d, view, from, entry)
					   ? sum(entry, view->entry_bytes) : 0;
}

/* What is in a ring when it opens is old. Without host memory it is not watched. */
static void open_ring(struct machine *machine, unsigned d, const struct ring_view *view,
		      struct watched *ring)
{
	if (!ring->told || ring->entries != view->entries) {
		free(ring->told);
		ring->told = calloc(view->entries, sizeof(*ring->told));
		ring->entries = view->entries;
	}
	ring->opened = view->opened;
	ring->base = view->base;
	ring->tail = view->tail;
	ring->suspect = false;
	if (ring->told)
		tell(machine, d, view, ring, 0, view->entries);
}

static void follow(struct machine *machine, unsigned d, const struct ring_view *view,
		   struct watched *ring)
{
	uint32_t added;

	if (!ring->told || ring->opened != view->opened || ring->base != view->base ||
	    ring->entries != view->entries) {
		open_ring(machine, d, view, ring);
		return;
	}
	if (ring->tail == view->tail)
		return;
	added = view->tail > ring->tail ? view->tail - ring->tail
					: view->tail + view->entries - ring->tail;
	tell(machine, d, view, ring, ring->tail, added);
	ring->tail = view->tail;
	ring->suspect = false;
}

void rings_register_written(struct machine *machine, const struct machine_device *cfg)
{
	unsigned device = (unsigned)(cfg - machine->cfg->device);
	struct rings *rings = machine->rings;
	struct ring_view view;

	if (rings->period.ps > LOOK_SHORT.ps) {
		engine_cancel(machine->sim.engine, &rings->look);
		engine_schedule_in(machine->sim.engine, &rings->look, LOOK_SHORT);
	}
	rings->period = LOOK_SHORT;
	for (unsigned n = 0; view_of(machine, device, n, &view); n++)
		if (view.live)
			follow(machine, device, &view, &rings->ring[device][n]);
}

/* Whole work behind the tail: a frame that was given up half way is none. */
static bool holds_untold(struct machine *machine, unsigned d, const struct ring_view *view,
			 const struct watched *ring)
{
	uint8_t entry[RING_ENTRY_BYTES_MAX];
	uint32_t slot = view->tail;

	for (uint32_t n = 1; n < view->entries; n++) {
		enum ring_entry what;

		if (slot >= view->entries || !read_entry(machine, d, view, slot, entry) ||
		    sum(entry, view->entry_bytes) == ring->told[slot])
			return false;
		what = view->entry(entry);
		if (what != RING_ENTRY_PART)
			return what == RING_ENTRY_END;
		slot = slot + 1 == view->entries ? 0 : slot + 1;
	}
	return false;
}

static void look_at(struct machine *machine, unsigned d, unsigned number,
		    const struct ring_view *view)
{
	struct watched *ring = &machine->rings->ring[d][number];
	bool suspect;

	follow(machine, d, view, ring);
	suspect = ring->told && holds_untold(machine, d, view, ring);
	if (suspect && ring->suspect) {
		rules_breach(machine, "doorbell.missing", machine->cfg->device[d].name,
			     "%s %u: work from entry %u on, of which the device was never told, "
			     "and all cores are idle", view->name, view->number, view->tail);
		tell(machine, d, view, ring, view->tail, view->entries - 1);
	}
	ring->suspect = suspect;
}

static bool all_idle(const struct machine *machine)
{
	for (unsigned id = 0; id < machine->cfg->cores.count; id++)
		if (machine->cores->core[id].state == CORE_READY)
			return false;
	return true;
}

static void look(void *ctx)
{
	struct rings *rings = ctx;
	struct machine *machine = rings->machine;
	bool idle = all_idle(machine);
	struct ring_view view;

	engine_schedule_in(machine->sim.engine, &rings->look, rings->period);
	if (rings->period.ps < LOOK_LONG.ps)
		rings->period.ps *= 2;
	for (unsigned d = 0; d < machine->cfg->devices; d++) {
		if (fault_removed(machine, machine->cfg->device[d].devfn))
			continue;
		for (unsigned n = 0; view_of(machine, d, n, &view); n++) {
			if (view.live && idle)
				look_at(machine, d, n, &view);
			else
				rings->ring[d][n].suspect = false;
		}
	}
}

void rings_start(struct machine *machine)
{
	struct rings *rings = calloc(1, sizeof(*rings));

	if (!rings)
		return;
	machine->rings = rings;
	rings->machine = machine;
	event_init(&rings->look, "rings", PHASE_CONTROL, look, rings);
	rings->period = LOOK_SHORT;
	engine_schedule_in(machine->sim.engine, &rings->look, LOOK_SHORT);
	for (unsigned d = 0; d < machine->cfg->devices; d++)
		rings_register_written(machine, &machine->cfg->device[d]);
}

void rings_destroy(struct machine *machine)
{
	struct rings *rings = machine->rings;

	if (!rings)
		return;
	for (unsigned d = 0; d < MACHINE_DEVICES_MAX; d++)
		for (unsigned n = 0; n < RINGS_MAX; n++)
			free(rings->ring[d][n].told);
	engine_cancel(machine->sim.engine, &rings->look);
	free(rings);
}
