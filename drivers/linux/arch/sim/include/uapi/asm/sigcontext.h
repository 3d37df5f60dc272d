/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UAPI_ASM_SIM_SIGCONTEXT_H
#define _UAPI_ASM_SIM_SIGCONTEXT_H

struct sigcontext {
	unsigned long unused;
};

#endif
