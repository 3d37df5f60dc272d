/* SPDX-License-Identifier: MIT */
/* lockstep BLOCK [--ops N] [--seed N] [--coverage DIR]: runs random operations, in epochs of a
 * device each, and then the directed ones. Prints seed and epoch of the first difference; exit
 * 1 then. */
#include "tests/rtl/lockstep/lockstep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define EPOCH_OPS 2500u
#define TIME_BITS 54       /* of an epoch's latest time; the RTL counts 56 */

void ls_out(struct side *side, uint64_t what, uint64_t value)
{
	digest_u64(&side->out, sim_now(&side->sim).ps);
	digest_u64(&side->out, what);
	digest_u64(&side->out, value);
}

void ls_advance(struct lockstep *ls, uint64_t grains)
{
	struct at to = at_add(sim_now(&ls->side[0].sim), dur_ps(grains * ls->grain_ps));

	for (unsigned s = 0; s < SIDES; s++) {
		engine_run(ls->side[s].sim.engine, to);
		engine_advance(ls->side[s].sim.engine, to);
	}
}

uint64_t ls_below(struct lockstep *ls, uint64_t n)
{
	return random_below(&ls->random, n);
}

bool ls_chance(struct lockstep *ls, uint64_t den)
{
	return random_chance(&ls->random, 1, den);
}

void ls_advance_random(struct lockstep *ls, uint64_t typical_grains)
{
	uint64_t kind = ls_below(ls, 4096);
	uint64_t now = sim_now(&ls->side[0].sim).ps;

	if (kind == 0 && now >> TIME_BITS == 0)
		ls_advance(ls, (1ULL << ls_below(ls, TIME_BITS)) / ls->grain_ps + 1);
	else if (kind & 1)
		ls_advance(ls, ls_below(ls, typical_grains));
}

static bool same(const struct digest *a, const struct digest *b)
{
	return a->a == b->a && a->b == b->b && a->count == b->count;
}

static bool agree(const struct lockstep *ls)
{
	const struct side *c = &ls->side[0], *rtl = &ls->side[1];

	return same(&c->out, &rtl->out) && same(&c->sim.trace->digest, &rtl->sim.trace->digest) &&
	       c->messages == rtl->messages &&
	       engine_next(c->sim.engine).ps == engine_next(rtl->sim.engine).ps;
}

static void begin(struct lockstep *ls)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.%" PRIu64, ls->subject->name, ls->epoch);
	random_init(&ls->random, ls->seed, name);
	/* A clock that divides everything, or one so fast that nothing is rounded. */
	ls->grain_ps = ls_chance(ls, 2) ? 1 : 4000;
	ls->rtl.name = ls->subject->name;
	ls->rtl.clock_hz = PS_PER_S / ls->grain_ps;
	for (unsigned s = 0; s < SIDES; s++) {
		struct side *side = &ls->side[s];

		memset(side, 0, sizeof(*side));
		side->sim.engine = engine_create();
		side->sim.trace = trace_create(1);
		side->sim.stats = stats_create();
		digest_init(&side->out, 1);
	}
	ls->subject->begin(ls);
}

static void end(struct lockstep *ls)
{
	ls->subject->end(ls);
	for (unsigned s = 0; s < SIDES; s++) {
		struct side *side = &ls->side[s];

		engine_destroy(side->sim.engine);
		stats_destroy(side->sim.stats);
		trace_destroy(side->sim.trace);
	}
}

static bool fail(const struct lockstep *ls, const char *what, uint64_t op)
{
	printf("%s: C and RTL differ: seed %" PRIu64 ", epoch %" PRIu64 ", %s %" PRIu64
	       ", at %" PRIu64 " ps\n",
	       ls->subject->name, ls->seed, ls->epoch, what, op,
	       sim_now(&ls->side[0].sim).ps);
	return false;
}

/* Through all powers of two that are left: each bit of the time changes. */
static void late_times(struct lockstep *ls)
{
	for (unsigned bit = 0; bit <= TIME_BITS + 1; bit++) {
		uint64_t now = sim_now(&ls->side[0].sim).ps;

		if (now < 1ULL << bit)
			ls_advance(ls, ((1ULL << bit) - now) / ls->grain_ps);
		for (unsigned i = 0; i < 4; i++)
			ls->subject->operate(ls);
	}
}

static bool epoch(struct lockstep *ls, uint64_t ops, uint64_t *messages)
{
	bool good = true;

	begin(ls);
	for (uint64_t op = 0; op < ops && good; op++) {
		ls->subject->operate(ls);
		if (!agree(ls))
			good = fail(ls, "operation", op);
	}
	if (good) {
		ls->subject->directed(ls);
		late_times(ls);
		good = agree(ls) || fail(ls, "directed cases after", ops);
	}
	*messages += ls->side[0].messages;
	end(ls);
	return good;
}

/* An assertion of the RTL is a difference, too. */
static const struct lockstep *the_lockstep;

static void on_assert(const char *what, const char *file, int line, const char *func)
{
	printf("%s at %s:%d\n", what, file, line);
	fail(the_lockstep, "an assertion in operation", 0);
	fflush(NULL);
	_Exit(1);
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static const struct subject *const subjects[] = { &moderation_subject, &msix_subject,
							  &coalescing_subject };
	static struct lockstep ls = { .seed = 1 };
	uint64_t ops = 100000, done = 0, messages = 0;
	static char coverage[4096];
	const char *block = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (!strcmp(block, subjects[i]->name))
			ls.subject = subjects[i];
	for (int i = 2; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--ops"))
			ops = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--seed"))
			ls.seed = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--coverage"))
			ls.rtl.coverage = coverage;
	}
	if (!ls.subject)
		return fprintf(stderr, "usage: lockstep moderation|msix|coalescing ...\n"), 2;
	the_lockstep = &ls;
	assert_set_handler(on_assert);
	for (; done < ops; done += EPOCH_OPS, ls.epoch++) {
		if (ls.rtl.coverage)
			snprintf(coverage, sizeof(coverage), "%s/%s.%" PRIu64 ".dat",
				 argv[argc - 1], block, ls.epoch);
		if (!epoch(&ls, ops - done < EPOCH_OPS ? ops - done : EPOCH_OPS, &messages))
			return 1;
	}
	printf("%s: %" PRIu64 " operations, seed %" PRIu64 ", %" PRIu64
	       " messages: C and RTL agree\n", block, ops, ls.seed, messages);
	return 0;
}
