/* SPDX-License-Identifier: MIT */
/* In which order tests have their turns of exploration, as a budget may end before the last of
 * them: first those of the devices that a patch is about, of them those in which cores share a
 * queue, as most that can happen between cores happens there. Then those that keep more than one
 * core busy, and the shorter ones. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"
#include "cli/test_runner.h"
#include "model/scenario/diag.h"
#include "model/scenario/scenario.h"

#define LINE_BYTES 1024

/* A path with `part` in it concerns scenarios with `key`, if that is `value` (NULL: whatever it
 * is). */
static const struct concern {
	const char *part, *key, *value;
} concerns[] = {
	{ "/ixgbe/", "driver", "ixgbe" },       { "net/core/", "driver", "ixgbe" },
	{ "include/net/", "driver", "ixgbe" },  { "/netdevice.h", "driver", "ixgbe" },
	{ "/skbuff.h", "driver", "ixgbe" },     { "/nvme/", "driver", "nvme" },
	{ "/nvme.h", "driver", "nvme" },        { "block/", "driver", "nvme" },
	{ "/blk", "driver", "nvme" },           { "drivers/iommu/", "iommu.mode", NULL },
	{ "swiotlb", "dma.bounce", NULL },
};

static bool holds(const struct scn_point *point, const char *key, const char *value)
{
	return scn_has(point, key) && (!value || !strcmp(scn_text(point, key), value));
}

static bool has(const struct scn_point *point, const struct concern *concern)
{
	char key[LINE_BYTES];

	if (strcmp(concern->key, "driver"))
		return holds(point, concern->key, concern->value);
	for (size_t d = 0; d < scn_device_count(point); d++) {
		snprintf(key, sizeof(key), "device.%s.driver", scn_device(point, d));
		if (holds(point, key, concern->value))
			return true;
	}
	return false;
}

/* A device with fewer queues than there are cores. */
static bool shares_queues(const struct scn_point *point)
{
	char key[LINE_BYTES];

	for (size_t d = 0; d < scn_device_count(point); d++) {
		snprintf(key, sizeof(key), "device.%s.queues", scn_device(point, d));
		if (scn_has(point, key) && scn_u64(point, key) < scn_u64(point, "cpu.cores"))
			return true;
	}
	return false;
}

static bool is_about(const struct scn_point *point, const char *paths)
{
	for (size_t i = 0; i < sizeof(concerns) / sizeof(concerns[0]); i++)
		if (strstr(paths, concerns[i].part) && has(point, &concerns[i]))
			return true;
	return false;
}

static unsigned rank(const struct test_case *test, const char *paths)
{
	struct diag *diag = diag_new();
	struct scn *scn = paths ? test_scenario(test, diag) : NULL;
	unsigned rank = 0;

	if (scn) {
		rank = is_about(scn_point(scn, 0), paths) ? 1 : 2;
		if (rank == 1 && shares_queues(scn_point(scn, 0)))
			rank = 0;
		scn_free(scn);
	}
	diag_free(diag);
	return rank;
}

/* The second busiest core has at least a tenth of the busiest one's work. */
static bool has_two_cores(const struct test_result *base)
{
	uint64_t most = 0, second = 0;

	for (unsigned core = 0; core < TEST_CORES; core++) {
		uint64_t busy = base->busy_ns[core];

		if (busy > most) {
			second = most;
			most = busy;
		} else if (busy > second) {
			second = busy;
		}
	}
	return second >= most / 10;
}

static int by_turn(const void *a, const void *b)
{
	const struct test_verdict *x = *(struct test_verdict *const *)a;
	const struct test_verdict *y = *(struct test_verdict *const *)b;
	bool x_two = has_two_cores(&x->base), y_two = has_two_cores(&y->base);

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x_two != y_two)
		return x_two ? -1 : 1;
	if (x->base.simulated_ns != y->base.simulated_ns)
		return x->base.simulated_ns < y->base.simulated_ns ? -1 : 1;
	return strcmp(x->test->id, y->test->id);
}

void test_order(struct test_runner *runner)
{
	unsigned lowest = UINT_MAX;

	runner->turn = mem_zalloc(runner->count * sizeof(*runner->turn));
	for (size_t i = 0; i < runner->count; i++) {
		struct test_verdict *verdict = &runner->verdict[i];

		verdict->rank = rank(verdict->test, runner->args->about);
		lowest = verdict->rank < lowest ? verdict->rank : lowest;
		runner->turn[i] = verdict;
	}
	for (size_t i = 0; i < runner->count; i++)
		runner->verdict[i].rank -= lowest;
	qsort(runner->turn, runner->count, sizeof(*runner->turn), by_turn);
}
