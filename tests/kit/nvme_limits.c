/* SPDX-License-Identifier: MIT */
/* Ends of nvme's rings and lists: shallow queues that wrap and are full, PRP lists that end at and
 * just behind a page's last entry, polled queues that two threads look into. */
#include <doorbell/test.h>

#define KIB 1024u

static void right(struct rig *rig, uint64_t offset, unsigned bytes, unsigned how)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_write_as(rig, "nvme0", offset, bytes, how), 0);
	EXPECT_EQ(rig, rig_read_as(rig, "nvme0", offset, bytes, how, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

/* A list's page has 512 entries, and its last one leads to the next page if there is one. PRP 1 is
 * not in the list: 2 MiB + 4 KiB end exactly with it. */
static void lists(struct rig *rig)
{
	static const unsigned pages[] = { 1, 2, 3, 32, 33, 34, 256 };
	static const unsigned many[] = { 511, 512, 513, 514, 1022 };

	/* By default the block layer splits at 1280 KiB (BLK_DEF_MAX_SECTORS_CAP). */
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/max_sectors_kb", "4096"), 0);
	for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		for (unsigned offset = 0; offset < 4096; offset += 3584)
			right(rig, (uint64_t)(8 * i) << 20, pages[i] * 4 * KIB, offset);
	for (unsigned i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		right(rig, (uint64_t)(64 + 8 * i) << 20, many[i] * 4 * KIB, RIG_CONTIGUOUS | 512);
}

#define LONG "device.nvme0.max_transfer=\"4MiB\""

SIM_TEST(nvme_limits, lists_end_at_pages, .scenario = "ssd.toml", .set = { LONG },
	 .no_explore = 1)
{
	lists(rig);
}

SIM_TEST(nvme_limits, lists_end_at_pages_translated, .scenario = "ssd-strict.toml",
	 .set = { LONG }, .no_explore = 1)
{
	lists(rig);
}

#define SHALLOW "host.cmdline=\"nvme.io_queue_depth=4\""

static void many(struct rig *rig, unsigned count)
{
	unsigned ticket[96];
	uint64_t wrong;

	for (unsigned i = 0; i < count; i++)
		ticket[i] = rig_begin(rig, i % 3 ? RIG_READ : RIG_WRITE, "nvme0", i % 2,
				      (uint64_t)i << 17, 16 * KIB, 0);
	for (unsigned i = 0; i < count; i++) {
		EXPECT_EQ(rig, rig_wait_value(rig, ticket[i], &wrong), 0);
		EXPECT_EQ(rig, wrong, 0);
	}
}

/* Three commands fill a queue: tags are waited for, and both rings wrap all the time. */
SIM_TEST(nvme_limits, shallow_queues_wrap, .scenario = "ssd.toml", .set = { SHALLOW })
{
	many(rig, 96);
}

SIM_TEST(nvme_limits, shallow_queues_wrap_scheduled, .scenario = "ssd.toml", .set = { SHALLOW })
{
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/scheduler", "mq-deadline"), 0);
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/max_sectors_kb", "8"), 0);
	many(rig, 96);
}

/* Requests that come back (a passing error, a mapping that fails) are sent again. */
SIM_TEST(nvme_limits, shallow_queues_retry, .scenario = "ssd.toml", .set = { SHALLOW })
{
	rig_fault(rig, "nvme0", "kind=status value=0x6 count=5 probability=15");
	rig_fault(rig, "nvme0", "kind=dma-map count=20 probability=25");
	many(rig, 96);
}

#define POLLED                                                                                    \
	"format = 1\n[cpu]\ncores = 2\n[device.nvme0]\nmodel = \"nvme\"\ndriver = \"nvme\"\n"     \
	"media = \"ideal\"\ncapacity = \"64MiB\"\nqueues = 2\npoll_queues = 1\n"                   \
	"[[io]]\non = \"nvme0\"\nop = \"randread\"\nsize = \"4KiB\"\ndepth = 1\n"                 \
	"engine = \"polled\"\ncores = [0, 1]\nverify = true\n"

/* Two threads poll one queue: each completion is taken once. */
SIM_TEST(nvme_limits, two_threads_poll_a_queue, .scenario_text = POLLED)
{
	rig_run(rig, dur_ms(3));
	EXPECT_GE(rig, rig_stat(rig, "nvme0.io.completed"), 200);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.io.errors"), 0);
	EXPECT_NO_LOG(rig, "invalid id");
}
