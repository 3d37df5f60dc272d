/* SPDX-License-Identifier: MIT */
/* The I/O side of workloads: which offset comes next, when each I/O was submitted, what the data must
 * be. A sector's content is a function of device seed, sector number and generation: 0 = never
 * written, 1 = written by a workload. A completed write is remembered, so that a lost one shows.
 * Each [[io]] table has its own io.N.completed and io.N.latency_ns beside the device's.
 * Not modelled: distinguishing two writes of one sector from each other; the time between a trace's
 * I/Os. */
#ifndef DOORBELL_MACHINE_IO_JOBS_H
#define DOORBELL_MACHINE_IO_JOBS_H

#include "model/machine/config.h"
#include "model/machine/io_written.h"
#include "model/trace/stats.h"

struct io_jobs;

struct io_device_stats {
	struct counter *completed, *errors;
	struct hist *latency;
};

struct io_jobs_ops {
	void (*completed)(void *ctx, unsigned device, uint64_t latency_ns);
	void *ctx;
};

struct io_jobs *io_jobs_create(struct sim *sim, const struct machine_cfg *cfg,
			       const struct io_jobs_ops *ops);
void io_jobs_destroy(struct io_jobs *jobs);
/* Registers the stats of a device that carries jobs or not. */
void io_jobs_add_stats(struct io_jobs *jobs, unsigned device);

/* The next I/O; false: none before one of the job's I/Os has completed, as flushes order them. */
bool io_jobs_take(struct io_jobs *jobs, unsigned job, struct plat_io *io);
/* The same for jobs without a trace. */
uint64_t io_jobs_next(struct io_jobs *jobs, unsigned job, int *write);
void io_jobs_submitted(struct io_jobs *jobs, unsigned job, unsigned slot, uint64_t offset);
void io_jobs_completed(struct io_jobs *jobs, unsigned job, unsigned slot, int status, unsigned bad);
/* Of the I/O that was submitted last in this slot. */
bool io_jobs_is_write(const struct io_jobs *jobs, unsigned job, unsigned slot);
unsigned io_jobs_pattern(struct io_jobs *jobs, unsigned job, uint64_t offset, void *data,
			 unsigned bytes, int write);
const struct io_written *io_jobs_written(const struct io_jobs *jobs, unsigned device);
uint64_t io_jobs_outstanding(const struct io_jobs *jobs);

/* Content of a sector nobody has written: the medium's fill function. */
void io_pattern_fill(uint64_t seed, uint64_t lba, void *data, uint32_t sectors);
/* Content of a sector that a workload has written, and whether data are that. */
void io_written_fill(uint64_t seed, uint64_t lba, void *data, uint32_t sectors);
bool io_written_matches(uint64_t seed, uint64_t lba, const void *data, uint32_t sectors);

#endif
