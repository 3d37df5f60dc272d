// SPDX-License-Identifier: MIT
/* examples/rtl/dma_copy.sv behind Doorbell's PCI Express: 256 bytes of registers, one vector. */
#include "Vdma_copy.h"

#include <doorbell/rtl_device.hpp>

DOORBELL_RTL_DEVICE(Vdma_copy, 0xd00b, 0xc0c1, 0x088000, 256, 1);
