// SPDX-License-Identifier: GPL-2.0
/* What a driver test asks of a disk: one I/O at a time, O_DIRECT as of a program, in pages that are
 * not contiguous, so that the driver needs a list of them, or in contiguous ones, of which one
 * command takes more. The data may begin anywhere in its first page. */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "workloads.h"

/* Where the I/O's data lie: `data` begins `offset` bytes into the first page. */
struct buffer {
	void *base, *data;
	unsigned int bytes, offset;
	bool contiguous;
};

static bool get_buffer(struct buffer *buffer, const struct plat_user *user)
{
	unsigned int whole;

	buffer->bytes = user->arg[1];
	buffer->offset = user->arg[2] & PLAT_USER_IO_OFFSET;
	buffer->contiguous = user->arg[2] & PLAT_USER_IO_CONTIGUOUS;
	whole = PAGE_ALIGN(buffer->offset + buffer->bytes);
	buffer->base = buffer->contiguous ? alloc_pages_exact(whole, GFP_KERNEL) : vmalloc(whole);
	buffer->data = buffer->base + buffer->offset;
	return buffer->base;
}

static void put_buffer(struct buffer *buffer)
{
	if (buffer->contiguous)
		free_pages_exact(buffer->base, PAGE_ALIGN(buffer->offset + buffer->bytes));
	else
		vfree(buffer->base);
}

static struct page *page_of(const struct buffer *buffer, const void *at)
{
	return buffer->contiguous ? virt_to_page(at) : vmalloc_to_page(at);
}

static long transfer(struct block_device *bdev, const struct plat_user *user,
		     const struct buffer *buffer)
{
	bool write = user->op == PLAT_USER_WRITE;
	unsigned int pages = DIV_ROUND_UP(buffer->offset + buffer->bytes, PAGE_SIZE), done = 0;
	blk_opf_t flags = write ? REQ_OP_WRITE | REQ_SYNC : REQ_OP_READ;
	struct bio *bio;
	long err;

	if (write && user->arg[2] & PLAT_USER_IO_FUA)
		flags |= REQ_FUA;
	bio = bio_alloc(bdev, min_t(unsigned int, pages, BIO_MAX_VECS), flags, GFP_KERNEL);
	bio->bi_iter.bi_sector = user->arg[0] >> SECTOR_SHIFT;
	while (done < buffer->bytes) {
		const void *at = buffer->data + done;
		unsigned int here = min_t(unsigned int, buffer->bytes - done,
					  PAGE_SIZE - offset_in_page(at));

		if (bio_add_page(bio, page_of(buffer, at), here, offset_in_page(at)) != here)
			break;
		done += here;
	}
	err = done < buffer->bytes ? -EINVAL : submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

static long move(struct block_device *bdev, const struct plat_user *user, unsigned long *value)
{
	unsigned int bytes = user->arg[1];
	struct buffer buffer;
	long err;

	if (!bytes || bytes > PLAT_USER_IO_MAX || bytes % bdev_logical_block_size(bdev))
		return -EINVAL;
	if (!get_buffer(&buffer, user))
		return -ENOMEM;
	if (user->op == PLAT_USER_WRITE)
		plat_user_data(user->id, buffer.data, bytes, 1);
	else
		memset(buffer.data, PLAT_USER_FILL, bytes);
	err = transfer(bdev, user, &buffer);
	if (!err && user->op == PLAT_USER_READ)
		*value = plat_user_data(user->id, buffer.data, bytes, 0);
	put_buffer(&buffer);
	return err;
}

static long clear(struct block_device *bdev, const struct plat_user *user)
{
	sector_t sector = user->arg[0] >> SECTOR_SHIFT, count = user->arg[1] >> SECTOR_SHIFT;

	if (user->op == PLAT_USER_DISCARD)
		return blkdev_issue_discard(bdev, sector, count, GFP_KERNEL);
	return blkdev_issue_zeroout(bdev, sector, count, GFP_KERNEL, BLKDEV_ZERO_NOFALLBACK);
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
	else if (user->op == PLAT_USER_DISCARD || user->op == PLAT_USER_ZEROES)
		err = clear(file_bdev(file), user);
	else
		err = move(file_bdev(file), user, value);
	fput(file);
	return err;
}
