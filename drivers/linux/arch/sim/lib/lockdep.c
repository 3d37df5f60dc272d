// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's lock checker is not told: the freezing of request queues. NVMe freezes one in the
 * work that handles a timeout and thaws it in the work that resets the controller; 6.12 tells lockdep
 * of that as of a lock, which so seems to leak (later kernels call those _non_owner). The linker puts
 * the wrappers around lockdep's functions (--wrap, build-kernel.sh).
 */
#include <linux/lockdep.h>
#include <linux/string.h>

static bool is_freeze(const struct lockdep_map *map)
{
	static const char name[] = "&q->q_usage_counter";

	return map->name && map->name[0] == '&' && map->name[1] == 'q' &&
	       !strncmp(map->name, name, sizeof(name) - 1);
}

void __real_lock_acquire(struct lockdep_map *map, unsigned int subclass, int trylock, int read,
			 int check, struct lockdep_map *nest, unsigned long ip);
void __wrap_lock_acquire(struct lockdep_map *map, unsigned int subclass, int trylock, int read,
			 int check, struct lockdep_map *nest, unsigned long ip);
void __wrap_lock_acquire(struct lockdep_map *map, unsigned int subclass, int trylock, int read,
			 int check, struct lockdep_map *nest, unsigned long ip)
{
	if (!is_freeze(map))
		__real_lock_acquire(map, subclass, trylock, read, check, nest, ip);
}

void __real_lock_release(struct lockdep_map *map, unsigned long ip);
void __wrap_lock_release(struct lockdep_map *map, unsigned long ip);
void __wrap_lock_release(struct lockdep_map *map, unsigned long ip)
{
	if (!is_freeze(map))
		__real_lock_release(map, ip);
}
