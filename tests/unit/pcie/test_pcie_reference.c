/* SPDX-License-Identifier: MIT */
/* The link computes finish times of whole requests. Here every TLP is queued on its own, and both
 * must agree: writes to the picosecond of rounding, reads within the time of one request TLP (a
 * completion at a page's edge can be shorter than the request before it). */
#include "tests/unit/pcie/rig.h"

#include "model/core/random.h"

#define REQUESTS  600
#define MPS       256u
#define MRRS      512u
#define OVERHEAD  24u
#define COMPLETER 20u
#define FINE      2048u   /* parts of a picosecond */
#define RATE      (16u * 130000u / 8u)   /* of them a byte: Gen3 x8 */

struct request {
	uint64_t issue_ps, addr;
	uint32_t bytes;
	bool read;
	uint64_t done_ps;      /* by the reference */
};

static uint32_t piece(uint64_t addr, uint32_t bytes, uint32_t most)
{
	uint32_t page = 4096 - (uint32_t)(addr % 4096);
	uint32_t n = bytes < most ? bytes : most;

	return n < page ? n : page;
}

/* Queues one TLP; the time in fine parts when it has left. */
static uint64_t queue(uint64_t *free, uint64_t from, uint32_t bytes)
{
	if (*free < from)
		*free = from;
	*free += (uint64_t)bytes * RATE;
	return *free;
}

static void reference_read(struct request *request, uint64_t *up, uint64_t *down)
{
	uint64_t addr = request->addr, end = addr + request->bytes, back = 0;

	while (addr < end) {
		uint32_t ask = piece(addr, (uint32_t)(end - addr), MRRS);
		uint64_t there = queue(up, request->issue_ps * FINE, OVERHEAD);

		for (uint32_t got = 0; got < ask;) {
			uint32_t part = ask - got < MPS ? ask - got : MPS;

			back = queue(down, there + READ_RTT_NS * PS_PER_NS * FINE,
				     part + COMPLETER);
			got += part;
		}
		addr += ask;
	}
	request->done_ps = back / FINE;
}

static void reference_write(struct request *request, uint64_t *up)
{
	uint64_t addr = request->addr, end = addr + request->bytes, there = 0;

	while (addr < end) {
		uint32_t part = piece(addr, (uint32_t)(end - addr), MPS);

		there = queue(up, request->issue_ps * FINE, part + OVERHEAD);
		addr += part;
	}
	request->done_ps = there / FINE + WRITE_LATENCY_NS * PS_PER_NS;
}

static void make_requests(struct request *requests, uint64_t seed)
{
	struct random random;
	uint64_t ps = 0, up = 0, down = 0;

	random_init(&random, seed, "reference");
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct request *request = &requests[i];

		/* From far below the link's rate to bursts at one instant. */
		if (random_below(&random, 3))
			ps += random_below(&random, 400000);
		request->issue_ps = ps;
		request->addr = random_below(&random, 0x20000);
		request->bytes = random_below(&random, 2) ? 64 : 9000;
		request->bytes = 1 + (uint32_t)random_below(&random, request->bytes);
		request->read = random_below(&random, 2);
		if (request->read)
			reference_read(request, &up, &down);
		else
			reference_write(request, &up);
	}
}

static void whole_requests_take_the_time_of_their_tlps(void **state)
{
	static struct request requests[REQUESTS];
	struct rig *rig = *state;
	struct pcie_cfg cfg = rig_cfg("eth0");

	for (uint64_t seed = 1; seed <= 8; seed++) {
		rig_recreate(rig, &cfg);
		make_requests(requests, seed);
		for (unsigned i = 0; i < REQUESTS; i++) {
			engine_run(rig->sim.engine, at_ps(requests[i].issue_ps));
			engine_advance(rig->sim.engine, at_ps(requests[i].issue_ps));
			if (requests[i].read)
				rig_read(rig, requests[i].addr, requests[i].bytes, i);
			else
				rig_write(rig, requests[i].addr, requests[i].bytes, 0, i, 1);
		}
		rig_run(rig);
		assert_int_equal(rig_count(rig, RIG_DONE), REQUESTS);
		for (unsigned i = 0; i < REQUESTS; i++) {
			const struct rig_entry *done = rig_find(rig, RIG_DONE, i);
			const struct request *request = &requests[done->tag];
			uint64_t slack = request->read ? rig_wire_ps(OVERHEAD) : 1;

			assert_in_range(done->ps, request->done_ps - slack,
					request->done_ps + slack);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_requests_take_the_time_of_their_tlps,
						rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
