/* SPDX-License-Identifier: MIT */
/* Round robin arbitration with burst (NVM Express 1.4c, 4.13.1 and feature 01h), read by read
 * against a model of its own; one interrupt vector for each completion queue, and coalescing
 * over the queues of a vector (features 08h, 09h). */
#include "model/core/random.h"
#include "tests/unit/nvme/rig.h"

#define QUEUES  3u
#define ENTRIES 64u
#define VERIFY  0x0c                 /* moves no data: all reads are of submission queues */

struct turn {
	unsigned q, first, count;
};

static struct cqe feature(struct rig *rig, uint32_t id, uint32_t value)
{
	return rig_do(rig, 0, (struct sqe){ .opcode = 0x09, .dw = { id, value } });
}

struct reference {
	unsigned list[64], head, tail;       /* queues whose turn comes */
	unsigned left[QUEUES + 1], at[QUEUES + 1];
	unsigned burst, readers;
	struct turn turn[256];
	unsigned turns;
};

/* Turns, as long as a reader is free. A read ends at the end of the ring, and after 64 entries. */
static void take_turns(struct reference *r)
{
	while (r->head != r->tail && r->readers) {
		unsigned q = r->list[r->head++ % 64], count;

		do {
			count = r->left[q] < ENTRIES - r->at[q] ? r->left[q] : ENTRIES - r->at[q];
			count = count < r->burst ? count : r->burst;
			r->turn[r->turns++] = (struct turn){ q, r->at[q], count };
			r->at[q] = (r->at[q] + count) % ENTRIES;
			r->left[q] -= count;
			r->readers--;
		} while (r->burst == ~0u && r->left[q] && r->readers);
		if (r->left[q])
			r->list[r->tail++ % 64] = q;
	}
}

/* Queues are heard of in the order of their doorbells, before any read is answered; then reads
 * go out as readers (16 of them) become free, which changes nothing of the order. */
static void expected(struct reference *r, const unsigned *order)
{
	r->readers = 16;
	for (unsigned i = 0; i < QUEUES; i++) {
		if (!r->left[order[i]])
			continue;
		r->list[r->tail++ % 64] = order[i];
		take_turns(r);
	}
	r->readers = ~0u;
	take_turns(r);
}

static unsigned seen(struct rig *rig, unsigned from, struct turn *turn)
{
	unsigned turns = 0;

	assert_true(rig->logged - from < RIG_LOG);
	for (unsigned i = from; i < rig->logged; i++) {
		const struct dma_req *req = &rig->log[i % RIG_LOG].req;

		if (req->kind != DMA_READ)
			continue;
		for (unsigned q = 1; q <= QUEUES; q++)
			if (req->addr >= rig->q[q].sq && req->addr < rig->q[q].sq + ENTRIES * 64)
				turn[turns++] = (struct turn){
					q, (unsigned)(req->addr - rig->q[q].sq) / 64,
					req->bytes / 64 };
	}
	return turns;
}

static unsigned reap(struct rig *rig)
{
	unsigned n = 0;
	struct cqe cqe;

	for (unsigned q = 1; q <= QUEUES; q++) {
		for (; rig_poll(rig, q, &cqe); n++)
			assert_status(cqe, 0);
	}
	return n;
}

static void one_round(struct rig *rig, struct random *random, unsigned ab)
{
	struct reference want = { .burst = ab == 7 ? ~0u : 1u << ab };
	unsigned order[QUEUES], total = 0, from, turns;
	struct turn got[256];

	assert_status(feature(rig, 1, ab), 0);
	for (unsigned i = 0; i < QUEUES; i++) {
		unsigned k = (unsigned)random_below(random, i + 1);

		order[i] = order[k];
		order[k] = i + 1;
	}
	for (unsigned q = 1; q <= QUEUES; q++) {
		want.left[q] = (unsigned)random_below(random, ENTRIES);
		want.at[q] = rig->q[q].tail;
		total += want.left[q];
		for (unsigned i = 0; i < want.left[q]; i++)
			rig_put(rig, q, rig_rw(VERIFY, i, 1, 0, 0));
	}
	from = rig->logged;
	for (unsigned i = 0; i < QUEUES; i++)
		if (want.left[order[i]])
			rig_ring(rig, order[i]);
	expected(&want, order);
	rig_run_idle(rig);
	turns = seen(rig, from, got);
	assert_int_equal(turns, want.turns);
	for (unsigned i = 0; i < turns; i++)
		if (memcmp(&want.turn[i], &got[i], sizeof(got[i])))
			fail_msg("AB %u, turn %u: queue %u, %u from %u; not queue %u, %u from %u",
				 ab, i, got[i].q, got[i].count, got[i].first, want.turn[i].q,
				 want.turn[i].count, want.turn[i].first);
	assert_int_equal(reap(rig), total);
}

static void turns_follow_round_robin_with_burst(void **state)
{
	struct rig *rig = rig_ready(NULL, QUEUES, ENTRIES);
	struct random random;

	random_init(&random, 1, "arbitration");
	for (unsigned round = 0; round < 400; round++)
		one_round(rig, &random, round % 8);
	rig_destroy(rig);
}

/* ---- vectors ---- */

static void each_completion_queue_has_its_vector(void **state)
{
	struct rig *rig = rig_ready(NULL, QUEUES, ENTRIES);

	for (unsigned q = 1; q <= QUEUES; q++) {
		unsigned before[4];

		memcpy(before, rig->irqs, sizeof(before));
		for (unsigned i = 0; i < q; i++)
			rig_do(rig, q, rig_rw(VERIFY, 0, 1, 0, 0));
		rig_run_idle(rig);
		for (unsigned v = 0; v < 4; v++)
			assert_int_equal(rig->irqs[v] - before[v], v == q ? q : 0);
	}
	rig_destroy(rig);
}

static void share(struct rig *rig, unsigned qid, unsigned vector)
{
	struct rig_queue *q = &rig->q[qid];

	*q = (struct rig_queue){ .sq = rig_alloc(rig, 4096), .cq = rig_alloc(rig, 4096),
				 .entries = ENTRIES, .phase = true };
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x05, .prp1 = q->cq,
			     .dw = { (ENTRIES - 1) << 16 | qid, vector << 16 | 3 } }), 0);
	assert_status(rig_do(rig, 0, (struct sqe){ .opcode = 0x01, .prp1 = q->sq,
			     .dw = { (ENTRIES - 1) << 16 | qid, qid << 16 | 1 } }), 0);
}

/* 5.21.1.8: the threshold counts the entries of a vector, whatever the queue; CD, 5.21.1.9, takes a
 * vector out and leaves the others in. */
static void the_threshold_counts_over_the_queues_of_a_vector(void **state)
{
	struct rig *rig = rig_ready(NULL, 0, 0);

	share(rig, 1, 5);
	share(rig, 2, 5);
	share(rig, 3, 6);
	assert_status(feature(rig, 8, 50u << 8 | 3), 0);        /* four entries, 5 ms */
	for (unsigned i = 0; i < 6; i++)
		rig_submit(rig, 1 + i % 3, rig_rw(VERIFY, i, 1, 0, 0));
	rig_run_for(rig, dur_us(100));
	assert_int_equal(rig->irqs[5], 1);                      /* two of each queue */
	assert_int_equal(rig->irqs[6], 0);
	rig_run_for(rig, dur_ms(6));
	assert_int_equal(rig->irqs[6], 1);                      /* by time */
	assert_int_equal(rig->irqs[5], 1);
	assert_status(feature(rig, 9, 1u << 16 | 6), 0);
	for (unsigned i = 0; i < 3; i++)
		rig_submit(rig, 3, rig_rw(VERIFY, i, 1, 0, 0));
	rig_submit(rig, 1, rig_rw(VERIFY, 0, 1, 0, 0));
	rig_run_for(rig, dur_us(100));
	assert_int_equal(rig->irqs[6], 4);
	assert_int_equal(rig->irqs[5], 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_follow_round_robin_with_burst),
		cmocka_unit_test(each_completion_queue_has_its_vector),
		cmocka_unit_test(the_threshold_counts_over_the_queues_of_a_vector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
