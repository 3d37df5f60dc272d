/* SPDX-License-Identifier: MIT */
/* The SystemC host with foreign modules beside a guest that has events and simulated cores. SystemC
 * elaborates once a process, so every simulation has a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/systemc/systemc_host.h"
#include "tests/unit/systemc/foreign.h"
#include "tests/unit/systemc/guest.h"

#define EXACT dur_ps(0)

/* The child's struct order comes back through shared memory. */
static struct order *shared;

static void simulate(struct dur interleave, struct dur length, void (*foreign)(void *))
{
	struct systemc_guest guest = { guest_step, NULL };

	guest_create(shared, interleave, at_ps(length.ps));
	if (!shared->error)
		shared->error = systemc_run(&guest, foreign, shared);
	shared->host_activations = systemc_activations();
	foreign_destroy();
	guest_destroy();
}

static struct order run(struct dur interleave, struct dur length, void (*foreign)(void *))
{
	int status;
	pid_t child;

	memset(shared, 0, sizeof(*shared));
	fflush(NULL);
	child = fork();
	if (child == 0) {
		simulate(interleave, length, foreign);
		exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return *shared;
}

static int same_guest(const struct order *a, const struct order *b)
{
	return a->guest.a == b->guest.a && a->guest.b == b->guest.b &&
	       a->guest.count == b->guest.count;
}

static void a_million_activations_are_in_time_order(void **state)
{
	struct order order = run(EXACT, dur_ms(16), foreign_watches);

	assert_int_equal(order.error, 0);
	assert_true(order.activations[ACTOR_GUEST] + order.activations[ACTOR_FOREIGN] >= 1000000);
	assert_true(order.ties > 1000);
	assert_int_equal(order.violations, 0);
	assert_int_equal(order.late, 0);
}

static void foreign_actions_on_the_guest_take_place_at_their_time(void **state)
{
	struct order order = run(EXACT, dur_ms(8), foreign_pokes), again;

	assert_int_equal(order.error, 0);
	assert_true(order.pokes > 10000 && order.spins > 10000 && order.wakes > 10000);
	assert_int_equal(order.violations, 0);
	assert_int_equal(order.late, 0);
	again = run(EXACT, dur_ms(8), foreign_pokes);
	assert_true(same_guest(&order, &again));
}

static void guest_does_not_notice_who_only_watches(void **state)
{
	static const unsigned interleave_ns[] = { 0, 100, 1000 };

	for (unsigned i = 0; i < sizeof(interleave_ns) / sizeof(interleave_ns[0]); i++) {
		struct order alone = run(dur_ns(interleave_ns[i]), dur_ms(1), NULL);
		struct order watched = run(dur_ns(interleave_ns[i]), dur_ms(1), foreign_watches);

		assert_true(alone.activations[ACTOR_GUEST] > 10000);
		assert_true(watched.activations[ACTOR_FOREIGN] > 10000);
		assert_true(same_guest(&alone, &watched));
	}
}

/* Twice at time zero: the delta cycles of the others, then the whole run. */
static void guest_alone_is_activated_a_constant_number_of_times(void **state)
{
	assert_int_equal(run(EXACT, dur_us(10), NULL).host_activations, 2);
	assert_int_equal(run(EXACT, dur_ms(1), NULL).host_activations, 2);
}

static void activations_end_with_foreign_activity(void **state)
{
	struct order brief = run(EXACT, dur_us(10), foreign_ends_early);
	struct order lengthy = run(EXACT, dur_ms(1), foreign_ends_early);

	assert_int_equal(brief.activations[ACTOR_FOREIGN], 11);
	assert_in_range(brief.host_activations, 11, 40);
	assert_int_equal(lengthy.host_activations, brief.host_activations);
	assert_int_equal(lengthy.violations, 0);
}

static void another_time_resolution_is_refused(void **state)
{
	assert_int_equal(run(EXACT, dur_us(1), foreign_coarse_time).error, -1);
}

static int setup(void **state)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	return shared == MAP_FAILED;
}

static int teardown(void **state)
{
	return munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_activations_are_in_time_order),
		cmocka_unit_test(foreign_actions_on_the_guest_take_place_at_their_time),
		cmocka_unit_test(guest_does_not_notice_who_only_watches),
		cmocka_unit_test(guest_alone_is_activated_a_constant_number_of_times),
		cmocka_unit_test(activations_end_with_foreign_activity),
		cmocka_unit_test(another_time_resolution_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
