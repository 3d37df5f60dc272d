// SPDX-License-Identifier: GPL-2.0
/* Remapping of the devices' message interrupts. The kernel's own driver for it
 * (drivers/iommu/intel/irq_remapping.c) is part of x86's interrupt code, which the port does not have;
 * this is glue of ours in its place: a table, an entry for each interrupt, the invalidation of the
 * unit's interrupt entry cache with each change. It drives the unit through the structures and the
 * invalidation queue of drivers/iommu/intel. VT-d 5.1, 6.5.2.7, 9.10.
 * Not modelled: posted interrupts, blocks of entries for multiple message MSI, x2APIC mode. */
#include <linux/bitmap.h>
#include <linux/dmar.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/msi.h>
#include <asm/plat.h>
#include "../../../drivers/iommu/intel/iommu.h"
#include "sim.h"

#define ENTRIES		4096u
#define SIZE_CODE	11	/* 2^(S + 1) entries */
#define DEST_SHIFT	40	/* xAPIC: bits 47:40 */
#define VECTOR_SHIFT	16
#define SVT_SHIFT	(82 - 64)
#define SVT_REQUESTER	1ULL
#define MSI_FORMAT	BIT(4)	/* remappable */
#define HANDLE_SHIFT	5
#define HANDLE_LOW	0x7fff

static struct irte *table;
static DECLARE_BITMAP(used, ENTRIES);
static DEFINE_RAW_SPINLOCK(used_lock);
static struct intel_iommu *unit;
static bool wanted;

static int __init parse_wanted(char *unused)
{
	wanted = true;
	return 0;
}
early_param("sim_intremap", parse_wanted);

bool sim_remap_enabled(void)
{
	return unit;
}

static void flush(int index)
{
	struct qi_desc desc = { .qw0 = QI_IEC_TYPE };

	if (index >= 0)
		desc.qw0 |= QI_IEC_SELECTIVE | QI_IEC_IIDEX(index);
	qi_submit_sync(unit, &desc, 1, 0);
}

int sim_remap_alloc(void)
{
	unsigned long flags;
	unsigned int index;

	raw_spin_lock_irqsave(&used_lock, flags);
	index = find_first_zero_bit(used, ENTRIES);
	if (index < ENTRIES)
		__set_bit(index, used);
	raw_spin_unlock_irqrestore(&used_lock, flags);
	return index < ENTRIES ? index : -ENOSPC;
}

void sim_remap_free(int index)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&used_lock, flags);
	__clear_bit(index, used);
	raw_spin_unlock_irqrestore(&used_lock, flags);
}

void sim_remap_set(int index, unsigned int sid, unsigned int core, unsigned int vector)
{
	struct irte *irte = &table[index];

	/* The half with the present bit last: the unit may read the entry at any time. */
	WRITE_ONCE(irte->high, SVT_REQUESTER << SVT_SHIFT | sid);
	smp_wmb();
	WRITE_ONCE(irte->low, 1ULL | (u64)vector << VECTOR_SHIFT | (u64)core << DEST_SHIFT);
	flush(index);
}

void sim_remap_clear(int index)
{
	WRITE_ONCE(table[index].low, 0);
	flush(index);
}

void sim_remap_compose(int index, struct msi_msg *msg)
{
	msg->address_hi = 0;
	msg->address_lo = PLAT_MSI_BASE | MSI_FORMAT | (index & HANDLE_LOW) << HANDLE_SHIFT |
			  index >> 15 << 2;
	msg->data = 0;
}

static void command(struct intel_iommu *iommu, u32 bits, u32 done)
{
	u32 status;

	writel(iommu->gcmd | bits, iommu->reg + DMAR_GCMD_REG);
	IOMMU_WAIT_OP(iommu, DMAR_GSTS_REG, readl, status & done, status);
}

/* After the unit's driver has set up its queue, before any device has an interrupt. */
void __init sim_remap_init(void)
{
	struct dmar_drhd_unit *drhd;
	struct intel_iommu *iommu;
	unsigned long flags;

	if (!wanted)
		return;
	for_each_active_iommu(iommu, drhd) {
		if (!ecap_ir_support(iommu->ecap) || !iommu->qi)
			return;
		table = (struct irte *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
							get_order(ENTRIES * sizeof(*table)));
		if (!table)
			return;
		raw_spin_lock_irqsave(&iommu->register_lock, flags);
		writeq(virt_to_phys(table) | SIZE_CODE, iommu->reg + DMAR_IRTA_REG);
		command(iommu, DMA_GCMD_SIRTP, DMA_GSTS_IRTPS);
		raw_spin_unlock_irqrestore(&iommu->register_lock, flags);
		unit = iommu;
		flush(-1);
		raw_spin_lock_irqsave(&iommu->register_lock, flags);
		iommu->gcmd |= DMA_GCMD_IRE;
		command(iommu, 0, DMA_GSTS_IRES);
		raw_spin_unlock_irqrestore(&iommu->register_lock, flags);
		pr_info("sim: interrupts of devices are remapped\n");
		return;
	}
}
