/* SPDX-License-Identifier: MIT */
#include "model/machine/sends.h"

#include <stdlib.h>

#include "model/core/assert.h"
#include "model/trace/stats.h"

#define RECORDS 65536u

struct record {
	uint64_t id;
	struct at began;
	unsigned sender;
};

struct table_stats {
	struct counter *completed, *errors, *bytes, *notified, *copied;
	struct hist *latency, *held;
};

struct sends {
	struct sim *sim;
	const struct machine_cfg *cfg;
	struct sends_ops ops;
	struct table_stats table[MACHINE_SENDS_MAX];
	struct hist *on_wire[MACHINE_DEVICES_MAX];
	struct record *record;         /* by id, modulo */
	uint64_t last_id;
};

static void add_table_stats(struct sends *sends, unsigned table)
{
	struct stats *stats = sends->sim->stats;
	struct table_stats *row = &sends->table[table];

	row->completed = stats_counter(stats, "send%u.completed", table);
	row->errors = stats_counter(stats, "send%u.errors", table);
	row->bytes = stats_counter(stats, "send%u.bytes", table);
	row->latency = stats_dist(stats, "send%u.latency_ns", table);
	row->notified = stats_counter(stats, "send%u.zerocopy.notified", table);
	row->copied = stats_counter(stats, "send%u.zerocopy.copied", table);
	row->held = stats_dist(stats, "send%u.zerocopy.latency_ns", table);
}

struct sends *sends_create(struct sim *sim, const struct machine_cfg *cfg,
			   const struct sends_ops *ops)
{
	struct sends *sends = calloc(1, sizeof(*sends));

	ASSERT(sends);
	sends->sim = sim;
	sends->cfg = cfg;
	sends->ops = *ops;
	sends->record = calloc(RECORDS, sizeof(*sends->record));
	ASSERT(sends->record);
	for (unsigned table = 0; table < cfg->send_tables; table++)
		add_table_stats(sends, table);
	for (unsigned d = 0; d < cfg->devices; d++)
		if (cfg->device[d].model == SCN_MODEL_82599)
			sends->on_wire[d] = stats_dist(sim->stats, "%s.tx.latency_ns",
						       cfg->device[d].name);
	return sends;
}

void sends_destroy(struct sends *sends)
{
	if (!sends)
		return;
	free(sends->record);
	free(sends);
}

uint64_t sends_begin(struct sends *sends, unsigned sender)
{
	uint64_t id = ++sends->last_id;

	sends->record[id % RECORDS] = (struct record){ id, sim_now(sends->sim), sender };
	return id;
}

static const struct record *find(const struct sends *sends, uint64_t id)
{
	const struct record *record = &sends->record[id % RECORDS];

	return id && record->id == id ? record : NULL;
}

static uint64_t age_ns(const struct sends *sends, const struct record *record)
{
	return at_since(sim_now(sends->sim), record->began).ps / PS_PER_NS;
}

void sends_done(struct sends *sends, unsigned sender, uint64_t id, int status, unsigned bytes)
{
	unsigned table = sends->cfg->send_table[sender];
	struct table_stats *row = &sends->table[table];
	const struct record *record = find(sends, id);

	if (status) {
		row->errors->value++;
		return;
	}
	row->completed->value++;
	row->bytes->value += bytes;
	if (!record)
		return;
	stats_sample(sends->sim->stats, row->latency, age_ns(sends, record));
	sends->ops.completed(sends->ops.ctx, table, id, age_ns(sends, record));
}

void sends_notified(struct sends *sends, unsigned sender, uint64_t id, int status, bool copied)
{
	struct table_stats *row = &sends->table[sends->cfg->send_table[sender]];
	const struct record *record = find(sends, id);

	row->errors->value += status != 0;
	row->notified->value++;
	row->copied->value += copied;
	if (record)
		stats_sample(sends->sim->stats, row->held, age_ns(sends, record));
}

const struct plat_send *sends_on_wire(struct sends *sends, uint64_t id)
{
	const struct record *record = find(sends, id);
	const struct plat_send *send;

	if (!record)
		return NULL;
	send = &sends->cfg->send[record->sender];
	for (unsigned d = 0; d < sends->cfg->devices; d++)
		if (sends->cfg->device[d].devfn == send->devfn)
			stats_sample(sends->sim->stats, sends->on_wire[d], age_ns(sends, record));
	return send;
}
