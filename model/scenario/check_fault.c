/* SPDX-License-Identifier: MIT */
/* What fits together in a [[fault]] table: the kind decides what it is on and its keys. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/scenario/fault_kinds.h"
#include "model/scenario/internal.h"

struct checked {
	const struct scn_point *point;
	size_t index;
	const struct scn_value *kind;
	const struct fault_row *row;
};

static const struct scn_value *value_of(const struct checked *fault, const char *key)
{
	return scn_value_at(fault->point, "fault.%zu.%s", fault->index, key);
}

/* Something that the table says of `key` is wrong. */
__attribute__((format(printf, 4, 5)))
static void wrong(const struct checked *fault, const char *key, const char *help, const char *fmt,
		  ...)
{
	char path[96], what[200];
	va_list args;

	snprintf(path, sizeof(path), "fault.%zu.%s", fault->index, key);
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	scn_error_at(fault->point, path, help, "%s", what);
}

static void check_core(const struct checked *fault, const struct scn_value *on)
{
	const struct scn_value *cores = scn_value_at(fault->point, "cpu.cores");
	int core = fault_core(on->text);

	if (core < 0)
		wrong(fault, "on", "cores are \"cpu0\", \"cpu1\" ...",
		      "kind = \"%s\" is on a core, and \"%s\" is none", fault->row->name, on->text);
	else if (cores && (uint64_t)core >= cores->u)
		wrong(fault, "on", NULL, "there is no core %d: cpu.cores is %" PRIu64, core,
		      cores->u);
}

static void check_on(const struct checked *fault)
{
	const struct scn_value *on = value_of(fault, "on");
	enum fault_on what = fault->row->on;

	if (!on)
		return;
	if (what == FAULT_ON_CORE)
		check_core(fault, on);
	else if (fault_core(on->text) >= 0)
		wrong(fault, "on", NULL, "kind = \"%s\" is on %s, and \"%s\" is a core",
		      fault->row->name, fault_on_words(what), on->text);
	else
		scn_check_reference(fault->point, on, fault_on_model(what), fault_on_words(what));
}

/* A manifest holds the defaults of all keys, as does a scenario made from one. */
static bool is_default(const struct checked *fault, const struct scn_value *value)
{
	const char *fallback = value->row->fallback;

	if (value->origin == SCN_FROM_DEFAULT)
		return true;
	return fallback &&
	       scn_value_equal(value, scn_value_default(fault->point->scn, value->row, fallback));
}

/* A key that the kind does not take was meant for another one. */
static void check_meaningless(const struct checked *fault, const char *key)
{
	const struct scn_value *value = value_of(fault, key);
	const struct scn_slot *slot;
	char path[96], help[320];
	size_t used;

	if (!value || is_default(fault, value) || fault->row->keys & fault_key(key) ||
	    scn_value_varied(fault->kind))
		return;
	snprintf(path, sizeof(path), "fault.%zu.%s", fault->index, key);
	slot = scn_slot_find(fault->point->scn, path);
	used = (size_t)snprintf(help, sizeof(help), "it is for kind =");
	for (unsigned kind = 0; kind < FAULT_KINDS && used < sizeof(help); kind++)
		if (fault_row(kind)->keys & fault_key(key))
			used += (size_t)snprintf(help + used, sizeof(help) - used, " %s",
						 fault_row(kind)->name);
	diag_error(fault->point->scn->diag, slot->key_at.line ? slot->key_at : value->place,
		   used < sizeof(help) ? help : "doorbell list faults shows which takes it",
		   "\"%s\" has no meaning with kind = \"%s\"", key, fault->row->name);
}

static void check_value(const struct checked *fault)
{
	const struct scn_value *value = value_of(fault, "value");
	const struct fault_row *row = fault->row;

	if (!value && row->keys & FAULT_NEEDS_VALUE)
		wrong(fault, "kind", NULL, "kind = \"%s\" needs a \"value\": %s", row->name,
		      row->help);
	else if (value && row->keys & FAULT_VALUE &&
		 (value->u < row->least || value->u > row->most))
		wrong(fault, "value", NULL,
		      "with kind = \"%s\" the value is %" PRIu64 " to %" PRIu64, row->name,
		      row->least, row->most);
	if (row->keys & FAULT_NEEDS_REGISTER && !value_of(fault, "register"))
		wrong(fault, "kind", NULL, "kind = \"%s\" needs a \"register\"", row->name);
}

static void check_access(const struct checked *fault)
{
	const struct scn_value *access = value_of(fault, "access");

	if (access && fault->row->keys & FAULT_ACCESS &&
	    !fault_access_fits(fault->row, (enum fault_access)access->word))
		wrong(fault, "access", NULL, "kind = \"%s\" cannot happen to access = \"%s\"",
		      fault->row->name, access->text);
}

static void check_iommu(const struct checked *fault)
{
	const struct scn_value *mode = scn_value_at(fault->point, "iommu.mode");

	if (fault->row->keys & FAULT_NEEDS_IOMMU && mode && !strcmp(mode->text, "off"))
		wrong(fault, "kind", "choose another iommu.mode",
		      "kind = \"%s\" needs an IOMMU, and iommu.mode is \"off\"", fault->row->name);
}

void scn_check_fault(const struct scn_point *point, size_t index)
{
	static const char *const keys[] = { "delay", "value", "every", "access", "register",
					    "caller" };
	struct checked fault = { .point = point, .index = index };

	fault.kind = value_of(&fault, "kind");
	fault.row = fault.kind ? fault_row_named(fault.kind->text) : NULL;
	if (!fault.row)
		return;
	check_on(&fault);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check_meaningless(&fault, keys[i]);
	check_value(&fault);
	check_access(&fault);
	check_iommu(&fault);
}
