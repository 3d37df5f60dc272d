/* SPDX-License-Identifier: MIT */
#include "model/mem/llc.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* Neighbouring lines that came together are often in the same way, so the slots of a way lie side by
 * side, set by set: a run of lines is a run of slots, eight to a host cache line. */
struct slot {
	uint32_t tag;            /* the line's number + 1; 0 = free */
	uint32_t used;           /* when, by `clock`; differences are right across its wrap */
};

/* A line is in a slot of one of the caches unless its state is MEMORY or UNKNOWN. */
struct llc {
	struct llc_cfg cfg;
	struct slot *cache[LLC_SOCKETS_MAX];
	uint32_t sets;
	uint32_t last_way;       /* in which a line was found last */
	uint32_t clock;          /* counts requests */
	uint8_t *state;          /* of each line: enum llc_state */
	uint64_t lines;
	struct llc_counts counts;
};

static int check(struct sim *sim, const struct llc_cfg *cfg)
{
	if (!cfg->sockets || cfg->sockets > LLC_SOCKETS_MAX || cfg->home >= cfg->sockets)
		return sim_fail(sim, SIM_ERR_CONFIG, "cache: 1 or 2 sockets, memory at one of them");
	if (!cfg->ways || cfg->ways > LLC_WAYS_MAX || cfg->ddio_ways > cfg->ways)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"cache: 1 to %u ways, of which devices may use all at most",
				LLC_WAYS_MAX);
	if (cfg->bytes < (uint64_t)cfg->ways * LLC_LINE_BYTES || cfg->bytes > 1ULL << 34)
		return sim_fail(sim, SIM_ERR_CONFIG, "cache: its size must be one set to 16 GiB");
	if (!cfg->memory_end || cfg->memory_end > (uint64_t)NOWHERE * LLC_LINE_BYTES)
		return sim_fail(sim, SIM_ERR_CONFIG, "cache: memory is out of range");
	return SIM_OK;
}

int llc_create(struct llc **out, struct sim *sim, const struct llc_cfg *cfg)
{
	struct llc *llc;
	int err = check(sim, cfg);
	bool good;

	*out = NULL;
	if (err)
		return err;
	llc = calloc(1, sizeof(*llc));
	if (!llc)
		return sim_fail(sim, SIM_ERR_MEMORY, "cache: out of host memory");
	llc->cfg = *cfg;
	llc->sets = (uint32_t)(cfg->bytes / LLC_LINE_BYTES / cfg->ways);
	llc->lines = (cfg->memory_end + LLC_LINE_BYTES - 1) / LLC_LINE_BYTES;
	llc->state = calloc(llc->lines, sizeof(*llc->state));
	good = llc->state != NULL;
	for (unsigned s = 0; s < cfg->sockets; s++) {
		llc->cache[s] = calloc((size_t)llc->sets * cfg->ways, sizeof(*llc->cache[s]));
		good = good && llc->cache[s];
	}
	if (!good) {
		llc_destroy(llc);
		return sim_fail(sim, SIM_ERR_MEMORY, "cache: out of host memory");
	}
	*out = llc;
	return SIM_OK;
}

void llc_destroy(struct llc *llc)
{
	if (!llc)
		return;
	for (unsigned s = 0; s < LLC_SOCKETS_MAX; s++)
		free(llc->cache[s]);
	free(llc->state);
	free(llc);
}

static bool is_cached(const struct llc *llc, uint32_t line)
{
	return llc->state[line] != LLC_STATE_UNKNOWN && llc->state[line] != LLC_STATE_MEMORY;
}

/* A line and its set, so that a run of lines needs no division. */
struct spot {
	uint32_t line, set;
};

static struct spot spot_of(const struct llc *llc, uint32_t line)
{
	return (struct spot){ line, line % llc->sets };
}

static void next_spot(const struct llc *llc, struct spot *spot)
{
	spot->line++;
	if (++spot->set == llc->sets)
		spot->set = 0;
}

/* Neighbours came together, so they often are in the same way. */
static uint32_t find(struct llc *llc, unsigned socket, struct spot spot)
{
	const struct slot *cache = llc->cache[socket];
	uint32_t slot = llc->last_way * llc->sets + spot.set;

	if (cache[slot].tag == spot.line + 1)
		return slot;
	slot = spot.set;
	for (uint32_t way = 0; way < llc->cfg.ways; way++, slot += llc->sets)
		if (cache[slot].tag == spot.line + 1) {
			llc->last_way = way;
			return slot;
		}
	return NOWHERE;
}

/* The socket that has the line, that of the asker first; *slot is NOWHERE if none has it. */
static unsigned find_any(struct llc *llc, unsigned socket, struct spot spot, uint32_t *slot)
{
	*slot = NOWHERE;
	if (!is_cached(llc, spot.line))
		return socket;
	*slot = find(llc, socket, spot);
	if (*slot != NOWHERE || llc->cfg.sockets == 1)
		return socket;
	*slot = find(llc, 1 - socket, spot);
	return *slot != NOWHERE ? 1 - socket : socket;
}

/* Of the first `ways` slots of a set, the one that is free or was used longest ago, free now. */
static struct slot *make_room(struct llc *llc, struct slot *set, unsigned ways)
{
	struct slot *best = set;

	for (struct slot *slot = set; ways; ways--, slot += llc->sets) {
		if (!slot->tag)
			return slot;
		if (llc->clock - slot->used > llc->clock - best->used)
			best = slot;
	}
	llc->counts.lost += llc->state[best->tag - 1] == LLC_STATE_DEVICE;
	llc->counts.memory += llc->state[best->tag - 1] == LLC_STATE_DEVICE;
	llc->state[best->tag - 1] = LLC_STATE_MEMORY;
	return best;
}

/* The line, found at (at, slot), is in this socket's cache afterwards, where it was or in one of
 * the first `ways`. */
static void bring(struct llc *llc, unsigned socket, struct spot spot, unsigned at, uint32_t slot,
		  unsigned ways)
{
	struct slot *here;

	if (slot != NOWHERE && at == socket) {
		llc->cache[at][slot].used = llc->clock;
		return;
	}
	if (slot != NOWHERE)
		llc->cache[at][slot].tag = 0;
	here = make_room(llc, &llc->cache[socket][spot.set], ways);
	here->tag = spot.line + 1;
	here->used = llc->clock;
}

static void write_line(struct llc *llc, unsigned socket, struct spot spot)
{
	uint32_t slot;
	unsigned at = find_any(llc, socket, spot, &slot);

	if (slot == NOWHERE)
		llc->counts.write_misses++;
	else
		llc->counts.write_hits++;
	if (llc->cfg.ddio_ways) {
		bring(llc, socket, spot, at, slot, llc->cfg.ddio_ways);
		llc->state[spot.line] = LLC_STATE_DEVICE;
		return;
	}
	if (slot != NOWHERE)
		llc->cache[at][slot].tag = 0;
	llc->state[spot.line] = LLC_STATE_MEMORY;
	llc->counts.memory++;
}

/* How many lines; 0 if the addresses are no memory: then nothing was moved either. */
static uint32_t line_range(const struct llc *llc, uint64_t pa, uint32_t bytes, struct spot *first)
{
	if (!bytes || pa >= llc->lines * LLC_LINE_BYTES)
		return 0;
	*first = spot_of(llc, (uint32_t)(pa / LLC_LINE_BYTES));
	return (uint32_t)((pa + bytes - 1) / LLC_LINE_BYTES) - first->line + 1;
}

/* Most writes hit lines that the last ones to these buffers left there, way by way. */
static uint32_t write_run(struct llc *llc, unsigned socket, struct spot *spot, uint32_t lines)
{
	struct slot *slot = &llc->cache[socket][llc->last_way * llc->sets + spot->set];
	uint32_t left = llc->sets - spot->set, n = 0;

	for (; n < lines && n < left && slot[n].tag == spot->line + n + 1; n++)
		slot[n].used = llc->clock;
	memset(&llc->state[spot->line], LLC_STATE_DEVICE, n);
	spot->line += n;
	spot->set += n;
	if (spot->set == llc->sets)
		spot->set = 0;
	llc->counts.write_hits += n;
	return n;
}

void llc_device_write(struct llc *llc, unsigned socket, uint64_t pa, uint32_t bytes)
{
	struct spot spot;
	uint32_t lines = line_range(llc, pa, bytes, &spot);

	llc->clock++;
	while (lines) {
		if (llc->cfg.ddio_ways)
			lines -= write_run(llc, socket, &spot, lines);
		if (!lines)
			break;
		write_line(llc, socket, spot);
		next_spot(llc, &spot);
		lines--;
	}
}

struct llc_read llc_device_read(struct llc *llc, unsigned socket, uint64_t pa, uint32_t bytes)
{
	struct llc_read met = { false, false };
	struct spot spot;

	for (uint32_t n = line_range(llc, pa, bytes, &spot); n; n--, next_spot(llc, &spot)) {
		uint32_t slot;
		unsigned at = find_any(llc, socket, spot, &slot);
		bool cold = llc->state[spot.line] == LLC_STATE_MEMORY;

		met.cold |= cold;
		met.remote |= (slot == NOWHERE ? llc->cfg.home : at) != socket;
		llc->counts.read_misses += cold;
		llc->counts.memory += cold;
		llc->counts.read_hits += !cold;
	}
	return met;
}

static enum llc_place place_of(const struct llc *llc, unsigned core, unsigned socket,
			       uint32_t line, unsigned at)
{
	uint8_t state = llc->state[line];

	switch (state) {
	case LLC_STATE_UNKNOWN:
	case LLC_STATE_COMMON:
		return LLC_OWN;
	case LLC_STATE_MEMORY:
		return llc->cfg.home == socket ? LLC_MEMORY : LLC_MEMORY_REMOTE;
	case LLC_STATE_FETCHED:
		return LLC_FETCHED;
	default:
		if (at != socket)
			return LLC_REMOTE;
		if (state == LLC_STATE_DEVICE)
			return LLC_SHARED;
		return state == core + 1 ? LLC_OWN : LLC_CORE;
	}
}

static bool is_of_another_core(uint8_t state, unsigned core)
{
	return state > LLC_STATE_UNKNOWN && state <= LLC_CORES_MAX && state != core + 1;
}

static enum llc_place take(struct llc *llc, unsigned core, unsigned socket, struct spot spot,
			   bool fetch)
{
	enum llc_place from;
	uint32_t slot = NOWHERE;
	unsigned at = socket;
	bool common;

	/* With one socket the state says all. */
	if (llc->cfg.sockets > 1)
		at = find_any(llc, socket, spot, &slot);
	from = place_of(llc, core, socket, spot.line, at);
	llc->counts.core[from]++;
	llc->counts.memory += from == LLC_MEMORY || from == LLC_MEMORY_REMOTE;
	if (llc->state[spot.line] == LLC_STATE_COMMON)
		return from;
	common = is_of_another_core(llc->state[spot.line], core);
	if (at != socket || !is_cached(llc, spot.line)) {
		llc->clock++;
		bring(llc, socket, spot, at, slot, llc->cfg.ways);
	}
	if (common)
		llc->state[spot.line] = LLC_STATE_COMMON;
	else
		llc->state[spot.line] =
			fetch && from != LLC_OWN ? LLC_STATE_FETCHED : (uint8_t)(core + 1);
	return from;
}

enum llc_place llc_core_touch(struct llc *llc, unsigned core, unsigned socket, uint64_t pa)
{
	struct spot spot;

	return line_range(llc, pa, 1, &spot) ? take(llc, core, socket, spot, false) : LLC_OWN;
}

enum llc_place llc_core_fetch(struct llc *llc, unsigned core, unsigned socket, uint64_t pa)
{
	struct spot spot;

	return line_range(llc, pa, 1, &spot) ? take(llc, core, socket, spot, true) : LLC_OWN;
}

const uint8_t *llc_states(const struct llc *llc)
{
	return llc->state;
}

const struct llc_counts *llc_counts(const struct llc *llc)
{
	return &llc->counts;
}
