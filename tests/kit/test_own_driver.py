#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user's own driver: built from its folder, named by scenarios and tests, built again when it
changed; mistakes are told with file, line and column, and runs without it stay as they are. With
"soak" also a fault in the example."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv[1])
EXAMPLE = os.path.join(sys.argv[2], "examples", "tiny-nvme")
SCENARIO = """format = 1
run = { warmup = "100us", measure = "400us" }
[cpu]
cores = 2
[device.nvme0]
model = "nvme"
driver = "nvme"
queues = 2
[[io]]
on = "nvme0"
op = "randread"
verify = true
"""
HELPER = """#include "mine.h"
int mine_number(int n) { return n + %s; }
"""
ASLEEP = """#include <linux/slab.h>
#include <linux/spinlock.h>
#include "mine.h"
static DEFINE_SPINLOCK(mine_lock);
int mine_number(int n)
{
	spin_lock(&mine_lock);
	kfree(kmalloc(n, GFP_KERNEL));
	spin_unlock(&mine_lock);
	return n;
}
"""
MAIN = """#include <linux/module.h>
#include "mine.h"
static int number = 40;
module_param(number, int, 0444);
static int __init mine_init(void)
{
	pr_info("mine says %d\\n", mine_number(number));
	return 0;
}
module_init(mine_init);
MODULE_LICENSE("GPL");
"""


class OwnDriver(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="doorbell-own-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.scenario = self.write("s.toml", SCENARIO)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def mine(self, kbuild="obj-m += mine.o\nmine-objs := main.o helper.o\n", helper="2"):
        self.write("mine/Kbuild", kbuild)
        self.write("mine/main.c", MAIN)
        self.write("mine/mine.h", "int mine_number(int n);\n")
        self.write("mine/helper.c", HELPER % helper)
        return os.path.join(self.dir, "mine")

    def cli(self, *args, code=0):
        done = subprocess.run([BINARY, *args], cwd=self.dir, text=True, capture_output=True,
                              timeout=600, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def console(self):
        path, = glob.glob(os.path.join(self.dir, "out", "s", "point*", "console.log"))
        with open(path) as file:
            return file.read()

    def points(self, *args):
        done = self.cli("run", self.scenario, "--json", *args)
        return json.loads(done.stdout)["points"]

    def test_a_built_driver_is_named_by_scenarios_and_swept(self):
        for path in self.cli("build", "--driver", EXAMPLE).stdout.split():
            self.assertTrue(os.access(path, os.X_OK), path)
        self.assertIn("tiny-nvme", self.cli("list", "drivers").stdout)
        with open(self.scenario, "a") as file:
            file.write('[sweep]\n"device.nvme0.driver" = ["nvme", "tiny-nvme"]\n')
        self.assertIn("2 points", self.cli("check", self.scenario).stdout)
        theirs, ours = self.points()
        for stats in theirs["stats"], ours["stats"]:
            self.assertGreater(stats["nvme0.io.completed"], 20)
            self.assertEqual(stats["nvme0.io.errors"], 0)
            self.assertGreater(stats["cpu.time_ns.driver"], 0)
        self.assertNotEqual(theirs["digest"], ours["digest"])
        self.assertEqual(ours["digest"], self.points()[1]["digest"])
        self.assertGreater(self.points("--strict")[1]["stats"]["nvme0.io.completed"], 20)

    def test_what_changed_is_built_again(self):
        folder = self.mine()
        self.cli("run", "--driver", folder, self.scenario)
        self.assertIn("mine says 42", self.console())
        self.mine(helper="3")
        self.cli("run", "--driver", folder, self.scenario,
                 "--set", 'host.cmdline="mine.number=7"')
        self.assertIn("mine says 10", self.console())

    def test_without_it_nothing_has_changed(self):
        before = self.points()[0]["digest"]
        self.cli("run", "--driver", self.mine(), self.scenario)
        self.assertEqual(self.points()[0]["digest"], before)

    def test_mistakes_name_file_line_and_column(self):
        folder = self.mine(helper="nonsense")
        done = self.cli("build", "--driver", folder, code=2)
        self.assertRegex(done.stderr, re.escape(folder) + r"/helper\.c:2:\d+: error: .nonsense.")

    def test_names_that_the_kernel_lacks_are_listed(self):
        folder = self.mine(helper="usb_disabled()")
        self.write("mine/mine.h", "int mine_number(int n);\nint usb_disabled(void);\n")
        done = self.cli("build", "--driver", folder, code=2)
        self.assertIn(folder + "/helper.c: error: this kernel has no usb_disabled", done.stderr)

    def test_sleeping_under_a_spinlock_is_reported(self):
        folder = self.mine()
        self.write("mine/helper.c", ASLEEP)
        self.cli("run", "--strict", "--driver", folder, self.scenario, code=3)
        path, = glob.glob(os.path.join(self.dir, "out", "s", "point*", "breaches.txt"))
        with open(path) as file:
            self.assertIn("kernel: BUG: sleeping function called", file.read())

    def test_refusals(self):
        self.cli("build", code=2)
        self.assertIn("No such file", self.cli("build", "--driver", "none", code=2).stderr)
        self.write("empty/readme", "")
        self.assertIn("no Kbuild", self.cli("build", "--driver", "empty", code=2).stderr)
        self.write("empty/Kbuild", "# nothing\n")
        self.assertIn("obj-m", self.cli("build", "--driver", "empty", code=2).stderr)
        taken = self.mine(kbuild="obj-m += nvme.o\nnvme-objs := main.o helper.o\n")
        self.assertIn('"nvme" comes with', self.cli("build", "--driver", taken, code=2).stderr)
        self.assertIn("--driver needs", self.cli("run", "s.toml", "--driver", code=2).stderr)
        done = self.cli("test", "--driver", EXAMPLE, "--mutants", self.dir, code=2)
        self.assertIn("--mutants takes patches of the kernel", done.stderr)
        done = self.cli("check", self.scenario, "--set", "device.nvme0.driver=minne", code=2)
        self.assertIn('"minne" does not exist', done.stderr)

    def test_tests_beside_a_driver_are_run_with_it(self):
        done = self.cli("test", "--dir", os.path.join(EXAMPLE, "tests"), "--strict", "--json")
        verdicts = json.loads(done.stdout)["tests"]
        self.assertGreater(len(verdicts), 10)
        self.assertEqual({v["outcome"] for v in verdicts}, {"passed"})

    @unittest.skipUnless("soak" in sys.argv[3:], "long")
    def test_a_driver_may_call_itself_otherwise(self):
        copy = os.path.join(self.dir, "named")
        shutil.copytree(EXAMPLE, copy)
        with open(os.path.join(copy, "tiny-nvme.h")) as file:
            source = file.read().replace('"tiny-nvme"', '"something"')
        self.write("named/tiny-nvme.h", source)
        self.cli("run", "--driver", copy, self.scenario, "--set", "device.nvme0.driver=tiny-nvme")
        self.assertIn("something 0000:00:01.0: tnvme0", self.console())

    @unittest.skipUnless("soak" in sys.argv[3:], "long")
    def test_a_fault_in_the_driver_is_caught_by_its_tests(self):
        copy = os.path.join(self.dir, "broken")
        shutil.copytree(EXAMPLE, copy)
        with open(os.path.join(copy, "block.c")) as file:
            source = file.read()
        broken = source.replace("r->list[n - 1] =", "r->list[n] =")
        self.assertNotEqual(source, broken)
        self.write("broken/block.c", broken)
        self.cli("test", "--dir", os.path.join(copy, "tests"), "what_is_written", code=1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
