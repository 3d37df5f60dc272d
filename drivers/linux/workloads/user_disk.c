// SPDX-License-Identifier: GPL-2.0
/* What a driver test asks of a disk: one I/O at a time, O_DIRECT as of a program, of up to 1
 * MiB, in pages that are not contiguous, so that the driver needs a list of them. */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "workloads.h"

static long transfer(struct block_device *bdev, const struct plat_user *user, void *data,
		     unsigned int bytes)
{
	bool write = user->op == PLAT_USER_WRITE;
	unsigned int pages = DIV_ROUND_UP(bytes, PAGE_SIZE), i;
	struct bio *bio;
	long err;

	bio = bio_alloc(bdev, pages, write ? REQ_OP_WRITE | REQ_SYNC : REQ_OP_READ, GFP_KERNEL);
	bio->bi_iter.bi_sector = user->arg[0] >> SECTOR_SHIFT;
	for (i = 0; i < pages; i++)
		__bio_add_page(bio, vmalloc_to_page(data + i * PAGE_SIZE),
			       min_t(unsigned int, bytes - i * PAGE_SIZE, PAGE_SIZE), 0);
	err = submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

static long move(struct block_device *bdev, const struct plat_user *user, unsigned long *value)
{
	unsigned int bytes = user->arg[1];
	void *data;
	long err;

	if (!bytes || bytes > PLAT_USER_IO_MAX || bytes % bdev_logical_block_size(bdev))
		return -EINVAL;
	data = vmalloc(bytes);
	if (!data)
		return -ENOMEM;
	if (user->op == PLAT_USER_WRITE)
		plat_user_data(user->id, data, bytes, 1);
	else
		memset(data, PLAT_USER_FILL, bytes);
	err = transfer(bdev, user, data, bytes);
	if (!err && user->op == PLAT_USER_READ)
		*value = plat_user_data(user->id, data, bytes, 0);
	vfree(data);
	return err;
}

long kw_user_disk(const struct plat_user *user, unsigned long *value)
{
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, user->devfn);
	struct file *file = pdev ? kw_disk_open(pdev) : ERR_PTR(-ENODEV);
	long err;

	pci_dev_put(pdev);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (user->op == PLAT_USER_FLUSH)
		err = blkdev_issue_flush(file_bdev(file));
	else
		err = move(file_bdev(file), user, value);
	fput(file);
	return err;
}
