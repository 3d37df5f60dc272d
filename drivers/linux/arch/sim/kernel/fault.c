// SPDX-License-Identifier: GPL-2.0
/* A page fault of user memory: the part of x86's do_user_addr_fault() that applies. */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <asm/plat.h>
#include "../mm/tlb.h"

static bool is_allowed(struct vm_area_struct *vma, bool write)
{
	return vma->vm_flags & (write ? VM_WRITE : VM_READ);
}

/* The quick way, under the area's own lock. Returns false if it has to be done under mmap_lock. */
static bool fault_under_vma_lock(struct mm_struct *mm, unsigned long address, bool write,
				 unsigned int *flags, vm_fault_t *fault)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);

	if (!vma)
		return false;
	if (!is_allowed(vma, write)) {
		vma_end_read(vma);
		*fault = VM_FAULT_SIGSEGV;
		return true;
	}
	*fault = handle_mm_fault(vma, address, *flags | FAULT_FLAG_VMA_LOCK, NULL);
	if (!(*fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	if (!(*fault & VM_FAULT_RETRY))
		return true;
	if (*fault & VM_FAULT_MAJOR)
		*flags |= FAULT_FLAG_TRIED;
	if (fault_signal_pending(*fault, NULL)) {
		*fault = VM_FAULT_SIGBUS;
		return true;
	}
	return false;
}

static vm_fault_t fault_under_mmap_lock(struct mm_struct *mm, unsigned long address, bool write,
					unsigned int flags)
{
	struct vm_area_struct *vma;
	vm_fault_t fault;

	for (;;) {
		vma = lock_mm_and_find_vma(mm, address, NULL);
		if (!vma)
			return VM_FAULT_SIGSEGV;
		if (!is_allowed(vma, write)) {
			mmap_read_unlock(mm);
			return VM_FAULT_SIGSEGV;
		}
		fault = handle_mm_fault(vma, address, flags, NULL);
		if (fault_signal_pending(fault, NULL))
			return VM_FAULT_SIGBUS;
		if (fault & VM_FAULT_COMPLETED)
			return fault;
		if (!(fault & VM_FAULT_RETRY))
			break;
		flags |= FAULT_FLAG_TRIED;
	}
	mmap_read_unlock(mm);
	return fault;
}

vm_fault_t sim_fault(struct mm_struct *mm, unsigned long address, bool write)
{
	unsigned int flags = FAULT_FLAG_DEFAULT | FAULT_FLAG_USER | (write ? FAULT_FLAG_WRITE : 0);
	vm_fault_t fault;
	unsigned long category = plat_cpu.category;

	/* What a program runs into is the kernel's work; within a system call it has its category. */
	if (category == PLAT_CAT_APP)
		plat_category(PLAT_CAT_STACK);
	plat_charge(PLAT_COST_PAGE_FAULT, 1);
	if (!fault_under_vma_lock(mm, address, write, &flags, &fault))
		fault = fault_under_mmap_lock(mm, address, write, flags);
	plat_category(category);
	return fault;
}
