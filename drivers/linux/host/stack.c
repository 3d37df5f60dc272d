/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/stack.h"

#include <string.h>

#include "drivers/linux/host/host_private.h"
#include "drivers/linux/host/symbols.h"

#define FRAME_SPAN_MAX 65536
#define FRAMES_MAX     256

/* x86-64 encodings (Intel SDM volume 2): call and jmp relative to the next instruction. */
#define OP_CALL_REL32 0xe8
#define OP_JMP_REL32  0xe9
#define OP_JMP_REL8   0xeb
#define CALL_BYTES    5

static int32_t relative(const uint8_t *at)
{
	int32_t offset;

	memcpy(&offset, at, sizeof(offset));
	return offset;
}

/* A check's call of the stub stands behind its section's code, in no function; the jump after it
 * goes back to where the check stands (pass/rewrite.cpp). Else the byte before: a call that never
 * returns may be its function's last instruction. */
static uintptr_t place_of_return(uintptr_t pc)
{
	const uint8_t *code = (const uint8_t *)pc;

	if (code[-CALL_BYTES] != OP_CALL_REL32 ||
	    pc + (uintptr_t)(intptr_t)relative(code - 4) != (uintptr_t)plat_horizon_stub)
		return pc - 1;
	if (code[0] == OP_JMP_REL32)
		return pc + CALL_BYTES + (uintptr_t)(intptr_t)relative(code + 1);
	if (code[0] == OP_JMP_REL8)
		return pc + 2 + (uintptr_t)(intptr_t)(int8_t)code[1];
	return pc - 1;
}

unsigned stack_walk(const uintptr_t *frame, uintptr_t *pc, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < FRAMES_MAX && count < max; i++) {
		const uintptr_t *up = (const uintptr_t *)frame[0];

		if (symbols_is_kernel(frame[1]))
			pc[count++] = place_of_return(frame[1]);
		if (up <= frame || (uintptr_t)up - (uintptr_t)frame > FRAME_SPAN_MAX)
			break;
		frame = up;
	}
	return count;
}
