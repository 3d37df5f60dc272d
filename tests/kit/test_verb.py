#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`doorbell test` from outside: tests of a user's folder, failures and their replay, exit codes."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BINARY = os.path.abspath(sys.argv[1])
MACHINE = """format = 1
[cpu]
cores = 2
[device.eth0]
model = "82599"
driver = "ixgbe"
queues = 2
"""
GOOD = """
SIM_TEST(mine, burst_arrives, .scenario = "m.toml")
{
	rig_wire_burst(rig, (struct at){ 0 }, 10, 64, dur_ns(0));
	rig_run_idle(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 10);
}
"""
BAD = """
SIM_TEST(mine, one_too_many, .scenario = "m.toml", .seed_first = 3, .seed_count = 2)
{
	rig_wire_burst(rig, (struct at){ 0 }, 10, 64, dur_ns(0));
	rig_run(rig, dur_ms(1));
	EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 11);
}
"""


class Verb(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="doorbell-kit-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        with open(os.path.join(self.dir, "m.toml"), "w") as file:
            file.write(MACHINE)

    def write(self, text):
        with open(os.path.join(self.dir, "t.c"), "w") as file:
            file.write("#include <doorbell/test.h>\n" + text)

    def cli(self, *args, code=0):
        done = subprocess.run([BINARY, "test", "--dir", self.dir, *args], cwd=self.dir, text=True,
                              capture_output=True, timeout=300, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def verdicts(self, *args, code=0):
        return json.loads(self.cli("--json", *args, code=code).stdout)["tests"]

    def test_a_users_test_passes(self):
        self.write(GOOD)
        self.assertEqual([t["outcome"] for t in self.verdicts()], ["passed"])

    def test_same_digest_twice_whatever_the_jobs(self):
        self.write(GOOD)
        first, = self.verdicts("--jobs", "1")
        second, = self.verdicts("--jobs", "2")
        self.assertEqual(first["digest"], second["digest"])

    def test_failure_replays_and_keeps_its_traces(self):
        self.write(GOOD + BAD)
        done = self.cli(code=1)
        self.assertIn("is 10, not == 11", done.stderr)
        line = done.stderr.split("replay: ")[1].splitlines()[0]
        again = subprocess.run([BINARY, *shlex.split(line)[1:]], cwd=self.dir, text=True,
                               capture_output=True, timeout=300)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is 10, not == 11", again.stderr)
        kept = os.path.join(self.dir, "out", "test", "mine.one_too_many")
        for name in ("console.log", "trace.txt", "profile.folded"):
            self.assertTrue(os.path.getsize(os.path.join(kept, name)), name)

    def test_junit_names_the_failure(self):
        self.write(GOOD + BAD)
        self.cli(code=1)
        suite = xml.etree.ElementTree.parse(os.path.join(self.dir, "out/test/junit.xml"))
        cases = {c.get("name"): c.find("failure") for c in suite.iter("testcase")}
        self.assertIsNone(cases["burst_arrives"])
        self.assertIn("--seed 3", cases["one_too_many"].text)

    def test_explored_schedules_are_the_same_with_any_jobs(self):
        self.write(GOOD)
        first, = self.verdicts("--explore", "30", "--jobs", "1")
        second, = self.verdicts("--explore", "30", "--jobs", "2")
        self.assertEqual((first["schedules"], first["outcome"]), (30, "passed"))
        self.assertEqual(second["schedules"], 30)

    def test_schedule_that_fails_is_found_and_shrunk(self):
        self.write("""
SIM_TEST(mine, no_interrupt_is_late, .scenario = "m.toml")
{
	rig_wire_burst(rig, (struct at){ 0 }, 20, 64, dur_us(20));
	rig_run(rig, dur_ms(1));
	EXPECT_LE(rig, rig_stat(rig, "eth0.rx.latency_ns.max"), 35000);
}
""")
        verdict, = self.verdicts("--explore", "400", code=1)
        self.assertTrue(verdict["schedule"])
        self.assertEqual(len(verdict["schedule"].split()), 1, verdict["schedule"])
        again, = self.verdicts("--schedule", verdict["schedule"], code=1)
        self.assertEqual(again["message"], verdict["message"])

    def test_weak_schedule_replays_exactly(self):
        self.write(GOOD)
        plain, = self.verdicts("--strict")
        for seed in ("w3", "w4 c0@5000+900"):
            first, = self.verdicts("--strict", "--schedule", seed)
            second, = self.verdicts("--strict", "--schedule", seed)
            self.assertEqual((first["outcome"], first["digest"]), ("passed", second["digest"]))
            self.assertNotEqual(first["digest"], plain["digest"])

    def test_wrong_faults_are_refused(self):
        for on, words, why in (("eth0", "kind=irq-lots", '"kind" is not understood'),
                               ("eth0", "count=3", "no kind"),
                               ("eth0", "kind=irq-lost delay=1us", "no meaning"),
                               ("eth0", "kind=frame-runt value=64", "out of this kind's range"),
                               ("eth0", "kind=fatal", "not an SSD"),
                               ("eth0", "kind=iommu-fault", "iommu.mode"),
                               ("cpu2", "kind=core-stall", "not a core"),
                               ("eth1", "kind=irq-lost", "not a device")):
            self.write(f"""
SIM_TEST(mine, fault, .scenario = "m.toml")
{{
	rig_fault(rig, "{on}", "{words}");
}}
""")
            verdict, = self.verdicts(code=1)
            self.assertIn(why, verdict["message"])

    def test_what_cannot_be_compiled_is_said(self):
        self.write("SIM_TEST(mine, bad, .scenario = \"m.toml\") { nonsense(; }\n")
        self.cli(code=2)

    def test_filter_that_fits_nothing_is_an_error(self):
        self.write(GOOD)
        self.assertIn("no test", self.cli("elsewhere", code=2).stderr)

    def test_executables_are_linked_anew_wherever_it_is_called(self):
        """What --mutants does with each kernel, by names that are relative, as its own are."""
        build = os.path.dirname(os.path.realpath(BINARY))
        script = os.path.join(os.path.dirname(__file__), "../../drivers/linux/build/relink.sh")
        os.mkdir(os.path.join(self.dir, "out"))
        subprocess.run(["bash", os.path.realpath(script), os.path.relpath(build, self.dir),
                        os.path.relpath(os.path.join(build, "kernel-cache/kernel.o"), self.dir),
                        "out/doorbell"], cwd=self.dir, check=True)
        subprocess.run([os.path.join(self.dir, "out/doorbell"), "list", "faults"],
                       check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
