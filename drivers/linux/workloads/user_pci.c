// SPDX-License-Identifier: GPL-2.0
/* What a driver test asks of a PCI function: its driver leaves and comes back, it is reset, the bus
 * reports an error of it. */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include "workloads.h"

static bool is_interface(const struct pci_dev *pdev)
{
	return pdev->class >> 16 == PCI_BASE_CLASS_NETWORK;
}

/* As echo ID > unbind. */
static long unbind(struct pci_dev *pdev)
{
	if (!pdev->dev.driver)
		return -ENODEV;
	if (is_interface(pdev))
		kw_netdev_lost(kw_netdev_find(pdev->devfn));
	device_release_driver(&pdev->dev);
	return 0;
}

static long bind(struct pci_dev *pdev)
{
	struct file *disk = ERR_PTR(-ENODEV);
	unsigned int ms;
	int err = device_attach(&pdev->dev);

	if (err != 1)
		return err ? err : -ENODEV;
	if (is_interface(pdev))
		return kw_netdev_again(kw_netdev_find(pdev->devfn));
	/* A controller's namespaces are found some time after its driver has probed it. */
	for (ms = 0; ms < KW_WAIT_MS && IS_ERR(disk); ms += KW_POLL_MS) {
		disk = kw_disk_open(pdev);
		if (IS_ERR(disk))
			msleep(KW_POLL_MS);
	}
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	fput(disk);
	return 0;
}

/* In the order of drivers/pci/pcie/err.c, pcie_do_recovery(), for one function; without a reset,
 * what the driver asks for is not done. */
static long error(struct pci_dev *pdev, pci_channel_state_t state)
{
	const struct pci_error_handlers *handler;
	pci_ers_result_t answer = PCI_ERS_RESULT_NO_AER_DRIVER;

	device_lock(&pdev->dev);
	handler = pdev->driver ? pdev->driver->err_handler : NULL;
	if (handler && handler->error_detected) {
		pdev->error_state = state;
		answer = handler->error_detected(pdev, state);
		if (answer == PCI_ERS_RESULT_NEED_RESET && handler->slot_reset) {
			pci_restore_state(pdev);
			answer = handler->slot_reset(pdev);
		}
		if (state != pci_channel_io_perm_failure)
			pdev->error_state = pci_channel_io_normal;
		if ((answer == PCI_ERS_RESULT_RECOVERED || answer == PCI_ERS_RESULT_CAN_RECOVER) &&
		    handler->resume)
			handler->resume(pdev);
	}
	device_unlock(&pdev->dev);
	return answer == PCI_ERS_RESULT_NO_AER_DRIVER ? -EOPNOTSUPP : 0;
}

long kw_user_pci(const struct plat_user *user)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, user->devfn);
	long err = -EINVAL;

	if (!pdev)
		return -ENODEV;
	if (user->op == PLAT_USER_UNBIND)
		err = unbind(pdev);
	else if (user->op == PLAT_USER_BIND)
		err = bind(pdev);
	else if (user->op == PLAT_USER_FUNCTION_RESET)
		err = pci_reset_function(pdev);
	else if (user->op == PLAT_USER_PCI_ERROR)
		err = error(pdev, (pci_channel_state_t)user->arg[0]);
	pci_dev_put(pdev);
	return err;
}
