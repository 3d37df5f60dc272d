/* SPDX-License-Identifier: MIT */
/* Register tables: one const row per register family, from which dispatch, reset values, masks,
 * documentation, trace names and tests come. A register is 4 or 8 bytes wide and lies on a multiple
 * of its size; accesses of 4 and 8 bytes are split or merged by reg_read and reg_write.
 *
 * On a write: new = (old & ~rw) | (value & rw), then bits of w1c that are 1 in value are cleared,
 * new is stored, then on_write (if any) sees old and value and may do more: value is what the bus
 * wrote, so that a command bit outside rw is visible; what is stored now is reg_get's. On a read:
 * on_read (if any) supplies the value, else the stored one; bits of rc are cleared in the stored
 * value after a read. Bits neither in rw, w1c nor produced by a hook keep their reset value:
 * reserved bits. Not modelled: byte and 16-bit accesses (REG_MISALIGNED). */
#ifndef DOORBELL_REG_REG_H
#define DOORBELL_REG_REG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reg_bank;

struct reg {
	const char *name;
	uint32_t offset;        /* of instance `first` */
	uint16_t first;         /* its first instance's number: a family may have several rows */
	uint16_t count;
	uint32_t stride;        /* bytes between instances */
	uint8_t  bytes;         /* 4 or 8 */
	uint64_t reset;
	uint64_t rw;
	uint64_t w1c;
	uint64_t rc;
	const char *spec;       /* section */
	/* index: instance number, counted from the family's 0. When one half of an 8-byte
	 * register is written, the other half of value is the old one, without its w1c bits. */
	void (*on_write)(void *ctx, unsigned index, uint64_t old, uint64_t value);
	uint64_t (*on_read)(void *ctx, unsigned index);
	const char *help;
};

/* What an access met. */
enum reg_result {
	REG_OK,
	REG_UNKNOWN,       /* no register there: reads give 0, writes are dropped */
	REG_MISALIGNED,    /* size or alignment the bank does not take */
};

/* `window` bytes of address space; `table` outlives the bank. Asserts if rows overlap or leave
 * the window, and on masks that are wider than the register or have a bit in both rw and w1c.
 * ctx goes to the hooks. NULL when memory is short. */
struct reg_bank *reg_bank_create(const struct reg *table, size_t rows, uint32_t window, void *ctx);
void reg_bank_destroy(struct reg_bank *bank);
/* All registers to their reset values; hooks are not called. */
void reg_bank_reset(struct reg_bank *bank);

/* As the bus: with hooks and masks. 4-byte halves of an 8-byte register are allowed; an 8-byte
 * access of two adjacent 4-byte registers is two accesses, low first, and REG_UNKNOWN when either
 * half is; the known half is read or written all the same. */
enum reg_result reg_read(struct reg_bank *bank, uint32_t offset, unsigned bytes, uint64_t *value);
enum reg_result reg_write(struct reg_bank *bank, uint32_t offset, unsigned bytes, uint64_t value);

/* As the model itself: the stored value, without hooks or masks. row: index in the table; index:
 * the hooks' number, counted from the family's 0. */
uint64_t reg_get(const struct reg_bank *bank, size_t row, unsigned index);
void reg_set(struct reg_bank *bank, size_t row, unsigned index, uint64_t value);

const struct reg *reg_table(const struct reg_bank *bank, size_t *rows);
/* Row and instance of an offset; false if there is none. */
bool reg_find(const struct reg_bank *bank, uint32_t offset, size_t *row, unsigned *index);
/* "EITR[3]" into text; "CTRL" for a row of one instance, "0x1234" where there is no register. */
void reg_name(const struct reg_bank *bank, uint32_t offset, char *text, size_t bytes);

#endif
