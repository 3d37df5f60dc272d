/* SPDX-License-Identifier: MIT */
/* A device loses power: what workloads have written, what was promised to be durable, what is there. */
#include <string.h>

#include "model/machine/internal.h"

struct tally {
	struct ssd_port *port;
	struct ssd_power *power;
};

static void look(void *ctx, uint64_t sector, bool durable)
{
	const struct tally *tally = ctx;
	uint64_t seed = tally->port->cfg->media_seed;
	uint8_t now[IO_SECTOR_BYTES], before[IO_SECTOR_BYTES];
	bool there = nvme_media_peek(tally->port->nvme, sector, now, 1) &&
		     io_written_matches(seed, sector, now, 1);

	io_pattern_fill(seed, sector, before, 1);
	tally->power->written++;
	tally->power->promised += durable;
	tally->power->kept += there;
	tally->power->broken += !there && (durable || memcmp(now, before, sizeof(now)) != 0);
}

void machine_power_cut(struct machine *machine, unsigned device)
{
	struct ssd_port *port = &machine->device[device].ssd;
	struct tally tally = { port, &port->power };

	port->power = (struct ssd_power){ 0 };
	nvme_power_cut(port->nvme);
	io_written_each(io_jobs_written(machine->io_jobs, device), look, &tally);
	run_stop(machine);
}

static void cut(void *ctx)
{
	struct ssd_port *port = ctx;

	for (unsigned d = 0; d < port->machine->cfg->devices; d++)
		if (&port->machine->device[d].ssd == port)
			machine_power_cut(port->machine, d);
}

static uint64_t written(void *ctx)
{
	return ((struct ssd_port *)ctx)->power.written;
}

static uint64_t promised(void *ctx)
{
	return ((struct ssd_port *)ctx)->power.promised;
}

static uint64_t kept(void *ctx)
{
	return ((struct ssd_port *)ctx)->power.kept;
}

static uint64_t broken(void *ctx)
{
	return ((struct ssd_port *)ctx)->power.broken;
}

void power_init(struct ssd_port *port)
{
	static const struct {
		const char *name;
		uint64_t (*fn)(void *ctx);
	} levels[] = {
		{ "written", written }, { "promised", promised },
		{ "kept", kept }, { "broken", broken },
	};
	char text[96];

	event_init(&port->power_cut, "power cut", PHASE_CONTROL, cut, port);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		snprintf(text, sizeof(text), "%s.power.%s", port->cfg->name, levels[i].name);
		stats_level_fn(port->machine->sim.stats, text, levels[i].fn, port);
	}
}

void power_start(struct machine *machine)
{
	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (machine->cfg->device[d].power_cut.ps)
			engine_schedule_in(machine->sim.engine, &machine->device[d].ssd.power_cut,
					   machine->cfg->device[d].power_cut);
}
