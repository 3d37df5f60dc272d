/* SPDX-License-Identifier: MIT */
/* Software of constant or exponential costs around the remapping unit, as oracles 9d and 9e have
 * it: each run drives the unit by registers, tables and descriptors, through the unit tests' rig.
 * Times are in microseconds. Not modelled: what else software would do. */
#ifndef DOORBELL_TESTS_VALIDATION_IOMMU_BENCH_H
#define DOORBELL_TESTS_VALIDATION_IOMMU_BENCH_H

#include <math.h>

#include "model/core/random.h"
#include "tests/unit/iommu/rig.h"

#define BENCH_CPUS_MAX 64u

/* CPUs that think for an exponential time, then each want a synchronous invalidation of one page. */
struct bench_cpus {
	unsigned count;
	double think;             /* mean */
	double hold;              /* of an invalidation */
	enum iommu_spread spread; /* of the same */
	bool off;                 /* translation is off: nothing to invalidate */
	unsigned operations;
};

struct bench_rate {
	double rate;              /* operations a microsecond, all CPUs */
	double response;          /* from asking to answered, mean */
};

struct bench_rate bench_cpus_run(struct rig *rig, const struct bench_cpus *bench);

/* CPUs on each of which pages are unmapped at Poisson times; their invalidation is deferred until
 * `entries` wait or `timeout` has passed since the first, then one global invalidation has them all. */
struct bench_flush {
	unsigned count;
	double rate;              /* of unmaps, each CPU */
	unsigned entries;
	double timeout;
	double hold;              /* of a global invalidation */
	unsigned operations;
};

struct bench_deferred {
	double flush_rate;        /* a microsecond, each CPU */
	double wait;              /* of a flush for the unit, mean */
	double batch;             /* pages a flush, mean */
	double stale;             /* how long an unmapped page stays usable, mean */
};

struct bench_deferred bench_flush_run(struct rig *rig, const struct bench_flush *bench);

/* Devices that translate page after page, one request each at a time; packets a microsecond. */
struct bench_streams {
	unsigned count;           /* devices, and walkers of the unit */
	unsigned pages;           /* of a packet */
	double miss;              /* share of pages that are not in the IOTLB */
	double hit_time, walk_time;
	unsigned packets;
};

double bench_streams_run(struct rig *rig, const struct bench_streams *bench);

/* Whole picoseconds. */
static inline struct dur bench_time(double us)
{
	return dur_ps((uint64_t)llround(us * PS_PER_US));
}

#endif
