/* SPDX-License-Identifier: MIT */
/* Life of the host side: creation, the exchange of live registers at core switches, and ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/patch.h"
#include "model/core/assert.h"
#include "model/cpu/context.h"

/* The boot core starts on a stack of the host; Linux moves to task stacks of its own. */
#define BOOT_STACK_BYTES (256u << 10)
/* At a fixed place, above the vmalloc area: locks on the stack are known to the kernel by
 * address. */
#define BOOT_STACK_BASE  (PLAT_VMALLOC_END + (1UL << 40))

struct linux_host *linux_host;

static void switch_out(void *ctx, struct core *core)
{
	linux_host->live[core->id] = plat_cpu;
	if (linux_host->weak) {
		plat_weak_lent = 0;
		weak_out(linux_host->weak, core->id, core_time(core).ps);
	}
}

static void switch_in(void *ctx, struct core *core)
{
	plat_cpu = linux_host->live[core->id];
	if (linux_host->weak)
		weak_in(linux_host->weak, core->id);
	if (linux_host->profile)
		profile_switch_in(linux_host->profile, core);
}

static bool masked(void *ctx, struct core *core)
{
	return core == core->cores->running ? plat_cpu.irq_off != 0
					    : linux_host->live[core->id].irq_off != 0;
}

static void pending(void *ctx, struct core *core)
{
	if (core == core->cores->running)
		plat_cpu.irq_pending = core->pending;
	else
		linux_host->live[core->id].irq_pending = core->pending;
}

void linux_host_cores_ops(struct cores_ops *ops)
{
	ops->switch_out = switch_out;
	ops->switch_in = switch_in;
	ops->masked = masked;
	ops->pending = pending;
}

int linux_host_create(struct linux_host **out, struct sim *sim, const struct linux_host_cfg *cfg,
		      const struct linux_host_ops *ops, void *ctx)
{
	struct linux_host *host;
	int err;

	*out = NULL;
	ASSERT(!linux_host);
	host = calloc(1, sizeof(*host));
	if (!host)
		return sim_fail(sim, SIM_ERR_MEMORY, "no memory for the Linux host");
	host->sim = sim;
	host->cfg = *cfg;
	host->ops = *ops;
	host->ctx = ctx;
	host->boot_stack = mmap((void *)BOOT_STACK_BASE, BOOT_STACK_BYTES, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (host->boot_stack == MAP_FAILED) {
		free(host);
		return sim_fail(sim, SIM_ERR_HOST, "the boot stack's address is in use");
	}
	host->boot_stack_top = (char *)host->boot_stack + BOOT_STACK_BYTES;
	for (unsigned id = 0; id < PLAT_CPUS_MAX; id++) {
		host->live[id].id = (int)id;
		host->live[id].irq_off = 1;
	}
	linux_host = host;
	err = linux_fault_install(sim);
	if (!err)
		err = linux_patch(sim, cfg);
	if (!err)
		err = linux_checking_create(host);
	if (err) {
		linux_host_destroy(host);
		return err;
	}
	*out = host;
	return SIM_OK;
}

void linux_host_destroy(struct linux_host *host)
{
	if (!host)
		return;
	linux_fault_remove();
	linux_checking_destroy(host);
	profile_destroy(host->profile);
	slices_destroy(host->slices);
	munmap(host->boot_stack, BOOT_STACK_BYTES);
	free(host);
	linux_host = NULL;
}

void linux_host_start(struct linux_host *host, struct cores *cores)
{
	const struct linux_cost *copy = &host->cfg.cost[PLAT_COST_COPY];

	host->cores = cores;
	host->live[0].task = plat_cpu.task;
	/* Nothing but the code's instructions may move the register where these are counted. */
	plat_copy_ticks_base = host->cfg.count_instructions ? 0 : copy->base_ticks;
	plat_copy_ticks_per_64 = host->cfg.count_instructions ? 0 : copy->each_ticks;
	plat_lines = host->cfg.lines;
	plat_lines_end = host->cfg.count_instructions ? 0 : host->cfg.lines_end;
	cores_set_horizon_variable(cores, &plat_horizon);
	context_make(&host->boot_context, host->boot_stack, BOOT_STACK_BYTES, linux_gate_boot,
		     NULL);
	core_start(cores, 0, host->boot_context);
}

void linux_host_note_end(enum linux_end end, const char *message)
{
	struct linux_host *host = linux_host;

	if (host->end != LINUX_RUNS)
		return;
	host->end = end;
	host->end_core = host->cores->running ? host->cores->running->id : 0;
	snprintf(host->message, sizeof(host->message), "%s", message);
}

enum linux_end linux_host_end(const struct linux_host *host)
{
	return host->end;
}

const char *linux_host_end_message(const struct linux_host *host)
{
	return host->message;
}

unsigned linux_host_end_core(const struct linux_host *host)
{
	return host->end_core;
}

uint64_t linux_host_instructions(const struct linux_host *host)
{
	return host->instructions;
}

unsigned linux_host_warnings(const struct linux_host *host)
{
	return host->warnings;
}

void linux_host_first_warning(const struct linux_host *host, char *text, size_t bytes)
{
	snprintf(text, bytes, "at %llu ns on cpu%u",
		 (unsigned long long)(host->warning_time.ps / PS_PER_NS), host->warning_core);
}

uint64_t linux_host_counted(const struct linux_host *host, enum plat_count what)
{
	return host->counted[what];
}

uint64_t linux_host_bounced_bytes(const struct linux_host *host)
{
	return host->bounced_bytes;
}

uint64_t linux_host_signs(const struct linux_host *host, unsigned core)
{
	return host->signs[core];
}

uint64_t linux_host_taken(const struct linux_host *host, unsigned core)
{
	return host->taken[core];
}
