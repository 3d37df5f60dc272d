# SPDX-License-Identifier: MIT
"""What lies where in the caches, seen through the unmodified drivers: the first touch of received
data, the ways for devices and rings that are larger, another socket; counts of mappings and polls."""
from rig import Rig, main

HEAD = """# {question}
format = 1
run = {{ warmup = "2ms", measure = "{measure}" }}
"""
NIC = """[cpu]
cores = {cores}
sockets = {cores}
[device.eth0]
model = "82599"
queues = 1
ring = {ring}
itr = "20us"
{device}
"""
FRAMES = """[[traffic]]
to = "eth0"
frame = "512B"
rate = "{rate}"
arrival = "constant"
sink = "{sink}"
"""
DMA = """[cpu]
cores = 1
[memory]
ddio_ways = 0
[pcie]
gen = 5
lanes = 16
[device.dma0]
model = "dmatest"
[[transfer]]
on = "dma0"
op = "{op}"
size = "{size}"
map = "once"
window = "64KiB"
depth = 32
"""
SSD = """[cpu]
cores = 1
[device.nvme0]
model = "nvme"
media = "ideal"
queues = 1
[[io]]
on = "nvme0"
op = "randread"
depth = 8
engine = "async"
cores = [0]
"""


class Memory(Rig):
    def stats(self, question, text, *more, measure="6ms"):
        file = self.write("scenario.toml", HEAD.format(question=question, measure=measure) + text)
        result = self.run_json(file, "--out", self.path("out"), *more)
        return result["points"][0]["stats"]

    def frames(self, ring, *more, sink="drop", cores=2, device="", rate="1Mpps"):
        text = NIC.format(ring=ring, cores=cores, device=device)
        text += FRAMES.format(sink=sink, rate=rate)
        return self.stats("Where are received frames?", text, *more)

    def test_small_ring_stays_in_the_ways_for_devices(self):
        stats = self.frames(64)
        self.assertEqual(stats["llc.dma.lost"], 0)
        self.assertEqual(stats["llc.core.memory"], 0)
        # Header and descriptors: a core looks at the first line of each frame at least.
        self.assertGreater(stats["llc.core.device"], stats["eth0.rx.delivered"])

    # More frames than a slow core can take, so a ring is full of data that wait.
    def test_large_ring_that_fills_overflows_the_ways_for_devices(self):
        small, large = (self.frames(ring, "--set", "cpu.frequency=1GHz", rate="10Gbps")
                        for ring in (64, 4096))
        for stats in (small, large):
            self.assertGreater(stats["eth0.rx.dropped"], 0)
        frames = large["eth0.rx.delivered"]
        self.assertGreater(frames, 3000)
        self.assertLess(small["llc.core.memory"], frames // 20)
        self.assertGreater(large["llc.core.memory"], frames // 2)

    def test_without_ways_for_devices_headers_come_from_memory(self):
        stats = self.frames(64, "--set", "memory.ddio_ways=0")
        self.assertGreater(stats["llc.core.memory"], stats["eth0.rx.delivered"])
        self.assertEqual(stats["llc.core.device"], 0)

    def test_data_for_an_application_are_copied_by_residency(self):
        small = self.frames(64, sink="udp")
        cold = self.frames(64, "--set", "memory.ddio_ways=0", sink="udp")
        copy = [s["cpu.time_ns.copy"] / s["eth0.rx.delivered"] for s in (small, cold)]
        self.assertGreater(copy[1], copy[0] + 20)

    def test_device_at_the_other_socket_costs_reads_and_first_touches(self):
        near = self.frames(64, "--set", "memory.socket=0")
        far = self.frames(64, "--set", "memory.socket=1", "--set", "device.eth0.socket=1")
        self.assertEqual(near["llc.core.remote"], 0)
        self.assertGreater(far["llc.core.remote"], far["eth0.rx.delivered"])
        far = self.frames(64, "--set", "device.eth0.socket=1")
        self.assertEqual(far["pcie.eth0.read.latency_ns"]["p50"],
                         near["pcie.eth0.read.latency_ns"]["p50"] + 106)

    def test_memory_bounds_what_devices_write_past_the_cache(self):
        text = DMA.format(op="write", size="4KiB")
        narrow = ("--set", "memory.bandwidth=64Gbps")
        free, bound, cached = (self.stats("Does memory bound DMA?", text, *more, measure="300us")
                               for more in ((), narrow, narrow + ("--set", "memory.ddio_ways=2")))
        self.assertLess(free["memory.wait_ns"], bound["memory.wait_ns"] / 100)
        self.assertGreater(free["dma0.write.bandwidth"], 30e9)
        self.assertAlmostEqual(bound["dma0.write.bandwidth"], 8e9, delta=0.1e9)
        # A window that fits into the ways for devices never leaves the cache.
        self.assertEqual(cached["llc.memory"], 0)
        self.assertGreater(cached["dma0.write.bandwidth"], 30e9)

    def test_polls_are_counted(self):
        stats = self.frames(512, cores=1)
        self.assertGreater(stats["eth0.rx.frames_per_poll"], 10)
        self.assertLessEqual(stats["eth0.rx.frames_per_poll"], stats["eth0.rx.frames_per_irq"] + 1)

    def test_every_read_is_mapped_and_unmapped_once(self):
        for bounce in ("auto", "force"):
            stats = self.stats("Are maps and unmaps counted?", SSD, "--set", f"dma.bounce={bounce}")
            reads = stats["nvme0.io.completed"]
            self.assertGreater(reads, 1000)
            self.assertAlmostEqual(stats["dma.maps"], reads, delta=8)
            self.assertAlmostEqual(stats["dma.unmaps"], reads, delta=8)

    def test_interface_that_went_down_and_up_has_unmapped_what_it_mapped(self):
        stats = self.stats("Does ifdown unmap all?", NIC.format(ring=512, cores=1, device="") + """
[[admin]]
on = "eth0"
action = "down-up"
count = 1
every = "5ms"
[[traffic]]
to = "eth0"
rate = "1kpps"
sink = "drop"
""", measure="600ms")
        self.assertEqual(stats["admin0.done"], 1)
        self.assertGreater(stats["dma.unmaps"], 500)
        self.assertEqual(stats["dma.maps"], stats["dma.unmaps"])


if __name__ == "__main__":
    main()
