/* SPDX-License-Identifier: MIT */
/* What may watch the kernel: the profile and the slices. */
#include <string.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/stack.h"
#include "drivers/linux/host/symbols.h"

int linux_host_profile_create(struct linux_host *host, uint64_t interval_ticks)
{
	host->profile = profile_create(host->cores, interval_ticks);
	return host->profile ? SIM_OK : sim_fail(host->sim, SIM_ERR_MEMORY,
						 "no memory for the profile");
}

void linux_host_profile_start(struct linux_host *host)
{
	if (host->profile)
		profile_start(host->profile);
}

void linux_host_profile_stop(struct linux_host *host)
{
	if (host->profile)
		profile_stop(host->profile);
}

int linux_host_profile_write(const struct linux_host *host, const char *const *category_name,
			     FILE *out)
{
	return host->profile ? profile_write(host->profile, category_name, out) : 0;
}

int linux_host_slices_start(struct linux_host *host)
{
	host->slices = slices_create(host->sim);
	return host->slices ? SIM_OK : sim_fail(host->sim, SIM_ERR_MEMORY,
						"no memory for the slices");
}

void linux_host_name(uint64_t pc, char *text, size_t bytes)
{
	symbols_name((uintptr_t)pc, text, bytes);
}

void linux_host_function(const struct linux_host *host, char *text, size_t bytes)
{
	uintptr_t pc[1];

	*text = 0;
	if (host->cores && host->cores->running &&
	    stack_walk(__builtin_frame_address(0), pc, 1))
		symbols_name(pc[0], text, bytes);
}

bool linux_host_is_slice(const struct trace_point *point)
{
	static const char prefix[] = "linux.slice.";

	return !strncmp(point->name, prefix, sizeof(prefix) - 1);
}

const char *linux_host_call_function(uint64_t call)
{
	return (uint32_t)(call >> 8) == SYMBOL_NONE ? NULL
						    : symbols_function_name((uint32_t)(call >> 8));
}

unsigned linux_host_call_category(uint64_t call)
{
	return (unsigned)(call & 0xff);
}
