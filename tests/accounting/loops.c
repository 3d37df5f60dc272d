/* SPDX-License-Identifier: MIT */
/* Long loops of several shapes, which go through the assembler pass in the mode MODE. The first and
 * the last function only mark the ends of this code (-fno-toplevel-reorder). */
#include "tests/accounting/loops.h"

#define JOIN(mode, name)  mode##_##name
#define NAMED(mode, name) JOIN(mode, name)
#define LOOP(name) \
	uint64_t NAMED(MODE, name)(uint64_t *data, unsigned turns); \
	uint64_t NAMED(MODE, name)(uint64_t *data, unsigned turns)

LOOP(begin)
{
	return turns;
}

LOOP(sum)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < turns; i++)
		sum += data[i % LOOP_WORDS] ^ i;
	return sum;
}

LOOP(branches)
{
	uint64_t odd = 0, large = 0;

	for (unsigned i = 0; i < turns; i++) {
		uint64_t x = data[i % LOOP_WORDS] * 0x9e3779b97f4a7c15 + i;

		if (x & 1)
			odd += x >> 3;
		else if (x > UINT64_MAX / 2)
			large++;
		if (x % 8 == 3)
			data[i % LOOP_WORDS] = x;
	}
	return odd + large;
}

static __attribute__((noinline)) uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccd;
	x ^= x >> 33;
	return x & 4 ? x + 1 : x * 3;
}

LOOP(calls)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < turns; i++)
		sum = mix(sum + data[i % LOOP_WORDS]) + mix(i);
	return sum;
}

LOOP(nested)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < turns; i++)
		for (unsigned k = i % 5; k < 9; k++)
			for (unsigned m = 0; m < k; m++)
				sum += data[(k + m) % LOOP_WORDS] << m;
	return sum;
}

LOOP(switches)
{
	uint64_t x = 1;

	for (unsigned i = 0; i < turns; i++)
		switch (data[i % LOOP_WORDS] % 8) {
		case 0: x += i; break;
		case 1: x ^= x << 7; break;
		case 2: x -= data[x % LOOP_WORDS]; break;
		case 3: x = ~x; data[i % LOOP_WORDS]++; break;
		case 4: x *= 5; break;
		case 5: x = x >> 9 | x << 55; break;
		case 6: data[x % LOOP_WORDS] += i; break;
		default: x++;
		}
	return x;
}

/* One turn takes longer than an interrupt may wait. */
#define STEP(n) \
	x += data[(n) % LOOP_WORDS]; \
	if (x & 1u << (n) % 32) \
		y ^= x >> (n) % 13; \
	data[(n + 1) % LOOP_WORDS] = y + x;
#define STEPS(n) STEP(n) STEP(n + 1) STEP(n + 2) STEP(n + 3) STEP(n + 4) STEP(n + 5) STEP(n + 6)

LOOP(long_body)
{
	uint64_t x = 1, y = 2;

	for (unsigned i = 0; i < turns; i++) {
		STEPS(1)
		STEPS(11)
		STEPS(21)
		STEPS(31)
	}
	return x + y;
}

/* As the kernel's local_irq_disable and local_irq_enable. */
LOOP(masked)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < turns; i++) {
		latency_irq_off = 1;
		for (unsigned k = 0; k < 20 + i % 16; k++)
			sum += data[k] * i;
		latency_irq_off = 0;
		if (latency_irq_pending)
			latency_irq_window();
		for (unsigned k = 0; k < 10; k++)
			sum ^= data[k];
	}
	return sum;
}

LOOP(end)
{
	return turns;
}
