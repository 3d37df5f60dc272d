/* SPDX-License-Identifier: MIT */
/* An MSI-X table with its pending bits as a block of its own beside a PCIe function, which
 * keeps the capability and sends the messages. PCI Local Bus Specification 3.0, 6.8.2. Not
 * modelled: accesses that are not of whole words. */
#ifndef DOORBELL_PORT_MSIX_H
#define DOORBELL_PORT_MSIX_H

#include <stdbool.h>
#include <stdint.h>

enum msix_what {
	MSIX_RESET,            /* of a vector: masked, nothing waits */
	MSIX_WRITE,            /* a 32-bit word of a vector's entry */
	MSIX_READ,             /* two of them: words 0 and 1, or 2 and 3 */
	MSIX_READ_PENDING,     /* the 64 bits that the vector's is one of */
	MSIX_RAISE,            /* send the vector's message, or keep it pending */
	MSIX_RELEASE,          /* send one that waits and may go, of the 64 */
};

struct msix_op {
	enum msix_what what;
	unsigned vector, word;
	uint32_t value;
	bool enable;           /* MSI-X Enable, and the function is bus master */
	bool masked;           /* Function Mask */
};

struct msix_answer {
	uint64_t value;        /* READ, READ_PENDING */
	bool send;             /* this message: */
	unsigned vector;
	uint64_t address;
	uint32_t data;
	bool more;             /* RELEASE again */
};

struct msix_port {
	void (*step)(void *ctx, const struct msix_op *op, struct msix_answer *answer);
	void *ctx;
};

#endif
