/* SPDX-License-Identifier: MIT */
#include "model/machine/io_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/core/random.h"
#include "model/machine/io_written.h"

#define SECTOR_BYTES IO_SECTOR_BYTES
#define SECTOR_WORDS (SECTOR_BYTES / 8)

struct job_state {
	struct random random;
	uint64_t first, size;              /* its namespace on the medium; offsets are within it */
	uint64_t cursor;                   /* sequential: next offset */
	struct at *submitted;              /* by slot */
	uint64_t *offset;
	uint32_t *bytes;
	uint8_t *what;
	uint8_t **written_before;          /* of a verified read: sectors written when it was submitted */
	struct plat_io next;               /* taken, not yet submitted */
	size_t record;                     /* of the trace */
	unsigned in_flight;
	unsigned unflushed;                /* writes since the last flush */
	uint64_t flush_begun;              /* of io_written_flush_begin */
	bool flushing;
};

struct io_table_stats {
	struct counter *completed;
	struct hist *latency;
};

struct io_jobs {
	struct sim *sim;
	const struct machine_cfg *cfg;
	struct io_jobs_ops ops;
	struct io_device_stats stats[MACHINE_DEVICES_MAX];
	struct io_table_stats table[MACHINE_JOBS_MAX];
	struct io_written *written[MACHINE_DEVICES_MAX];
	struct job_state *state;
	uint64_t outstanding;
};

static unsigned device_of(const struct io_jobs *jobs, unsigned job)
{
	for (unsigned d = 0; d < jobs->cfg->devices; d++)
		if (jobs->cfg->device[d].devfn == jobs->cfg->job[job].devfn)
			return d;
	ASSERT(!"a job names a device that does not exist");
	return 0;
}

static void init_job(struct io_jobs *jobs, unsigned job)
{
	const struct plat_io_job *cfg = &jobs->cfg->job[job];
	struct job_state *state = &jobs->state[job];
	const struct nvme_cfg *nvme = &jobs->cfg->device[device_of(jobs, job)].nvme;
	bool there = nvme_namespace_place(nvme, cfg->nsid ? cfg->nsid : 1, &state->first,
					  &state->size);
	char stream[64];

	ASSERT(there);

	snprintf(stream, sizeof(stream), "io.%u.offsets", job);
	random_init(&state->random, jobs->sim->seed, stream);
	state->submitted = calloc(cfg->depth, sizeof(*state->submitted));
	state->offset = calloc(cfg->depth, sizeof(*state->offset));
	state->bytes = calloc(cfg->depth, sizeof(*state->bytes));
	state->what = calloc(cfg->depth, 1);
	state->written_before = calloc(cfg->depth, sizeof(*state->written_before));
	ASSERT(state->submitted && state->offset && state->bytes && state->what &&
	       state->written_before);
	/* Sequential jobs of one device start apart. */
	state->cursor = state->size / jobs->cfg->jobs * job / cfg->bytes * cfg->bytes;
}

struct io_jobs *io_jobs_create(struct sim *sim, const struct machine_cfg *cfg,
			       const struct io_jobs_ops *ops)
{
	struct io_jobs *jobs = calloc(1, sizeof(*jobs));

	ASSERT(jobs);
	jobs->sim = sim;
	jobs->cfg = cfg;
	jobs->ops = *ops;
	jobs->state = calloc(cfg->jobs + 1, sizeof(*jobs->state));
	ASSERT(jobs->state);
	for (unsigned job = 0; job < cfg->jobs; job++)
		init_job(jobs, job);
	for (unsigned job = 0; job < cfg->jobs; job++) {
		struct io_table_stats *table = &jobs->table[cfg->job_table[job]];

		if (table->latency)
			continue;
		table->completed = stats_counter(sim->stats, "io.%u.completed", cfg->job_table[job]);
		table->latency = stats_dist(sim->stats, "io.%u.latency_ns", cfg->job_table[job]);
	}
	for (unsigned d = 0; d < cfg->devices; d++)
		jobs->written[d] = io_written_create();
	return jobs;
}

void io_jobs_destroy(struct io_jobs *jobs)
{
	if (!jobs)
		return;
	for (unsigned job = 0; job < jobs->cfg->jobs; job++) {
		free(jobs->state[job].submitted);
		free(jobs->state[job].offset);
		for (unsigned slot = 0; slot < jobs->cfg->job[job].depth; slot++)
			free(jobs->state[job].written_before[slot]);
		free(jobs->state[job].written_before);
		free(jobs->state[job].bytes);
		free(jobs->state[job].what);
	}
	for (unsigned d = 0; d < jobs->cfg->devices; d++)
		io_written_destroy(jobs->written[d]);
	free(jobs->state);
	free(jobs);
}

void io_jobs_add_stats(struct io_jobs *jobs, unsigned device)
{
	struct io_device_stats *stats = &jobs->stats[device];
	const char *name = jobs->cfg->device[device].name;
	char rate[96], of[96];

	stats->completed = stats_counter(jobs->sim->stats, "%s.io.completed", name);
	stats->errors = stats_counter(jobs->sim->stats, "%s.io.errors", name);
	stats->latency = stats_dist(jobs->sim->stats, "%s.io.latency_ns", name);
	snprintf(rate, sizeof(rate), "%s.io.iops", name);
	snprintf(of, sizeof(of), "%s.io.completed", name);
	stats_rate(jobs->sim->stats, rate, of);
}

static bool is_random(unsigned op)
{
	return op == PLAT_IO_RANDREAD || op == PLAT_IO_RANDWRITE || op == PLAT_IO_RANDRW;
}

static void next_of_pattern(struct io_jobs *jobs, unsigned job, struct plat_io *io)
{
	const struct plat_io_job *cfg = &jobs->cfg->job[job];
	struct job_state *state = &jobs->state[job];
	uint64_t blocks = state->size / cfg->bytes;
	bool write = cfg->op == PLAT_IO_WRITE || cfg->op == PLAT_IO_RANDWRITE;

	if (cfg->op == PLAT_IO_RANDRW)
		write = random_chance(&state->random, 1, 2);
	io->what = write ? PLAT_IO_WRITES : PLAT_IO_READS;
	io->bytes = cfg->bytes;
	state->unflushed += write;
	if (is_random(cfg->op)) {
		io->offset = random_below(&state->random, blocks) * cfg->bytes;
		return;
	}
	io->offset = state->cursor;
	state->cursor = io->offset + 2 * (uint64_t)cfg->bytes > blocks * cfg->bytes
				? 0
				: io->offset + cfg->bytes;
}

/* Replays records in order, again from the first after the last. */
static bool next_of_trace(struct io_jobs *jobs, unsigned job, struct plat_io *io)
{
	const struct io_trace *trace = jobs->cfg->job_trace[job];
	struct job_state *state = &jobs->state[job];
	const struct io_trace_record *record = &trace->record[state->record];
	uint64_t area;

	if (state->flushing || (record->what == IO_TRACE_FLUSH && state->in_flight))
		return false;
	state->record = state->record + 1 == trace->records ? 0 : state->record + 1;
	area = state->size / trace->files;
	*io = (struct plat_io){ .what = record->what };
	if (record->what != IO_TRACE_FLUSH) {
		io->bytes = record->bytes;
		io->offset = area / IO_TRACE_ALIGN * IO_TRACE_ALIGN * record->file + record->offset;
	}
	state->flushing = record->what == IO_TRACE_FLUSH;
	return true;
}

/* Is it time for the job's regular flush, and if so, may it go now? */
static bool flush_due(const struct io_jobs *jobs, unsigned job)
{
	unsigned every = jobs->cfg->job_flush_every[job];

	return every && jobs->state[job].unflushed >= every;
}

static bool take_flush(struct job_state *state, struct plat_io *io)
{
	if (state->in_flight)
		return false;
	*io = (struct plat_io){ .what = PLAT_IO_FLUSHES };
	state->unflushed = 0;
	state->flushing = true;
	return true;
}

bool io_jobs_take(struct io_jobs *jobs, unsigned job, struct plat_io *io)
{
	struct job_state *state = &jobs->state[job];

	if (jobs->cfg->job[job].op != PLAT_IO_TRACE) {
		if (state->flushing || (flush_due(jobs, job) && !take_flush(state, io)))
			return false;
		if (!state->flushing)
			next_of_pattern(jobs, job, io);
	} else if (!next_of_trace(jobs, job, io)) {
		return false;
	}
	state->next = *io;
	return true;
}

uint64_t io_jobs_next(struct io_jobs *jobs, unsigned job, int *write)
{
	struct plat_io io;
	bool there = io_jobs_take(jobs, job, &io);

	ASSERT(there && io.what != PLAT_IO_FLUSHES);
	*write = io.what == PLAT_IO_WRITES;
	return io.offset;
}

/* A write that completes while a read of the same sectors is under way may come before or behind it:
 * the read must see only what was written when it was submitted. */
static void note_written(struct io_jobs *jobs, unsigned job, unsigned slot, uint64_t offset)
{
	struct job_state *state = &jobs->state[job];
	const struct io_written *written = jobs->written[device_of(jobs, job)];
	unsigned sectors = state->bytes[slot] / SECTOR_BYTES;
	unsigned most = jobs->cfg->job[job].bytes / SECTOR_BYTES;
	uint8_t **before = &state->written_before[slot];

	if (!*before)
		*before = malloc(most / 8 + 1);
	ASSERT(*before);
	memset(*before, 0, most / 8 + 1);
	for (unsigned s = 0; s < sectors; s++)
		if (io_written_is(written, (state->first + offset) / SECTOR_BYTES + s))
			(*before)[s / 8] |= (uint8_t)(1u << s % 8);
}

/* Must the s-th sector of the job's read at `offset` hold what a workload wrote? */
static bool must_be_written(const struct io_jobs *jobs, unsigned job, uint64_t offset, unsigned s)
{
	const struct job_state *state = &jobs->state[job];
	bool found = false;

	for (unsigned slot = 0; slot < jobs->cfg->job[job].depth; slot++) {
		if (state->what[slot] != PLAT_IO_READS || state->offset[slot] != offset ||
		    !state->written_before[slot])
			continue;
		if (!(state->written_before[slot][s / 8] >> s % 8 & 1))
			return false;
		found = true;
	}
	return found || io_written_is(jobs->written[device_of(jobs, job)],
				      (state->first + offset) / SECTOR_BYTES + s);
}

void io_jobs_submitted(struct io_jobs *jobs, unsigned job, unsigned slot, uint64_t offset)
{
	struct job_state *state = &jobs->state[job];

	ASSERT(slot < jobs->cfg->job[job].depth);
	state->submitted[slot] = sim_now(jobs->sim);
	state->offset[slot] = offset;
	state->bytes[slot] = state->next.bytes;
	state->what[slot] = (uint8_t)state->next.what;
	state->in_flight++;
	if (state->next.what == PLAT_IO_FLUSHES)
		state->flush_begun =
			io_written_flush_begin(jobs->written[device_of(jobs, job)]);
	if (jobs->cfg->job[job].verify && state->next.what == PLAT_IO_READS)
		note_written(jobs, job, slot, offset);
	jobs->outstanding++;
}

bool io_jobs_is_write(const struct io_jobs *jobs, unsigned job, unsigned slot)
{
	return jobs->state[job].what[slot] == PLAT_IO_WRITES;
}

void io_jobs_completed(struct io_jobs *jobs, unsigned job, unsigned slot, int status, unsigned bad)
{
	struct job_state *state = &jobs->state[job];
	unsigned device = device_of(jobs, job);
	struct io_device_stats *stats = &jobs->stats[device];
	struct io_table_stats *table = &jobs->table[jobs->cfg->job_table[job]];
	uint64_t ns = at_since(sim_now(jobs->sim), state->submitted[slot]).ps / PS_PER_NS;

	jobs->outstanding--;
	state->in_flight--;
	state->flushing = false;
	stats->completed->value++;
	table->completed->value++;
	if (status || bad)
		stats->errors->value++;
	else if (state->what[slot] == PLAT_IO_WRITES)
		io_written_mark(jobs->written[device], state->first + state->offset[slot],
				state->bytes[slot],
				jobs->cfg->job[job].fua ||
					!jobs->cfg->device[device].nvme.volatile_cache ||
					jobs->cfg->device[device].nvme.cache_off);
	else if (state->what[slot] == PLAT_IO_FLUSHES)
		io_written_flush_end(jobs->written[device], state->flush_begun);
	state->offset[slot] = UINT64_MAX;
	stats_sample(jobs->sim->stats, stats->latency, ns);
	stats_sample(jobs->sim->stats, table->latency, ns);
	jobs->ops.completed(jobs->ops.ctx, device, ns);
}

/* SplitMix64's finaliser over the sector's identity, then a fixed step from word to word. */
static uint64_t sector_seed(uint64_t seed, uint64_t lba, unsigned generation)
{
	uint64_t z = seed ^ (lba * 2 + generation + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#define WORD_STEP   0xd1342543de82ef95ULL
#define PATTERN_LANES 8

typedef uint64_t lanes __attribute__((vector_size(PATTERN_LANES * 8), aligned(8)));

/* Eight words at a time: every read of what nobody has written comes through here. */
static void fill_sector(uint64_t *word, uint64_t start)
{
	const lanes ramp = { 0, WORD_STEP, 2 * WORD_STEP, 3 * WORD_STEP, 4 * WORD_STEP,
			     5 * WORD_STEP, 6 * WORD_STEP, 7 * WORD_STEP };
	lanes next = ramp + start;

	for (unsigned i = 0; i < SECTOR_WORDS; i += PATTERN_LANES) {
		memcpy(word + i, &next, sizeof(next));
		next += PATTERN_LANES * WORD_STEP;
	}
}

static bool sector_is(const uint64_t *word, uint64_t start)
{
	uint64_t wrong = 0;

	for (unsigned i = 0; i < SECTOR_WORDS; i++)
		wrong |= word[i] ^ (start + i * WORD_STEP);
	return !wrong;
}

void io_pattern_fill(uint64_t seed, uint64_t lba, void *data, uint32_t sectors)
{
	for (uint32_t s = 0; s < sectors; s++)
		fill_sector((uint64_t *)data + s * SECTOR_WORDS, sector_seed(seed, lba + s, 0));
}

void io_written_fill(uint64_t seed, uint64_t lba, void *data, uint32_t sectors)
{
	for (uint32_t s = 0; s < sectors; s++)
		fill_sector((uint64_t *)data + s * SECTOR_WORDS, sector_seed(seed, lba + s, 1));
}

bool io_written_matches(uint64_t seed, uint64_t lba, const void *data, uint32_t sectors)
{
	const uint64_t *word = data;

	for (uint32_t s = 0; s < sectors; s++)
		if (!sector_is(word + s * SECTOR_WORDS, sector_seed(seed, lba + s, 1)))
			return false;
	return true;
}

unsigned io_jobs_pattern(struct io_jobs *jobs, unsigned job, uint64_t offset, void *data,
			 unsigned bytes, int write)
{
	unsigned device = device_of(jobs, job), bad = 0;
	uint64_t seed = jobs->cfg->device[device].media_seed;
	uint64_t first = (jobs->state[job].first + offset) / SECTOR_BYTES;

	for (unsigned s = 0; s < bytes / SECTOR_BYTES; s++) {
		uint64_t *word = (uint64_t *)data + s * SECTOR_WORDS;

		if (write)
			fill_sector(word, sector_seed(seed, first + s, 1));
		else if (!sector_is(word, sector_seed(seed, first + s, 1)) &&
			 (must_be_written(jobs, job, offset, s) ||
			  !sector_is(word, sector_seed(seed, first + s, 0))))
			bad++;
	}
	return bad;
}

const struct io_written *io_jobs_written(const struct io_jobs *jobs, unsigned device)
{
	return jobs->written[device];
}

uint64_t io_jobs_outstanding(const struct io_jobs *jobs)
{
	return jobs->outstanding;
}
