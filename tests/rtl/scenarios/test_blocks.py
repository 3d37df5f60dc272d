# SPDX-License-Identifier: MIT
"""Blocks in RTL inside of the whole machine, under the unmodified drivers: with a clock that rounds
nothing they do what the C models do, event for event; with a real clock results differ by its
period. What they cost; waveforms; what is refused."""
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "drivers"))
from rig import Rig, main  # noqa: E402

HEAD = """format = 1
seed = 7
run = { warmup = "1ms", measure = "4ms" }
"""
NIC = """[device.eth0]
model = "82599"
driver = "ixgbe"
queues = 2
"""
FRAMES = """[[traffic]]
to = "eth0"
rate = "900kpps"
"""
SSD = """[device.nvme0]
model = "nvme"
driver = "nvme"
queues = 2
coalesce_time = "100us"
coalesce_threshold = 4
[[io]]
on = "nvme0"
op = "randrw"
depth = 16
cores = [0, 1]
"""
COUNT = 'moderation = { kind = "count-timeout", count = 8, timeout = "30us" }\n'
IDEAL = '[host]\nsoftware = "ideal"\n'
SYSTEMS = {
    "gap": HEAD + NIC + 'itr = "20us"\n' + FRAMES,
    "adaptive gap, translated": HEAD + '[iommu]\nmode = "strict"\n' + NIC + 'itr = "adaptive"\n'
                                + FRAMES,
    "fixed gap": HEAD + NIC + 'itr = "off"\nmoderation = { kind = "itr", gap = "7us" }\n' + FRAMES,
    "count or timeout": HEAD + NIC + 'itr = "off"\n' + COUNT + FRAMES,
    "ideal host": HEAD + IDEAL + NIC.replace("queues = 2", "queues = 1") + 'itr = "off"\n' + COUNT
                  + FRAMES,
    "disk": HEAD + "[cpu]\ncores = 2\n" + SSD,
}
EXACT = "1000GHz"
CLOCK = "250MHz"
# Of the C model's, on the median of five runs each.
COST_MOST = 1.5


def blocks(name, clock):
    """Options that take all blocks of a system's device from RTL."""
    device = "nvme0" if name == "disk" else "eth0"
    which = "coalescing" if name == "disk" else "moderation"
    options = [f"device.{device}.rtl.{which}=true", f"device.{device}.rtl.msix=true",
               f'device.{device}.rtl.clock="{clock}"']
    return [word for option in options for word in ("--set", option)]


def result_of(stats):
    """Interrupts; mean and 99th percentile of the latency."""
    device = "eth0" if "eth0.irq.count" in stats else "nvme0"
    latency = stats["eth0.rx.latency_ns" if device == "eth0" else "nvme0.io.latency_ns"]
    return stats[f"{device}.irq.count"], latency["mean"], latency["p99"]


class Blocks(Rig):
    def point(self, name, *options):
        file = self.write("system.toml", SYSTEMS[name])
        return self.run_json(file, "--out", self.path("out"), *options)["points"][0]

    def test_without_rounding_every_event_is_the_c_models(self):
        for name in SYSTEMS:
            with self.subTest(system=name):
                c, rtl = self.point(name), self.point(name, *blocks(name, EXACT))
                self.assertEqual(c["digest"], rtl["digest"])
                self.assertEqual(c["stats"], rtl["stats"])
                self.assertGreater(result_of(c["stats"])[0], 0)

    def test_a_real_clock_changes_results_by_little(self):
        for name in SYSTEMS:
            with self.subTest(system=name):
                c = result_of(self.point(name)["stats"])
                rtl = result_of(self.point(name, *blocks(name, CLOCK))["stats"])
                print(f"{name}: interrupts, mean and p99 latency: C {c}, RTL {rtl}")
                for of_c, of_rtl in zip(c, rtl):
                    self.assertAlmostEqual(of_c, of_rtl, delta=0.01 * of_c + 1)

    def test_the_same_again(self):
        runs = {self.point("gap", *blocks("gap", CLOCK))["digest"] for _ in range(2)}
        self.assertEqual(len(runs), 1)

    def test_moderation_in_rtl_costs_little_host_time(self):
        long = ["--set", 'run.measure="60ms"']
        seconds = {"C": [], "RTL": []}
        for _ in range(5):
            for kind, options in (("C", []), ("RTL", blocks("gap", CLOCK))):
                host = self.point("gap", *long, *options)["host"]
                seconds[kind].append(host["cpu_seconds"])
        ratio = statistics.median(seconds["RTL"]) / statistics.median(seconds["C"])
        print(f"host time with RTL: {ratio:.2f} of the C model's, {seconds}")
        self.assertLess(ratio, COST_MOST)

    def test_waveforms_are_drawn_and_change_nothing(self):
        plain = self.point("gap", *blocks("gap", CLOCK))
        drawn = self.point("gap", *blocks("gap", CLOCK), "--wave")
        self.assertEqual(plain["digest"], drawn["digest"])
        for block in ("moderation", "msix"):
            with open(self.path("out", "point000", f"eth0-{block}.fst"), "rb") as file:
                head = file.read(330)
            # FST: block type 0 (header), its length 329, then the first and last time.
            self.assertEqual(head[:9], bytes([0]) + (329).to_bytes(8, "big"))
            self.assertGreater(int.from_bytes(head[17:25], "big"), 10**9)

    def test_waveforms_need_a_block(self):
        file = self.write("system.toml", SYSTEMS["gap"])
        done = self.run_cli(file, "--wave", "--out", self.path("out"), code=2)
        self.assertIn("no device takes a block from RTL", done.stderr)

    def refused_in(self, system, option, text):
        file = self.write("system.toml", system)
        done = self.run_cli(file, "--set", option, "--out", self.path("out"), code=2)
        self.assertIn(text, done.stderr)

    def refused(self, system, option, text):
        self.refused_in(SYSTEMS[system], option, text)

    def test_blocks_that_a_device_has_not_are_refused(self):
        self.refused("gap", "device.eth0.rtl.coalescing=true", "a block of NVMe devices")
        self.refused("disk", "device.nvme0.rtl.moderation=true", "a block of network devices")
        self.refused("gap", 'device.eth0.rtl.clock="0.5MHz"', "1MHz")
        timer = 'moderation = { kind = "packet-timer", gap = "5us", timeout = "9us" }\n'
        self.refused_in(HEAD + NIC + 'itr = "off"\n' + timer + FRAMES,
                        "device.eth0.rtl.moderation=true",
                        "the RTL has the kinds itr and count-timeout")


main()
