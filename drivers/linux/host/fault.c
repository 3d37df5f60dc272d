/* SPDX-License-Identifier: MIT */
/* Wild accesses of kernel code (what would be an oops) and stack dumps. A SIGSEGV or SIGBUS while a
 * core runs is the kernel's: the point ends with a report. Any other is our own bug and goes the
 * default way. The handler runs on a stack of its own and leaves by switching contexts; the signal
 * is not blocked meanwhile (SA_NODEFER). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/symbols.h"
#include "model/cpu/context.h"

#define SIGNAL_STACK_BYTES (128u << 10)
#define DUMP_FRAMES_MAX    32
#define FRAME_SPAN_MAX     65536

static struct sigaction former_segv, former_bus;
static stack_t former_stack;   /* AddressSanitizer has one */
static void *signal_stack;
static bool walking;           /* frames of the code that faulted, which may lead anywhere */

static void console_line(const char *text, int len)
{
	if (len > 0)
		linux_host->ops.console(linux_host->ctx, text, (unsigned)len);
}

/* False at an address that is no code of ours: there the chain is at its end. */
static bool dump_one(uintptr_t pc)
{
	char line[192], name[128];

	if (!symbols_name(pc, name, sizeof(name)))
		return false;
	console_line(line, snprintf(line, sizeof(line), "  %016lx %s\n", (unsigned long)pc, name));
	return true;
}

/* A horizon check's slow path stands behind its function's section and jumps back: the jump's target
 * is in the function that was running. */
static uintptr_t behind_check(uintptr_t pc)
{
	const unsigned char *code = (const unsigned char *)pc;
	int32_t distance;

	memcpy(&distance, code - sizeof(distance), sizeof(distance));
	if (code[-5] != 0xe8 || pc + (uintptr_t)(intptr_t)distance != (uintptr_t)plat_horizon_stub)
		return pc;
	if (code[0] == 0xeb)
		return pc + 2 + (uintptr_t)(intptr_t)(int8_t)code[1];
	memcpy(&distance, code + 1, sizeof(distance));
	return code[0] == 0xe9 ? pc + 5 + (uintptr_t)(intptr_t)distance : pc;
}

static void dump_frames(const uintptr_t *frame)
{
	for (unsigned i = 0; i < DUMP_FRAMES_MAX; i++) {
		const uintptr_t *up = (const uintptr_t *)frame[0];

		if (!symbols_is_code(frame[1]) || !dump_one(behind_check(frame[1])))
			break;
		if (up <= frame || (uintptr_t)up - (uintptr_t)frame > FRAME_SPAN_MAX)
			break;
		frame = up;
	}
}

void linux_stack_dump(void)
{
	dump_frames(__builtin_frame_address(0));
}

static void dump_core(const struct core *core)
{
	const struct plat_cpu *cpu = core == linux_host->cores->running
					     ? &plat_cpu
					     : &linux_host->live[core->id];
	uintptr_t pc, frame;
	char line[96];

	console_line(line, snprintf(line, sizeof(line), "cpu%u at %llu ns, %s%s:\n", core->id,
				    (unsigned long long)(core_time(core).ps / PS_PER_NS),
				    core->state == CORE_HALTED ? "idle" : "busy",
				    cpu->irq_off ? ", interrupts off" : ""));
	if (core == linux_host->cores->serving) {
		dump_frames(linux_host->cores->serving_frame);
		return;
	}
	context_where(core->resume, &pc, &frame);
	dump_one(pc);
	if (frame > FRAME_SPAN_MAX)
		dump_frames((const uintptr_t *)frame);
}

void linux_host_dump_cores(struct linux_host *host)
{
	for (unsigned id = 0; id < host->cores->cfg.count; id++)
		if (host->cores->core[id].state != CORE_OFF)
			dump_core(&host->cores->core[id]);
}

static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
	const greg_t *reg = ((ucontext_t *)ucontext)->uc_mcontext.gregs;
	struct core *core = linux_host ? linux_host->cores ? linux_host->cores->running : NULL : NULL;
	char message[256], name[128];

	if (core && walking)
		core_leave(core);
	if (!core || linux_host->end != LINUX_RUNS) {
		signal(sig, SIG_DFL);
		return;
	}
	symbols_name((uintptr_t)reg[REG_RIP], name, sizeof(name));
	snprintf(message, sizeof(message), "kernel code accessed %p, which is not mapped, in %s",
		 info->si_addr, name);
	linux_host_note_end(LINUX_FAULT, message);
	console_line(message, snprintf(message, sizeof(message),
				       "Oops: access to %p, not mapped, at:\n", info->si_addr));
	/* A jump into nowhere: the address itself says more than no line. */
	if (!dump_one((uintptr_t)reg[REG_RIP]))
		console_line(message, snprintf(message, sizeof(message), "  %016llx ?\n",
					       (unsigned long long)reg[REG_RIP]));
	walking = true;
	if ((uintptr_t)reg[REG_RBP] > FRAME_SPAN_MAX)
		dump_frames((const uintptr_t *)reg[REG_RBP]);
	core_leave(core);
}

int linux_fault_install(struct sim *sim)
{
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
	stack_t stack = { .ss_size = SIGNAL_STACK_BYTES };

	walking = false;
	signal_stack = malloc(SIGNAL_STACK_BYTES);
	if (!signal_stack)
		return sim_fail(sim, SIM_ERR_MEMORY, "no memory for the signal stack");
	stack.ss_sp = signal_stack;
	sigemptyset(&action.sa_mask);
	if (sigaltstack(&stack, &former_stack) || sigaction(SIGSEGV, &action, &former_segv) ||
	    sigaction(SIGBUS, &action, &former_bus))
		return sim_fail(sim, SIM_ERR_HOST, "signal handlers could not be installed");
	return SIM_OK;
}

void linux_fault_remove(void)
{
	if (!signal_stack)
		return;
	sigaction(SIGSEGV, &former_segv, NULL);
	sigaction(SIGBUS, &former_bus, NULL);
	sigaltstack(&former_stack, NULL);
	free(signal_stack);
	signal_stack = NULL;
}
