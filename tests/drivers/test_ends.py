# SPDX-License-Identifier: MIT
"""Every end of the kernel ends its point, with exit code 3, a reason with simulated time and core,
and the call chain in the console's file; the other points of the sweep have their results."""
import json
import re

from rig import Rig, main

SCENARIO = """# How does the kernel end?
format = 1
run = { warmup = "1ms", measure = "2ms" }
[cpu]
cores = %d
[device.eth0]
model = "82599"
queues = 1
[device.nvme0]
model = "nvme"
media = "ideal"
capacity = "1GiB"
queues = 1
[[traffic]]
to = "eth0"
rate = "50kpps"
sink = "udp"
[[io]]
on = "nvme0"
op = "randread"
cores = [0]
"""
WHERE = r" at (\d+) ns on cpu1"
# kind: (what the reason says, what the console's file shows)
ENDS = {
    "panic": ("kernel panic" + WHERE + ": selftest", "st_panic"),
    "bug": ("kernel panic" + WHERE + r": BUG at .*selftest\.c:\d+", "sim_bug"),
    "oops": ("kernel oops" + WHERE + ": .*0xdead000.*st_oops", "st_oops"),
    "halt": ("the kernel halted" + WHERE, "selftest_thread"),
    "hang": (r"hung at (\d+) ns: frames or I/Os are outstanding and nothing makes progress",
             r"cpu0 at \d+ ns"),
    "livelock": (r"hung at (\d+) ns: cpu1 has an interrupt waiting and takes none for 1 s",
                 "st_livelock"),
    "hog": (r"hung at (\d+) ns: cpu1 is busy for 2 s with a single piece of kernel code",
            "st_hog"),
    "deadlock": (r"hung at (\d+) ns: cpu. is busy for 2 s with a single piece of kernel code",
                 r"(?s)queued_spin_lock_slowpath.*cpu1 at .*queued_spin_lock_slowpath"),
}
# A hang must not take long to be found.
END_CPU_SECONDS = 10


class Ends(Rig):
    def sweep(self, kinds, cores, extra=""):
        lines = ", ".join(f'"doorbell.selftest={kind} {extra}"' for kind in kinds)
        return self.write("ends.toml", SCENARIO % cores +
                          f'[sweep]\n"host.cmdline" = ["", {lines}, "loglevel=8"]\n')

    def test_ends(self):
        kinds = list(ENDS)
        file = self.sweep(kinds, 2, "doorbell.selftest_core=1")
        done = self.run_cli(file, "--jobs", "2", "--out", self.path("out"), code=3)
        result = self.read_result()
        self.assertFalse(result["complete"])
        self.assertEqual({p["point"] for p in result["points"]}, {0, len(kinds) + 1})
        for point in result["points"]:
            self.assertGreater(point["stats"]["eth0.rx.delivered"], 80)
            self.assertGreater(point["stats"]["nvme0.io.completed"], 80)
        failures = {f["point"]: f for f in result["failures"]}
        self.assertEqual(len(failures), len(kinds))
        for number, kind in enumerate(kinds, 1):
            reason, chain = ENDS[kind]
            with self.subTest(kind=kind):
                self.assertEqual(failures[number]["exit"], 3)
                self.assertRegex(failures[number]["reason"], reason)
                self.assertRegex(done.stderr, reason)
                console = self.read("out", f"point{number:03}", "console.log")
                self.assertRegex(console, chain)
                self.assertGreater(int(re.search(reason, done.stderr)[1]), 200000000)

    def read_result(self):
        return json.loads(self.read("out", "result.json"))

    def test_hangs_are_found_soon(self):
        for kind in ("hang", "livelock", "hog", "deadlock"):
            for cores in (1, 4):
                file = self.write("one.toml", SCENARIO % cores)
                line = f'host.cmdline="doorbell.selftest={kind}"'
                done = self.run_cli(file, "--set", line, "--out", self.path("out"), code=3,
                                    before=["bash", "-c", 'time "$@"', "-"])
                user = re.search(r"user\t(\d+)m([\d.]+)s", done.stderr)
                seconds = int(user[1]) * 60 + float(user[2])
                print(f"{kind} on {cores} cores: found in {seconds:.1f} s of CPU time")
                self.assertLess(seconds, END_CPU_SECONDS, kind)

    def test_warn_keeps_the_result(self):
        file = self.write("one.toml", SCENARIO % 2)
        done = self.run_cli(file, "--set", 'host.cmdline="doorbell.selftest=warn"', "--out",
                            self.path("out"), code=3)
        result = self.read_result()
        self.assertTrue(result["complete"])
        self.assertGreater(result["points"][0]["stats"]["eth0.rx.delivered"], 80)
        self.assertEqual(len(result["failures"]), 1)
        self.assertRegex(result["failures"][0]["reason"],
                         r"the kernel warned, 1 time, first at \d+ ns on cpu0")
        self.assertIn("the kernel warned", done.stderr)
        self.assertRegex(self.read("out", "point000", "console.log"),
                         r"WARNING: CPU: 0 .*selftest\.c")

    def test_unknown_kind(self):
        file = self.write("one.toml", SCENARIO % 1)
        done = self.run_cli(file, "--set", 'host.cmdline="doorbell.selftest=nonsense"', code=3)
        self.assertIn("doorbell.selftest=nonsense: no such kind", done.stderr)

    def test_end_is_the_same_every_time(self):
        file = self.write("one.toml", SCENARIO % 2)
        reasons = set()
        for _ in range(2):
            done = self.run_cli(file, "--set", 'host.cmdline="doorbell.selftest=deadlock"',
                                "--out", self.path("out"), code=3)
            reasons.add(self.read("out", "point000", "console.log") + done.stdout)
        self.assertEqual(len(reasons), 1)


main()
