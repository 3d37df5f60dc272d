/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_IOMMU_H
#define _ASM_SIM_IOMMU_H

#include <asm/sim_acpi.h>

extern int force_iommu, no_iommu, iommu_detected, iommu_merge;

/* The port's DMAR table has no reserved regions. */
static inline int arch_rmrr_sanity_check(struct acpi_dmar_reserved_memory *rmrr)
{
	return 0;
}

#endif
