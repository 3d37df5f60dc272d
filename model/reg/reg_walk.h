/* SPDX-License-Identifier: MIT */
/* Walks every instance of every row of a register table and checks, through the accesses a
 * driver would make: reset value, rw, w1c and rc masks (ones, zeros, alternating bits), that
 * reserved bits stay, both halves of 8-byte registers, and that no instance is an alias of
 * another. For tests of devices: it leaves the registers changed. Not modelled: effects of
 * hooks; rows that have hooks are checked only as far as `skip` allows. */
#ifndef DOORBELL_REG_REG_WALK_H
#define DOORBELL_REG_REG_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "model/reg/reg.h"

enum reg_walk_skip {
	REG_WALK_SKIP_READ = 1,     /* on_read gives no stored value: no check of any value */
	REG_WALK_SKIP_WRITE = 2,    /* a write has effects: only the reset value is checked */
	REG_WALK_SKIP_RESET = 4,    /* the value after reset comes from elsewhere, e.g. an EEPROM */
};

struct reg_walk {
	const struct reg *table;
	size_t rows;
	uint64_t (*read)(void *ctx, uint32_t offset, unsigned bytes);
	void (*write)(void *ctx, uint32_t offset, unsigned bytes, uint64_t value);
	/* Everything to its reset value. */
	void (*reset)(void *ctx);
	/* Flags of enum reg_walk_skip for a row. NULL: a row with on_read is REG_WALK_SKIP_READ,
	 * a row with on_write REG_WALK_SKIP_WRITE. */
	unsigned (*skip)(void *ctx, const struct reg *row);
	/* name: "EITR[3]"; check: "reset", "write ones", ... */
	void (*fail)(void *ctx, const char *name, const char *check, uint64_t expected,
		     uint64_t found);
	void *ctx;
};

/* The number of failures. */
size_t reg_walk(const struct reg_walk *walk);

/* The same over a bank, by reg_read, reg_write and reg_bank_reset. `skip` and `fail` get `ctx`. */
size_t reg_walk_bank(struct reg_bank *bank, unsigned (*skip)(void *ctx, const struct reg *row),
		     void (*fail)(void *ctx, const char *name, const char *check,
				  uint64_t expected, uint64_t found),
		     void *ctx);

#endif
