# SPDX-License-Identifier: MIT
"""The unmodified IOMMU driver and bounce buffers under ixgbe and nvme: every mode, forced and
untrusted bouncing, devices of few address bits. Data come back as written, nothing faults."""
from rig import Rig, main

MACHINE = """# Do both devices work behind the IOMMU?
format = 1
run = { warmup = "500us", measure = "1ms" }
[cpu]
cores = 2
[device.nvme0]
model = "nvme"
media = "ideal"
queues = 2
[[io]]
on = "nvme0"
op = "randrw"
size = "16KiB"
depth = 4
cores = [0, 1]
verify = true
[device.eth0]
model = "82599"
queues = 2
[[traffic]]
to = "eth0"
frame = "1024B"
rate = "50kpps"
arrival = "constant"
sink = "echo"
"""
BOUNCED = 16384     # bytes of an I/O, at least once each


class Iommu(Rig):
    def stats(self, *sets):
        args = [arg for one in sets for arg in ("--set", one)]
        result = self.run_json(self.write("iommu.toml", MACHINE), "--out", self.path("out"), *args)
        stats = result["points"][0]["stats"]
        self.assertGreater(stats["nvme0.io.completed"], 50)
        self.assertEqual(stats["nvme0.io.errors"], 0)
        self.assertGreater(stats["eth0.tx.sent"], 40)
        self.assertEqual(stats["eth0.rx.dropped"], 0)
        self.assertEqual(stats["iommu.faults"], 0)
        self.log = self.read("out", "point000", "console.log")
        return stats

    def test_off_translates_nothing(self):
        stats = self.stats("iommu.mode=off")
        self.assertEqual(stats["iommu.iotlb.hits"] + stats["iommu.iotlb.misses"], 0)
        self.assertEqual(stats["dma.bounced_bytes"], 0)
        self.assertNotIn("DMAR", self.log)

    def test_passthrough_looks_up_contexts_only(self):
        stats = self.stats("iommu.mode=passthrough")
        self.assertEqual(stats["iommu.walks"] + stats["iommu.invalidations"], 0)
        self.assertIn("Default domain type: Passthrough", self.log)

    def test_strict_invalidates_with_each_unmap_and_lazy_does_not(self):
        strict = self.stats("iommu.mode=strict")
        self.assertIn("TLB invalidation policy: strict", self.log)
        lazy = self.stats("iommu.mode=lazy")
        self.assertIn("TLB invalidation policy: lazy", self.log)
        self.assertGreaterEqual(strict["iommu.invalidations"], strict["nvme0.io.completed"])
        self.assertLess(lazy["iommu.invalidations"], strict["iommu.invalidations"] / 20)
        self.assertGreater(strict["cpu.time_ns.invalidate"],
                           20 * lazy["cpu.time_ns.invalidate"])
        wait = strict["iommu.invalidate.wait_ns"]
        self.assertGreaterEqual(wait["count"], strict["nvme0.io.completed"])
        self.assertGreater(wait["min"], 400)

    def test_forced_bouncing_copies_everything(self):
        for mode in ("off", "passthrough"):
            stats = self.stats("dma.bounce=force", f"iommu.mode={mode}")
            self.assertGreaterEqual(stats["dma.bounced_bytes"],
                                    BOUNCED * stats["nvme0.io.completed"])
            self.assertGreater(stats["cpu.time_ns.bounce"], 0)

    def test_untrusted_bounces_what_does_not_fill_its_pages(self):
        stats = self.stats("dma.bounce=untrusted", "iommu.mode=strict")
        self.assertGreaterEqual(stats["dma.bounced_bytes"], 1000 * stats["eth0.tx.sent"])
        self.assertLess(stats["dma.bounced_bytes"], BOUNCED * stats["nvme0.io.completed"] / 4)

    def test_few_address_bits_bounce_memory_beyond_them(self):
        stats = self.stats("device.nvme0.dma_bits=32", "host.memory=6GiB")
        self.assertGreater(stats["dma.bounced_bytes"], 0)

    def test_few_address_bits_limit_the_addresses_handed_out(self):
        stats = self.stats("device.nvme0.dma_bits=30", "device.eth0.dma_bits=27",
                           "host.memory=6GiB", "iommu.mode=lazy")
        self.assertEqual(stats["dma.bounced_bytes"], 0)

    def test_interrupts_are_remapped_unless_asked_otherwise(self):
        stats = self.stats("iommu.mode=strict")
        irqs = stats["nvme0.irq.count"] + stats["eth0.irq.count"]
        self.assertIn("interrupts of devices are remapped", self.log)
        self.assertGreaterEqual(stats["iommu.interrupts.remapped"], irqs - 4)
        self.assertLessEqual(stats["iommu.interrupts.remapped"], irqs + 4)
        direct = self.stats("iommu.mode=strict", "iommu.interrupts=direct")
        self.assertEqual(direct["iommu.interrupts.remapped"], 0)
        self.assertNotIn("remapped", self.log)

    def test_less_than_32_bits_need_translation(self):
        done = self.run_cli(self.write("iommu.toml", MACHINE), "--set",
                            "device.nvme0.dma_bits=27", code=2)
        self.assertIn("needs iommu.mode lazy or strict", done.stderr)


TRANSFERS = """# Does what the test device writes arrive?
format = 1
run = { warmup = "200us", measure = "500us" }
[cpu]
cores = 2
[iommu]
mode = "strict"
[device.dma0]
model = "dmatest"
[[transfer]]
on = "dma0"
op = "both"
size = "20KiB"
map = "single"
depth = 8
cores = [0, 1]
"""


class Transfers(Rig):
    """The DMA test device and its driver; every page of a write is checked for its stamp."""

    def run_with(self, *sets, code=0):
        args = [arg for one in sets for arg in ("--set", one)]
        result = self.run_json(self.write("dma.toml", TRANSFERS), "--out", self.path("out"), *args,
                               code=code)
        self.log = self.read("out", "point000", "console.log")
        return result["points"][0]["stats"]

    def test_all_ways_of_mapping_in_all_modes(self):
        for mode in ("off", "passthrough", "lazy", "strict"):
            for how in ("single", "sg", "page"):
                with self.subTest(mode=mode, map=how):
                    stats = self.run_with(f"iommu.mode={mode}", f"transfer.0.map={how}")
                    self.assertGreater(stats["transfer0.completed"], 20)
                    self.assertEqual(stats["transfer0.errors"], 0)
                    self.assertEqual(stats["dma0.refused"] + stats["iommu.faults"], 0)
                    self.assertEqual(stats["dma0.stray.count"], 0)

    def test_scattered_pages_become_contiguous_behind_an_iommu(self):
        sg = self.run_with("transfer.0.map=sg")
        page = self.run_with("transfer.0.map=page")
        each = [s["iommu.invalidations"] / s["transfer0.completed"] for s in (sg, page)]
        self.assertLess(each[0], 1.2)
        self.assertGreater(each[1], 4.8)

    def test_bursts_of_all_lengths_stamp_every_page(self):
        for burst in ("64B", "1KiB", "8KiB", "64KiB"):
            with self.subTest(burst=burst):
                stats = self.run_with(f"device.dma0.burst={burst}", "iommu.mode=lazy")
                self.assertGreater(stats["transfer0.completed"], 20)
                self.assertEqual(stats["transfer0.errors"], 0)

    def test_forced_bouncing(self):
        stats = self.run_with("iommu.mode=off", "dma.bounce=force")
        self.assertEqual(stats["transfer0.errors"], 0)
        self.assertGreater(stats["dma.bounced_bytes"], 20480 * stats["transfer0.completed"] * 0.9)

    def test_superpages_are_one_entry(self):
        window = ("transfer.0.map=once", "transfer.0.size=64B", "transfer.0.window=16MiB",
                  "transfer.0.op=read", "transfer.0.cores=[0]")
        small = self.run_with(*window, "transfer.0.page=4KiB")
        large = self.run_with(*window, "transfer.0.page=2MiB")
        self.assertGreater(small["iommu.iotlb.misses"], 10 * small["iommu.iotlb.hits"])
        self.assertEqual(large["iommu.iotlb.misses"], 0)

    def test_a_stray_device_is_blocked_and_the_kernel_says_so(self):
        stray = ("transfer.0.stray=outside", "transfer.0.stray_every=50")
        stats = self.run_with("iommu.mode=strict", *stray)
        self.assertGreater(stats["dma0.stray.blocked"], 2)
        self.assertEqual(stats["dma0.stray.landed"] + stats["transfer0.overwritten"], 0)
        self.assertGreaterEqual(stats["iommu.faults"], stats["dma0.stray.blocked"])
        self.assertIn("DMAR: [DMA Write NO_PASID] Request device [00:01.0] fault addr", self.log)
        self.assertIn("DMAR: [DMA Read NO_PASID] Request device [00:01.0] fault addr", self.log)
        stats = self.run_with("iommu.mode=off", *stray)
        self.assertGreater(stats["transfer0.overwritten"], 2)

    def test_a_stale_write_lands_in_the_lazy_window_only(self):
        stale = ("transfer.0.stray=stale", "transfer.0.stray_every=5", "transfer.0.op=write",
                 "transfer.0.window=64KiB", "transfer.0.size=4KiB", "transfer.0.depth=2",
                 "transfer.0.cores=[0]")
        lazy = self.run_with("iommu.mode=lazy", *stale)
        self.assertGreater(lazy["dma0.stray.landed"], 2)
        self.assertGreater(lazy["transfer0.overwritten"], 2)
        strict = self.run_with("iommu.mode=strict", *stale)
        self.assertGreater(strict["dma0.stray.count"], 2)
        self.assertEqual(strict["transfer0.overwritten"], 0)


if __name__ == "__main__":
    main()
