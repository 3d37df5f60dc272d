// SPDX-License-Identifier: GPL-2.0
/*
 * The checking build: gcc calls these before each load and store (-fsanitize=thread). Those to
 * pages of RAM that the simulator watches are told to it. The object is not counted: it stands
 * for hardware.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <asm/plat_checking.h>
#include <asm/plat.h>
#include "access.h"

static __always_inline void told(const void *at, unsigned long bytes, bool write)
{
	unsigned long pa = (unsigned long)at - PLAT_RAM_BASE;
	unsigned long page = pa >> PAGE_SHIFT;

	if (page < plat_watch_pages && plat_watch[page])
		plat_access(pa, bytes, write);
}

/* A range may begin in a page that nobody watches. */
void sim_access(const void *at, size_t bytes, bool write)
{
	unsigned long pa = (unsigned long)at - PLAT_RAM_BASE;
	unsigned long page = pa >> PAGE_SHIFT, last = (pa + bytes - 1) >> PAGE_SHIFT;

	if (!bytes || last >= plat_watch_pages)
		return;
	for (; page <= last; page++)
		if (plat_watch[page])
			break;
	if (page <= last)
		plat_access(pa, bytes, write);
}

#define CALLBACKS(size)							\
	void __tsan_read##size(void *at);				\
	void __tsan_read##size(void *at) { told(at, size, false); }	\
	void __tsan_write##size(void *at);				\
	void __tsan_write##size(void *at) { told(at, size, true); }	\
	void __tsan_unaligned_read##size(void *at);			\
	void __tsan_unaligned_read##size(void *at) { told(at, size, false); } \
	void __tsan_unaligned_write##size(void *at);			\
	void __tsan_unaligned_write##size(void *at) { told(at, size, true); } \
	void __tsan_volatile_read##size(void *at);			\
	void __tsan_volatile_read##size(void *at) { told(at, size, false); } \
	void __tsan_volatile_write##size(void *at);			\
	void __tsan_volatile_write##size(void *at) { told(at, size, true); } \
	void __tsan_unaligned_volatile_read##size(void *at);		\
	void __tsan_unaligned_volatile_read##size(void *at) { told(at, size, false); } \
	void __tsan_unaligned_volatile_write##size(void *at);		\
	void __tsan_unaligned_volatile_write##size(void *at) { told(at, size, true); }

CALLBACKS(1)
CALLBACKS(2)
CALLBACKS(4)
CALLBACKS(8)
CALLBACKS(16)

void __tsan_read_range(void *at, size_t bytes);
void __tsan_read_range(void *at, size_t bytes)
{
	sim_access(at, bytes, false);
}

void __tsan_write_range(void *at, size_t bytes);
void __tsan_write_range(void *at, size_t bytes)
{
	sim_access(at, bytes, true);
}

/* A constructor of each object calls it. */
void __tsan_init(void);
void __tsan_init(void)
{
}
