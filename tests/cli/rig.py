# SPDX-License-Identifier: MIT
"""Runs the command line with the fake machine in a folder of its own."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv[1])

SCENARIO = """# What does the throttle do?
format = 1
seed = 42
[host]
cmdline = "%s"
[device.eth0]
model = "82599"
driver = "ixgbe"
[[traffic]]
to = "eth0"
%s
"""
SWEEP = """[sweep]
"device.eth0.itr" = ["off", "10us"]
"traffic.0.rate" = ["1Mpps", "2Mpps"]
"""


class Rig(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="doorbell-cli-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, behaviour="", more=""):
        with open(self.path(name), "w") as file:
            file.write(SCENARIO % (behaviour, more))
        return name

    def read(self, *names):
        with open(self.path(*names)) as file:
            return file.read()

    def run_cli(self, *args, code=0):
        done = subprocess.run([BINARY, *args], cwd=self.dir, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def run_json(self, *args, code=0):
        return json.loads(self.run_cli("run", "--json", *args, code=code).stdout)


def main():
    unittest.main(argv=[sys.argv[0]])
