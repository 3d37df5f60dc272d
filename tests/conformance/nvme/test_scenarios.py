# SPDX-License-Identifier: MIT
"""The controller's namespaces and power states under the unmodified nvme: the scenario here holds, and
what cannot be is refused at its place in the file."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "drivers"))
from rig import BINARY, SOURCE, Rig, main  # noqa: E402

SCENARIO = """# What is refused?
format = 1
run = {{ warmup = "10us", measure = "10us" }}
{host}
[device.nvme0]
model = "nvme"
{device}
[[io]]
on = "nvme0"
op = "randread"
{io}
"""
HOST, DEVICE, IO = 4, 7, 11    # lines


class Namespaces(Rig):
    def holds(self, name):
        result = self.run_json(os.path.join(SOURCE, "tests", "conformance", "nvme", name),
                               "--out", self.path("out"))
        self.assertTrue(result["expectations"])
        for one in result["expectations"]:
            self.assertTrue(one["ok"], one)
        return result["points"]

    def test_namespaces_are_disks_of_their_own(self):
        points = self.holds("namespaces.toml")
        self.assertEqual(len(points), 4)

    def test_the_driver_sees_the_idle_state(self):
        """Built without CONFIG_PM, it turns autonomous transitions (feature 0Ch) off."""
        path = self.write("power.toml", SCENARIO.format(
            host="", io="", device='power = { entry = "200us", exit = "1200us" }'))
        self.run_json(path, "--trace", "nvme.feature.*", "--out", self.path("out"))
        trace = self.read("out", "point000", "trace.txt")
        self.assertEqual(trace.count("nvme.feature.set feature=12 value=0"), 1)

    def refused(self, where, what, **lines):
        path = self.write("a.toml", SCENARIO.format(**{"host": "", "device": "", "io": "",
                                                       **lines}))
        done = subprocess.run([BINARY, "check", path], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 2, done.stderr + done.stdout)
        self.assertIn(f"a.toml:{where}: error: {what}", done.stderr)

    def test_a_namespace_that_is_not_there(self):
        self.refused(f"{IO}:13", "the device has fewer namespaces", device="namespaces = 2",
                     io="namespace = 3")
        self.refused(f"{IO}:13", "the device has fewer namespaces", io="namespace = 2")

    def test_what_the_ideal_host_does_not_know(self):
        ideal = '[host]\nsoftware = "ideal"'
        self.refused(f"{IO + 1}:13", "the ideal host knows namespace 1 only", host=ideal,
                     device="namespaces = 2", io="namespace = 2")
        self.refused(f"{DEVICE + 1}:9", "the ideal host has blocks of 512B", host=ideal,
                     device='block = "4KiB"')

    def test_parts_of_a_block(self):
        self.refused(f"{IO}:8", "the device has logical blocks of 4KiB", device='block = "4KiB"',
                     io='size = "6KiB"')


if __name__ == "__main__":
    main()
