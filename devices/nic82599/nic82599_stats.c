/* SPDX-License-Identifier: MIT */
/* Statistics registers (8.2.3.23). */
#include "devices/nic82599/nic82599_priv.h"

#define STAT36_HIGH 0xfu

static uint64_t take32(struct nic82599 *nic, unsigned cell)
{
	uint64_t value = nic->count[cell];

	nic->count[cell] = 0;
	return value > UINT32_MAX ? UINT32_MAX : value;
}

static uint64_t take36(struct nic82599 *nic, unsigned cell)
{
	uint64_t value = nic->count[cell];

	nic->count[cell] = 0;
	nic->count_high[cell] = value >> 32 & STAT36_HIGH;
	return value & UINT32_MAX;
}

static uint64_t take_high(struct nic82599 *nic, unsigned cell)
{
	uint64_t value = nic->count_high[cell];

	nic->count_high[cell] = 0;
	return value;
}

#define STAT32(id, name, offset, n, stride, spec, help) \
	uint64_t nic_stat_read_##id(void *ctx, unsigned index) \
	{ \
		return take32(ctx, S_##id + index); \
	}
#define STAT36(id, name, offset, n, stride, spec, help) \
	uint64_t nic_stat_read_##id(void *ctx, unsigned index) \
	{ \
		return take36(ctx, S_##id + index); \
	} \
	uint64_t nic_stat_high_##id(void *ctx, unsigned index) \
	{ \
		return take_high(ctx, S_##id + index); \
	}
#include "devices/nic82599/stats.def"
#undef STAT32
#undef STAT36

/* The six size classes are in one row, of frames with their check sequence. */
static unsigned size_class(uint32_t wire_bytes)
{
	static const uint16_t limit[] = { 64, 127, 255, 511, 1023 };
	unsigned i;

	for (i = 0; i < sizeof(limit) / sizeof(limit[0]); i++)
		if (wire_bytes <= limit[i])
			return i;
	return i;
}

static bool is_broadcast(const uint8_t *a)
{
	return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff;
}

void nic_stats_rx(struct nic82599 *nic, const uint8_t *data, uint32_t wire_bytes)
{
	nic->count[S_GPRC]++;
	nic->count[S_GORC] += wire_bytes;
	nic->count[S_PRC64 + size_class(wire_bytes)]++;
	if (data[0] & 1)
		nic->count[is_broadcast(data) ? S_BPRC : S_MPRC]++;
}

void nic_stats_tx(struct nic82599 *nic, const uint8_t *data, uint32_t wire_bytes, unsigned queue)
{
	unsigned map = nic->tx_stat[queue];

	nic->count[S_GPTC]++;
	nic->count[S_TPT]++;
	nic->count[S_GOTC] += wire_bytes;
	nic->count[S_PTC64 + size_class(wire_bytes)]++;
	nic->count[S_QPTC + map]++;
	nic->count[S_QBTC + map] += wire_bytes;
	if (data[0] & 1)
		nic->count[is_broadcast(data) ? S_BPTC : S_MPTC]++;
}

/* 8.2.3.23.71, .73: each byte maps a queue to one of 16 statistics. */
void nic_statmap_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct nic82599 *nic = ctx;
	uint32_t rx = nic_reg(nic, R_RQSMR, index), tx = nic_reg(nic, R_TQSM, index);
	unsigned i;

	for (i = 0; i < 4; i++) {
		nic->rx_stat[4 * index + i] = rx >> 8 * i & 0xf;
		nic->tx_stat[4 * index + i] = tx >> 8 * i & 0xf;
	}
}
