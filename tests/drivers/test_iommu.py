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
        self.assertGreater(stats["dma.bounced_bytes"], 1000 * stats["eth0.tx.sent"])
        self.assertLess(stats["dma.bounced_bytes"], BOUNCED * stats["nvme0.io.completed"] / 4)

    def test_few_address_bits_bounce_memory_beyond_them(self):
        stats = self.stats("device.nvme0.dma_bits=32", "host.memory=6GiB")
        self.assertGreater(stats["dma.bounced_bytes"], 0)

    def test_few_address_bits_limit_the_addresses_handed_out(self):
        stats = self.stats("device.nvme0.dma_bits=30", "device.eth0.dma_bits=27",
                           "host.memory=6GiB", "iommu.mode=lazy")
        self.assertEqual(stats["dma.bounced_bytes"], 0)

    def test_less_than_32_bits_need_translation(self):
        done = self.run_cli(self.write("iommu.toml", MACHINE), "--set",
                            "device.nvme0.dma_bits=27", code=2)
        self.assertIn("needs iommu.mode lazy or strict", done.stderr)


if __name__ == "__main__":
    main()
