#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A user's device in Verilog behind the PCIe model, with its driver: examples/dma-copy, built as
its page says, in a copy of the folders. Its tests pass; with a fault in the RTL or in the driver
they fail; libraries that are none are refused at their place in the scenario. With "soak" more
faults, and the same device as a SystemC model."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(sys.argv[2])
SOAK = "soak" in sys.argv[3:]
# Of one line each: old text, new text.
RTL_FAULTS = [
    ("source <= source + 8;", "source <= source + 16;"),
    ("mem_wdata <= mem_rdata;", "mem_wdata <= mem_rdata ^ 64'h80;"),
    ("state <= length == 8 ? IDLE : ASK;", "state <= length <= 16 ? IDLE : ASK;"),
    ("if (length == 8)\n\t\t\t\t\t\tirq <= 1'b1;", "if (length == 16)\n\t\t\t\t\t\tirq <= 1'b1;"),
    ("6'd3: target[63:32] <= wdata;", "6'd3: target[63:32] <= '0;"),
    ("failed <= 1'b1;", "failed <= 1'b0;"),
]
DRIVER_FAULTS = [
    ("write_address(dev, TARGET, to);", "write_address(dev, TARGET, from);"),
    ("upper_32_bits(address)", "0"),
    ("return dev->status & FAILED ? -EIO : 0;", "return 0;"),
    ("writel(DONE, dev->regs + STATUS);", ";"),
]


class OwnDevice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="doorbell-device-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        for name in "rtl", "dma-copy":
            shutil.copytree(os.path.join(ROOT, "examples", name), os.path.join(cls.dir, name),
                            ignore=shutil.ignore_patterns("out"))
        cls.make()

    @classmethod
    def make(cls, *target):
        subprocess.run(["make", "-s", "-C", os.path.join(cls.dir, "dma-copy", "device"),
                        "DOORBELL=" + ROOT, "CXXFLAGS=-O0", *target], check=True, timeout=300)

    def cli(self, *args):
        return subprocess.run([BINARY, *args], cwd=self.dir, text=True, capture_output=True,
                              timeout=600, stdin=subprocess.DEVNULL)

    def run_tests(self):
        done = self.cli("test", "--dir", "dma-copy/tests", "--strict", "--json")
        return {test["test"]: test for test in json.loads(done.stdout)["tests"]}

    def replaced(self, name, old, new):
        """The file with another line; as it was at the test's end."""
        path = os.path.join(self.dir, name)
        with open(path) as file:
            text = file.read()
        self.assertEqual(text.count(old), 1, old)
        with open(path, "w") as file:
            file.write(text.replace(old, new))

        def restore():
            with open(path, "w") as file:
                file.write(text)
        return restore

    def check(self, *scenario):
        path = os.path.join(self.dir, "s.toml")
        with open(path, "w") as file:
            file.write("\n".join(("format = 1", "[device.copy0]", 'model = "plugin"', *scenario)))
        return self.cli("run", path, "--set", "run.measure=1us").stderr

    def test_1_driver_and_device_work_and_repeat(self):
        first, second = self.run_tests(), self.run_tests()
        self.assertGreaterEqual(len(first), 7)
        self.assertEqual({t["outcome"] for t in first.values()}, {"passed"})
        self.assertEqual({name: t["digest"] for name, t in first.items()},
                         {name: t["digest"] for name, t in second.items()})

    def test_2_faults_in_the_rtl_are_caught(self):
        for old, new in RTL_FAULTS if SOAK else RTL_FAULTS[:1]:
            restore = self.replaced("rtl/dma_copy.sv", old, new)
            self.make()
            self.assertIn("failed", {t["outcome"] for t in self.run_tests().values()}, new)
            restore()

    def test_3_faults_in_the_driver_are_caught(self):
        self.make()
        for old, new in DRIVER_FAULTS if SOAK else DRIVER_FAULTS[:1]:
            restore = self.replaced("dma-copy/dma-copy.c", old, new)
            self.assertNotEqual({t["outcome"] for t in self.run_tests().values()}, {"passed"}, new)
            restore()

    def test_4_libraries_that_are_none_are_refused(self):
        self.assertIn('needs a `library`', self.check())
        self.assertRegex(self.check('library = "none.so"'),
                         r"s\.toml:4:11: error: the library cannot be loaded: .*none\.so")
        self.assertIn("no doorbell_device", self.check('library = "%s"' % self.other_library()))
        library = 'library = "dma-copy/device/out/dma_copy.so"'
        self.assertIn("clock=<number>MHz is due", self.check(library, 'options = "clock=fast"'))
        self.assertIn('"clock=7MHz"', self.check(library, 'options = "clock=7MHz"'))

    @unittest.skipUnless(SOAK, "long")
    def test_5_the_same_as_a_systemc_model(self):
        self.make("systemc")
        for name, old, new in (("machine.toml", "dma_copy.so", "dma_copy_systemc.so"),
                               ("machine.toml", "clock=100MHz", "10"),
                               ("dma_copy.c", "clock=250MHz", "20")):
            self.addCleanup(self.replaced("dma-copy/tests/" + name, old, new))
        first, second = self.run_tests(), self.run_tests()
        self.assertEqual({t["outcome"] for t in first.values()}, {"passed"})
        self.assertEqual({name: t["digest"] for name, t in first.items()},
                         {name: t["digest"] for name, t in second.items()})

    def other_library(self):
        path = os.path.join(self.dir, "other.so")
        subprocess.run(["cc", "-shared", "-x", "c", "-o", path, "/dev/null"], check=True)
        return path


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
