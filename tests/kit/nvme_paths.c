/* SPDX-License-Identifier: MIT */
/* Ways through nvme that plain reads do not take: long lists of pages, data that begin anywhere,
 * flushes, clearing, an I/O scheduler's batches, and each of those over every kind of DMA. */
#include <doorbell/test.h>

#define KIB 1024u
#define MIB (1024u * 1024)

static void right_as(struct rig *rig, uint64_t offset, unsigned bytes, unsigned how)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read_as(rig, "nvme0", offset, bytes, how, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	right_as(rig, offset, bytes, 0);
}

/* Lists of more than one page (512 entries): 4 MiB in one command. */
static void shapes(struct rig *rig)
{
	static const struct {
		unsigned bytes, how;
	} shape[] = {
		{ 512, 512 }, { 4 * KIB, 2048 }, { 4 * KIB, 512 }, { 8 * KIB, 512 },
		{ 8 * KIB, 0 }, { 12 * KIB, 3584 }, { 60 * KIB, 1024 }, { 256 * KIB, 512 },
		{ 256 * KIB, RIG_CONTIGUOUS }, { 512 * KIB, RIG_CONTIGUOUS | 512 },
		{ 2 * MIB, RIG_CONTIGUOUS }, { 4 * MIB - 4 * KIB, RIG_CONTIGUOUS | 1024 },
	};

	for (unsigned i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		uint64_t offset = (uint64_t)i << 23;

		EXPECT_EQ(rig, rig_write_as(rig, "nvme0", offset, shape[i].bytes, shape[i].how), 0);
		right_as(rig, offset, shape[i].bytes, shape[i].how);
		if (shape[i].bytes <= MIB)
			right_as(rig, offset, shape[i].bytes, shape[i].how ^ RIG_CONTIGUOUS);
	}
}

SIM_TEST(nvme_io, all_shapes, .scenario = "ssd.toml")
{
	shapes(rig);
}

SIM_TEST(nvme_io, all_shapes_translated, .scenario = "ssd.toml",
	 .set = { "iommu.mode=\"strict\"" })
{
	shapes(rig);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 0);
}

SIM_TEST(nvme_io, all_shapes_lazily, .scenario = "ssd.toml", .set = { "iommu.mode=\"lazy\"" })
{
	shapes(rig);
}

SIM_TEST(nvme_io, all_shapes_bounced, .scenario = "ssd.toml", .set = { "dma.bounce=\"force\"" })
{
	shapes(rig);
}

SIM_TEST(nvme_io, all_shapes_untrusted, .scenario = "ssd.toml",
	 .set = { "iommu.mode=\"strict\"", "dma.bounce=\"untrusted\"" })
{
	shapes(rig);
}

SIM_TEST(nvme_io, forced_unit_access_and_flush, .scenario = "ssd.toml",
	 .set = { "device.nvme0.media=\"p3700\"" })
{
	EXPECT_EQ(rig, rig_write_as(rig, "nvme0", 0, 64 * KIB, RIG_FUA), 0);
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 1 * MIB, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_flush(rig, "nvme0"), 0);
	right(rig, 0, 64 * KIB);
	right(rig, 1 * MIB, 64 * KIB);
}

SIM_TEST(nvme_io, what_is_cleared_reads_as_zeroes, .scenario = "ssd.toml")
{
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 1 * MIB), 0);
	EXPECT_EQ(rig, rig_zeroes(rig, "nvme0", 64 * KIB, 128 * KIB), 0);
	EXPECT_EQ(rig, rig_discard(rig, "nvme0", 512 * KIB, 256 * KIB), 0);
	right(rig, 0, 1 * MIB);
}

/* ---- many at a time ---- */

static void many(struct rig *rig, unsigned count, unsigned bytes)
{
	unsigned ticket[256];
	uint64_t wrong;

	for (unsigned i = 0; i < count; i++)
		ticket[i] = rig_begin(rig, i % 4 ? RIG_READ : RIG_WRITE, "nvme0", i % 2,
				      rig_random(rig, 24) * bytes, bytes, 0);
	for (unsigned i = 0; i < count; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

SIM_TEST(nvme_io, many_scattered, .scenario = "ssd.toml", .set = { "iommu.mode=\"strict\"" })
{
	many(rig, 120, 24 * KIB);
}

SIM_TEST(nvme_io, four_cores_one_queue, .scenario = "ssd.toml",
	 .set = { "cpu.cores=4", "device.nvme0.queues=1" })
{
	unsigned ticket[48];
	uint64_t wrong;

	for (unsigned i = 0; i < 48; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 4, (uint64_t)i << 16, 8 * KIB, 0);
	for (unsigned i = 0; i < 48; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

/* ---- batches: the driver may ring the doorbell at the end of one ---- */

static void scheduled(struct rig *rig)
{
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/scheduler", "mq-deadline"), 0);
	many(rig, 90, 16 * KIB);
}

SIM_TEST(nvme_batch, scheduled_requests_complete, .scenario = "ssd.toml")
{
	scheduled(rig);
}

/* A request of a list cannot be mapped: those before it must be told to the device all the same.
 * Long I/Os are split, so that lists are long. */
static void broken_off(struct rig *rig, const char *fault)
{
	uint64_t wrong, start;

	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/scheduler", "mq-deadline"), 0);
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/max_sectors_kb", "16"), 0);
	rig_fault(rig, "nvme0", fault);
	for (unsigned i = 0; i < 24; i++) {
		start = rig_now(rig).ps;
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)i << 20, 256 * KIB, &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
		/* What cannot be mapped is tried again after 3 ms (BLK_MQ_RESOURCE_DELAY). */
		EXPECT_LE(rig, rig_now(rig).ps - start, 60000000000ull);
	}
}

SIM_TEST(nvme_batch, mapping_fails_in_the_middle, .scenario = "ssd.toml")
{
	broken_off(rig, "kind=dma-map count=0 probability=8");
}

SIM_TEST(nvme_batch, lists_fail_in_the_middle, .scenario = "ssd.toml")
{
	broken_off(rig, "kind=dma-alloc count=0 probability=15");
}

/* The smallest pool: commands under way hold what the next one needs. */
SIM_TEST(nvme_batch, bounce_buffers_run_out, .scenario = "ssd.toml", .no_explore = 1,
	 .set = { "dma.bounce=\"force\"", "host.cmdline=\"swiotlb=512,force\"" })
{
	unsigned ticket[40];
	uint64_t wrong;

	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/scheduler", "mq-deadline"), 0);
	for (unsigned i = 0; i < 40; i++)
		ticket[i] = rig_begin(rig, RIG_READ, "nvme0", i % 2, (uint64_t)i << 20, 256 * KIB,
				      0);
	for (unsigned i = 0; i < 40; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
	EXPECT_LE(rig, rig_now(rig).ps, 2000000000000ull);
}

/* ---- workloads at full depth, which look after their data ---- */

#define WORK(op, more)                                                                            \
	"format = 1\n[cpu]\ncores = 2\n[device.nvme0]\nmodel = \"nvme\"\ndriver = \"nvme\"\n"     \
	"media = \"ideal\"\ncapacity = \"64MiB\"\nqueues = 2\n" more                              \
	"[[io]]\non = \"nvme0\"\nop = \"" op "\"\nsize = \"16KiB\"\ndepth = 16\ncores = [0, 1]\n"  \
	"verify = true\n"

static void work(struct rig *rig)
{
	rig_run(rig, dur_ms(3));
	EXPECT_GE(rig, rig_stat(rig, "nvme0.io.completed"), 300);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.io.errors"), 0);
}

SIM_TEST(nvme_work, reads_and_writes_at_depth, .scenario_text = WORK("randrw", ""))
{
	work(rig);
}

SIM_TEST(nvme_work, translated_lazily, .scenario_text = WORK("randrw", ""),
	 .set = { "iommu.mode=\"lazy\"" })
{
	work(rig);
}

SIM_TEST(nvme_work, bounced, .scenario_text = WORK("randrw", ""),
	 .set = { "dma.bounce=\"force\"" })
{
	work(rig);
}

SIM_TEST(nvme_work, interrupts_coalesced,
	 .scenario_text = WORK("randrw", "coalesce_time = \"100us\"\ncoalesce_threshold = 8\n"))
{
	work(rig);
}

/* Lists of 16 that are broken off, and again when they are tried anew: what a list has brought
 * before must be told to the device each time. */
SIM_TEST(nvme_work, lists_are_broken_off, .scenario_text = WORK("randrw", ""),
	 .set = { "io.0.engine=\"aio\"", "io.0.batch=16", "io.0.cores=[0]" })
{
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/scheduler", "mq-deadline"), 0);
	rig_fault(rig, "nvme0", "kind=dma-map count=0 probability=30");
	rig_run(rig, dur_ms(60));
	EXPECT_GE(rig, rig_stat(rig, "nvme0.io.completed"), 16);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.io.errors"), 0);
}

SIM_TEST(nvme_work, polled, .scenario_text = WORK("randread", "poll_queues = 1\n"),
	 .set = { "io.0.engine=\"polled\"", "io.0.depth=1", "io.0.cores=[0]" })
{
	rig_run(rig, dur_ms(3));
	EXPECT_GE(rig, rig_stat(rig, "nvme0.io.completed"), 100);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.io.errors"), 0);
}

/* The controller is reset again and again under them. */
SIM_TEST(nvme_work, resets_lose_nothing, .scenario_text = WORK("randrw", ""), .no_explore = 1)
{
	for (unsigned i = 0; i < 3; i++) {
		rig_run(rig, dur_us(200 + rig_random(rig, 400)));
		EXPECT_EQ(rig, rig_sysfs(rig, "class/nvme/nvme0/reset_controller", "1"), 0);
	}
	rig_run(rig, dur_ms(30));
	EXPECT_GE(rig, rig_stat(rig, "nvme0.io.completed"), 300);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.io.errors"), 0);
}

SIM_TEST(nvme_work, namespaces_are_looked_for_again, .scenario_text = WORK("randrw", ""))
{
	EXPECT_EQ(rig, rig_sysfs(rig, "class/nvme/nvme0/rescan_controller", "1"), 0);
	rig_run(rig, dur_ms(20));
	work(rig);
}

/* ---- less than was asked for ---- */

/* The device says that it has read all, and has not written some of it: those bytes stay as they
 * were, and are not what somebody else's I/O left in a bounce buffer (data.read). */
static void short_read(struct rig *rig)
{
	uint64_t wrong;

	for (unsigned i = 0; i < 6; i++) {
		EXPECT_EQ(rig, rig_write(rig, "nvme0", (uint64_t)i << 20, 128 * KIB), 0);
		rig_fault(rig, "nvme0", "kind=pcie-unsupported access=write after=2 count=1");
		EXPECT_EQ(rig, rig_read(rig, "nvme0", (uint64_t)(i + 8) << 20, 128 * KIB, &wrong), 0);
		EXPECT_GE(rig, wrong, 1);
	}
}

SIM_TEST(nvme_short, bytes_not_written_stay, .scenario = "ssd.toml", .allow = "dma.refused",
	 .set = { "dma.bounce=\"force\"" }, .no_explore = 1)
{
	short_read(rig);
}

SIM_TEST(nvme_short, bytes_not_written_stay_untrusted, .scenario = "ssd.toml",
	 .allow = "dma.refused", .no_explore = 1,
	 .set = { "iommu.mode=\"strict\"", "dma.bounce=\"untrusted\"" })
{
	short_read(rig);
}
