# SPDX-License-Identifier: MIT
"""Runs scenarios with and without observers, for the tests beside this file."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

DOORBELL, CHECKER = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
FLAGSHIP = os.path.join(ROOT, "scenarios", "net", "eitr-rate.toml")

NET = """format = 1
run = { warmup = "1ms", measure = "10ms" }
[cpu]
cores = 2
[device.eth0]
model = "82599"
queues = 2
[[traffic]]
to = "eth0"
rate = "300kpps"
"""

MM = """format = 1
run = { warmup = "0ns", measure = "200us" }
[cpu]
cores = 4
[[mm]]
op = "munmap"
peer_count = 3
"""

IO = """format = 1
run = { warmup = "1ms", measure = "10ms" }
[cpu]
cores = 2
[device.nvme0]
model = "nvme"
media = "p4800x"
capacity = "64GiB"
queues = 2
[[io]]
on = "nvme0"
op = "randread"
depth = 4
cores = [0, 1]
"""


class Observe(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def write(self, text, name="s.toml"):
        path = os.path.join(self.dir, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def run_scenario(self, path, *options, out="out"):
        """The result of the only point, and its folder."""
        out = os.path.join(self.dir, out)
        done = subprocess.run([DOORBELL, "run", path, "--out", out, *options],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(out, "result.json")) as file:
            result = json.load(file)
        self.assertEqual(len(result["points"]), 1)
        self.stdout = done.stdout
        return result["points"][0], os.path.join(out, "point000")

    def plot(self, *arguments):
        done = subprocess.run([DOORBELL, "plot", os.path.join(self.dir, "out"), *arguments],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def read(self, *path):
        with open(os.path.join(*path)) as file:
            return file.read()


def main():
    unittest.main(argv=sys.argv[:1])
