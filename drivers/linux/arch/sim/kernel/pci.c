// SPDX-License-Identifier: GPL-2.0
/* The PCI host bridge: configuration space by memory access (ECAM), one window for BARs. Not
 * modelled: port I/O, INTx. */
#include <linux/dma-mapping.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/irqdomain.h>
#include <linux/pci.h>
#include <linux/pci-ecam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/plat.h>
#include "sim.h"

#define ECAM_BUSES ((PLAT_ECAM_END - PLAT_ECAM_BASE) >> PCIE_ECAM_BUS_SHIFT)

static unsigned long ecam(struct pci_bus *bus, unsigned int devfn, int where)
{
	return PLAT_ECAM_BASE + PCIE_ECAM_OFFSET(bus->number, devfn, where);
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	*value = plat_mmio_read(ecam(bus, devfn, where), size);
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	plat_mmio_write(ecam(bus, devfn, where), value, size);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {
	.read = config_read,
	.write = config_write,
};

static struct resource mmio_window = {
	.name = "sim PCI memory",
	.start = PLAT_MMIO_BASE,
	.end = PLAT_MMIO_END - 1,
	.flags = IORESOURCE_MEM,
};

static struct resource bus_window = {
	.name = "sim PCI buses",
	.start = 0,
	.end = ECAM_BUSES - 1,
	.flags = IORESOURCE_BUS,
};

/*
 * "sim_dma_bits=1:32,2:40": address bits of devices of the root bus. The limit is that of the way to
 * memory, as firmware describes it elsewhere, so the driver's own mask stays what its hardware has.
 */
static u8 dma_bits[32];

static int __init parse_dma_bits(char *text)
{
	unsigned int slot, bits;

	while (text && *text) {
		char *one = strsep(&text, ",");

		if (sscanf(one, "%u:%u", &slot, &bits) != 2 || slot >= ARRAY_SIZE(dma_bits) ||
		    bits < 24 || bits > 64)
			return -EINVAL;
		dma_bits[slot] = bits;
	}
	return 0;
}
early_param("sim_dma_bits", parse_dma_bits);

/*
 * "sim_driver=1:ixgbe,2:mine": which driver may take devices of the root bus, where several know
 * them; as a user would write it into driver_override.
 */
static char driver_of[32][32];

static int __init parse_driver(char *text)
{
	while (text && *text) {
		char *one = strsep(&text, ",");
		char *name = strchr(one, ':');
		unsigned int slot;

		if (!name || sscanf(one, "%u", &slot) != 1 || slot >= ARRAY_SIZE(driver_of))
			return -EINVAL;
		strscpy(driver_of[slot], name + 1, sizeof(driver_of[slot]));
	}
	return 0;
}
early_param("sim_driver", parse_driver);

/* The field moved within the 6.12 series; the Makefile looks where it is. */
static int set_driver(struct pci_dev *dev, const char *name)
{
#ifdef OVERRIDE_OF_DEVICE
	return device_set_driver_override(&dev->dev, name);
#else
	dev->driver_override = kstrdup(name, GFP_KERNEL);
	return dev->driver_override ? 0 : -ENOMEM;
#endif
}

/*
 * The kernel takes a device for external when a bridge above it is marked so by firmware. Devices
 * of the root bus have no bridge: the mark is set on them where the kernel computes it.
 */
int pcibios_device_add(struct pci_dev *dev)
{
	unsigned int slot = PCI_SLOT(dev->devfn);

	if (plat_boot()->iommu_segments_untrusted)
		dev->untrusted = true;
	if (pci_is_root_bus(dev->bus) && dma_bits[slot])
		dev->dev.bus_dma_limit = DMA_BIT_MASK(dma_bits[slot]);
	if (pci_is_root_bus(dev->bus) && driver_of[slot][0])
		return set_driver(dev, driver_of[slot]);
	return 0;
}

/* Module names have underscores where file names may have dashes. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !(strchr("-_", *a) && strchr("-_", *b)))
			return false;
	}
	return *a == *b;
}

static int is_driver(struct device_driver *driver, void *name)
{
	return same_name(driver->name, name) ||
	       (driver->mod_name && same_name(driver->mod_name, name));
}

static int find_driver(struct device_driver *driver, void *pdev)
{
	struct pci_dev *dev = pdev;
	const char *name = driver_of[PCI_SLOT(dev->devfn)];

	if (!is_driver(driver, (void *)name) || !strcmp(driver->name, name))
		return 0;
	if (set_driver(dev, driver->name))
		return -ENOMEM;
	return device_attach(&dev->dev) < 0 ? -EIO : 1;
}

/*
 * A driver may call itself otherwise than its module is called: then its device has waited until
 * all drivers are there, and gets it by the module's name.
 */
static int __init find_drivers(void)
{
	unsigned int slot;

	for (slot = 0; slot < ARRAY_SIZE(driver_of); slot++) {
		struct pci_dev *dev = NULL;

		if (driver_of[slot][0])
			dev = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(slot, 0));
		if (dev && !dev->dev.driver)
			bus_for_each_drv(&pci_bus_type, NULL, dev, find_driver);
		pci_dev_put(dev);
	}
	return 0;
}
/* Not device_initcall_sync: kernel.lds has those among the others, in the order of the files. */
late_initcall(find_drivers);

static int __init sim_pci_init(void)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);

	if (!bridge)
		return -ENOMEM;
	request_resource(&iomem_resource, &mmio_window);
	pci_add_resource(&bridge->windows, &mmio_window);
	pci_add_resource(&bridge->windows, &bus_window);
	bridge->ops = &config_ops;
	bridge->busnr = 0;
	dev_set_msi_domain(&bridge->dev, sim_msi_domain);
	pci_add_flags(PCI_REASSIGN_ALL_BUS);
	return pci_host_probe(bridge);
}
subsys_initcall(sim_pci_init);
