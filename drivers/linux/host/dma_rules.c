/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/dma_rules.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/linux/host/dma_rules_internal.h"
#include "model/core/assert.h"

static unsigned bus_bucket(unsigned devfn, uint64_t page)
{
	return (unsigned)((page * 0x9e3779b97f4a7c15u >> 40) + devfn) % RULES_BUCKETS;
}

const char *dma_rule_name(enum dma_rule rule)
{
	static const char *const name[RULE_COUNT] = {
		[RULE_CPU_ACCESS] = "dma.cpu-access",   [RULE_NOT_MAPPED] = "dma.not-mapped",
		[RULE_AFTER_UNMAP] = "dma.after-unmap", [RULE_DIRECTION] = "dma.direction",
		[RULE_NOT_OWNED] = "dma.not-owned",     [RULE_UNMAP] = "dma.unmap",
		[RULE_REUSED] = "dma.reused",
	};

	return name[rule];
}

struct dma_rules *dma_rules_create(uint64_t pages, const struct dma_rules_ops *ops, void *ctx)
{
	struct dma_rules *rules = calloc(1, sizeof(*rules));

	if (!rules)
		return NULL;
	rules->ops = ops;
	rules->ctx = ctx;
	rules->pages = pages;
	rules->watch = calloc(pages, 1);
	rules->at_page = calloc(pages, sizeof(*rules->at_page));
	if (!rules->watch || !rules->at_page) {
		dma_rules_destroy(rules);
		return NULL;
	}
	return rules;
}

static void mapping_free(struct mapping *mapping)
{
	owned_free(&mapping->owned);
	owned_free(&mapping->spare);
	owned_free(&mapping->written);
	free(mapping->ref);
	free(mapping);
}

void dma_rules_destroy(struct dma_rules *rules)
{
	if (!rules)
		return;
	for (struct mapping *mapping = rules->live, *next; mapping; mapping = next) {
		next = mapping->next;
		mapping_free(mapping);
	}
	for (unsigned i = 0; i < RULES_ENDED; i++)
		if (rules->ended[i])
			mapping_free(rules->ended[i]);
	free(rules->watch);
	free(rules->at_page);
	free(rules);
}

unsigned char *dma_rules_watch(struct dma_rules *rules)
{
	return rules->watch;
}

uint64_t dma_rules_breaches(const struct dma_rules *rules, enum dma_rule rule)
{
	return rules->breaches[rule];
}

uint64_t dma_rules_live(const struct dma_rules *rules)
{
	return rules->streaming;
}

/* ---- the two indices: by bus page and device, by page of RAM ---- */

static void link_ref(struct mapping_ref **head, struct mapping_ref *ref, struct mapping *mapping)
{
	ref->mapping = mapping;
	ref->next = *head;
	ref->link = head;
	if (ref->next)
		ref->next->link = &ref->next;
	*head = ref;
}

static void unlink_ref(struct mapping_ref *ref)
{
	*ref->link = ref->next;
	if (ref->next)
		ref->next->link = ref->link;
}

static uint64_t pages_of(uint64_t at, uint64_t bytes)
{
	return ((at + bytes - 1) >> RULES_PAGE_SHIFT) - (at >> RULES_PAGE_SHIFT) + 1;
}

static bool index_mapping(struct dma_rules *rules, struct mapping *mapping)
{
	uint64_t bus_pages = pages_of(mapping->dma.bus, mapping->dma.bytes);
	uint64_t ram_pages = mapping->coherent ? 0 : pages_of(mapping->dma.pa, mapping->dma.bytes);
	uint64_t first = mapping->dma.bus >> RULES_PAGE_SHIFT;
	uint64_t frame = mapping->dma.pa >> RULES_PAGE_SHIFT;

	if (!mapping->coherent && frame + ram_pages > rules->pages)
		return false;
	mapping->ref = calloc(bus_pages + ram_pages, sizeof(*mapping->ref));
	if (!mapping->ref)
		return false;
	mapping->refs = bus_pages + ram_pages;
	for (uint64_t i = 0; i < bus_pages; i++)
		link_ref(&rules->at_bus[bus_bucket(mapping->dma.devfn, first + i)],
			 &mapping->ref[i], mapping);
	for (uint64_t i = 0; i < ram_pages; i++) {
		link_ref(&rules->at_page[frame + i], &mapping->ref[bus_pages + i], mapping);
		rules->watch[frame + i] = 1;
	}
	return true;
}

static void unindex_mapping(struct dma_rules *rules, struct mapping *mapping)
{
	uint64_t frame = mapping->dma.pa >> RULES_PAGE_SHIFT;

	for (uint64_t i = 0; i < mapping->refs; i++)
		unlink_ref(&mapping->ref[i]);
	if (!mapping->coherent)
		for (uint64_t i = 0; i < pages_of(mapping->dma.pa, mapping->dma.bytes); i++)
			rules->watch[frame + i] = rules->at_page[frame + i] != NULL;
}

static bool has(const struct mapping *mapping, unsigned devfn, uint64_t bus)
{
	return mapping->dma.devfn == devfn && bus >= mapping->dma.bus &&
	       bus - mapping->dma.bus < mapping->dma.bytes;
}

static struct mapping_ref *first_ref(struct dma_rules *rules, unsigned devfn, uint64_t bus)
{
	return rules->at_bus[bus_bucket(devfn, bus >> RULES_PAGE_SHIFT)];
}

/* Without an IOMMU, memory that is mapped twice is at one bus address twice: as what is done first
 * was asked for first, the oldest with this length ends. */
static struct mapping *mapping_of_call(struct dma_rules *rules, const struct plat_dma *dma)
{
	struct mapping_ref *ref = first_ref(rules, dma->devfn, dma->bus);
	struct mapping *exact = NULL, *found = NULL;

	for (; ref; ref = ref->next) {
		struct mapping *mapping = ref->mapping;

		if (mapping->dma.bus != dma->bus || mapping->dma.devfn != dma->devfn ||
		    mapping->coherent != (dma->call == PLAT_DMA_FREE))
			continue;
		if (mapping->dma.bytes == dma->bytes)
			exact = mapping;
		found = mapping;
	}
	return exact ? exact : found;
}

static struct mapping *mapping_of_sync(struct dma_rules *rules, const struct plat_dma *dma)
{
	struct mapping_ref *ref = first_ref(rules, dma->devfn, dma->bus);

	for (; ref; ref = ref->next) {
		struct mapping *mapping = ref->mapping;

		if (has(mapping, dma->devfn, dma->bus) && !mapping->coherent &&
		    dma->bus + dma->bytes <= mapping->dma.bus + mapping->dma.bytes)
			return mapping;
	}
	return NULL;
}

static const struct mapping *ended_at(const struct dma_rules *rules, unsigned devfn, uint64_t bus)
{
	for (unsigned i = 1; i <= RULES_ENDED; i++) {
		const struct mapping *old =
			rules->ended[(rules->ended_next + RULES_ENDED - i) % RULES_ENDED];

		if (old && has(old, devfn, bus))
			return old;
	}
	return NULL;
}

/* ---- what the kernel asks of the DMA API ---- */

static void mapped(struct dma_rules *rules, const struct plat_dma *dma,
		   const struct dma_rules_where *where)
{
	struct mapping *mapping = calloc(1, sizeof(*mapping));

	/* Without memory for it, nothing is known of this mapping: no false alarm may come of
	 * it. */
	if (!mapping || !dma->bytes)
		goto blind;
	mapping->dma = *dma;
	mapping->coherent = dma->call == PLAT_DMA_ALLOC;
	mapping->made = mapping->last = *where;
	mapping->last_call = dma->call;
	mapping->given = (struct owned_range){ 0, dma->bytes };
	snprintf(mapping->device, sizeof(mapping->device), "%s", dma->device);
	if (!mapping->coherent && !dma->not_synced &&
	    !owned_add(&mapping->owned, 0, dma->bytes))
		goto blind;
	if (!index_mapping(rules, mapping))
		goto blind;
	mapping->next = rules->live;
	if (mapping->next)
		mapping->next->previous = mapping;
	rules->live = mapping;
	rules->streaming += !mapping->coherent;
	return;
blind:
	rules->blind |= dma->bytes != 0;
	if (mapping)
		mapping_free(mapping);
}

static void ended(struct dma_rules *rules, struct mapping *mapping,
		  const struct dma_rules_where *where)
{
	struct mapping **slot = &rules->ended[rules->ended_next++ % RULES_ENDED];

	unindex_mapping(rules, mapping);
	if (mapping->previous)
		mapping->previous->next = mapping->next;
	else
		rules->live = mapping->next;
	if (mapping->next)
		mapping->next->previous = mapping->previous;
	rules->streaming -= !mapping->coherent;
	mapping->ended = *where;
	if (*slot)
		mapping_free(*slot);
	*slot = mapping;
}

static void unmapped(struct dma_rules *rules, const struct plat_dma *dma,
		     const struct dma_rules_where *where)
{
	struct mapping *mapping = mapping_of_call(rules, dma);

	if (mapping)
		ended(rules, mapping, where);
	else if (!rules->blind)
		dma_rules_report_call(rules, dma, ended_at(rules, dma->devfn, dma->bus), where);
}

static bool give(struct mapping *mapping, uint64_t from, uint64_t to)
{
	mapping->given = (struct owned_range){ from, to };
	return owned_add(&mapping->owned, from, to) &&
	       owned_remove(&mapping->spare, from, to) &&
	       owned_remove(&mapping->written, from, to);
}

/* The device is done with the buffer whose frame the CPU takes, though only the frame is synced.
 * What lies beside it in the buffer must not be read, but may be used for something else: the
 * stack writes behind a frame that lies in a socket buffer's own memory (build_skb). */
static bool give_back(struct mapping *mapping, uint64_t from, uint64_t to)
{
	const struct owned_range *given = &mapping->given;

	if (from >= given->from && to <= given->to &&
	    !owned_add(&mapping->spare, given->from, given->to))
		return false;
	return owned_remove(&mapping->owned, from, to);
}

static void synced(struct dma_rules *rules, const struct plat_dma *dma,
		   const struct dma_rules_where *where)
{
	struct mapping *mapping = mapping_of_sync(rules, dma);
	uint64_t from = mapping ? dma->bus - mapping->dma.bus : 0;
	bool good;

	if (!mapping) {
		if (!rules->blind)
			dma_rules_report_call(rules, dma, ended_at(rules, dma->devfn, dma->bus),
					      where);
		return;
	}
	good = dma->call == PLAT_DMA_SYNC_FOR_DEVICE
		       ? give(mapping, from, from + dma->bytes)
		       : give_back(mapping, from, from + dma->bytes);
	rules->blind |= !good;
	mapping->last = *where;
	mapping->last_call = dma->call;
}

void dma_rules_dma(struct dma_rules *rules, const struct plat_dma *dma,
		   const struct dma_rules_where *where)
{
	switch (dma->call) {
	case PLAT_DMA_MAP:
	case PLAT_DMA_ALLOC:
		mapped(rules, dma, where);
		break;
	case PLAT_DMA_UNMAP:
	case PLAT_DMA_FREE:
		unmapped(rules, dma, where);
		break;
	case PLAT_DMA_SYNC_FOR_CPU:
	case PLAT_DMA_SYNC_FOR_DEVICE:
		synced(rules, dma, where);
		break;
	}
}

/* ---- accesses ---- */

/* Copies are done by words: the last one may reach over the end of what was asked for. */
#define WORD_BYTES 8u

/* What is being sent may be read by anyone, and written once the device has read it for the
 * last time: drivers free buffers shortly before they unmap them (ixgbe_clean_tx_irq). So a
 * write is a breach only if the device reads it. */
static bool breaks(const struct mapping *mapping, uint64_t pa, uint64_t bytes, bool write,
		   uint64_t *first)
{
	uint64_t start = mapping->dma.pa, end = start + mapping->dma.bytes;
	uint64_t from = pa > start ? pa : start, to = pa + bytes < end ? pa + bytes : end;

	if (from >= to || (!write && mapping->dma.direction == PLAT_DMA_TO_DEVICE))
		return false;
	if (!owned_first(&mapping->owned, from - start, to - start, first))
		return false;
	return start + *first == pa || pa + bytes - (start + *first) >= WORD_BYTES;
}

static struct mapping *broken(const struct dma_rules *rules, uint64_t pa, uint64_t bytes,
				    bool write, uint64_t *first)
{
	uint64_t last = (pa + bytes - 1) >> RULES_PAGE_SHIFT;

	for (uint64_t page = pa >> RULES_PAGE_SHIFT; page <= last && page < rules->pages; page++)
		for (struct mapping_ref *ref = rules->at_page[page]; ref; ref = ref->next)
			if (breaks(ref->mapping, pa, bytes, write, first))
				return ref->mapping;
	return NULL;
}

bool dma_rules_cpu_breaks(const struct dma_rules *rules, uint64_t pa, uint64_t bytes, bool write)
{
	uint64_t first;

	return broken(rules, pa, bytes, write, &first) != NULL;
}

void dma_rules_cpu_access(struct dma_rules *rules, uint64_t pa, uint64_t bytes, bool write,
		      const struct dma_rules_where *where)
{
	uint64_t first;
	struct mapping *mapping = broken(rules, pa, bytes, write, &first);

	if (!mapping)
		return;
	bytes -= mapping->dma.pa + first - pa;
	if (bytes > mapping->dma.bytes - first)
		bytes = mapping->dma.bytes - first;
	if (mapping->dma.direction != PLAT_DMA_TO_DEVICE) {
		if (write && owned_covers(&mapping->spare, first, first + bytes))
			rules->blind |= !owned_remove(&mapping->owned, first, first + bytes);
		else
			dma_rules_report_cpu(rules, mapping, first, write, where);
		return;
	}
	rules->blind |= !owned_add(&mapping->written, first, first + bytes);
	mapping->writer = *where;
}

static bool allows(const struct mapping *mapping, bool write)
{
	return mapping->dma.direction == PLAT_DMA_BIDIRECTIONAL ||
	       mapping->dma.direction == (write ? PLAT_DMA_FROM_DEVICE : PLAT_DMA_TO_DEVICE);
}

/* Why a mapping does not allow the access; RULE_COUNT: it does. */
static enum dma_rule refusal(const struct mapping *mapping, const struct device_access *access,
			 uint64_t *bytes)
{
	uint64_t from = access->bus - mapping->dma.bus, room = mapping->dma.bytes - from, first;

	*bytes = access->bytes < room ? access->bytes : room;
	if (mapping->coherent)
		return RULE_COUNT;
	if (!allows(mapping, access->write))
		return RULE_DIRECTION;
	return owned_first(&mapping->owned, from, from + *bytes, &first) ? RULE_COUNT
									 : RULE_NOT_OWNED;
}

/* Whether the CPU has written what the device reads there. */
static bool was_written(const struct mapping *mapping, const struct device_access *access,
			uint64_t bytes, uint64_t *first)
{
	uint64_t from = access->bus - mapping->dma.bus;

	return !access->write && owned_first(&mapping->written, from, from + bytes, first);
}

/* One piece of it: returns how many bytes one mapping has, 0 if none has the first. Of several
 * mappings the best counts: drivers free a buffer before they unmap it, and another core may have
 * written to that memory and mapped it anew in between. */
static uint64_t check_device(struct dma_rules *rules, const struct device_access *access)
{
	const struct mapping *bad = NULL, *written = NULL;
	uint64_t bytes = 0, first = 0, written_bytes = 0, at;
	enum dma_rule why = RULE_COUNT;

	for (struct mapping_ref *ref = first_ref(rules, access->devfn, access->bus); ref;
	     ref = ref->next) {
		enum dma_rule rule;

		if (!has(ref->mapping, access->devfn, access->bus))
			continue;
		rule = refusal(ref->mapping, access, &bytes);
		if (rule != RULE_COUNT) {
			bad = ref->mapping;
			why = rule;
			continue;
		}
		if (!was_written(ref->mapping, access, bytes, &at))
			return bytes;
		written = ref->mapping;
		written_bytes = bytes;
		first = at;
	}
	if (written) {
		dma_rules_report_written(rules, written, first, access);
		return written_bytes;
	}
	if (bad)
		dma_rules_report_device(rules, why, bad, access);
	return bytes;
}

void dma_rules_device_access(struct dma_rules *rules, unsigned devfn, uint64_t bus, uint64_t bytes,
			 bool write, struct at time)
{
	struct device_access access = { devfn, bus, bytes, write, time };

	while (access.bytes && !rules->blind) {
		uint64_t done = check_device(rules, &access);

		if (!done) {
			const struct mapping *old = ended_at(rules, devfn, access.bus);

			dma_rules_report_device(rules, old ? RULE_AFTER_UNMAP : RULE_NOT_MAPPED,
						old,
					    &access);
			return;
		}
		access.bus += done;
		access.bytes -= done;
	}
}

/* Not of what is being sent: drivers free that shortly before they unmap it
 * (ixgbe_clean_tx_irq). */
static struct mapping *writable(const struct dma_rules *rules, uint64_t pa, uint64_t bytes)
{
	uint64_t last = (pa + bytes - 1) >> RULES_PAGE_SHIFT;

	for (uint64_t page = pa >> RULES_PAGE_SHIFT; page <= last && page < rules->pages; page++)
		for (struct mapping_ref *ref = rules->at_page[page]; ref; ref = ref->next) {
			struct mapping *mapping = ref->mapping;

			if (mapping->dma.direction != PLAT_DMA_TO_DEVICE &&
			    mapping->dma.pa < pa + bytes &&
			    pa < mapping->dma.pa + mapping->dma.bytes)
				return mapping;
		}
	return NULL;
}

bool dma_rules_is_writable(const struct dma_rules *rules, uint64_t pa, uint64_t bytes)
{
	return writable(rules, pa, bytes) != NULL;
}

void dma_rules_taken(struct dma_rules *rules, uint64_t pa, uint64_t bytes,
		     const struct dma_rules_where *where)
{
	const struct mapping *mapping = writable(rules, pa, bytes);

	if (mapping)
		dma_rules_report_taken(rules, mapping, where);
}
