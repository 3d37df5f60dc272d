/* SPDX-License-Identifier: MIT */
/* The register table: nic82599_regs.def and the counting statistics of stats.def, in this order. */
#include "devices/nic82599/nic82599_priv.h"

#define nic_NULL NULL
#define REG(id, reg, at, from, n, step, value, writable, clear, section, write_hook, read_hook, \
	    text) \
	{ .name = reg, .offset = at, .first = from, .count = n, .stride = step, .bytes = 4, \
	  .reset = value, .rw = writable, .w1c = clear, .spec = section, \
	  .on_write = nic_##write_hook, .on_read = nic_##read_hook, .help = text },
#define STAT32(id, reg, at, n, step, section, text) \
	{ .name = reg, .offset = at, .count = n, .stride = step, .bytes = 4, .spec = section, \
	  .on_read = nic_stat_read_##id, .help = text },
#define STAT36(id, reg, at, n, step, section, text) \
	{ .name = reg "L", .offset = at, .count = n, .stride = step, .bytes = 4, .spec = section, \
	  .on_read = nic_stat_read_##id, .help = text }, \
	{ .name = reg "H", .offset = (at) + 4, .count = n, .stride = step, .bytes = 4, \
	  .spec = section, .on_read = nic_stat_high_##id, .help = text },

static const struct reg nic_regs[] = {
#include "devices/nic82599/nic82599_regs.def"
#include "devices/nic82599/stats.def"
};

const struct reg *nic82599_regs_table(size_t *rows)
{
	*rows = sizeof(nic_regs) / sizeof(nic_regs[0]);
	return nic_regs;
}
