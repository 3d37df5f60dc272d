/* SPDX-License-Identifier: MIT */
/* Prices the kernel's blocks for the profile of this run: one build serves all. The table is what
 * the assembler pass left (drivers/linux/pass/record.h); a kernel built without it has none. The
 * pages written to become this process's own, so runs in other processes do not see it. The kernel's
 * sections have pages of their own, so nothing that runs here is among them. */
#include "drivers/linux/host/patch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Made by the linker for sections with such names. */
extern const struct cost_record plat_costs_start[] __asm__("__start_plat_costs")
	__attribute__((weak));
extern const struct cost_record plat_costs_stop[] __asm__("__stop_plat_costs")
	__attribute__((weak));
extern const uint32_t plat_elements_start[] __asm__("__start_plat_elements") __attribute__((weak));
extern const uint32_t plat_elements_stop[] __asm__("__stop_plat_elements") __attribute__((weak));

/* The scale byte of `leaq (%r15,%rcx,SCALE), %r15`: Intel SDM vol. 2, table 2-3. */
#define SIB_TIMES_ONE   0x0f
#define SIB_SCALE_SHIFT 6
#define SIB_NOTHING     0x27   /* no index */

/* What a repeated string instruction is made of: Intel SDM vol. 2, 2.1.1 and 2.2.1. */
#define PREFIX_REPEAT 0xf3
#define PREFIX_WORD   0x66
#define REX_WIDE      0x48
#define OPCODE_WIDE   0x01     /* of movs and stos: not of bytes */

/* The code's sections lie far apart. */
#define SPANS_MAX 4
#define SPAN_GAP  (16u << 20)

struct span {
	uintptr_t from, to;
};

static void cover(struct span spans[SPANS_MAX], uintptr_t site)
{
	uintptr_t end = site + sizeof(uint32_t);
	unsigned i = 0;

	while (i < SPANS_MAX - 1 && spans[i].to &&
	       (site + SPAN_GAP < spans[i].from || site > spans[i].to + SPAN_GAP))
		i++;
	if (!spans[i].to)
		spans[i] = (struct span){ site, end };
	if (site < spans[i].from)
		spans[i].from = site;
	if (end > spans[i].to)
		spans[i].to = end;
}

static void find_code(struct span spans[SPANS_MAX])
{
	memset(spans, 0, SPANS_MAX * sizeof(*spans));
	for (const struct cost_record *r = plat_costs_start; r < plat_costs_stop; r++)
		cover(spans, r->site);
	for (const uint32_t *site = plat_elements_start; site < plat_elements_stop; site++)
		cover(spans, *site);
}

static int protect(struct sim *sim, const struct span spans[SPANS_MAX], int how)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (unsigned i = 0; i < SPANS_MAX && spans[i].to; i++) {
		uintptr_t from = spans[i].from & ~(page - 1);

		if (mprotect((void *)from, spans[i].to - from, how))
			return sim_fail(sim, SIM_ERR_HOST,
					"the kernel's code cannot be made writable and back: %s",
					strerror(errno));
	}
	return SIM_OK;
}

static uint32_t price(const struct cost_record *record, const struct linux_host_cfg *cfg)
{
	uint32_t sum = 0;

	if (cfg->count_instructions)
		return record->instructions;
	for (unsigned i = 0; i < INSN_CLASSES; i++)
		sum += (uint32_t)record->count[i] * cfg->insn_ticks[i];
	return sum;
}

/* 16 bytes a cycle for every width (Intel optimization manual, "REP string operations"): a tick a byte,
 * as the pass wrote it; found out again from the instruction, as a former machine may have counted. */
static uint8_t ticks_per_turn(const uint8_t *insn)
{
	unsigned shift = 2;

	for (; *insn == PREFIX_REPEAT || *insn == PREFIX_WORD || *insn == REX_WIDE; insn++) {
		if (*insn == PREFIX_WORD)
			shift = 1;
		else if (*insn == REX_WIDE)
			shift = 3;
	}
	if (!(*insn & OPCODE_WIDE))
		shift = 0;
	return (uint8_t)(shift << SIB_SCALE_SHIFT | SIB_TIMES_ONE);
}

/* A turn is an instruction where these are counted, and nothing where code is free. */
static void patch_elements(const struct linux_host_cfg *cfg)
{
	for (const uint32_t *site = plat_elements_start; site < plat_elements_stop; site++) {
		uint8_t *scale = (uint8_t *)(uintptr_t)*site;

		if (cfg->count_instructions)
			*scale = SIB_TIMES_ONE;
		else if (!cfg->insn_ticks[INSN_STRING])
			*scale = SIB_NOTHING;
		else
			*scale = ticks_per_turn(scale + 1);
	}
}

int linux_patch(struct sim *sim, const struct linux_host_cfg *cfg)
{
	struct span spans[SPANS_MAX];
	int err;

	find_code(spans);
	err = protect(sim, spans, PROT_READ | PROT_WRITE);
	if (err)
		return err;
	for (const struct cost_record *r = plat_costs_start; r < plat_costs_stop; r++) {
		uint32_t ticks = price(r, cfg);

		memcpy((void *)(uintptr_t)r->site, &ticks, sizeof(ticks));
	}
	patch_elements(cfg);
	return protect(sim, spans, PROT_READ | PROT_EXEC);
}
