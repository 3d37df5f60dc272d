/* SPDX-License-Identifier: MIT */
/* Every status code of NVM Express 1.4c (4.6.1.2, figures 126 to 132): a command that provokes
 * it, or the reason why this controller never gives it. */
#include "tests/unit/nvme/rig.h"

#define DNR    NVME_STATUS_DNR
#define BLOCKS 1048576u              /* of each of two namespaces */
#define ADMIN  0u
#define IO     1u
#define WRITE   0x01
#define READ    0x02
#define COMPARE 0x05
#define FORMAT  0x80
#define SGL     0x40                 /* PSDT 01b */

static struct rig *two_namespaces(void)
{
	struct nvme_cfg cfg = rig_cfg();

	cfg.namespaces = 2;
	cfg.sgl = true;
	return rig_ready(&cfg, 1, 32);
}

static struct cqe admin(struct rig *rig, uint8_t opcode, uint32_t nsid, uint32_t dw10,
			uint32_t dw11)
{
	return rig_do(rig, ADMIN, (struct sqe){ .opcode = opcode, .nsid = nsid,
		      .prp1 = rig_alloc(rig, 4096), .dw = { dw10, dw11 } });
}

static struct cqe io(struct rig *rig, uint8_t opcode, uint64_t lba, uint64_t prp1, uint64_t prp2)
{
	return rig_do(rig, IO, rig_rw(opcode, lba, 16, prp1, prp2));
}

/* ---- generic, 0xx ---- */

static struct cqe success(struct rig *rig)
{
	return admin(rig, 0x06, 0, 1, 0);
}

static struct cqe invalid_opcode(struct rig *rig)
{
	return admin(rig, 0x18, 0, 0, 0);       /* Keep Alive: KAS is 0 */
}

static struct cqe invalid_field(struct rig *rig)
{
	return admin(rig, 0x06, 0, 0x77, 0);    /* CNS */
}

static struct cqe command_id_conflict(struct rig *rig)
{
	rig_submit(rig, ADMIN, (struct sqe){ .opcode = 0x0c, .cid = 9 });
	return rig_do(rig, ADMIN, (struct sqe){ .opcode = 0x0a, .cid = 9, .dw = { 7 } });
}

static struct cqe data_transfer_error(struct rig *rig)
{
	return io(rig, WRITE, 0, 0x1000, 0x2000);
}

static struct cqe abort_requested(struct rig *rig)
{
	uint16_t cid = rig_submit(rig, IO, rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0));

	rig_run_for(rig, dur_us(2));
	assert_int_equal(admin(rig, 0x08, 0, (uint32_t)cid << 16 | IO, 0).result, 0);
	return rig_wait(rig, IO);
}

static struct cqe queue_deleted(struct rig *rig)
{
	rig_submit(rig, IO, rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0));
	rig_run_for(rig, dur_us(2));
	assert_status(admin(rig, 0x00, 0, IO, 0), 0);
	return rig_wait(rig, IO);
}

static struct cqe invalid_namespace(struct rig *rig)
{
	struct sqe sqe = rig_rw(READ, 0, 1, rig_alloc(rig, 4096), 0);

	sqe.nsid = 3;
	return rig_do(rig, IO, sqe);
}

static struct cqe sequence_error(struct rig *rig)
{
	return admin(rig, 0x09, 0, 7, 1u << 16 | 1);   /* queues exist */
}

static struct cqe by_sgl(struct rig *rig, uint64_t addr, uint32_t bytes, unsigned type)
{
	struct sqe sqe = rig_rw(READ, 0, 8, addr, bytes | (uint64_t)type << 56);

	sqe.flags = SGL;
	return rig_do(rig, IO, sqe);
}

static void descriptor(struct rig *rig, uint64_t at, uint64_t addr, uint32_t bytes, uint8_t type)
{
	uint8_t *to = rig_mem(rig, at);

	memcpy(to, &addr, 8);
	memcpy(to + 8, &bytes, 4);
	memset(to + 12, 0, 3);
	to[15] = type;
}

static struct cqe sgl_segment(struct rig *rig)
{
	return by_sgl(rig, rig_alloc(rig, 4096), 40, 0x30);    /* two and a half descriptors */
}

static struct cqe sgl_count(struct rig *rig)
{
	uint64_t list = rig_alloc(rig, 4096), data = rig_alloc(rig, 4096);

	/* A Last Segment descriptor that is not the last of its segment. */
	descriptor(rig, list, list + 64, 16, 0x30);
	descriptor(rig, list + 16, data, 4096, 0);
	return by_sgl(rig, list, 32, 0x20);
}

static struct cqe sgl_length(struct rig *rig)
{
	return by_sgl(rig, rig_alloc(rig, 4096), 4092, 0);
}

static struct cqe sgl_type(struct rig *rig)
{
	return by_sgl(rig, rig_alloc(rig, 4096), 4096, 0x40);  /* keyed */
}

static struct cqe prp_offset(struct rig *rig)
{
	uint64_t pages = rig_alloc(rig, 8192);

	return io(rig, READ, 0, pages + 4, pages + 4096 + 4);
}

static struct cqe sgl_granularity(struct rig *rig)
{
	return by_sgl(rig, rig_alloc(rig, 8192) + 2, 4096, 0);
}

static struct cqe lba_out_of_range(struct rig *rig)
{
	return io(rig, READ, BLOCKS, rig_alloc(rig, 8192), 0);
}

static struct cqe format_in_progress(struct rig *rig)
{
	uint16_t format = rig_submit(rig, ADMIN, (struct sqe){ .opcode = FORMAT, .nsid = 1 });
	struct cqe cqe;

	rig_run_for(rig, dur_us(5));
	cqe = io(rig, READ, 0, rig_alloc(rig, 8192), 0);
	assert_int_equal(rig_wait(rig, ADMIN).cid, format);
	return cqe;
}

/* ---- command specific, 1xx ---- */

static struct cqe completion_queue_invalid(struct rig *rig)
{
	return admin(rig, 0x01, 0, 15u << 16 | 2, 3u << 16 | 1);
}

static struct cqe invalid_queue_identifier(struct rig *rig)
{
	return admin(rig, 0x05, 0, 15u << 16 | 1, 1);   /* there is a queue 1 */
}

static struct cqe invalid_queue_size(struct rig *rig)
{
	return admin(rig, 0x05, 0, 0xffffu << 16 | 2, 1);
}

/* Five aborts, while there is no room for a completion: ACL says four. */
static struct cqe abort_limit(struct rig *rig)
{
	uint16_t fifth = 0;
	struct cqe cqe, answer = { 0 };

	for (unsigned i = 0; i < 31; i++)
		rig_put(rig, ADMIN, (struct sqe){ .opcode = 0x0a, .dw = { 7 } });
	rig_ring(rig, ADMIN);
	rig_run_idle(rig);
	for (unsigned i = 0; i < 5; i++)
		fifth = rig_submit(rig, ADMIN, (struct sqe){ .opcode = 0x08,
				   .dw = { 0xabcdu << 16 | IO } });
	rig_run_idle(rig);
	for (unsigned i = 0; i < 36; i++) {
		cqe = rig_wait(rig, ADMIN);
		if (cqe.cid == fifth)
			answer = cqe;
		else
			assert_status(cqe, 0);
	}
	/* The four are done now. */
	assert_status(admin(rig, 0x08, 0, 0xabcdu << 16 | IO, 0), 0);
	return answer;
}

static struct cqe event_request_limit(struct rig *rig)
{
	for (unsigned i = 0; i < 4; i++)        /* AERL + 1 */
		rig_submit(rig, ADMIN, (struct sqe){ .opcode = 0x0c });
	return rig_do(rig, ADMIN, (struct sqe){ .opcode = 0x0c });
}

static struct cqe invalid_vector(struct rig *rig)
{
	return admin(rig, 0x05, 0, 15u << 16 | 2, 8u << 16 | 3);
}

static struct cqe invalid_log_page(struct rig *rig)
{
	return admin(rig, 0x02, 0xffffffff, 127u << 16 | 0x07, 0);  /* telemetry */
}

static struct cqe invalid_format(struct rig *rig)
{
	return admin(rig, FORMAT, 1, 2, 0);     /* there are formats 0 and 1 */
}

static struct cqe invalid_queue_deletion(struct rig *rig)
{
	return admin(rig, 0x04, 0, 1, 0);       /* its submission queue is there */
}

static struct cqe not_saveable(struct rig *rig)
{
	return admin(rig, 0x09, 0, 1u << 31 | 0x0b, 0);
}

static struct cqe not_namespace_specific(struct rig *rig)
{
	return admin(rig, 0x09, 1, 0x08, 0);
}

/* ---- media, 2xx ---- */

static struct cqe compare_failure(struct rig *rig)
{
	uint64_t pages = rig_alloc(rig, 8192);

	rig_mem(rig, pages)[77] = 1;
	return io(rig, COMPARE, 0, pages, pages + 4096);
}

static const struct {
	uint16_t code;                       /* with DNR, as the host sees it */
	struct cqe (*provoke)(struct rig *rig);
} given[] = {
	{ 0x000, success },
	{ 0x001 | DNR, invalid_opcode },
	{ 0x002 | DNR, invalid_field },
	{ 0x003 | DNR, command_id_conflict },
	{ 0x004, data_transfer_error },
	{ 0x007, abort_requested },
	{ 0x008, queue_deleted },
	{ 0x00b | DNR, invalid_namespace },
	{ 0x00c | DNR, sequence_error },
	{ 0x00d | DNR, sgl_segment },
	{ 0x00e | DNR, sgl_count },
	{ 0x00f | DNR, sgl_length },
	{ 0x011 | DNR, sgl_type },
	{ 0x013 | DNR, prp_offset },
	{ 0x01e | DNR, sgl_granularity },
	{ 0x080 | DNR, lba_out_of_range },
	{ 0x084, format_in_progress },       /* 4.6.1.2: DNR shall be 0 */
	{ 0x100 | DNR, completion_queue_invalid },
	{ 0x101 | DNR, invalid_queue_identifier },
	{ 0x102 | DNR, invalid_queue_size },
	{ 0x103 | DNR, abort_limit },
	{ 0x105 | DNR, event_request_limit },
	{ 0x108 | DNR, invalid_vector },
	{ 0x109 | DNR, invalid_log_page },
	{ 0x10a | DNR, invalid_format },
	{ 0x10c | DNR, invalid_queue_deletion },
	{ 0x10d | DNR, not_saveable },
	{ 0x10f | DNR, not_namespace_specific },
	{ 0x285 | DNR, compare_failure },
};

/* Ranges of codes that this controller never gives of its own; the fault of kind "status" makes it
 * say any of them ([[fault]]). */
static const struct {
	uint16_t first, last;
	const char *why;
} never[] = {
	{ 0x005, 0x005, "no power loss notification: power goes without a word" },
	{ 0x006, 0x006, "internal error: only if the simulator's host is out of memory" },
	{ 0x009, 0x00a, "no fused operations (FUSES 0): FUSE is an invalid field" },
	{ 0x010, 0x010, "no metadata" },
	{ 0x012, 0x012, "no controller memory buffer (CMBSZ 0)" },
	{ 0x014, 0x014, "no command has a length limit for atomicity (no fused compare)" },
	{ 0x015, 0x015, "no security protocol" },
	{ 0x016, 0x016, "offsets are for fabrics (SGLS bit 20 is 0)" },
	{ 0x017, 0x017, "reserved" },
	{ 0x018, 0x018, "no host identifier" },
	{ 0x019, 0x01a, "no keep alive (KAS 0)" },
	{ 0x01b, 0x01b, "no reservations" },
	{ 0x01c, 0x01d, "no sanitize" },
	{ 0x01f, 0x01f, "no controller memory buffer" },
	{ 0x020, 0x020, "no write protection (NWPC 0)" },
	{ 0x021, 0x021, "no command is interrupted (CRDT 0)" },
	{ 0x022, 0x022, "transient transport errors are for fabrics" },
	{ 0x081, 0x081, "namespaces are not thinly provisioned" },
	{ 0x082, 0x082, "namespaces are ready when the controller is" },
	{ 0x083, 0x083, "no reservations" },
	{ 0x104, 0x104, "reserved" },
	{ 0x106, 0x107, "no firmware update" },
	{ 0x10b, 0x10b, "no firmware update" },
	{ 0x10e, 0x10e, "every feature there is can be changed" },
	{ 0x110, 0x113, "no firmware update" },
	{ 0x114, 0x114, "no LBA ranges (feature 03h), no firmware images" },
	{ 0x115, 0x11c, "no namespace management" },
	{ 0x11d, 0x11d, "no device self-test" },
	{ 0x11e, 0x11e, "no boot partitions" },
	{ 0x11f, 0x122, "no virtualization management" },
	{ 0x123, 0x123, "no sanitize" },
	{ 0x124, 0x125, "no asymmetric namespace access" },
	{ 0x180, 0x180, "the attributes of Dataset Management are hints: none conflict" },
	{ 0x181, 0x181, "no protection information" },
	{ 0x182, 0x182, "no read only ranges" },
	{ 0x280, 0x281, "the medium has no defects" },
	{ 0x282, 0x284, "no protection information" },
	{ 0x286, 0x286, "no security protocol" },
	{ 0x287, 0x287, "no error of deallocated blocks (NSFEAT bit 2 is 0)" },
	{ 0x300, 0x303, "one path, no asymmetric namespace access" },
	{ 0x360, 0x360, "one path" },
	{ 0x370, 0x371, "given by hosts" },
};

static void every_status_code_has_a_command_that_provokes_it(void **state)
{
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct rig *rig = two_namespaces();
		struct cqe cqe = given[i].provoke(rig);
		uint16_t want = given[i].code;

		/* M: what is an error is in the error log. */
		if (want)
			want |= NVME_STATUS_MORE;
		if (cqe.status != want)
			fail_msg("status %03x: the command gave %04x, not %04x",
				 given[i].code & 0x7ff, cqe.status, want);
		rig_destroy(rig);
	}
}

/* The newest entry of the error log, 5.14.1.1, tells queue, command, status, block and
 * namespace. */
static void every_error_is_in_the_log(void **state)
{
	for (size_t i = 1; i < sizeof(given) / sizeof(given[0]); i++) {
		struct rig *rig = two_namespaces();
		struct cqe cqe = given[i].provoke(rig);
		uint64_t page = rig_alloc(rig, 4096);
		const uint8_t *entry = rig_mem(rig, page);
		bool found = false;

		assert_status(rig_do(rig, ADMIN, (struct sqe){ .opcode = 0x02, .nsid = 0xffffffff,
				     .prp1 = page, .dw = { 1023u << 16 | 1 } }), 0);
		for (unsigned n = 0; n < 64; n++, entry += 64) {
			uint16_t sqid, cid, status;

			memcpy(&sqid, entry + 8, 2);
			memcpy(&cid, entry + 10, 2);
			memcpy(&status, entry + 12, 2);
			found = found || (sqid == cqe.sqid && cid == cqe.cid &&
					  status >> 1 == cqe.status);
		}
		if (!found)
			fail_msg("status %03x is not in the error log", given[i].code & 0x7ff);
		rig_destroy(rig);
	}
}

static unsigned times(unsigned code)
{
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		n += (given[i].code & 0x7ff) == code;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		n += code >= never[i].first && code <= never[i].last;
	return n;
}

static void no_code_of_the_specification_is_left_out(void **state)
{
	static const struct { unsigned first, last; } spec[] = {
		{ 0x000, 0x022 }, { 0x080, 0x084 }, { 0x100, 0x125 }, { 0x180, 0x182 },
		{ 0x280, 0x287 }, { 0x300, 0x303 }, { 0x360, 0x360 }, { 0x370, 0x371 },
	};

	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++)
		for (unsigned code = spec[i].first; code <= spec[i].last; code++)
			if (times(code) != 1)
				fail_msg("status %03x: %u entries", code, times(code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_code_has_a_command_that_provokes_it),
		cmocka_unit_test(every_error_is_in_the_log),
		cmocka_unit_test(no_code_of_the_specification_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
