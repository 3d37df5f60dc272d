/* SPDX-License-Identifier: MIT */
/* [sweep]: each key with a list of values; the points are their cartesian product. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

void scn_leaves(struct scn *scn, const struct toml_node *table, const char *prefix, scn_leaf *leaf,
		void *ctx)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct toml_node *node = table->child[i];
		char path[SCN_KEY_MAX];

		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "",
				     node->key) >= sizeof(path)) {
			diag_error(scn->diag, scn_place(scn, node->key_at), NULL, "unknown key");
			continue;
		}
		if (node->kind == TOML_KIND_TABLE)
			scn_leaves(scn, node, path, leaf, ctx);
		else
			leaf(scn, path, node, ctx);
	}
}

static void read_values(struct scn *scn, struct scn_slot *slot, const struct toml_node *node)
{
	struct scn_dimension *dimension = &scn->dimensions[scn->dimension_count];

	dimension->slot = (size_t)(slot - scn->slots);
	dimension->count = 0;
	dimension->values = calloc(node->count, sizeof(*dimension->values));
	ASSERT(dimension->values);
	for (size_t i = 0; i < node->count; i++) {
		struct scn_mistake mistake;
		struct scn_value *value = scn_value_parse(scn, slot->row, node->child[i], &mistake);

		if (!value) {
			diag_error(scn->diag, scn_place(scn, node->child[i]->at),
				   *mistake.help ? mistake.help : NULL, "%s", mistake.what);
			continue;
		}
		for (size_t j = 0; j < dimension->count; j++)
			if (scn_value_equal(dimension->values[j], value))
				diag_error(scn->diag, value->place, NULL,
					   "this value is swept twice");
		value->origin = SCN_FROM_SWEEP;
		dimension->values[dimension->count++] = value;
	}
	if (!dimension->count) {
		free(dimension->values);
		slot->broken = true;
		return;
	}
	slot->sweep = (int)scn->dimension_count++;
	slot->broken = false;
}

static void read_dimension(struct scn *scn, const char *path, const struct toml_node *node,
			   void *ctx)
{
	struct scn_slot *slot = scn_slot_find(scn, path);
	struct scn_mistake mistake;

	if (!slot || !strncmp(path, "expect.", 7)) {
		scn_unknown(scn, path, &mistake);
		diag_error(scn->diag, scn_place(scn, node->key_at), mistake.help, "%s",
			   mistake.what);
		return;
	}
	if (node->kind != TOML_KIND_ARRAY || !node->count) {
		diag_error(scn->diag, scn_place(scn, node->at),
			   "write the values in brackets, such as [1, 2]",
			   "a list of values is due");
		return;
	}
	if (slot->sweep >= 0) {
		diag_error(scn->diag, scn_place(scn, node->key_at), NULL, "\"%s\" is swept twice",
			   path);
		return;
	}
	scn->dimensions = realloc(scn->dimensions,
				  (scn->dimension_count + 1) * sizeof(*scn->dimensions));
	ASSERT(scn->dimensions);
	read_values(scn, slot, node);
}

void scn_read_sweep(struct scn *scn)
{
	const struct toml_node *sweep = toml_find(scn->tree, "sweep");

	if (!sweep)
		return;
	if (sweep->kind != TOML_KIND_TABLE) {
		diag_error(scn->diag, scn_place(scn, sweep->key_at),
			   "write [sweep] and below it \"key\" = [values]", "\"sweep\" is a table");
		return;
	}
	scn_leaves(scn, sweep, "", read_dimension, NULL);
}
