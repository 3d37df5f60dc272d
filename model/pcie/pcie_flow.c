/* SPDX-License-Identifier: MIT */
/* Tags and flow-control credits: counts that are taken when a TLP is sent and come back at a time
 * that is known before. They are collected when somebody asks, so that coming back is no event, and
 * those of TLPs of one length are one entry (PCIe 2.2.6.2, 2.6.1). */
#include "model/pcie/pcie_internal.h"

#include <stdlib.h>

#include "model/core/assert.h"

#define RING_FIRST 64
#define RING_KEPT  8    /* entries before it is looked whether some are back */

bool pcie_flow_init(struct pcie_flow *flow, uint32_t headers, uint32_t data)
{
	flow->headers = headers;
	flow->data = data;
	flow->ring = malloc(RING_FIRST * sizeof(*flow->ring));
	flow->held = malloc(RING_FIRST * sizeof(*flow->held));
	flow->mask = RING_FIRST - 1;
	return flow->ring && flow->held;
}

void pcie_flow_destroy(struct pcie_flow *flow)
{
	free(flow->ring);
	free(flow->held);
}

static uint64_t end_of(const struct pcie_return *back)
{
	return back->ps +
	       ((back->fraction + (back->count - 1) * back->step) >> PCIE_FRACTION_BITS);
}

/* How many of an entry are back by `ps`. */
static uint32_t back_by(const struct pcie_return *back, uint64_t ps)
{
	uint64_t fine;

	if (back->ps > ps)
		return 0;
	if (end_of(back) <= ps)
		return back->count;
	fine = ((ps - back->ps + 1) << PCIE_FRACTION_BITS) - back->fraction;
	return (uint32_t)((fine + back->step - 1) / back->step);
}

static void advance(struct pcie_return *back, uint32_t count)
{
	uint64_t fine = back->fraction + count * back->step;

	back->ps += fine >> PCIE_FRACTION_BITS;
	back->fraction = (uint32_t)fine & ((1u << PCIE_FRACTION_BITS) - 1);
	back->count -= count;
}

/* An empty ring begins anew, so that little traffic touches little of the host's cache. */
static void collect(struct pcie_flow *flow, struct at now)
{
	while (flow->head != flow->tail) {
		struct pcie_return *back = &flow->ring[flow->head & flow->mask];
		uint32_t count;

		if (back->ps > now.ps)
			return;
		count = back->count == 1 ? 1 : back_by(back, now.ps);
		flow->headers_out -= count;
		flow->data_out -= count * back->data;
		if (count < back->count) {
			advance(back, count);
			return;
		}
		flow->head++;
	}
	flow->head = flow->tail = 0;
}

bool pcie_flow_has(struct pcie_flow *flow, struct at now, uint32_t headers, uint32_t data)
{
	if (pcie_flow_room(flow, headers, data))
		return true;
	collect(flow, now);
	return pcie_flow_room(flow, headers, data);
}

static void ring_grow(struct pcie_flow *flow)
{
	size_t count = flow->mask + 1, used = flow->tail - flow->head;
	struct pcie_return *bigger = malloc(2 * count * sizeof(*bigger));

	ASSERT(bigger);
	for (size_t i = 0; i < used; i++)
		bigger[i] = flow->ring[(flow->head + i) & flow->mask];
	free(flow->ring);
	free(flow->held);
	flow->ring = bigger;
	flow->held = malloc(2 * count * sizeof(*flow->held));
	ASSERT(flow->held);
	flow->mask = 2 * count - 1;
	flow->head = 0;
	flow->tail = used;
}

static void push(struct pcie_flow *flow, const struct pcie_return *back)
{
	if (!back->count)
		return;
	if (flow->tail - flow->head > flow->mask)
		ring_grow(flow);
	flow->ring[flow->tail++ & flow->mask] = *back;
	flow->last_ps = end_of(back);
}

void pcie_flow_give(struct pcie_flow *flow, struct at now, const struct pcie_return *run,
		    struct dur later)
{
	struct pcie_return *back;

	if (flow->tail - flow->head >= RING_KEPT)
		collect(flow, now);
	if (flow->tail - flow->head > flow->mask)
		ring_grow(flow);
	back = &flow->ring[flow->tail++ & flow->mask];
	*back = *run;
	back->ps += later.ps;
	if (back->ps < flow->last_ps) {
		back->ps = flow->last_ps;
		back->fraction = 0;
	}
	flow->last_ps = back->count == 1 ? back->ps : end_of(back);
}

void pcie_flow_run(struct pcie_flow *flow, struct at now, const struct pcie_return *run,
		   struct dur later)
{
	pcie_flow_take(flow, run->count, run->count * run->data);
	pcie_flow_give(flow, now, run, later);
}

void pcie_flow_take(struct pcie_flow *flow, uint32_t headers, uint32_t data)
{
	flow->headers_out += headers;
	flow->data_out += data;
}

void pcie_flow_return(struct pcie_flow *flow, struct at now, struct at when, uint32_t data)
{
	struct pcie_return back = { .ps = when.ps, .count = 1, .data = data };

	if (flow->tail - flow->head >= RING_KEPT)
		collect(flow, now);
	if (back.ps < flow->last_ps)
		back.ps = flow->last_ps;
	push(flow, &back);
}

/* Two entries more at the most: one is cut at `from`, and one at `until`. */
void pcie_flow_hold(struct pcie_flow *flow, struct at from, struct at until)
{
	size_t first = flow->tail, count;

	while (first != flow->head && end_of(&flow->ring[(first - 1) & flow->mask]) > from.ps)
		first--;
	if (first == flow->tail)
		return;
	while (flow->tail + 2 - flow->head > flow->mask) {
		first -= flow->head;
		ring_grow(flow);
	}
	count = flow->tail - first;
	for (size_t i = 0; i < count; i++)
		flow->held[i] = flow->ring[(first + i) & flow->mask];
	flow->tail = first;
	for (size_t i = 0; i < count; i++) {
		struct pcie_return rest = flow->held[i], early = rest, late = rest;

		early.count = back_by(&rest, from.ps);
		advance(&rest, early.count);
		late = (struct pcie_return){ .ps = until.ps, .data = rest.data };
		late.count = back_by(&rest, until.ps - 1);
		advance(&rest, late.count);
		push(flow, &early);
		push(flow, &late);
		push(flow, &rest);
	}
}

struct at pcie_flow_next(const struct pcie_flow *flow)
{
	return flow->head == flow->tail ? AT_NEVER
					: at_ps(flow->ring[flow->head & flow->mask].ps);
}
