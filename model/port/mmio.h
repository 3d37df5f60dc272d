/* SPDX-License-Identifier: MIT */
/* A target of memory-mapped reads and writes: offset within its window, 1, 2, 4 or 8 bytes,
 * naturally aligned. The call takes no time; what lies before it (link, root complex) has charged
 * it. Unimplemented offsets read 0 unless the specification says otherwise. */
#ifndef DOORBELL_PORT_MMIO_H
#define DOORBELL_PORT_MMIO_H

#include <stdint.h>

struct mmio_ops {
	uint64_t (*read)(void *ctx, uint64_t offset, unsigned bytes);
	void (*write)(void *ctx, uint64_t offset, uint64_t value, unsigned bytes);
};

#endif
