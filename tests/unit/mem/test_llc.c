/* SPDX-License-Identifier: MIT */
/* Who touched a line last: the ways of devices, what leaves, sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/mem/llc.h"

#define SETS   64u
#define WAYS   8u
#define DDIO   2u
/* Lines of one set lie this far apart. */
#define STRIDE (uint64_t)(SETS * LLC_LINE_BYTES)
#define END    (64 * STRIDE)

static struct sim sim;

static struct llc *make(unsigned sockets, unsigned home, unsigned ddio_ways)
{
	struct llc_cfg cfg = { .sockets = sockets, .home = home, .ways = WAYS,
			       .bytes = (uint64_t)SETS * WAYS * LLC_LINE_BYTES,
			       .ddio_ways = ddio_ways, .memory_end = END };
	struct llc *llc;

	assert_int_equal(llc_create(&llc, &sim, &cfg), SIM_OK);
	return llc;
}

static void what_a_device_wrote_is_in_the_cache_until_its_ways_are_full(void **state)
{
	struct llc *llc = make(1, 0, DDIO);

	(void)state;
	for (unsigned n = 0; n < 3; n++)
		llc_device_write(llc, 0, n * STRIDE, 64);
	assert_int_equal(llc_counts(llc)->lost, 1);
	assert_int_equal(llc_counts(llc)->memory, 1);
	assert_int_equal(llc_core_touch(llc, 3, 0, 0), LLC_MEMORY);
	assert_int_equal(llc_counts(llc)->memory, 2);
	assert_int_equal(llc_core_touch(llc, 3, 0, STRIDE + 63), LLC_SHARED);
	assert_int_equal(llc_core_touch(llc, 3, 0, STRIDE), LLC_OWN);
	assert_int_equal(llc_core_touch(llc, 4, 0, STRIDE), LLC_CORE);
	assert_int_equal(llc_states(llc)[STRIDE / LLC_LINE_BYTES], LLC_STATE_COMMON);
	assert_int_equal(llc_core_touch(llc, 3, 0, STRIDE), LLC_OWN);
	assert_int_equal(llc_core_touch(llc, 4, 0, STRIDE), LLC_OWN);
	llc_device_write(llc, 0, STRIDE, 64);
	assert_int_equal(llc_core_touch(llc, 4, 0, STRIDE), LLC_SHARED);
	assert_int_equal(llc_core_touch(llc, 4, 0, 2 * STRIDE), LLC_SHARED);
	llc_destroy(llc);
}

static void a_write_updates_a_line_where_it_is_cached(void **state)
{
	struct llc *llc = make(1, 0, DDIO);

	(void)state;
	for (unsigned n = 0; n < WAYS; n++)
		assert_int_equal(llc_core_touch(llc, 1, 0, n * STRIDE), LLC_OWN);
	for (unsigned n = 0; n < WAYS; n++)
		llc_device_write(llc, 0, n * STRIDE, 64);
	assert_int_equal(llc_counts(llc)->write_hits, WAYS);
	assert_int_equal(llc_counts(llc)->lost, 0);
	for (unsigned n = 0; n < WAYS; n++)
		assert_int_equal(llc_core_touch(llc, 1, 0, n * STRIDE), LLC_SHARED);
	llc_destroy(llc);
}

static void without_ways_for_devices_their_data_are_in_memory(void **state)
{
	struct llc *llc = make(1, 0, 0);

	(void)state;
	assert_int_equal(llc_core_touch(llc, 1, 0, 64), LLC_OWN);
	llc_device_write(llc, 0, 0, 256);
	assert_int_equal(llc_counts(llc)->write_hits, 1);
	assert_int_equal(llc_counts(llc)->write_misses, 3);
	assert_true(llc_device_read(llc, 0, 0, 4).cold);
	assert_int_equal(llc_core_touch(llc, 1, 0, 64), LLC_MEMORY);
	assert_false(llc_device_read(llc, 0, 64, 4).cold);
	llc_destroy(llc);
}

static void a_device_reads_what_left_the_cache_from_memory(void **state)
{
	struct llc *llc = make(1, 0, DDIO);

	(void)state;
	for (unsigned n = 0; n <= WAYS; n++)
		llc_core_touch(llc, 0, 0, n * STRIDE);
	assert_true(llc_device_read(llc, 0, 0, 64).cold);
	assert_true(llc_device_read(llc, 0, 0, 1).cold);
	assert_false(llc_device_read(llc, 0, STRIDE, 64).cold);
	/* One cold line makes the whole read cold. */
	assert_true(llc_device_read(llc, 0, 0, 4096).cold);
	assert_false(llc_device_read(llc, 0, 64, 4032).cold);
	assert_int_equal(llc_counts(llc)->read_misses, 3);
	assert_int_equal(llc_counts(llc)->memory, 3);
	llc_destroy(llc);
}

static void the_line_written_or_brought_longest_ago_makes_room(void **state)
{
	struct llc *llc = make(1, 0, DDIO);

	(void)state;
	for (unsigned n = 0; n < WAYS; n++)
		llc_core_touch(llc, 0, 0, n * STRIDE);
	llc_device_write(llc, 0, 0, 64);
	llc_core_touch(llc, 0, 0, WAYS * STRIDE);
	assert_int_equal(llc_core_touch(llc, 0, 0, 0), LLC_SHARED);
	assert_int_equal(llc_core_touch(llc, 0, 0, STRIDE), LLC_MEMORY);
	llc_destroy(llc);
}

static void another_socket_is_remote(void **state)
{
	struct llc *llc = make(2, 1, DDIO);

	(void)state;
	assert_true(llc_device_read(llc, 0, 0, 64).remote);   /* memory of the other one */
	assert_false(llc_device_read(llc, 1, 0, 64).remote);
	llc_device_write(llc, 0, 0, 64);                       /* into the device's own socket */
	assert_false(llc_device_read(llc, 0, 0, 64).remote);
	assert_int_equal(llc_core_touch(llc, 5, 1, 0), LLC_REMOTE);
	assert_true(llc_device_read(llc, 0, 0, 64).remote);
	llc_device_write(llc, 0, 0, 64);
	llc_device_write(llc, 0, STRIDE, 64);
	llc_device_write(llc, 0, 2 * STRIDE, 64);
	assert_int_equal(llc_core_touch(llc, 0, 0, 0), LLC_MEMORY_REMOTE);
	llc_destroy(llc);
}

static void addresses_beyond_memory_mean_nothing(void **state)
{
	struct llc *llc = make(1, 0, DDIO);

	(void)state;
	llc_device_write(llc, 0, END, 64);
	llc_device_write(llc, 0, 0, 0);
	assert_false(llc_device_read(llc, 0, UINT64_MAX - 64, 64).cold);
	assert_int_equal(llc_core_touch(llc, 0, 0, END), LLC_OWN);
	assert_int_equal(llc_counts(llc)->write_misses, 0);
	llc_destroy(llc);
}

static void impossible_caches_are_refused(void **state)
{
	struct llc_cfg good = { .sockets = 1, .ways = 1, .bytes = 64, .memory_end = 4096 };
	struct llc_cfg bad[] = { good, good, good, good, good };
	struct llc *llc;

	(void)state;
	bad[0].sockets = 3;
	bad[1].home = 1;
	bad[2].ways = LLC_WAYS_MAX + 1;
	bad[3].ddio_ways = 2;
	bad[4].bytes = 63;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(llc_create(&llc, &sim, &bad[i]), SIM_ERR_CONFIG);
	assert_int_equal(llc_create(&llc, &sim, &good), SIM_OK);
	llc_destroy(llc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_device_wrote_is_in_the_cache_until_its_ways_are_full),
		cmocka_unit_test(a_write_updates_a_line_where_it_is_cached),
		cmocka_unit_test(without_ways_for_devices_their_data_are_in_memory),
		cmocka_unit_test(a_device_reads_what_left_the_cache_from_memory),
		cmocka_unit_test(the_line_written_or_brought_longest_ago_makes_room),
		cmocka_unit_test(another_socket_is_remote),
		cmocka_unit_test(addresses_beyond_memory_mean_nothing),
		cmocka_unit_test(impossible_caches_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
