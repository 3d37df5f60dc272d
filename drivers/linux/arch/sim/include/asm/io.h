/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_IO_H
#define _ASM_SIM_IO_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/plat.h>

/* An ioremap cookie is the physical address: MMIO does not pass page tables. */
#define SIM_MMIO(suffix, type, bytes)							\
static inline type __raw_read##suffix(const volatile void __iomem *a)			\
{											\
	return plat_mmio_read((__force unsigned long)a, bytes);				\
}											\
static inline void __raw_write##suffix(type v, volatile void __iomem *a)		\
{											\
	plat_mmio_write((__force unsigned long)a, v, bytes);				\
}

SIM_MMIO(b, u8, 1)
SIM_MMIO(w, u16, 2)
SIM_MMIO(l, u32, 4)
SIM_MMIO(q, u64, 8)
#define __raw_readb __raw_readb
#define __raw_readw __raw_readw
#define __raw_readl __raw_readl
#define __raw_readq __raw_readq
#define __raw_writeb __raw_writeb
#define __raw_writew __raw_writew
#define __raw_writel __raw_writel
#define __raw_writeq __raw_writeq

/* x86 orders MMIO without fences; asm-generic's would cost a barrier that no x86 driver pays. */
#define __io_br()	barrier()
#define __io_ar(v)	rmb()
#define __io_bw()	wmb()
#define __io_aw()	barrier()

#define PCI_IOBASE	((void __iomem *)PLAT_PIO_BASE)
#define IO_SPACE_LIMIT	0xffff

#define ioremap ioremap
static inline void __iomem *ioremap(phys_addr_t address, size_t size)
{
	return (void __iomem *)(unsigned long)address;
}

#define iounmap iounmap
static inline void iounmap(volatile void __iomem *address)
{
}

#include <asm-generic/io.h>

#endif
