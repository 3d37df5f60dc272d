// SPDX-License-Identifier: GPL-2.0
/* Reads of a disk by io_uring, O_DIRECT, into the program's memory. An operation is a batch:
 * `depth` reads submitted by one call, which returns when all are done. */
#include <linux/fcntl.h>
#include <uapi/linux/io_uring.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include "program.h"

/* Places on the disk that are read, of each thread its own. */
#define PLACES		64

struct ring {
	int disk, fd;
	struct io_uring_params params;
	unsigned long sq, cq, sqes, buffer;
	unsigned int place[];		/* of the batch's reads */
};

static void prepare(struct kw_mm *mm)
{
	struct ring *ring;
	unsigned int i;

	for (i = 0; i < mm->plat->workers; i++) {
		mm->lane[i].shadow = kzalloc(struct_size(ring, place, mm->plat->depth),
					     GFP_KERNEL);
		if (!mm->lane[i].shadow)
			kw_fail("mm %u: no memory for a ring", mm->plat->id);
	}
}

static u64 offset_of(const struct kw_lane *lane, unsigned int place)
{
	return (u64)(lane->index * PLACES + place) * lane->mm->plat->bytes;
}

static u64 value_of(const struct kw_lane *lane, unsigned int place)
{
	return lane->index * PLACES + place + 1;
}

static unsigned long map_ring(struct kw_lane *lane, unsigned long bytes, u64 offset)
{
	struct ring *ring = lane->shadow;

	return kw_checked(lane->mm, "mmap of a ring",
			  user_call6(mmap, 0, bytes, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_POPULATE, ring->fd, offset));
}

static void enter(struct kw_lane *lane)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct ring *ring = lane->shadow;
	struct io_uring_params *params = &ring->params;
	unsigned int place;

	ring->disk = kw_checked(lane->mm, "open",
				kw_mm_open_disk(plat, lane->mm->bdev, O_DIRECT));
	ring->buffer = kw_memory(lane->mm, plat->depth * plat->bytes);
	for (place = 0; place < PLACES; place++) {
		kw_words_put(ring->buffer, plat->bytes, value_of(lane, place));
		if (user_call4(pwrite64, ring->disk, ring->buffer, plat->bytes,
			       offset_of(lane, place)) != plat->bytes)
			kw_fail("mm %u: writing before the reads failed", plat->id);
	}
	ring->fd = kw_checked(lane->mm, "io_uring_setup",
			      user_call2(io_uring_setup, plat->depth,
					 kw_argument(lane, 0, params, sizeof(*params))));
	user_get(params, lane->argument, sizeof(*params));
	ring->sq = map_ring(lane, params->sq_off.array + params->sq_entries * sizeof(u32),
			    IORING_OFF_SQ_RING);
	ring->cq = map_ring(lane, params->cq_off.cqes +
				  params->cq_entries * sizeof(struct io_uring_cqe),
			    IORING_OFF_CQ_RING);
	ring->sqes = map_ring(lane, params->sq_entries * sizeof(struct io_uring_sqe),
			      IORING_OFF_SQES);
}

static u32 load32(unsigned long address)
{
	u32 value = 0;

	user_get(&value, address, sizeof(value));
	return value;
}

static void store32(unsigned long address, u32 value)
{
	user_put(address, &value, sizeof(value));
}

static void put_read(struct kw_lane *lane, unsigned int i, u32 tail)
{
	struct ring *ring = lane->shadow;
	unsigned int slot = tail & (ring->params.sq_entries - 1);
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.fd = ring->disk,
		.off = offset_of(lane, ring->place[i]),
		.addr = ring->buffer + i * lane->mm->plat->bytes,
		.len = lane->mm->plat->bytes,
		.user_data = i,
	};

	user_put(ring->sqes + slot * sizeof(sqe), &sqe, sizeof(sqe));
	store32(ring->sq + ring->params.sq_off.array + slot * sizeof(u32), slot);
}

/* Takes what is in the completion ring; -EIO if a read failed or brought something else. */
static int take_completions(struct kw_lane *lane, unsigned int *taken)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct ring *ring = lane->shadow;
	u32 head = load32(ring->cq + ring->params.cq_off.head);
	u32 tail = load32(ring->cq + ring->params.cq_off.tail);
	int status = 0;

	for (; head != tail; head++, (*taken)++) {
		struct io_uring_cqe cqe = { };

		user_get(&cqe, ring->cq + ring->params.cq_off.cqes +
			       (head & (ring->params.cq_entries - 1)) * sizeof(cqe), sizeof(cqe));
		if (cqe.res != plat->bytes || cqe.user_data >= plat->depth ||
		    kw_words_wrong(ring->buffer + cqe.user_data * plat->bytes, plat->bytes,
				   value_of(lane, ring->place[cqe.user_data])))
			status = -EIO;
	}
	store32(ring->cq + ring->params.cq_off.head, head);
	return status;
}

static int operate(struct kw_lane *lane, u64 number)
{
	const struct plat_mm *plat = lane->mm->plat;
	struct ring *ring = lane->shadow;
	u32 tail = load32(ring->sq + ring->params.sq_off.tail);
	unsigned int i, taken = 0;
	int status = 0;

	for (i = 0; i < plat->depth; i++) {
		ring->place[i] = kw_mm_random(lane, PLACES);
		put_read(lane, i, tail++);
	}
	store32(ring->sq + ring->params.sq_off.tail, tail);
	if (user_call6(io_uring_enter, ring->fd, plat->depth, plat->depth, IORING_ENTER_GETEVENTS,
		       0, 0) != plat->depth)
		return -EIO;
	while (taken < plat->depth && !status)
		status = take_completions(lane, &taken);
	return status;
}

const struct kw_program kw_program_uring = {
	.prepare = prepare,
	.enter = enter,
	.operate = operate,
};
