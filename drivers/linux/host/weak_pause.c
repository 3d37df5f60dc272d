/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/weak_pause.h"

#include <string.h>

#define SHORTEST_PS 250000u
/* Up to 16 us. */
#define OCTAVES     6
#define LATELY_PS   1000000000u
/* Of the places in the code, if not all. */
#define SOME_IN     3
/* What a core may lose: at first, and of the time since. */
#define AT_FIRST_PS 200000000u
#define SHARE       32u
#define ODD_CORES   0xaaaaaaaaaaaaaaaau

static uint64_t mix(uint64_t value)
{
	return value * 0x9e3779b97f4a7c15u >> 40;
}

void pauses_init(struct pauses *pauses, uint64_t seed)
{
	static const uint64_t cores[] = { UINT64_MAX, UINT64_MAX, ODD_CORES, ~ODD_CORES };
	struct random *random = &pauses->random;
	uint64_t one_in;
	unsigned kinds;

	memset(pauses, 0, sizeof(*pauses));
	random_init(random, seed, "pauses");
	kinds = (unsigned)random_below(random, 8);
	if (!kinds)
		return;
	one_in = 1u << random_below(random, 5);
	pauses->one_in[PAUSE_ANYWHERE] = one_in * 256;
	pauses->one_in[PAUSE_BEHIND_STORES] = kinds & 1 ? one_in * 4 : one_in * 256;
	pauses->one_in[PAUSE_POLLED] = kinds & 6 ? one_in : one_in * 256;
	pauses->octaves = OCTAVES - (unsigned)random_below(random, 3) / 2;
	pauses->shortest = (unsigned)random_below(random, pauses->octaves);
	pauses->rest = (4u << random_below(random, 3)) - 1;
	pauses->cores = cores[random_below(random, 4)];
	if (random_below(random, 2))
		pauses->some = random_u64(random) | 1;
}

static unsigned at(uint64_t pc)
{
	return (unsigned)mix(pc) % PAUSE_SITES;
}

void pauses_meet(struct pauses *pauses, uint64_t pc, uint64_t now_ps)
{
	pauses->site[at(pc)].pc = pc;
	pauses->site[at(pc)].met_ps = now_ps;
}

bool pauses_met(const struct pauses *pauses, uint64_t pc, uint64_t now_ps)
{
	return pauses->site[at(pc)].pc == pc && pauses->site[at(pc)].met_ps + LATELY_PS > now_ps;
}

uint64_t pauses_draw(struct pauses *pauses, unsigned core, enum pause_place place, uint64_t pc,
		     uint64_t now_ps)
{
	uint64_t ps, rest = pauses->rest;

	if (!pauses->since_ps)
		pauses->since_ps = now_ps;
	if (!pauses->one_in[place] || core >= PAUSE_CORES || now_ps < pauses->until_ps[core] ||
	    !(pauses->cores >> core & 1) ||
	    (pauses->some && mix((pc ^ pauses->some) * pauses->some) % SOME_IN) ||
	    random_below(&pauses->random, pauses->one_in[place]))
		return 0;
	ps = (uint64_t)SHORTEST_PS << (pauses->shortest +
				       random_below(&pauses->random,
						    pauses->octaves - pauses->shortest));
	ps += random_below(&pauses->random, ps);
	if (pauses->lost_ps[core] + ps > AT_FIRST_PS + (now_ps - pauses->since_ps) / SHARE)
		return 0;
	/* A core that has found nothing new is likely to have the time. */
	if (place != PAUSE_POLLED)
		rest = rest * 4 + 3;
	pauses->lost_ps[core] += ps;
	pauses->until_ps[core] = now_ps + ps * (1 + rest);
	return ps;
}
