// SPDX-License-Identifier: GPL-2.0
/* Copying and setting memory, charged by length and by who touched its lines last, and not by the
 * instructions used here: the object is not counted (drivers/linux/pass/costcc). Short lengths
 * between the core's own lines are charged in line, as the call of the simulator would take longer than the
 * copy; all else there, where interrupts can come in. */
#include <linux/export.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include <asm/plat.h>
#include <asm/plat_checking.h>
#include <asm/string.h>
#include "../kernel/sim.h"
#include "access.h"

#define SHORT_BYTES	256
#define LINE_BYTES	64

register unsigned long ticks asm("r15");

/* Of the machine profile; the simulator sets them before the kernel starts. */
extern unsigned long plat_copy_ticks_base, plat_copy_ticks_per_64;

/* What lies outside the linear mapping is the core's own: stacks, variables. */
static __always_inline bool own(const void *memory, size_t bytes)
{
	unsigned long at = (unsigned long)memory - PLAT_RAM_BASE;
	unsigned long line;

	if (at >= plat_lines_end || !bytes)
		return true;
	for (line = at / LINE_BYTES; line <= (at + bytes - 1) / LINE_BYTES; line++)
		if (plat_lines[line] != plat_cpu.id + 1 && plat_lines[line] != SIM_LINE_COMMON)
			return false;
	return true;
}

/* Bounce copies of any length go to the simulator, which counts their bytes. */
static __always_inline void charge(enum plat_cost cost, const void *to, const void *from,
				   size_t bytes)
{
	if (bytes < SHORT_BYTES && plat_cpu.category != PLAT_CAT_BOUNCE && own(to, bytes) &&
	    (!from || own(from, bytes)))
		ticks += plat_copy_ticks_base +
			 (bytes * plat_copy_ticks_per_64) / LINE_BYTES;
	else
		plat_copy(cost, to, from, bytes);
}

static __always_inline void copy_forward(void *to, const void *from, size_t bytes)
{
	size_t words = bytes / 8;

	if (bytes < SHORT_BYTES) {
		for (; words; words--, to += 8, from += 8)
			*(volatile u64 *)to = *(const u64 *)from;
	} else {
		asm volatile("rep movsq" : "+D" (to), "+S" (from), "+c" (words) : : "memory");
	}
	for (bytes &= 7; bytes; bytes--)
		*(volatile u8 *)to++ = *(const u8 *)from++;
}

/* For user access, which is charged at another price. */
void sim_copy_uncharged(void *to, const void *from, size_t bytes)
{
	sim_access(from, bytes, false);
	sim_access(to, bytes, true);
	copy_forward(to, from, bytes);
}

void *memcpy(void *to, const void *from, size_t bytes)
{
	charge(PLAT_COST_COPY, to, from, bytes);
	sim_access(from, bytes, false);
	sim_access(to, bytes, true);
	copy_forward(to, from, bytes);
	return to;
}
EXPORT_SYMBOL(memcpy);

void *memmove(void *to, const void *from, size_t bytes)
{
	charge(PLAT_COST_COPY, to, from, bytes);
	sim_access(from, bytes, false);
	sim_access(to, bytes, true);
	if (to <= from || to >= from + bytes) {
		copy_forward(to, from, bytes);
		return to;
	}
	while (bytes >= 8) {
		bytes -= 8;
		*(volatile u64 *)(to + bytes) = *(const u64 *)(from + bytes);
	}
	while (bytes--)
		((volatile u8 *)to)[bytes] = ((const u8 *)from)[bytes];
	return to;
}
EXPORT_SYMBOL(memmove);

static __always_inline void set(void *to, int value, size_t bytes)
{
	u64 word = 0x0101010101010101UL * (u8)value;
	size_t words = bytes / 8;
	void *at = to;

	if (bytes < SHORT_BYTES) {
		for (; words; words--, at += 8)
			*(volatile u64 *)at = word;
	} else {
		asm volatile("rep stosq" : "+D" (at), "+c" (words) : "a" (word) : "memory");
	}
	for (bytes &= 7; bytes; bytes--)
		*(volatile u8 *)at++ = value;
}

void *memset(void *to, int value, size_t bytes)
{
	charge(PLAT_COST_CLEAR, to, NULL, bytes);
	sim_access(to, bytes, true);
	set(to, value, bytes);
	return to;
}
EXPORT_SYMBOL(memset);

#ifdef CONFIG_SIM_CHECKING
static u64 weak_load(const void *from, size_t bytes, unsigned long pc)
{
	u64 word = 0;

	plat_weak_access((unsigned long)from - PLAT_RAM_BASE, bytes, PLAT_WEAK_LOAD, pc);
	copy_forward(&word, from, bytes);
	if (plat_weak_lent)
		plat_weak_return();
	return word;
}

/* By a driver (drivers/linux/pass/costcc): what it copies is as weakly ordered as what it loads and
 * stores. Longer copies are of buffers, which have barriers and more around them. */
void *sim_driver_memcpy(void *to, const void *from, size_t bytes);
void *sim_driver_memcpy(void *to, const void *from, size_t bytes)
{
	size_t at, piece;
	u64 word;

	if (likely(!plat_weak) || bytes >= SHORT_BYTES)
		return memcpy(to, from, bytes);
	charge(PLAT_COST_COPY, to, from, bytes);
	sim_access(from, bytes, false);
	sim_access(to, bytes, true);
	for (at = 0; at < bytes; at += piece) {
		piece = min(bytes - at, 8 - ((size_t)to + at) % 8);
		word = weak_load(from + at, piece, _RET_IP_);
		plat_weak_access((unsigned long)to + at - PLAT_RAM_BASE, piece, PLAT_WEAK_STORE,
				 _RET_IP_);
		copy_forward(to + at, &word, piece);
	}
	return to;
}

/* What the slab allocator writes to freed objects (drivers/linux/pass/costcc). */
void *sim_memset_untold(void *to, int value, size_t bytes);
void *sim_memset_untold(void *to, int value, size_t bytes)
{
	charge(PLAT_COST_CLEAR, to, NULL, bytes);
	set(to, value, bytes);
	return to;
}
#endif
