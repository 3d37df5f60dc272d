/* SPDX-License-Identifier: MIT */
#include "model/cpu/idle.h"

#include "model/cpu/cores.h"

/* menu.c, get_typical_interval: alike means a mean of more than 6 standard deviations; periods longer
 * than the mean are left out one by one, at most a quarter of them. */
#define DEVIATIONS_SQUARED 36u
#define PERIODS_MIN        (IDLE_PERIODS * 3 / 4)

/* Of the periods up to `most`; returns how many there are. */
static unsigned mean_of(const uint64_t period[IDLE_PERIODS], uint64_t most, uint64_t *mean,
			uint64_t *longest)
{
	uint64_t sum = 0;
	unsigned count = 0;

	*longest = 0;
	for (unsigned i = 0; i < IDLE_PERIODS; i++) {
		if (period[i] > most)
			continue;
		sum += period[i];
		count++;
		if (period[i] > *longest)
			*longest = period[i];
	}
	*mean = count ? sum / count : 0;
	return count;
}

static unsigned __int128 variance_of(const uint64_t period[IDLE_PERIODS], uint64_t most,
				     uint64_t mean, unsigned count)
{
	unsigned __int128 sum = 0;

	for (unsigned i = 0; i < IDLE_PERIODS; i++) {
		uint64_t off = period[i] > mean ? period[i] - mean : mean - period[i];

		if (period[i] <= most)
			sum += (unsigned __int128)off * off;
	}
	return sum / count;
}

uint64_t idle_typical(const uint64_t period[IDLE_PERIODS])
{
	uint64_t most = TICKS_NEVER, mean, longest;
	unsigned count;

	while ((count = mean_of(period, most, &mean, &longest)) >= PERIODS_MIN) {
		unsigned __int128 variance = variance_of(period, most, mean, count);

		if (variance * DEVIATIONS_SQUARED <= (unsigned __int128)mean * mean)
			return mean;
		if (!longest)
			break;
		most = longest - 1;
	}
	return TICKS_NEVER;
}

static unsigned choose(const struct core *core, uint64_t timer)
{
	const struct cores_cfg *cfg = &core->cores->cfg;
	uint64_t predicted = idle_typical(core->idle.period);
	uint64_t to_timer = timer > core->ticks ? timer - core->ticks : 0;
	unsigned state = 0;

	if (timer != TICKS_NEVER && to_timer < predicted)
		predicted = to_timer;
	for (unsigned i = 1; i < cfg->idle_states; i++)
		if (cores_ticks(core->cores, cfg->idle_state[i].residency) <= predicted)
			state = i;
	return state;
}

void idle_enter(struct core *core, uint64_t timer)
{
	core->idle.from = core->ticks;
	if (core->cores->cfg.idle_states > 1)
		core->idle.state = choose(core, timer);
}

uint64_t idle_leave(struct core *core)
{
	const struct cores_cfg *cfg = &core->cores->cfg;
	struct idle *idle = &core->idle;

	idle->period[idle->next] = core->ticks - idle->from;
	idle->next = (idle->next + 1) % IDLE_PERIODS;
	return cfg->idle_states ? cores_ticks(core->cores, cfg->idle_state[idle->state].exit) : 0;
}
