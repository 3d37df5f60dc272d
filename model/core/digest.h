/* SPDX-License-Identifier: MIT */
/* The run digest: 128 bits over everything a run did, fed by the trace. Two runs of one scenario
 * must end in the same digest. Not a cryptographic hash; it finds differences, not forgeries.
 * Not modelled: reading a digest back and going on from it. */
#ifndef DOORBELL_CORE_DIGEST_H
#define DOORBELL_CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest {
	uint64_t a, b;
	uint64_t count;   /* words fed */
};

void digest_init(struct digest *digest, uint64_t seed);
/* Hot path: a few multiplications a word. */
static inline void digest_u64(struct digest *digest, uint64_t word)
{
	digest->a = (digest->a ^ word) * 0x9e3779b97f4a7c15ULL;
	digest->b = (digest->b << 29 | digest->b >> 35) + (digest->a ^ digest->a >> 32);
	digest->count++;
}
void digest_bytes(struct digest *digest, const void *data, size_t len);
/* 32 lower-case hexadecimal digits and a NUL. */
#define DIGEST_TEXT_BYTES 33
void digest_text(const struct digest *digest, char text[DIGEST_TEXT_BYTES]);

#endif
