/* SPDX-License-Identifier: MIT */
/* On a simulated core, behind a gate: the third frame of a machine does what the seed says. */
#include <stdint.h>

#include "model/machine/machine.h"

enum fault {
	FAULT_WRITE = 1,
	FAULT_CALL,
	FAULT_BROKEN_FRAMES,   /* a frame pointer that leads nowhere */
	FAULT_NONE,
};

void __real_run_frame_delivered(struct machine *machine);
void __wrap_run_frame_delivered(struct machine *machine);

/* Not a constant, or the compiler knows better. */
static volatile uintptr_t nowhere = 0x10;
static unsigned frames;

/* AddressSanitizer would report the access itself. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static void write_nowhere(void)
{
	*(volatile int *)nowhere = 1;
}

static void break_frames(void)
{
	asm volatile("movq %0, %%rbp\n\tmovl $1, 0x10" : : "r"(nowhere + 0x7000000000) : "memory");
	__builtin_unreachable();
}

void __wrap_run_frame_delivered(struct machine *machine)
{
	if (++frames == 3) {
		switch ((enum fault)machine_sim(machine)->seed) {
		case FAULT_WRITE:
			write_nowhere();
			break;
		case FAULT_CALL:
			((void (*)(void))nowhere)();
			break;
		case FAULT_BROKEN_FRAMES:
			break_frames();
			break;
		case FAULT_NONE:
			break;
		}
	}
	__real_run_frame_delivered(machine);
}
