/* SPDX-License-Identifier: MIT */
/* The host's side of the checking build: what kernel code tells goes to the rules, with the
 * place in the code; what the kernel's own checkers print counts as well. */
#include <string.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/owners.h"
#include "drivers/linux/host/stack.h"
#include "drivers/linux/host/symbols.h"

static void breach(void *ctx, enum dma_rule rule, const char *text)
{
	struct linux_host *host = ctx;

	host->ops.breach(host->ctx, dma_rule_name(rule), text);
}

bool linux_host_is_checking(void)
{
	return &kern_checking != NULL;
}

int linux_checking_create(struct linux_host *host)
{
	static const struct dma_rules_ops ops = { breach };
	uint64_t end = host->cfg.boot.ram_bytes;

	if (!linux_host_is_checking())
		return SIM_OK;
	if (end > PLAT_RAM_LOW_END)
		end += PLAT_RAM_HIGH - PLAT_RAM_LOW_END;
	host->rules = dma_rules_create(end >> 12, &ops, host);
	host->objects = objects_create(end >> 12);
	if (!host->rules || !host->objects)
		return SIM_ERR_MEMORY;
	plat_watch = dma_rules_watch(host->rules);
	plat_freed = objects_freed(host->objects);
	plat_watch_pages = end >> 12;
	return SIM_OK;
}

void linux_checking_destroy(struct linux_host *host)
{
	plat_watch_pages = 0;
	plat_watch = plat_freed = NULL;
	plat_weak = plat_weak_lent = 0;
	dma_rules_destroy(host->rules);
	objects_destroy(host->objects);
	owners_destroy(host->owners);
	weak_destroy(host->weak);
	vmap_destroy(&host->vmap);
	host->rules = NULL;
	host->objects = NULL;
	host->owners = NULL;
	host->weak = NULL;
}

static struct dma_rules_where where(const struct core *core, const uintptr_t *frame)
{
	struct dma_rules_where here = { .time = core_time(core), .core = core->id };

	here.count = stack_walk(frame, here.pc, RULES_CHAIN);
	return here;
}

void linux_checking_dma(struct core *core, const struct plat_dma *dma, const uintptr_t *frame)
{
	struct dma_rules_where here;

	if (!linux_host->rules)
		return;
	here = where(core, frame);
	dma_rules_dma(linux_host->rules, dma, &here);
	linux_host->ops.dma_call(linux_host->ctx, dma);
}

/* What bounces is copied by the DMA API itself while the device's time with it ends or begins. */
void linux_checking_access(struct core *core, uint64_t pa, uint64_t bytes, bool write,
			   const uintptr_t *frame)
{
	struct dma_rules_where here;
	char text[512];

	if (!linux_host->rules)
		return;
	if (objects_is_freed(linux_host->objects, pa, bytes)) {
		here = where(core, frame);
		if (objects_access(linux_host->objects, pa, bytes, write, &here, text,
				   sizeof(text)))
			linux_host->ops.breach(linux_host->ctx, "memory.freed", text);
	}
	if (core->category == PLAT_CAT_BOUNCE ||
	    !dma_rules_cpu_breaks(linux_host->rules, pa, bytes, write))
		return;
	here = where(core, frame);
	dma_rules_cpu_access(linux_host->rules, pa, bytes, write, &here);
}

/* Memory that the kernel's allocators give out. */
static void taken(const struct core *core, uint64_t pa, uint64_t bytes, const uintptr_t *frame)
{
	struct dma_rules_where here;

	if (!dma_rules_is_writable(linux_host->rules, pa, bytes))
		return;
	here = where(core, frame);
	dma_rules_taken(linux_host->rules, pa, bytes, &here);
}

/* Who took the object that comes, or gave back the one that goes. */
static void told_owner(uint64_t pa, bool freed, const uintptr_t *frame)
{
	uintptr_t pc[OWNERS_CHAIN];

	if (!linux_host->owners)
		return;
	if (freed)
		owners_gave(linux_host->owners, pa);
	else
		owners_took(linux_host->owners, pa, pc, stack_walk(frame, pc, OWNERS_CHAIN));
}

void linux_checking_object(struct core *core, uint64_t pa, uint64_t bytes, bool freed,
			   const char *cache, const uintptr_t *frame)
{
	struct dma_rules_where here;

	if (!linux_host->rules)
		return;
	told_owner(pa, freed, frame);
	if (!freed) {
		objects_alloc(linux_host->objects, pa, bytes, cache);
		taken(core, pa, bytes, frame);
		return;
	}
	here = where(core, frame);
	objects_free(linux_host->objects, pa, bytes, cache, &here);
}

void linux_checking_pages(struct core *core, uint64_t pa, uint64_t bytes, bool freed,
			  const uintptr_t *frame)
{
	if (!linux_host->rules)
		return;
	objects_forget(linux_host->objects, pa, bytes);
	if (!freed)
		taken(core, pa, bytes, frame);
}

void linux_host_watch_owners(struct linux_host *host)
{
	if (host->objects && !host->owners)
		host->owners = owners_create();
}

unsigned linux_host_left(const struct linux_host *host, const char *prefix, char *place,
			 size_t bytes)
{
	uintptr_t pc = 0;
	unsigned left = host->owners ? owners_left(host->owners, prefix, &pc) : 0;

	*place = '\0';
	if (left)
		symbols_name(pc, place, bytes);
	return left;
}

uint64_t linux_host_objects(const struct linux_host *host, const char *caches)
{
	return host->objects ? objects_live(host->objects, caches) : 0;
}

int linux_host_weaken(struct linux_host *host, uint64_t seed)
{
	if (!linux_host_is_checking())
		return SIM_OK;
	weak_destroy(host->weak);
	host->weak = weak_create((void *)PLAT_RAM_BASE, plat_watch_pages, PLAT_CPUS_MAX, seed);
	plat_weak = host->weak != NULL;
	if (host->weak)
		weak_set_vmap(host->weak, &host->vmap);
	return host->weak ? SIM_OK : SIM_ERR_MEMORY;
}

/* By its distance from the linear mapping; where memory is in pieces, an access is in one. */
uint64_t linux_checking_pa(const struct linux_host *host, uint64_t distance, uint64_t bytes)
{
	uint64_t first, last;

	if (distance >> 12 < plat_watch_pages)
		return distance;
	first = vmap_look(&host->vmap, PLAT_RAM_BASE + distance);
	last = vmap_look(&host->vmap, PLAT_RAM_BASE + distance + bytes - 1);
	return first != VMAP_NOWHERE && last - first == bytes - 1 ? first : VMAP_NOWHERE;
}

void linux_host_device_write(struct linux_host *host, uint64_t pa, uint64_t bytes)
{
	if (host->weak)
		weak_device_write(host->weak, pa, bytes);
}

void linux_host_device_access(struct linux_host *host, unsigned devfn, uint64_t bus, uint64_t bytes,
			      bool write)
{
	if (host->rules)
		dma_rules_device_access(host->rules, devfn, bus, bytes, write, sim_now(host->sim));
}

/* Beginnings of lines by which the kernel's checkers tell that something is wrong. What warns
 * besides (WARN) counts as a warning of the kernel already. */
void linux_checking_console(struct linux_host *host, const char *text, unsigned len)
{
	static const char *const word[] = {
		"BUG: sleeping function called",      "BUG: scheduling while atomic",
		"BUG: spinlock",                      "BUG: workqueue leaked",
		"BUG kmalloc",                        "BUG skbuff",
		"ODEBUG: ",                           "BUG: Bad page",
		"BUG: held lock freed",               "WARNING: held lock freed",
		"WARNING: lock held when returning",  "WARNING: bad unlock balance",
		"WARNING: possible irq lock",         "BUG: Invalid wait context",
		"[ BUG: ",                            "BUG: using ",
		"WARNING: possible circular locking", "WARNING: inconsistent lock state",
		"WARNING: suspicious RCU usage",      "WARNING: possible recursive locking",
		"list_add corruption",                "list_del corruption",
	};
	char line[160];

	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		const char *at = memmem(text, len, word[i], strlen(word[i]));
		unsigned room;

		if (!at)
			continue;
		room = len - (unsigned)(at - text);
		snprintf(line, sizeof(line), "kernel: %.*s", (int)(room < 140 ? room : 140), at);
		line[strcspn(line, "\n")] = '\0';
		host->ops.breach(host->ctx, "kernel", line);
		return;
	}
}
