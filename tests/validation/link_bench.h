/* SPDX-License-Identifier: MIT */
/* A device that measures its link: requests in a closed loop, and memory that answers at once or
 * after a given time. The device's own engine, that of the DMA test device, is part of the load, as
 * in pcie-bench. */
#ifndef DOORBELL_TESTS_VALIDATION_LINK_BENCH_H
#define DOORBELL_TESTS_VALIDATION_LINK_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/dmatest/dmatest.h"
#include "model/pcie/pcie.h"
#include "model/trace/stats.h"

struct link_load {
	bool read, write;         /* both: in turn */
	uint32_t bytes;
	uint64_t stride;          /* from one request to the next; 0: always the same place */
	unsigned requests;        /* in all */
	unsigned outstanding;     /* at once; 0 = all */
	struct dmatest_engine engine;     /* its mps is that of the link */
	struct dur memory;        /* what memory adds to each read */
};

struct link_result {
	double read_gbps, write_gbps;     /* payload, first arrival to last */
	uint64_t count;
	uint64_t *latency_ps;     /* of reads, sorted; of the engine's user */
};

struct link_bench;

struct pcie_link_cfg link_bench_defaults(unsigned gen, unsigned lanes, unsigned mps);
struct link_bench *link_bench_open(const struct pcie_link_cfg *link);
void link_bench_close(struct link_bench *bench);
struct link_result link_bench_run(struct link_bench *bench, const struct link_load *load);
void link_result_free(struct link_result *result);
/* The device and its counters, for loads of another kind. */
struct pcie_dev *link_bench_device(struct link_bench *bench);
uint64_t link_bench_counter(struct link_bench *bench, const char *name);
void link_bench_drain(struct link_bench *bench);
uint64_t link_bench_now_ps(const struct link_bench *bench);

#endif
