#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The checking build: unmodified drivers break no rule, and --strict finds its executable."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

DOORBELL, SOURCE = sys.argv[1:3]
del sys.argv[1:]


def run(scenario, *options):
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [DOORBELL, "run", os.path.join(SOURCE, "scenarios", scenario), "--out", out, "--json",
             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done


class Rules(unittest.TestCase):
    def broken_in(self, scenario, *options):
        done = run(scenario, "--strict", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        points = json.loads(done.stdout)["points"]
        self.assertTrue(points)
        return [point["stats"]["rules.breaches"] for point in points]

    def test_unmodified_nvme_breaks_no_rule(self):
        self.assertEqual(set(self.broken_in("nvme/sqlite-wal.toml")), {0})

    def test_unmodified_ixgbe_breaks_no_rule_whatever_an_administrator_does(self):
        self.assertEqual(set(self.broken_in("test/admin.toml")), {0})

    def test_both_drivers_break_no_rule_with_a_strict_iommu_and_with_bounce_buffers(self):
        for mode in ("strict", "lazy", "off"):
            self.assertEqual(
                set(self.broken_in("test/sixteen-cores.toml", "--set", "iommu.mode=" + mode)), {0})
        self.assertEqual(set(self.broken_in("test/echo.toml", "--set", "dma.bounce=force")), {0})

    def test_plain_build_counts_no_breach(self):
        done = run("test/echo.toml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["points"][0]["stats"]["rules.breaches"], 0)

    def test_strict_runs_are_repeatable(self):
        digests = {json.loads(run("test/echo.toml", "--strict").stdout)["points"][0]["digest"]
                   for _ in range(2)}
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    unittest.main()
