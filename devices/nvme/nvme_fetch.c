// SPDX-License-Identifier: MIT
/* Round robin arbitration with a burst (4.13.1) and the reading of submission queue entries: one
 * DMA read for each turn, several under way at once, the head moved in order of the ring. */
#include "devices/nvme/nvme_internal.h"

void nvme_fetch_init(struct nvme *nvme)
{
	nvme->free_fetch = NULL;
	for (unsigned i = NVME_FETCH_SLOTS; i-- > 0; ) {
		nvme->fetch[i].index = (uint8_t)i;
		nvme->fetch[i].next = nvme->free_fetch;
		nvme->free_fetch = &nvme->fetch[i];
	}
}

static void slot_free(struct nvme *nvme, struct nvme_fetch *slot)
{
	slot->generation++;
	slot->count = 0;
	slot->next = nvme->free_fetch;
	nvme->free_fetch = slot;
}

static void drop_fetches(struct nvme *nvme, struct nvme_sq *sq)
{
	while (sq->fetches) {
		struct nvme_fetch *slot = sq->fetches;
		struct nvme_cmd *cmd;

		sq->fetches = slot->next;
		while ((cmd = nvme_list_pop(&slot->cmds)))
			nvme_cmd_free(cmd);
		slot_free(nvme, slot);
	}
	sq->fetches_end = &sq->fetches;
}

void nvme_fetch_reset(struct nvme *nvme)
{
	for (unsigned i = 0; i <= nvme->cfg.io_queues; i++) {
		drop_fetches(nvme, &nvme->sq[i]);
		nvme->sq[i].in_turn = false;
	}
	nvme->turn_head = nvme->turn_tail = NULL;
}

static void turn_push(struct nvme *nvme, struct nvme_sq *sq)
{
	sq->next = NULL;
	if (nvme->turn_head)
		nvme->turn_tail->next = sq;
	else
		nvme->turn_head = sq;
	nvme->turn_tail = sq;
	sq->in_turn = true;
}

static void turn_push_first(struct nvme *nvme, struct nvme_sq *sq)
{
	sq->next = nvme->turn_head;
	nvme->turn_head = sq;
	if (!sq->next)
		nvme->turn_tail = sq;
	sq->in_turn = true;
}

static struct nvme_sq *turn_pop(struct nvme *nvme)
{
	struct nvme_sq *sq = nvme->turn_head;

	nvme->turn_head = sq->next;
	sq->in_turn = false;
	return sq;
}

void nvme_fetch_close(struct nvme *nvme, struct nvme_sq *sq)
{
	struct nvme_sq *rest = nvme->turn_head;

	engine_cancel(nvme->sim->engine, &sq->fetch_event);
	drop_fetches(nvme, sq);
	nvme->turn_head = nvme->turn_tail = NULL;
	while (rest) {
		struct nvme_sq *next = rest->next;

		rest->in_turn = false;
		if (rest != sq)
			turn_push(nvme, rest);
		rest = next;
	}
}

void nvme_fetch_due(void *ctx)
{
	struct nvme_sq *sq = ctx;

	turn_push(sq->nvme, sq);
	nvme_arbitrate(sq->nvme);
}

/* 5.21.1.1: AB 111b. */
static bool no_limit(const struct nvme *nvme)
{
	return (nvme->features.arbitration & 7) == 7;
}

/* 5.21.1.1: 2^AB entries. Without a limit a turn lasts until the queue is empty, read by read. */
static uint32_t burst(const struct nvme *nvme)
{
	return no_limit(nvme) ? NVME_FETCH_ENTRIES : 1u << (nvme->features.arbitration & 7);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Entries the queue may have read in this turn; 0 when no context is free for it. */
static uint32_t turn_entries(const struct nvme *nvme, const struct nvme_sq *sq)
{
	uint32_t contexts = nvme->free_count;
	uint32_t ready = (sq->tail >= sq->fetched ? sq->tail : sq->entries) - sq->fetched;

	if (sq->id)
		contexts = contexts > NVME_ADMIN_RESERVE ? contexts - NVME_ADMIN_RESERVE : 0;
	return smaller(smaller(ready, contexts), smaller(burst(nvme), NVME_FETCH_ENTRIES));
}

static void fetch(struct nvme *nvme, struct nvme_sq *sq, uint32_t count)
{
	struct nvme_fetch *slot = nvme->free_fetch;
	uint64_t addr = sq->base + (uint64_t)sq->fetched * NVME_SQE_BYTES;

	nvme->free_fetch = slot->next;
	slot->next = NULL;
	slot->sqid = sq->id;
	slot->count = (uint16_t)count;
	slot->arrived = false;
	*sq->fetches_end = slot;
	sq->fetches_end = &slot->next;
	for (uint32_t i = 0; i < count; i++) {
		struct nvme_cmd *cmd = nvme_cmd_take(nvme);

		cmd->phase = NVME_PHASE_FETCH;
		cmd->sqid = sq->id;
		cmd->doorbell = sq->doorbells[sq->fetched + i];
		if (sq->id)
			nvme_power_busy(nvme);
		nvme_list_push(&slot->cmds, cmd);
	}
	nvme_trace(nvme, NVME_TRACE_FETCH, sq->id, sq->fetched, count);
	sq->fetched += count;
	if (sq->fetched == sq->entries)
		sq->fetched = 0;
	nvme_dma_read(nvme, addr, count * NVME_SQE_BYTES,
		      nvme_tag(NVME_TAG_FETCH, slot->generation, slot->index, 0));
}

void nvme_arbitrate(struct nvme *nvme)
{
	struct nvme_sq *stuck = NULL;

	if (nvme->arbitrating)
		return;
	nvme->arbitrating = true;
	while (nvme->turn_head && nvme->turn_head != stuck && nvme->free_fetch) {
		struct nvme_sq *sq = turn_pop(nvme);
		uint32_t count = turn_entries(nvme, sq);

		if (!count) {
			/* No context for I/O; the admin queue may still have one. */
			stuck = stuck ? stuck : sq;
			turn_push(nvme, sq);
			continue;
		}
		stuck = NULL;
		fetch(nvme, sq, count);
		if (sq->fetched == sq->tail)
			continue;
		if (no_limit(nvme))
			turn_push_first(nvme, sq);
		else
			turn_push(nvme, sq);
	}
	nvme->arbitrating = false;
}

void nvme_fetch_done(struct nvme *nvme, unsigned index, uint32_t generation,
		     const struct dma_done *done)
{
	struct nvme_fetch *slot = &nvme->fetch[index];
	struct nvme_sq *sq = &nvme->sq[slot->sqid];
	struct nvme_list cmds = slot->cmds;
	const uint8_t *entry = done->data;
	struct nvme_cmd *cmd;

	if (slot->generation != generation) {
		nvme_trace(nvme, NVME_TRACE_LATE_DMA, done->tag, 0, 0);
		return;
	}
	/* 9.5: a controller that cannot read its queues is lost. */
	if (done->status != DMA_OK) {
		nvme_fatal(nvme, NVME_FATAL_FETCH, slot->sqid);
		return;
	}
	slot->arrived = true;
	slot->cmds = (struct nvme_list){ 0 };
	while (sq->fetches && sq->fetches->arrived) {
		struct nvme_fetch *oldest = sq->fetches;

		sq->head += oldest->count;
		if (sq->head == sq->entries)
			sq->head = 0;
		sq->fetches = oldest->next;
		if (!sq->fetches)
			sq->fetches_end = &sq->fetches;
		slot_free(nvme, oldest);
	}
	for (struct nvme_cmd *each = cmds.head; each; each = each->next, entry += NVME_SQE_BYTES)
		memcpy(each->sqe, entry, NVME_SQE_BYTES);
	/* Deleting a queue ends none of these: then they are of the admin queue. */
	while ((cmd = nvme_list_pop(&cmds)))
		nvme_cmd_begin(cmd);
	nvme_arbitrate(nvme);
}
