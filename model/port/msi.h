/* SPDX-License-Identifier: MIT */
/* A message interrupt as it travels: a 32-bit posted write (PCIe 6.1.4). What address and data mean
 * is the interrupt controller's business (devices/intc), after interrupt remapping if there is one. */
#ifndef DOORBELL_PORT_MSI_H
#define DOORBELL_PORT_MSI_H

#include <stdint.h>

struct msi_msg {
	uint64_t addr;
	uint32_t data;
};

#endif
