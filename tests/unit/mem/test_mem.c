/* SPDX-License-Identifier: MIT */
/* Simulated memory: bounds, the hole, aliases, and the private copy of a forked child. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/mem/mem.h"

#define PAGE     4096ULL
#define MIB      (1024 * 1024ULL)
#define LOW_END  (4 * MIB)
#define HIGH     (16 * MIB)
#define RAM      (6 * MIB)
#define ALIAS_VA 0x410000000000ULL
#define SPLIT_VA 0x418000000000ULL
#define BASE_VA  0x310000000000ULL

static struct sim sim;

static struct mem *make(uint64_t bytes, uint64_t base)
{
	struct mem_cfg cfg = { .bytes = bytes, .base = base, .low_end = LOW_END, .high = HIGH };
	struct mem *mem;

	assert_int_equal(mem_create(&mem, &sim, &cfg), SIM_OK);
	return mem;
}

/* Volatile: the compiler takes different constant addresses for different memory. */
static volatile uint8_t *va(uint64_t address)
{
	return (volatile uint8_t *)address;
}

static void what_is_written_is_read_back_in_every_size(void **state)
{
	struct mem *mem = make(RAM, 0);
	uint8_t out[300], in[300];

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + 1);
	for (size_t bytes = 1; bytes <= sizeof(out); bytes++) {
		memset(in, 0, sizeof(in));
		assert_true(mem_write(mem, 8191 + bytes, out, bytes));
		assert_true(mem_read(mem, 8191 + bytes, in, bytes));
		assert_memory_equal(in, out, bytes);
	}
	assert_int_equal(mem_bytes(mem), RAM);
	mem_destroy(mem);
}

static void ram_ends_at_the_hole_and_goes_on_above_it(void **state)
{
	struct mem *mem = make(RAM, 0);
	uint64_t word = 0;

	(void)state;
	assert_true(mem_write(mem, LOW_END - 8, &word, 8));
	assert_false(mem_write(mem, LOW_END - 7, &word, 8));
	assert_false(mem_write(mem, LOW_END, &word, 8));
	assert_false(mem_read(mem, HIGH - 1, &word, 1));
	assert_false(mem_read(mem, HIGH - 4, &word, 8));
	assert_true(mem_read(mem, HIGH, &word, 8));
	assert_true(mem_read(mem, HIGH + 2 * MIB - 8, &word, 8));
	assert_false(mem_read(mem, HIGH + 2 * MIB - 7, &word, 8));
	mem_destroy(mem);
}

static void ram_below_low_end_has_no_upper_part(void **state)
{
	struct mem *mem = make(MIB, 0);
	uint8_t byte = 0;

	(void)state;
	assert_true(mem_read(mem, MIB - 1, &byte, 1));
	assert_false(mem_read(mem, MIB, &byte, 1));
	assert_false(mem_read(mem, HIGH, &byte, 1));
	mem_destroy(mem);
}

static void bounds_checks_do_not_overflow(void **state)
{
	struct mem *mem = make(RAM, 0);
	uint8_t byte = 0x5a;

	(void)state;
	assert_null(mem_at(mem, UINT64_MAX, 1));
	assert_null(mem_at(mem, UINT64_MAX - 7, 16));
	assert_null(mem_at(mem, 0, SIZE_MAX));
	assert_null(mem_at(mem, 16, SIZE_MAX - 8));
	assert_null(mem_at(mem, HIGH, SIZE_MAX));
	assert_null(mem_at(mem, HIGH + 16, SIZE_MAX - HIGH));
	assert_false(mem_read(mem, UINT64_MAX, &byte, 1));
	assert_int_equal(byte, 0x5a);
	mem_destroy(mem);
}

static void a_refused_write_moves_nothing(void **state)
{
	struct mem *mem = make(RAM, 0);
	uint8_t ones[16];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_false(mem_write(mem, LOW_END - 8, ones, sizeof(ones)));
	assert_int_equal(*(uint64_t *)mem_at(mem, LOW_END - 8, 8), 0);
	mem_destroy(mem);
}

static void arena_lies_at_the_address_asked_for(void **state)
{
	struct mem *mem = make(RAM, BASE_VA);

	(void)state;
	assert_int_equal((uint64_t)mem_at(mem, 0, 1), BASE_VA);
	assert_int_equal((uint64_t)mem_at(mem, HIGH + 5, 1), BASE_VA + HIGH + 5);
	mem_destroy(mem);
}

static void an_address_in_use_is_refused(void **state)
{
	struct mem_cfg cfg = { .bytes = RAM, .base = BASE_VA, .low_end = LOW_END, .high = HIGH };
	struct mem *first = make(RAM, BASE_VA), *second;

	(void)state;
	va(BASE_VA)[0] = 7;
	assert_int_equal(mem_create(&second, &sim, &cfg), SIM_ERR_HOST);
	assert_null(second);
	assert_non_null(strstr(sim.error, "0x310000000000"));
	assert_int_equal(va(BASE_VA)[0], 7);
	mem_destroy(first);
}

static void bad_configurations_are_refused(void **state)
{
	const struct mem_cfg bad[] = {
		{ .bytes = 0, .low_end = LOW_END, .high = HIGH },
		{ .bytes = RAM + 1, .low_end = LOW_END, .high = HIGH },
		{ .bytes = RAM, .base = 1, .low_end = LOW_END, .high = HIGH },
		{ .bytes = RAM, .low_end = LOW_END + 8, .high = HIGH },
		{ .bytes = RAM, .low_end = LOW_END, .high = LOW_END - PAGE },
		{ .bytes = RAM, .low_end = LOW_END, .high = 1ULL << 60 },
	};
	struct mem *mem;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(mem_create(&mem, &sim, &bad[i]), SIM_ERR_CONFIG);
		assert_null(mem);
	}
}

static void untouched_memory_takes_no_host_memory(void **state)
{
	struct mem_cfg cfg = { .bytes = 512ULL << 30, .low_end = 3ULL << 30, .high = 4ULL << 30 };
	struct mem *mem;
	struct rusage before, after;

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(mem_create(&mem, &sim, &cfg), SIM_OK);
	for (uint64_t pa = 4ULL << 30; pa < 500ULL << 30; pa += 8ULL << 30)
		assert_true(mem_write(mem, pa, "x", 1));
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
	mem_destroy(mem);
}

static void alias_shows_the_same_bytes(void **state)
{
	struct mem *mem = make(RAM, 0);

	(void)state;
	assert_int_equal(mem_alias(mem, ALIAS_VA, 3 * PAGE, 2 * PAGE), SIM_OK);
	assert_int_equal(mem_alias(mem, ALIAS_VA + 2 * PAGE, HIGH, PAGE), SIM_OK);
	va(ALIAS_VA)[5] = 11;
	va(ALIAS_VA + 2 * PAGE)[9] = 22;
	assert_int_equal(*(uint8_t *)mem_at(mem, 3 * PAGE + 5, 1), 11);
	assert_int_equal(*(uint8_t *)mem_at(mem, HIGH + 9, 1), 22);
	assert_true(mem_write(mem, 4 * PAGE, "z", 1));
	assert_int_equal(va(ALIAS_VA + PAGE)[0], 'z');
	mem_destroy(mem);
}

static bool mapped(uint64_t address)
{
	unsigned char vector;

	return mincore((void *)address, PAGE, &vector) == 0;
}

static void partial_unalias_keeps_both_ends(void **state)
{
	struct mem *mem = make(RAM, 0);

	(void)state;
	assert_int_equal(mem_alias(mem, ALIAS_VA, 0, 8 * PAGE), SIM_OK);
	assert_int_equal(mem_aliases(mem), 1);
	mem_unalias(mem, ALIAS_VA + 3 * PAGE, 2 * PAGE);
	assert_int_equal(mem_aliases(mem), 2);
	assert_true(mapped(ALIAS_VA + 2 * PAGE));
	assert_false(mapped(ALIAS_VA + 3 * PAGE));
	assert_false(mapped(ALIAS_VA + 4 * PAGE));
	va(ALIAS_VA + 5 * PAGE)[0] = 33;
	assert_int_equal(*(uint8_t *)mem_at(mem, 5 * PAGE, 1), 33);
	mem_unalias(mem, ALIAS_VA + 2 * PAGE, 4 * PAGE);   /* across the gap */
	assert_false(mapped(ALIAS_VA + 2 * PAGE));
	assert_false(mapped(ALIAS_VA + 5 * PAGE));
	assert_true(mapped(ALIAS_VA + PAGE));
	assert_true(mapped(ALIAS_VA + 6 * PAGE));
	mem_unalias(mem, ALIAS_VA, 8 * PAGE);
	assert_int_equal(mem_aliases(mem), 0);
	assert_false(mapped(ALIAS_VA));
	mem_destroy(mem);
}

static void a_second_alias_replaces_the_first(void **state)
{
	struct mem *mem = make(RAM, 0);

	(void)state;
	assert_true(mem_write(mem, 0, "a", 1));
	assert_true(mem_write(mem, 2 * PAGE, "c", 1));
	assert_true(mem_write(mem, 7 * PAGE, "h", 1));
	assert_int_equal(mem_alias(mem, ALIAS_VA, 0, 3 * PAGE), SIM_OK);
	assert_int_equal(mem_alias(mem, ALIAS_VA + PAGE, 7 * PAGE, PAGE), SIM_OK);
	assert_int_equal(mem_aliases(mem), 3);
	assert_int_equal(va(ALIAS_VA)[0], 'a');
	assert_int_equal(va(ALIAS_VA + PAGE)[0], 'h');
	assert_int_equal(va(ALIAS_VA + 2 * PAGE)[0], 'c');
	mem_destroy(mem);
}

static void alias_of_what_is_not_ram_or_not_free_is_refused(void **state)
{
	struct mem *mem = make(RAM, 0);
	uint64_t arena = (uint64_t)mem_at(mem, 0, 1);
	static uint8_t ours[2 * PAGE] __attribute__((aligned(4096)));

	(void)state;
	assert_int_equal(mem_alias(mem, ALIAS_VA, LOW_END - PAGE, 2 * PAGE), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, ALIAS_VA, 0, 0), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, ALIAS_VA + 8, 0, PAGE), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, ALIAS_VA, 8, PAGE), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, ALIAS_VA, 0, PAGE + 8), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, arena + LOW_END, 0, PAGE), SIM_ERR_CONFIG);
	assert_int_equal(mem_alias(mem, UINT64_MAX - PAGE + 1, 0, 2 * PAGE), SIM_ERR_CONFIG);
	ours[0] = 1;
	assert_int_equal(mem_alias(mem, (uint64_t)ours, 0, PAGE), SIM_ERR_HOST);
	assert_int_equal(ours[0], 1);
	mem_unalias(mem, (uint64_t)ours, PAGE);   /* not ours to unmap */
	assert_int_equal(ours[0], 1);
	assert_int_equal(mem_aliases(mem), 0);
	mem_destroy(mem);
}

/* Every page its own alias in an order that hits the table everywhere; then checked against a plain
 * list of what should lie where. */
static void thousands_of_aliases_stay_right(void **state)
{
	enum { PAGES = 1021 };
	struct mem *mem = make(RAM, 0);
	int32_t at[PAGES];
	uint32_t lcg = 1;

	(void)state;
	for (int i = 0; i < PAGES; i++) {
		at[i] = -1;
		*(uint32_t *)mem_at(mem, (uint64_t)i * PAGE, 4) = (uint32_t)i;
	}
	for (int step = 0; step < 5000; step++) {
		uint32_t slot, page, count;

		lcg = lcg * 1664525u + 1013904223u;
		slot = (lcg >> 8) % PAGES;
		page = (lcg >> 4) % PAGES;
		count = 1 + (lcg >> 28) % 4;
		if (slot + count > PAGES || page + count > PAGES)
			continue;
		if (step % 3 == 2) {
			mem_unalias(mem, ALIAS_VA + slot * PAGE, count * PAGE);
			for (uint32_t i = 0; i < count; i++)
				at[slot + i] = -1;
		} else {
			assert_int_equal(mem_alias(mem, ALIAS_VA + slot * PAGE, page * PAGE,
						   count * PAGE), SIM_OK);
			for (uint32_t i = 0; i < count; i++)
				at[slot + i] = (int32_t)(page + i);
		}
	}
	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(mapped(ALIAS_VA + (uint64_t)i * PAGE), at[i] >= 0);
		if (at[i] >= 0)
			assert_int_equal(*(volatile uint32_t *)va(ALIAS_VA + (uint64_t)i * PAGE),
					 at[i]);
	}
	mem_destroy(mem);
}

/* An alias of eight pages from which the first and the middle were taken out again. */
static bool split_kept(unsigned page)
{
	return page != 0 && page != 3 && page != 4;
}

static void make_split(struct mem *mem)
{
	for (unsigned page = 0; page < 8; page++)
		va(BASE_VA + page * PAGE)[7] = (uint8_t)(page + 50);
	assert_int_equal(mem_alias(mem, SPLIT_VA, 0, 8 * PAGE), SIM_OK);
	mem_unalias(mem, SPLIT_VA, PAGE);
	mem_unalias(mem, SPLIT_VA + 3 * PAGE, 2 * PAGE);
}

/* What the child checks; its exit code is the first check that failed. */
static int child(struct mem *mem, int go, int ready)
{
	char byte;

	if (mem_after_fork(mem))
		return 1;
	if (va(BASE_VA)[100] != 1 || va(BASE_VA + HIGH)[100] != 2 || va(ALIAS_VA)[100] != 2)
		return 2;
	va(BASE_VA + HIGH)[100] = 42;
	if (va(ALIAS_VA)[100] != 42)
		return 3;
	if (va(BASE_VA + LOW_END / 2)[0] != 0)
		return 4;
	if (mem_alias(mem, ALIAS_VA + PAGE, 0, PAGE) || va(ALIAS_VA + PAGE)[100] != 1)
		return 5;
	for (unsigned page = 0; page < 8; page++)
		if (mapped(SPLIT_VA + page * PAGE) != split_kept(page) ||
		    (split_kept(page) && va(SPLIT_VA + page * PAGE)[7] != page + 50))
			return 8;
	/* The parent writes now; we must not see it. */
	if (write(ready, "r", 1) != 1 || read(go, &byte, 1) != 1)
		return 6;
	return va(BASE_VA)[100] == 1 ? 0 : 7;
}

static void forked_child_has_its_own_copy(void **state)
{
	struct mem *mem = make(RAM, BASE_VA);
	int go[2], ready[2], status;
	char byte;
	pid_t pid;

	(void)state;
	va(BASE_VA)[100] = 1;
	va(BASE_VA + HIGH)[100] = 2;
	assert_int_equal(mem_alias(mem, ALIAS_VA, HIGH, PAGE), SIM_OK);
	make_split(mem);
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		close(ready[0]);
		_exit(child(mem, go[0], ready[1]));
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		va(BASE_VA)[100] = 99;
		assert_int_equal(write(go[1], "g", 1), 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(va(BASE_VA + HIGH)[100], 2);
	assert_int_equal(va(ALIAS_VA)[100], 2);
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	mem_destroy(mem);
}

static void access_to_the_hole_faults(void **state)
{
	struct mem *mem = make(RAM, BASE_VA);
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);   /* cmocka's handler would go on with the next test */
		va(BASE_VA)[LOW_END] = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	mem_destroy(mem);
}

static void two_memories_do_not_share(void **state)
{
	struct mem *a = make(MIB, 0), *b = make(MIB, 0);
	uint8_t byte = 1;

	(void)state;
	assert_true(mem_write(a, 0, "q", 1));
	assert_true(mem_read(b, 0, &byte, 1));
	assert_int_equal(byte, 0);
	mem_destroy(a);
	mem_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back_in_every_size),
		cmocka_unit_test(ram_ends_at_the_hole_and_goes_on_above_it),
		cmocka_unit_test(ram_below_low_end_has_no_upper_part),
		cmocka_unit_test(bounds_checks_do_not_overflow),
		cmocka_unit_test(a_refused_write_moves_nothing),
		cmocka_unit_test(arena_lies_at_the_address_asked_for),
		cmocka_unit_test(an_address_in_use_is_refused),
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(untouched_memory_takes_no_host_memory),
		cmocka_unit_test(alias_shows_the_same_bytes),
		cmocka_unit_test(partial_unalias_keeps_both_ends),
		cmocka_unit_test(a_second_alias_replaces_the_first),
		cmocka_unit_test(alias_of_what_is_not_ram_or_not_free_is_refused),
		cmocka_unit_test(thousands_of_aliases_stay_right),
		cmocka_unit_test(forked_child_has_its_own_copy),
		cmocka_unit_test(access_to_the_hole_faults),
		cmocka_unit_test(two_memories_do_not_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
