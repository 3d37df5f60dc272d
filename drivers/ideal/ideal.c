/* SPDX-License-Identifier: MIT */
#include "drivers/ideal/ideal.h"

#include <stdlib.h>

#include "drivers/ideal/internal.h"
#include "drivers/ideal/nvme.h"

/* How often a device that is not up yet is asked again; outside every measurement. */
#define BRING_UP_RETRY dur_us(1)
/* The first page stays unused: address 0 in a descriptor is a mistake. */
#define MEMORY_FROM    0x10000u
/* 82599 8.2.3.5.12: nine bits of 2 us. */
#define EITR_US_MAX    1022u

void ideal_work_init(struct ideal_work *work, const char *name, void (*fn)(void *ctx), void *ctx)
{
	event_init(&work->event, name, PHASE_CORE, fn, ctx);
}

bool ideal_work_begin(struct ideal *ideal, struct ideal_work *work, struct dur length)
{
	work->began = sim_now(ideal->sim);
	work->length = length;
	if (!length.ps)
		return false;
	engine_schedule_in(ideal->sim->engine, &work->event, length);
	return true;
}

uint64_t ideal_work_elapsed(const struct ideal *ideal, const struct ideal_work *work)
{
	return event_pending(&work->event) ? at_since(sim_now(ideal->sim), work->began).ps : 0;
}

uint64_t ideal_take_memory(struct ideal *ideal, uint64_t bytes)
{
	uint64_t at = ideal->memory;

	bytes = (bytes + 4095) & ~4095ULL;
	if (!ideal->ops.memory(ideal->ctx, at, bytes))
		return 0;
	ideal->memory += bytes;
	return at;
}

static void bring_up(void *ctx)
{
	struct ideal *ideal = ctx;
	bool all = true;

	for (unsigned d = 0; d < ideal->devices; d++) {
		struct ideal_device *device = &ideal->device[d];

		if (!device->up)
			device->up = device->ssd ? ideal_ssd_bring_up(device)
						 : ideal_nic_bring_up(device);
		all = all && device->up;
	}
	if (!all) {
		engine_schedule_in(ideal->sim->engine, &ideal->bring_up, BRING_UP_RETRY);
		return;
	}
	ideal->ops.ready(ideal->ctx);
	for (unsigned d = 0; d < ideal->devices; d++) {
		if (ideal->device[d].ssd)
			ideal_ssd_start(&ideal->device[d]);
		else if (ideal->cfg.scheme == IDEAL_TIMER)
			ideal_nic_sleep(&ideal->device[d]);
	}
}

int ideal_create(struct ideal **out, struct sim *sim, const struct ideal_cfg *cfg,
		 const struct ideal_ops *ops, void *ctx)
{
	struct ideal *ideal;

	*out = NULL;
	if (!cfg->budget || !cfg->cores || cfg->cores > IDEAL_CORES_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "ideal host: budget or cores out of range");
	ideal = calloc(1, sizeof(*ideal));
	if (!ideal)
		return sim_fail(sim, SIM_ERR_MEMORY, "no memory for the ideal host");
	ideal->sim = sim;
	ideal->cfg = *cfg;
	ideal->ops = *ops;
	ideal->ctx = ctx;
	ideal->memory = MEMORY_FROM;
	event_init(&ideal->bring_up, "ideal bring-up", PHASE_CORE, bring_up, ideal);
	*out = ideal;
	return SIM_OK;
}

static void destroy_device(struct ideal_device *device)
{
	struct engine *engine = device->ideal->sim->engine;

	for (unsigned q = 0; device->queue && q < device->queues; q++) {
		engine_cancel(engine, &device->queue[q].work.event);
		engine_cancel(engine, &device->queue[q].application.event);
	}
	for (unsigned i = 0; device->io && i < device->ios; i++) {
		engine_cancel(engine, &device->io[i].work.event);
		engine_cancel(engine, &device->io[i].pace);
		engine_cancel(engine, &device->io[i].think);
		free(device->io[i].slot);
		free(device->io[i].free_slot);
		free(device->io[i].thinking);
	}
	free(device->queue);
	free(device->io);
}

void ideal_destroy(struct ideal *ideal)
{
	if (!ideal)
		return;
	for (unsigned d = 0; d < ideal->devices; d++)
		destroy_device(&ideal->device[d]);
	engine_cancel(ideal->sim->engine, &ideal->bring_up);
	free(ideal);
}

int ideal_start(struct ideal *ideal)
{
	engine_schedule_in(ideal->sim->engine, &ideal->bring_up, dur_ps(0));
	return SIM_OK;
}

unsigned ideal_core(const struct ideal_device *device, unsigned n)
{
	return n % device->ideal->cfg.cores;
}

unsigned ideal_vector(const struct ideal_device *device, unsigned n)
{
	return IDEAL_VECTOR0 + device->index * IDEAL_QUEUES_MAX + n / device->ideal->cfg.cores;
}

/* The reverse of the two above. */
void ideal_interrupt(struct ideal *ideal, unsigned core, unsigned vector)
{
	unsigned d = (vector - IDEAL_VECTOR0) / IDEAL_QUEUES_MAX;
	unsigned n = (vector - IDEAL_VECTOR0) % IDEAL_QUEUES_MAX * ideal->cfg.cores + core;

	if (vector < IDEAL_VECTOR0 || d >= ideal->devices)
		return;
	if (ideal->device[d].ssd)
		ideal_ssd_interrupt(&ideal->device[d], n);
	else
		ideal_nic_interrupt(&ideal->device[d], n);
}

uint64_t ideal_busy_ps(const struct ideal *ideal, unsigned core)
{
	uint64_t sum = ideal_application_ps(ideal, core);

	for (unsigned d = 0; d < ideal->devices; d++) {
		const struct ideal_device *device = &ideal->device[d];

		for (unsigned q = core; device->queue && q < device->queues; q += ideal->cfg.cores)
			sum += ideal_queue_busy_ps(&device->queue[q]);
		for (unsigned i = core; device->io && i < device->ios; i += ideal->cfg.cores)
			sum += device->io[i].busy_ps +
			       ideal_work_elapsed(ideal, &device->io[i].work);
	}
	return sum;
}

uint64_t ideal_application_ps(const struct ideal *ideal, unsigned core)
{
	uint64_t sum = 0;

	for (unsigned d = 0; d < ideal->devices; d++) {
		const struct ideal_device *device = &ideal->device[d];

		for (unsigned q = core; device->queue && q < device->queues; q += ideal->cfg.cores)
			sum += device->queue[q].application_ps +
			       ideal_work_elapsed(ideal, &device->queue[q].application);
	}
	return sum;
}

static struct ideal_device *new_device(struct ideal *ideal, unsigned devfn)
{
	struct ideal_device *device = &ideal->device[ideal->devices];

	device->ideal = ideal;
	device->index = ideal->devices++;
	device->devfn = devfn;
	return device;
}

static int check_nic(struct ideal *ideal, const struct ideal_nic *nic)
{
	if (ideal->devices == IDEAL_DEVICES)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG, "ideal host: at most %u devices",
				IDEAL_DEVICES);
	if (!nic->queues || nic->queues > IDEAL_QUEUES_MAX)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG, "ideal host: 1 to %u queues",
				IDEAL_QUEUES_MAX);
	if (!nic->ring || nic->ring > 4096)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG, "ideal host: rings of 1 to 4096 buffers");
	if (ideal->cfg.scheme == IDEAL_TIMER && !ideal->cfg.poll_interval.ps)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: scheme timer needs ideal.poll_interval");
	if (nic->leave >= nic->ring)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: the low watermark is not below the ring's %u buffers",
				nic->ring);
	if (nic->eitr_us % 2 || nic->eitr_us > EITR_US_MAX)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: the throttle is \"off\" or an even number of "
				"microseconds up to %u", EITR_US_MAX);
	return SIM_OK;
}

int ideal_add_nic(struct ideal *ideal, const struct ideal_nic *nic)
{
	struct ideal_device *device;
	int err = check_nic(ideal, nic);

	if (err)
		return err;
	device = new_device(ideal, nic->devfn);
	device->bar0 = nic->bar0;
	device->msix_bar = nic->msix_bar;
	device->queues = nic->queues;
	device->ring = nic->ring;
	device->leave = nic->leave;
	device->descriptors = (nic->ring / 8 + 1) * 8;
	device->eitr_us = nic->eitr_us;
	device->queue = calloc(nic->queues, sizeof(*device->queue));
	if (!device->queue)
		return sim_fail(ideal->sim, SIM_ERR_MEMORY, "no memory for ideal queues");
	return ideal_nic_memory(device);
}

static int check_job(struct ideal *ideal, const struct ideal_job *job)
{
	if (!job->depth || job->depth > IDEAL_DEPTH_MAX)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG, "ideal host: I/O depth 1 to %u",
				IDEAL_DEPTH_MAX);
	if (!job->bytes || job->bytes % LBA_BYTES || job->bytes > TRANSFER_MAX)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: I/O of 512 bytes to 1 MiB, a multiple of 512");
	if (job->polled && !ideal->cfg.poll_interval.ps)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: polled I/O needs ideal.poll_interval");
	return SIM_OK;
}

static int add_job(struct ideal_device *device, const struct ideal_job *job)
{
	struct ideal_io *io = &device->io[device->ios];
	int err = check_job(device->ideal, job);

	if (err)
		return err;
	io->device = device;
	io->cfg = *job;
	io->queue = ++device->ios;
	io->slot = calloc(job->depth, sizeof(*io->slot));
	io->free_slot = calloc(job->depth, sizeof(*io->free_slot));
	io->thinking = calloc(job->depth, sizeof(*io->thinking));
	if (!io->slot || !io->free_slot || !io->thinking)
		return sim_fail(device->ideal->sim, SIM_ERR_MEMORY, "no memory for ideal I/O");
	ideal_job_init(io);
	return SIM_OK;
}

int ideal_add_ssd(struct ideal *ideal, const struct ideal_ssd *ssd, const struct ideal_job *jobs,
		  unsigned count)
{
	struct ideal_device *device;
	int err = SIM_OK;

	if (ideal->devices == IDEAL_DEVICES || count > IDEAL_QUEUES_MAX)
		return sim_fail(ideal->sim, SIM_ERR_CONFIG,
				"ideal host: at most %u devices, and %u I/O threads a device",
				IDEAL_DEVICES, IDEAL_QUEUES_MAX);
	device = new_device(ideal, ssd->devfn);
	device->ssd = true;
	device->bar0 = ssd->bar0;
	device->io = calloc(count ? count : 1, sizeof(*device->io));
	if (!device->io)
		return sim_fail(ideal->sim, SIM_ERR_MEMORY, "no memory for ideal I/O");
	for (unsigned i = 0; i < count && !err; i++)
		err = add_job(device, &jobs[i]);
	return err ? err : ideal_ssd_memory(device);
}
