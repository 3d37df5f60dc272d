/* SPDX-License-Identifier: MIT */
/* What fails in the middle must give back what it had taken. That shows when the driver leaves: its
 * mappings to the DMA API, its memory to memory.leak; DMA pools that are not empty say so. */
#include <doorbell/test.h>

#define KIB 1024u
#define NO_DEVICE (-19)   /* ENODEV */

/* Of a frame in pieces the second mapping fails: the first is undone. */
SIM_TEST(ixgbe_leaks, mappings_of_broken_off_frames, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=dma-map count=0 probability=30 caller=ixgbe_xmit*");
	EXPECT_EQ(rig, rig_send_pages(rig, "eth0", 200, 1400), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_GE(rig, rig_sent(rig, "eth0"), 10);
	EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
	EXPECT_EQ(rig, rig_stat(rig, "dma.live"), 0);
}

/* The first part of a large frame waits in the ring for the rest when the interface closes. */
SIM_TEST(ixgbe_leaks, parts_of_frames_at_close, .scenario = "nic.toml")
{
	EXPECT_EQ(rig, rig_set_mtu(rig, "eth0", 9000), 0);
	for (unsigned i = 0; i < 10; i++) {
		EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
		rig_wire_flows(rig, "eth0", rig_now(rig), 60, 9000, dur_us(7), 4);
		rig_run(rig, dur_ns(150000 + 1900 * i));
		EXPECT_EQ(rig, rig_close(rig, "eth0"), 0);
		EXPECT_EQ(rig, rig_stat(rig, "dma.live"), 0);
		rig_run(rig, dur_ms(1));
		EXPECT_EQ(rig, rig_open(rig, "eth0"), 0);
	}
}

/* The interface is detached for good: settings are refused, and the driver can leave. */
SIM_TEST(ixgbe_fault, a_detached_interface_takes_no_settings, .scenario = "nic.toml")
{
	EXPECT_EQ(rig, rig_pci_error(rig, "eth0", 3), 0);
	EXPECT_EQ(rig, rig_set_ring(rig, "eth0", 256), NO_DEVICE);
	EXPECT_EQ(rig, rig_set_channels(rig, "eth0", 1), NO_DEVICE);
	EXPECT_EQ(rig, rig_set_coalesce(rig, "eth0", 50), NO_DEVICE);
	EXPECT_EQ(rig, rig_unbind(rig, "eth0"), 0);
}

/* Commands with data of the driver's own (a discard's ranges), lists of several pages, large ones
 * and small ones, each broken off at another place. */
static void broken_off(struct rig *rig, const char *fault)
{
	EXPECT_EQ(rig, rig_sysfs(rig, "block/nvme0n1/queue/max_sectors_kb", "4096"), 0);
	rig_fault(rig, "nvme0", fault);
	for (unsigned i = 0; i < 8; i++) {
		EXPECT_EQ(rig, rig_discard(rig, "nvme0", (uint64_t)i << 20, 64 * KIB), 0);
		EXPECT_EQ(rig, rig_write(rig, "nvme0", (uint64_t)(64 + i) << 20, 4 * KIB), 0);
		EXPECT_EQ(rig, rig_write(rig, "nvme0", (uint64_t)(128 + i) << 20, 1024 * KIB), 0);
		EXPECT_EQ(rig, rig_read_as(rig, "nvme0", (uint64_t)(256 + 8 * i) << 20, 4092 * KIB,
					   RIG_CONTIGUOUS | 512, 0), 0);
	}
}

#define LONG "device.nvme0.max_transfer=\"4MiB\""

SIM_TEST(nvme_leaks, mappings_fail, .scenario = "ssd.toml", .set = { LONG })
{
	broken_off(rig, "kind=dma-map count=0 probability=20");
}

SIM_TEST(nvme_leaks, lists_fail, .scenario = "ssd-strict.toml", .set = { LONG })
{
	broken_off(rig, "kind=dma-alloc count=0 probability=20");
}

/* The ranges of a discard are the driver's own memory, made anew for each attempt. */
SIM_TEST(nvme_leaks, ranges_of_discards, .scenario = "ssd.toml")
{
	rig_fault(rig, "nvme0", "kind=dma-map count=0 probability=40");
	for (unsigned i = 0; i < 30; i++)
		EXPECT_EQ(rig, rig_discard(rig, "nvme0", (uint64_t)i << 20, 64 * KIB), 0);
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 5);
}

/* ---- bounce buffers: the smallest pool, so that what does not come back is missed ---- */

#define SMALL_POOL                                                                                \
	"iommu.mode=\"strict\"", "dma.bounce=\"untrusted\"", "host.cmdline=\"swiotlb=512\""

SIM_TEST(ixgbe_leaks, bounce_buffers_come_back, .scenario = "nic.toml", .no_explore = 1,
	 .set = { SMALL_POOL })
{
	for (unsigned i = 0; i < 3; i++)
		EXPECT_EQ(rig, rig_send(rig, "eth0", 400, 200), 0);
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 1200);
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}

/* What begins in the second half of a page is padded by a slot of its own. */
SIM_TEST(nvme_leaks, bounce_buffers_come_back, .scenario = "ssd.toml", .no_explore = 1,
	 .set = { SMALL_POOL })
{
	for (unsigned i = 0; i < 600; i++) {
		unsigned how = i % 3 ? 3584 : 512;

		if (i % 4)
			EXPECT_EQ(rig, rig_write_as(rig, "nvme0", 0, 4 * KIB, how), 0);
		else
			EXPECT_EQ(rig, rig_read_as(rig, "nvme0", 0, 4 * KIB, how, 0), 0);
	}
	EXPECT_NO_LOG(rig, "swiotlb buffer is full");
}
