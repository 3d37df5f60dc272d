/* SPDX-License-Identifier: MIT */
#include "model/machine/perturb.h"

#include <stdio.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

#define WORD_BYTES 64

struct stalls {
	struct core_stall stall[CORES_MAX][CORE_STALLS_MAX];
	unsigned count[CORES_MAX];
};

/* Keeps them in rising order. */
static int add_stall(struct machine *machine, struct stalls *all, unsigned core, uint64_t busy_ns,
		     uint64_t ns)
{
	struct core_stall *stall = all->stall[core];
	unsigned at;

	if (core >= machine->cfg->cores.count || all->count[core] == CORE_STALLS_MAX)
		return -1;
	at = all->count[core]++;
	for (; at && stall[at - 1].busy_ticks > cores_ticks(machine->cores, dur_ns(busy_ns)); at--)
		stall[at] = stall[at - 1];
	stall[at] = (struct core_stall){ cores_ticks(machine->cores, dur_ns(busy_ns)),
					 cores_ticks(machine->cores, dur_ns(ns)) };
	return 0;
}

static int add_word(struct machine *machine, struct stalls *stalls, const char *word)
{
	struct perturb *perturb = &machine->perturb;
	unsigned long long a, b;
	unsigned core;
	int end = 0;

	if (sscanf(word, "c%u@%llu+%llu%n", &core, &a, &b, &end) == 3 && !word[end])
		return add_stall(machine, stalls, core, a, b);
	end = 0;
	if (sscanf(word, "j%llu%n", &a, &end) == 1 && !word[end]) {
		perturb->jitter = dur_ns(a);
		return 0;
	}
	end = 0;
	if (sscanf(word, "w%llu%n", &a, &end) == 1 && !word[end])
		return machine->linux_host ? linux_host_weaken(machine->linux_host, a) : -1;
	end = 0;
	if (sscanf(word, "i%llu+%llu%n", &a, &b, &end) != 2 || word[end] ||
	    perturb->late == PERTURB_MAX)
		return -1;
	perturb->message[perturb->late].number = a;
	perturb->message[perturb->late++].delay = dur_ns(b);
	return 0;
}

int machine_perturb(struct machine *machine, const char *schedule)
{
	struct stalls stalls = { 0 };
	char word[WORD_BYTES];
	int read = 0, err = 0;

	machine->perturb.on = true;
	random_init(&machine->perturb.random, machine->sim.seed, schedule);
	while (!err && sscanf(schedule, "%63s%n", word, &read) == 1) {
		err = add_word(machine, &stalls, word);
		schedule += read;
	}
	for (unsigned core = 0; core < machine->cfg->cores.count && !err; core++)
		if (stalls.count[core])
			core_set_stalls(&machine->cores->core[core], stalls.stall[core],
					stalls.count[core]);
	return err;
}

void machine_perturb_start(struct machine *machine)
{
	machine->perturb.messages = 0;
	for (unsigned core = 0; core < machine->cfg->cores.count; core++)
		core_set_stalls(&machine->cores->core[core], NULL, 0);
}

uint64_t machine_busy_ns(struct machine *machine, unsigned core)
{
	const struct core *from = &machine->cores->core[core];
	uint64_t ticks = core_busy_ticks(from) - from->stall_base;

	return (uint64_t)((unsigned __int128)ticks * machine->cores->tick_num /
			  machine->cores->tick_den / PS_PER_NS);
}

uint64_t machine_messages(const struct machine *machine)
{
	return machine->perturb.messages;
}

static struct dur jitter(struct perturb *perturb)
{
	if (!perturb->jitter.ps)
		return dur_ps(0);
	return dur_ps(random_below(&perturb->random, perturb->jitter.ps + 1));
}

struct dur perturb_message(struct machine *machine)
{
	struct perturb *perturb = &machine->perturb;
	uint64_t number = perturb->messages++;
	struct dur delay = dur_ps(0);

	if (!perturb->on)
		return delay;
	for (unsigned i = 0; i < perturb->late; i++)
		if (perturb->message[i].number == number) {
			delay = dur_add(delay, perturb->message[i].delay);
			trace_emit(&machine->trace, MACHINE_LATE, number, delay.ps / PS_PER_NS, 0);
		}
	return dur_add(delay, jitter(perturb));
}

struct dur perturb_dma(struct machine *machine)
{
	return machine->perturb.on ? jitter(&machine->perturb) : dur_ps(0);
}
