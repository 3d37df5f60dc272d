/* SPDX-License-Identifier: MIT */
/* The MSI-X table of a PCIe function: accesses as software makes them, vectors as a device raises
 * them, enable and masks. */
#include <stdio.h>
#include <stdlib.h>

#include "model/pcie/pcie_internal.h"
#include "tests/rtl/lockstep/lockstep.h"

#define DEVFN      0x18
#define BAR        0
#define PBA        0x4000u
#define BAR_AT     0xd0000000u
#define CFG_COMMAND   0x04
#define CFG_BAR0      0x10
#define CFG_MSIX_CTRL 0x72
#define MSIX_ENABLE   0x8000u
#define MSIX_MASK     0x4000u

struct state {
	struct rtl_msix *rtl;
	unsigned vectors;
};

static struct pcie_dev *dev(struct lockstep *ls, unsigned side)
{
	return ls->side[side].device;
}

static enum dma_status access_none(void *ctx, unsigned devfn, const struct dma_req *req,
				   void *read_to, struct dur *extra)
{
	return DMA_UNSUPPORTED;
}

static void msi(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
	struct side *side = ctx;

	side->messages++;
	ls_out(side, msg->addr, msg->data);
}

static void dma_done(void *ctx, const struct dma_done *done)
{
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done };
static const struct pcie_root_ops root_ops = { .access = access_none, .msi = msi };

static void config(struct lockstep *ls, unsigned offset, uint32_t value, unsigned bytes)
{
	for (unsigned s = 0; s < SIDES; s++)
		pcie_config_write(dev(ls, s), offset, value, bytes);
}

static void begin(struct lockstep *ls)
{
	static const unsigned sizes[] = { 64, 1, 70, 128, 256, 255 };
	struct state *state = calloc(1, sizeof(*state));
	struct pcie_cfg cfg = { .name = "eth0",
				.devfn = DEVFN,
				.bar = { [BAR] = { .bytes = 0x8000 } },
				.msix_bar = BAR,
				.msix_pba = PBA,
				.link = { .gen = 3, .lanes = 8, .mps = 256, .mrrs = 512,
					  .ideal = true } };

	ls->state = state;
	state->vectors = cfg.msix_vectors = sizes[ls_below(ls, sizeof(sizes) / sizeof(sizes[0]))];
	for (unsigned s = 0; s < SIDES; s++) {
		struct side *side = &ls->side[s];

		if (s && rtl_msix_create(&state->rtl, &side->sim, &ls->rtl, &cfg.msix_block))
			exit(2);
		if (pcie_dev_create((struct pcie_dev **)&side->device, &side->sim, &cfg, &dev_ops,
				    side, &root_ops, side))
			exit(2);
	}
	config(ls, CFG_BAR0, BAR_AT, 4);
	config(ls, CFG_COMMAND, 6, 2);
	config(ls, CFG_MSIX_CTRL, MSIX_ENABLE, 2);
}

static void end(struct lockstep *ls)
{
	struct state *state = ls->state;

	for (unsigned s = 0; s < SIDES; s++)
		pcie_dev_destroy(dev(ls, s));
	rtl_msix_destroy(state->rtl);
	free(state);
}

static void raise(struct lockstep *ls, unsigned vector)
{
	for (unsigned s = 0; s < SIDES; s++)
		ls_out(&ls->side[s], vector, pcie_msix(dev(ls, s), vector));
}

static void bar_write(struct lockstep *ls, uint64_t offset, uint64_t value, unsigned bytes)
{
	for (unsigned s = 0; s < SIDES; s++)
		pcie_msix_write(dev(ls, s), offset, value, bytes);
}

static void bar_read(struct lockstep *ls, uint64_t offset, unsigned bytes)
{
	for (unsigned s = 0; s < SIDES; s++)
		ls_out(&ls->side[s], offset, pcie_msix_read(dev(ls, s), offset, bytes));
}

static unsigned vector(struct lockstep *ls)
{
	unsigned vectors = ((struct state *)ls->state)->vectors;

	return (unsigned)ls_below(ls, ls_chance(ls, 2) && vectors > 4 ? 4 : vectors);
}

/* Of the table or the pending bits, naturally aligned. */
static uint64_t place(struct lockstep *ls, unsigned bytes)
{
	uint64_t at = 16 * vector(ls) + ls_below(ls, 16);

	if (ls_chance(ls, 4))
		at = PBA + ls_below(ls, (((struct state *)ls->state)->vectors + 63) / 64 * 8);
	return at & ~(uint64_t)(bytes - 1);
}

static void write_somewhere(struct lockstep *ls)
{
	unsigned bytes = 1u << ls_below(ls, 4);
	uint64_t low = ls_below(ls, 1ULL << 32);

	bar_write(ls, place(ls, bytes), low | ls_below(ls, 1ULL << 32) << 32, bytes);
}

static void control(struct lockstep *ls)
{
	uint64_t kind = ls_below(ls, 40);

	if (kind == 0) {
		for (unsigned s = 0; s < SIDES; s++)
			pcie_msix_reset(dev(ls, s));
		return;
	}
	if (kind == 1)
		config(ls, CFG_COMMAND, ls_chance(ls, 2) ? 2 : 6, 2);
	else
		config(ls, CFG_MSIX_CTRL, (ls_chance(ls, 8) ? 0 : MSIX_ENABLE) |
						  (ls_chance(ls, 3) ? MSIX_MASK : 0), 2);
	if (kind < 10) {
		config(ls, CFG_COMMAND, 6, 2);
		config(ls, CFG_MSIX_CTRL, MSIX_ENABLE, 2);
	}
}

static void operate(struct lockstep *ls)
{
	ls_advance_random(ls, 1000);
	switch (ls_below(ls, 64)) {
	case 0 ... 23:
		raise(ls, vector(ls));
		break;
	case 24 ... 39:
		bar_write(ls, 16 * vector(ls) + 12, ls_below(ls, 2), 4);
		break;
	case 40 ... 49:
		write_somewhere(ls);
		break;
	case 50 ... 59: {
		unsigned bytes = 1u << ls_below(ls, 4);

		bar_read(ls, place(ls, bytes), bytes);
		break;
	}
	case 60:
		raise(ls, (unsigned)ls_below(ls, 300));
		break;
	default:
		control(ls);
		break;
	}
	/* Messages of this instant are out before the next operation. */
	ls_advance(ls, 0);
}

/* All vectors wait and are let go at once, by each of the three that can let go. */
static void directed(struct lockstep *ls)
{
	unsigned vectors = ((struct state *)ls->state)->vectors;

	for (unsigned way = 0; way < 3; way++) {
		config(ls, CFG_COMMAND, 6, 2);
		config(ls, CFG_MSIX_CTRL, MSIX_ENABLE, 2);
		for (unsigned v = 0; v < vectors; v++) {
			bar_write(ls, 16 * v, 0xfee00000u + 4096 * v, 8);
			bar_write(ls, 16 * v + 8, (uint64_t)(way == 2) << 32 | v, 8);
		}
		if (way < 2)
			config(ls, CFG_MSIX_CTRL, MSIX_ENABLE | MSIX_MASK, 2);
		for (unsigned v = 0; v < vectors; v++)
			raise(ls, v);
		for (unsigned v = 0; v < vectors; v += 64)
			bar_read(ls, PBA + v / 8, 8);
		if (way == 1)
			config(ls, CFG_COMMAND, 2, 2);
		config(ls, CFG_MSIX_CTRL, MSIX_ENABLE, 2);
		config(ls, CFG_COMMAND, 6, 2);
		for (unsigned v = vectors; way == 2 && v--;)
			bar_write(ls, 16 * v + 12, 0, 4);
		ls_advance(ls, 10);
		for (unsigned v = 0; v < vectors; v += 64)
			bar_read(ls, PBA + v / 8, 8);
	}
}

const struct subject msix_subject = { "msix", begin, operate, directed, end };
