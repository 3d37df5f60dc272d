/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_SIM_PGTABLE_H
#define _ASM_SIM_PGTABLE_H

#include <asm/page.h>
#include <asm-generic/pgtable-nop4d.h>

/*
 * Four levels of 512 entries with x86-like flag bits, in simulated RAM. Only software walks them:
 * mm/, get_user_pages and the port's user access.
 */
#define PGDIR_SHIFT	39
#define PUD_SHIFT	30
#define PMD_SHIFT	21
#define PGDIR_SIZE	(1UL << PGDIR_SHIFT)
#define PUD_SIZE	(1UL << PUD_SHIFT)
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define PGDIR_MASK	(~(PGDIR_SIZE - 1))
#define PUD_MASK	(~(PUD_SIZE - 1))
#define PMD_MASK	(~(PMD_SIZE - 1))
#define PTRS_PER_PGD	512
#define PTRS_PER_PUD	512
#define PTRS_PER_PMD	512
#define PTRS_PER_PTE	512
#define USER_PTRS_PER_PGD (TASK_SIZE / PGDIR_SIZE)
#define VMALLOC_START	PLAT_VMALLOC_BASE
#define VMALLOC_END	PLAT_VMALLOC_END
#define PFN_PTE_SHIFT	PAGE_SHIFT

#define _PAGE_PRESENT	(1UL << 0)
#define _PAGE_RW	(1UL << 1)
#define _PAGE_USER	(1UL << 2)
#define _PAGE_ACCESSED	(1UL << 5)
#define _PAGE_DIRTY	(1UL << 6)
#define _PAGE_PSE	(1UL << 7)	/* of a PMD: it maps 2 MiB itself */
#define _PAGE_PROTNONE	(1UL << 8)	/* with PRESENT clear */
#define _PAGE_SPECIAL	(1UL << 9)
#define _PAGE_SWP_EXCL	(1UL << 10)
#define _PFN_MASK	0x0000fffffffff000UL
#define _CHG_MASK	(_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL | _PAGE_PSE)
#define _TABLE		(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)

#define _PAGE_VALID	(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PAGE_NONE	__pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED)
#define PAGE_READONLY	__pgprot(_PAGE_VALID | _PAGE_USER)
#define PAGE_COPY	PAGE_READONLY
#define PAGE_SHARED	__pgprot(_PAGE_VALID | _PAGE_USER | _PAGE_RW)
#define PAGE_KERNEL	__pgprot(_PAGE_VALID | _PAGE_RW | _PAGE_DIRTY)
#define PAGE_KERNEL_RO	PAGE_KERNEL
#define PAGE_KERNEL_EXEC PAGE_KERNEL
#define pgprot_noncached(prot)		(prot)
#define pgprot_writecombine(prot)	(prot)
#define pgprot_dmacoherent(prot)	(prot)

#ifndef __ASSEMBLY__
struct mm_struct;
struct vm_area_struct;

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
extern void *empty_zero_page;
#define ZERO_PAGE(address)	virt_to_page(empty_zero_page)
#define paging_init()		do { } while (0)
#define pte_ERROR(e)		pr_err("bad pte %016lx\n", pte_val(e))
#define pmd_ERROR(e)		pr_err("bad pmd %016lx\n", pmd_val(e))
#define pud_ERROR(e)		pr_err("bad pud %016lx\n", pud_val(e))
#define pgd_ERROR(e)		pr_err("bad pgd %016lx\n", pgd_val(e))

/* Kernel entries (vmalloc area): the simulator maps the RAM at that address too. */
void sim_kernel_pte_set(unsigned long address, unsigned long pte, unsigned int count);
void sim_kernel_pte_clear(unsigned long address);

#define SIM_TABLE_LEVEL(l)						\
static inline void set_##l(l##_t *p, l##_t v)				\
{									\
	WRITE_ONCE(p->l, v.l);						\
}									\
static inline int l##_none(l##_t v)					\
{									\
	return !l##_val(v);						\
}									\
static inline int l##_bad(l##_t v)					\
{									\
	return (l##_val(v) & ~_PFN_MASK) != _TABLE;			\
}									\
static inline void l##_clear(l##_t *p)					\
{									\
	set_##l(p, __##l(0));						\
}									\
static inline unsigned long l##_pfn(l##_t v)				\
{									\
	return (l##_val(v) & _PFN_MASK) >> PAGE_SHIFT;			\
}

SIM_TABLE_LEVEL(pmd)
SIM_TABLE_LEVEL(pud)

static inline int pud_present(pud_t v)
{
	return pud_val(v) & _PAGE_PRESENT;
}

/* As on x86: while a huge page is being split its entry lacks PRESENT, but counts as there. */
static inline int pmd_present(pmd_t v)
{
	return !!(pmd_val(v) & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE));
}

#define pmd_leaf pmd_leaf
static inline bool pmd_leaf(pmd_t v)
{
	return pmd_val(v) & _PAGE_PSE;
}

#define pmd_pfn pmd_pfn
#define pud_pfn pud_pfn

static inline unsigned long pmd_page_vaddr(pmd_t pmd)
{
	return (unsigned long)__va(pmd_val(pmd) & _PFN_MASK);
}

static inline pmd_t *pud_pgtable(pud_t pud)
{
	return __va(pud_val(pud) & _PFN_MASK);
}

#define pmd_page(pmd)	pfn_to_page(pmd_pfn(pmd))
#define pud_page(pud)	pfn_to_page(pud_pfn(pud))

/* The fourth level is the folded p4d of asm-generic/pgtable-nop4d.h. */
static inline void set_p4d(p4d_t *p, p4d_t v)
{
	WRITE_ONCE(p->pgd.pgd, p4d_val(v));
}

static inline int p4d_none(p4d_t v)
{
	return !p4d_val(v);
}

static inline int p4d_present(p4d_t v)
{
	return p4d_val(v) & _PAGE_PRESENT;
}

static inline int p4d_bad(p4d_t v)
{
	return (p4d_val(v) & ~_PFN_MASK) != _TABLE;
}

static inline void p4d_clear(p4d_t *p)
{
	set_p4d(p, __p4d(0));
}

static inline pud_t *p4d_pgtable(p4d_t v)
{
	return __va(p4d_val(v) & _PFN_MASK);
}

#define p4d_page(v)	pfn_to_page((p4d_val(v) & _PFN_MASK) >> PAGE_SHIFT)

#define SIM_PTE_TEST(name, bits)					\
static inline int pte_##name(pte_t pte)					\
{									\
	return !!(pte_val(pte) & (bits));				\
}

SIM_PTE_TEST(present, _PAGE_PRESENT | _PAGE_PROTNONE)
SIM_PTE_TEST(write, _PAGE_RW)
SIM_PTE_TEST(dirty, _PAGE_DIRTY)
SIM_PTE_TEST(young, _PAGE_ACCESSED)
SIM_PTE_TEST(special, _PAGE_SPECIAL)

static inline int pte_none(pte_t pte)
{
	return !pte_val(pte);
}

#define pte_accessible(mm, pte)	(pte_val(pte) & _PAGE_PRESENT)

static inline unsigned long pte_pfn(pte_t pte)
{
	return (pte_val(pte) & _PFN_MASK) >> PAGE_SHIFT;
}

#define pte_page(pte)	pfn_to_page(pte_pfn(pte))

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte(pfn << PAGE_SHIFT | pgprot_val(prot));
}

#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), prot)

#define SIM_PTE_SET(name, bits)						\
static inline pte_t pte_##name(pte_t pte)				\
{									\
	return __pte(pte_val(pte) | (bits));				\
}

#define SIM_PTE_CLEAR(name, bits)					\
static inline pte_t pte_##name(pte_t pte)				\
{									\
	return __pte(pte_val(pte) & ~(bits));				\
}

SIM_PTE_SET(mkwrite_novma, _PAGE_RW)
SIM_PTE_SET(mkdirty, _PAGE_DIRTY)
SIM_PTE_SET(mkyoung, _PAGE_ACCESSED)
SIM_PTE_SET(mkspecial, _PAGE_SPECIAL)
SIM_PTE_CLEAR(wrprotect, _PAGE_RW)
SIM_PTE_CLEAR(mkclean, _PAGE_DIRTY)
SIM_PTE_CLEAR(mkold, _PAGE_ACCESSED)

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	return __pte((pte_val(pte) & _CHG_MASK) | (pgprot_val(prot) & ~_CHG_MASK) |
		     (pgprot_val(prot) & _PAGE_ACCESSED));
}

static inline void set_pte(pte_t *p, pte_t pte)
{
	WRITE_ONCE(p->pte, pte_val(pte));
}

#define set_ptes set_ptes
static inline void set_ptes(struct mm_struct *mm, unsigned long address, pte_t *p, pte_t pte,
			    unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		set_pte(p + i, __pte(pte_val(pte) + i * PAGE_SIZE));
	if (address >= PAGE_OFFSET)
		sim_kernel_pte_set(address, pte_val(pte), count);
}

static inline void pte_clear(struct mm_struct *mm, unsigned long address, pte_t *p)
{
	set_pte(p, __pte(0));
	if (address >= PAGE_OFFSET)
		sim_kernel_pte_clear(address);
}

/* The helpers below are one instruction each: no core switch can come in the middle. */
#define __HAVE_ARCH_PTEP_GET_AND_CLEAR
static inline pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long address, pte_t *p)
{
	unsigned long old = 0;

	asm volatile("xchg %0, %1 # lock" : "+r" (old), "+m" (p->pte) : : "memory");
	if (address >= PAGE_OFFSET)
		sim_kernel_pte_clear(address);
	return __pte(old);
}

#define __HAVE_ARCH_PTEP_SET_WRPROTECT
static inline void ptep_set_wrprotect(struct mm_struct *mm, unsigned long address, pte_t *p)
{
	asm volatile("andq %1, %0 # lock" : "+m" (p->pte) : "er" ((long)~_PAGE_RW) : "memory");
}

#define __HAVE_ARCH_PTEP_TEST_AND_CLEAR_YOUNG
static inline int ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long address,
					    pte_t *p)
{
	bool young;

	asm volatile("btrq $5, %0 # lock" : "+m" (p->pte), "=@ccc" (young) : : "memory");
	return young;
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* Huge pages: a PMD with PSE has the bits of a PTE. */
static inline pte_t pmd_pte(pmd_t pmd)
{
	return __pte(pmd_val(pmd));
}

static inline pmd_t pte_pmd(pte_t pte)
{
	return __pmd(pte_val(pte));
}

#define SIM_PMD_TEST(name)						\
static inline int pmd_##name(pmd_t pmd)					\
{									\
	return pte_##name(pmd_pte(pmd));				\
}

#define SIM_PMD_CHANGE(name)						\
static inline pmd_t pmd_##name(pmd_t pmd)				\
{									\
	return pte_pmd(pte_##name(pmd_pte(pmd)));			\
}

#define pmd_write pmd_write
SIM_PMD_TEST(write)
#define pmd_dirty pmd_dirty
SIM_PMD_TEST(dirty)
#define pmd_young pmd_young
SIM_PMD_TEST(young)
SIM_PMD_CHANGE(mkwrite_novma)
SIM_PMD_CHANGE(mkdirty)
SIM_PMD_CHANGE(mkyoung)
SIM_PMD_CHANGE(wrprotect)
SIM_PMD_CHANGE(mkclean)
SIM_PMD_CHANGE(mkold)

static inline int pmd_trans_huge(pmd_t pmd)
{
	return pmd_leaf(pmd);
}

static inline pmd_t pmd_mkhuge(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) | _PAGE_PSE);
}

static inline pmd_t pmd_mkinvalid(pmd_t pmd)
{
	return __pmd(pmd_val(pmd) & ~(_PAGE_PRESENT | _PAGE_PROTNONE));
}

static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	return pte_pmd(pfn_pte(pfn, prot));
}

#define mk_pmd(page, prot) pfn_pmd(page_to_pfn(page), prot)

static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t prot)
{
	return pte_pmd(pte_modify(pmd_pte(pmd), prot));
}

static inline void set_pmd_at(struct mm_struct *mm, unsigned long address, pmd_t *p, pmd_t pmd)
{
	set_pmd(p, pmd);
}

#define pmdp_establish pmdp_establish
static inline pmd_t pmdp_establish(struct vm_area_struct *vma, unsigned long address, pmd_t *p,
				   pmd_t pmd)
{
	unsigned long old = pmd_val(pmd);

	asm volatile("xchg %0, %1 # lock" : "+r" (old), "+m" (p->pmd) : : "memory");
	return __pmd(old);
}

#define __HAVE_ARCH_PMDP_HUGE_GET_AND_CLEAR
static inline pmd_t pmdp_huge_get_and_clear(struct mm_struct *mm, unsigned long address, pmd_t *p)
{
	return pmdp_establish(NULL, address, p, __pmd(0));
}

#define __HAVE_ARCH_PMDP_SET_WRPROTECT
static inline void pmdp_set_wrprotect(struct mm_struct *mm, unsigned long address, pmd_t *p)
{
	ptep_set_wrprotect(mm, address, (pte_t *)p);
}

#define __HAVE_ARCH_PMDP_TEST_AND_CLEAR_YOUNG
static inline int pmdp_test_and_clear_young(struct vm_area_struct *vma, unsigned long address,
					    pmd_t *p)
{
	return ptep_test_and_clear_young(vma, address, (pte_t *)p);
}

#define __HAVE_ARCH_FLUSH_PMD_TLB_RANGE
#define flush_pmd_tlb_range(vma, start, end) \
	flush_tlb_mm_range((vma)->vm_mm, start, end, PMD_SHIFT, false)
#define update_mmu_cache_pmd(vma, address, p)		do { } while (0)
#endif

#define flush_tlb_fix_spurious_fault(vma, address, p)	do { } while (0)
#define update_mmu_cache(vma, address, p)		do { } while (0)
#define update_mmu_cache_range(vmf, vma, address, p, n)	do { } while (0)

/* Swap and migration entries: type in bits 1..5, offset from bit 12, no present bit. */
#define __swp_type(x)		(((x).val >> 1) & 0x1f)
#define __swp_offset(x)		((x).val >> 12)
#define __swp_entry(type, offset) \
	((swp_entry_t) { ((unsigned long)(type) << 1) | ((unsigned long)(offset) << 12) })
#define __pte_to_swp_entry(pte)	((swp_entry_t) { pte_val(pte) & ~_PAGE_SWP_EXCL })
#define __swp_entry_to_pte(x)	__pte((x).val)

static inline int pte_swp_exclusive(pte_t pte)
{
	return !!(pte_val(pte) & _PAGE_SWP_EXCL);
}

SIM_PTE_SET(swp_mkexclusive, _PAGE_SWP_EXCL)
SIM_PTE_CLEAR(swp_clear_exclusive, _PAGE_SWP_EXCL)
#endif
#endif
