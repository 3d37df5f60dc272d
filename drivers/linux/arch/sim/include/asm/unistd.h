/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_UNISTD_H
#define _ASM_SIM_UNISTD_H

#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SYS_CLONE
#include <uapi/asm/unistd.h>

#endif
