/* SPDX-License-Identifier: MIT */
/* One TOML value against one row of the table: type, unit, range. */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/internal.h"
#include "model/scenario/units.h"

/* How much of the user's text a message repeats. */
#define SHOWN 60
#define WORDS_MAX 64     /* of a key */

__attribute__((format(printf, 2, 3)))
static bool wrong(struct scn_mistake *mistake, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(mistake->what, sizeof(mistake->what), fmt, args);
	va_end(args);
	return false;
}

__attribute__((format(printf, 2, 3)))
static void help(struct scn_mistake *mistake, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(mistake->help, sizeof(mistake->help), fmt, args);
	va_end(args);
}

static int units_of(enum scn_type type)
{
	switch (type) {
	case SCN_TYPE_TIME:
	case SCN_TYPE_TIME_OR_WORD:
		return UNITS_TIME;
	case SCN_TYPE_RATE:
		return UNITS_RATE;
	case SCN_TYPE_IO_RATE:
		return UNITS_IO_RATE;
	case SCN_TYPE_SIZE:
		return UNITS_SIZE;
	case SCN_TYPE_FREQUENCY:
		return UNITS_FREQUENCY;
	case SCN_TYPE_BANDWIDTH:
		return UNITS_BANDWIDTH;
	default:
		return -1;
	}
}

bool scn_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 63)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      ((c == '-' || c == '_') && i)))
			return false;
	}
	return true;
}

/* A list too long for a line is in the reference. */
static void help_words(struct scn_mistake *mistake, const struct scn_row *row, const char *given)
{
	char buffer[WORDS_MAX][32];
	const char *names[WORDS_MAX];
	size_t count = 0, used = 0;
	const char *near;

	while (count < WORDS_MAX &&
	       scn_words_at(row->words, count, buffer[count], sizeof(buffer[0]))) {
		names[count] = buffer[count];
		count++;
	}
	near = diag_nearest(given, names, count);
	if (near) {
		help(mistake, "did you mean \"%s\"?", near);
		return;
	}
	used = (size_t)snprintf(mistake->help, sizeof(mistake->help), "one of:");
	for (size_t i = 0; i < count && used < sizeof(mistake->help); i++)
		used += (size_t)snprintf(mistake->help + used, sizeof(mistake->help) - used,
					 "%s %s", i ? "," : "", names[i]);
	if (used >= sizeof(mistake->help))
		help(mistake, "doorbell doc %s shows them", row->path);
	for (char *c = mistake->help; *c; c++)
		if (*c == '#')
			*c = 'N';
}

static void help_units(struct scn_mistake *mistake, const struct scn_row *row)
{
	enum units_set set = (enum units_set)units_of(row->type);
	char word[32];

	if (row->type == SCN_TYPE_TIME_OR_WORD && scn_words_at(row->words, 0, word, sizeof(word)))
		help(mistake, "write %s as text with its unit (%s), such as \"%s\", or \"%s\"",
		     units_name(set), units_list(set), units_example(set), word);
	else
		help(mistake, "write %s as text with its unit (%s), such as \"%s\"",
		     units_name(set), units_list(set), units_example(set));
}

/* No number at all: most likely a word was meant. */
static void help_units_or_words(struct scn_mistake *mistake, const struct scn_row *row,
				const char *text)
{
	size_t used;

	help_units(mistake, row);
	if (!row->words)
		return;
	help_words(mistake, row, text);
	used = strlen(mistake->help);
	snprintf(mistake->help + used, sizeof(mistake->help) - used,
		 " Or a time with its unit (%s).", units_list(UNITS_TIME));
}

static bool parse_units(const struct scn_row *row, const char *text, struct scn_value *value,
			struct scn_mistake *mistake)
{
	enum units_set set = (enum units_set)units_of(row->type);
	struct units_value parsed;

	switch (units_parse(set, text, &parsed)) {
	case UNITS_OK:
		value->u = parsed.value;
		value->kind = parsed.kind == UNITS_OTHER ? SCN_RATE_BITS : SCN_RATE_FRAMES;
		return true;
	case UNITS_NO_NUMBER:
		help_units_or_words(mistake, row, text);
		return wrong(mistake, "\"%.*s\" is not %s", SHOWN, text, units_name(set));
	case UNITS_NO_UNIT:
		help_units(mistake, row);
		return wrong(mistake, "\"%.*s\" has no unit", SHOWN, text);
	case UNITS_BAD_UNIT:
		help_units(mistake, row);
		return wrong(mistake, "\"%.*s\" does not have a unit of %s", SHOWN, text,
			     units_name(set) + (units_name(set)[1] == 'n' ? 3 : 2));
	case UNITS_INEXACT:
		help(mistake, "the smallest step is %s",
		     set == UNITS_TIME ? "1ps" : set == UNITS_SIZE ? "1B" :
		     set == UNITS_FREQUENCY ? "1Hz" : set == UNITS_BANDWIDTH ? "1bps" :
		     set == UNITS_IO_RATE ? "0.001iops" : "0.001pps or 1bps");
		return wrong(mistake, "\"%.*s\" is finer than can be represented", SHOWN, text);
	case UNITS_TOO_LARGE:
		break;
	}
	return wrong(mistake, "\"%.*s\" is too large", SHOWN, text);
}

/* A bound of a range, in the terms of the type. */
static uint64_t bound(const struct scn_row *row, const char *text, size_t bytes)
{
	char buffer[32];
	struct units_value parsed;
	int64_t micro;

	ASSERT(bytes < sizeof(buffer));
	memcpy(buffer, text, bytes);
	buffer[bytes] = '\0';
	if (row->type == SCN_TYPE_INTEGER)
		return strtoull(buffer, NULL, 10);
	if (row->type == SCN_TYPE_NUMBER) {
		ASSERT(units_micro(buffer, &micro));
		return (uint64_t)micro;
	}
	ASSERT(units_parse((enum units_set)units_of(row->type), buffer, &parsed) == UNITS_OK);
	return parsed.value;
}

static bool in_range(const struct scn_row *row, uint64_t u)
{
	const char *range = row->range;
	const char *dots = strstr(range, "..");

	if (dots)
		return u >= bound(row, range, (size_t)(dots - range)) &&
		       u <= bound(row, dots + 2, strlen(dots + 2));
	for (;;) {
		size_t n = strcspn(range, ",");

		if (u == bound(row, range, n))
			return true;
		if (!range[n])
			return false;
		range += n + 1;
	}
}

static bool check_range(const struct scn_row *row, const struct scn_value *value,
			struct scn_mistake *mistake)
{
	const char *quote = value->quoted ? "\"" : "";
	uint64_t u = row->type == SCN_TYPE_NUMBER ? (uint64_t)value->micro : value->u;
	bool negative = row->type == SCN_TYPE_NUMBER && value->micro < 0;

	if (!row->range || value->word >= 0 || (!negative && in_range(row, u)))
		return true;
	if (strstr(row->range, ".."))
		help(mistake, "the range is %s", row->range);
	else
		help(mistake, strchr(row->range, ',') ? "one of: %s" : "it must be %s", row->range);
	return wrong(mistake, "%s%.*s%s is out of range", quote, SHOWN, value->text, quote);
}

static bool parse_cores(const struct toml_node *node, struct scn_value *value,
			struct scn_mistake *mistake)
{
	uint64_t seen = 0;
	size_t used = 0, room = node->count * 4 + 3;

	help(mistake, "write a list of core numbers, such as [0, 1]");
	if (node->kind != TOML_KIND_ARRAY)
		return wrong(mistake, "a list of cores is due");
	if (!node->count)
		return wrong(mistake, "an empty list of cores");
	if (node->count > SCN_CORES_MAX)
		return wrong(mistake, "more than %d cores", SCN_CORES_MAX);
	value->cores = calloc(node->count, sizeof(*value->cores));
	value->text = calloc(1, room);
	ASSERT(value->cores && value->text);
	used = (size_t)snprintf(value->text, room, "[");
	for (size_t i = 0; i < node->count; i++) {
		const struct toml_node *core = node->child[i];

		if (core->kind != TOML_KIND_INTEGER || core->integer < 0 ||
		    core->integer >= SCN_CORES_MAX)
			return wrong(mistake, "cores are integers from 0 to %d", SCN_CORES_MAX - 1);
		if (seen & 1ULL << core->integer)
			return wrong(mistake, "core %d is named twice", (int)core->integer);
		seen |= 1ULL << core->integer;
		value->cores[value->core_count++] = (unsigned)core->integer;
		used += (size_t)snprintf(value->text + used, room - used, "%s%d", i ? ", " : "",
					 (int)core->integer);
	}
	snprintf(value->text + used, room - used, "]");
	return true;
}

/* TOML allows underscores between digits. */
static bool parse_number(const char *text, int64_t *micro)
{
	char digits[64];
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (n + 1 == sizeof(digits))
			return false;
		digits[n++] = *text;
	}
	digits[n] = '\0';
	return units_micro(digits, micro);
}

static bool parse_string(const struct scn_row *row, const char *text, struct scn_value *value,
			 struct scn_mistake *mistake)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return wrong(mistake, "a control character has no meaning here");
	if (row->type == SCN_TYPE_WORD) {
		value->word = scn_words_index(row->words, text);
		if (value->word >= 0)
			return true;
		help_words(mistake, row, text);
		return wrong(mistake, "\"%.*s\" is not a value of this key", SHOWN, text);
	}
	if (row->type == SCN_TYPE_NAME && !scn_name_ok(text)) {
		help(mistake, "names have letters, digits, '-' and '_'");
		return wrong(mistake, "\"%.*s\" is not a name", SHOWN, text);
	}
	if (row->type == SCN_TYPE_PATH && !*text)
		return wrong(mistake, "an empty path");
	return true;
}

static bool parse_integer(const struct toml_node *node, struct scn_value *value,
			  struct scn_mistake *mistake)
{
	int64_t ignored;

	if (node->kind == TOML_KIND_STRING && units_micro(node->text, &ignored))
		help(mistake, "write it without quotes");
	if (node->kind != TOML_KIND_INTEGER)
		return wrong(mistake, "an integer is due");
	if (node->integer < 0) {
		if (value->row->range)
			help(mistake, "the range is %s", value->row->range);
		return wrong(mistake, "%s is out of range", node->text);
	}
	value->u = (uint64_t)node->integer;
	return true;
}

/* Rates and other values with a unit stand in strings. */
static bool parse_quantity(const struct toml_node *node, struct scn_value *value,
			   struct scn_mistake *mistake)
{
	const struct scn_row *row = value->row;
	enum units_set set = (enum units_set)units_of(row->type);

	if (node->kind != TOML_KIND_STRING) {
		help_units(mistake, row);
		if (node->kind == TOML_KIND_INTEGER || node->kind == TOML_KIND_FLOAT)
			return wrong(mistake, "a bare number where %s is due", units_name(set));
		return wrong(mistake, "%s is due", units_name(set));
	}
	if (row->words) {
		value->word = scn_words_index(row->words, node->text);
		if (value->word >= 0)
			return true;
	}
	if (!parse_units(row, node->text, value, mistake))
		return false;
	if ((row->type == SCN_TYPE_RATE || row->type == SCN_TYPE_IO_RATE) && !value->u) {
		help(mistake, "leave the table out if nothing is to arrive");
		return wrong(mistake, "a rate of zero");
	}
	return true;
}

static bool parse(const struct toml_node *node, struct scn_value *value,
		  struct scn_mistake *mistake)
{
	switch (value->row->type) {
	case SCN_TYPE_BOOL:
		help(mistake, "write true or false without quotes");
		value->u = node->kind == TOML_KIND_BOOLEAN && node->boolean;
		return node->kind == TOML_KIND_BOOLEAN || wrong(mistake, "true or false is due");
	case SCN_TYPE_INTEGER:
		return parse_integer(node, value, mistake);
	case SCN_TYPE_NUMBER:
		if (node->kind != TOML_KIND_INTEGER && node->kind != TOML_KIND_FLOAT)
			return wrong(mistake, "a number is due");
		help(mistake, "plain decimals, at most six places behind the point");
		return parse_number(node->text, &value->micro) ||
		       wrong(mistake, "%.*s cannot be represented", SHOWN, node->text);
	case SCN_TYPE_WORD:
	case SCN_TYPE_TEXT:
	case SCN_TYPE_NAME:
	case SCN_TYPE_PATH:
		if (node->kind != TOML_KIND_STRING) {
			if (value->row->words)
				help_words(mistake, value->row, "");
			return wrong(mistake, "a %s in quotes is due",
				     scn_type_name(value->row->type));
		}
		return parse_string(value->row, node->text, value, mistake);
	case SCN_TYPE_CORES:
		return parse_cores(node, value, mistake);
	case SCN_TYPE_TABLE:
		help(mistake, "write { \"device.eth0.itr\" = \"20us\" }");
		return wrong(mistake, "a table is due");
	default:
		return parse_quantity(node, value, mistake);
	}
}

static char *join(const char *folder, const char *path)
{
	size_t bytes = strlen(folder) + strlen(path) + 1;
	char *out = malloc(bytes);

	ASSERT(out);
	snprintf(out, bytes, "%s%s", *path == '/' ? "" : folder, path);
	return out;
}

struct scn_value *scn_value_parse(struct scn *scn, const struct scn_row *row,
				  const struct toml_node *node, struct scn_mistake *mistake)
{
	struct scn_value *value = calloc(1, sizeof(*value));
	bool good;

	ASSERT(value);
	value->next = scn->values;
	scn->values = value;
	value->row = row;
	value->word = -1;
	value->place = scn_place(scn, node->at);
	value->origin = SCN_FROM_FILE;
	value->quoted = node->kind == TOML_KIND_STRING;
	memset(mistake, 0, sizeof(*mistake));
	good = parse(node, value, mistake);
	if (!value->text)
		value->text = strdup(node->text ? node->text : "");
	if (good)
		good = check_range(row, value, mistake);
	if (good && row->type == SCN_TYPE_PATH)
		value->path = join(scn->folder, value->text);
	return good ? value : NULL;
}

const struct scn_value *scn_value_default(struct scn *scn, const struct scn_row *row,
					  const char *text)
{
	struct scn_mistake mistake;
	struct toml_node zero = { .kind = TOML_KIND_INTEGER, .text = "0" };
	struct toml_node *cores[] = { &zero };
	struct toml_node node = { .kind = TOML_KIND_STRING, .text = (char *)text };
	struct scn_value *value;

	for (value = scn->values; value; value = value->next)
		if (value->origin == SCN_FROM_DEFAULT && value->row == row &&
		    !strcmp(value->text, text))
			return value;
	if (row->type == SCN_TYPE_INTEGER) {
		node.kind = TOML_KIND_INTEGER;
		node.integer = strtoll(text, NULL, 10);
	} else if (row->type == SCN_TYPE_NUMBER) {
		node.kind = TOML_KIND_FLOAT;
	} else if (row->type == SCN_TYPE_BOOL) {
		node.kind = TOML_KIND_BOOLEAN;
		node.boolean = !strcmp(text, "true");
	} else if (row->type == SCN_TYPE_CORES) {
		ASSERT(!strcmp(text, "[0]"));
		node.kind = TOML_KIND_ARRAY;
		node.child = cores;
		node.count = 1;
	}
	value = scn_value_parse(scn, row, &node, &mistake);
	ASSERT(value);
	value->origin = SCN_FROM_DEFAULT;
	return value;
}

bool scn_value_equal(const struct scn_value *a, const struct scn_value *b)
{
	if (a->row != b->row || a->word != b->word || a->u != b->u || a->micro != b->micro ||
	    a->kind != b->kind || a->core_count != b->core_count)
		return false;
	if (a->core_count && memcmp(a->cores, b->cores, a->core_count * sizeof(*a->cores)))
		return false;
	switch (a->row->type) {
	case SCN_TYPE_TEXT:
	case SCN_TYPE_NAME:
	case SCN_TYPE_PATH:
		return !strcmp(a->text, b->text);
	default:
		return true;
	}
}
