/* SPDX-License-Identifier: MIT */
#include "model/scenario/fault_kinds.h"

#include <stdio.h>
#include <string.h>

#define CORE_DIGITS_MAX 3

#define FAULT_KIND(id, name_, on_, keys_, least_, most_, help_)                                   \
	{ .name = (name_), .on = FAULT_ON_##on_, .keys = (keys_), .least = (least_),              \
	  .most = (most_), .help = (help_) },
static const struct fault_row rows[FAULT_KINDS] = {
#include "model/scenario/faults.def"
};
#undef FAULT_KIND

const struct fault_row *fault_row(unsigned kind)
{
	return kind < FAULT_KINDS ? &rows[kind] : NULL;
}

const struct fault_row *fault_row_named(const char *name)
{
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		if (!strcmp(rows[kind].name, name))
			return &rows[kind];
	return NULL;
}

const char *fault_on_words(enum fault_on on)
{
	static const char *const words[] = {
		[FAULT_ON_DEVICE] = "a device",
		[FAULT_ON_NIC] = "a network device",
		[FAULT_ON_SSD] = "an SSD",
		[FAULT_ON_CORE] = "a core",
	};

	return words[on];
}

const char *fault_on_model(enum fault_on on)
{
	return on == FAULT_ON_NIC ? "82599" : on == FAULT_ON_SSD ? "nvme" : NULL;
}

/* As the stats name cores: without leading zeroes. */
int fault_core(const char *name)
{
	size_t digits;
	int core = -1;

	if (strncmp(name, "cpu", 3))
		return -1;
	digits = strspn(name + 3, "0123456789");
	if (!digits || digits > CORE_DIGITS_MAX || name[3 + digits] ||
	    (name[3] == '0' && digits > 1))
		return -1;
	return sscanf(name + 3, "%d", &core) == 1 ? core : -1;
}

unsigned fault_key(const char *name)
{
	static const struct { const char *name; unsigned bit; } keys[] = {
		{ "delay", FAULT_DELAY }, { "value", FAULT_VALUE }, { "every", FAULT_EVERY },
		{ "caller", FAULT_CALLER }, { "register", FAULT_REGISTER },
		{ "access", FAULT_ACCESS },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i].name, name))
			return keys[i].bit;
	return 0;
}

bool fault_access_fits(const struct fault_row *row, enum fault_access access)
{
	if (access == FAULT_ACCESS_WRITE)
		return !(row->keys & FAULT_NO_WRITES);
	return access != FAULT_ACCESS_REGISTER || row->keys & FAULT_REGISTERS;
}
