// SPDX-License-Identifier: MIT
/* The way a driver brings the controller up, uses it and shuts it down. */
#include <stdlib.h>

#include "rig.h"

static void driver_sequence_reaches_io(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);
	uint64_t cap = nvme_read(rig->nvme, REG_CAP, 8);
	struct cqe cqe;
	uint64_t page;

	assert_int_equal(cap & 0xffff, 1023);           /* MQES */
	assert_int_equal(cap >> 16 & 1, 1);             /* CQR */
	assert_int_equal(cap >> 32 & 15, 0);            /* DSTRD */
	assert_int_equal(cap >> 37 & 1, 1);             /* NVM command set */
	assert_int_equal(cap >> 48 & 15, 0);            /* MPSMIN */
	assert_int_equal(rig_rd(rig, 0x08), 0x00010400);
	rig_enable(rig, 32);
	page = rig_alloc(rig, 4096);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .prp1 = page, .dw = { 1 } });
	assert_status(cqe, 0);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 7, 3u << 16 | 3 } });
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 3u << 16 | 3);
	for (unsigned qid = 1; qid <= 4; qid++)
		rig_io_queue(rig, qid, 64);
	for (unsigned qid = 1; qid <= 4; qid++) {
		cqe = rig_do(rig, qid, rig_rw(0x02, qid, 1, page, 0));
		assert_status(cqe, 0);
		assert_int_equal(rig->irqs[qid], 1);
	}
	assert_int_equal(rig->done, 1 + 1 + 8 + 4);
	rig_destroy(rig);
}

static void shutdown_takes_the_flush_time(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	rig_wr(rig, REG_CC, CC_START | 1u << 14);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1 | 1u << 2);
	rig_run_for(rig, dur_ps(30 * PS_PER_US - 1));
	assert_int_equal(rig_rd(rig, REG_CSTS), 1 | 1u << 2);
	rig_run_for(rig, dur_ps(1));
	assert_int_equal(rig_rd(rig, REG_CSTS), 1 | 2u << 2);
	/* 7.6.2: only a reset leads back. */
	rig_wr(rig, REG_CC, 0);
	assert_int_equal(rig_rd(rig, REG_CSTS), 0);
	rig_enable(rig, 32);
	rig_destroy(rig);
}

static void shutdown_without_cache_is_immediate(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;

	cfg.volatile_cache = false;
	rig = rig_ready(&cfg, 1, 16);
	rig_wr(rig, REG_CC, CC_START | 2u << 14);
	assert_int_equal(rig_rd(rig, REG_CSTS), 1 | 2u << 2);
	rig_destroy(rig);
}

static void shutdown_of_a_disabled_controller_completes(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig = rig_create(&cfg);

	rig_wr(rig, REG_CC, 1u << 14);
	assert_int_equal(rig_rd(rig, REG_CSTS), 2u << 2);
	rig_destroy(rig);
}

static void doorbell_after_shutdown_is_a_guest_error(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	rig_wr(rig, REG_CC, CC_START | 1u << 14);
	rig_run_idle(rig);
	rig_stat(rig, "nvme0.guest_errors");
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { 7 } });
	rig_run_idle(rig);
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 1);
	rig_destroy(rig);
}

static void abrupt_power_loss_is_counted_as_unsafe(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 16);
	uint64_t page;
	struct cqe cqe;

	nvme_reset(rig->nvme);
	rig_enable(rig, 32);
	rig_wr(rig, REG_CC, CC_START | 1u << 14);
	rig_run_idle(rig);
	nvme_reset(rig->nvme);
	rig_enable(rig, 32);
	page = rig_alloc(rig, 4096);
	cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x02, .prp1 = page,
		     .dw = { 127u << 16 | 2 } });
	assert_status(cqe, 0);
	assert_int_equal(rig_mem(rig, page)[112], 3);   /* power cycles */
	assert_int_equal(rig_mem(rig, page)[144], 1);   /* unsafe shutdowns */
	rig_destroy(rig);
}

static void configuration_out_of_range_is_refused(void **state)
{
	struct nvme_cfg good = rig_cfg(), cfg;
	struct rig *rig = rig_create(&good);
	struct nvme *nvme;

#define REFUSED(change) do { \
		struct nvme_ops some = { .dma = (void (*)(void *, const struct dma_req *))1, \
					 .msix = (void (*)(void *, unsigned))1 }; \
		cfg = good; \
		cfg.name = "other"; \
		change; \
		nvme = (struct nvme *)1; \
		rig->sim.error[0] = 0; \
		assert_int_equal(nvme_create(&nvme, &rig->sim, &cfg, &some, NULL), \
				 SIM_ERR_CONFIG); \
		assert_null(nvme); \
		assert_true(rig->sim.error[0]); \
	} while (0)
	REFUSED(cfg.name = "");
	REFUSED(cfg.capacity_bytes = 0);
	REFUSED(cfg.capacity_bytes = 4097);
	REFUSED(cfg.io_queues = 0);
	REFUSED(cfg.io_queues = 65);
	REFUSED(cfg.queue_entries = 1);
	REFUSED(cfg.queue_entries = 65537);
	REFUSED(cfg.vectors = 0);
	REFUSED(cfg.vectors = 257);
	REFUSED(cfg.outstanding = 15);
	REFUSED(cfg.outstanding = 32769);
	REFUSED(cfg.coalesce_threshold = 257);
	rig_destroy(rig);
}

static void two_controllers_do_not_disturb_each_other(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *a, *b;
	struct cqe cqe;
	uint64_t page;

	a = rig_create(&cfg);
	cfg.name = "nvme1";
	b = rig_create_beside(a, &cfg);
	rig_enable(a, 32);
	assert_int_equal(rig_rd(b, REG_CSTS), 0);
	rig_enable(b, 32);
	rig_io_queue(a, 1, 16);
	rig_io_queue(b, 1, 16);
	page = rig_alloc(a, 4096);
	rig_pattern(rig_mem(a, page), 4096, 7);
	cqe = rig_do(a, 1, rig_rw(0x01, 8, 8, page, 0));
	assert_status(cqe, 0);
	page = rig_alloc(b, 4096);
	memset(rig_mem(b, page), 0xee, 4096);
	cqe = rig_do(b, 1, rig_rw(0x02, 8, 8, page, 0));
	assert_status(cqe, 0);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(rig_mem(b, page)[i], 0);
	nvme_destroy(b->nvme);
	free(b->mem);
	free(b);
	rig_destroy(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_sequence_reaches_io),
		cmocka_unit_test(shutdown_takes_the_flush_time),
		cmocka_unit_test(shutdown_without_cache_is_immediate),
		cmocka_unit_test(shutdown_of_a_disabled_controller_completes),
		cmocka_unit_test(doorbell_after_shutdown_is_a_guest_error),
		cmocka_unit_test(abrupt_power_loss_is_counted_as_unsafe),
		cmocka_unit_test(configuration_out_of_range_is_refused),
		cmocka_unit_test(two_controllers_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
