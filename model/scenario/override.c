/* SPDX-License-Identifier: MIT */
/* --set key=value: the value is text of the command line, so quotes may be left out. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"

/* All settings in one source text, a line each, so that a diagnostic can show them. */
static void make_source(struct scn *scn, const char *const *set, size_t sets)
{
	size_t bytes = 1, used = 0;
	char *text;

	for (size_t i = 0; i < sets; i++)
		bytes += strlen(set[i]) + 1;
	text = calloc(1, bytes);
	ASSERT(text);
	for (size_t i = 0; i < sets; i++) {
		for (const char *c = set[i]; *c; c++)
			text[used++] = *c == '\n' ? '?' : *c;
		text[used++] = '\n';
	}
	scn->set_source = diag_source(scn->diag, "--set", text, used);
	free(text);
}

/* The text as a TOML value: as it stands where it is one of the right kind, else as a string. */
static struct toml_node *read_value(const struct scn_row *row, const char *text)
{
	bool list = row->type == SCN_TYPE_CORES && *text != '[';
	size_t bytes = strlen(text) + 8;
	char *line = malloc(bytes);
	struct toml_error error;
	struct toml_node *root = NULL, *node;

	ASSERT(line);
	snprintf(line, bytes, list ? "v = [%s]" : "v = %s", text);
	if (strchr("\"'[{", *text) || row->type == SCN_TYPE_CORES || row->type == SCN_TYPE_BOOL ||
	    row->type == SCN_TYPE_INTEGER || row->type == SCN_TYPE_NUMBER)
		root = toml_read(line, strlen(line), &error);
	if (root && root->count == 1 && root->child[0]->kind != TOML_KIND_DATE) {
		free(line);
		return root;
	}
	toml_free(root);
	free(line);
	node = calloc(1, sizeof(*node));
	root = calloc(1, sizeof(*root));
	ASSERT(node && root);
	root->child = calloc(1, sizeof(*root->child));
	ASSERT(root->child);
	root->child[0] = node;
	root->count = 1;
	node->kind = TOML_KIND_STRING;
	node->text = strdup(text);
	return root;
}

static void apply(struct scn *scn, const char *setting, unsigned line)
{
	struct diag_place place = { scn->set_source, line, 1 };
	const char *equals = strchr(setting, '=');
	char key[SCN_KEY_MAX];
	struct scn_mistake mistake;
	struct scn_slot *slot;
	struct toml_node *root;
	struct scn_value *value;

	if (!equals || equals == setting) {
		diag_error(scn->diag, place, "write --set KEY=VALUE, such as cpu.cores=2",
			   "key=value is due");
		return;
	}
	snprintf(key, sizeof(key), "%.*s", (int)(equals - setting), setting);
	slot = scn_slot_find(scn, key);
	if (!slot || !strncmp(key, "expect.", 7)) {
		scn_unknown(scn, key, &mistake);
		diag_error(scn->diag, place, mistake.help, "%s", mistake.what);
		return;
	}
	place.column = (unsigned)(equals - setting) + 2;
	root = read_value(slot->row, equals + 1);
	value = scn_value_parse(scn, slot->row, root->child[0], &mistake);
	toml_free(root);
	slot->sweep = -1;
	slot->given = value;
	slot->key_at = place;
	slot->broken = !value;
	if (!value) {
		diag_error(scn->diag, place, *mistake.help ? mistake.help : NULL, "%s",
			   mistake.what);
		return;
	}
	value->origin = SCN_FROM_SET;
	value->place = place;
}

/* One length of the window replaces another: it is never both. */
static void pin_measure(struct scn *scn)
{
	static const char *const keys[] = { "run.measure", "run.measure.frames",
					    "run.measure.ios" };
	size_t set = sizeof(keys) / sizeof(keys[0]);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct scn_slot *slot = scn_slot_find(scn, keys[i]);

		if (slot->given && slot->given->origin == SCN_FROM_SET)
			set = i;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct scn_slot *slot = scn_slot_find(scn, keys[i]);

		if (set < sizeof(keys) / sizeof(keys[0]) && i != set &&
		    slot->given && slot->given->origin == SCN_FROM_FILE)
			slot->given = NULL;
	}
}

void scn_apply_set(struct scn *scn, const char *const *set, size_t sets)
{
	if (!sets)
		return;
	make_source(scn, set, sets);
	for (size_t i = 0; i < sets; i++)
		apply(scn, set[i], (unsigned)i + 1);
	pin_measure(scn);
}
