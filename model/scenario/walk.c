/* SPDX-License-Identifier: MIT */
/* The tree of a file into slots: which keys this scenario can have, and which it gives. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/fault_kinds.h"
#include "model/scenario/internal.h"

/* First parts of stats that are no device: a device of that name would share their names. */
static const char *const reserved[] = {
	"cpu", "iommu", "dma", "pcie", "ipi", "tlb", "host", "run", "faults"
};

struct diag_place scn_place(const struct scn *scn, struct toml_spot spot)
{
	return (struct diag_place){ scn->file_source, spot.line, spot.column };
}

static bool plain_key(const char *key)
{
	for (const char *c = key; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
			return false;
	return *key != '\0';
}

/* Parts that may follow `prefix` ("" or "cpu" or "device.eth0"): of the rows, and the names that
 * the user chose. The strings live as long as `arena`. */
struct level {
	char arena[4096];
	const char *names[160];
	size_t count, used;
};

static void level_add(struct level *level, const char *name, size_t bytes)
{
	for (size_t i = 0; i < level->count; i++)
		if (strlen(level->names[i]) == bytes && !memcmp(level->names[i], name, bytes))
			return;
	if (level->used + bytes + 1 > sizeof(level->arena) ||
	    level->count == sizeof(level->names) / sizeof(level->names[0]))
		return;
	memcpy(level->arena + level->used, name, bytes);
	level->arena[level->used + bytes] = '\0';
	level->names[level->count++] = level->arena + level->used;
	level->used += bytes + 1;
}

static void level_add_below(struct level *level, const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	if (n) {
		if (strncmp(path, prefix, n) || path[n] != '.')
			return;
		path += n + 1;
	}
	if (*path != '*' && *path != '#')
		level_add(level, path, strcspn(path, "."));
}

/* A concrete prefix as the table writes it: "device.eth0.pcie" -> "device.*.pcie". */
static void generic(const char *prefix, char *out, size_t bytes)
{
	size_t table = strcspn(prefix, ".") + 1;
	const char *name = prefix + table;
	size_t n = prefix[table - 1] ? strcspn(name, ".") : 0;
	char mark = !strncmp(prefix, "device.", 7) ? '*' : '#';

	if (!n || (mark == '#' && strspn(name, "0123456789") != n))
		snprintf(out, bytes, "%s", prefix);
	else
		snprintf(out, bytes, "%.*s%c%s", (int)table, prefix, mark, name + n);
}

static void level_collect(const struct scn *scn, const char *prefix, struct level *level)
{
	char pattern[2 * SCN_KEY_MAX];
	size_t count;
	const struct scn_row *rows = scn_rows(&count);

	level->count = level->used = 0;
	generic(prefix, pattern, sizeof(pattern));
	for (size_t i = 0; i < count; i++)
		level_add_below(level, rows[i].path, pattern);
	if (!*prefix)
		level_add(level, "sweep", 5);
	if (!strcmp(prefix, "device"))
		for (size_t i = 0; i < scn->device_count; i++)
			level_add(level, scn->devices[i].name, strlen(scn->devices[i].name));
}

static bool level_has(const struct level *level, const char *name)
{
	for (size_t i = 0; i < level->count; i++)
		if (!strcmp(level->names[i], name))
			return true;
	return false;
}

static const char *const see_keys = "doorbell list keys shows all keys";

static void report_unknown(struct scn *scn, const char *prefix, const struct toml_node *node)
{
	struct level level;
	char help[160];
	const char *near;

	if (!strcmp(prefix, "device"))
		return;          /* a bad name of a device: reported with the names */
	level_collect(scn, prefix, &level);
	near = diag_nearest(node->key, level.names, level.count);
	if (near)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", near);
	diag_error(scn->diag, scn_place(scn, node->key_at), near ? help : see_keys,
		   "unknown key \"%.60s\"", node->key);
}

/* Walks the given path part by part: the first one that does not exist is the mistake. */
void scn_unknown(const struct scn *scn, const char *path, struct scn_mistake *mistake)
{
	char prefix[2 * SCN_KEY_MAX] = "", part[SCN_KEY_MAX];
	const char *at = path;
	struct level level;

	snprintf(mistake->what, sizeof(mistake->what), "unknown key \"%.100s\"", path);
	snprintf(mistake->help, sizeof(mistake->help), "%s", see_keys);
	if (strlen(path) >= SCN_KEY_MAX)
		return;
	while (*at) {
		size_t n = strcspn(at, "."), used = strlen(prefix);
		bool number = n && strspn(at, "0123456789") == n;
		const char *near;

		snprintf(part, sizeof(part), "%.*s", (int)n, at);
		level_collect(scn, prefix, &level);
		if (!number && !level_has(&level, part)) {
			near = diag_nearest(part, level.names, level.count);
			if (near)
				snprintf(mistake->help, sizeof(mistake->help),
					 "did you mean \"%.120s%s%.60s%.120s\"?", prefix,
					 used ? "." : "", near, at + n);
			return;
		}
		if (number)
			for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++)
				if (!strcmp(scn->arrays[i].name, prefix))
					snprintf(mistake->help, sizeof(mistake->help),
						 "the file has %zu tables [[%s]], counted from 0",
						 scn->arrays[i].count, scn->arrays[i].name);
		snprintf(prefix + used, sizeof(prefix) - used, "%s%s", used ? "." : "", part);
		at += n + (at[n] == '.');
	}
}

struct scn_slot *scn_slot_find(const struct scn *scn, const char *key)
{
	for (size_t i = 0; i < scn->slot_count; i++)
		if (!strcmp(scn->slots[i].key, key))
			return &scn->slots[i];
	return NULL;
}

static struct scn_array *array_find(struct scn *scn, const char *name)
{
	for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++)
		if (!strcmp(scn->arrays[i].name, name))
			return &scn->arrays[i];
	return NULL;
}

/* ---- Pass 1: names of devices and lengths of arrays decide which slots exist. ---- */

static void check_device_name(struct scn *scn, const struct toml_node *node)
{
	struct diag_place place = scn_place(scn, node->key_at);

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (!strcmp(node->key, reserved[i]))
			diag_error(scn->diag, place, "choose another name, such as eth0 or nvme0",
				   "\"%s\" cannot be a device: stats of that name exist",
				   node->key);
	if (fault_core(node->key) >= 0)
		diag_error(scn->diag, place, "choose another name, such as eth0 or nvme0",
			   "\"%s\" cannot be a device: it is a core", node->key);
	if (!scn_name_ok(node->key) || strlen(node->key) > 15)
		diag_error(scn->diag, place, "1 to 15 letters, digits, '-' and '_', such as eth0",
			   "\"%.60s\" is not a device name", node->key);
}

static void find_devices(struct scn *scn)
{
	const struct toml_node *devices = toml_find(scn->tree, "device");

	if (!devices || devices->kind != TOML_KIND_TABLE)
		return;
	scn->devices = calloc(devices->count + 1, sizeof(*scn->devices));
	ASSERT(scn->devices);
	for (size_t i = 0; i < devices->count; i++) {
		const struct toml_node *node = devices->child[i];

		if (node->kind != TOML_KIND_TABLE) {
			diag_error(scn->diag, scn_place(scn, node->key_at), "write [device.NAME]",
				   "a device is a table");
			continue;
		}
		if (scn->device_count == SCN_TABLES_MAX) {
			diag_error(scn->diag, scn_place(scn, node->key_at), NULL,
				   "more than %d devices", SCN_TABLES_MAX);
			return;
		}
		check_device_name(scn, node);
		if (!plain_key(node->key) || strlen(node->key) > 63)
			continue;
		scn->devices[scn->device_count].name = strdup(node->key);
		scn->devices[scn->device_count++].at = scn_place(scn, node->at);
	}
}

static void find_array(struct scn *scn, struct scn_array *array)
{
	const struct toml_node *node = toml_find(scn->tree, array->name);
	char help[80];

	if (!node)
		return;
	snprintf(help, sizeof(help), "write [[%s]], once for each", array->name);
	if (node->kind != TOML_KIND_ARRAY) {
		diag_error(scn->diag, scn_place(scn, node->key_at), help,
			   "\"%s\" is a list of tables", array->name);
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		if (node->child[i]->kind != TOML_KIND_TABLE) {
			diag_error(scn->diag, scn_place(scn, node->child[i]->at), help,
				   "\"%s\" is a list of tables", array->name);
			return;
		}
		if (i == SCN_TABLES_MAX) {
			diag_error(scn->diag, scn_place(scn, node->child[i]->at), NULL,
				   "more than %d tables [[%s]]", SCN_TABLES_MAX, array->name);
			return;
		}
		array->count = i + 1;
	}
}

/* Header of the deepest existing table on the way to `key`; line 0 when there is none. */
static struct diag_place table_place(const struct scn *scn, const char *key)
{
	const struct toml_node *node = scn->tree;
	struct toml_spot spot = { 0, 0 };

	for (;;) {
		char part[64];
		size_t n = strcspn(key, ".");
		const struct toml_node *next = NULL;

		if (!key[n] || n >= sizeof(part))
			break;
		memcpy(part, key, n);
		part[n] = '\0';
		if (node->kind == TOML_KIND_TABLE)
			next = toml_find(node, part);
		else if (node->kind == TOML_KIND_ARRAY && strtoul(part, NULL, 10) < node->count)
			next = node->child[strtoul(part, NULL, 10)];
		if (!next || (next->kind != TOML_KIND_TABLE && next->kind != TOML_KIND_ARRAY))
			break;
		node = next;
		spot = node->at;
		key += n + 1;
	}
	return scn_place(scn, spot);
}

static void add_slot(struct scn *scn, const struct scn_row *row, const char *key)
{
	struct scn_slot *slot = &scn->slots[scn->slot_count++];

	memset(slot, 0, sizeof(*slot));
	slot->key = strdup(key);
	slot->row = row;
	slot->sweep = -1;
	slot->table = table_place(scn, key);
	slot->key_at = scn_place(scn, (struct toml_spot){ 0, 0 });
}

/* Rows of one family ("device.*.") for one of its members. */
static void add_family(struct scn *scn, const char *prefix, const char *member)
{
	size_t count, n = strlen(prefix);
	const struct scn_row *rows = scn_rows(&count);

	for (size_t i = 0; i < count; i++) {
		char key[SCN_KEY_MAX];

		if (strncmp(rows[i].path, prefix, n))
			continue;
		snprintf(key, sizeof(key), "%.*s%s%s", (int)n - 2, prefix, member,
			 rows[i].path + n - 1);
		add_slot(scn, &rows[i], key);
	}
}

static void make_slots(struct scn *scn)
{
	size_t count, room;
	const struct scn_row *rows = scn_rows(&count);

	room = count * (1 + scn->device_count);
	for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++)
		room += count * scn->arrays[i].count;
	scn->slots = calloc(room, sizeof(*scn->slots));
	ASSERT(scn->slots);
	for (size_t i = 0; i < count; i++)
		if (!strpbrk(rows[i].path, "*#"))
			add_slot(scn, &rows[i], rows[i].path);
	for (size_t i = 0; i < scn->device_count; i++)
		add_family(scn, "device.*.", scn->devices[i].name);
	for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++)
		for (size_t j = 0; j < scn->arrays[i].count; j++) {
			char prefix[32], member[24];

			snprintf(prefix, sizeof(prefix), "%s.#.", scn->arrays[i].name);
			snprintf(member, sizeof(member), "%zu", j);
			add_family(scn, prefix, member);
		}
}

/* ---- Pass 2: what the file gives. ---- */

static void give(struct scn *scn, struct scn_slot *slot, const struct toml_node *node)
{
	struct scn_mistake mistake;

	slot->key_at = scn_place(scn, node->key_at);
	slot->given = scn_value_parse(scn, slot->row, node, &mistake);
	if (slot->given)
		return;
	slot->broken = true;
	diag_error(scn->diag, scn_place(scn, node->at), *mistake.help ? mistake.help : NULL, "%s",
		   mistake.what);
}

static void walk(struct scn *scn, const struct toml_node *table, const char *prefix);

static void walk_child(struct scn *scn, const struct toml_node *node, const char *prefix)
{
	char path[SCN_KEY_MAX], help[SCN_KEY_MAX + 80], element[SCN_KEY_MAX + 24];
	struct scn_slot *slot;

	if (!plain_key(node->key) ||
	    (size_t)snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", node->key) >=
		    sizeof(path) - 16) {
		report_unknown(scn, prefix, node);
		return;
	}
	slot = scn_slot_find(scn, path);
	if (slot && slot->row->type == SCN_TYPE_TABLE && node->kind == TOML_KIND_TABLE)
		return;          /* its keys are free: read where it is used */
	if (array_find(scn, path)) {
		for (size_t i = 0; i < array_find(scn, path)->count; i++) {
			snprintf(element, sizeof(element), "%s.%zu", path, i);
			walk(scn, node->child[i], element);
		}
		return;
	}
	if (node->kind == TOML_KIND_TABLE && scn_row_is_table(path)) {
		walk(scn, node, path);
		return;
	}
	if (slot) {
		give(scn, slot, node);
		return;
	}
	if (scn_row_is_table(path)) {
		if (!strcmp(prefix, "device"))
			return;  /* reported with the devices' names */
		snprintf(help, sizeof(help), "write [%s] and its keys below it", path);
		diag_error(scn->diag, scn_place(scn, node->key_at), help, "\"%s\" is a table",
			   path);
		return;
	}
	report_unknown(scn, prefix, node);
}

static void walk(struct scn *scn, const struct toml_node *table, const char *prefix)
{
	for (size_t i = 0; i < table->count; i++) {
		if (!*prefix && !strcmp(table->child[i]->key, "sweep"))
			continue;
		walk_child(scn, table->child[i], prefix);
	}
}

void scn_walk(struct scn *scn)
{
	find_devices(scn);
	for (size_t i = 0; i < sizeof(scn->arrays) / sizeof(scn->arrays[0]); i++)
		find_array(scn, &scn->arrays[i]);
	make_slots(scn);
	walk(scn, scn->tree, "");
}
