/* SPDX-License-Identifier: MIT */
/* The address decoder on the software side: configuration space (ECAM), the IOMMU's registers and
 * the devices' BARs; I/O ports, behind which there is nothing. What nobody decodes reads as all
 * ones and swallows writes, as a master abort does. */
#include "model/machine/internal.h"

static struct pcie_dev *config_target(struct machine *machine, uint64_t pa, unsigned *offset)
{
	unsigned bus, devfn;

	if (pa < PLAT_ECAM_BASE || pa >= PLAT_ECAM_END)
		return NULL;
	bus = (unsigned)((pa - PLAT_ECAM_BASE) >> 20);
	devfn = (unsigned)((pa - PLAT_ECAM_BASE) >> 12 & 0xff);
	*offset = (unsigned)(pa & 0xfff);
	for (unsigned d = 0; d < machine->cfg->devices && !bus; d++)
		if (machine->cfg->device[d].devfn == devfn)
			return machine->device[d].pcie;
	return NULL;
}

static struct pcie_dev *bar_target(struct machine *machine, uint64_t pa, int *bar,
				   uint64_t *offset)
{
	for (unsigned d = 0; d < machine->cfg->devices; d++) {
		*bar = pcie_decode(machine->device[d].pcie, pa, offset);
		if (*bar >= 0)
			return machine->device[d].pcie;
	}
	return NULL;
}

/* The unit sits in the root complex: what is written is there at once, ahead of what the core does
 * next; the profile's iommu.invalidate.doorbell has the way of a tail. */
static bool iommu_target(const struct machine *machine, uint64_t pa)
{
	return machine->iommu && pa >= PLAT_DMAR_BASE && pa < PLAT_DMAR_BASE + IOMMU_WINDOW_BYTES;
}

/* Before its time is known it is decided how the read ends. */
static struct dur register_read_time(struct machine *machine, struct pcie_dev *dev)
{
	static const enum pcie_fault faults[] = {
		[DMA_UNSUPPORTED] = PCIE_FAULT_UNSUPPORTED,
		[DMA_ABORTED] = PCIE_FAULT_ABORT,
		[DMA_TIMEOUT] = PCIE_FAULT_TIMEOUT,
		[DMA_POISONED] = PCIE_FAULT_POISONED,
	};
	enum dma_status how;

	if (machine->faults && fault_register_read(machine, pcie_devfn(dev), &how))
		pcie_inject(dev, PCIE_FAULT_MMIO_READ, faults[how], 1);
	return pcie_mmio_read_time(dev);
}

/* The request travels for half of the round trip; the rest is the completion's way back. */
void address_read_time(void *ctx, uint64_t pa, struct dur *there, struct dur *back)
{
	struct machine *machine = ctx;
	struct dur whole = machine->cfg->mmio_read;
	uint64_t offset;
	int bar;
	struct pcie_dev *dev = bar_target(machine, pa, &bar, &offset);

	if (dev)
		whole = register_read_time(machine, dev);
	else if (iommu_target(machine, pa))
		whole = machine->cfg->iommu_mmio_read;
	else if (pa >= PLAT_PIO_BASE)
		whole = machine->cfg->port_access;
	there->ps = whole.ps / 2;
	back->ps = whole.ps - there->ps;
}

static uint64_t all_ones(unsigned bytes)
{
	return bytes >= 8 ? UINT64_MAX : (1ULL << 8 * bytes) - 1;
}

uint64_t address_read(void *ctx, uint64_t pa, unsigned bytes, struct dur *behind)
{
	struct machine *machine = ctx;
	struct pcie_dev *dev;
	uint64_t offset, value;
	unsigned where;
	int bar;

	*behind = dur_ps(0);
	dev = config_target(machine, pa, &where);
	if (dev && fault_removed(machine, pcie_devfn(dev)))
		return all_ones(bytes);
	if (dev)
		return pcie_config_read(dev, where, bytes);
	if (iommu_target(machine, pa))
		return iommu_mmio_ops.read(machine->iommu, pa - PLAT_DMAR_BASE, bytes);
	dev = bar_target(machine, pa, &bar, &offset);
	if (!dev)
		return all_ones(bytes);
	pcie_flush_writes(dev);
	value = pcie_bar_read(dev, bar, offset, bytes);
	value = fault_register(machine, pcie_devfn(dev), bar == 0 ? offset : FAULT_ANY_REGISTER,
			       value) & all_ones(bytes);
	*behind = pcie_read_behind_writes(dev);
	return value;
}

struct dur address_write(void *ctx, uint64_t pa, uint64_t value, unsigned bytes)
{
	struct machine *machine = ctx;
	struct dur stall = { 0 };
	struct pcie_dev *dev;
	uint64_t offset;
	unsigned where;
	int bar;

	dev = config_target(machine, pa, &where);
	if (dev && fault_removed(machine, pcie_devfn(dev)))
		return stall;
	if (dev) {
		pcie_config_write(dev, where, (uint32_t)value, bytes);
		return stall;
	}
	if (iommu_target(machine, pa)) {
		iommu_mmio_ops.write(machine->iommu, pa - PLAT_DMAR_BASE, value, bytes);
		return stall;
	}
	dev = bar_target(machine, pa, &bar, &offset);
	if (dev && fault_removed(machine, pcie_devfn(dev)))
		return stall;
	if (dev)
		stall = pcie_mmio_write_time(dev);
	if (dev && !stall.ps && bar == 0 &&
	    fault_register_write(machine, pcie_devfn(dev), offset))
		return stall;
	if (dev && !stall.ps)
		pcie_bar_write(dev, bar, offset, value, bytes);
	return stall;
}

/* The ideal host's stores never stall: its own costs are all it has. */
void address_write_now(void *ctx, uint64_t pa, uint64_t value, unsigned bytes)
{
	struct machine *machine = ctx;
	uint64_t offset;
	int bar;
	struct pcie_dev *dev = bar_target(machine, pa, &bar, &offset);

	if (dev && !fault_removed(machine, pcie_devfn(dev)))
		pcie_bar_write(dev, bar, offset, value, bytes);
	else if (!dev)
		address_write(ctx, pa, value, bytes);
}
