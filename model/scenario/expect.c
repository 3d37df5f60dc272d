/* SPDX-License-Identifier: MIT */
/* [[expect]]: bounds of stats, and the points they are for. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

static const char *const fields[] = { "count", "mean", "min", "p50", "p90", "p99", "p999", "p9999",
				      "max" };

static const struct scn_value *given(const struct scn *scn, size_t index, const char *name,
				     bool *broken)
{
	char key[64];
	const struct scn_slot *slot;

	snprintf(key, sizeof(key), "expect.%zu.%s", index, name);
	slot = scn_slot_find(scn, key);
	*broken = *broken || slot->broken;
	return slot->given;
}

static struct scn_bound bound(const struct scn_value *value)
{
	struct scn_bound out = { .given = value != NULL };

	if (value) {
		out.micro = value->micro;
		out.text = value->text;
	}
	return out;
}

#define DEVICE "DEV"
#define SWITCH "SWITCH"

/* A known stat's name for one device or switch: its place replaced. */
static void spell(char *out, size_t bytes, const char *name, const char *place, const char *device)
{
	const char *dev = strstr(name, place);

	if (dev)
		snprintf(out, bytes, "%.*s%s%s", (int)(dev - name), name, device,
			 dev + strlen(place));
	else
		snprintf(out, bytes, "%s", name);
}

/* The nearest name seen so far. */
struct nearest {
	const char *stat;
	unsigned distance;
	char name[128];
};

static void consider(struct nearest *nearest, const char *name, const char *place,
		     const char *device)
{
	char spelt[128];
	unsigned far;

	spell(spelt, sizeof(spelt), name, place, device);
	far = diag_distance(nearest->stat, spelt);
	if (far >= nearest->distance)
		return;
	nearest->distance = far;
	snprintf(nearest->name, sizeof(nearest->name), "%s", spelt);
}

/* Switches are named where devices are behind them, in each point: taken from the stat itself. */
static void consider_switch(struct nearest *nearest, const char *name)
{
	char of[64] = "";

	if (sscanf(nearest->stat, "pcie.%63[^.].", of) == 1)
		consider(nearest, name, SWITCH, of);
}

/* A known stat that is one or two letters away. Stats beyond the table exist (each block may have
 * its own), so only a slip of the keys is called a mistake. */
static bool is_slip(const struct scn *scn, const char *stat, struct nearest *nearest)
{
	size_t count;
	const struct scn_known_stat *stats = scn_known_stats(&count);

	nearest->stat = stat;
	nearest->distance = 3;
	for (size_t i = 0; i < count; i++) {
		if (strstr(stats[i].name, SWITCH))
			consider_switch(nearest, stats[i].name);
		else if (!strstr(stats[i].name, DEVICE))
			consider(nearest, stats[i].name, DEVICE, "");
		else
			for (size_t d = 0; d < scn->device_count; d++)
				consider(nearest, stats[i].name, DEVICE, scn->devices[d].name);
	}
	return nearest->distance > 0 && nearest->distance < 3;
}

/* "cpu12.busy" is one of the table's cpuN. */
static bool is_numbered(const char *stat)
{
	static const char *const names[] = { "cpu", "send", "admin", "transfer", "mm", "fault" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(stat, names[i], n) && stat[n] >= '0' && stat[n] <= '9')
			return true;
	}
	return false;
}

static void check_stat(struct scn *scn, const struct scn_value *value)
{
	char stem[128], help[200];
	const char *last = strrchr(value->text, '.');
	struct nearest nearest;
	size_t n = strlen(value->text);

	if (!last || n > 100 || *value->text == '.' || !last[1] || strstr(value->text, "..") ||
	    strspn(value->text,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != n) {
		diag_error(scn->diag, value->place,
			   "such as eth0.rx.dropped or eth0.rx.latency_ns.p99",
			   "\"%.60s\" is not the name of a stat", value->text);
		return;
	}
	if (is_numbered(value->text))
		return;
	snprintf(stem, sizeof(stem), "%s", value->text);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(last + 1, fields[i]))
			stem[last - value->text] = '\0';
	if (!is_slip(scn, stem, &nearest))
		return;
	snprintf(help, sizeof(help), "did you mean \"%s%s\"?", nearest.name,
		 value->text + strlen(stem));
	diag_error(scn->diag, value->place, help, "no stat has the name \"%.60s\"", value->text);
}

static bool is_swept_value(const struct scn *scn, const struct scn_slot *slot,
			   const struct scn_value *value)
{
	const struct scn_dimension *dimension;

	if (slot->sweep < 0)
		return true;
	dimension = &scn->dimensions[slot->sweep];
	for (size_t i = 0; i < dimension->count; i++)
		if (scn_value_equal(dimension->values[i], value))
			return true;
	return false;
}

static void read_where(struct scn *scn, const char *path, const struct toml_node *node, void *ctx)
{
	struct scn_expectation *expectation = ctx;
	const struct scn_slot *slot = scn_slot_find(scn, path);
	struct scn_mistake mistake;
	struct scn_value *value;

	if (!slot || !strncmp(path, "expect.", 7)) {
		scn_unknown(scn, path, &mistake);
		diag_error(scn->diag, scn_place(scn, node->key_at), mistake.help, "%s",
			   mistake.what);
		return;
	}
	value = scn_value_parse(scn, slot->row, node, &mistake);
	if (!value) {
		diag_error(scn->diag, scn_place(scn, node->at), *mistake.help ? mistake.help : NULL,
			   "%s", mistake.what);
		return;
	}
	if (!is_swept_value(scn, slot, value)) {
		diag_error(scn->diag, value->place, "write one of the values in [sweep]",
			   "no point has \"%s\" = %s", path, value->text);
		return;
	}
	expectation->where = realloc(expectation->where,
				     (expectation->where_count + 1) * sizeof(*expectation->where));
	ASSERT(expectation->where);
	expectation->where[expectation->where_count++] =
		(struct scn_where){ (size_t)(slot - scn->slots), value };
}

static void read_one(struct scn *scn, size_t index, const struct toml_node *table)
{
	struct scn_expectation *expectation = &scn->expects[index];
	const struct toml_node *where = toml_find(table, "where");
	bool broken = false;
	const struct scn_value *stat = given(scn, index, "stat", &broken);
	struct scn_expect *view = &expectation->view;

	view->min = bound(given(scn, index, "min", &broken));
	view->max = bound(given(scn, index, "max", &broken));
	view->equal = bound(given(scn, index, "equal", &broken));
	view->stat = stat ? stat->text : "";
	if (stat)
		check_stat(scn, stat);
	if (!broken && !view->min.given && !view->max.given && !view->equal.given)
		diag_error(scn->diag, scn_place(scn, table->at), "give min, max or equal",
			   "an expectation without a bound");
	if (view->min.given && view->max.given && view->min.micro > view->max.micro)
		diag_error(scn->diag, given(scn, index, "min", &broken)->place, NULL,
			   "min = %s is greater than max = %s", view->min.text, view->max.text);
	if (view->equal.given && (view->min.given || view->max.given))
		diag_error(scn->diag, given(scn, index, "equal", &broken)->place,
			   "give equal, or min and max", "equal together with min or max");
	if (where && where->kind == TOML_KIND_TABLE)
		scn_leaves(scn, where, "", read_where, expectation);
}

void scn_read_expects(struct scn *scn)
{
	const struct toml_node *array = toml_find(scn->tree, "expect");

	scn->expect_count = scn->arrays[SCN_ARRAY_EXPECT].count;
	scn->expects = calloc(scn->expect_count + 1, sizeof(*scn->expects));
	ASSERT(scn->expects);
	for (size_t i = 0; i < scn->expect_count; i++)
		read_one(scn, i, array->child[i]);
}

size_t scn_expect_count(const struct scn *scn)
{
	return scn->expect_count;
}

const struct scn_expect *scn_expect(const struct scn *scn, size_t index)
{
	ASSERT(index < scn->expect_count);
	return &scn->expects[index].view;
}

bool scn_expect_applies(const struct scn_point *point, size_t index)
{
	const struct scn_expectation *expectation;

	ASSERT(index < point->scn->expect_count);
	expectation = &point->scn->expects[index];
	for (size_t i = 0; i < expectation->where_count; i++) {
		const struct scn_value *value = point->values[expectation->where[i].slot];

		if (!value || !scn_value_equal(value, expectation->where[i].value))
			return false;
	}
	return true;
}
