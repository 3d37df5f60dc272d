# SPDX-License-Identifier: MIT
"""Verbs, options, help."""
import os
import subprocess

import rig


class Usage(rig.Rig):
    def refused(self, args, *words):
        done = self.run_cli(*args, code=2)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_help_goes_to_stdout_and_is_good(self):
        for args in (["--help"], ["-h"], ["help"]):
            done = self.run_cli(*args)
            self.assertIn("usage: doorbell VERB", done.stdout)
            self.assertEqual(done.stderr, "")

    def test_every_verb_has_help(self):
        for verb in ("run", "check", "plot", "list", "doc", "init"):
            done = self.run_cli(verb, "--help")
            self.assertIn("usage: doorbell " + verb, done.stdout)

    def test_every_scenario_is_listed_with_its_question(self):
        root = os.path.join(os.path.dirname(__file__), "../..")
        lines = self.run_cli("list", "scenarios").stdout.splitlines()
        listed = {line.split()[0]: line.split(None, 1)[1] for line in lines}
        for topic in ("net", "nvme", "iommu", "mm", "rtl", "bench"):
            for name in os.listdir(os.path.join(root, "scenarios", topic)):
                if name.endswith(".toml"):
                    self.assertRegex(listed[f"scenarios/{topic}/{name}"], r"^[A-Z].*[?.]$")

    def test_no_verb_is_an_error_with_the_overview(self):
        self.refused([], "usage: doorbell VERB")

    def test_misspelt_verb_gets_a_suggestion(self):
        self.refused(["chekc"], 'no verb "chekc"', 'did you mean "check"?')
        self.refused(["frobnicate"], 'no verb "frobnicate"', "doorbell --help")

    def test_misspelt_option_gets_a_suggestion(self):
        self.refused(["run", "a.toml", "--josn"], 'no option "--josn"', '"--json"')
        self.refused(["run", "a.toml", "--frobnicate"], 'no option "--frobnicate"', "--help")
        self.refused(["run", "a.toml", "-x"], 'no option "-x"')

    def test_options_want_their_values(self):
        self.refused(["run", "a.toml", "--seed"], "--seed needs a value")
        self.refused(["run", "a.toml", "--json=1"], "--json takes no value")
        self.refused(["run"], "no scenario file")

    def test_values_are_checked(self):
        for seed in ("x", "-1", "1..", "..2", "1..x", "1.5", "", "1..2..3",
                     "9223372036854775808"):
            self.refused(["run", "a.toml", "--seed", seed], "--seed")
        self.refused(["run", "a.toml", "--seed", "8..1"], "below the first")
        self.refused(["run", "a.toml", "--seed", "0..100000"], "more than 100000 seeds")
        for jobs in ("0", "-1", "x", "1x", "1025", ""):
            self.refused(["run", "a.toml", "--jobs", jobs], "--jobs")
        for pair in ("cpu.cores", "=4", ""):
            self.refused(["run", "a.toml", "--set", pair], "--set")
        self.refused(["run", "a.toml", "--out", ""], "--out")
        for time in ("0ns", "1", "x", "1.5ns", "10ps", ""):
            self.refused(["run", "a.toml", "--profile-interval", time], "--profile-interval")
        for form in ("", "json", "all"):
            self.refused(["run", "a.toml", "--trace-format", form], "text or perfetto is due")

    def test_missing_scenario_is_an_error(self):
        self.refused(["run", "none.toml"], "none.toml")

    def test_words_after_two_dashes_are_files(self):
        self.refused(["run", "--", "--json"], "--json")
        self.write("--json")
        self.run_cli("run", "--", "--json")

    def test_set_reaches_the_scenario(self):
        self.write("a.toml")
        self.run_cli("run", "a.toml", "--set", "host.cmdline=driver", code=3)
        self.refused(["run", "a.toml", "--set", "cpu.corse=4"], "cpu.cores")

    def test_full_disk_on_stdout_is_not_success(self):
        self.write("a.toml")
        with open("/dev/full", "w") as full:
            done = subprocess.run([rig.BINARY, "run", "a.toml"], cwd=self.dir, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("standard output", done.stderr)

    def test_output_folder_that_cannot_be_made_is_an_error(self):
        self.write("a.toml")
        with open(self.path("file"), "w"):
            pass
        self.refused(["run", "a.toml", "--out", os.path.join("file", "x")], "file")


rig.main()
