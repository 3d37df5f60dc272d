# SPDX-License-Identifier: MIT
"""test_fault.py DOORBELL_FAULTY FOLDER: a wild access ends its point with exit 3 and a report, and no
other point."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

DOORBELL, FOLDER = sys.argv[1:3]


class Fault(unittest.TestCase):
    def run_seeds(self, seeds, code):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name)
        done = subprocess.run([DOORBELL, "run", f"{FOLDER}/fault.toml", "--seed", seeds,
                               "--out", self.out], capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        logs = "".join(log.read_text() for log in self.out.glob("**/host.log"))
        self.assertNotIn("Sanitizer", done.stderr + logs)
        return done.stderr

    def console(self):
        """From the report on."""
        return "".join(log.read_text() for log in self.out.glob("**/console.log")
                       ).partition("Oops: ")[2]

    def check_report(self, stderr, address):
        self.assertRegex(stderr, r"kernel oops at \d+ ns on cpu[01]: kernel code accessed "
                         + address)
        self.assertIn("access to " + address, self.console())

    def test_wild_write(self):
        self.check_report(self.run_seeds("1", 3), "0x10")
        self.assertRegex(self.console(), r"(?m)^  [0-9a-f]{16} write_nowhere")
        # The chain of callers leads through the driver into the kernel.
        self.assertRegex(self.console(), r"(?m)^  [0-9a-f]{16} ixgbe_poll\+")

    def test_wild_call(self):
        stderr = self.run_seeds("2", 3)
        self.check_report(stderr, "0x10")
        self.assertIn("in 0x10", stderr)

    def test_broken_frame_pointer_costs_the_point_only(self):
        self.check_report(self.run_seeds("3", 3), "0x10")

    def test_other_points_are_not_touched(self):
        stderr = self.run_seeds("1..6", 3)
        good = sorted(re.sub(r"\D", "", path.parent.name)
                      for path in self.out.glob("**/samples.csv") if path.stat().st_size > 60)
        self.assertEqual(len(good), 3, stderr)


unittest.main(argv=sys.argv[:1])
