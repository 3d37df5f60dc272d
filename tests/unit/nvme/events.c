// SPDX-License-Identifier: MIT
/* Asynchronous events, and aborting commands. */
#include "rig.h"

#define READ  0x02
#define ABORT 0x08
#define AER   0x0c

static struct cqe error_log(struct rig *rig, uint32_t retain)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x02, .prp1 = rig_alloc(rig, 4096),
		      .dw = { 15u << 16 | retain << 15 | 1 } });
}

static void a_bad_doorbell_completes_the_request(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint16_t cid = rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	struct cqe cqe;

	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	rig_wr(rig, 0x1008, 999);
	cqe = rig_wait(rig, 0);
	assert_int_equal(cqe.cid, cid);
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 0x010100);         /* error log, invalid value, error */
	rig_destroy(rig);
}

static void a_doorbell_of_no_queue_is_another_event(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	rig_wr(rig, 0x1010, 1);
	assert_int_equal(rig_wait(rig, 0).result, 0x010000);
	rig_destroy(rig);
}

static void an_event_waits_for_a_request(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	rig_wr(rig, 0x1010, 1);
	rig_run_idle(rig);
	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	assert_int_equal(rig_wait(rig, 0).result, 0x010000);
	rig_destroy(rig);
}

static void a_type_is_masked_until_its_log_is_read(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct cqe cqe;

	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	rig_wr(rig, 0x1010, 1);
	rig_wait(rig, 0);
	rig_wr(rig, 0x1008, 999);
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	assert_status(error_log(rig, 1), 0);            /* retained: still masked */
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	assert_status(error_log(rig, 0), 0);
	assert_int_equal(rig_wait(rig, 0).result, 0x010100);
	rig_destroy(rig);
}

static void a_reset_forgets_events_and_masks(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct cqe cqe;

	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	rig_wr(rig, 0x1010, 1);                 /* reported, and masked from here on */
	rig_wait(rig, 0);
	rig_wr(rig, 0x1008, 999);               /* waits */
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 32);
	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	rig_wr(rig, 0x1010, 1);
	assert_int_equal(rig_wait(rig, 0).result, 0x010000);
	rig_destroy(rig);
}

static void too_many_requests_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct cqe cqe;

	for (unsigned i = 0; i < 4; i++)
		rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = AER }), 0x105);
	rig_destroy(rig);
}

static void temperature_threshold_raises_a_health_event(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	/* Not enabled: no event. */
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 4, 300 } }), 0);
	rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 0x0b, 2 } }), 0);
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 4, 301 } });
	assert_int_equal(rig_wait(rig, 0).result, 0x020101);
	assert_status(rig_wait(rig, 0), 0);
	rig_destroy(rig);
}

static void abort_ends_a_command_in_the_medium(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint16_t cid = rig_submit(rig, 1, rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0));
	struct cqe cqe;

	rig_run_for(rig, dur_us(2));
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { (uint32_t)cid << 16 | 1 } });
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 0);
	cqe = rig_wait(rig, 1);
	assert_int_equal(cqe.cid, cid);
	assert_status(cqe, 0x007);
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 1, &cqe));
	rig_destroy(rig);
}

static void abort_frees_the_server_it_held(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint16_t first, second, third;
	uint64_t page;
	struct at start;

	cfg.media.parallelism = 1;
	rig = rig_ready(&cfg, 1, 16);
	page = rig_alloc(rig, 4096);
	start = sim_now(&rig->sim);
	first = rig_put(rig, 1, rig_rw(READ, 0, 1, page, 0));
	second = rig_put(rig, 1, rig_rw(READ, 1, 1, page, 0));
	third = rig_put(rig, 1, rig_rw(READ, 2, 1, page, 0));
	rig_ring(rig, 1);
	rig_run_for(rig, dur_us(2));
	/* The one that waits, then the one in service. */
	rig_submit(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { (uint32_t)second << 16 | 1 } });
	rig_submit(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { (uint32_t)first << 16 | 1 } });
	assert_int_equal(rig_wait(rig, 1).cid, second);
	assert_int_equal(rig_wait(rig, 1).cid, first);
	assert_int_equal(rig_wait(rig, 1).cid, third);
	/* The aborts were decoded at 2.65 us; then the third was served. */
	assert_int_equal(at_since(sim_now(&rig->sim), start).ps / PS_PER_NS, 2650 + 10000);
	rig_destroy(rig);
}

static void abort_while_data_are_fetched_ignores_them(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);
	uint8_t sector[512];
	uint16_t cid;

	memset(rig_mem(rig, page), 0x99, 4096);
	rig->read_delay = dur_us(3);
	cid = rig_submit(rig, 1, rig_rw(0x01, 0, 8, page, 0));
	rig_run_for(rig, dur_us(1));
	rig_submit(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { (uint32_t)cid << 16 | 1 } });
	assert_status(rig_wait(rig, 1), 0x007);
	rig_run_idle(rig);
	assert_true(nvme_media_peek(rig->nvme, 0, sector, 1));
	assert_int_equal(sector[0], 0);
	rig_destroy(rig);
}

static void abort_of_nothing_says_so(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct cqe cqe;

	cqe = rig_do(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { 5u << 16 | 1 } });
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 1);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { 5u << 16 | 999 } });
	assert_int_equal(cqe.result, 1);
	/* Itself. */
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = ABORT, .cid = 500, .dw = { 500u << 16 } });
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 1);
	rig_destroy(rig);
}

static void abort_ends_an_event_request(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint16_t cid = rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	struct cqe cqe;

	rig_run_idle(rig);
	rig_submit(rig, 0, (struct sqe){ .opcode = ABORT, .dw = { (uint32_t)cid << 16 } });
	cqe = rig_wait(rig, 0);
	assert_int_equal(cqe.cid, cid);
	assert_status(cqe, 0x007);
	assert_int_equal(rig_wait(rig, 0).result, 0);
	/* Its place is free again. */
	for (unsigned i = 0; i < 4; i++)
		rig_submit(rig, 0, (struct sqe){ .opcode = AER });
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_doorbell_completes_the_request),
		cmocka_unit_test(a_doorbell_of_no_queue_is_another_event),
		cmocka_unit_test(an_event_waits_for_a_request),
		cmocka_unit_test(a_type_is_masked_until_its_log_is_read),
		cmocka_unit_test(a_reset_forgets_events_and_masks),
		cmocka_unit_test(too_many_requests_are_refused),
		cmocka_unit_test(temperature_threshold_raises_a_health_event),
		cmocka_unit_test(abort_ends_a_command_in_the_medium),
		cmocka_unit_test(abort_frees_the_server_it_held),
		cmocka_unit_test(abort_while_data_are_fetched_ignores_them),
		cmocka_unit_test(abort_of_nothing_says_so),
		cmocka_unit_test(abort_ends_an_event_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
