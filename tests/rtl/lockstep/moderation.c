/* SPDX-License-Identifier: MIT */
/* The 82599's interrupts: registers as a driver writes them, causes as its queues set them. */
#include <stdio.h>
#include <stdlib.h>

#include "devices/nic82599/nic82599_priv.h"
#include "tests/rtl/lockstep/lockstep.h"

#define EICR 0x800
#define EICS 0x808
#define EIAC 0x810
#define EIMS 0x880
#define EIMC 0x888
#define EIAM 0x890
#define GPIE 0x898
#define EICS_EX(n) (0xa90 + 4 * (n))
#define EIMS_EX(n) (0xaa0 + 4 * (n))
#define EIMC_EX(n) (0xab0 + 4 * (n))
#define EIAM_EX(n) (0xad0 + 4 * (n))
#define IVAR_MISC 0xa00
#define GPIE_ON 0x40000010u      /* MSI-X mode, EIAME */
#define CNT_WDIS 0x80000000u

struct state {
	struct rtl_moderation *rtl;
	unsigned vectors;            /* that this epoch works on: few meet more of each other */
	uint64_t typical_grains;
	uint32_t count;
};

static struct nic82599 *nic(struct lockstep *ls, unsigned side)
{
	return ls->side[side].device;
}

static void dma(void *ctx, const struct dma_req *req)
{
}

static void msix(void *ctx, unsigned vector)
{
	struct side *side = ctx;

	side->messages++;
	ls_out(side, 1, vector);
}

static void wire_tx(void *ctx, const struct frame *frame)
{
}

static const struct nic82599_ops ops = { .dma = dma, .msix = msix, .wire_tx = wire_tx };

static uint32_t eitr_offset(unsigned vector)
{
	return vector < 24 ? 0x820 + 4 * vector : 0x12300 + 4 * (vector - 24);
}

static void wr(struct lockstep *ls, uint32_t offset, uint32_t value)
{
	for (unsigned s = 0; s < SIDES; s++)
		nic82599_write(nic(ls, s), offset, value);
}

static void rd(struct lockstep *ls, uint32_t offset)
{
	for (unsigned s = 0; s < SIDES; s++)
		ls_out(&ls->side[s], offset, nic82599_read(nic(ls, s), offset));
}

static struct dur grains(struct lockstep *ls, uint64_t below)
{
	return dur_ps(ls_below(ls, below) * ls->grain_ps);
}

static void choose(struct lockstep *ls, struct nic82599_moderation *moderation)
{
	static const enum nic82599_moderation_kind kinds[] = {
		NIC82599_MODERATION_EITR, NIC82599_MODERATION_ITR,
		NIC82599_MODERATION_COUNT_TIMEOUT, NIC82599_MODERATION_COUNT_TIMEOUT,
	};

	moderation->kind = kinds[ls_below(ls, 4)];
	moderation->gap = grains(ls, ls_chance(ls, 2) ? 1000 : 1ULL << ls_below(ls, 40));
	moderation->count =
		1 + (uint32_t)ls_below(ls, ls_chance(ls, 2) ? 8 : 1ULL << ls_below(ls, 32));
	moderation->timeout = ls_chance(ls, 4) ? dur_ps(0)
					       : grains(ls, 1ULL << ls_below(ls, 40));
}

static void begin(struct lockstep *ls)
{
	struct nic82599_cfg cfg = { .name = "eth0",
				    .link_bps = 10000000000,
				    .rx_writeback_batch = 1,
				    .rx_buffer_bytes = 512 << 10,
				    .rx_prefetch = 32,
				    .tx_prefetch = 32 };
	struct state *state = calloc(1, sizeof(*state));

	ls->state = state;
	state->vectors = ls_chance(ls, 2) ? 4 : NIC82599_VECTORS;
	state->typical_grains = 1ULL << (8 + ls_below(ls, 16));
	if (ls_chance(ls, 4))
		cfg.link_bps = 100000000;
	choose(ls, &cfg.moderation);
	state->count = cfg.moderation.count;
	for (unsigned s = 0; s < SIDES; s++) {
		struct side *side = &ls->side[s];
		struct rtl_moderation_cfg moderation = {
			.batching = cfg.moderation.kind == NIC82599_MODERATION_COUNT_TIMEOUT,
			.count = cfg.moderation.count,
			.timeout = cfg.moderation.timeout,
		};

		if (s && rtl_moderation_create(&state->rtl, &side->sim, &ls->rtl, &moderation,
					       &cfg.block))
			exit(2);
		if (nic82599_create((struct nic82599 **)&side->device, &side->sim, &cfg, &ops,
				    side))
			exit(2);
	}
	wr(ls, GPIE, GPIE_ON);
	wr(ls, IVAR_MISC, 0x80 << 8 | 0x80 | 3 << 8);
	for (unsigned i = 0; i < 2; i++) {
		wr(ls, EIMS_EX(i), UINT32_MAX);
		wr(ls, EIAM_EX(i), UINT32_MAX);
	}
}

static void end(struct lockstep *ls)
{
	struct state *state = ls->state;

	for (unsigned s = 0; s < SIDES; s++)
		nic82599_destroy(nic(ls, s));
	rtl_moderation_destroy(state->rtl);
	free(state);
}

static int vector(struct lockstep *ls)
{
	return (int)ls_below(ls, ((struct state *)ls->state)->vectors);
}

static uint32_t some(struct lockstep *ls)
{
	return 1u << ls_below(ls, 32) | (ls_chance(ls, 4) ? (uint32_t)ls_below(ls, 1ULL << 32) : 0);
}

static void received(struct lockstep *ls, int v, uint32_t packets)
{
	for (unsigned s = 0; s < SIDES; s++)
		nic_cause_received(nic(ls, s), v, packets);
}

static void packets(struct lockstep *ls)
{
	uint32_t count = ((struct state *)ls->state)->count;
	int v = vector(ls);

	if (ls_chance(ls, 4)) {
		for (unsigned s = 0; s < SIDES; s++)
			nic_cause_sent(nic(ls, s), v);
		return;
	}
	if (ls_chance(ls, 64))
		received(ls, v, 1 + (uint32_t)ls_below(ls, 1ULL << ls_below(ls, 32)));
	else
		received(ls, v, 1 + (uint32_t)ls_below(ls, ls_chance(ls, 8) ? count : 4));
}

static void throttle(struct lockstep *ls)
{
	uint32_t value = (uint32_t)ls_below(ls, 1ULL << 32);

	if (ls_chance(ls, 3))
		value &= CNT_WDIS | 0x0fe00ff8;
	if (ls_chance(ls, 8))
		value &= CNT_WDIS;
	if (ls_chance(ls, 2))
		value &= ~0x00000f00u;     /* short intervals */
	wr(ls, eitr_offset((unsigned)vector(ls)), value);
}

static void mask(struct lockstep *ls)
{
	unsigned word = (unsigned)ls_below(ls, 2);

	switch (ls_below(ls, 4)) {
	case 0:
		wr(ls, EIMC_EX(word), some(ls));
		break;
	case 1:
		wr(ls, EIMS, some(ls));
		break;
	default:
		wr(ls, EIMS_EX(word), ls_chance(ls, 2) ? UINT32_MAX : some(ls));
		break;
	}
}

static void settings(struct lockstep *ls)
{
	switch (ls_below(ls, 40)) {
	case 0:
		for (unsigned s = 0; s < SIDES; s++)
			nic82599_reset(nic(ls, s));
		wr(ls, GPIE, GPIE_ON);
		break;
	case 1 ... 3:
		wr(ls, GPIE, ls_chance(ls, 3) ? some(ls) : GPIE_ON | (some(ls) & 0x60));
		break;
	case 4 ... 10:
		wr(ls, EIAM_EX(ls_below(ls, 2)), ls_chance(ls, 2) ? UINT32_MAX : some(ls));
		break;
	case 11 ... 15:
		wr(ls, EIAC, some(ls));
		break;
	case 16 ... 20:
		wr(ls, EIMC, some(ls));
		break;
	default:
		wr(ls, GPIE, GPIE_ON | (uint32_t)ls_below(ls, 4) << 5);
		break;
	}
}

static void operate(struct lockstep *ls)
{
	ls_advance_random(ls, ((struct state *)ls->state)->typical_grains);
	switch (ls_below(ls, 64)) {
	case 0 ... 35:
		packets(ls);
		break;
	case 36 ... 43:
		mask(ls);
		break;
	case 44 ... 47:
		throttle(ls);
		break;
	case 48 ... 50:
		wr(ls, EICS, some(ls));
		break;
	case 51 ... 52:
		wr(ls, EICS_EX(ls_below(ls, 2)), some(ls));
		break;
	case 53:
		rd(ls, EICR);
		break;
	case 54:
		wr(ls, EICR, some(ls));
		break;
	case 55 ... 59:
		rd(ls, eitr_offset((unsigned)vector(ls)));
		break;
	case 60:
		settings(ls);
		break;
	default:
		rd(ls, EICS_EX(ls_below(ls, 2)));
		rd(ls, EIMS_EX(ls_below(ls, 2)));
		break;
	}
}

/* Every vector: batches of every length to the limit and over it; gaps of every length to the
 * picosecond at which they end; a counter that is moved while a message waits. */
static void directed(struct lockstep *ls)
{
	uint32_t count = ((struct state *)ls->state)->count;

	wr(ls, GPIE, GPIE_ON);
	for (unsigned i = 0; i < 2; i++)
		wr(ls, EIMS_EX(i), UINT32_MAX);
	for (int v = 0; v < NIC82599_VECTORS; v++) {
		wr(ls, eitr_offset((unsigned)v), 8u << v % 9);
		received(ls, v, count > 1 ? count - 1 : 1);
		received(ls, v, 1);
		received(ls, v, 2 * count);
		wr(ls, EIMS_EX(v / 32), UINT32_MAX);
		received(ls, v, 1);
		wr(ls, eitr_offset((unsigned)v),
		   8u << v % 9 | (v % 2 ? 0x200000u << v % 7 : CNT_WDIS));
		ls_advance(ls, 2048000 / ls->grain_ps * (1u << v % 9) - 1);
		ls_advance(ls, 1);
		wr(ls, eitr_offset((unsigned)v), v % 3 ? 0 : 0xff8);
		wr(ls, EIMS_EX(v / 32), UINT32_MAX);
		rd(ls, eitr_offset((unsigned)v));
	}
	ls_advance(ls, 100000000000ULL / ls->grain_ps);
}

const struct subject moderation_subject = { "moderation", begin, operate, directed, end };
