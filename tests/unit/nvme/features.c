// SPDX-License-Identifier: MIT
/* Set Features and Get Features. */
#include "rig.h"

static struct cqe set(struct rig *rig, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { id, value } });
}

/* Of namespace 1. */
static struct cqe recovery(struct rig *rig, uint8_t opcode, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = opcode, .nsid = 1, .dw = { id, value } });
}

static struct cqe get(struct rig *rig, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { id, value } });
}

static void features_keep_what_was_set(void **state)
{
	/* Bit 2 of the capabilities: changeable; 0: saveable. */
	static const struct { uint32_t id, value, back, capabilities; } feature[] = {
		{ 0x01, 0x04030205, 0x04030205, 5 },
		{ 0x02, 0, 0, 4 },
		{ 0x06, 0, 0, 5 },
		{ 0x08, 0x0a07, 0x0a07, 5 },
		{ 0x0a, 1, 1, 5 },
		{ 0x0b, 0x1f, 0x1f, 4 },
	};
	struct rig *rig = rig_ready(NULL, 0, 0);

	for (size_t i = 0; i < sizeof(feature) / sizeof(feature[0]); i++) {
		struct cqe cqe;

		assert_status(set(rig, feature[i].id, feature[i].value), 0);
		cqe = get(rig, feature[i].id, 0);
		assert_status(cqe, 0);
		assert_int_equal(cqe.result, feature[i].back);
		assert_int_equal(get(rig, feature[i].id | 3u << 8, 0).result,
				 feature[i].capabilities);
	}
	assert_status(recovery(rig, 0x09, 0x05, 0x1234), 0);
	assert_int_equal(recovery(rig, 0x0a, 0x05, 0).result, 0x1234);
	assert_int_equal(recovery(rig, 0x0a, 0x05 | 3u << 8, 0).result, 7);
	assert_int_equal(recovery(rig, 0x0a, 0x05 | 1u << 8, 0).result, 0);
	/* Default and saved value of the write cache: on. */
	assert_int_equal(get(rig, 0x06 | 1u << 8, 0).result, 1);
	assert_int_equal(get(rig, 0x06 | 2u << 8, 0).result, 1);
	rig_destroy(rig);
}

static void features_that_do_not_exist_are_refused(void **state)
{
	static const uint32_t unknown[] = { 0x00, 0x03, 0x0c, 0x0d, 0x0f, 0x10, 0x7f, 0x80, 0xc0 };
	struct rig *rig = rig_ready(NULL, 0, 0);

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_status(set(rig, unknown[i], 0), 0x002);
		assert_status(get(rig, unknown[i], 0), 0x002);
	}
	rig_destroy(rig);
}

static void impossible_values_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_status(set(rig, 0x02, 1), 0x002);                /* power state 1 */
	assert_status(set(rig, 0x04, 1u << 16 | 300), 0x002);   /* sensor 1 */
	assert_status(set(rig, 0x04, 2u << 20 | 300), 0x002);
	assert_status(get(rig, 0x04, 1u << 16), 0x002);
	assert_status(recovery(rig, 0x09, 0x05, 1u << 16), 0x002); /* DULBE */
	assert_status(set(rig, 0x09, 8), 0x002);                /* vector 8 of 8 */
	assert_status(get(rig, 0x09, 8), 0x002);
	assert_status(get(rig, 0x01 | 4u << 8, 0), 0x002);      /* SEL */
	assert_status(set(rig, 0x02 | 1u << 31, 0), 0x10d);     /* save */
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .nsid = 1,
			     .dw = { 0x01 } }), 0x10f);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .nsid = 2,
			     .dw = { 0x05 } }), 0x00b);
	rig_destroy(rig);
}

/* SEL, 5.13: current, default, saved; Save, 5.21: it outlasts a reset and a loss of power. */
static void saved_values_come_back(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_status(set(rig, 0x08 | 1u << 31, 0x0205), 0);
	assert_status(set(rig, 0x08, 0x0306), 0);
	assert_status(set(rig, 0x01, 0x07), 0);                 /* not saved */
	assert_status(recovery(rig, 0x09, 0x05 | 1u << 31, 77), 0);
	assert_int_equal(get(rig, 0x08, 0).result, 0x0306);
	assert_int_equal(get(rig, 0x08 | 1u << 8, 0).result, 0);
	assert_int_equal(get(rig, 0x08 | 2u << 8, 0).result, 0x0205);
	assert_int_equal(recovery(rig, 0x0a, 0x05 | 2u << 8, 0).result, 77);
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 32);
	assert_int_equal(get(rig, 0x08, 0).result, 0x0205);
	assert_int_equal(get(rig, 0x01, 0).result, 3);
	assert_int_equal(recovery(rig, 0x0a, 0x05, 0).result, 77);
	nvme_reset(rig->nvme);
	rig_enable(rig, 32);
	assert_int_equal(get(rig, 0x08, 0).result, 0x0205);
	rig_destroy(rig);
}

static void error_recovery_is_of_a_namespace(void **state)
{
	struct rig *rig;
	struct nvme_cfg cfg = rig_cfg();

	cfg.namespaces = 2;
	rig = rig_ready(&cfg, 0, 0);
	assert_status(recovery(rig, 0x09, 0x05, 5), 0);
	assert_int_equal(recovery(rig, 0x0a, 0x05, 0).result, 5);
	assert_int_equal(rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .nsid = 2,
				.dw = { 5 } }).result, 0);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .nsid = 0xffffffff,
			     .dw = { 5, 9 } }), 0);
	assert_int_equal(rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .nsid = 2,
				.dw = { 5 } }).result, 9);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .nsid = 0xffffffff,
			     .dw = { 5 } }), 0x00b);
	assert_status(set(rig, 0x05, 1), 0x00b);
	assert_status(get(rig, 0x05, 0), 0x00b);
	rig_destroy(rig);
}

/* 5.21.1.14: 48 bits of milliseconds that go on counting; origin 001b: set by the host. */
static void timestamp_counts_on_from_what_was_set(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096), word;
	struct sqe sqe = { .opcode = 0x09, .prp1 = page, .dw = { 0x0e } };

	word = 0xab123456789abcull;                     /* byte 6 is not the host's */
	memcpy(rig_mem(rig, page), &word, 8);
	assert_status(rig_do(rig, 0, sqe), 0);
	rig_run_for(rig, dur_ms(1500));
	sqe.opcode = 0x0a;
	assert_status(rig_do(rig, 0, sqe), 0);
	memcpy(&word, rig_mem(rig, page), 8);
	assert_true(word == ((0x123456789abcull + 1500) | 2ull << 48));
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 32);
	rig_run_for(rig, dur_ms(20));
	assert_status(rig_do(rig, 0, sqe), 0);
	memcpy(&word, rig_mem(rig, page), 8);
	assert_true(word == 20);                        /* cleared by the reset, origin 000b */
	sqe.opcode = 0x09;
	sqe.prp1 = 0x1000;
	assert_status(rig_do(rig, 0, sqe), 0x004);
	rig_destroy(rig);
}

static void host_behavior_takes_one_flag(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);
	struct sqe sqe = { .opcode = 0x09, .prp1 = page, .dw = { 0x16 } };

	rig_mem(rig, page)[0] = 1;
	assert_status(rig_do(rig, 0, sqe), 0);
	memset(rig_mem(rig, page), 0x55, 513);
	sqe.opcode = 0x0a;
	assert_status(rig_do(rig, 0, sqe), 0);
	assert_int_equal(rig_mem(rig, page)[0], 1);
	assert_int_equal(rig_mem(rig, page)[511], 0);
	assert_int_equal(rig_mem(rig, page)[512], 0x55);
	rig_mem(rig, page)[0] = 2;
	sqe.opcode = 0x09;
	assert_status(rig_do(rig, 0, sqe), 0x002);
	rig_destroy(rig);
}

static void write_cache_feature_needs_a_cache(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;

	cfg.volatile_cache = false;
	rig = rig_ready(&cfg, 0, 0);
	assert_status(set(rig, 0x06, 1), 0x002);
	rig_destroy(rig);
}

static void queue_count_is_limited_and_frozen(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	struct cqe cqe;

	assert_int_equal(get(rig, 7, 0).result, 3u << 16 | 3);
	cqe = set(rig, 7, 99u << 16 | 1);
	assert_status(cqe, 0);
	assert_int_equal(cqe.result, 3u << 16 | 1);
	assert_status(set(rig, 7, 0xffff), 0x002);
	assert_status(set(rig, 7, 0xffffu << 16), 0x002);
	rig_io_queue(rig, 1, 16);
	assert_status(set(rig, 7, 1u << 16 | 1), 0x00c);        /* too late */
	/* Two submission queues were granted, four completion queues. */
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x05, .prp1 = rig_alloc(rig, 4096),
			     .dw = { 15u << 16 | 3, 3 } }), 0);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x01, .prp1 = rig_alloc(rig, 4096),
			     .dw = { 15u << 16 | 3, 3u << 16 | 1 } }), 0x101);
	rig_destroy(rig);
}

static void vector_setting_is_kept_per_vector(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_status(set(rig, 9, 1u << 16 | 3), 0);
	assert_int_equal(get(rig, 9, 3).result, 1u << 16 | 3);
	assert_int_equal(get(rig, 9, 2).result, 2);
	assert_int_equal(get(rig, 9 | 1u << 8, 3).result, 3);
	rig_destroy(rig);
}

static void temperature_thresholds_have_two_sides(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_int_equal(get(rig, 4, 0).result, 343);
	assert_int_equal(get(rig, 4, 1u << 20).result, 0);
	assert_status(set(rig, 4, 350), 0);
	assert_status(set(rig, 4, 1u << 20 | 280), 0);
	assert_int_equal(get(rig, 4, 0).result, 350);
	assert_int_equal(get(rig, 4, 1u << 20).result, 280);
	rig_destroy(rig);
}

static void controller_reset_restores_defaults(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	set(rig, 1, 0);
	set(rig, 7, 0);
	set(rig, 9, 1u << 16 | 3);
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 32);
	assert_int_equal(get(rig, 1, 0).result, 3);
	assert_int_equal(get(rig, 7, 0).result, 3u << 16 | 3);
	assert_int_equal(get(rig, 9, 3).result, 3);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_keep_what_was_set),
		cmocka_unit_test(features_that_do_not_exist_are_refused),
		cmocka_unit_test(impossible_values_are_refused),
		cmocka_unit_test(saved_values_come_back),
		cmocka_unit_test(error_recovery_is_of_a_namespace),
		cmocka_unit_test(timestamp_counts_on_from_what_was_set),
		cmocka_unit_test(host_behavior_takes_one_flag),
		cmocka_unit_test(write_cache_feature_needs_a_cache),
		cmocka_unit_test(queue_count_is_limited_and_frozen),
		cmocka_unit_test(vector_setting_is_kept_per_vector),
		cmocka_unit_test(temperature_thresholds_have_two_sides),
		cmocka_unit_test(controller_reset_restores_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
