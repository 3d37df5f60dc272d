/* SPDX-License-Identifier: MIT */
/* Simulated time: an instant and a length, both in picoseconds. They are different types, so that
 * an instant cannot be added to an instant. 64 bits hold 213 days; arithmetic that would leave the
 * range asserts in at_add and saturates nowhere else. Not modelled: time before the start. */
#ifndef DOORBELL_CORE_TIME_H
#define DOORBELL_CORE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define PS_PER_NS 1000ULL
#define PS_PER_US 1000000ULL
#define PS_PER_MS 1000000000ULL
#define PS_PER_S  1000000000000ULL

struct at {
	uint64_t ps;
};

struct dur {
	uint64_t ps;
};

/* Later than every instant a run can reach: "not scheduled". */
#define AT_NEVER ((struct at){ UINT64_MAX })

static inline struct at at_ps(uint64_t ps)
{
	return (struct at){ ps };
}

static inline struct dur dur_ps(uint64_t ps)
{
	return (struct dur){ ps };
}

static inline struct dur dur_ns(uint64_t ns)
{
	return (struct dur){ ns * PS_PER_NS };
}

static inline struct dur dur_us(uint64_t us)
{
	return (struct dur){ us * PS_PER_US };
}

static inline struct dur dur_ms(uint64_t ms)
{
	return (struct dur){ ms * PS_PER_MS };
}

/* AT_NEVER plus anything stays AT_NEVER. */
static inline struct at at_add(struct at t, struct dur d)
{
	return (struct at){ t.ps > UINT64_MAX - d.ps ? UINT64_MAX : t.ps + d.ps };
}

/* The length from `from` to `to`; 0 when `to` is not later. */
static inline struct dur at_since(struct at to, struct at from)
{
	return (struct dur){ to.ps > from.ps ? to.ps - from.ps : 0 };
}

static inline bool at_before(struct at a, struct at b)
{
	return a.ps < b.ps;
}

static inline struct at at_min(struct at a, struct at b)
{
	return a.ps < b.ps ? a : b;
}

static inline struct at at_max(struct at a, struct at b)
{
	return a.ps > b.ps ? a : b;
}

static inline bool at_is_never(struct at t)
{
	return t.ps == UINT64_MAX;
}

static inline struct dur dur_add(struct dur a, struct dur b)
{
	return (struct dur){ a.ps + b.ps };
}

static inline struct dur dur_mul(struct dur d, uint64_t n)
{
	return (struct dur){ d.ps * n };
}

/* Time to move `bytes` at `bits_per_second`, rounded up to a picosecond. */
static inline struct dur dur_of_bytes(uint64_t bytes, uint64_t bits_per_second)
{
	unsigned __int128 ps = (unsigned __int128)bytes * 8 * PS_PER_S;

	/* The usual case without a 128-bit division: up to 1 MiB, below 1 Tbit/s. */
	if (bytes <= 1u << 20 && bits_per_second <= PS_PER_S)
		return (struct dur){ (bytes * 8 * PS_PER_S + bits_per_second - 1) /
				     bits_per_second };
	return (struct dur){ (uint64_t)((ps + bits_per_second - 1) / bits_per_second) };
}

#endif
