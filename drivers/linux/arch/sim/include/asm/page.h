/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_PAGE_H
#define _ASM_SIM_PAGE_H

#include <linux/const.h>
#include <asm/plat.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_OFFSET	PLAT_RAM_BASE

#ifndef __ASSEMBLY__
#include <linux/pfn.h>

#define clear_page(p)			memset((p), 0, PAGE_SIZE)
#define copy_page(to, from)		memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(p, v, page)	clear_page(p)
#define copy_user_page(to, from, v, page) copy_page(to, from)

typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pud; } pud_t;
typedef struct { unsigned long pgd; } pgd_t;
typedef struct { unsigned long pgprot; } pgprot_t;
struct page;
typedef struct page *pgtable_t;

/* Every page that is freed leaves a mark (mm/stale.c). */
#define HAVE_ARCH_FREE_PAGE
void arch_free_page(struct page *page, int order);

#define pte_val(x)	((x).pte)
#define pmd_val(x)	((x).pmd)
#define pud_val(x)	((x).pud)
#define pgd_val(x)	((x).pgd)
#define pgprot_val(x)	((x).pgprot)
#define __pte(x)	((pte_t) { (x) })
#define __pmd(x)	((pmd_t) { (x) })
#define __pud(x)	((pud_t) { (x) })
#define __pgd(x)	((pgd_t) { (x) })
#define __pgprot(x)	((pgprot_t) { (x) })

/*
 * RAM is mapped linearly. The kernel's own text and data belong to the executable: they have no
 * physical address, which virt_addr_valid() tells.
 */
#define __pa(x)			((unsigned long)(x) - PAGE_OFFSET)
#define __va(x)			((void *)((unsigned long)(x) + PAGE_OFFSET))
#define virt_to_pfn(v)		(__pa(v) >> PAGE_SHIFT)
#define pfn_to_virt(p)		__va((unsigned long)(p) << PAGE_SHIFT)
#define virt_to_page(v)		pfn_to_page(virt_to_pfn(v))
#define page_to_virt(p)		__va(page_to_pfn(p) << PAGE_SHIFT)
#define pfn_to_kaddr(p)		__va((unsigned long)(p) << PAGE_SHIFT)
#define page_to_phys(p)		((phys_addr_t)page_to_pfn(p) << PAGE_SHIFT)
#define virt_addr_valid(v)	((unsigned long)(v) >= PAGE_OFFSET && pfn_valid(virt_to_pfn(v)))
#endif

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>

#endif
