/* SPDX-License-Identifier: MIT */
/* ASSERT, its handler, and sim_fail. */
#include "model/core/assert.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/core/sim.h"
#include "tests/unit/core/expect_assert.h"

static void a_true_condition_is_evaluated_once_and_passes(void **state)
{
	int evaluated = 0;

	ASSERT(++evaluated == 1);
	assert_int_equal(evaluated, 1);
}

static void a_failing_assert_tells_its_handler_the_condition(void **state)
{
	int three = 3;

	EXPECT_ASSERT(ASSERT(three == 4));
	assert_string_equal(expect_assert_what, "three == 4");
}

static void the_handler_stays_until_it_is_replaced(void **state)
{
	volatile int caught = 0;

	assert_set_handler(expect_assert_leave);
	while (caught < 3) {
		if (!setjmp(expect_assert_env))
			assert_failed("again", __FILE__, __LINE__, __func__);
		caught++;
	}
	assert_set_handler(NULL);
	assert_int_equal(caught, 3);
}

/* Standard error of a child that fails an ASSERT without a handler, or with one that returns. */
static int failing_child(void (*handler)(const char *, const char *, int, const char *),
			 char *text, size_t bytes)
{
	int ends[2], status;
	ssize_t got, total = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		/* cmocka catches SIGILL; the child must die of it. */
		signal(SIGILL, SIG_DFL);
		signal(SIGTRAP, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		assert_set_handler(handler);
		assert_failed("a < b", "place.c", 12, "function");
	}
	close(ends[1]);
	while ((got = read(ends[0], text + total, bytes - 1 - total)) > 0)
		total += got;
	text[total] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void returning_handler(const char *what, const char *file, int line, const char *func)
{
}

static void without_a_handler_it_writes_the_place_and_traps(void **state)
{
	char text[256];
	int status = failing_child(NULL, text, sizeof(text));

	assert_true(WIFSIGNALED(status));
	assert_string_equal(text, "place.c:12: function: ASSERT(a < b) failed\n");
}

static void a_handler_that_returns_does_not_let_it_go_on(void **state)
{
	char text[256];
	int status = failing_child(returning_handler, text, sizeof(text));

	assert_true(WIFSIGNALED(status));
	assert_string_equal(text, "place.c:12: function: ASSERT(a < b) failed\n");
}

static void sim_fail_keeps_the_reason_and_returns_the_code(void **state)
{
	struct sim sim = { .seed = 1 };

	assert_int_equal(sim_fail(&sim, SIM_ERR_CONFIG, "rx_queues = %d: 1..%d", 200, 128),
			 SIM_ERR_CONFIG);
	assert_string_equal(sim.error, "rx_queues = 200: 1..128");
}

static void a_reason_too_long_is_cut(void **state)
{
	struct sim sim = { .seed = 1 };
	char reason[400];

	memset(reason, 'x', sizeof(reason));
	reason[399] = '\0';
	assert_int_equal(sim_fail(&sim, SIM_ERR_HOST, "%s", reason), SIM_ERR_HOST);
	assert_int_equal(strlen(sim.error), sizeof(sim.error) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_true_condition_is_evaluated_once_and_passes),
		cmocka_unit_test(a_failing_assert_tells_its_handler_the_condition),
		cmocka_unit_test(the_handler_stays_until_it_is_replaced),
		cmocka_unit_test(without_a_handler_it_writes_the_place_and_traps),
		cmocka_unit_test(a_handler_that_returns_does_not_let_it_go_on),
		cmocka_unit_test(sim_fail_keeps_the_reason_and_returns_the_code),
		cmocka_unit_test(a_reason_too_long_is_cut),
	};

	return cmocka_run_group_tests_name("assert_and_sim", tests, NULL, NULL);
}
