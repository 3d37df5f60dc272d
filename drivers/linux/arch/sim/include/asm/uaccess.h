/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_UACCESS_H
#define _ASM_SIM_UACCESS_H

#include <linux/types.h>

/* Both pass the core's TLB, the page tables and faults; they return the bytes NOT done. */
unsigned long sim_user_copy(unsigned long address, void *buffer, unsigned long bytes, bool write);
unsigned long sim_user_clear(unsigned long address, unsigned long bytes);

static inline unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	return sim_user_copy((__force unsigned long)from, to, n, false);
}

static inline unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	return sim_user_copy((__force unsigned long)to, (void *)from, n, true);
}

#define __clear_user(address, n) sim_user_clear((__force unsigned long)(address), n)

#define __get_kernel_nofault(dst, src, type, label)			\
do {									\
	*(type *)(dst) = *(type *)(src);				\
	if (0)								\
		goto label;						\
} while (0)

#define __put_kernel_nofault(dst, src, type, label)			\
do {									\
	*(type *)(dst) = *(type *)(src);				\
	if (0)								\
		goto label;						\
} while (0)

#include <asm-generic/uaccess.h>

#endif
