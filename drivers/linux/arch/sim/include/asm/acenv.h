/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_ACENV_H
#define _ASM_SIM_ACENV_H

#define ACPI_FLUSH_CPU_CACHE()

#endif
