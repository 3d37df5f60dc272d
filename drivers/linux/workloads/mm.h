/* SPDX-License-Identifier: GPL-2.0 */
/* Processes that exercise memory management ([[mm]]): user tasks (asm/user_task.h), one process a
 * table, its working threads and peers as lanes. Not modelled: programs' own code and stacks. */
#ifndef DOORBELL_WORKLOADS_MM_H
#define DOORBELL_WORKLOADS_MM_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <asm/user_task.h>
#include "workloads.h"

#define KW_MM_LANES	128

struct block_device;
struct direct;
struct receive;
struct kw_mm;

struct kw_lane {
	struct kw_mm *mm;
	unsigned int index;		/* workers first, then peers */
	unsigned int core;
	unsigned long base;		/* a worker's own pages */
	u64 random;
	u64 due_ps;			/* of the next operation, from the start, with a rate */
	void *shadow;			/* mm_random.c, a program's own */
	unsigned long argument;		/* a program's page for what calls take and give */
};

struct kw_mm {
	const struct plat_mm *plat;
	struct kw_lane lane[KW_MM_LANES];
	unsigned int lanes;
	unsigned long peer_base;
	u64 start_ns;
	atomic_t running;		/* lanes but the first */
	atomic64_t left;		/* operations, if they are counted */
	bool stop;
	struct completion ended;
	long pages_before;
	void *program;			/* a program's own, of all its threads */
	struct block_device *bdev;	/* a program's disk */
	struct direct *direct;		/* mm_direct.c */
	struct receive *receive;	/* mm_receive.c */
};

/* mm.c */
u32 kw_mm_random(struct kw_lane *lane, u32 below);
unsigned long kw_mm_map(const struct plat_mm *plat, unsigned long bytes);
/* One more operation is to be done, after its time has come. */
bool kw_mm_next(struct kw_lane *lane);
void kw_mm_touch(struct kw_lane *lane, unsigned long base, unsigned int pages, bool write);

/* mm_random.c */
void kw_mm_random_prepare(struct kw_lane *lane);
void kw_mm_random_worker(struct kw_lane *lane);

/* mm_direct.c */
void kw_mm_direct_prepare(struct kw_mm *mm);
void kw_mm_direct_worker(struct kw_lane *lane);
void kw_mm_direct_peer(struct kw_lane *lane);

/* mm_receive.c */
void kw_mm_receive_prepare(struct kw_mm *mm);
void kw_mm_receive_worker(struct kw_lane *lane);

/* mm_direct.c: a special file of the disk, opened with these flags beside O_RDWR. */
int kw_mm_open_disk(const struct plat_mm *plat, struct block_device *bdev, int flags);

/* program.c */
void kw_mm_program_prepare(struct kw_mm *mm);
void kw_mm_program_begin(struct kw_mm *mm);	/* by the leader, before there are threads */
void kw_mm_program_worker(struct kw_lane *lane);
/* False: the peer has nothing to do in this program. */
bool kw_mm_program_peer(struct kw_lane *lane);

/* mm_pages.c: pages the kernel can account for. */
long kw_mm_pages(void);
/* Counters of the kernel's that show what a mix at random has met, on the console. */
void kw_mm_tell_events(void);

#endif
