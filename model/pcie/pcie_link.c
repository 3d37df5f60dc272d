/* SPDX-License-Identifier: MIT */
/* Bytes and their time on a link. PCI Express Base Specification 3.0 (gen 4 and 5: 4.0 and 5.0). */
#include "model/pcie/pcie_internal.h"

#include <stdio.h>

#include "model/core/assert.h"
#include "model/trace/stats.h"

#define FRACTION_BITS PCIE_FRACTION_BITS
#define STAT_NAME_MAX 128

/* 1/2048 ps a byte on one lane = 2048 * 8 bits / rate * (bits on the wire a data bit). */
static const struct {
	uint64_t rate;
	const char *source;
} lane_rates[] = {
	[1] = { 2048ULL * 4000, "PCIe 4.2.1: 2.5 GT/s, 8b/10b: 4 ns a byte" },
	[2] = { 2048ULL * 2000, "PCIe 4.2.1: 5 GT/s, 8b/10b: 2 ns a byte" },
	[3] = { 16ULL * 130000, "PCIe 4.2.2: 8 GT/s, 128b/130b: 1 ns * 130/128 a byte" },
	[4] = { 8ULL * 130000, "PCIe 4.0 4.2.2: 16 GT/s, 128b/130b" },
	[5] = { 4ULL * 130000, "PCIe 5.0 4.2.2: 32 GT/s, 128b/130b" },
};

/* Bytes of a TLP beside its payload, with 64-bit addresses: framing and data link layer 8 (STP or
 * two symbols, sequence number, LCRC; 3.5, 4.2), then the header (2.2). */
static const struct {
	unsigned bytes;
	const char *source;
} tlp_overheads[PCIE_TLP_COUNT] = {
	[PCIE_TLP_MWR] = { 24, "paper: pcie-bench model/pcie.py, 8 + 16 (2.2.7)" },
	[PCIE_TLP_MRD] = { 24, "paper: pcie-bench model/pcie.py, 8 + 16 (2.2.7)" },
	[PCIE_TLP_CPLD] = { 20, "paper: pcie-bench model/pcie.py, 8 + 12 (2.2.9)" },
	[PCIE_TLP_CPL] = { 20, "paper: pcie-bench model/pcie.py, 8 + 12 (2.2.9)" },
};

/* What a receiver sends back: an Ack and an UpdateFC each so many symbols, at least
 * (2.6.1.2 and 3.5.2.1: (MPS + 28) * factor / lanes + internal delay). */
#define DLLP_BYTES        8u      /* 3.4.1: 6, and framing */
#define TLP_OVERHEAD      28u
#define PPM               1000000ULL

/* SKP ordered sets (4.2.7): 4 symbols, a set every 1538 at the most. */
#define SKP_SYMBOLS       4u
#define SKP_INTERVAL      1538u

/* Factors in tenths, by payload: 128, 256, then 512 and more. */
static const struct {
	unsigned lanes, factor[3];
	const char *source;
} update_factors[] = {
	{ 1, { 14, 14, 10 }, "PCIe 3.0 tables 2-37 to 2-39 and 3-4 to 3-6, x1" },
	{ 2, { 14, 14, 10 }, "the same, x2" },
	{ 4, { 14, 14, 10 }, "the same, x4" },
	{ 8, { 25, 25, 10 }, "the same, x8" },
	{ 16, { 30, 30, 20 }, "the same, x16" },
};

static const struct {
	unsigned symbols;
	const char *source;
} internal_delay[] = {
	[1] = { 19, "PCIe 3.0 2.6.1.2: 2.5 GT/s" },
	[2] = { 70, "PCIe 3.0 2.6.1.2: 5 GT/s" },
	[3] = { 115, "PCIe 3.0 2.6.1.2: 8 GT/s" },
	[4] = { 115, "PCIe 4.0 2.6.1.2: 16 GT/s" },
	[5] = { 115, "PCIe 5.0 2.6.1.2: 32 GT/s" },
};

/* Symbols of TLPs between two Acks, and between two UpdateFCs. */
static unsigned dllp_interval(unsigned gen, unsigned lanes, unsigned mps)
{
	unsigned column = mps <= 128 ? 0 : mps <= 256 ? 1 : 2, i = 0;

	while (update_factors[i].lanes != lanes)
		i++;
	return (mps + TLP_OVERHEAD) * update_factors[i].factor[column] / (10 * lanes) +
	       internal_delay[gen].symbols;
}

/* The rate that is left to TLPs. */
uint64_t pcie_link_rate(unsigned gen, unsigned lanes, unsigned mps, uint32_t dllp_ppm)
{
	uint64_t rate = lane_rates[gen].rate, whole, rest;

	if (dllp_ppm != PCIE_DLLP_BY_SPEC) {
		whole = PPM;
		rest = PPM - dllp_ppm;
	} else {
		uint64_t interval = dllp_interval(gen, lanes, mps);

		whole = interval * SKP_INTERVAL;
		rest = whole - 2 * DLLP_BYTES * SKP_INTERVAL - SKP_SYMBOLS * interval;
	}
	rate *= whole;
	rest *= lanes;
	return (rate + rest / 2) / rest;
}

unsigned pcie_tlp_overhead(enum pcie_tlp tlp)
{
	return tlp_overheads[tlp].bytes;
}

struct at pcie_ser_push(struct pcie_ser *ser, struct at now, uint64_t bytes)
{
	struct at start;
	uint64_t fine;

	ser->bytes->value += bytes;
	if (!at_before(now, ser->free)) {
		ser->free = now;
		ser->frac = 0;
	}
	/* The fraction is carried, so that a full link loses nothing to rounding. */
	fine = bytes * ser->rate + ser->frac;
	ser->frac = fine & ((1u << FRACTION_BITS) - 1);
	ser->busy_ps += fine >> FRACTION_BITS;
	start = ser->free;
	ser->free = at_add(ser->free, dur_ps(fine >> FRACTION_BITS));
	if (bytes && trace_has_details(ser->trace))
		trace_detail(ser->trace, ser->point, start, bytes, ser->free.ps, 0);
	return ser->free;
}

struct at pcie_ser_run(struct pcie_ser *ser, struct at now, uint64_t bytes, uint32_t count,
		       struct pcie_return *first)
{
	bool idle = !at_before(now, ser->free);
	uint64_t fine;

	first->step = bytes * ser->rate;
	fine = first->step + (idle ? 0 : ser->frac);
	first->ps = (idle ? now.ps : ser->free.ps) + (fine >> FRACTION_BITS);
	first->fraction = (uint32_t)fine & ((1u << FRACTION_BITS) - 1);
	first->count = count;
	return pcie_ser_push(ser, now, bytes * count);
}

uint64_t pcie_ser_time(const struct pcie_ser *ser, uint64_t bytes)
{
	return bytes * ser->rate >> FRACTION_BITS;
}

/* What is queued for later does not count yet: from now to ser->free the direction is busy
 * throughout, but for gaps while a switch has not passed on what it will. */
static uint64_t ser_busy(const struct pcie_ser *ser, struct at now)
{
	uint64_t queued = at_since(ser->free, now).ps;

	return ser->busy_ps - (queued < ser->busy_ps ? queued : ser->busy_ps);
}

static void utilisation(void *ctx, uint64_t *num, uint64_t *den)
{
	const struct pcie_ser *ser = ctx;
	struct at now = sim_now(ser->sim);

	*num = ser_busy(ser, now);
	*den = now.ps;
}

void pcie_ser_stats(struct pcie_ser *ser, struct sim *sim, const char *name, const char *way)
{
	char text[STAT_NAME_MAX];

	ser->sim = sim;
	ser->bytes = stats_counter(sim->stats, "pcie.%s.%s.bytes", name, way);
	snprintf(text, sizeof(text), "pcie.%s.%s.utilisation", name, way);
	stats_ratio_fn(sim->stats, text, utilisation, ser);
}

static uint32_t up_to_page(uint64_t addr, uint32_t bytes)
{
	uint32_t room = PCIE_PAGE_BYTES - (uint32_t)(addr % PCIE_PAGE_BYTES);

	return bytes < room ? bytes : room;
}

static unsigned pieces(uint32_t bytes, unsigned most)
{
	return (bytes + most - 1) / most;
}

uint32_t pcie_piece(uint64_t addr, uint32_t bytes, unsigned most)
{
	uint32_t part = up_to_page(addr, bytes);

	return part < most ? part : most;
}

unsigned pcie_write_tlps(uint64_t addr, uint32_t bytes, unsigned mps)
{
	unsigned tlps = 0;

	/* Most are short: no division for them. */
	if (bytes <= mps && up_to_page(addr, bytes) == bytes)
		return 1;
	while (bytes) {
		uint32_t part = up_to_page(addr, bytes);

		tlps += pieces(part, mps);
		addr += part;
		bytes -= part;
	}
	return tlps;
}

/* All but the last end at a multiple of the boundary, so only the first can be short. */
unsigned pcie_completions(uint64_t addr, uint32_t bytes, unsigned mps, unsigned rcb)
{
	uint32_t first = mps - (uint32_t)(addr % rcb);

	return bytes <= mps ? 1 : 1 + pieces(bytes - first, mps);
}

struct pcie_wire pcie_read_tlps(uint64_t addr, uint32_t bytes, unsigned mrrs, unsigned mps,
				unsigned rcb)
{
	struct pcie_wire wire = { 0, 0 };

	while (bytes) {
		uint32_t part = pcie_piece(addr, bytes, mrrs);

		wire.requests++;
		wire.completions += pcie_completions(addr, part, mps, rcb);
		addr += part;
		bytes -= part;
	}
	return wire;
}
