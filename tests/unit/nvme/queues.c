// SPDX-License-Identifier: MIT
/* Creating, deleting, filling and wrapping queues. */
#include "rig.h"

#define DELETE_SQ 0x00
#define CREATE_SQ 0x01
#define DELETE_CQ 0x04
#define CREATE_CQ 0x05

#define CQ_INVALID     0x100
#define BAD_QID        0x101
#define BAD_SIZE       0x102
#define BAD_VECTOR     0x108
#define BAD_DELETION   0x10c
#define BAD_FIELD      0x002
#define BAD_PRP_OFFSET 0x013

static uint16_t create(struct rig *rig, uint8_t opcode, uint32_t qid, uint32_t qsize, uint32_t high,
		       uint32_t flags, uint64_t prp1)
{
	struct cqe cqe = rig_do(rig, 0, (struct sqe){ .opcode = opcode, .prp1 = prp1,
				.dw = { qsize << 16 | qid, high << 16 | flags } });

	return cqe.status & 0x7ff;
}

static void completion_queue_creation_refuses_each_mistake(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	assert_int_equal(create(rig, CREATE_CQ, 0, 15, 0, 3, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_CQ, 5, 15, 0, 3, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_CQ, 65535, 15, 0, 3, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_CQ, 1, 15, 0, 3, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_CQ, 2, 0, 0, 3, page), BAD_SIZE);
	assert_int_equal(create(rig, CREATE_CQ, 2, 1024, 0, 3, page), BAD_SIZE);
	assert_int_equal(create(rig, CREATE_CQ, 2, 15, 0, 2, page), BAD_FIELD);
	assert_int_equal(create(rig, CREATE_CQ, 2, 15, 0, 3, page + 64), BAD_PRP_OFFSET);
	assert_int_equal(create(rig, CREATE_CQ, 2, 15, 8, 3, page), BAD_VECTOR);
	assert_int_equal(create(rig, CREATE_CQ, 2, 1023, 7, 3, page), 0);
	rig_destroy(rig);
}

static void submission_queue_creation_refuses_each_mistake(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);

	assert_int_equal(create(rig, CREATE_SQ, 0, 15, 1, 1, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_SQ, 5, 15, 1, 1, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_SQ, 1, 15, 1, 1, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_SQ, 2, 0, 1, 1, page), BAD_SIZE);
	assert_int_equal(create(rig, CREATE_SQ, 2, 1024, 1, 1, page), BAD_SIZE);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 1, 0, page), BAD_FIELD);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 1, 1, page + 4), BAD_PRP_OFFSET);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 0, 1, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 5, 1, page), BAD_QID);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 2, 1, page), CQ_INVALID);
	assert_int_equal(create(rig, CREATE_SQ, 2, 15, 1, 1, page), 0);
	rig_destroy(rig);
}

static void entry_sizes_must_be_set_before_queues(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096);

	rig_wr(rig, REG_CC, 1);
	assert_int_equal(create(rig, CREATE_CQ, 1, 15, 0, 3, page), BAD_SIZE);
	rig_wr(rig, REG_CC, CC_START);
	assert_int_equal(create(rig, CREATE_CQ, 1, 15, 0, 3, page), 0);
	rig_wr(rig, REG_CC, 1);
	assert_int_equal(create(rig, CREATE_SQ, 1, 15, 1, 1, page), BAD_SIZE);
	rig_destroy(rig);
}

static uint16_t delete(struct rig *rig, uint8_t opcode, uint32_t qid)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = opcode, .dw = { qid } }).status & 0x7ff;
}

static void deletion_refuses_each_mistake(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);

	assert_int_equal(delete(rig, DELETE_SQ, 0), BAD_QID);
	assert_int_equal(delete(rig, DELETE_SQ, 2), BAD_QID);
	assert_int_equal(delete(rig, DELETE_SQ, 999), BAD_QID);
	assert_int_equal(delete(rig, DELETE_CQ, 0), BAD_QID);
	assert_int_equal(delete(rig, DELETE_CQ, 2), BAD_QID);
	assert_int_equal(delete(rig, DELETE_CQ, 1), BAD_DELETION);
	assert_int_equal(delete(rig, DELETE_SQ, 1), 0);
	assert_int_equal(delete(rig, DELETE_SQ, 1), BAD_QID);
	assert_int_equal(delete(rig, DELETE_CQ, 1), 0);
	assert_int_equal(delete(rig, DELETE_CQ, 1), BAD_QID);
	rig_io_queue(rig, 1, 16);
	assert_status(rig_do(rig, 1, rig_rw(0x02, 0, 1, rig_alloc(rig, 4096), 0)), 0);
	rig_destroy(rig);
}

static void deleting_a_queue_aborts_its_commands(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096);
	struct cqe cqe;

	for (unsigned i = 0; i < 3; i++)
		rig_submit(rig, 1, rig_rw(0x02, i, 1, page, 0));
	rig_run_for(rig, dur_us(5));
	assert_int_equal(delete(rig, DELETE_SQ, 1), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(rig_poll(rig, 1, &cqe));
		assert_status(cqe, 0x008);      /* aborted due to SQ deletion */
	}
	rig_run_idle(rig);
	assert_false(rig_poll(rig, 1, &cqe));
	rig_destroy(rig);
}

static void queues_wrap_with_right_phase_and_head(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 5);
	uint64_t page = rig_alloc(rig, 4096);

	for (unsigned i = 0; i < 23; i++) {
		struct cqe cqe = rig_do(rig, 1, rig_rw(0x02, i, 1, page, 0));

		assert_status(cqe, 0);
		assert_int_equal(cqe.sqhd, (i + 1) % 5);
		assert_int_equal(cqe.phase, (i / 5 + 1) & 1);
	}
	assert_int_equal(rig_stat(rig, "nvme0.guest_errors"), 0);
	rig_destroy(rig);
}

static void bursts_split_at_the_ring_end(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 8);
	uint64_t page = rig_alloc(rig, 4096);
	unsigned from;

	for (unsigned i = 0; i < 5; i++)
		rig_do(rig, 1, rig_rw(0x02, i, 1, page, 0));
	from = rig->logged;
	for (unsigned i = 0; i < 6; i++)
		rig_put(rig, 1, rig_rw(0x02, i, 1, page, 0));
	rig_ring(rig, 1);
	rig_run_for(rig, dur_ns(200));
	assert_int_equal(rig->logged - from, 2);
	assert_int_equal(rig->log[from].req.bytes, 3 * 64);
	assert_true(rig->log[from].req.addr == rig->q[1].sq + 5 * 64);
	assert_int_equal(rig->log[from + 1].req.bytes, 3 * 64);
	assert_true(rig->log[from + 1].req.addr == rig->q[1].sq);
	for (unsigned i = 0; i < 6; i++)
		assert_status(rig_wait(rig, 1), 0);
	rig_destroy(rig);
}

static void full_completion_queue_holds_completions_back(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	struct rig_queue *q = &rig->q[1];
	uint64_t page = rig_alloc(rig, 4096);
	uint16_t cid[8];
	struct cqe cqe;

	/* Eight submission entries, three completion entries: room for two. */
	rig->q[1] = (struct rig_queue){ .sq = rig_alloc(rig, 4096), .cq = rig_alloc(rig, 4096),
					.phase = true };
	assert_int_equal(create(rig, CREATE_CQ, 1, 2, 1, 3, q->cq), 0);
	assert_int_equal(create(rig, CREATE_SQ, 1, 8, 1, 1, q->sq), 0);
	q->entries = 9;
	for (unsigned i = 0; i < 6; i++)
		cid[i] = rig_put(rig, 1, rig_rw(0x02, i, 1, page, 0));
	rig_ring(rig, 1);
	rig_run_idle(rig);
	q->entries = 3;                 /* what rig_poll wraps at */
	assert_int_equal(rig->irqs[1], 2);
	for (unsigned i = 0; i < 6; i++) {
		assert_true(rig_poll(rig, 1, &cqe));
		assert_int_equal(cqe.cid, cid[i]);
		assert_status(cqe, 0);
	}
	assert_int_equal(rig->irqs[1], 6);
	assert_false(rig_poll(rig, 1, &cqe));
	rig_destroy(rig);
}

static void deleting_a_full_completion_queue_frees_its_commands(void **state)
{
	struct nvme_cfg cfg = rig_cfg();
	struct rig *rig;
	uint64_t page, sq, cq;

	cfg.outstanding = 16;
	rig = rig_ready(&cfg, 0, 0);
	page = rig_alloc(rig, 4096);
	sq = rig_alloc(rig, 4096);
	cq = rig_alloc(rig, 4096);
	for (unsigned round = 0; round < 8; round++) {
		assert_int_equal(create(rig, CREATE_CQ, 1, 1, 1, 3, cq), 0);
		assert_int_equal(create(rig, CREATE_SQ, 1, 15, 1, 1, sq), 0);
		rig->q[1] = (struct rig_queue){ .sq = sq, .cq = cq, .entries = 16 };
		for (unsigned i = 0; i < 7; i++)
			rig_put(rig, 1, rig_rw(0x02, i, 1, page, 0));
		rig_ring(rig, 1);
		rig_run_idle(rig);
		assert_int_equal(rig->irqs[1], round + 1);
		assert_int_equal(delete(rig, DELETE_SQ, 1), 0);
		assert_int_equal(delete(rig, DELETE_CQ, 1), 0);
	}
	rig_destroy(rig);
}

static void a_completion_that_is_held_back_comes_before_its_queue_goes(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	uint64_t page = rig_alloc(rig, 4096), sq = rig_alloc(rig, 4096), cq = rig_alloc(rig, 4096);
	struct cqe cqe;

	assert_int_equal(create(rig, CREATE_CQ, 1, 15, 1, 3, cq), 0);
	assert_int_equal(create(rig, CREATE_SQ, 1, 15, 1, 1, sq), 0);
	rig->q[1] = (struct rig_queue){ .sq = sq, .cq = cq, .entries = 16, .phase = true };
	rig->late = dur_ms(1);
	rig_submit(rig, 1, rig_rw(0x02, 0, 1, page, 0));
	rig_run_for(rig, dur_us(200));
	assert_false(rig_peek(rig, 1, &cqe));
	rig->late = dur_ps(0);
	assert_int_equal(delete(rig, DELETE_SQ, 1), 0);
	assert_true(rig_poll(rig, 1, &cqe));
	assert_int_equal(cqe.status, 0);
	assert_int_equal(delete(rig, DELETE_CQ, 1), 0);
	memset(rig_mem(rig, cq), 0, 4096);
	rig_run_idle(rig);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(rig_mem(rig, cq)[i], 0);
	rig_destroy(rig);
}

static void several_submission_queues_share_a_completion_queue(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	uint64_t page = rig_alloc(rig, 4096), sq = rig_alloc(rig, 4096);
	struct cqe cqe;

	assert_int_equal(create(rig, CREATE_SQ, 3, 15, 1, 1, sq), 0);
	rig->q[3] = (struct rig_queue){ .sq = sq, .entries = 16 };
	rig_submit(rig, 3, rig_rw(0x02, 0, 1, page, 0));
	cqe = rig_wait(rig, 1);
	assert_int_equal(cqe.sqid, 3);
	assert_int_equal(delete(rig, DELETE_SQ, 1), 0);
	assert_int_equal(delete(rig, DELETE_CQ, 1), BAD_DELETION);
	rig_destroy(rig);
}

static void queue_without_interrupts_raises_none(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);
	struct cqe cqe;

	rig->q[1] = (struct rig_queue){ .sq = rig_alloc(rig, 4096), .cq = rig_alloc(rig, 4096),
					.entries = 16, .phase = true };
	assert_int_equal(create(rig, CREATE_CQ, 1, 15, 1, 1, rig->q[1].cq), 0);
	assert_int_equal(create(rig, CREATE_SQ, 1, 15, 1, 1, rig->q[1].sq), 0);
	cqe = rig_do(rig, 1, rig_rw(0x02, 0, 1, rig_alloc(rig, 4096), 0));
	assert_status(cqe, 0);
	assert_int_equal(rig->irqs[1], 0);
	rig_destroy(rig);
}

static void identifier_in_use_is_a_conflict(void **state)
{
	struct rig *rig = rig_ready(NULL, 1, 16);
	struct sqe sqe = rig_rw(0x02, 0, 1, rig_alloc(rig, 4096), 0);

	sqe.cid = 99;
	rig_submit(rig, 1, sqe);
	rig_submit(rig, 1, sqe);
	assert_status(rig_wait(rig, 1), 0x003);
	assert_status(rig_wait(rig, 1), 0);
	/* Free again. */
	assert_status(rig_do(rig, 1, sqe), 0);
	rig_destroy(rig);
}

static void bursts_alternate_between_queues(void **state)
{
	struct rig *rig = rig_ready(NULL, 2, 64);
	uint64_t page = rig_alloc(rig, 4096);
	unsigned from, turn[40], turns = 0;

	/* Arbitration burst of 2^0: one entry a turn. */
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { 1, 0 } }), 0);
	for (unsigned i = 0; i < 40; i++)
		rig_put(rig, 1, rig_rw(0x02, i, 1, page, 0));
	for (unsigned i = 0; i < 8; i++)
		rig_put(rig, 2, rig_rw(0x02, i, 1, page, 0));
	from = rig->logged;
	rig_ring(rig, 1);
	rig_ring(rig, 2);
	rig_run_for(rig, dur_us(3));
	for (unsigned i = from; i < rig->logged && turns < 40; i++) {
		assert_int_equal(rig->log[i].req.bytes, 64);
		turn[turns++] = rig->log[i].req.addr >= rig->q[2].sq ? 2 : 1;
	}
	/* The first queue takes every reader while it is alone; then turns alternate. */
	assert_int_equal(turns, 40);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(turn[i], 1);
	for (unsigned i = 16; i < 32; i++)
		assert_int_equal(turn[i], i % 2 ? 2 : 1);
	for (unsigned i = 32; i < 40; i++)
		assert_int_equal(turn[i], 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(completion_queue_creation_refuses_each_mistake),
		cmocka_unit_test(submission_queue_creation_refuses_each_mistake),
		cmocka_unit_test(entry_sizes_must_be_set_before_queues),
		cmocka_unit_test(deletion_refuses_each_mistake),
		cmocka_unit_test(deleting_a_queue_aborts_its_commands),
		cmocka_unit_test(queues_wrap_with_right_phase_and_head),
		cmocka_unit_test(bursts_split_at_the_ring_end),
		cmocka_unit_test(full_completion_queue_holds_completions_back),
		cmocka_unit_test(deleting_a_full_completion_queue_frees_its_commands),
		cmocka_unit_test(a_completion_that_is_held_back_comes_before_its_queue_goes),
		cmocka_unit_test(several_submission_queues_share_a_completion_queue),
		cmocka_unit_test(queue_without_interrupts_raises_none),
		cmocka_unit_test(identifier_in_use_is_a_conflict),
		cmocka_unit_test(bursts_alternate_between_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
