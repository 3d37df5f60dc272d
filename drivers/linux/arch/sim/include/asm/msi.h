/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_MSI_H
#define _ASM_SIM_MSI_H

#include <asm-generic/msi.h>

#endif
