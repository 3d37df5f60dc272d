/* SPDX-License-Identifier: MIT */
/* 100,000 random operations on the engine and on a plain list, which is searched from end to end
 * for the earliest entry: both must run the same events at the same times. */
#include "model/core/engine.h"

#include "model/core/random.h"
#include "tests/unit/core/expect_assert.h"

#define EVENTS 300
#define OPERATIONS 100000

/* An entry of the reference: no heap, no back-pointers. */
struct entry {
	bool pending;
	uint64_t when_ps;
	enum phase phase;
	uint64_t inserted;
};

struct world;

struct subject {
	struct event event;
	struct world *world;
	unsigned id;
};

struct world {
	struct engine *engine;
	struct random random;
	struct subject subject[EVENTS];
	struct entry entry[EVENTS];
	uint64_t insertions;
	uint64_t now_ps;
	size_t pending;
	int last_run;      /* what the engine ran last; -1 = nothing since it was looked at */
};

static void subject_fired(void *ctx)
{
	struct subject *subject = ctx;

	assert_int_equal(subject->world->last_run, -1);
	subject->world->last_run = subject->id;
}

static bool entry_first(const struct entry *a, const struct entry *b)
{
	if (a->when_ps != b->when_ps)
		return a->when_ps < b->when_ps;
	if (a->phase != b->phase)
		return a->phase < b->phase;
	return a->inserted < b->inserted;
}

static int reference_first(const struct world *world)
{
	int first = -1, i;

	for (i = 0; i < EVENTS; i++)
		if (world->entry[i].pending &&
		    (first < 0 || entry_first(&world->entry[i], &world->entry[first])))
			first = i;
	return first;
}

static void insert(struct world *world, unsigned id, uint64_t when_ps)
{
	if (!world->entry[id].pending)
		world->pending++;
	world->entry[id].pending = true;
	world->entry[id].when_ps = when_ps;
	world->entry[id].inserted = world->insertions++;
}

static void run_one(struct world *world)
{
	int first = reference_first(world);

	world->last_run = -1;
	assert_int_equal(engine_run_one(world->engine), first >= 0);
	assert_int_equal(world->last_run, first);
	if (first < 0)
		return;
	world->entry[first].pending = false;
	world->pending--;
	world->now_ps = world->entry[first].when_ps;
}

static void operate(struct world *world)
{
	unsigned id = random_below(&world->random, EVENTS);
	struct event *event = &world->subject[id].event;
	/* Few instants, so that most have several events. */
	uint64_t when_ps = world->now_ps + random_below(&world->random, 50);
	unsigned choice = random_below(&world->random, 100);

	if (choice < 35 && !event_pending(event)) {
		engine_schedule(world->engine, event, at_ps(when_ps));
		insert(world, id, when_ps);
	} else if (choice < 60) {
		engine_reschedule(world->engine, event, at_ps(when_ps));
		insert(world, id, when_ps);
	} else if (choice < 75) {
		assert_int_equal(engine_cancel(world->engine, event), world->entry[id].pending);
		world->pending -= world->entry[id].pending;
		world->entry[id].pending = false;
	} else {
		run_one(world);
	}
}

static void check(const struct world *world)
{
	int first = reference_first(world);

	assert_int_equal(engine_pending(world->engine), world->pending);
	assert_int_equal(engine_now(world->engine).ps, world->now_ps);
	if (first < 0)
		assert_true(at_is_never(engine_next(world->engine)));
	else
		assert_int_equal(engine_next(world->engine).ps, world->entry[first].when_ps);
}

static void engine_agrees_with_a_searched_list(void **state)
{
	static struct world world;
	unsigned i;

	world.engine = engine_create();
	assert_non_null(world.engine);
	random_init(&world.random, 1, "engine_random");
	for (i = 0; i < EVENTS; i++) {
		world.subject[i].world = &world;
		world.subject[i].id = i;
		world.entry[i].phase = random_below(&world.random, PHASE_COUNT);
		event_init(&world.subject[i].event, "subject", world.entry[i].phase, subject_fired,
			   &world.subject[i]);
	}
	for (i = 0; i < OPERATIONS; i++) {
		operate(&world);
		check(&world);
	}
	/* The mix must have kept the heap busy, or nothing was tested. */
	assert_true(engine_events_run(world.engine) > OPERATIONS / 10);
	while (world.pending)
		run_one(&world);
	check(&world);
	engine_destroy(world.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine_agrees_with_a_searched_list),
	};

	return cmocka_run_group_tests_name("engine_random", tests, NULL, NULL);
}
