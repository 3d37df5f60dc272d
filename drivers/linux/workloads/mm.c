// SPDX-License-Identifier: GPL-2.0
/* Processes of [[mm]] tables: their threads, and the operations that do one thing again and
 * again. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "mm.h"

#define RW (PROT_READ | PROT_WRITE)
#define HUGE_BYTES PMD_SIZE
/* Peers that sleep look at the memory so often. */
#define IDLE_US 100
/* Threads of the process, its memory and RCU's share of both are gone by then. */
#define GONE_MS 50

u32 kw_mm_random(struct kw_lane *lane, u32 below)
{
	/* xorshift64*, of which the upper half is good. */
	lane->random ^= lane->random >> 12;
	lane->random ^= lane->random << 25;
	lane->random ^= lane->random >> 27;
	return (u32)((lane->random * 0x2545f4914f6cdd1dULL) >> 32) % below;
}

unsigned long kw_mm_map(const struct plat_mm *plat, unsigned long bytes)
{
	unsigned long room = plat->huge ? ALIGN(bytes, HUGE_BYTES) + HUGE_BYTES : bytes;
	long address = user_call6(mmap, 0, room, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (IS_ERR_VALUE(address))
		kw_fail("mm %u: mmap of %lu bytes: error %ld", plat->id, bytes, address);
	if (!plat->huge)
		return address;
	address = ALIGN(address, HUGE_BYTES);
	if (user_call3(madvise, address, ALIGN(bytes, HUGE_BYTES), MADV_HUGEPAGE))
		kw_fail("mm %u: no huge pages on this host", plat->id);
	return address;
}

void kw_mm_touch(struct kw_lane *lane, unsigned long base, unsigned int pages, bool write)
{
	bool random = lane->mm->plat->pattern == PLAT_MM_RANDOM_PAGES;
	unsigned int i;
	u64 value;

	for (i = 0; i < pages; i++) {
		unsigned int page = random ? kw_mm_random(lane, pages) : i;

		if (write)
			user_store(base + page * PAGE_SIZE, i);
		else
			user_load(base + page * PAGE_SIZE, &value);
	}
}

static void sleep_until(u64 ns)
{
	ktime_t due = ns_to_ktime(ns);
	unsigned long category = kw_syscall_enter();

	while (ktime_get_ns() < ns) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_hrtimeout_range(&due, 0, HRTIMER_MODE_ABS);
	}
	kw_syscall_leave(category);
}

bool kw_mm_next(struct kw_lane *lane)
{
	struct kw_mm *mm = lane->mm;

	if (mm->plat->count && atomic64_dec_return(&mm->left) < 0)
		return false;
	if (mm->plat->period_ps) {
		sleep_until(mm->start_ns + DIV_ROUND_UP_ULL(lane->due_ps, 1000));
		lane->due_ps += mm->plat->period_ps;
	}
	return true;
}

/* ---- operations ---- */

static int do_munmap_pages(struct kw_lane *lane, unsigned long bytes)
{
	return user_call2(munmap, lane->base, bytes);
}

static void map_again(struct kw_lane *lane, unsigned long bytes)
{
	user_call6(mmap, lane->base, bytes, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (lane->mm->plat->huge)
		user_call3(madvise, lane->base, ALIGN(bytes, HUGE_BYTES), MADV_HUGEPAGE);
}

static int do_protect(struct kw_lane *lane, unsigned long bytes)
{
	return user_call3(mprotect, lane->base, bytes, PROT_READ);
}

static void unprotect(struct kw_lane *lane, unsigned long bytes)
{
	user_call3(mprotect, lane->base, bytes, RW);
}

static int do_dontneed(struct kw_lane *lane, unsigned long bytes)
{
	return user_call3(madvise, lane->base, bytes, MADV_DONTNEED);
}

static int child(void *arg)
{
	struct kw_lane *lane = arg;

	plat_category(PLAT_CAT_APP);
	kw_mm_touch(lane, lane->base, lane->mm->plat->pages, true);
	return 0;
}

static int do_fork(struct kw_lane *lane, unsigned long bytes)
{
	pid_t pid = user_clone(child, lane, SIGCHLD);

	return pid < 0 ? pid : 0;
}

static void wait_for_child(struct kw_lane *lane, unsigned long bytes)
{
	user_call4(wait4, -1, 0, 0, 0);
}

static int do_touch(struct kw_lane *lane, unsigned long bytes)
{
	kw_mm_touch(lane, lane->base, lane->mm->plat->pages, false);
	return 0;
}

static const struct {
	int (*fn)(struct kw_lane *lane, unsigned long bytes);
	void (*restore)(struct kw_lane *lane, unsigned long bytes);
} ops[] = {
	[PLAT_MM_MUNMAP] = { do_munmap_pages, map_again },
	[PLAT_MM_MPROTECT] = { do_protect, unprotect },
	[PLAT_MM_DONTNEED] = { do_dontneed, NULL },
	[PLAT_MM_FORK] = { do_fork, wait_for_child },
	[PLAT_MM_TOUCH] = { do_touch, NULL },
};

static void work(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	unsigned long bytes = plat->pages * PAGE_SIZE;
	int status;

	while (kw_mm_next(lane)) {
		if (plat->op != PLAT_MM_TOUCH)
			kw_mm_touch(lane, lane->base, plat->pages, true);
		plat_mm_begin(plat->id, lane->index);
		status = ops[plat->op].fn(lane, bytes);
		plat_mm_done(plat->id, lane->index, PLAT_MM_OPERATION, status);
		if (ops[plat->op].restore)
			ops[plat->op].restore(lane, bytes);
		user_step();
	}
}

/* ---- peers ---- */

static void be_busy(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;

	while (!READ_ONCE(lane->mm->stop)) {
		plat_mm_begin(plat->id, lane->index);
		kw_mm_touch(lane,
			    plat->peer_shares ? lane->mm->lane[0].base : lane->mm->peer_base,
			    plat->peer_pages, false);
		plat_mm_done(plat->id, lane->index, PLAT_MM_REQUEST, 0);
		user_step();
	}
}

static void be_idle(struct kw_lane *lane)
{
	while (!READ_ONCE(lane->mm->stop)) {
		kw_mm_touch(lane, lane->mm->peer_base, 1, false);
		sleep_until(ktime_get_ns() + IDLE_US * NSEC_PER_USEC);
	}
}

/* As a program does that is for ever within a driver's critical section. */
static void be_masked(struct kw_lane *lane)
{
	while (!READ_ONCE(lane->mm->stop)) {
		kw_mm_touch(lane, lane->mm->peer_base, 1, false);
		local_irq_disable();
		plat_delay_ns(lane->mm->plat->irq_off_ns);
		local_irq_enable();
		plat_mm_begin(lane->mm->plat->id, lane->index);
		user_step();
	}
}

static void (*const peers[])(struct kw_lane *lane) = {
	[PLAT_MM_PEERS_BUSY] = be_busy,
	[PLAT_MM_PEERS_IDLE] = be_idle,
	[PLAT_MM_PEERS_IRQ_OFF] = be_masked,
};

/* ---- threads ---- */

static void lane_life(struct kw_lane *lane)
{
	struct kw_mm *mm = lane->mm;
	u64 start_ns;

	plat_category(PLAT_CAT_APP);
	set_cpus_allowed_ptr(current, cpumask_of(lane->core));
	if (lane->index < mm->plat->workers) {
		lane->base = kw_mm_map(mm->plat, mm->plat->pages * PAGE_SIZE);
		kw_mm_touch(lane, lane->base, mm->plat->pages, true);
	}
	start_ns = kw_wait_start();
	mm->start_ns = start_ns;
	if (mm->plat->op == PLAT_MM_DIRECT)
		(lane->index ? kw_mm_direct_peer : kw_mm_direct_worker)(lane);
	else if (mm->plat->op == PLAT_MM_PROGRAM && lane->index < mm->plat->workers)
		kw_mm_program_worker(lane);
	else if (mm->plat->op == PLAT_MM_PROGRAM && kw_mm_program_peer(lane))
		return;
	else if (lane->index >= mm->plat->workers)
		peers[mm->plat->peer_state](lane);
	else if (mm->plat->op == PLAT_MM_RECEIVE)
		kw_mm_receive_worker(lane);
	else if (mm->plat->op == PLAT_MM_RANDOM)
		kw_mm_random_worker(lane);
	else
		work(lane);
}

static int lane_thread(void *arg)
{
	struct kw_lane *lane = arg;

	lane_life(lane);
	atomic_dec(&lane->mm->running);
	return 0;
}

static int leader(void *arg)
{
	struct kw_mm *mm = arg;
	unsigned int i;
	int error = user_become();

	if (error)
		kw_fail("mm %u: no address space: error %d", mm->plat->id, error);
	mm->peer_base = kw_mm_map(mm->plat, mm->plat->peer_pages * PAGE_SIZE);
	kw_mm_touch(&mm->lane[0], mm->peer_base, mm->plat->peer_pages, true);
	if (mm->plat->op == PLAT_MM_PROGRAM)
		kw_mm_program_begin(mm);
	for (i = 1; i < mm->lanes; i++) {
		error = user_clone(lane_thread, &mm->lane[i], USER_THREAD);
		if (error < 0)
			kw_fail("mm %u: thread %u: error %d", mm->plat->id, i, error);
	}
	lane_life(&mm->lane[0]);
	WRITE_ONCE(mm->stop, true);
	while (atomic_read(&mm->running))
		usleep_range(IDLE_US, IDLE_US);
	complete(&mm->ended);
	return 0;
}

static int watch_end(void *arg)
{
	struct kw_mm *mm = arg;

	mm->pages_before = kw_mm_pages();
	kw_wait_start();
	wait_for_completion(&mm->ended);
	if (mm->plat->op == PLAT_MM_RANDOM)
		kw_mm_tell_events();
	msleep(GONE_MS);
	plat_mm_ended(mm->plat->id, mm->pages_before - kw_mm_pages());
	return 0;
}

static struct kw_mm *create(const struct plat_mm *plat)
{
	struct kw_mm *mm = kzalloc(sizeof(*mm), GFP_KERNEL);
	unsigned int i;

	if (!mm || plat->workers + plat->peers > KW_MM_LANES || !plat->workers)
		kw_fail("mm %u: impossible number of threads", plat->id);
	mm->plat = plat;
	mm->lanes = plat->workers + plat->peers;
	init_completion(&mm->ended);
	atomic_set(&mm->running, mm->lanes - 1);
	atomic64_set(&mm->left, plat->count);
	for (i = 0; i < mm->lanes; i++) {
		struct kw_lane *lane = &mm->lane[i];

		lane->mm = mm;
		lane->index = i;
		lane->core = i < plat->workers ? plat->worker[i] : plat->peer[i - plat->workers];
		lane->random = (plat->seed + 1) * 0x9e3779b97f4a7c15ULL + i;
		if (plat->op == PLAT_MM_RANDOM && i < plat->workers)
			kw_mm_random_prepare(lane);
	}
	if (plat->op == PLAT_MM_DIRECT)
		kw_mm_direct_prepare(mm);
	if (plat->op == PLAT_MM_PROGRAM)
		kw_mm_program_prepare(mm);
	if (plat->op == PLAT_MM_RECEIVE)
		kw_mm_receive_prepare(mm);
	return mm;
}

void kw_mm_start(void)
{
	unsigned int i;
	char name[TASK_COMM_LEN];

	for (i = 0; i < plat_mms(); i++) {
		struct kw_mm *mm = create(plat_mm(i));
		pid_t pid;

		if (mm->plat->count) {
			snprintf(name, sizeof(name), "mm/%u", i);
			kw_thread(watch_end, mm, name, 0);
		}
		kw_expect(mm->lanes);
		pid = user_mode_thread(leader, mm, SIGCHLD);
		if (pid < 0)
			kw_fail("mm %u: error %d", i, pid);
	}
}
