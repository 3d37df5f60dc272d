// SPDX-License-Identifier: MIT
/* Identify and Get Log Page: contents, and what they refuse. */
#include "rig.h"

static uint64_t get(const uint8_t *from, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << 8 * i;
	return value;
}

static struct cqe identify(struct rig *rig, uint32_t cns, uint32_t nsid, uint64_t page)
{
	memset(rig_mem(rig, page), 0xa5, 4096);
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .nsid = nsid, .prp1 = page,
		      .dw = { cns } });
}

static void controller_data_describe_the_model(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);
	const uint8_t *id = rig_mem(rig, page);

	assert_status(identify(rig, 1, 0, page), 0);
	assert_int_equal(get(id, 2), 0x1b36);
	assert_memory_equal(id + 24, "Doorbell NVMe SSD                       ", 40);
	assert_memory_equal(id + 64, "1.0     ", 8);
	assert_int_equal(id[77], 5);                    /* MDTS */
	assert_int_equal(get(id + 80, 4), 0x00010400);  /* VER, as the register */
	assert_int_equal(id[111], 1);                   /* I/O controller */
	assert_int_equal(id[258], 3);                   /* ACL */
	assert_int_equal(id[259], 3);                   /* AERL */
	assert_int_equal(id[512], 0x66);
	assert_int_equal(id[513], 0x44);
	assert_int_equal(get(id + 516, 4), 1);          /* NN */
	assert_int_equal(get(id + 520, 2), 0xdd);       /* ONCS */
	assert_int_equal(id[525], 7);                   /* VWC */
	assert_memory_equal(id + 768, "nqn.2026-01.org.doorbell:nvme:", 30);
	assert_int_equal(id[4095], 0);                  /* all 4096 bytes came */
	rig_destroy(rig);
}

static void no_cache_is_reported_without_one(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t page;

	cfg.volatile_cache = false;
	rig = rig_ready(&cfg, 0, 0);
	page = rig_alloc(rig, 4096);
	assert_status(identify(rig, 1, 0, page), 0);
	assert_int_equal(rig_mem(rig, page)[525] & 1, 0);
	rig_destroy(rig);
}

static void namespace_data_give_size_and_format(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);
	const uint8_t *id = rig_mem(rig, page);

	assert_status(identify(rig, 0, 1, page), 0);
	assert_int_equal(get(id, 8), (1u << 30) / 512);
	assert_int_equal(get(id + 8, 8), (1u << 30) / 512);
	assert_int_equal(id[25], 1);                    /* two formats */
	assert_int_equal(id[26], 0);                    /* FLBAS */
	assert_int_equal(id[33], 9);                    /* DLFEAT */
	assert_int_equal(get(id + 128, 4), 9u << 16);   /* 512 bytes, no metadata */
	assert_int_equal(get(id + 132, 4), 12u << 16);  /* 4096 bytes */
	assert_int_equal(get(id + 136, 4), 0);
	rig_destroy(rig);
}

static void active_list_holds_the_namespace(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);

	assert_status(identify(rig, 2, 0, page), 0);
	assert_int_equal(get(rig_mem(rig, page), 4), 1);
	assert_int_equal(get(rig_mem(rig, page) + 4, 4), 0);
	assert_status(identify(rig, 2, 1, page), 0);
	assert_int_equal(get(rig_mem(rig, page), 4), 0);
	assert_status(identify(rig, 2, 0xfffffffe, page), 0x00b);
	rig_destroy(rig);
}

static void descriptors_repeat_the_eui(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096), eui;
	const uint8_t *id = rig_mem(rig, page);

	assert_status(identify(rig, 0, 1, page), 0);
	eui = get(id + 120, 8);
	assert_true(eui != 0);
	assert_status(identify(rig, 3, 1, page), 0);
	assert_int_equal(get(id, 4), 0x0801);
	assert_true(get(id + 4, 8) == eui);
	assert_int_equal(get(id + 12, 4), 0);           /* end of the list */
	rig_destroy(rig);
}

static void identify_refuses_what_does_not_exist(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);
	struct cqe cqe;

	assert_status(identify(rig, 0, 0, page), 0x00b);
	assert_status(identify(rig, 0, 2, page), 0x00b);
	assert_status(identify(rig, 0, 0xffffffff, page), 0x00b);
	assert_status(identify(rig, 3, 2, page), 0x00b);
	cqe = identify(rig, 6, 0, page);                /* of later revisions */
	assert_int_equal(cqe.status, 0x002 | NVME_STATUS_DNR | NVME_STATUS_MORE);
	assert_int_equal(rig_mem(rig, page)[0], 0xa5);  /* nothing was written */
	assert_status(identify(rig, 0xff, 0, page), 0x002);
	/* None of these is a driver's mistake: asking is allowed. */
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 0);
	rig_destroy(rig);
}

static void identify_crosses_a_page_boundary(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 8192);
	struct cqe cqe = rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .prp1 = page + 4096 - 516,
				.prp2 = page + 4096, .dw = { 1 } });

	assert_status(cqe, 0);
	assert_int_equal(get(rig_mem(rig, page + 4096 - 516), 2), 0x1b36);
	assert_int_equal(get(rig_mem(rig, page + 4096), 4), 1);         /* NN at 516 */
	rig_destroy(rig);
}

static void unknown_admin_command_is_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	assert_int_equal(rig_do(rig, 0, (struct sqe){ .opcode = 0x84 }).status,
			 0x001 | NVME_STATUS_DNR | NVME_STATUS_MORE);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x18 }), 0x001);
	rig_destroy(rig);
}

static void fused_and_sgl_commands_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);

	for (unsigned i = 0; i < 4; i++) {
		static const uint8_t flags[] = { 0x01, 0x02, 0x40, 0x80 };

		assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x06, .flags = flags[i],
				     .prp1 = page, .dw = { 1 } }), 0x002);
	}
	rig_destroy(rig);
}

static struct cqe get_log(struct rig *rig, uint8_t id, uint32_t bytes, uint32_t offset,
			  uint64_t page)
{
	uint32_t numd = bytes / 4 - 1;

	return rig_do(rig, 0, (struct sqe){ .opcode = 0x02, .nsid = 0xffffffff, .prp1 = page,
		      .prp2 = page + 4096,
		      .dw = { (numd & 0xffff) << 16 | id, numd >> 16, offset } });
}

static void error_log_is_newest_first(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192);
	const uint8_t *log = rig_mem(rig, page);
	struct sqe bad = rig_rw(0x02, 1u << 30, 1, page, 0);

	bad.cid = 77;
	assert_status(rig_do(rig, 1, bad), 0x080);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x84, .cid = 78 }), 0x001);
	assert_status(get_log(rig, 1, 4096, 0, page), 0);
	assert_int_equal(get(log, 8), 2);
	assert_int_equal(get(log + 8, 2), 0);
	assert_int_equal(get(log + 10, 2), 78);
	assert_int_equal(get(log + 64, 8), 1);
	assert_int_equal(get(log + 64 + 8, 2), 1);
	assert_int_equal(get(log + 64 + 10, 2), 77);
	assert_int_equal(get(log + 64 + 12, 2) >> 1 & 0x7ff, 0x080);
	assert_int_equal(get(log + 64 + 16, 8), 1u << 30);
	assert_int_equal(get(log + 64 + 24, 4), 1);
	assert_int_equal(get(log + 128, 8), 0);
	rig_destroy(rig);
}

static void health_log_counts_data(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 8192);
	const uint8_t *log = rig_mem(rig, page);

	for (unsigned i = 0; i < 200; i++)
		rig_do(rig, 1, rig_rw(i < 150 ? 0x02 : 0x01, 16 * i, 16, page, page + 4096));
	assert_status(get_log(rig, 2, 512, 0, page), 0);
	assert_int_equal(log[0], 0);
	assert_int_equal(get(log + 1, 2), 313);
	assert_int_equal(get(log + 32, 8), 3);          /* 2400 sectors in thousands, up */
	assert_int_equal(get(log + 48, 8), 1);          /* 800 */
	assert_int_equal(get(log + 64, 8), 150);
	assert_int_equal(get(log + 80, 8), 50);
	assert_int_equal(get(log + 112, 8), 1);
	rig_destroy(rig);
}

static void effects_log_names_the_commands(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 8192);
	const uint8_t *log = rig_mem(rig, page);

	assert_status(get_log(rig, 5, 4096, 0, page), 0);
	assert_int_equal(get(log + 4 * 0x06, 4), 1);            /* identify */
	/* Format: content and capabilities may change; nothing else at the same time. */
	assert_int_equal(get(log + 4 * 0x80, 4), 0x10007);
	assert_int_equal(get(log + 4 * 0x84, 4), 0);            /* sanitize: absent */
	assert_int_equal(get(log + 1024 + 4 * 0x01, 4), 3);     /* write changes content */
	assert_int_equal(get(log + 1024 + 4 * 0x02, 4), 1);
	assert_int_equal(get(log + 1024 + 4 * 0x04, 4), 0);     /* write uncorrectable: absent */
	rig_destroy(rig);
}

static void log_pages_can_be_read_in_parts(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 8192);
	uint8_t *log = rig_mem(rig, page);

	assert_status(get_log(rig, 3, 512, 8, page), 0);
	assert_memory_equal(log, "1.0     ", 8);
	memset(log, 0xa5, 8192);
	assert_status(get_log(rig, 2, 8192, 0, page), 0);
	for (unsigned i = 512; i < 8192; i++)
		assert_int_equal(log[i], 0);            /* zeroes behind the page's end */
	rig_destroy(rig);
}

static void log_page_requests_out_of_range_are_refused(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 8192);

	assert_status(get_log(rig, 0x00, 512, 0, page), 0x109);
	assert_status(get_log(rig, 0x06, 512, 0, page), 0x109);
	assert_status(get_log(rig, 2, 512, 516, page), 0x002);
	assert_status(get_log(rig, 2, 512, 2, page), 0x002);
	assert_status(get_log(rig, 2, 128 * 1024 + 4, 0, page), 0x002);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controller_data_describe_the_model),
		cmocka_unit_test(no_cache_is_reported_without_one),
		cmocka_unit_test(namespace_data_give_size_and_format),
		cmocka_unit_test(active_list_holds_the_namespace),
		cmocka_unit_test(descriptors_repeat_the_eui),
		cmocka_unit_test(identify_refuses_what_does_not_exist),
		cmocka_unit_test(identify_crosses_a_page_boundary),
		cmocka_unit_test(unknown_admin_command_is_refused),
		cmocka_unit_test(fused_and_sgl_commands_are_refused),
		cmocka_unit_test(error_log_is_newest_first),
		cmocka_unit_test(health_log_counts_data),
		cmocka_unit_test(effects_log_names_the_commands),
		cmocka_unit_test(log_pages_can_be_read_in_parts),
		cmocka_unit_test(log_page_requests_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
