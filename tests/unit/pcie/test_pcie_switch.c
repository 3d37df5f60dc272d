/* SPDX-License-Identifier: MIT */
/* Two devices behind one switch share its link. */
#include "tests/unit/pcie/rig.h"

#include <stdlib.h>

#define TLP_WRITE  24u
#define TLP_READ   24u
#define TLP_CPLD   20u
#define SWITCH_NS  100u
#define COUNT      400u

struct pair {
	struct rig *one, *two;
	struct pcie_switch *sw;
};

static void pair_create(struct pair *pair, struct rig *rig, bool id_ordering, unsigned headers)
{
	struct pcie_cfg cfg[2] = { rig_cfg("eth0"), rig_cfg("nvme0") };
	struct pcie_switch_cfg shared = {
		.name = "sw0", .gen = 3, .lanes = 8, .mps = 256, .latency = dur_ns(SWITCH_NS),
	};

	pair->one = rig;
	pair->two = calloc(1, sizeof(*pair->two));
	assert_non_null(pair->two);
	rig_share_begin(pair->two, rig);
	assert_int_equal(pcie_switch_create(&pair->sw, &rig->sim, &shared), SIM_OK);
	for (unsigned i = 0; i < 2; i++) {
		cfg[i].uplink = pair->sw;
		cfg[i].link.id_ordering = id_ordering;
		cfg[i].link.posted.headers = headers;
		cfg[i].link.credit_return = dur_ns(300);
	}
	rig_share_end(pair->two, rig, &cfg[1], &cfg[0]);
}

/* The rig's own device goes with the rig, after the switch has no more events. */
static void pair_destroy(struct pair *pair)
{
	pcie_dev_destroy(pair->two->dev);
	pcie_switch_destroy(pair->sw);
	free(pair->two);
}

static uint64_t last_ps(struct rig *rig, enum rig_what what)
{
	return rig_find(rig, what, rig_count(rig, what) - 1)->ps;
}

static void one_write_passes_two_links_and_the_switch(void **state)
{
	struct pair pair;
	uint64_t want = 2 * rig_wire_ps(256 + TLP_WRITE) +
			(SWITCH_NS + WRITE_LATENCY_NS) * PS_PER_NS;

	pair_create(&pair, *state, false, 0);
	rig_write(pair.one, 0x1000, 256, 1, 0, 0);
	rig_run(pair.one);
	assert_in_range(rig_find(pair.one, RIG_ACCESS_WRITE, 0)->ps, want - 2, want + 2);
	assert_int_equal(rig_stat(pair.one, "pcie.sw0.up.bytes").num, 256 + TLP_WRITE);
	pair_destroy(&pair);
}

static void one_read_passes_the_switch_both_ways(void **state)
{
	struct pair pair;
	uint64_t least = rig_wire_ps(2 * TLP_READ + 64 + TLP_CPLD) +
			 (2 * SWITCH_NS + READ_RTT_NS) * PS_PER_NS;

	pair_create(&pair, *state, false, 0);
	rig_read(pair.one, 0x1000, 64, 1);
	rig_run(pair.one);
	assert_in_range(rig_find(pair.one, RIG_DONE, 0)->ps, least - 2,
			least + rig_wire_ps(64 + TLP_CPLD));
	pair_destroy(&pair);
}

/* Each gets half of what it has alone, whatever it asks for at once. */
static void two_writers_get_half_of_the_link_each(void **state)
{
	struct pair pair;
	uint64_t whole = rig_wire_ps(2 * COUNT * (256 + TLP_WRITE)), one, two;

	pair_create(&pair, *state, false, 32);
	for (unsigned i = 0; i < COUNT; i++) {
		rig_write(pair.one, 0x1000, 256, 1, i, 0);
		if (i % 16 == 0)
			rig_write(pair.two, 0x1000, 4096, 1, i, 0);
	}
	rig_run(pair.one);
	one = last_ps(pair.one, RIG_ACCESS_WRITE);
	two = last_ps(pair.two, RIG_ACCESS_WRITE);
	assert_in_range(one, whole * 99 / 100, whole * 103 / 100);
	assert_in_range(two, whole * 99 / 100, whole * 103 / 100);
	pair_destroy(&pair);
}

static void two_readers_share_the_way_down(void **state)
{
	struct pair pair;
	uint64_t whole = rig_wire_ps(2 * COUNT * (256 + TLP_CPLD));

	pair_create(&pair, *state, false, 0);
	for (unsigned i = 0; i < COUNT; i++) {
		rig_read(pair.one, 0x1000, 256, i);
		rig_read(pair.two, 0x1000, 256, i);
	}
	rig_run(pair.one);
	assert_in_range(last_ps(pair.one, RIG_DONE), whole, whole * 103 / 100);
	assert_in_range(last_ps(pair.two, RIG_DONE), whole, whole * 103 / 100);
	pair_destroy(&pair);
}

/* The first device's write is held up by a translation; the second's waits behind it, unless
 * ID-based ordering lets it pass. */
static void requests_of_others_wait_unless_ids_order_them(void **state)
{
	for (unsigned ido = 0; ido < 2; ido++) {
		struct pair pair;
		uint64_t first;

		pair_create(&pair, *state, ido, 0);
		pair.one->extra = dur_ns(4000);
		rig_write(pair.one, 0x1000, 64, 1, 0, 0);
		rig_run_ns(pair.one, 50);
		rig_write(pair.two, 0x1000, 64, 1, 0, 0);
		rig_run(pair.one);
		first = rig_find(pair.one, RIG_ACCESS_WRITE, 0)->ps;
		if (ido)
			assert_true(last_ps(pair.two, RIG_ACCESS_WRITE) < first + 100 * PS_PER_NS);
		else
			assert_true(last_ps(pair.two, RIG_ACCESS_WRITE) >=
				    first + 4000 * PS_PER_NS);
		pair_destroy(&pair);
	}
}

static void register_accesses_take_the_switch_twice(void **state)
{
	struct pair pair;

	pair_create(&pair, *state, false, 0);
	assert_int_equal(pcie_mmio_read_time(pair.one->dev).ps,
			 (MMIO_READ_NS + 2 * SWITCH_NS) * PS_PER_NS);
	pcie_bar_write(pair.one->dev, 0, 0, 7, 4);
	rig_run(pair.one);
	assert_int_equal(rig_find(pair.one, RIG_REG_WRITE, 0)->value, 7);
	assert_true(rig_find(pair.one, RIG_REG_WRITE, 0)->ps >=
		    (MMIO_WRITE_NS + SWITCH_NS) * PS_PER_NS);
	pair_destroy(&pair);
}

static void destroyed_with_packets_in_the_switch_leaves_no_event(void **state)
{
	struct pair pair;

	pair_create(&pair, *state, false, 8);
	for (unsigned i = 0; i < 20; i++) {
		rig_write(pair.one, 0x1000, 4096, 1, i, 1);
		rig_read(pair.two, 0x1000, 4096, i);
	}
	rig_run_ns(pair.one, 300);
	pair_destroy(&pair);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_write_passes_two_links_and_the_switch),
		TEST(one_read_passes_the_switch_both_ways),
		TEST(two_writers_get_half_of_the_link_each),
		TEST(two_readers_share_the_way_down),
		TEST(requests_of_others_wait_unless_ids_order_them),
		TEST(register_accesses_take_the_switch_twice),
		TEST(destroyed_with_packets_in_the_switch_leaves_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
