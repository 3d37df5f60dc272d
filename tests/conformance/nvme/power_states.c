/* SPDX-License-Identifier: MIT */
/* Power states: chosen by the host (NVM Express 1.4c, feature 02h) or by the controller after a
 * time without I/O (0Ch), and what the way back costs the command that asks for it (8.4). */
#include "tests/unit/nvme/rig.h"

#define READ 0x02
#define SET  0x09
#define GET  0x0a
/* Doorbell to completion of one read: fetch, its DMA, decoding, medium. */
#define PLAIN_NS (100 + 500 + 50 + 10000)

static struct rig *two_states(void)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.power_saving = true;
	cfg.power_entry = dur_us(200);
	cfg.power_exit = dur_us(1200);
	return rig_ready(&cfg, 2, 16);
}

static struct cqe feature(struct rig *rig, uint8_t opcode, uint32_t id, uint32_t value,
			  uint64_t page)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = opcode, .prp1 = page,
		      .dw = { id, value } });
}

static uint64_t read_ns(struct rig *rig, uint64_t page)
{
	struct at start = sim_now(&rig->sim);

	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 1, page, 0)), 0);
	return at_since(sim_now(&rig->sim), start).ps / PS_PER_NS;
}

static void states_are_described(void **state)
{
	struct rig *rig = two_states(), *other = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096), plain = rig_alloc(other, 4096);
	const uint8_t *id = rig_mem(rig, page);
	uint32_t entry, exit;

	rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .prp1 = page, .dw = { 1 } });
	memcpy(&entry, id + 2080 + 4, 4);
	memcpy(&exit, id + 2080 + 8, 4);
	assert_int_equal(id[263], 1);                   /* NPSS */
	assert_int_equal(id[265], 1);                   /* APSTA */
	assert_int_equal(id[2080 + 3], 2);              /* NOPS */
	assert_int_equal(entry, 200);
	assert_int_equal(exit, 1200);
	rig_do(other, 0, (struct sqe){ .opcode = 0x06, .prp1 = plain, .dw = { 1 } });
	assert_int_equal(rig_mem(other, plain)[263], 0);
	assert_int_equal(rig_mem(other, plain)[265], 0);
	assert_status(feature(other, SET, 2, 1, 0), 0x002);
	assert_status(feature(other, GET, 0x0c, 0, plain), 0x002);
	rig_destroy(other);
	rig_destroy(rig);
}

static void io_waits_for_the_way_back(void **state)
{
	struct rig *rig = two_states();
	uint64_t page = rig_alloc(rig, 4096);

	assert_int_equal(read_ns(rig, page), PLAIN_NS);
	assert_status(feature(rig, SET, 2, 1, 0), 0);
	rig_run_for(rig, dur_ms(1));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 1); /* admin commands wake nobody */
	assert_int_equal(read_ns(rig, page), 1200000 + PLAIN_NS);
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0);
	assert_int_equal(read_ns(rig, page), PLAIN_NS);
	/* Asked back while still on the way there: first that, then the way back. */
	assert_status(feature(rig, SET, 2, 1, 0), 0);
	assert_in_range(read_ns(rig, page), 1399000 + PLAIN_NS, 1400000 + PLAIN_NS);
	assert_status(feature(rig, SET, 2, 2, 0), 0x002);
	rig_destroy(rig);
}

static void commands_that_come_while_it_wakes_wait_no_longer(void **state)
{
	struct rig *rig = two_states();
	uint64_t page = rig_alloc(rig, 4096);
	struct at start;

	feature(rig, SET, 2, 1, 0);
	rig_run_for(rig, dur_ms(1));
	start = sim_now(&rig->sim);
	rig_submit(rig, 1, rig_rw(READ, 0, 1, page, 0));
	rig_run_for(rig, dur_us(1000));
	rig_submit(rig, 2, rig_rw(READ, 0, 1, page, 0));
	assert_status(rig_wait(rig, 2), 0);
	assert_int_equal(at_since(sim_now(&rig->sim), start).ps / PS_PER_NS, 1200000 + PLAIN_NS);
	assert_status(rig_wait(rig, 1), 0);
	rig_destroy(rig);
}

static struct cqe autonomous(struct rig *rig, bool on, uint32_t entry)
{
	uint64_t table = rig_alloc(rig, 4096);

	memcpy(rig_mem(rig, table), &entry, 4);
	return feature(rig, SET, 0x0c, on, table);
}

static void idleness_leads_to_the_idle_state(void **state)
{
	struct rig *rig = two_states();
	uint64_t page = rig_alloc(rig, 4096), back = rig_alloc(rig, 4096);
	uint32_t entry;

	assert_status(autonomous(rig, true, 5u << 8 | 1u << 3), 0);     /* after 5 ms */
	rig_run_for(rig, dur_ms(4));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0);
	assert_int_equal(read_ns(rig, page), PLAIN_NS);                 /* starts anew */
	rig_run_for(rig, dur_ms(4));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0);
	rig_run_for(rig, dur_ms(2));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 1);
	assert_int_equal(read_ns(rig, page), 1200000 + PLAIN_NS);
	assert_int_equal(feature(rig, GET, 0x0c, 0, back).result, 1);
	memcpy(&entry, rig_mem(rig, back), 4);
	assert_int_equal(entry, 5u << 8 | 1u << 3);
	assert_status(autonomous(rig, false, 5u << 8 | 1u << 3), 0);
	rig_run_for(rig, dur_ms(20));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0);
	/* Only to a state that does no I/O. */
	assert_status(autonomous(rig, true, 5u << 8), 0x002);
	assert_status(autonomous(rig, true, 5u << 8 | 2u << 3), 0x002);
	rig_destroy(rig);
}

static void a_reset_ends_the_idle_state(void **state)
{
	struct rig *rig = two_states();

	assert_status(autonomous(rig, true, 1u << 8 | 1u << 3), 0);
	rig_run_for(rig, dur_ms(3));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 1);
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 16);
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0);
	rig_run_for(rig, dur_ms(3));
	assert_int_equal(feature(rig, GET, 2, 0, 0).result, 0); /* and the table */
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_described),
		cmocka_unit_test(io_waits_for_the_way_back),
		cmocka_unit_test(commands_that_come_while_it_wakes_wait_no_longer),
		cmocka_unit_test(idleness_leads_to_the_idle_state),
		cmocka_unit_test(a_reset_ends_the_idle_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
