#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Published curves beside ours: CPU share against load (MEASUREMENTS 2.3, Hoiland-Jorgensen et al.,
CoNEXT 2018) and the receive livelock (Mogul and Ramakrishnan, 1996). Shapes are held to; absolute
times are printed and discussed in docs/accuracy.md.

usage: test_curves.py DOORBELL SOURCE"""
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

BINARY = os.path.abspath(sys.argv[1])
NET = os.path.join(os.path.abspath(sys.argv[2]), "scenarios", "net")
# CPU nanoseconds a frame, as measured, by millions of frames a second.
MEASURED = {
    "xdp-drop": {0.25: 280, 0.5: 234, 1: 196, 2: 144, 3: 117, 5: 95, 10: 62, 15: 50, 20: 46, 24.8: 40},
    "drop": {0.25: 840, 0.5: 604, 1: 426, 2: 298, 3: 236, 5: 200},
}
UNITS = {"kpps": 1e3, "Mpps": 1e6, "pps": 1}


def rate_of(text):
    unit = text.lstrip("0123456789.")
    return float(text[:-len(unit)]) * UNITS[unit]


class Curves(unittest.TestCase):
    def points(self, scenario, *sets):
        with tempfile.TemporaryDirectory() as folder:
            command = [BINARY, "run", os.path.join(NET, scenario), "--json", "--out", folder]
            for pair in sets:
                command += ["--set", pair]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)["points"]

    def cost_by_load(self):
        costs = {"xdp-drop": {}, "drop": {}}
        for point in self.points("cpu-share.toml"):
            stats, params = point["stats"], point["params"]
            if stats["eth0.rx.dropped"] > 0.01 * stats["eth0.rx.offered"]:
                continue
            busy = stats["cpu.busy"] * 4e6
            rate = rate_of(params["traffic.0.rate"]) / 1e6
            costs[params["traffic.0.sink"]][rate] = busy / stats["eth0.rx.delivered"]
        return costs

    def test_cost_of_a_frame_falls_with_load(self):
        costs = self.cost_by_load()
        print(f"\n{'sink':10} {'Mpps':>6} {'measured':>9} {'ours':>8} ns a frame")
        for sink, curve in costs.items():
            for rate, cost in sorted(curve.items()):
                measured = MEASURED[sink].get(rate)
                print(f"{sink:10} {rate:6} {measured or '-':>9} {cost:8.1f}")
        for sink, curve in costs.items():
            loads = sorted(curve)
            self.assertGreaterEqual(len(loads), 6)
            for low, high in zip(loads, loads[1:]):
                self.assertLess(curve[high], 1.02 * curve[low], f"{sink} at {high} Mpps")
                self.assertGreater(curve[high] * high, curve[low] * low, "share rises with load")
            self.assertGreater(curve[0.25] / curve[5], {"xdp-drop": 3, "drop": 1.5}[sink])
            for rate, cost in curve.items():
                self.assertLess(abs(math.log2(cost / MEASURED[sink][rate])), 1, "factor of two")
        for rate, cost in costs["drop"].items():
            self.assertGreater(cost, costs["xdp-drop"][rate], f"XDP is cheaper at {rate} Mpps")

    def livelock(self, *sets):
        curves = {}
        for point in self.points("livelock-1996.toml", *sets):
            params = point["params"]
            curve = curves.setdefault(params.get("ideal.scheme", ""), {})
            curve[rate_of(params["traffic.0.rate"])] = point["stats"]["eth0.rx.delivered"] / 2
        return curves

    def test_livelock_has_the_published_shape(self):
        curve = self.livelock()["interrupt"]
        peak = max(curve, key=curve.get)
        self.assertEqual(peak, 2000)
        self.assertAlmostEqual(curve[peak], 2000, delta=0.05 * 2000)
        falling = [curve[rate] for rate in sorted(curve) if rate >= peak]
        self.assertEqual(falling, sorted(falling, reverse=True))
        self.assertLess(curve[6000], 0.05 * 2000)
        self.assertEqual(curve[8000], 0)

    def test_quota_for_the_application_keeps_throughput_flat(self):
        curve = self.livelock("ideal.scheme=napi", "ideal.packet=433us",
                              "ideal.application=0us")[""]
        flat = [delivered for rate, delivered in curve.items() if rate >= 2500]
        self.assertLess(max(flat) / min(flat), 1.01)
        self.assertAlmostEqual(flat[0], 1e6 / 433, delta=12)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
