/* SPDX-License-Identifier: MIT */
/* What the pass leaves beside the code, for drivers/linux/host/patch.c to price it: C and C++.
 *
 * A block begins with `leaq N(%r15), %r15`, whose displacement always has 32 bits. Its record in
 * section plat_costs says where the displacement is and what the block consists of; N becomes the
 * block's cost in ticks. As compiled, N is the number of instructions. A repeated string
 * instruction stands behind `leaq (%r15,%rcx,SCALE), %r15`; section plat_elements holds the
 * addresses of the bytes with the scale. */
#ifndef DOORBELL_DRIVERS_LINUX_PASS_RECORD_H
#define DOORBELL_DRIVERS_LINUX_PASS_RECORD_H

#include <stdint.h>

/* Classes of instructions, priced by the rows insn.* of a machine profile. An instruction with a
 * memory operand counts in two or three. */
enum insn_class {
	INSN_SIMPLE,
	INSN_LOAD,
	INSN_STORE,
	INSN_MULTIPLY,       /* and bit scans */
	INSN_DIVIDE,         /* of 32 bits and less */
	INSN_DIVIDE_WIDE,
	INSN_ATOMIC,         /* and full barriers */
	INSN_BRANCH,         /* conditional */
	INSN_JUMP,           /* unconditional; the jump of a return */
	INSN_CALL,           /* with its push */
	INSN_STRING,         /* start of a repeated string instruction */
	INSN_CLASSES,
};

/* A block with more of anything is cut in two. */
#define COST_COUNT_MAX 255

struct cost_record {
	uint32_t site;                   /* address of the displacement: code lies below 4 GiB */
	uint8_t instructions;
	uint8_t count[INSN_CLASSES];
};

/* From the first byte of either leaq to what is patched. */
#define COST_SITE_OFFSET 3

#endif
