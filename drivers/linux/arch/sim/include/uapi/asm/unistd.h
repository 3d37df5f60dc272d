/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UAPI_ASM_SIM_UNISTD_H
#define _UAPI_ASM_SIM_UNISTD_H

#include <asm/unistd_64.h>

#endif
