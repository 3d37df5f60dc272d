# SPDX-License-Identifier: MIT
"""Runs the real command line, with the real kernel, in a folder of its own. For the tests of drivers,
scenarios and determinism: argv is the executable, the source tree, and what a test adds."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv[1])
SOURCE = os.path.abspath(sys.argv[2])

CATEGORIES = ("hardirq softirq driver stack dma invalidate bounce copy ipi spin sched app "
              "idle").split()
# Counted windows that are long for the sake of benchmarks.
BENCH = {"frames": 20000, "ios": 10000}


class Rig(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="doorbell-drivers-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def read(self, *names):
        with open(self.path(*names), errors="replace") as file:
            return file.read()

    def run_cli(self, *args, code=0, before=(), timeout=300):
        """The finished process of `doorbell run --json ARGS`."""
        done = subprocess.run([*before, BINARY, "run", "--json", *args], cwd=self.dir, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr[-4000:] + done.stdout[-4000:])
        return done

    def run_json(self, *args, **how):
        return json.loads(self.run_cli(*args, **how).stdout)


def scenarios():
    """[(arguments of a run)]: all scenarios in one run, then those for benchmarks, shortened."""
    files = sorted(glob.glob(os.path.join(SOURCE, "scenarios", "*", "*.toml")))
    topics = [f for f in files if topic(f) not in ("profiles", "bench")]
    runs = [topics]
    for file in files:
        if topic(file) != "bench":
            continue
        with open(file) as text:
            counted = "frames" if "measure = { frames" in text.read() else "ios"
        runs.append([file, "--set", f"run.measure.{counted}={BENCH[counted]}"])
    return runs


def topic(path):
    return os.path.basename(os.path.dirname(path))


def without_host(result):
    """What must be the same in every run, as text."""
    for point in result["points"]:
        del point["host"]
    return json.dumps(result, indent=1, sort_keys=True)


def main():
    unittest.main(argv=[sys.argv[0]])
