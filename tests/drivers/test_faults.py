# SPDX-License-Identifier: MIT
"""Any faults together: the drivers may fail, and what they do wrong is reported (exit 3), but the
simulator stays up, and the same run gives the same result. The kinds come from `doorbell list
faults`, so new ones are tried by themselves. With "soak" as an argument, a few hundred."""
import json
import os
import random
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import BINARY, Rig, main, without_host  # noqa: E402

SOAK = "soak" in sys.argv
TRIES = 600 if SOAK else 24
TWICE = 6             # every so many runs are done again
GOOD, DRIVER = 0, 3   # exit codes: as asked, or the driver crashed, hung or broke a rule
# A stray write into memory may overwrite the kernel, and then anything follows: stray requests miss
# memory.
BEYOND_MEMORY = 1 << 40
REGISTERS = {"eth0": (0x8, 0x42a4, 0x800, 0x4000, 0x1028), "nvme0": (0x0, 0x14, 0x1c)}
STATUS = (0x4, 0x6, 0x281, 0x4281, 0x80, 0x371)
MACHINE = """format = 1
seed = {seed}
run = {{ warmup = "1ms", measure = "{measure}" }}
[cpu]
cores = {cores}
[iommu]
mode = "{iommu}"
[device.eth0]
model = "82599"
queues = {cores}
itr = "{itr}"
[device.nvme0]
model = "nvme"
media = "ideal"
capacity = "1GiB"
queues = {cores}
[[traffic]]
to = "eth0"
frame = "{frame}B"
rate = "{rate}pps"
sink = "{sink}"
[[io]]
on = "nvme0"
op = "{op}"
size = "{size}KiB"
depth = {depth}
{closed}rate = "{ios}iops"
"""
ADMIN = """[[admin]]
on = "eth0"
action = "{action}"
every = "{every}ms"
count = 4
"""
ACTIONS = "down-up ring coalesce statistics tx-timeout self-test reset".split()


def kinds():
    """[(name, what it is on, keys, range of its value)]"""
    listed = subprocess.run([BINARY, "list", "faults"], text=True, check=True, capture_output=True)
    found = []
    for line in listed.stdout.splitlines():
        name, on = re.match(r"(\S+) +an? (device|network device|SSD|core)\b", line).groups()
        keys = re.findall(r"\[(\w+)", line)
        value = re.search(r"\[value (\d+)\.\.(\d+)\]", line)
        found.append((name, on, keys, value and tuple(map(int, value.groups()))))
    return found


class Tables:
    """Random [[fault]] tables for a machine."""

    def __init__(self, choose, cores, iommu, window_us):
        self.choose, self.cores, self.iommu = choose, cores, iommu
        self.window_us = window_us

    def place(self, on):
        if on == "core":
            return f"cpu{self.choose.randrange(self.cores)}"
        nic, ssd = on != "SSD", on != "network device"
        return self.choose.choice(["eth0"] * nic + ["nvme0"] * ssd)

    def value(self, name, limits):
        if name == "dma-astray":
            return BEYOND_MEMORY << self.choose.randrange(8)
        if name == "status":
            return self.choose.choice(STATUS)
        if name == "irq-spurious":
            return self.choose.randrange(4)
        return self.choose.randint(*limits)

    def table(self, name, on, keys, limits):
        place = self.place(on)
        lines = [f'on = "{place}"', f'kind = "{name}"', f"at = \"{self.choose.randrange(self.window_us)}us\"",
                 f"count = {self.choose.choice([0, 1, 1, 2, 5, 40])}",
                 f"after = {self.choose.choice([0, 0, 1, 3, 30])}",
                 f"probability = {self.choose.choice([100, 100, 50, 10, 1])}"]
        if "delay" in keys:
            lines.append(f'delay = "{self.choose.choice([0, 1, 20, 300, 2000, 50000])}us"')
        if "every" in keys:
            lines.append(f'every = "{self.choose.choice([1, 10, 100, 1000, 7000])}us"')
        if limits:
            lines.append(f"value = {self.value(name, limits)}")
        if "register" in keys and (name == "read-stuck" or self.choose.random() < 0.5):
            lines.append(f"register = {self.choose.choice(REGISTERS[place])}")
        if "access" in keys and self.choose.random() < 0.3:
            lines.append('access = "read"')
        return "[[fault]]\n" + "\n".join(lines) + "\n"

    def some(self, listed):
        fit = [k for k in listed if self.iommu != "off" or k[0] != "iommu-fault"]
        return "".join(self.table(*self.choose.choice(fit))
                       for _ in range(self.choose.randint(1, 6)))


def scenario(choose, seed, listed):
    """Busy for some milliseconds; or, one in four, long enough for the drivers' timeouts."""
    cores, iommu = choose.randint(1, 3), choose.choice(["off", "lazy", "strict"])
    window_us, rate, ios = choose.choice([(5000, 200000, 0), (5000, 20000, 0),
                                          (30000, 100000, 20000), (70000000, 100, 50)])
    text = MACHINE.format(seed=seed, cores=cores, iommu=iommu, frame=choose.choice([64, 512, 1500]),
                          itr=choose.choice(["off", "20us", "adaptive"]),
                          rate=rate, measure=f"{window_us}us", ios=ios or 1,
                          closed="" if ios else "# ", sink=choose.choice(["udp", "echo", "drop"]),
                          op=choose.choice(["randread", "randrw", "write"]),
                          size=choose.choice([4, 64]), depth=choose.choice([1, 8]))
    if choose.random() < 0.5:
        text += ADMIN.format(action=choose.choice(ACTIONS),
                             every=min(4000, max(1, window_us // 5000)))
    return text + Tables(choose, cores, iommu, window_us).some(listed)


class Faults(Rig):
    def once(self, file, name):
        done = subprocess.run([BINARY, "run", "--json", file, "--out", self.path(name)],
                              cwd=self.dir, text=True, timeout=300, stdin=subprocess.DEVNULL,
                              capture_output=True)
        self.assertIn(done.returncode, (GOOD, DRIVER), self.read(file) + done.stderr[-4000:])
        return without_host(json.loads(done.stdout))

    def test_no_faults_take_the_simulator_down(self):
        listed = kinds()
        self.assertGreater(len(listed), 30)
        for seed in range(TRIES):
            file = self.write(f"s{seed}.toml", scenario(random.Random(seed), seed, listed))
            with self.subTest(seed=seed):
                first = self.once(file, "first")
                if seed % TWICE == 0:
                    self.assertEqual(first, self.once(file, "second"))


main()
