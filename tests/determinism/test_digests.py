# SPDX-License-Identifier: MIT
"""The same scenario gives the same digest and the same result, whatever happens around it; another
seed gives another one. The short form takes some scenarios of each topic, "soak" takes all."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))
from rig import Rig, main, scenarios, topic, without_host  # noqa: E402

SOAK = sys.argv[3:] == ["soak"]
OF_A_TOPIC = 3
FIXED_ADDRESSES = ["setarch", "-R"]


def can_fix_addresses():
    return subprocess.run(FIXED_ADDRESSES + ["true"], capture_output=True).returncode == 0


def scenario(name):
    return [f for f in scenarios()[0] if f.endswith("/" + name)][0]


def chosen():
    """As scenarios(): evenly spread over the files of each topic."""
    runs = scenarios()
    if SOAK:
        return runs
    by_topic = {}
    for file in runs[0]:
        by_topic.setdefault(topic(file), []).append(file)
    some = []
    for files in by_topic.values():
        step = max(1, len(files) // OF_A_TOPIC)
        some += files[::step][:OF_A_TOPIC]
    return [some] + runs[1:]


class Digests(Rig):
    def results(self, **how):
        jobs = how.pop("jobs")
        out = self.path("out%d" % len(os.listdir(self.dir)))
        texts = []
        for number, args in enumerate(chosen()):
            result = self.run_json(*args, "--jobs", jobs, "--out", f"{out}/{number}", **how)
            self.assertTrue(result["points"])
            texts.append(without_host(result))
        return texts, out

    def busy_process(self):
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(busy.wait)
        self.addCleanup(busy.kill)

    def check_manifests(self, out):
        """First and last point of every scenario again, from what the run wrote down."""
        for folder in sorted(glob.glob(out + "/0/*/")):
            points = sorted(glob.glob(folder + "point*/"))
            for point in {points[0], points[-1]}:
                with open(point + "result.json") as file:
                    digest = [line for line in file if '"digest"' in line]
                again = self.run_json(point + "manifest.toml", "--out", self.path("again"))
                self.assertEqual(len(again["points"]), 1, point)
                self.assertIn(again["points"][0]["digest"], digest[0], point)

    def test_scenarios(self):
        first, out = self.results(jobs="2")
        with self.subTest("another layout, one job, a busy process beside"):
            self.busy_process()
            self.assertEqual(self.results(jobs="1")[0], first)
        with self.subTest("no address randomisation"):
            if can_fix_addresses():
                self.assertEqual(self.results(jobs="2", before=FIXED_ADDRESSES)[0], first)
            else:
                print("not tested: this host lets nobody turn address randomisation off")
        with self.subTest("manifests"):
            self.check_manifests(out)

    def test_cores_in_exact_order(self):
        for name in ("echo.toml", "sixteen-cores.toml"):
            args = [scenario(name), "--set", 'cpu.interleave="0ns"', "--out", self.path("out")]
            self.assertEqual(without_host(self.run_json(*args)),
                             without_host(self.run_json(*args)), name)

    def test_seeds_differ(self):
        result = self.run_json(scenario("sixteen-cores.toml"), "--seed", "1..4", "--jobs", "2",
                               "--out", self.path("out"))
        self.assertEqual(len({p["digest"] for p in result["points"]}), 4)

    def test_cost_changes_the_digest(self):
        """A digest that nothing moves would pass all of the above."""
        digests = set()
        for frequency in ("3GHz", "2.9GHz"):
            result = self.run_json(scenario("echo.toml"), "--set", f'cpu.frequency="{frequency}"',
                                   "--out", self.path("out"))
            digests.add(result["points"][0]["digest"])
        self.assertEqual(len(digests), 2)


main()
