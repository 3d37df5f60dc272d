// SPDX-License-Identifier: MIT
/* Commands of the fuzzing host: fields that make sense, with some that do not. */
#include "host_internal.h"

#define NOWHERE 0x7000000000ull      /* bus addresses that nobody answers */

static void put(uint8_t *to, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t wide(struct host *host, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | pick(host, 256);
	return value;
}

/* A data page that the command gives. */
static uint64_t page(struct host *host, uint64_t *pages)
{
	unsigned n = pick(host, DATA_PAGES);

	*pages |= 1ull << n;
	return bus(DATA_SLICE(n));
}

/* A list page of the command's own, so that no other changes it; false: all are in use. */
static bool take_list(struct host *host, struct command *command, unsigned *slice)
{
	unsigned n = pick(host, LIST_PAGES);

	for (unsigned i = 0; i < LIST_PAGES; i++, n = (n + 1) % LIST_PAGES) {
		if (!host->wild && host->lists >> n & 1)
			continue;
		host->lists |= 1ull << n;
		command->lists |= 1ull << n;
		*slice = LIST_SLICE(n);
		return true;
	}
	return false;
}

/* ---- PRPs ---- */

static uint64_t prp(struct host *host, uint64_t *pages)
{
	switch (pick(host, 32)) {
	case 0:
		return NOWHERE + PAGE * pick(host, 64);
	case 1:
		return page(host, pages) + pick(host, 4096);     /* an offset where none may be */
	default:
		return page(host, pages);
	}
}

/* A list that may begin within its page, and go on in another. */
static uint64_t prp_list(struct host *host, struct command *command)
{
	unsigned first = pick(host, 4) ? 0 : pick(host, 512), slice, next;
	uint64_t *pages = &command->pages;

	if (!take_list(host, command, &slice))
		return NOWHERE;
	for (unsigned i = first; i < 512; i++)
		put(at(host, slice) + 8 * i, i < first + 40 ? prp(host, pages) : NOWHERE, 8);
	if (pick(host, 2) && take_list(host, command, &next)) {
		put(at(host, slice) + 8 * 511, bus(next), 8);
		for (unsigned i = 0; i < 512; i++)
			put(at(host, next) + 8 * i, i < 40 ? prp(host, pages) : NOWHERE, 8);
	}
	return bus(slice) + 8 * first + (pick(host, 32) ? 0 : pick(host, 8));
}

static void set_prps(struct host *host, uint8_t *sqe, struct command *command)
{
	uint64_t second = 0, *pages = &command->pages;

	put(sqe + 24, pick(host, 4) ? prp(host, pages)
				    : page(host, pages) + 4ull * pick(host, 1024), 8);
	switch (pick(host, 8)) {
	case 0:
		break;
	case 1:
		second = wide(host, 8) | NOWHERE;
		break;
	case 2:
	case 3:
		second = prp(host, pages);
		break;
	default:
		second = prp_list(host, command);
		/* With two pages to move, or 512, what names a list names a page. */
		command->lists_given = true;
	}
	put(sqe + 32, second, 8);
}

/* ---- SGLs ---- */

static void descriptor(uint8_t *to, uint64_t addr, uint32_t bytes, unsigned type)
{
	put(to, addr, 8);
	put(to + 8, bytes, 4);
	put(to + 12, 0, 3);
	to[15] = (uint8_t)type;
}

static void data_descriptor(struct host *host, uint8_t *to, uint32_t bytes, uint64_t *pages)
{
	uint32_t offset = 4 * pick(host, 1024);

	offset = bytes > PAGE - offset ? 0 : offset;
	switch (pick(host, 24)) {
	case 0:
		descriptor(to, NOWHERE, (uint32_t)wide(host, 4), pick(host, 256));
		break;
	case 1:
		descriptor(to, 0, bytes, 0x10);
		break;
	case 2:
		descriptor(to, page(host, pages) + pick(host, 64), bytes > 2048 ? 2048 : bytes,
			   pick(host, 4));
		break;
	default:
		descriptor(to, page(host, pages) + offset, bytes, 0);
	}
}

/* Segments that describe `bytes`, more or less; what points to the first one is for the command. */
static void sgl(struct host *host, uint8_t *first, uint32_t bytes, struct command *command)
{
	uint8_t *link = first;

	for (unsigned segments = 0; segments < 3; segments++) {
		unsigned slice, n = 1 + pick(host, 48);
		bool last = segments == 2 || pick(host, 2);

		if (!take_list(host, command, &slice)) {
			descriptor(link, NOWHERE, 16, 0x30);
			return;
		}
		memset(at(host, slice), 0xff, PAGE);
		for (unsigned i = 0; i < n; i++) {
			uint32_t part = last && i == n - 1 ? bytes : 4u * (1 + pick(host, 1024));

			part = part < bytes ? part : bytes;
			part = part > PAGE ? PAGE : part;
			data_descriptor(host, at(host, slice) + 16 * i, part, &command->pages);
			bytes -= part;
		}
		descriptor(link, bus(slice) + (pick(host, 32) ? 0 : pick(host, 8)),
			   16 * (n + !last) + (pick(host, 32) ? 0 : pick(host, 16)),
			   last ? 0x30 : 0x20);
		if (last)
			return;
		link = at(host, slice) + 16 * n;
		descriptor(link, NOWHERE, 16, 0x20);
	}
}

static void set_sgl(struct host *host, uint8_t *sqe, uint32_t bytes, struct command *command)
{
	sqe[1] = (uint8_t)(pick(host, 32) ? 0x40 : wide(host, 1));
	if (pick(host, 3) == 0 && bytes <= PAGE)
		data_descriptor(host, sqe + 24, bytes, &command->pages);
	else
		sgl(host, sqe + 24, bytes, command);
	command->lists_given = sqe[1] != 0x40;   /* the pointers are PRPs then */
}

/* ---- commands ---- */

static void set_io(struct host *host, uint8_t *sqe, struct command *command)
{
	static const uint8_t opcodes[] = { 0x00, 0x01, 0x02, 0x02, 0x02, 0x05, 0x08, 0x09, 0x0c };
	uint32_t blocks = pick(host, 4) ? pick(host, 16) : pick(host, 300);
	uint64_t lba = pick(host, 16) ? pick(host, 2000) : wide(host, 8);
	uint64_t both = pick(host, 16) ? 0 : wide(host, 8);

	sqe[0] = pick(host, 16) ? opcodes[pick(host, sizeof(opcodes))] : (uint8_t)wide(host, 1);
	put(sqe + 4, pick(host, 16) ? 1 + pick(host, 3) : wide(host, 4) | (pick(host, 2) ? ~0u : 0u),
	    4);
	put(sqe + 40, lba, 8);
	put(sqe + 48, blocks | both << 16, 8);
	if (sqe[0] == 0x09)
		put(sqe + 40, pick(host, 256) | (uint64_t)pick(host, 8) << 32, 8);
	if (pick(host, 2))
		set_prps(host, sqe, command);
	else
		set_sgl(host, sqe, sqe[0] == 0x09 ? 16u * (1u + sqe[40]) : (blocks + 1) * 512,
			command);
	if (!pick(host, 16)) {
		sqe[1] = (uint8_t)wide(host, 1);
		command->lists_given = true;
	}
}

/* Queues are created and deleted by the host's own commands, except for a wild host. */
static uint8_t admin_opcode(struct host *host)
{
	static const uint8_t tame[] = { 0x02, 0x02, 0x06, 0x06, 0x08, 0x09, 0x0a, 0x0a, 0x0c, 0x80 };
	uint8_t any = (uint8_t)wide(host, 1);

	if (pick(host, 12))
		return tame[pick(host, sizeof(tame))];
	if (!host->wild && (any == 0x00 || any == 0x01 || any == 0x04 || any == 0x05))
		return 0x7f;
	return any;
}

static void set_queue(struct host *host, uint8_t *sqe)
{
	static const uint16_t sizes[] = { ENTRIES - 1, ENTRIES - 1, 0, 1, 63, 0xffff };
	unsigned q = pick(host, QUEUES + 2);
	bool sq = sqe[0] <= 0x01;

	uint64_t base = bus(sq ? SQ_SLICE(q % QUEUES) : CQ_SLICE(q % QUEUES));

	if (!pick(host, 8))             /* a submission queue of which nothing can be read */
		base = sq ? NOWHERE : base + 8;
	put(sqe + 24, base, 8);
	put(sqe + 40, q | (uint64_t)sizes[pick(host, 6)] << 16, 4);
	put(sqe + 44, (pick(host, 16) ? 3u : wide(host, 1)) | (uint64_t)pick(host, 6) << 16, 4);
}

static void set_admin(struct host *host, uint8_t *sqe, struct command *command)
{
	uint64_t dw10 = wide(host, 4), dw11 = wide(host, 4);

	sqe[0] = admin_opcode(host);
	if (!pick(host, 16))
		put(sqe + 4, wide(host, 4), 4);
	else if (sqe[0] == 0x06 || sqe[0] == 0x02 || sqe[0] == 0x80 || sqe[0] >= 0x09)
		put(sqe + 4, pick(host, 4) ? pick(host, 4) : ~0u, 4);
	if (sqe[0] == 0x06)
		dw10 = pick(host, 8) ? pick(host, 0x14) : dw10;
	if (sqe[0] == 0x02)             /* length up to a few pages, log pages that are there */
		dw10 = pick(host, 6) | (uint64_t)pick(host, 4096) << 16 | (dw10 & 0x8000);
	if (sqe[0] == 0x08)
		dw10 = pick(host, QUEUES) | (uint64_t)pick(host, CIDS) << 16;
	if (sqe[0] == 0x09 || sqe[0] == 0x0a)
		dw10 = pick(host, 0x18) | (dw10 & 0x80000700);
	if (sqe[0] == 0x80)
		dw10 &= pick(host, 4) ? 0x401u : ~0u;
	if (sqe[0] == 0x02 && pick(host, 8))
		dw11 = 0;
	put(sqe + 40, dw10, 4);
	put(sqe + 44, dw11, 4);
	put(sqe + 48, pick(host, 4) ? 4ull * pick(host, 1024) : wide(host, 8), 8);
	set_prps(host, sqe, command);
	if (sqe[0] <= 0x05 && sqe[0] != 0x02)
		set_queue(host, sqe);
	if (!pick(host, 24))
		sqe[1] = (uint8_t)wide(host, 1);
}

static bool writes_memory(unsigned q, uint8_t opcode)
{
	return q ? opcode == 0x02 : opcode == 0x06 || opcode == 0x02 || opcode == 0x0a;
}

static int free_cid(struct host *host, struct queue *queue)
{
	for (unsigned i = 0; i < CIDS; i++) {
		unsigned cid = ++host->cid % CIDS;

		if (!queue->command[cid].busy)
			return (int)cid;
	}
	return -1;
}

void host_submit(struct host *host, unsigned q)
{
	struct queue *queue = &host->queue[q];
	uint8_t *sqe = at(host, SQ_SLICE(q)) + 64 * queue->tail;
	int cid = host->wild ? (int)pick(host, CIDS) : free_cid(host, queue);
	struct command command = { .busy = true };

	if (cid < 0 || (!host->wild && (queue->tail + 1) % ENTRIES == queue->head))
		return;
	memset(sqe, (int)(pick(host, 16) ? 0 : pick(host, 256)), 64);
	sqe[1] = 0;
	put(sqe + 2, (unsigned)cid, 2);
	put(sqe + 4, 0, 4);
	if (q)
		set_io(host, sqe, &command);
	else
		set_admin(host, sqe, &command);
	command.parked = !q && sqe[0] == 0x0c;
	if (!writes_memory(q, sqe[0]))
		command.pages = 0;
	else if (command.lists_given)
		host->lists_given |= command.lists;
	queue->command[cid] = command;
	for (unsigned n = 0; n < DATA_PAGES; n++)
		host->given[n] += command.pages >> n & 1;
	queue->tail = (queue->tail + 1) % ENTRIES;
	host->outcome->commands++;
}
