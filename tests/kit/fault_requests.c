/* SPDX-License-Identifier: MIT */
/* The device's requests: late, to a wrong address, blocked by the IOMMU, ended by PCIe errors. */
#include <doorbell/test.h>

#define START ((struct at){ 0 })
#define KIB 1024u

static void right(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t wrong = 1;

	EXPECT_EQ(rig, rig_read(rig, "nvme0", offset, bytes, &wrong), 0);
	EXPECT_EQ(rig, wrong, 0);
}

SIM_TEST(ixgbe_fault, late_writes_lose_nothing, .scenario = "nic.toml")
{
	rig_fault(rig, "eth0", "kind=dma-late count=0 probability=10 delay=4us");
	rig_wire_flows(rig, "eth0", START, 1000, 64, dur_us(5), 8);
	rig_run_idle(rig, dur_ms(8));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 1000);
}

/* The interrupt comes behind the write-back, so the poll finds it; sends wait for theirs. */
SIM_TEST(ixgbe_fault, late_write_backs_lose_nothing, .scenario = "nic.toml", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=writeback-late count=0 probability=30 delay=20us");
	rig_wire_flows(rig, "eth0", START, 500, 64, dur_us(10), 8);
	EXPECT_EQ(rig, rig_send(rig, "eth0", 200, 1000), 0);
	rig_run_idle(rig, dur_ms(10));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 500);
	EXPECT_EQ(rig, rig_sent(rig, "eth0"), 200);
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 100);
}

SIM_TEST(nvme_fault, late_completion_entries_lose_nothing, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=writeback-late count=0 probability=50 delay=30us");
	for (unsigned i = 0; i < 40; i++)
		right(rig, (uint64_t)i << 14, 16 * KIB);
	EXPECT_GE(rig, rig_stat(rig, "faults.injected"), 10);
}

/* The IOMMU keeps the write from memory and the kernel says which one. The controller cannot know
 * (a posted write has no answer), so the read succeeds with a page of it missing: nobody promises
 * more, and nothing else is overwritten. */
SIM_TEST(nvme_fault, stray_write_is_stopped_by_the_iommu, .scenario = "ssd-strict.toml",
	 .allow = "data.read", .no_explore = 1)
{
	uint64_t wrong = 0;

	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	rig_fault(rig, "nvme0", "kind=dma-astray access=write value=0x4000000000");
	EXPECT_EQ(rig, rig_read(rig, "nvme0", 0, 64 * KIB, &wrong), 0);
	EXPECT_EQ(rig, wrong, 8);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 1);
	EXPECT_LOG(rig, "DMAR: [DMA Write NO_PASID] Request device [00:01.0]");
	right(rig, 0, 64 * KIB);
}

/* 04h, Data Transfer Error: nvme does the command again. */
SIM_TEST(nvme_fault, stray_read_is_done_again, .scenario = "ssd-strict.toml", .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=dma-astray access=read after=1 value=0x4000000000");
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 1);
	EXPECT_LOG(rig, "DMAR: [DMA Read NO_PASID] Request device [00:01.0]");
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_fault, blocked_request_is_reported_and_done_again, .scenario = "ssd-strict.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=iommu-fault access=read after=1");
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 1);
	EXPECT_LOG(rig, "[fault reason 0x06] PTE Read access is not set");
	right(rig, 0, 64 * KIB);
}

/* The first ten frames arrive. The next two lose their bytes and their descriptors, so the ring
 * stands still at the eleventh; the reset of a transmit timeout makes it good. */
SIM_TEST(ixgbe_fault, blocked_writes_are_reported, .scenario = "nic-strict.toml",
	 .allow = "data.*", .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=iommu-fault access=write after=20 count=4");
	rig_wire_burst(rig, START, 50, 64, dur_us(5));
	rig_run(rig, dur_ms(5));
	EXPECT_EQ(rig, rig_stat(rig, "iommu.faults"), 4);
	EXPECT_LOG(rig, "[fault reason 0x05] PTE Write access is not set");
	EXPECT_EQ(rig, rig_tx_timeout(rig, "eth0"), 0);
	rig_run(rig, dur_ms(50));
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
	rig_wire_burst(rig, rig_now(rig), 50, 64, dur_us(5));
	rig_run(rig, dur_ms(3));
	EXPECT_EQ(rig, rig_received(rig, "eth0"), 10 + 50);
}

/* Whatever ends the data's read of a write command, the controller says Data Transfer Error, and
 * the command is done again. */
static void data_read_ends(struct rig *rig, const char *fault)
{
	rig_fault(rig, "nvme0", fault);
	EXPECT_EQ(rig, rig_write(rig, "nvme0", 0, 64 * KIB), 0);
	EXPECT_EQ(rig, rig_stat(rig, "faults.injected"), 1);
	EXPECT_EQ(rig, rig_stat(rig, "nvme0.cmd.errors"), 1);
	right(rig, 0, 64 * KIB);
}

SIM_TEST(nvme_fault, unsupported_request_is_done_again, .scenario = "ssd.toml", .no_explore = 1)
{
	data_read_ends(rig, "kind=pcie-unsupported access=read after=1");
}

SIM_TEST(nvme_fault, completer_abort_is_done_again, .scenario = "ssd.toml", .no_explore = 1)
{
	data_read_ends(rig, "kind=pcie-abort access=read after=1");
}

SIM_TEST(nvme_fault, completion_timeout_is_done_again, .scenario = "ssd.toml", .no_explore = 1)
{
	struct at from = rig_now(rig);

	data_read_ends(rig, "kind=pcie-timeout access=read after=1");
	EXPECT_GE(rig, rig_now(rig).ps - from.ps, dur_ms(10).ps);
}

SIM_TEST(nvme_fault, poisoned_read_is_done_again, .scenario = "ssd.toml", .no_explore = 1)
{
	data_read_ends(rig, "kind=pcie-poisoned access=read after=1");
}

/* The fetch of the command itself: Controller Fatal Status, which the timeout sees; the controller
 * is reset and the command done again (nvme_should_reset). */
SIM_TEST(nvme_fault, failed_fetch_ends_in_a_reset, .scenario = "ssd.toml", .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=pcie-abort access=read");
	right(rig, 0, 4 * KIB);
	EXPECT_LOG(rig, "controller is down; will reset: CSTS=0x3");
	EXPECT_GE(rig, rig_now(rig).ps, 30ull * 1000000000000);
}

/* The completion entry is lost: found by nobody, so the command times out, is aborted and done
 * again after a reset. */
SIM_TEST(nvme_fault, poisoned_completion_entry_ends_in_a_retry, .scenario = "ssd.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "nvme0", "kind=pcie-poisoned access=write after=1");
	right(rig, 0, 4 * KIB);
	EXPECT_LOG(rig, "timeout");
}

/* Descriptors cannot be read: the transmit queue stands still. The driver's hang check finds it and
 * resets the adapter (ixgbe_check_tx_hang). */
SIM_TEST(ixgbe_fault, failed_descriptor_read_ends_in_a_reset, .scenario = "nic.toml",
	 .no_explore = 1)
{
	rig_fault(rig, "eth0", "kind=pcie-abort access=read");
	rig_send(rig, "eth0", 10, 1000);
	rig_run(rig, dur_ms(12000));
	EXPECT_LOG(rig, "Reset adapter");
	EXPECT_TRUE(rig, rig_wait_carrier(rig, "eth0", dur_ms(3000)));
	EXPECT_EQ(rig, rig_send(rig, "eth0", 50, 1000), 0);
	rig_run(rig, dur_ms(5));
	EXPECT_GE(rig, rig_sent(rig, "eth0"), 50);
}
