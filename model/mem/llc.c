/* SPDX-License-Identifier: MIT */
#include "model/mem/llc.h"

#include <stdlib.h>

#define OWNER_DEVICE 0xffu
#define NOWHERE      UINT32_MAX

/* The clock keeps the 24 bits that remain: a line that nobody touches for that many requests may look
 * young for a while. */
#define OWNER_BITS 8u
#define OWNER_MASK ((1u << OWNER_BITS) - 1)

/* One host cache line holds most of a set: that is what a look-up costs. */
struct slot {
	uint32_t tag;            /* the line's number + 1; 0 = free */
	uint32_t state;          /* when it was used << OWNER_BITS | core or OWNER_DEVICE */
};

struct llc {
	struct llc_cfg cfg;
	struct slot *cache[LLC_SOCKETS_MAX];
	uint32_t sets, slots;
	uint32_t last_way;       /* in which a line was found last */
	uint32_t clock;          /* counts requests */
	uint8_t *left;           /* a bit for each line that was cached and had to leave */
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
	llc->left = calloc(llc->lines / 8 + 1, 1);
	good = llc->left != NULL;
	llc->slots = llc->sets * cfg->ways;
	for (unsigned s = 0; s < cfg->sockets; s++) {
		llc->cache[s] = calloc(llc->slots, sizeof(*llc->cache[s]));
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
	free(llc->left);
	free(llc);
}

static bool has_left(const struct llc *llc, uint32_t line)
{
	return llc->left[line / 8] >> line % 8 & 1;
}

static void set_left(struct llc *llc, uint32_t line, bool left)
{
	uint8_t bit = (uint8_t)(1u << line % 8);

	if (left)
		llc->left[line / 8] |= bit;
	else
		llc->left[line / 8] &= (uint8_t)~bit;
}

/* A line and the first slot of its set, so that a run of lines needs no division. */
struct spot {
	uint32_t line, first;
};

static struct spot spot_of(const struct llc *llc, uint32_t line)
{
	return (struct spot){ line, line % llc->sets * llc->cfg.ways };
}

static void next_spot(const struct llc *llc, struct spot *spot)
{
	spot->line++;
	spot->first += llc->cfg.ways;
	if (spot->first == llc->slots)
		spot->first = 0;
}

/* Neighbours came together, so they often are in the same way. */
static uint32_t find(struct llc *llc, unsigned socket, struct spot spot)
{
	const struct slot *set = &llc->cache[socket][spot.first];

	if (set[llc->last_way].tag == spot.line + 1)
		return spot.first + llc->last_way;
	for (uint32_t way = 0; way < llc->cfg.ways; way++)
		if (set[way].tag == spot.line + 1) {
			llc->last_way = way;
			return spot.first + way;
		}
	return NOWHERE;
}

/* The socket that has the line, that of the asker first; *slot is NOWHERE if none has it. */
static unsigned find_any(struct llc *llc, unsigned socket, struct spot spot, uint32_t *slot)
{
	*slot = find(llc, socket, spot);
	if (*slot != NOWHERE || llc->cfg.sockets == 1)
		return socket;
	*slot = find(llc, 1 - socket, spot);
	return *slot != NOWHERE ? 1 - socket : socket;
}

/* The line of a slot goes to memory. */
static void evict(struct llc *llc, const struct slot *slot)
{
	set_left(llc, slot->tag - 1, true);
	llc->counts.lost += (slot->state & OWNER_MASK) == OWNER_DEVICE;
}

static uint32_t age(const struct llc *llc, const struct slot *slot)
{
	return ((llc->clock << OWNER_BITS) - (slot->state & ~OWNER_MASK)) >> OWNER_BITS;
}

/* Of the first `ways` slots of a set, the one that is free or was used longest ago. */
static struct slot *make_room(struct llc *llc, struct slot *set, unsigned ways)
{
	struct slot *best = set;

	for (struct slot *slot = set; slot < set + ways; slot++) {
		if (!slot->tag)
			return slot;
		if (age(llc, slot) > age(llc, best))
			best = slot;
	}
	evict(llc, best);
	return best;
}

static void touch(const struct llc *llc, struct slot *slot, unsigned owner)
{
	slot->state = llc->clock << OWNER_BITS | owner;
}

static void place(struct llc *llc, unsigned socket, struct spot spot, unsigned ways, unsigned owner)
{
	struct slot *slot = make_room(llc, &llc->cache[socket][spot.first], ways);

	slot->tag = spot.line + 1;
	set_left(llc, spot.line, false);
	touch(llc, slot, owner);
}

static void write_line(struct llc *llc, unsigned socket, struct spot spot)
{
	uint32_t slot;
	unsigned at = find_any(llc, socket, spot, &slot);

	if (slot == NOWHERE)
		llc->counts.write_misses++;
	else
		llc->counts.write_hits++;
	if (slot != NOWHERE && (at != socket || !llc->cfg.ddio_ways))
		llc->cache[at][slot].tag = 0;
	if (!llc->cfg.ddio_ways)
		set_left(llc, spot.line, true);
	else if (slot == NOWHERE || at != socket)
		place(llc, socket, spot, llc->cfg.ddio_ways, OWNER_DEVICE);
	else
		touch(llc, &llc->cache[at][slot], OWNER_DEVICE);
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
	struct slot *way = llc->cache[socket] + llc->last_way;
	uint32_t n = 0;

	for (; n < lines && way[spot->first].tag == spot->line + 1; n++) {
		touch(llc, &way[spot->first], OWNER_DEVICE);
		next_spot(llc, spot);
	}
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
		bool cold = slot == NOWHERE && has_left(llc, spot.line);

		met.cold |= cold;
		met.remote |= (slot == NOWHERE ? llc->cfg.home : at) != socket;
		llc->counts.read_misses += cold;
		llc->counts.read_hits += !cold;
	}
	return met;
}

static enum llc_place place_of(const struct llc *llc, unsigned core, unsigned socket,
			       uint32_t line, unsigned at, uint32_t slot)
{
	if (slot == NOWHERE && !has_left(llc, line))
		return LLC_OWN;
	if (slot == NOWHERE)
		return llc->cfg.home == socket ? LLC_MEMORY : LLC_MEMORY_REMOTE;
	if (at != socket)
		return LLC_REMOTE;
	if ((llc->cache[at][slot].state & OWNER_MASK) == core)
		return LLC_OWN;
	return (llc->cache[at][slot].state & OWNER_MASK) == OWNER_DEVICE ? LLC_SHARED : LLC_CORE;
}

enum llc_place llc_core_touch(struct llc *llc, unsigned core, unsigned socket, uint64_t pa)
{
	enum llc_place from;
	struct spot spot;
	uint32_t slot;
	unsigned at;

	if (!line_range(llc, pa, 1, &spot))
		return LLC_OWN;
	llc->clock++;
	at = find_any(llc, socket, spot, &slot);
	from = place_of(llc, core, socket, spot.line, at, slot);
	llc->counts.core[from]++;
	if (slot != NOWHERE && at != socket)
		llc->cache[at][slot].tag = 0;
	if (slot == NOWHERE || at != socket)
		place(llc, socket, spot, llc->cfg.ways, core);
	else
		touch(llc, &llc->cache[at][slot], core);
	return from;
}

const struct llc_counts *llc_counts(const struct llc *llc)
{
	return &llc->counts;
}
