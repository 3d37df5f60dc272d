/* SPDX-License-Identifier: MIT */
/* PCI set-up as firmware and a driver's probe do it. PCI Express Base Specification 3.0, 7.5 and
 * 7.7; configuration space through ECAM. */
#include "drivers/ideal/internal.h"
#include "drivers/linux/boundary.h"

#define CFG_COMMAND      0x04u
#define COMMAND_MEMORY   0x0002u
#define COMMAND_MASTER   0x0004u
#define CFG_BAR0         0x10u
#define CFG_CAPABILITIES 0x34u
#define CAP_MSIX         0x11u
#define MSIX_ENABLE      0x8000u
#define MSIX_TABLE       4u             /* dword of the capability */
#define MSIX_BIR         7u

static uint64_t config_address(const struct ideal_device *device, unsigned offset)
{
	return PLAT_ECAM_BASE + ((uint64_t)device->devfn << 12) + offset;
}

static uint32_t config_read(struct ideal_device *device, unsigned offset, unsigned bytes)
{
	struct ideal *ideal = device->ideal;

	return (uint32_t)ideal->ops.mmio_read(ideal->ctx, config_address(device, offset), bytes);
}

static void config_write(struct ideal_device *device, unsigned offset, uint32_t value,
			 unsigned bytes)
{
	struct ideal *ideal = device->ideal;

	ideal->ops.mmio_write(ideal->ctx, config_address(device, offset), value, bytes);
}

void ideal_pci_enable(struct ideal_device *device, unsigned bar_number, uint64_t bar)
{
	config_write(device, CFG_BAR0 + 4 * bar_number, (uint32_t)bar, 4);
	config_write(device, CFG_BAR0 + 4 * bar_number + 4, (uint32_t)(bar >> 32), 4);
	config_write(device, CFG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER, 2);
}

uint64_t ideal_msix_enable(struct ideal_device *device)
{
	unsigned at = config_read(device, CFG_CAPABILITIES, 1);
	uint32_t table;

	while (at && config_read(device, at, 1) != CAP_MSIX)
		at = config_read(device, at + 1, 1);
	if (!at)
		return 0;
	config_write(device, at + 2, MSIX_ENABLE, 2);
	table = config_read(device, at + MSIX_TABLE, 4);
	return (table & MSIX_BIR ? device->msix_bar : device->bar0) + (table & ~MSIX_BIR);
}

/* An entry: address, upper address, data, vector control (7.7.2). */
void ideal_msix_vector(struct ideal_device *device, uint64_t table, unsigned vector, unsigned n)
{
	uint32_t address = (uint32_t)(PLAT_MSI_BASE | (uint64_t)ideal_core(device, n) << 12);
	struct ideal *ideal = device->ideal;
	uint64_t entry = table + 16 * (uint64_t)vector;

	ideal->ops.mmio_write(ideal->ctx, entry, address, 4);
	ideal->ops.mmio_write(ideal->ctx, entry + 4, 0, 4);
	ideal->ops.mmio_write(ideal->ctx, entry + 8, ideal_vector(device, n), 4);
	ideal->ops.mmio_write(ideal->ctx, entry + 12, 0, 4);
}

uint32_t ideal_read32(struct ideal_device *device, uint64_t offset)
{
	struct ideal *ideal = device->ideal;

	return (uint32_t)ideal->ops.mmio_read(ideal->ctx, device->bar0 + offset, 4);
}

void ideal_write32(struct ideal_device *device, uint64_t offset, uint32_t value)
{
	struct ideal *ideal = device->ideal;

	ideal->ops.mmio_write(ideal->ctx, device->bar0 + offset, value, 4);
}
