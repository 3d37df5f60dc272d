/* SPDX-License-Identifier: MIT */
/* Blocks of a device that the scenario takes from RTL: made before the device, which gets their
 * ports. */
#include <stdio.h>

#include "model/machine/internal.h"

/* NAME.BLOCK, and where its waveform goes. */
static struct rtl_cfg block_cfg(struct rtl_blocks *blocks, const struct machine *machine,
				const struct machine_device *device, enum rtl_block which)
{
	static const char *const names[] = {
		[RTL_BLOCK_MODERATION] = "moderation",
		[RTL_BLOCK_MSIX] = "msix",
		[RTL_BLOCK_COALESCING] = "coalescing",
	};
	struct rtl_cfg cfg = { .name = blocks->name[which], .clock_hz = device->rtl.clock_hz };

	snprintf(blocks->name[which], sizeof(blocks->name[which]), "%s-%s", device->name,
		 names[which]);
	if (machine->cfg->wave_dir) {
		snprintf(blocks->wave[which], sizeof(blocks->wave[which]), "%s/%s-%s.fst",
			 machine->cfg->wave_dir, device->name, names[which]);
		cfg.wave = blocks->wave[which];
	}
	return cfg;
}

int rtl_blocks_create(struct rtl_blocks *blocks, struct machine *machine,
		      const struct machine_device *device)
{
	struct rtl_moderation_cfg moderation = {
		.batching = device->nic.moderation.kind == NIC82599_MODERATION_COUNT_TIMEOUT,
		.count = device->nic.moderation.count,
		.timeout = device->nic.moderation.timeout,
	};
	struct rtl_cfg cfg;
	int err = SIM_OK;

	if (device->rtl.moderation) {
		cfg = block_cfg(blocks, machine, device, RTL_BLOCK_MODERATION);
		err = rtl_moderation_create(&blocks->moderation, &machine->sim, &cfg, &moderation,
					    &blocks->moderation_port);
	}
	if (!err && device->rtl.msix) {
		cfg = block_cfg(blocks, machine, device, RTL_BLOCK_MSIX);
		err = rtl_msix_create(&blocks->msix, &machine->sim, &cfg, &blocks->msix_port);
	}
	if (!err && device->rtl.coalescing) {
		cfg = block_cfg(blocks, machine, device, RTL_BLOCK_COALESCING);
		err = rtl_coalescing_create(&blocks->coalescing, &machine->sim, &cfg,
					    &blocks->coalescing_port);
	}
	return err;
}

void rtl_blocks_destroy(struct rtl_blocks *blocks)
{
	rtl_moderation_destroy(blocks->moderation);
	rtl_msix_destroy(blocks->msix);
	rtl_coalescing_destroy(blocks->coalescing);
}
