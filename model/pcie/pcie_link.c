/* SPDX-License-Identifier: MIT */
/* Bytes and their time on a link. PCI Express Base Specification 3.0 (gen 4 and 5: 4.0 and 5.0). */
#include "model/pcie/pcie_internal.h"

#include "model/core/assert.h"

#define FRACTION_BITS 11

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

uint64_t pcie_link_rate(const struct pcie_link_cfg *link)
{
	return link->ideal ? 0 : lane_rates[link->gen].rate / link->lanes;
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

/* What is queued for later does not count yet: from now to ser->free the direction is busy
 * throughout. */
uint64_t pcie_ser_busy(const struct pcie_ser *ser, struct at now)
{
	return ser->busy_ps - at_since(ser->free, now).ps;
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

unsigned pcie_write_tlps(uint64_t addr, uint32_t bytes, unsigned mps)
{
	unsigned tlps = 0;

	while (bytes) {
		uint32_t part = up_to_page(addr, bytes);

		tlps += pieces(part, mps);
		addr += part;
		bytes -= part;
	}
	return tlps;
}

struct pcie_wire pcie_read_tlps(uint64_t addr, uint32_t bytes, unsigned mrrs, unsigned mps)
{
	struct pcie_wire wire = { 0, 0 };

	while (bytes) {
		uint32_t part = up_to_page(addr, bytes);
		uint32_t whole = part / mrrs, rest = part % mrrs;

		wire.requests += whole + (rest ? 1 : 0);
		wire.completions += whole * pieces(mrrs, mps) + pieces(rest, mps);
		addr += part;
		bytes -= part;
	}
	return wire;
}
