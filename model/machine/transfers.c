/* SPDX-License-Identifier: MIT */
#include "model/machine/transfers.h"

#include <stdlib.h>

#include "model/core/assert.h"
#include "model/trace/stats.h"

struct transfers_table {
	struct counter *completed, *bytes, *errors, *overwritten;
	struct hist *latency;
};

struct transfers {
	struct sim *sim;
	const struct machine_cfg *cfg;
	struct transfers_table table[MACHINE_TRANSFERS_MAX];
	struct at *began[MACHINE_TRANSFERS_MAX];   /* of each thread, by slot */
};

static void add_table(struct transfers *transfers, unsigned n)
{
	struct stats *stats = transfers->sim->stats;
	struct transfers_table *table = &transfers->table[n];
	char rate[64], of[64];

	table->completed = stats_counter(stats, "transfer%u.completed", n);
	table->bytes = stats_counter(stats, "transfer%u.bytes", n);
	table->errors = stats_counter(stats, "transfer%u.errors", n);
	table->overwritten = stats_counter(stats, "transfer%u.overwritten", n);
	table->latency = stats_dist(stats, "transfer%u.latency_ns", n);
	snprintf(rate, sizeof(rate), "transfer%u.rate", n);
	snprintf(of, sizeof(of), "transfer%u.completed", n);
	stats_rate(stats, rate, of);
}

struct transfers *transfers_create(struct sim *sim, const struct machine_cfg *cfg)
{
	struct transfers *transfers = calloc(1, sizeof(*transfers));

	ASSERT(transfers);
	transfers->sim = sim;
	transfers->cfg = cfg;
	for (unsigned n = 0; n < cfg->transfer_tables; n++)
		add_table(transfers, n);
	for (unsigned t = 0; t < cfg->transfers; t++) {
		transfers->began[t] = calloc(cfg->transfer[t].depth, sizeof(struct at));
		ASSERT(transfers->began[t]);
	}
	return transfers;
}

void transfers_destroy(struct transfers *transfers)
{
	if (!transfers)
		return;
	for (unsigned t = 0; t < transfers->cfg->transfers; t++)
		free(transfers->began[t]);
	free(transfers);
}

static struct transfers_table *table_of(struct transfers *transfers, unsigned thread)
{
	return &transfers->table[transfers->cfg->transfer_table[thread]];
}

void transfers_begin(struct transfers *transfers, unsigned thread, unsigned slot)
{
	transfers->began[thread][slot] = sim_now(transfers->sim);
}

void transfers_done(struct transfers *transfers, unsigned thread, unsigned slot, unsigned wrong)
{
	struct transfers_table *table = table_of(transfers, thread);
	struct dur took = at_since(sim_now(transfers->sim), transfers->began[thread][slot]);

	table->completed->value++;
	table->bytes->value += transfers->cfg->transfer[thread].bytes;
	table->errors->value += wrong != 0;
	stats_sample(transfers->sim->stats, table->latency, took.ps / PS_PER_NS);
}

void transfers_overwritten(struct transfers *transfers, unsigned thread)
{
	table_of(transfers, thread)->overwritten->value++;
}
