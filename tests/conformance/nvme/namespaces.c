/* SPDX-License-Identifier: MIT */
/* Several namespaces (NVM Express 1.4c 6.1), and Format NVM (5.23). */
#include "tests/unit/nvme/rig.h"

#define FLUSH   0x00
#define WRITE   0x01
#define READ    0x02
#define ZEROES  0x08
#define DSM     0x09
#define FORMAT  0x80
#define MIB     (1ull << 20)

static uint64_t get(const uint8_t *from, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)from[i] << 8 * i;
	return value;
}

/* Of 256, 512 and 256 MiB. */
static struct rig *three(void)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.namespaces = 3;
	cfg.namespace_bytes[1] = 512 * MIB;
	return rig_ready(&cfg, 1, 64);
}

static struct cqe admin(struct rig *rig, uint8_t opcode, uint32_t nsid, uint64_t page,
			uint32_t dw10)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = opcode, .nsid = nsid, .prp1 = page,
		      .dw = { dw10 } });
}

static struct cqe io(struct rig *rig, uint8_t opcode, uint32_t nsid, uint64_t lba, uint32_t blocks,
		     uint64_t page)
{
	struct sqe sqe = rig_rw(opcode, lba, blocks, page, page + 4096);

	sqe.nsid = nsid;
	return rig_do(rig, 1, sqe);
}

static uint32_t word(struct rig *rig, uint64_t addr)
{
	return (uint32_t)get(rig_mem(rig, addr), 4);
}

static void identify_lists_every_namespace(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 4096), eui[3];
	static const uint64_t blocks[] = { 524288, 1048576, 524288 };

	assert_status(admin(rig, 0x06, 0, page, 0x01), 0);
	assert_int_equal(word(rig, page + 516), 3);             /* NN */
	assert_true(get(rig_mem(rig, page + 296), 8) == 0);     /* UNVMCAP */
	for (uint32_t cns = 0x02; cns <= 0x10; cns += 0x0e) {
		assert_status(admin(rig, 0x06, 0, page, cns), 0);
		assert_int_equal(word(rig, page), 1);
		assert_int_equal(word(rig, page + 8), 3);
		assert_int_equal(word(rig, page + 12), 0);
		assert_status(admin(rig, 0x06, 2, page, cns), 0);
		assert_int_equal(word(rig, page), 3);
		assert_int_equal(word(rig, page + 4), 0);
		assert_status(admin(rig, 0x06, 0xffffffff, page, cns), 0x00b);
	}
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		assert_status(admin(rig, 0x06, nsid, page, 0x11), 0);
		assert_status(admin(rig, 0x06, nsid, page, 0x00), 0);
		assert_true(get(rig_mem(rig, page), 8) == blocks[nsid - 1]);
		assert_true(get(rig_mem(rig, page + 48), 8) == blocks[nsid - 1] * 512);
		eui[nsid - 1] = get(rig_mem(rig, page + 120), 8);
		assert_status(admin(rig, 0x06, nsid, page, 0x03), 0);
		assert_true(get(rig_mem(rig, page + 4), 8) == eui[nsid - 1]);
	}
	assert_true(eui[0] != eui[1] && eui[1] != eui[2] && eui[0] != eui[2]);
	assert_status(admin(rig, 0x06, 4, page, 0x00), 0x00b);
	assert_status(admin(rig, 0x06, 1, page, 0x01), 0x002);  /* NSID is not used */
	rig_destroy(rig);
}

static void controller_lists_hold_the_one_controller(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 4096);

	assert_status(admin(rig, 0x06, 2, page, 0x12), 0);
	assert_int_equal(word(rig, page), 1);           /* one identifier, 0 */
	assert_status(admin(rig, 0x06, 0, page, 0x13), 0);
	assert_int_equal(word(rig, page), 1);
	assert_status(admin(rig, 0x06, 0, page, 1u << 16 | 0x13), 0);
	assert_int_equal(word(rig, page), 0);           /* none from 1 on */
	assert_status(admin(rig, 0x06, 4, page, 0x12), 0x00b);
	rig_destroy(rig);
}

static void namespaces_do_not_share_blocks(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);
	static const uint64_t last[] = { 524287, 1048575, 524287 };

	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		memset(rig_mem(rig, page), (int)nsid, 4096);
		assert_status(io(rig, WRITE, nsid, 0, 8, page), 0);
		assert_status(io(rig, WRITE, nsid, last[nsid - 1] - 7, 8, page), 0);
		assert_status(io(rig, WRITE, nsid, last[nsid - 1] - 6, 8, page), 0x080);
		assert_status(io(rig, WRITE, nsid, last[nsid - 1] + 1, 1, page), 0x080);
	}
	assert_status(io(rig, ZEROES, 2, 0, 8, 0), 0);
	for (uint32_t nsid = 1; nsid <= 3; nsid++) {
		assert_status(io(rig, READ, nsid, 0, 8, page), 0);
		assert_int_equal(rig_mem(rig, page)[0], nsid == 2 ? 0 : nsid);
		assert_status(io(rig, READ, nsid, last[nsid - 1], 1, page), 0);
		assert_int_equal(rig_mem(rig, page)[511], nsid);
	}
	assert_status(io(rig, FLUSH, 3, 0, 1, 0), 0);
	assert_status(io(rig, FLUSH, 0xffffffff, 0, 1, 0), 0);
	assert_status(io(rig, FLUSH, 4, 0, 1, 0), 0x00b);
	rig_destroy(rig);
}

static struct cqe health(struct rig *rig, uint32_t nsid, uint64_t page)
{
	return admin(rig, 0x02, nsid, page, 127u << 16 | 2);
}

static void health_is_kept_by_namespace(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);

	for (unsigned i = 0; i < 10; i++)
		io(rig, i < 7 ? READ : WRITE, i < 4 ? 1 : 2, 0, 8, page);
	assert_status(health(rig, 1, page), 0);
	assert_int_equal(get(rig_mem(rig, page + 64), 8), 4);
	assert_status(health(rig, 2, page), 0);
	assert_int_equal(get(rig_mem(rig, page + 64), 8), 3);
	assert_int_equal(get(rig_mem(rig, page + 80), 8), 3);
	for (unsigned i = 0; i < 2; i++) {
		assert_status(health(rig, i ? 0 : 0xffffffff, page), 0);
		assert_int_equal(get(rig_mem(rig, page + 64), 8), 7);
		assert_int_equal(get(rig_mem(rig, page + 80), 8), 3);
	}
	assert_status(health(rig, 4, page), 0x00b);
	assert_status(admin(rig, 0x02, 1, page, 127u << 16 | 3), 0x002); /* firmware slots */
	rig_destroy(rig);
}

/* ---- Format NVM ---- */

static void format_changes_the_block_size_of_one_namespace(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);

	memset(rig_mem(rig, page), 0x44, 8192);
	for (uint32_t nsid = 1; nsid <= 3; nsid++)
		assert_status(io(rig, WRITE, nsid, 0, 8, page), 0);
	assert_status(admin(rig, FORMAT, 2, 0, 1), 0);
	assert_status(admin(rig, 0x06, 2, page, 0), 0);
	assert_true(get(rig_mem(rig, page), 8) == 512 * MIB / 4096);
	assert_int_equal(rig_mem(rig, page)[26], 1);            /* FLBAS */
	assert_status(io(rig, READ, 2, 0, 1, page), 0);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(rig_mem(rig, page)[i], 0);
	/* A block is 4096 bytes now: of data, of ranges, of limits. */
	rig_pattern(rig_mem(rig, page), 8192, 9);
	assert_status(io(rig, WRITE, 2, 131071, 1, page), 0);
	assert_status(io(rig, WRITE, 2, 131070, 2, page), 0);
	assert_status(io(rig, WRITE, 2, 131071, 2, page), 0x080);
	assert_status(io(rig, READ, 2, 0, 33, page), 0x002);    /* MDTS: 32 */
	assert_status(io(rig, READ, 1, 0, 1, page), 0);
	assert_int_equal(rig_mem(rig, page)[0], 0x44);
	assert_status(io(rig, READ, 3, 0, 1, page), 0);
	assert_int_equal(rig_mem(rig, page)[0], 0x44);
	/* It outlasts resets. */
	nvme_reset(rig->nvme);
	rig_enable(rig, 32);
	assert_status(admin(rig, 0x06, 2, page, 0), 0);
	assert_int_equal(rig_mem(rig, page)[26], 1);
	rig_destroy(rig);
}

static void format_erases_one_or_all_by_every_method(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);

	for (uint32_t ses = 0; ses <= 2; ses++) {
		for (uint32_t nsid = 1; nsid <= 3; nsid++) {
			memset(rig_mem(rig, page), 0x44, 8192);
			assert_status(io(rig, WRITE, nsid, 100, 8, page), 0);
		}
		assert_status(admin(rig, FORMAT, ses == 1 ? 0xffffffff : 3, 0, ses << 9), 0);
		for (uint32_t nsid = 1; nsid <= 3; nsid++) {
			assert_status(io(rig, READ, nsid, 100, 8, page), 0);
			assert_int_equal(rig_mem(rig, page)[4095],
					 ses == 1 || nsid == 3 ? 0 : 0x44);
		}
	}
	rig_destroy(rig);
}

static void format_refuses_each_mistake(void **state)
{
	struct rig *rig = three();
	struct sqe busy = rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0);

	assert_status(admin(rig, FORMAT, 0, 0, 0), 0x00b);
	assert_status(admin(rig, FORMAT, 4, 0, 0), 0x00b);
	assert_status(admin(rig, FORMAT, 1, 0, 2), 0x10a);              /* LBAF */
	assert_status(admin(rig, FORMAT, 1, 0, 15), 0x10a);
	assert_status(admin(rig, FORMAT, 1, 0, 1u << 5), 0x10a);        /* PI 1 */
	assert_status(admin(rig, FORMAT, 1, 0, 4u << 5), 0x002);        /* PI reserved */
	assert_status(admin(rig, FORMAT, 1, 0, 3u << 9), 0x002);        /* SES reserved */
	rig_submit(rig, 1, busy);
	rig_run_for(rig, dur_us(3));
	assert_status(admin(rig, FORMAT, 1, 0, 0), 0x00c);              /* I/O under way */
	assert_status(rig_wait(rig, 1), 0);
	assert_status(admin(rig, FORMAT, 1, 0, 0), 0);
	rig_destroy(rig);
}

static void io_during_a_format_is_told_so(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);
	static const uint8_t opcode[] = { FLUSH, WRITE, READ, 0x05, ZEROES, DSM, 0x0c };
	uint16_t format = rig_submit(rig, 0, (struct sqe){ .opcode = FORMAT, .nsid = 2 });

	rig_run_for(rig, dur_us(3));
	for (unsigned i = 0; i < sizeof(opcode); i++) {
		struct cqe cqe = io(rig, opcode[i], 2, 0, 1, page);

		assert_int_equal(cqe.status, 0x084 | NVME_STATUS_MORE); /* may be tried again */
	}
	assert_status(io(rig, FLUSH, 0xffffffff, 0, 1, page), 0x084);
	assert_status(admin(rig, FORMAT, 2, 0, 0), 0x084);
	assert_status(admin(rig, FORMAT, 0xffffffff, 0, 0), 0x084);
	assert_true(at_since(sim_now(&rig->sim), at_ps(0)).ps < dur_us(60).ps);
	assert_int_equal(rig_wait(rig, 0).cid, format);
	assert_status(io(rig, READ, 2, 0, 1, page), 0);
	rig_destroy(rig);
}

static void another_namespace_works_during_a_format(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);
	struct cqe cqe;

	rig_submit(rig, 0, (struct sqe){ .opcode = FORMAT, .nsid = 2 });
	rig_run_for(rig, dur_us(3));
	assert_status(io(rig, READ, 1, 0, 1, page), 0);
	assert_false(rig_poll(rig, 0, &cqe));           /* still formatting */
	assert_status(rig_wait(rig, 0), 0);
	rig_destroy(rig);
}

static void an_ended_format_leaves_the_namespace_as_it_was(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 8192);
	struct cqe cqe;
	uint16_t cid;

	memset(rig_mem(rig, page), 0x44, 8192);
	assert_status(io(rig, WRITE, 1, 0, 8, page), 0);
	cid = rig_submit(rig, 0, (struct sqe){ .opcode = FORMAT, .nsid = 1, .dw = { 1 } });
	rig_run_for(rig, dur_us(3));
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x08, .dw = { (uint32_t)cid << 16 } });
	cqe = rig_wait(rig, 0);
	assert_int_equal(cqe.cid, cid);
	assert_status(cqe, 0x007);
	assert_int_equal(rig_wait(rig, 0).result, 0);
	assert_status(io(rig, READ, 1, 0, 8, page), 0);
	assert_int_equal(rig_mem(rig, page)[0], 0x44);
	rig_submit(rig, 0, (struct sqe){ .opcode = FORMAT, .nsid = 1, .dw = { 1 } });
	rig_run_for(rig, dur_us(3));
	rig_wr(rig, REG_CC, 0);
	rig_enable(rig, 32);
	rig_io_queue(rig, 1, 32);
	memset(rig_mem(rig, page), 0, 8192);
	assert_status(io(rig, READ, 1, 0, 8, page), 0);
	assert_int_equal(rig_mem(rig, page)[0], 0x44);
	rig_destroy(rig);
}

/* Identify, OAES bit 8; 5.14.1.4: the list is empty once it was read. */
static void a_changed_format_is_an_event_with_a_list(void **state)
{
	struct rig *rig = three();
	uint64_t page = rig_alloc(rig, 4096);
	struct cqe cqe;

	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 0x0b, 1u << 8 } }), 0);
	rig_submit(rig, 0, (struct sqe){ .opcode = 0x0c });
	rig_run_idle(rig);
	assert_status(admin(rig, FORMAT, 1, 0, 0), 0);          /* no change of format */
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 0, &cqe));
	rig_submit(rig, 0, (struct sqe){ .opcode = FORMAT, .nsid = 3, .dw = { 1 } });
	assert_status(rig_wait(rig, 0), 0);
	assert_int_equal(rig_wait(rig, 0).result, 0x040002);
	assert_status(admin(rig, 0x02, 0, page, 1u << 15 | 1023u << 16 | 4), 0);
	assert_int_equal(word(rig, page), 3);                   /* retained */
	assert_status(admin(rig, 0x02, 0, page, 1023u << 16 | 4), 0);
	assert_int_equal(word(rig, page), 3);
	assert_int_equal(word(rig, page + 4), 0);
	assert_status(admin(rig, 0x02, 0, page, 1023u << 16 | 4), 0);
	assert_int_equal(word(rig, page), 0);
	rig_destroy(rig);
}

static void shipped_with_large_blocks(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t page;

	cfg.block_bytes = 4096;
	rig = rig_ready(&cfg, 1, 16);
	page = rig_alloc(rig, 8192);
	assert_status(admin(rig, 0x06, 1, page, 0), 0);
	assert_int_equal(rig_mem(rig, page)[26], 1);
	assert_true(get(rig_mem(rig, page), 8) == (1u << 30) / 4096);
	rig_destroy(rig);
}

static void no_dma(void *ctx, const struct dma_req *req)
{
	fail();
}

static void no_interrupt(void *ctx, unsigned vector)
{
	fail();
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
	static const struct { unsigned n; uint64_t first, second; unsigned block; } bad[] = {
		{ 33, 0, 0, 0 }, { 2, 1ull << 30, 0, 0 }, { 2, 768 * MIB, 512 * MIB, 0 },
		{ 2, 512, 0, 0 }, { 2, 4096 + 512, 0, 0 }, { 1, 0, 0, 1024 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sim sim = { .engine = engine_create(), .trace = trace_create(1),
				   .stats = stats_create(), .seed = 1 };
		static const struct nvme_ops ops = { .dma = no_dma, .msix = no_interrupt };
		struct nvme_cfg cfg = rig_cfg();
		struct nvme *nvme;

		cfg.namespaces = bad[i].n;
		cfg.namespace_bytes[0] = bad[i].first;
		cfg.namespace_bytes[1] = bad[i].second;
		cfg.block_bytes = bad[i].block;
		assert_int_equal(nvme_create(&nvme, &sim, &cfg, &ops, NULL), SIM_ERR_CONFIG);
		engine_destroy(sim.engine);
		stats_destroy(sim.stats);
		trace_destroy(sim.trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identify_lists_every_namespace),
		cmocka_unit_test(controller_lists_hold_the_one_controller),
		cmocka_unit_test(namespaces_do_not_share_blocks),
		cmocka_unit_test(health_is_kept_by_namespace),
		cmocka_unit_test(format_changes_the_block_size_of_one_namespace),
		cmocka_unit_test(format_erases_one_or_all_by_every_method),
		cmocka_unit_test(format_refuses_each_mistake),
		cmocka_unit_test(io_during_a_format_is_told_so),
		cmocka_unit_test(another_namespace_works_during_a_format),
		cmocka_unit_test(an_ended_format_leaves_the_namespace_as_it_was),
		cmocka_unit_test(a_changed_format_is_an_event_with_a_list),
		cmocka_unit_test(shipped_with_large_blocks),
		cmocka_unit_test(sizes_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
