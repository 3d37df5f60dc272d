/* SPDX-License-Identifier: MIT */
/* Litmus tests of weak memory (tools/memory-model of the kernel): what must show under some seed
 * without barriers, and must not under any with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/host/vmap.h"
#include "drivers/linux/host/weak.h"

#define PAGES 4u
#define SEEDS 400u
#define DATA  0x100u
#define FLAG  0x200u
#define LATER 1000000000u   /* no store waits so long */

static _Alignas(4096) unsigned char ram[PAGES << 12];

struct barriers {
	bool store, load;
};

static void store(struct weak *weak, unsigned core, uint64_t pa, uint64_t value)
{
	const struct weak_access access = { .pa = pa, .bytes = 8, .what = PLAT_WEAK_STORE };

	weak_access(weak, core, &access);
	memcpy(ram + pa, &value, 8);
}

static uint64_t load(struct weak *weak, unsigned core, uint64_t pa)
{
	const struct weak_access access = { .pa = pa, .bytes = 8, .what = PLAT_WEAK_LOAD };
	bool lent = weak_access(weak, core, &access);
	uint64_t value;

	memcpy(&value, ram + pa, 8);
	if (lent)
		weak_return(weak);
	return value;
}

static struct weak *begin(uint64_t seed)
{
	struct weak *weak = weak_create(ram, PAGES, 2, seed);

	assert_non_null(weak);
	memset(ram, 0, sizeof(ram));
	return weak;
}

/* Core 0 writes data, then a flag. Core 1 reads the flag, then the data: does it see the flag
 * without the data? */
static bool message_is_torn(uint64_t seed, struct barriers with)
{
	struct weak *weak = begin(seed);
	uint64_t flag, data;

	weak_in(weak, 0);
	store(weak, 0, DATA, 1);
	if (with.store)
		weak_order(weak, 0, false, true);
	store(weak, 0, FLAG, 1);
	weak_out(weak, 0, 0);
	weak_in(weak, 1);
	flag = load(weak, 1, FLAG);
	if (with.load)
		weak_order(weak, 1, true, false);
	data = load(weak, 1, DATA);
	weak_destroy(weak);
	return flag && !data;
}

static unsigned torn(struct barriers with)
{
	unsigned count = 0;

	for (unsigned seed = 0; seed < SEEDS; seed++)
		count += message_is_torn(seed, with);
	return count;
}

static void a_message_needs_both_barriers(void **state)
{
	assert_true(torn((struct barriers){ false, false }) > 0);
	assert_true(torn((struct barriers){ true, false }) > 0);
	assert_true(torn((struct barriers){ false, true }) > 0);
	assert_int_equal(torn((struct barriers){ true, true }), 0);
}

static void a_device_sees_the_flag_without_the_data(void **state)
{
	unsigned count = 0;

	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);

		weak_in(weak, 0);
		store(weak, 0, DATA, 1);
		store(weak, 0, FLAG, 1);
		weak_out(weak, 0, 0);
		count += ram[FLAG] && !ram[DATA];
		weak_in(weak, 0);
		assert_int_equal(ram[FLAG] + ram[DATA], 2);   /* its own core sees all */
		weak_destroy(weak);
	}
	assert_true(count > 0);
}

static void a_store_does_not_wait_for_ever(void **state)
{
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);

		weak_in(weak, 0);
		store(weak, 0, DATA, 1);
		weak_out(weak, 0, LATER);
		assert_int_equal(ram[DATA], 1);
		weak_destroy(weak);
	}
}

static void values_of_one_location_come_in_order(void **state)
{
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);
		uint64_t before = 0, now;

		for (uint64_t value = 1; value < 6; value++) {
			weak_in(weak, 0);
			store(weak, 0, DATA, value);
			weak_out(weak, 0, 0);
			weak_in(weak, 1);
			for (unsigned again = 0; again < 3; again++) {
				now = load(weak, 1, DATA);
				assert_true(now >= before);
				before = now;
			}
			weak_out(weak, 1, 0);
		}
		weak_destroy(weak);
	}
}

/* Old and new of a device's write: without a barrier behind the load that tells of it, what it
 * wrote before may be read as it was. */
static void a_descriptor_needs_a_barrier_too(void **state)
{
	unsigned with = 0, without = 0;

	for (unsigned seed = 0; seed < 2 * SEEDS; seed++) {
		struct weak *weak = begin(seed);

		weak_in(weak, 1);
		load(weak, 1, LATER % 4096 & ~7u);
		weak_device_write(weak, DATA, 8);
		ram[DATA] = 1;
		weak_device_write(weak, FLAG, 8);
		ram[FLAG] = 1;
		if (load(weak, 1, FLAG)) {
			if (seed & 1)
				weak_order(weak, 1, true, false);
			*(seed & 1 ? &with : &without) += !load(weak, 1, DATA);
		}
		weak_destroy(weak);
	}
	assert_true(without > 0);
	assert_int_equal(with, 0);
}

/* A load through a pointer comes after the load of the pointer, on all machines but one. */
static void a_pointer_leads_to_what_was_there_before_it(void **state)
{
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);

		weak_in(weak, 0);
		store(weak, 0, DATA, 1);
		weak_order(weak, 0, false, true);
		store(weak, 0, FLAG, (uint64_t)(uintptr_t)(ram + DATA));
		weak_out(weak, 0, 0);
		weak_in(weak, 1);
		if (load(weak, 1, FLAG))
			assert_int_equal(load(weak, 1, DATA), 1);
		weak_destroy(weak);
	}
}

static uint64_t load_short(struct weak *weak, unsigned core, uint64_t pa)
{
	const struct weak_access access = { .pa = pa, .bytes = 2, .what = PLAT_WEAK_LOAD };
	bool lent = weak_access(weak, core, &access);
	uint16_t value;

	memcpy(&value, ram + pa, 2);
	if (lent)
		weak_return(weak);
	return value;
}

/* As in an NVMe completion entry: its status and what it tells of are neighbours. */
static void neighbours_are_not_ordered(void **state)
{
	unsigned with = 0, without = 0;

	for (unsigned seed = 0; seed < 2 * SEEDS; seed++) {
		struct weak *weak = begin(seed);
		uint64_t both = 0x0001000100000000;

		weak_in(weak, 1);
		weak_device_write(weak, DATA, 8);
		memcpy(ram + DATA, &both, 8);
		if (load_short(weak, 1, DATA + 6)) {
			if (seed & 1)
				weak_order(weak, 1, true, false);
			*(seed & 1 ? &with : &without) += !load_short(weak, 1, DATA + 4);
			assert_int_equal(load_short(weak, 1, DATA + 6), 1);
		}
		weak_destroy(weak);
	}
	assert_true(without > 0);
	assert_int_equal(with, 0);
}

/* An atomic operation without a result is seen at once, with what its core has stored at the same
 * place, and says nothing of other places. */
static void an_atomic_orders_its_own_place_only(void **state)
{
	const struct weak_access atomic = { .pa = FLAG, .bytes = 8, .what = PLAT_WEAK_ATOMIC };
	unsigned data_late = 0;

	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);

		weak_in(weak, 0);
		store(weak, 0, DATA, 1);
		store(weak, 0, FLAG, 2);
		weak_access(weak, 0, &atomic);
		ram[FLAG]++;
		weak_out(weak, 0, 0);
		assert_int_equal(ram[FLAG], 3);
		data_late += !ram[DATA];
		weak_destroy(weak);
	}
	assert_true(data_late > 0);
}

/* Core 1 polls at one place in the code, where it finds what core 0 writes. Counts its pauses there
 * and at a place that reads what nobody writes. */
static void pauses_come_where_others_write(void **state)
{
	unsigned polled = 0, other = 0, without = 0;

	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);
		struct weak_access poll = { .pa = FLAG, .bytes = 8, .pc = 100 };
		struct weak_access own = { .pa = DATA, .bytes = 8, .pc = 200 };
		unsigned before = polled + other;
		uint64_t ps;

		for (unsigned i = 0; i < 200; i++) {
			poll.now_ps = own.now_ps = (uint64_t)i * 100000000;
			if (i % 4 == 0)
				store(weak, 0, FLAG, i);
			if (i % 4 == 0)
				load(weak, 1, FLAG);
			weak_order(weak, 1, true, true);
			ps = weak_pause(weak, 1, &poll);
			assert_true(!ps || (ps >= 250000 && ps < 16000000));
			polled += ps > 0;
			other += weak_pause(weak, 1, &own) > 0;
		}
		without += polled + other == before;
		weak_destroy(weak);
	}
	assert_true(without > 0);
	assert_true(polled > 16 * other);
	assert_true(other > 0);
}

static void a_core_rests_after_a_pause(void **state)
{
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct weak *weak = begin(seed);
		struct weak_access access = { .pa = DATA, .bytes = 8, .pc = 100 };
		uint64_t paused = 0;

		for (unsigned i = 0; i < 100000; i++) {
			uint64_t ps = weak_pause(weak, 1, &access);

			paused += ps;
			access.now_ps += ps + 10000;
		}
		assert_true(paused <= access.now_ps / 4);
		weak_destroy(weak);
	}
}

/* The vmalloc area: pages come and go, and pointers there lead to pages of RAM. */
static void pages_of_the_vmalloc_area_are_found(void **state)
{
	struct vmap vmap = { NULL, 0 };
	uint64_t va = PLAT_VMALLOC_BASE + (5000ull << 12);

	assert_true(vmap_look(&vmap, va) == VMAP_NOWHERE);
	assert_true(vmap_set(&vmap, va, 0x7000, 2 << 12));
	assert_int_equal(vmap_look(&vmap, va + 0x123), 0x7123);
	assert_int_equal(vmap_look(&vmap, va + 0x1fff), 0x8fff);
	assert_true(vmap_look(&vmap, va + 0x2000) == VMAP_NOWHERE);
	assert_true(vmap_look(&vmap, PLAT_VMALLOC_BASE - 1) == VMAP_NOWHERE);
	vmap_clear(&vmap, va, 1 << 12);
	assert_true(vmap_look(&vmap, va) == VMAP_NOWHERE);
	assert_int_equal(vmap_look(&vmap, va + 0x1000), 0x8000);
	vmap_destroy(&vmap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_needs_both_barriers),
		cmocka_unit_test(a_device_sees_the_flag_without_the_data),
		cmocka_unit_test(a_store_does_not_wait_for_ever),
		cmocka_unit_test(values_of_one_location_come_in_order),
		cmocka_unit_test(a_descriptor_needs_a_barrier_too),
		cmocka_unit_test(a_pointer_leads_to_what_was_there_before_it),
		cmocka_unit_test(neighbours_are_not_ordered),
		cmocka_unit_test(an_atomic_orders_its_own_place_only),
		cmocka_unit_test(pauses_come_where_others_write),
		cmocka_unit_test(a_core_rests_after_a_pause),
		cmocka_unit_test(pages_of_the_vmalloc_area_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
