# SPDX-License-Identifier: MIT
"""Every scenario file that comes with Doorbell runs, holds what it expects, and accounts for all CPU
time: the categories add up to cores x window exactly."""
import os
import sys
import tomllib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))
from rig import CATEGORIES, Rig, main, scenarios  # noqa: E402


class Scenarios(Rig):
    def check_time(self, point, cores, window):
        stats = point["stats"]
        keys = sorted(k for k in stats if k.startswith("cpu.time_ns."))
        where = f"{point['scenario']} point {point['point']}"
        self.assertEqual(keys, sorted("cpu.time_ns." + c for c in CATEGORIES), where)
        self.assertEqual(sum(stats[k] for k in keys), cores * window, where)

    def cores_of(self, out, point):
        name = f"point{point['point']:03}"
        with open(os.path.join(out, name, "manifest.toml"), "rb") as file:
            return tomllib.load(file)["cpu"]["cores"]

    def check(self, args):
        result = self.run_json(*args, "--jobs", "2", "--out", self.path("out"))
        files = [a for a in args if a.endswith(".toml")]
        self.assertTrue(result["complete"])
        self.assertEqual(result["failures"], [])
        self.assertEqual([e for e in result["expectations"] if not e["ok"]], [])
        self.assertEqual({p["scenario"] for p in result["points"]},
                         {os.path.basename(f)[:-len(".toml")] for f in files})
        for point in result["points"]:
            out = self.path("out")
            if len(files) > 1:
                out = self.path("out", point["scenario"])
            window = point["stats"]["run.window_ns"]
            self.assertGreater(window, 0)
            self.check_time(point, self.cores_of(out, point), window)
        return result

    def test_all_run_and_hold(self):
        points = 0
        for args in scenarios():
            with self.subTest(scenario=args):
                points += len(self.check(args)["points"])
        # The flagship sweep, the queue depths, the capture, the benchmarks and the tests.
        self.assertGreater(points, 40)

    def test_window_is_what_was_asked_for(self):
        echo = [f for f in scenarios()[0] if f.endswith("/echo.toml")]
        for window in (5, 8):
            result = self.run_json(*echo, "--set", f'run.measure="{window}ms"', "--out",
                                   self.path("out"))
            self.assertEqual(result["points"][0]["stats"]["run.window_ns"], window * 1000000)


main()
