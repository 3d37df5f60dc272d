// SPDX-License-Identifier: GPL-2.0
/*
 * Ends of the kernel on purpose, so that tests see how the simulator reports each of them:
 * doorbell.selftest=KIND on the command line, doorbell.selftest_core=N for the core (default 0).
 * Without the parameter nothing is started. What the kinds do is listed in docs/linux.md.
 */
#include <linux/atomic.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/preempt.h>
#include <linux/reboot.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "workloads.h"

/* From the workloads' start to the end: their first frames and I/Os are under way by then. */
#define AFTER_US 500

/* Neither RAM nor a mapping, wherever the host puts its own. */
#define WILD_ADDRESS 0xdead000UL

static char kind_wanted[16];
static unsigned int core_wanted;

static int __init parse_kind(char *text)
{
	strscpy(kind_wanted, text, sizeof(kind_wanted));
	return 1;
}
__setup("doorbell.selftest=", parse_kind);

static int __init parse_core(char *text)
{
	return !kstrtouint(text, 0, &core_wanted);
}
__setup("doorbell.selftest_core=", parse_core);

static void st_panic(void)
{
	panic("selftest");
}

static void st_bug(void)
{
	BUG();
}

static void st_warn(void)
{
	WARN(1, "selftest");
}

static void st_oops(void)
{
	WRITE_ONCE(*(unsigned long *)WILD_ADDRESS, 1);
}

/* What kernel_halt() ends with, without the shutdown of devices before. */
static void st_halt(void)
{
	machine_halt();
}

static void mask_interfaces(void)
{
	struct pci_dev *pdev = NULL;
	unsigned int i;
	int irq;

	for_each_pci_dev(pdev) {
		if (pdev->class >> 16 != PCI_BASE_CLASS_NETWORK)
			continue;
		for (i = 0; pdev->msix_enabled; i++) {
			irq = pci_irq_vector(pdev, i);
			if (irq < 0)
				break;
			disable_irq_nosync(irq);
		}
	}
}

/*
 * Receive interrupts never come again. For block devices that would not do: the nvme driver looks
 * into the queue itself when an I/O is overdue. Their requests stay in the block layer instead.
 */
static void st_hang(void)
{
	struct class_dev_iter iter;
	struct device *dev;

	mask_interfaces();
	class_dev_iter_init(&iter, &block_class, NULL, NULL);
	while ((dev = class_dev_iter_next(&iter)))
		blk_mq_quiesce_queue_nowait(dev_to_disk(dev)->queue);
	class_dev_iter_exit(&iter);
}

/* A loop that does not tell that it waits, which is the longest way for the simulator. */
static void loop_forever(void)
{
	static unsigned long turns;

	for (;;)
		WRITE_ONCE(turns, READ_ONCE(turns) + 1);
}

static void st_livelock(void)
{
	local_irq_disable();
	loop_forever();
}

/* The same with interrupts: the core takes its ticks, but no other task ever gets it. */
static void st_hog(void)
{
	preempt_disable();
	loop_forever();
}

static DEFINE_SPINLOCK(first_lock);
static DEFINE_SPINLOCK(second_lock);
static atomic_t taken = ATOMIC_INIT(0);

/* Neither asks for the other's lock before both have their own. */
static void take_both(spinlock_t *mine, spinlock_t *other)
{
	spin_lock(mine);
	atomic_inc(&taken);
	while (atomic_read(&taken) < 2)
		cpu_relax();
	spin_lock(other);
}

static int take_second_first(void *unused)
{
	kw_wait_start();
	take_both(&second_lock, &first_lock);
	return 0;
}

/* Two locks in opposite order on two cores; with a single core, one lock twice. */
static void st_deadlock(void)
{
	if (num_online_cpus() > 1) {
		take_both(&first_lock, &second_lock);
	} else {
		spin_lock(&first_lock);
		spin_lock(&first_lock);
	}
}

static const struct {
	const char *name;
	void (*fn)(void);
} kinds[] = {
	{ "panic", st_panic },       { "bug", st_bug },           { "warn", st_warn },
	{ "oops", st_oops },         { "halt", st_halt },         { "hang", st_hang },
	{ "livelock", st_livelock }, { "hog", st_hog },           { "deadlock", st_deadlock },
};

static int selftest_thread(void *fn)
{
	kw_wait_start();
	usleep_range(AFTER_US, AFTER_US);
	((void (*)(void))fn)();
	return 0;
}

void kw_selftest_start(void)
{
	unsigned int i;

	if (!kind_wanted[0])
		return;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, kind_wanted))
			break;
	if (i == ARRAY_SIZE(kinds))
		kw_fail("doorbell.selftest=%s: no such kind", kind_wanted);
	if (kinds[i].fn == st_deadlock && num_online_cpus() > 1)
		kw_thread(take_second_first, NULL, "selftest/2",
			  (core_wanted + 1) % num_online_cpus());
	kw_thread(selftest_thread, kinds[i].fn, "selftest", core_wanted);
}
