/* SPDX-License-Identifier: MIT */
#include "model/core/digest.h"

/* SplitMix64's finaliser: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void digest_init(struct digest *digest, uint64_t seed)
{
	digest->a = mix(seed + 0x9e3779b97f4a7c15ULL);
	digest->b = mix(digest->a + 0x9e3779b97f4a7c15ULL);
	digest->count = 0;
}

void digest_bytes(struct digest *digest, const void *data, size_t len)
{
	const unsigned char *byte = data;
	uint64_t word = 0;
	size_t i;

	/* The length goes first, so that trailing zeros and the split into calls count. Words are
	 * little-endian on every host. */
	digest_u64(digest, len);
	for (i = 0; i < len; i++) {
		word |= (uint64_t)byte[i] << i % 8 * 8;
		if (i % 8 == 7) {
			digest_u64(digest, word);
			word = 0;
		}
	}
	if (len % 8)
		digest_u64(digest, word);
}

static void hex16(uint64_t word, char *text)
{
	int i;

	for (i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[word >> (60 - 4 * i) & 15];
}

void digest_text(const struct digest *digest, char text[DIGEST_TEXT_BYTES])
{
	/* Multiplication carries upwards only; the finaliser spreads the last words downwards. */
	hex16(mix(digest->a ^ digest->count), text);
	hex16(mix(digest->b + mix(digest->a)), text + 16);
	text[32] = '\0';
}
