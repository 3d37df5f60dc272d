// SPDX-License-Identifier: GPL-2.0
/* What drivers/iommu/intel gets from "x86 and ACPI": a DMAR table with one unit that covers all
 * devices, an interrupt for it, and cache flushes. */
#include <linux/dmar.h>
#include <linux/init.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <asm/iommu.h>
#include <asm/irq_remapping.h>
#include <asm/plat.h>
#include "sim.h"

#define ADDRESS_BITS	48
#define CACHE_LINE	64UL

int force_iommu, no_iommu, iommu_detected, iommu_merge;
const struct bus_type acpi_bus_type = { .name = "acpi" };

static struct {
	struct acpi_table_dmar dmar;
	struct acpi_dmar_hardware_unit unit;
} __packed table = {
	.dmar = {
		.header = {
			.signature = ACPI_SIG_DMAR,
			.length = sizeof(table),
			.revision = 1,
		},
		.width = ADDRESS_BITS - 1,
	},
	.unit = {
		.header = {
			.type = ACPI_DMAR_TYPE_HARDWARE_UNIT,
			.length = sizeof(table.unit),
		},
		.flags = ACPI_DMAR_INCLUDE_ALL,
		.address = PLAT_DMAR_BASE,
	},
};

acpi_status acpi_get_table(char *signature, u32 instance, struct acpi_table_header **out)
{
	*out = NULL;
	if (!plat_boot()->iommu || strncmp(signature, ACPI_SIG_DMAR, ACPI_NAMESEG_SIZE))
		return AE_NOT_FOUND;
	*out = &table.dmar.header;
	return AE_OK;
}

void clflush_cache_range(void *address, unsigned int size)
{
	unsigned long first = (unsigned long)address / CACHE_LINE;
	unsigned long last = ((unsigned long)address + size - 1) / CACHE_LINE;

	if (size)
		plat_charge(PLAT_COST_CLFLUSH, last - first + 1);
}

/* The unit's interrupt is a message whose address and data its driver writes into the unit. */
static void unit_write_msg(struct irq_data *irqd, struct msi_msg *msg)
{
	dmar_msi_write(irqd->irq, msg);
}

static struct irq_chip unit_chip = {
	.name = "DMAR-MSI",
	.irq_mask = dmar_msi_mask,
	.irq_unmask = dmar_msi_unmask,
	.irq_ack = irq_chip_ack_parent,
	.irq_set_affinity = msi_domain_set_affinity,
	.irq_write_msi_msg = unit_write_msg,
};

static int unit_msi_init(struct irq_domain *domain, struct msi_domain_info *info,
			 unsigned int irq, irq_hw_number_t hwirq, msi_alloc_info_t *arg)
{
	irq_domain_set_info(domain, irq, hwirq, info->chip, NULL, handle_edge_irq,
			    arg->scratchpad[0].ptr, "edge");
	return 0;
}

static struct msi_domain_ops unit_msi_ops = {
	.msi_init = unit_msi_init,
};

static struct msi_domain_info unit_msi_info = {
	.ops = &unit_msi_ops,
	.chip = &unit_chip,
	.flags = MSI_FLAG_USE_DEF_DOM_OPS,
};

int dmar_alloc_hwirq(int id, int node, void *arg)
{
	static struct irq_domain *domain;
	msi_alloc_info_t info = { .hwirq = id, .scratchpad[0].ptr = arg };

	if (!domain)
		domain = msi_create_irq_domain(irq_domain_alloc_named_fwnode("sim-dmar"),
					       &unit_msi_info, sim_vector_domain);
	return domain ? irq_domain_alloc_irqs(domain, 1, node, &info) : -ENOMEM;
}

void dmar_free_hwirq(int irq)
{
	irq_domain_free_irqs(irq, 1);
}

static int __init sim_iommu_init(void)
{
	int err;

	if (!plat_boot()->iommu)
		return 0;
	detect_intel_iommu();
	err = iommu_detected ? intel_iommu_init() : 0;
	if (!err)
		sim_remap_init();
	return err;
}
rootfs_initcall(sim_iommu_init);
