/* SPDX-License-Identifier: MIT */
/* The host's side of the checking build: what kernel code tells goes to the rules, with the
 * place in the code; what the kernel's own checkers print counts as well. */
#include <string.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/stack.h"

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
	if (!host->rules)
		return SIM_ERR_MEMORY;
	plat_watch = dma_rules_watch(host->rules);
	plat_watch_pages = end >> 12;
	return SIM_OK;
}

void linux_checking_destroy(struct linux_host *host)
{
	plat_watch_pages = 0;
	plat_watch = NULL;
	dma_rules_destroy(host->rules);
	host->rules = NULL;
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
}

/* What bounces is copied by the DMA API itself while the device's time with it ends or begins. */
void linux_checking_access(struct core *core, uint64_t pa, uint64_t bytes, bool write,
			   const uintptr_t *frame)
{
	struct dma_rules_where here;

	if (!linux_host->rules || core->category == PLAT_CAT_BOUNCE)
		return;
	if (!dma_rules_cpu_breaks(linux_host->rules, pa, bytes, write))
		return;
	here = where(core, frame);
	dma_rules_cpu_access(linux_host->rules, pa, bytes, write, &here);
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
