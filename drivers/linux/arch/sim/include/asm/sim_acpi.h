/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_SIM_ACPI_H
#define _ASM_SIM_SIM_ACPI_H

/* For drivers/iommu/intel: the DMAR structures and the few ACPI names that it uses. */
#include <linux/acpi.h>

#ifndef CONFIG_ACPI
#include <acpi/acpi.h>
#include <linux/device.h>
#include <linux/mutex.h>

struct acpi_device {
	struct device dev;
	acpi_handle handle;
	struct list_head physical_node_list;
	struct mutex physical_node_lock;
};

struct acpi_device_physical_node {
	struct list_head node;
	struct device *dev;
};

#define to_acpi_device(d) container_of(d, struct acpi_device, dev)
extern const struct bus_type acpi_bus_type;
#undef ACPI_COMPANION
#define ACPI_COMPANION(d) ((struct acpi_device *)NULL)

acpi_status sim_acpi_get_table(char *signature, u32 instance, struct acpi_table_header **table);
#define acpi_get_table sim_acpi_get_table

static inline struct acpi_device *acpi_fetch_acpi_dev(acpi_handle handle)
{
	return NULL;
}
#endif

#define early_ioremap(address, size)	((void __iomem *)(unsigned long)(address))
#define early_iounmap(address, size)	do { } while (0)

void clflush_cache_range(void *address, unsigned int size);

/* 10 s of the fastest clock that a profile has (5 GHz); only a broken unit gets there. */
#define DMAR_OPERATION_TIMEOUT	((cycles_t)50000000000ULL)
#define __VIRTUAL_MASK_SHIFT	47

#endif
