/* SPDX-License-Identifier: MIT */
/* The link computes finish times of whole requests, and collects tags and credits when it needs
 * them. Here the same is done one TLP and one event at a time, and both must agree: writes to the
 * picosecond of rounding, reads within the time of a few request TLPs (those of one read count as
 * arriving with the first, so a short completion at a page's edge can be early). */
#include "tests/unit/pcie/rig.h"

#include <stdio.h>

#include "model/core/random.h"

#define REQUESTS  600
#define OVERHEAD  24u
#define COMPLETER 20u
#define FINE      2048u   /* parts of a picosecond */
#define RATE      (16u * 130000u / 8u)   /* of them a byte: Gen3 x8 */
#define TLPS_MAX  65536
#define NEVER     UINT64_MAX
#define RETURN_NS 350u

struct request {
	uint64_t issue_ps, addr;
	uint32_t bytes;
	bool read;
	uint64_t done_ps;      /* by the reference */
	uint32_t sent;         /* bytes, and posted requests it must not pass */
	unsigned posted_before;
};

struct limits {
	unsigned mps, mrrs, rcb, tags, headers, data, reads;
};

/* Times in FINE parts of a picosecond, in order. */
struct times {
	uint64_t when[TLPS_MAX];
	unsigned data[TLPS_MAX];
	size_t head, tail;
};

struct plain {
	const struct limits *limits;
	struct request *requests;
	uint64_t up, down;     /* when they are free */
	unsigned tags, headers, data, reads;     /* in use */
	unsigned posted_sent, next_write, next_read, issued;
	struct times posted_back, read_back, tag_back;
	struct times answers;  /* `data` is an index into asked */
	struct { unsigned request; uint64_t addr; uint32_t bytes; } asked[TLPS_MAX];
	unsigned asks;
};

static uint32_t piece(uint64_t addr, uint32_t bytes, uint32_t most)
{
	uint32_t page = 4096 - (uint32_t)(addr % 4096);
	uint32_t n = bytes < most ? bytes : most;

	return n < page ? n : page;
}

/* Queues one TLP; when it has left. */
static uint64_t queue(uint64_t *free, uint64_t from, uint32_t bytes)
{
	if (*free < from)
		*free = from;
	*free += (uint64_t)bytes * RATE;
	return *free;
}

static void push(struct times *times, uint64_t when, unsigned data)
{
	assert_true(times->tail < TLPS_MAX);
	times->when[times->tail] = when;
	times->data[times->tail++] = data;
}

static uint64_t first(const struct times *times)
{
	return times->head < times->tail ? times->when[times->head] : NEVER;
}

static bool send_write(struct plain *p, uint64_t now, struct request *request)
{
	uint64_t addr = request->addr + request->sent, left;
	uint32_t part = piece(addr, request->bytes - request->sent, p->limits->mps);
	unsigned data = (part + 15) / 16;

	if (p->limits->headers && (p->headers + 1 > p->limits->headers ||
				   p->data + data > p->limits->data))
		return false;
	left = queue(&p->up, now, part + OVERHEAD);
	p->headers++;
	p->data += data;
	push(&p->posted_back, left / FINE * FINE + RETURN_NS * PS_PER_NS * FINE, data);
	request->sent += part;
	request->done_ps = left / FINE + WRITE_LATENCY_NS * PS_PER_NS;
	return true;
}

static bool send_read(struct plain *p, uint64_t now, unsigned n)
{
	struct request *request = &p->requests[n];
	uint64_t addr = request->addr + request->sent, left;
	uint32_t ask = piece(addr, request->bytes - request->sent, p->limits->mrrs);

	if ((p->limits->tags && p->tags == p->limits->tags) ||
	    (p->limits->reads && p->reads == p->limits->reads))
		return false;
	left = queue(&p->up, now, OVERHEAD);
	p->tags++;
	p->reads++;
	push(&p->read_back, left / FINE * FINE + RETURN_NS * PS_PER_NS * FINE, 0);
	p->asked[p->asks].request = n;
	p->asked[p->asks].addr = addr;
	p->asked[p->asks].bytes = ask;
	push(&p->answers, left + READ_RTT_NS * PS_PER_NS * FINE, p->asks++);
	request->sent += ask;
	return true;
}

static unsigned next_of(const struct plain *p, unsigned from, bool read)
{
	while (from < p->issued && p->requests[from].read != read)
		from++;
	return from;
}

static void send_all(struct plain *p, uint64_t now)
{
	bool moved = true;

	while (moved) {
		moved = false;
		while ((p->next_write = next_of(p, p->next_write, false)) < p->issued &&
		       send_write(p, now, &p->requests[p->next_write])) {
			struct request *request = &p->requests[p->next_write];

			moved = true;
			if (request->sent == request->bytes) {
				p->next_write++;
				p->posted_sent++;
			}
		}
		while ((p->next_read = next_of(p, p->next_read, true)) < p->issued &&
		       p->requests[p->next_read].posted_before <= p->posted_sent &&
		       send_read(p, now, p->next_read)) {
			struct request *request = &p->requests[p->next_read];

			moved = true;
			if (request->sent == request->bytes)
				p->next_read++;
		}
	}
}

/* All completions of one request: each ends at a multiple of the boundary, but for the last. */
static void answer(struct plain *p, uint64_t now, unsigned which)
{
	uint64_t addr = p->asked[which].addr, end = addr + p->asked[which].bytes, back = now;

	while (addr < end) {
		uint64_t to = (addr + p->limits->mps) / p->limits->rcb * p->limits->rcb;

		if (end - addr <= p->limits->mps)
			to = end;
		back = queue(&p->down, now, (uint32_t)(to - addr) + COMPLETER);
		addr = to;
	}
	push(&p->tag_back, back / FINE * FINE, 0);
	p->requests[p->asked[which].request].done_ps = back / FINE;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void plain_run(struct plain *p)
{
	unsigned posted = 0;

	for (;;) {
		uint64_t issue = p->issued < REQUESTS ? p->requests[p->issued].issue_ps * FINE
						      : NEVER;
		uint64_t now = least(least(issue, first(&p->posted_back)),
				     least(least(first(&p->read_back), first(&p->tag_back)),
					   first(&p->answers)));

		if (now == NEVER)
			return;
		for (; first(&p->posted_back) == now; p->posted_back.head++) {
			p->headers--;
			p->data -= p->posted_back.data[p->posted_back.head];
		}
		for (; first(&p->read_back) == now; p->read_back.head++)
			p->reads--;
		for (; first(&p->tag_back) == now; p->tag_back.head++)
			p->tags--;
		if (first(&p->answers) == now) {
			answer(p, now, p->answers.data[p->answers.head++]);
			continue;
		}
		if (issue == now) {
			struct request *request = &p->requests[p->issued++];

			request->posted_before = posted;
			posted += !request->read;
		}
		send_all(p, now);
	}
}

static void make_requests(struct request *requests, uint64_t seed)
{
	struct random random;
	uint64_t ps = 0;

	random_init(&random, seed, "reference");
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct request *request = &requests[i];

		/* From far below the link's rate to bursts at one instant. */
		if (random_below(&random, 3))
			ps += random_below(&random, 400000);
		memset(request, 0, sizeof(*request));
		request->issue_ps = ps;
		request->addr = random_below(&random, 0x20000);
		request->bytes = random_below(&random, 2) ? 64 : 9000;
		request->bytes = 1 + (uint32_t)random_below(&random, request->bytes);
		request->read = random_below(&random, 2);
	}
}

static void device(struct rig *rig, const struct limits *limits)
{
	struct pcie_cfg cfg = rig_cfg("eth0");

	cfg.link.mps = limits->mps;
	cfg.link.mrrs = limits->mrrs;
	cfg.link.rcb = limits->rcb;
	cfg.link.tags = limits->tags;
	cfg.link.posted = (struct pcie_credits){ limits->headers, limits->data };
	cfg.link.non_posted = (struct pcie_credits){ limits->reads, 0 };
	cfg.link.credit_return = dur_ns(RETURN_NS);
	rig_recreate(rig, &cfg);
}

static void run(struct rig *rig, const struct request *requests)
{
	for (unsigned i = 0; i < REQUESTS; i++) {
		engine_run(rig->sim.engine, at_ps(requests[i].issue_ps));
		engine_advance(rig->sim.engine, at_ps(requests[i].issue_ps));
		if (requests[i].read)
			rig_read(rig, requests[i].addr, requests[i].bytes, i);
		else
			rig_write(rig, requests[i].addr, requests[i].bytes, 0, i, 1);
	}
	rig_run(rig);
}

/* The plain version has TLPs on the way at fractions of a picosecond; each stop rounds one down. */
static void compare(struct rig *rig, const struct request *requests, uint64_t read_slack_ps,
		    uint64_t write_slack_ps)
{
	assert_int_equal(rig_count(rig, RIG_DONE), REQUESTS);
	for (unsigned i = 0; i < REQUESTS; i++) {
		const struct rig_entry *done = rig_find(rig, RIG_DONE, i);
		const struct request *request = &requests[done->tag];
		uint64_t slack = request->read ? read_slack_ps : write_slack_ps;

		assert_in_range(done->ps, request->done_ps - slack, request->done_ps + slack);
	}
}

static void check(struct rig *rig, const struct limits *limits, uint64_t read_slack_ps,
		  uint64_t write_slack_ps)
{
	static struct request requests[REQUESTS];
	static struct plain plain;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		make_requests(requests, seed);
		memset(&plain, 0, sizeof(plain));
		plain.limits = limits;
		plain.requests = requests;
		plain_run(&plain);
		device(rig, limits);
		run(rig, requests);
		compare(rig, requests, read_slack_ps, write_slack_ps);
	}
}

static void whole_requests_take_the_time_of_their_tlps(void **state)
{
	static const struct limits none[] = {
		{ .mps = 256, .mrrs = 512, .rcb = 64 },
		{ .mps = 128, .mrrs = 1024, .rcb = 128 },
	};

	for (size_t i = 0; i < 2; i++)
		check(*state, &none[i], rig_wire_ps(OVERHEAD), 1);
}

static void credits_of_writes_hold_back_as_one_by_one(void **state)
{
	static const struct limits posted[] = {
		{ .mps = 256, .mrrs = 512, .rcb = 64, .headers = 64, .data = 512 },
		{ .mps = 256, .mrrs = 512, .rcb = 64, .headers = 4, .data = 1024 },
		{ .mps = 128, .mrrs = 512, .rcb = 64, .headers = 16, .data = 37 },
	};

	for (size_t i = 0; i < 3; i++)
		check(*state, &posted[i], rig_wire_ps(OVERHEAD), 600);
}

static void tags_hold_back_as_one_by_one(void **state)
{
	static const struct limits tags[] = {
		{ .mps = 256, .mrrs = 512, .rcb = 64, .tags = 32 },
		{ .mps = 128, .mrrs = 128, .rcb = 64, .tags = 3, .reads = 7 },
		{ .mps = 256, .mrrs = 512, .rcb = 64, .tags = 8, .headers = 6, .data = 100 },
		{ .mps = 256, .mrrs = 4096, .rcb = 128, .reads = 2 },
	};

	for (size_t i = 0; i < 4; i++)
		check(*state, &tags[i], 30 * rig_wire_ps(OVERHEAD), 20 * rig_wire_ps(OVERHEAD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_requests_take_the_time_of_their_tlps,
						rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(credits_of_writes_hold_back_as_one_by_one,
						rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(tags_hold_back_as_one_by_one, rig_setup,
						rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
