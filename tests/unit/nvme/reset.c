// SPDX-License-Identifier: MIT
/* Resets, with commands in every state of progress. */
#include "rig.h"

#define WRITE 0x01
#define READ  0x02

static void restart(struct rig *rig)
{
	rig_enable(rig, 32);
	rig_io_queue(rig, 1, 32);
	assert_status(rig_do(rig, 1, rig_rw(READ, 0, 8, rig_alloc(rig, 4096), 0)), 0);
}

/* Stops after `after`, at which time three reads and a write are somewhere between the doorbell and
 * their completion; nothing of them may be seen afterwards. */
static void reset_at(struct dur after, void (*stop)(struct rig *rig))
{
	struct rig *rig = rig_ready(NULL, 1, 32);
	uint64_t page = rig_alloc(rig, 4096);
	unsigned irqs, done;

	for (unsigned i = 0; i < 3; i++)
		rig_put(rig, 1, rig_rw(READ, i, 8, page, 0));
	rig_put(rig, 1, rig_rw(WRITE, 8, 8, page, 0));
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x0c });
	rig_ring(rig, 1);
	rig_run_for(rig, after);
	stop(rig);
	assert_int_equal(rig_rd(rig, REG_CSTS), 0);
	irqs = rig->irqs[1];
	done = rig->done;
	rig_run_for(rig, dur_us(1));            /* DMA answers come in, some of them after this */
	restart(rig);
	rig_run_idle(rig);
	assert_int_equal(rig->irqs[1], irqs + 1);
	assert_int_equal(rig->done, done + 3);  /* two queues created, one read */
	rig_destroy(rig);
}

static void by_cc(struct rig *rig)
{
	rig_wr(rig, REG_CC, 0);
}

static void by_power(struct rig *rig)
{
	nvme_reset(rig->nvme);
}

static void reset_drops_commands_wherever_they_are(void **state)
{
	static const uint64_t ns[] = { 0, 50, 100, 300, 600, 620, 650, 900, 1150, 5000, 10649 };

	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		reset_at(dur_ns(ns[i]), by_cc);
		reset_at(dur_ns(ns[i]), by_power);
	}
}

static void late_answers_do_not_reach_new_commands(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 32);
	uint64_t old = rig_alloc(rig, 4096), new = rig_alloc(rig, 4096);
	uint8_t sector[512];

	memset(rig_mem(rig, old), 0x11, 4096);
	memset(rig_mem(rig, new), 0x22, 4096);
	rig->read_delay = dur_us(500);          /* the answer outlives the reset */
	rig_submit(rig, 1, rig_rw(WRITE, 0, 8, old, 0));
	rig_run_for(rig, dur_us(502));          /* entry has come, data are asked for */
	rig->read_delay = dur_ns(500);
	rig_wr(rig, REG_CC, 0);
	restart(rig);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 0, 8, new, 0)), 0);
	rig_run_idle(rig);
	assert_true(nvme_media_peek(rig->nvme, 0, sector, 1));
	assert_int_equal(sector[0], 0x22);
	rig_destroy(rig);
}

static void late_entries_do_not_become_new_commands(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 32);
	uint64_t page = rig_alloc(rig, 4096);
	struct at start = sim_now(&rig->sim);
	uint16_t cid;

	rig->read_delay = dur_us(100);
	rig_submit(rig, 1, rig_rw(READ, 0, 8, page, 0));
	rig_run_for(rig, dur_us(1));            /* the entry is asked for */
	rig_wr(rig, REG_CC, 0);
	rig->read_delay = dur_ns(500);
	restart(rig);
	/* Its answer comes while the first new entry is under way, by the same reader. */
	rig_run_for(rig, at_since(at_add(start, dur_ps(99800 * PS_PER_NS)), sim_now(&rig->sim)));
	cid = rig_submit(rig, 1, rig_rw(READ, 0, 8, page, 0));
	assert_int_equal(rig_wait(rig, 1).cid, cid);
	assert_int_equal(at_since(sim_now(&rig->sim), start).ps / PS_PER_NS,
			 99800 + 100 + 500 + 50 + 10000);
	rig_destroy(rig);
}

static void admin_queue_registers_survive_a_controller_reset(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint32_t aqa = rig_rd(rig, REG_AQA);
	uint64_t asq = nvme_read(rig->nvme, REG_ASQ, 8);

	rig_wr(rig, 0x0c, 0xff);
	rig_wr(rig, REG_CC, 0);
	assert_int_equal(rig_rd(rig, REG_AQA), aqa);
	assert_true(nvme_read(rig->nvme, REG_ASQ, 8) == asq);
	assert_int_equal(rig_rd(rig, 0x0c), 0);
	nvme_reset(rig->nvme);
	assert_int_equal(rig_rd(rig, REG_AQA), 0);
	assert_true(nvme_read(rig->nvme, REG_ASQ, 8) == 0);
	rig_destroy(rig);
}

static void the_medium_keeps_its_data(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 32);
	uint64_t page = rig_alloc(rig, 4096);
	uint8_t sector[512];

	memset(rig_mem(rig, page), 0x33, 4096);
	assert_status(rig_do(rig, 1, rig_rw(WRITE, 0, 8, page, 0)), 0);
	nvme_reset(rig->nvme);
	assert_true(nvme_media_peek(rig->nvme, 7, sector, 1));
	assert_int_equal(sector[511], 0x33);
	rig_destroy(rig);
}

static void failed_fetch_of_an_io_queue_is_fatal_until_reset(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 32);
	struct cqe cqe;

	rig->fail_from = rig->q[1].sq;
	rig->fail_to = rig->q[1].sq + 4096;
	rig_submit(rig, 1, rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0));
	rig_run_idle(rig);
	assert_int_equal(rig_rd(rig, REG_CSTS), 3);
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { 7 } });
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	rig_wr(rig, REG_CC, 0);
	assert_int_equal(rig_rd(rig, REG_CSTS), 0);
	rig->fail_to = 0;
	restart(rig);
	rig_destroy(rig);
}

static void destroying_a_busy_controller_leaves_no_event(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 32);

	for (unsigned i = 0; i < 8; i++)
		rig_submit(rig, 1, rig_rw(READ, i, 1, rig_alloc(rig, 4096), 0));
	rig_run_for(rig, dur_us(3));
	nvme_destroy(rig->nvme);
	rig->nvme = NULL;
	assert_int_equal(engine_pending(rig->sim.engine), 0);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_drops_commands_wherever_they_are),
		cmocka_unit_test(late_answers_do_not_reach_new_commands),
		cmocka_unit_test(late_entries_do_not_become_new_commands),
		cmocka_unit_test(admin_queue_registers_survive_a_controller_reset),
		cmocka_unit_test(the_medium_keeps_its_data),
		cmocka_unit_test(failed_fetch_of_an_io_queue_is_fatal_until_reset),
		cmocka_unit_test(destroying_a_busy_controller_leaves_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
