/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UAPI_ASM_SIM_PTRACE_H
#define _UAPI_ASM_SIM_PTRACE_H

/* User space sees no registers. */

#endif
