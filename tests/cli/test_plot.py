# SPDX-License-Identifier: MIT
"""doorbell plot on what doorbell run wrote."""
import os

import rig


class Plot(rig.Rig):
    def test_figures_are_drawn_and_listed(self):
        self.write("a.toml", "", rig.SWEEP)
        self.run_cli("run", "a.toml")
        done = self.run_cli("plot", "out/a")
        names = done.stdout.split()
        self.assertIn("out/a/plots/eth0-latency-vs-rate.svg", names)
        for name in names:
            self.assertTrue(os.path.getsize(self.path(name)) > 1000)
            with open(self.path(name[:-4] + ".png"), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")

    def test_one_name_draws_one_figure(self):
        self.write("a.toml", "", rig.SWEEP)
        self.run_cli("run", "a.toml")
        done = self.run_cli("plot", "out/a", "eth0-interrupts-vs-itr")
        self.assertEqual(done.stdout, "out/a/plots/eth0-interrupts-vs-itr.svg\n")

    def test_mistakes_are_exit_2(self):
        self.assertIn("no result folder", self.run_cli("plot", code=2).stderr)
        self.assertIn("none/result.json", self.run_cli("plot", "none", code=2).stderr)
        self.assertIn("due", self.run_cli("plot", "a", "b", "c", code=2).stderr)
        self.assertIn("no option", self.run_cli("plot", "--all", code=2).stderr)
        self.write("a.toml", "", rig.SWEEP)
        self.run_cli("run", "a.toml")
        done = self.run_cli("plot", "out/a", "nothing", code=2)
        self.assertIn("eth0-interrupts-vs-itr", done.stderr)


rig.main()
