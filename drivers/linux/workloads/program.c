// SPDX-License-Identifier: GPL-2.0
/* What all programs ([[mm]] op = "program") need. */
#include <linux/mman.h>
#include <linux/slab.h>
#include "program.h"

static const struct kw_program *const programs[PLAT_MM_PROGRAMS] = {
	[PLAT_MM_PROGRAM_ECHO] = &kw_program_echo,
	[PLAT_MM_PROGRAM_FUTEX] = &kw_program_futex,
	[PLAT_MM_PROGRAM_URING] = &kw_program_uring,
	[PLAT_MM_PROGRAM_FILE] = &kw_program_file,
	[PLAT_MM_PROGRAM_FORK] = &kw_program_fork,
	[PLAT_MM_PROGRAM_OWN] = &kw_program_own,
};

static const struct kw_program *program_of(const struct kw_mm *mm)
{
	return programs[mm->plat->program];
}

long kw_checked(const struct kw_mm *mm, const char *call, long result)
{
	if (IS_ERR_VALUE(result))
		kw_fail("mm %u: %s: error %ld", mm->plat->id, call, result);
	return result;
}

unsigned long kw_memory(const struct kw_mm *mm, unsigned long bytes)
{
	return kw_checked(mm, "mmap", user_call6(mmap, 0, bytes, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

unsigned long kw_argument(struct kw_lane *lane, unsigned int at, const void *data,
			  unsigned int bytes)
{
	if (!user_put(lane->argument + at, data, bytes))
		kw_fail("mm %u: no memory for arguments", lane->mm->plat->id);
	return lane->argument + at;
}

/* The word at `i` of one value: no two of a test are alike. */
static u64 word(u64 value, unsigned int i)
{
	return (value << 16 | i) + 1;
}

void kw_words_put(unsigned long address, unsigned int bytes, u64 value)
{
	unsigned int i;

	for (i = 0; i < bytes / sizeof(u64); i++)
		user_store(address + i * sizeof(u64), word(value, i));
}

unsigned int kw_words_wrong(unsigned long address, unsigned int bytes, u64 value)
{
	unsigned int i, wrong = 0;
	u64 found;

	for (i = 0; i < bytes / sizeof(u64); i++)
		wrong += !user_load(address + i * sizeof(u64), &found) || found != word(value, i);
	return wrong;
}

void kw_mm_program_prepare(struct kw_mm *mm)
{
	if (mm->plat->devfn != PLAT_NO_DEVICE)
		mm->bdev = kw_io_open_disk(mm->plat->devfn, "mm", mm->plat->id);
	if (program_of(mm)->prepare)
		program_of(mm)->prepare(mm);
}

void kw_mm_program_begin(struct kw_mm *mm)
{
	unsigned int i;

	for (i = 0; i < mm->lanes; i++)
		mm->lane[i].argument = kw_memory(mm, PAGE_SIZE);
	if (program_of(mm)->begin)
		program_of(mm)->begin(mm);
}

void kw_mm_program_worker(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	u64 number = 0;

	if (program_of(lane->mm)->enter)
		program_of(lane->mm)->enter(lane);
	while (kw_mm_next(lane)) {
		int status;

		plat_mm_begin(plat->id, lane->index);
		status = program_of(lane->mm)->operate(lane, number++);
		plat_mm_done(plat->id, lane->index, PLAT_MM_OPERATION, status);
		user_step();
	}
}

bool kw_mm_program_peer(struct kw_lane *lane)
{
	const struct kw_program *program = program_of(lane->mm);

	if (!program->serve || lane->index != lane->mm->plat->workers)
		return false;
	program->serve(lane);
	return true;
}
