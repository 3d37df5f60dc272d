# SPDX-License-Identifier: MIT
"""doorbell run: points, seeds, order, failures, files."""
import csv
import json
import os
import pty
import signal
import subprocess
import time

import rig

FIELDS = ["count", "mean", "min", "p50", "p90", "p99", "p999", "p9999", "max"]


def without_host(document):
    for point in document["points"]:
        del point["host"]
    return document


class Run(rig.Rig):
    def test_summary_alone_is_on_stdout(self):
        self.write("a.toml", "noise", rig.SWEEP)
        done = self.run_cli("run", "a.toml")
        self.assertTrue(done.stdout.startswith("a: 4 points\n"))
        self.assertNotIn("noise", done.stdout + done.stderr)
        self.assertIn("noise on stdout", self.read("out", "a", "point000", "host.log"))

    def test_progress_is_a_line_per_point_on_stderr(self):
        self.write("a.toml", "", rig.SWEEP)
        lines = self.run_cli("run", "a.toml", "--jobs", "1").stderr.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertTrue(lines[3].startswith("[4/4] a point 3 device.eth0.itr=10us"), lines[3])

    def test_json_is_one_document_of_the_contract(self):
        self.write("a.toml", "", rig.SWEEP)
        document = self.run_json("a.toml")
        self.assertEqual(document["format"], 1)
        self.assertEqual(document["scenario"], "a")
        self.assertIs(document["complete"], True)
        self.assertEqual(sorted(document["build"]), ["commit", "kernel", "toolchain"])
        self.assertEqual(document["build"]["kernel"], "fake")
        self.assertEqual([point["params"] for point in document["points"]], [
            {"device.eth0.itr": itr, "traffic.0.rate": rate}
            for itr in ("off", "10us") for rate in ("1Mpps", "2Mpps")])
        point = document["points"][1]
        self.assertEqual(point["seed"], 42)
        self.assertEqual(point["digest"], "%016x%016x" % (1, 42))
        self.assertEqual(point["simulated_ns"], 22000000)
        self.assertEqual(point["stats"]["eth0.rx.offered"], 2042)
        self.assertEqual(point["stats"]["eth0.rx.frames_per_irq"], 3.33333333)
        self.assertEqual(point["stats"]["eth0.irq.rate"], 5000)
        self.assertEqual(sorted(point["stats"]["eth0.rx.latency_ns"]), sorted(FIELDS))
        self.assertEqual(point["stats"]["eth0.rx.latency_ns"]["mean"], 2001.5)
        self.assertEqual(sorted(point["host"]),
                         ["cpu_seconds", "peak_rss_bytes", "wall_seconds"])
        self.assertGreater(point["host"]["peak_rss_bytes"], 100000)

    def test_json_keys_are_sorted(self):
        self.write("a.toml", "", rig.SWEEP)
        text = self.run_cli("run", "a.toml", "--json").stdout

        def check(pairs):
            self.assertEqual([key for key, _ in pairs], sorted(key for key, _ in pairs))
            return dict(pairs)
        json.loads(text, object_pairs_hook=check)

    def test_order_does_not_depend_on_jobs(self):
        self.write("a.toml", "reverse", rig.SWEEP)
        one = without_host(self.run_json("a.toml", "--jobs", "1", "--out", "one"))
        four = without_host(self.run_json("a.toml", "--jobs", "4", "--out", "four"))
        self.assertEqual(one, four)
        self.assertEqual(self.read("one", "result.csv"), self.read("four", "result.csv"))

    def test_jobs_run_at_the_same_time(self):
        self.write("a.toml", "reverse", rig.SWEEP)
        started = time.monotonic()
        self.run_cli("run", "a.toml", "--jobs", "1")
        alone = time.monotonic() - started
        started = time.monotonic()
        self.run_cli("run", "a.toml", "--jobs", "4")
        self.assertGreater(alone, 0.5)
        self.assertLess(time.monotonic() - started, alone - 0.1)

    def test_many_points_at_once_all_arrive(self):
        self.write("a.toml", "", rig.SWEEP)
        points = self.run_json("a.toml", "--seed", "1..50", "--jobs", "16")["points"]
        self.assertEqual([(point["point"], point["seed"]) for point in points],
                         [(index, seed) for index in range(4) for seed in range(1, 51)])

    def test_seeds_are_run_for_every_point(self):
        self.write("a.toml", "", rig.SWEEP)
        points = self.run_json("a.toml", "--seed", "7..9")["points"]
        self.assertEqual([(point["point"], point["seed"]) for point in points],
                         [(index, seed) for index in range(4) for seed in (7, 8, 9)])
        self.assertTrue(os.path.isdir(self.path("out", "a", "point003-seed9")))
        self.assertIn("seed = 9", self.read("out", "a", "point003-seed9", "manifest.toml"))
        points = self.run_json("a.toml", "--seed", "5")["points"]
        self.assertEqual([point["seed"] for point in points], [5] * 4)

    def test_result_folder_has_every_file(self):
        self.write("a.toml", "", rig.SWEEP)
        text = self.run_cli("run", "a.toml", "--json").stdout
        self.assertEqual(self.read("out", "a", "result.json"), text)
        for index in range(4):
            folder = "point%03d" % index
            for name in ("manifest.toml", "result.json", "samples.csv", "hist.csv"):
                self.assertTrue(os.path.isfile(self.path("out", "a", folder, name)), name)
            one = json.loads(self.read("out", "a", folder, "result.json"))
            self.assertEqual([point["point"] for point in one["points"]], [index])

    def test_csv_is_long_form(self):
        self.write("a.toml", "", rig.SWEEP)
        self.run_cli("run", "a.toml")
        with open(self.path("out", "a", "result.csv"), newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["point", "seed", "stat", "field", "value"])
        self.assertIn(["2", "42", "eth0.rx.dropped", "value", "2"], rows)
        self.assertEqual([row[3] for row in rows if row[0] == "0" and
                          row[2] == "eth0.rx.latency_ns"], FIELDS)
        with open(self.path("out", "a", "points.csv"), newline="") as file:
            self.assertIn(["2", "42", "device.eth0.itr", "10us"], list(csv.reader(file)))

    def test_old_points_go_and_plots_stay(self):
        self.write("a.toml", "", rig.SWEEP)
        self.run_cli("run", "a.toml")
        os.makedirs(self.path("out", "a", "plots"))
        os.makedirs(self.path("out", "a", "points-of-mine"))
        self.run_cli("run", "a.toml", "--set", "device.eth0.itr=off", "--set",
                     "traffic.0.rate=1Mpps")
        self.assertEqual(sorted(os.listdir(self.path("out", "a"))), [
            "plots", "point000", "points-of-mine", "points.csv", "result.csv", "result.json"])

    def test_several_scenarios_are_merged_in_their_order(self):
        self.write("b.toml", "", rig.SWEEP)
        self.write("a.toml")
        document = self.run_json("b.toml", "a.toml", "--out", "both")
        self.assertEqual(document["scenario"], ["b", "a"])
        self.assertEqual([(point["scenario"], point["point"]) for point in document["points"]],
                         [("b", 0), ("b", 1), ("b", 2), ("b", 3), ("a", 0)])
        one = json.loads(self.read("both", "a", "result.json"))
        self.assertEqual((one["scenario"], len(one["points"])), ("a", 1))

    def test_scenarios_of_one_name_are_refused(self):
        os.mkdir(self.path("x"))
        self.write("a.toml")
        self.write(os.path.join("x", "a.toml"))
        self.assertIn("same name", self.run_cli("run", "a.toml", "x/a.toml", code=2).stderr)

    def test_errors_of_all_scenarios_are_told_and_nothing_is_run(self):
        self.write("a.toml", "", "bad_a = 1\n")
        self.write("b.toml", "", "bad_b = 1\n")
        self.write("c.toml")
        done = self.run_cli("run", "c.toml", "a.toml", "b.toml", code=2)
        self.assertIn("bad_a", done.stderr)
        self.assertIn("bad_b", done.stderr)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_trace_glob_reaches_the_machine(self):
        self.write("a.toml")
        stats = self.run_json("a.toml", "--trace", "nic*")["points"][0]["stats"]
        self.assertEqual(stats["test.trace_asked"], 1)

    def test_terminal_gets_one_line_that_is_rewritten(self):
        self.write("a.toml", "reverse", rig.SWEEP)
        master, slave = pty.openpty()
        done = subprocess.run([rig.BINARY, "run", "a.toml", "--jobs", "2"], cwd=self.dir,
                              stdout=subprocess.PIPE, stderr=slave, timeout=60)
        os.close(slave)
        text = os.read(master, 65536).decode()
        os.close(master)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("\n", text)
        self.assertIn("of 4 points", text)
        self.assertTrue(text.endswith("\r\033[K"))


class Failures(rig.Rig):
    def failed(self, behaviour, code, reason):
        self.write("a.toml", behaviour, rig.SWEEP)
        done = self.run_cli("run", "--json", "a.toml", code=code)
        document = json.loads(done.stdout)
        self.assertIs(document["complete"], False)
        self.assertEqual([point["point"] for point in document["points"]], [0, 2, 3])
        self.assertEqual(len(document["failures"]), 1)
        failure = document["failures"][0]
        self.assertEqual((failure["point"], failure["seed"], failure["exit"]), (1, 42, code))
        self.assertEqual(failure["params"], "device.eth0.itr=off traffic.0.rate=2Mpps")
        self.assertIn(reason, failure["reason"])
        self.assertIn("point 1 (device.eth0.itr=off traffic.0.rate=2Mpps) seed 42", done.stderr)
        self.assertIn(reason, done.stderr)
        self.assertEqual(json.loads(self.read("out", "a", "result.json")), document)
        return done

    def test_crash_takes_only_its_own_point(self):
        done = self.failed("crash@1", 4, "killed by signal 6")
        self.assertIn("last words", done.stderr)
        self.assertIn("point001/host.log", done.stderr)
        self.assertIn("after 0.001 ms simulated", done.stderr)
        self.assertFalse(os.path.exists(self.path("out", "a", "point000", "host.log")))

    def test_driver_failure_is_exit_3(self):
        self.failed("driver@1", 3, "kernel panic at 3 ms on CPU 1")

    def test_our_bug_is_exit_4(self):
        self.failed("bug@1", 4, "assertion failed")

    def test_unknown_exit_is_our_bug(self):
        self.failed("odd@1", 4, "internal error")

    def test_result_without_end_is_our_bug(self):
        self.failed("silent@1", 4, "without a whole result")

    def test_worst_exit_wins(self):
        self.write("a.toml", "driver@1,bug@2", rig.SWEEP)
        self.run_cli("run", "a.toml", code=4)
        self.write("a.toml", "driver@1", rig.SWEEP + "[[expect]]\nstat = \"eth0.rx.dropped\"\n"
                   "max = 0\n")
        self.run_cli("run", "a.toml", code=3)

    def test_mistake_found_by_the_machine_is_exit_2_and_told_once(self):
        self.write("a.toml", "usage", rig.SWEEP)
        done = self.run_cli("run", "a.toml", "--jobs", "1", code=2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("error: no such machine"), 1)
        self.assertIn("a.toml:5:", done.stderr)

    def test_what_the_machine_refuses_is_told_before_anything_is_run(self):
        self.write("a.toml", "refuse", rig.SWEEP)
        self.write("b.toml", "refuse@2", rig.SWEEP)
        self.write("c.toml")
        done = self.run_cli("run", "c.toml", "a.toml", "b.toml", code=2)
        self.assertEqual(done.stderr.count("error: not with this machine"), 2)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_check_tells_what_the_machine_refuses(self):
        self.write("a.toml", "refuse", rig.SWEEP)
        done = self.run_cli("check", "a.toml", code=2)
        self.assertEqual(done.stderr.count("error: not with this machine"), 1)
        self.assertIn("a.toml:5:", done.stderr)
        self.assertEqual(done.stdout, "")

    def interrupt(self, number):
        self.write("a.toml", "hang@2", rig.SWEEP)
        process = subprocess.Popen([rig.BINARY, "run", "a.toml", "--json", "--jobs", "1"],
                                   cwd=self.dir, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        while "[2/4]" not in process.stderr.readline():
            pass
        time.sleep(0.2)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        document = json.loads(out)
        self.assertIs(document["complete"], False)
        self.assertEqual([point["point"] for point in document["points"]], [0, 1])
        self.assertEqual(document["failures"], [])
        self.assertEqual(json.loads(self.read("out", "a", "result.json")), document)
        self.assertIn("2 of 4 points", err)

    def test_interrupt_writes_results_so_far(self):
        self.interrupt(signal.SIGINT)

    def test_termination_writes_results_so_far(self):
        self.interrupt(signal.SIGTERM)

    def test_children_die_with_a_killed_parent(self):
        self.write("a.toml", "hang")
        process = subprocess.Popen([rig.BINARY, "run", "a.toml"], cwd=self.dir,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        children = "/proc/%d/task/%d/children" % (process.pid, process.pid)
        pids = []
        while not pids:
            with open(children) as file:
                pids = file.read().split()
        process.kill()
        process.wait()
        process.stderr.close()
        for _ in range(100):
            if not os.path.exists("/proc/" + pids[0]):
                return
            with open("/proc/%s/stat" % pids[0]) as file:
                if file.read().split()[2] == "Z":
                    return
            time.sleep(0.05)
        self.fail("the child outlived its parent")


class Expectations(rig.Rig):
    def expect(self, text, code):
        self.write("a.toml", "", rig.SWEEP + "[[expect]]\n" + text)
        return self.run_json("a.toml", code=code)["expectations"]

    def test_all_that_hold_are_exit_0(self):
        rows = self.expect('stat = "eth0.rx.dropped"\nmin = 0\nmax = 3\n', 0)
        self.assertEqual([(row["point"], row["value"], row["ok"]) for row in rows],
                         [(0, 0, True), (1, 1, True), (2, 2, True), (3, 3, True)])
        self.assertEqual((rows[0]["min"], rows[0]["max"]), (0, 3))

    def test_one_that_fails_is_exit_1(self):
        rows = self.expect('stat = "eth0.rx.dropped"\nmax = 2\n', 1)
        self.assertEqual([row["ok"] for row in rows], [True, True, True, False])
        rows = self.expect('stat = "eth0.rx.dropped"\nmin = 1\n', 1)
        self.assertEqual([row["ok"] for row in rows], [False, True, True, True])
        rows = self.expect('stat = "eth0.rx.dropped"\nequal = 2\n', 1)
        self.assertEqual([row["ok"] for row in rows], [False, False, True, False])

    def test_where_limits_the_points(self):
        rows = self.expect('stat = "eth0.rx.dropped"\nmax = 1\n'
                           'where = { "device.eth0.itr" = "off" }\n', 0)
        self.assertEqual([row["point"] for row in rows], [0, 1])

    def test_fields_of_distributions_and_ratios_are_compared(self):
        self.expect('stat = "eth0.rx.latency_ns.p99"\nmax = 4003\n', 0)
        self.expect('stat = "eth0.rx.latency_ns.p99"\nmax = 4002\n', 1)
        self.expect('stat = "eth0.rx.frames_per_irq"\nmin = 3.3\nmax = 3.4\n', 0)
        self.expect('stat = "cpu.busy"\nequal = 0.25\n', 0)
        self.expect('stat = "cpu.busy"\nmax = 0.249999\n', 1)

    def test_quantile_of_no_samples_holds_nothing(self):
        rows = self.expect('stat = "eth0.rx.moderation_ns.p99"\nmax = 5\n', 1)
        self.assertEqual([(row["value"], row["ok"]) for row in rows], [(None, False)] * 4)
        self.expect('stat = "eth0.rx.moderation_ns.count"\nequal = 0\n', 0)

    def test_summary_names_the_point_that_fails(self):
        self.write("a.toml", "", rig.SWEEP + '[[expect]]\nstat = "eth0.rx.dropped"\nmax = 2\n')
        text = self.run_cli("run", "a.toml", code=1).stdout
        self.assertIn("FAIL  eth0.rx.dropped max 2: 3 of 4", text)
        self.assertIn("3 at point 3 (itr=10us rate=2Mpps) seed 42", text)


rig.main()
