// SPDX-License-Identifier: GPL-2.0
/*
 * The checking build: gcc calls these before each load and store (-fsanitize=thread). Those to
 * pages of RAM that the simulator watches, or to freed objects, are told to it. Those of drivers
 * have names of their own (pass/costcc): they are what a weakly ordered machine would reorder. The
 * object is not counted: it stands for hardware.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <asm/plat_checking.h>
#include <asm/plat.h>
#include "access.h"

/* A bit stands for 8 bytes, a byte for the 64 around. */
static __always_inline bool freed(unsigned long pa)
{
	return plat_freed[pa >> 6] & 1 << (pa >> 3 & 7);
}

static __always_inline void told(const void *at, unsigned long bytes, bool write)
{
	unsigned long pa = (unsigned long)at - PLAT_RAM_BASE;
	unsigned long page = pa >> PAGE_SHIFT;

	if (unlikely(plat_weak_lent))
		plat_weak_return();
	if (page < plat_watch_pages && (plat_watch[page] || freed(pa)))
		plat_access(pa, bytes, write);
}

static __always_inline void driver(const void *at, unsigned long bytes, bool write)
{
	told(at, bytes, write);
	if (unlikely(plat_weak))
		plat_weak_access((unsigned long)at - PLAT_RAM_BASE, bytes,
				 write ? PLAT_WEAK_STORE : PLAT_WEAK_LOAD, _RET_IP_);
}

void sim_order_loads(void)
{
	if (unlikely(plat_weak))
		plat_weak_order(1, 0);
}

void sim_order_stores(void)
{
	if (unlikely(plat_weak))
		plat_weak_order(0, 1);
}

void sim_order_all(void)
{
	if (unlikely(plat_weak))
		plat_weak_order(1, 1);
}

/* An atomic operation that orders nothing else. */
void sim_order_same(const void *at, unsigned long bytes)
{
	if (unlikely(plat_weak))
		plat_weak_access((unsigned long)at - PLAT_RAM_BASE, bytes, PLAT_WEAK_ATOMIC,
				 _RET_IP_);
}

/* A range may begin in a page that nobody watches. */
void sim_access(const void *at, size_t bytes, bool write)
{
	unsigned long pa = (unsigned long)at - PLAT_RAM_BASE;
	unsigned long page = pa >> PAGE_SHIFT, last = (pa + bytes - 1) >> PAGE_SHIFT;

	if (unlikely(plat_weak_lent))
		plat_weak_return();
	if (!bytes || last >= plat_watch_pages)
		return;
	for (; page <= last; page++)
		if (plat_watch[page] || freed(max(pa, page << PAGE_SHIFT)))
			break;
	if (page <= last)
		plat_access(pa, bytes, write);
}

#define CALLBACK(name, tell, size, write)				\
	void name##size(void *at);					\
	void name##size(void *at) { tell(at, size, write); }

#define CALLBACKS_OF(prefix, tell, size)				\
	CALLBACK(prefix##_read, tell, size, false)			\
	CALLBACK(prefix##_write, tell, size, true)			\
	CALLBACK(prefix##_unaligned_read, tell, size, false)		\
	CALLBACK(prefix##_unaligned_write, tell, size, true)		\
	CALLBACK(prefix##_volatile_read, tell, size, false)		\
	CALLBACK(prefix##_volatile_write, tell, size, true)		\
	CALLBACK(prefix##_unaligned_volatile_read, tell, size, false)	\
	CALLBACK(prefix##_unaligned_volatile_write, tell, size, true)

#define CALLBACKS(size)							\
	CALLBACKS_OF(__tsan, told, size)				\
	CALLBACKS_OF(__driver, driver, size)

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
