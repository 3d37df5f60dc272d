# SPDX-License-Identifier: MIT
"""Stages of requests: they add up, and they are what the other stats say."""
import csv

from observe_rig import IO, NET, Observe, main


class Spans(Observe):
    def rows(self, folder, device):
        with open(folder + "/spans-" + device + ".csv") as file:
            return [{key: int(value) for key, value in row.items()}
                    for row in csv.DictReader(file)]

    def check_rows(self, point, folder, device, latency):
        rows = self.rows(folder, device)
        stages = [key for key in rows[0] if key not in ("id", "end_ps", "latency_ps")]
        for row in rows:
            self.assertEqual(sum(row[stage] for stage in stages), row["latency_ps"])
        counted = point["stats"][latency]
        self.assertEqual(len(rows), counted["count"])
        ns = [row["latency_ps"] // 1000 for row in rows]
        self.assertEqual(max(ns), counted["max"])
        self.assertEqual(min(ns), counted["min"])
        return rows

    def mean(self, rows, stage):
        return sum(row[stage + "_ps"] for row in rows) / len(rows) / 1000

    def test_following_changes_nothing(self):
        for text in (NET, IO):
            path = self.write(text)
            plain, _ = self.run_scenario(path)
            followed, _ = self.run_scenario(path, "--spans")
            self.assertEqual(plain["digest"], followed["digest"])

    def test_stages_of_frames(self):
        point, folder = self.run_scenario(self.write(NET), "--spans")
        rows = self.check_rows(point, folder, "eth0", "eth0.rx.latency_ns")
        for stage in ("device", "throttle", "irq", "softirq", "driver", "stack", "wakeup"):
            self.assertGreater(self.mean(rows, stage), 50, stage)
        # Interrupt to poll is entry, handler and softirq, whatever the load.
        self.assertLess(self.mean(rows, "softirq"), 2000)
        self.assertIn("stages of", self.stdout)

    def test_throttle_is_the_moderation_that_the_device_reports(self):
        point, folder = self.run_scenario(self.write(NET), "--spans")
        rows = self.check_rows(point, folder, "eth0", "eth0.rx.latency_ns")
        raised = [row for row in rows if row["irq_ps"]]
        self.assertAlmostEqual(self.mean(raised, "throttle"),
                               point["stats"]["eth0.rx.moderation_ns"]["mean"], delta=800)

    def test_throttle_grows_with_the_interval(self):
        means = []
        for itr in ("10us", "50us"):
            _, folder = self.run_scenario(self.write(NET), "--spans", "--set",
                                          "device.eth0.itr=" + itr)
            means.append(self.mean(self.rows(folder, "eth0"), "throttle"))
        self.assertLess(2 * means[0], means[1])

    def test_stages_of_ios(self):
        point, folder = self.run_scenario(self.write(IO), "--spans")
        rows = self.check_rows(point, folder, "nvme0", "nvme0.io.latency_ns")
        for stage in ("submit", "fetch", "medium", "irq", "handler", "wakeup"):
            self.assertGreater(self.mean(rows, stage), 50, stage)
        self.assertEqual(self.mean(rows, "coalesce"), 0)
        device = sum(self.mean(rows, stage) for stage in ("fetch", "prepare", "medium"))
        self.assertAlmostEqual(device, point["stats"]["nvme0.device.latency_ns"]["mean"],
                               delta=0.01 * device)

    def test_coalescing_is_a_stage(self):
        text = IO.replace("queues = 2\n", 'queues = 2\ncoalesce_time = "100us"\n'
                          "coalesce_threshold = 8\n")
        point, folder = self.run_scenario(self.write(text), "--spans")
        rows = self.check_rows(point, folder, "nvme0", "nvme0.io.latency_ns")
        self.assertGreater(self.mean(rows, "coalesce"), 5000)

    def test_figure(self):
        self.run_scenario(self.write(IO), "--spans")
        self.assertEqual(len(self.plot("nvme0-spans")), 1)


main()
