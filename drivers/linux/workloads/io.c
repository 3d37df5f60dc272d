// SPDX-License-Identifier: GPL-2.0
/* Block I/O jobs: devices found by their PCI device, job memory, and what the engines share. */
#include <linux/blkdev.h>
#include <linux/nvme_ioctl.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "io.h"

u64 kw_io_due_ns(const struct kw_job *job)
{
	return job->start_ns + DIV_ROUND_UP_ULL(job->issued * job->plat->period_ps, 1000);
}

bool kw_io_due(const struct kw_job *job)
{
	return !job->plat->period_ps || ktime_get_ns() >= kw_io_due_ns(job);
}

void kw_io_sleep(struct kw_job *job, bool or_done)
{
	ktime_t due;

	for (;;) {
		/* Before the conditions: a completion in between then makes us runnable again. */
		set_current_state(TASK_INTERRUPTIBLE);
		if (or_done && !llist_empty(&job->done))
			break;
		if (list_empty(&job->idle) || job->blocked) {
			schedule();
			continue;
		}
		if (kw_io_due(job))
			break;
		due = ns_to_ktime(kw_io_due_ns(job));
		schedule_hrtimeout_range(&due, 0, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
}

bool kw_io_next(struct kw_slot *slot)
{
	const struct plat_io_job *plat = slot->job->plat;

	slot->job->blocked = !plat_io_next(plat->id, &slot->io);
	if (slot->job->blocked)
		return false;
	if (slot->io.what == PLAT_IO_WRITES)
		plat_io_pattern(plat->id, slot->io.offset, page_address(slot->pages),
				slot->io.bytes, 1);
	if (plat->work_ns)
		plat_delay_ns(plat->work_ns);
	plat_io_submitted(plat->id, slot->index, slot->io.offset);
	slot->job->issued++;
	return true;
}

struct bio *kw_io_bio(struct kw_slot *slot, blk_opf_t flags)
{
	struct bio *bio = &slot->bio;

	/* As fsync() of a block device does (blkdev_issue_flush()). */
	if (slot->io.what == PLAT_IO_FLUSHES) {
		bio_reset(bio, slot->job->bdev, REQ_OP_WRITE | REQ_PREFLUSH);
		return bio;
	}
	/* The flags of an O_DIRECT write (block/fops.c, dio_bio_write_op). */
	flags |= slot->io.what == PLAT_IO_WRITES ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE : REQ_OP_READ;
	if (slot->io.what == PLAT_IO_WRITES && slot->job->plat->fua)
		flags |= REQ_FUA;
	bio_reset(bio, slot->job->bdev, flags);
	bio->bi_iter.bi_sector = slot->io.offset >> SECTOR_SHIFT;
	__bio_add_page(bio, slot->pages, slot->io.bytes, 0);
	return bio;
}

void kw_io_completed(struct kw_slot *slot)
{
	const struct plat_io_job *plat = slot->job->plat;
	int status = blk_status_to_errno(slot->bio.bi_status);
	unsigned int bad = 0;

	slot->job->blocked = false;
	if (plat->verify && slot->io.what == PLAT_IO_READS && !status)
		bad = plat_io_pattern(plat->id, slot->io.offset, page_address(slot->pages),
				      slot->io.bytes, 0);
	plat_io_completed(plat->id, slot->index, status, bad);
}

struct wanted {
	const struct device *pci;
	unsigned int nsid;		/* 0: any */
};

/* Disks appear in no certain order, and their names follow it: the driver is asked. */
static bool is_namespace(struct block_device *bdev, unsigned int nsid)
{
	const struct block_device_operations *ops = bdev->bd_disk->fops;

	return !nsid || (ops->ioctl &&
			 ops->ioctl(bdev, BLK_OPEN_READ, NVME_IOCTL_ID, 0) == (int)nsid);
}

/* A whole, visible disk below the PCI device. */
static int is_disk_of(struct device *dev, const void *data)
{
	const struct wanted *wanted = data;
	const struct device *up;

	if (bdev_is_partition(dev_to_bdev(dev)) || (dev_to_disk(dev)->flags & GENHD_FL_HIDDEN) ||
	    !get_capacity(dev_to_disk(dev)))
		return 0;
	for (up = dev->parent; up; up = up->parent) {
		if (up == wanted->pci)
			return is_namespace(dev_to_bdev(dev), wanted->nsid);
	}
	return 0;
}

static struct file *open_namespace(struct pci_dev *pdev, unsigned int nsid)
{
	struct wanted wanted = { .pci = &pdev->dev, .nsid = nsid };
	struct device *disk = class_find_device(&block_class, NULL, &wanted, is_disk_of);
	struct file *file;

	if (!disk)
		return ERR_PTR(-ENODEV);
	file = bdev_file_open_by_dev(disk->devt, BLK_OPEN_READ | BLK_OPEN_WRITE, NULL, NULL);
	put_device(disk);
	return file;
}

struct file *kw_disk_open(struct pci_dev *pdev)
{
	return open_namespace(pdev, 0);
}

/* The disk appears some time after the driver's probe. It stays open for the rest of the run. */
static struct block_device *wait_for_disk(unsigned int devfn, unsigned int nsid, const char *who,
					  unsigned int id)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, devfn);
	struct file *file = ERR_PTR(-ENODEV);
	unsigned int ms;

	if (!pdev)
		kw_fail("%s %u: no PCI device at devfn %#x", who, id, devfn);
	for (ms = 0; ms < KW_WAIT_MS; ms += KW_POLL_MS) {
		file = open_namespace(pdev, nsid);
		if (!IS_ERR(file)) {
			pci_dev_put(pdev);
			kw_disk_no_scheduler(file_bdev(file));
			return file_bdev(file);
		}
		msleep(KW_POLL_MS);
	}
	kw_fail("%s %u: no disk at %s: error %ld", who, id, pci_name(pdev), PTR_ERR(file));
}

struct block_device *kw_io_open_disk(unsigned int devfn, const char *who, unsigned int id)
{
	return wait_for_disk(devfn, 0, who, id);
}

void kw_disk_no_scheduler(struct block_device *bdev)
{
	char path[64];
	long err;

	if (!bdev_get_queue(bdev)->elevator)
		return;
	snprintf(path, sizeof(path), "block/%s/queue/scheduler", bdev->bd_disk->disk_name);
	err = kw_write_sysfs(path, "none");
	if (err)
		kw_fail("%s: error %ld", path, err);
}

static void check(const struct plat_io_job *plat, struct block_device *bdev)
{
	unsigned int block = bdev_logical_block_size(bdev);

	if (!plat->depth || !plat->bytes || plat->bytes % block)
		kw_fail("io job %u: %u bytes at depth %u on a disk of %u-byte blocks", plat->id,
			plat->bytes, plat->depth, block);
	if ((plat->engine == PLAT_IO_POLLED || plat->engine == PLAT_IO_HYBRID) &&
	    !(bdev_get_queue(bdev)->limits.features & BLK_FEAT_POLL))
		kw_fail("io job %u: the engine polls but the disk has no poll queues", plat->id);
}

static bool is_program(const struct plat_io_job *plat)
{
	return plat->engine == PLAT_IO_AIO || plat->engine == PLAT_IO_PSYNC;
}

static void create_slot(struct kw_job *job, unsigned int index)
{
	struct kw_slot *slot = &job->slots[index];

	slot->job = job;
	slot->index = index;
	list_add_tail(&slot->link, &job->idle);
	/* A program has its buffers in its own memory. */
	if (is_program(job->plat))
		return;
	slot->pages = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN,
				  get_order(job->plat->bytes));
	if (!slot->pages)
		kw_fail("io job %u: no memory for %u buffers of %u bytes", job->plat->id,
			job->plat->depth, job->plat->bytes);
	bio_init(&slot->bio, job->bdev, &slot->vec, 1, REQ_OP_READ);
}

static struct kw_job *create_job(const struct plat_io_job *plat)
{
	struct block_device *bdev = wait_for_disk(plat->devfn, plat->nsid, "io job",
						  plat->id);
	struct kw_job *job;
	unsigned int i;

	check(plat, bdev);
	job = kvzalloc(struct_size(job, slots, plat->depth), GFP_KERNEL);
	if (!job)
		kw_fail("io job %u: no memory for depth %u", plat->id, plat->depth);
	job->plat = plat;
	job->bdev = bdev;
	INIT_LIST_HEAD(&job->idle);
	INIT_LIST_HEAD(&job->ready);
	INIT_LIST_HEAD(&job->busy);
	init_llist_head(&job->done);
	for (i = 0; i < plat->depth; i++)
		create_slot(job, i);
	return job;
}

void kw_io_start(void)
{
	static int (*const engines[])(void *) = {
		[PLAT_IO_SYNC] = kw_io_sync_thread,
		[PLAT_IO_ASYNC] = kw_io_async_thread,
		[PLAT_IO_POLLED] = kw_io_polled_thread,
		[PLAT_IO_HYBRID] = kw_io_polled_thread,
		[PLAT_IO_AIO] = kw_io_aio_program,
		[PLAT_IO_PSYNC] = kw_io_psync_program,
	};
	unsigned int i, count = plat_io_jobs();
	char name[TASK_COMM_LEN];

	for (i = 0; i < count; i++) {
		const struct plat_io_job *plat = plat_io_job(i);

		if (plat->engine >= ARRAY_SIZE(engines))
			kw_fail("io job %u: unknown engine %u", plat->id, plat->engine);
		if (is_program(plat)) {
			kw_expect(1);
			if (user_mode_thread(engines[plat->engine], create_job(plat), SIGCHLD) < 0)
				kw_fail("io job %u: no process", plat->id);
			continue;
		}
		snprintf(name, sizeof(name), "io/%u", plat->id);
		kw_thread(engines[plat->engine], create_job(plat), name, plat->core);
	}
}
