// SPDX-License-Identifier: MIT
/* Set Features and Get Features. */
#include "rig.h"

static struct cqe set(struct rig *rig, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { id, value } });
}

static struct cqe get(struct rig *rig, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x0a, .dw = { id, value } });
}

static void features_keep_what_was_set(void **state)
{
	static const struct { uint32_t id, value, back; } feature[] = {
		{ 0x01, 0x04030205, 0x04030205 },
		{ 0x02, 0, 0 },
		{ 0x05, 0x1234, 0x1234 },
		{ 0x06, 0, 0 },
		{ 0x08, 0x0a07, 0x0a07 },
		{ 0x0a, 1, 1 },
		{ 0x0b, 0x1f, 0x1f },
	};
	struct rig *rig = rig_ready(NULL, 0, 0);

	for (size_t i = 0; i < sizeof(feature) / sizeof(feature[0]); i++) {
		struct cqe cqe;

		assert_status(set(rig, feature[i].id, feature[i].value), 0);
		cqe = get(rig, feature[i].id, 0);
		assert_status(cqe, 0);
		assert_int_equal(cqe.result, feature[i].back);
		/* Changeable; neither saveable nor per namespace. */
		assert_int_equal(get(rig, feature[i].id | 3u << 8, 0).result, 4);
	}
	/* Default and saved value of the write cache: on. */
	assert_int_equal(get(rig, 0x06 | 1u << 8, 0).result, 1);
	assert_int_equal(get(rig, 0x06 | 2u << 8, 0).result, 1);
	rig_destroy(rig);
}

static void features_that_do_not_exist_are_refused(void **state)
{
	static const uint32_t unknown[] = { 0x00, 0x03, 0x0c, 0x0e, 0x10, 0x7f, 0x80, 0xc0 };
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
	assert_status(set(rig, 0x05, 1u << 16), 0x002);         /* DULBE */
	assert_status(set(rig, 0x09, 8), 0x002);                /* vector 8 of 8 */
	assert_status(get(rig, 0x09, 8), 0x002);
	assert_status(get(rig, 0x01 | 4u << 8, 0), 0x002);      /* SEL */
	assert_status(set(rig, 0x01 | 1u << 31, 0), 0x10d);     /* save */
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .nsid = 1,
			     .dw = { 0x01 } }), 0x10f);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .nsid = 2,
			     .dw = { 0x05 } }), 0x00b);
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
		cmocka_unit_test(write_cache_feature_needs_a_cache),
		cmocka_unit_test(queue_count_is_limited_and_frozen),
		cmocka_unit_test(vector_setting_is_kept_per_vector),
		cmocka_unit_test(temperature_thresholds_have_two_sides),
		cmocka_unit_test(controller_reset_restores_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
