# SPDX-License-Identifier: MIT
"""The unmodified drivers come up on 1 to 16 cores without a complaint, with their queues' interrupts
on cores of their own; big namespaces cost little memory; data of all sizes come back as written."""
import collections
import re

from rig import Rig, main

MACHINE = """# Do the drivers come up?
format = 1
run = {{ warmup = "1ms", measure = "2ms" }}
[cpu]
cores = {cores}
[device.eth0]
model = "82599"
queues = {queues}
[device.nvme0]
model = "nvme"
media = "ideal"
capacity = "{capacity}"
queues = {queues}
[[traffic]]
to = "eth0"
rate = "100kpps"
flows = 64
sink = "drop"
[[io]]
on = "nvme0"
op = "randread"
cores = {io_cores}
verify = true
[[expect]]
stat = "nvme0.io.errors"
equal = 0
[[expect]]
stat = "eth0.rx.dropped"
equal = 0
"""
COMPLAINT = re.compile(r"WARN|BUG|error|fail|unable|cut here|Oops|timeout", re.IGNORECASE)
# Lines that a healthy boot of this kernel prints, each with its reason.
ALLOWED = (
    # nvme: identifiers that are zero, as the specification allows for a controller without them.
    "nvme nvme0: Ignoring bogus Namespace Identifiers",
)
# INTERFACE: boots in under 0.2 s of CPU time; the bound leaves room for a slow host.
BOOT_CPU_SECONDS = 1.0


def machine(cores, capacity="1GiB"):
    queues = min(cores, 4)
    return MACHINE.format(cores=cores, queues=queues, capacity=capacity,
                          io_cores=list(range(cores)))


class Boot(Rig):
    def complaints(self, log):
        return [line for line in log.splitlines()
                if COMPLAINT.search(line) and not any(a in line for a in ALLOWED)]

    def test_cores(self):
        for cores in (1, 2, 4, 8, 16):
            with self.subTest(cores=cores):
                file = self.write("boot.toml", machine(cores))
                result = self.run_json(file, "--out", self.path("out"))
                point = result["points"][0]
                log = self.read("out", "point000", "console.log")
                self.assertEqual(self.complaints(log), [])
                self.assertIn(f"smp: Brought up 1 node, {cores} CPU", log)
                self.assertIn("NIC Link is Up 10 Gbps", log)
                self.assertGreater(point["stats"]["eth0.rx.delivered"], 150)
                self.assertGreater(point["stats"]["nvme0.io.completed"], 100)
                seconds = point["host"]["cpu_seconds"]
                print(f"{cores:2} cores: {seconds:.3f} s of CPU time for boot and 3 ms")
                self.assertLess(seconds, BOOT_CPU_SECONDS)

    def test_complaints_are_seen(self):
        self.assertEqual(len(self.complaints("[ 0.1] WARNING: CPU: 0\nnvme0: I/O timeout\n"
                                             "eth0: reset failed\nNIC Link is Up\n")), 3)

    def messages(self, device):
        """{core: {vector: messages}} that the device sent."""
        found = collections.defaultdict(collections.Counter)
        line = re.compile(rf"^\d+ {device} pcie\.msi address=(\d+) data=(\d+)", re.M)
        for address, vector in line.findall(self.read("out", "point000", "trace.txt")):
            found[int(address) >> 12 & 0xff][int(vector)] += 1
        return found

    def test_each_queue_has_its_core(self):
        file = self.write("boot.toml", machine(16))
        result = self.run_json(file, "--out", self.path("out"), "--trace", "pcie.msi")
        self.assertEqual(result["points"][0]["stats"]["nvme0.io.errors"], 0)
        for device in ("eth0", "nvme0"):
            found = self.messages(device)
            # Not the few of start-up: link changes, admin commands.
            least = sum(sum(vectors.values()) for vectors in found.values()) / 20
            often = {core: [v for v, n in vectors.items() if n >= least]
                     for core, vectors in found.items()}
            often = {core: vectors for core, vectors in often.items() if vectors}
            self.assertEqual(len(often), 4, f"{device}: {often}")
            self.assertEqual({len(vectors) for vectors in often.values()}, {1}, device)

    def test_big_namespace_takes_little_memory(self):
        file = self.write("boot.toml", machine(1, "512GiB"))
        result = self.run_json(file, "--set", 'io.0.op="randrw"', "--set", "io.0.depth=32",
                               "--set", 'run.measure="20ms"')
        point = result["points"][0]
        self.assertGreater(point["stats"]["nvme0.io.completed"], 2000)
        self.assertLess(point["host"]["peak_rss_bytes"], 400 << 20)
        print("peak RSS with 512 GiB: %d MiB" % (point["host"]["peak_rss_bytes"] >> 20))


class Data(Rig):
    """Reads and writes from less than a page to more than one command carries, all verified. The
    small namespace makes reads meet what was written; one I/O at a time, as reads that overlap a
    write in flight may see either."""
    SCENARIO = """# Do data of every size come back?
format = 1
run = {{ warmup = "0ms", measure = "{window}" }}
[cpu]
cores = 2
[device.nvme0]
model = "nvme"
media = "ideal"
capacity = "16MiB"
queues = 2
[[io]]
on = "nvme0"
op = "randrw"
cores = [0]
verify = true
{rate}
[sweep]
"io.0.size" = ["512B", "4KiB", "64KiB", "1MiB"]
"io.0.op" = ["randrw", "write", "randread"]
"io.0.engine" = [{engines}]
[[expect]]
stat = "nvme0.io.errors"
equal = 0
[[expect]]
stat = "nvme0.io.completed"
min = 10
"""

    def test_async(self):
        file = self.write("data.toml", self.SCENARIO.format(
            window="20ms", rate="depth = 1", engines='"async"'))
        self.assertEqual(len(self.run_json(file, "--jobs", "2")["points"]), 12)

    def test_sync(self):
        file = self.write("data.toml", self.SCENARIO.format(
            window="20ms", rate="", engines='"sync"'))
        self.assertEqual(len(self.run_json(file, "--jobs", "2")["points"]), 12)

    def test_rate(self):
        file = self.write("data.toml", self.SCENARIO.format(
            window="20ms", rate='depth = 4\nrate = "1kiops"', engines='"async"'))
        result = self.run_json(file, "--jobs", "2")
        for point in result["points"]:
            if point["params"]["io.0.size"] != "1MiB":
                self.assertAlmostEqual(point["stats"]["nvme0.io.completed"], 20, delta=1)


main()
