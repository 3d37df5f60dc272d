# SPDX-License-Identifier: MIT
"""The sampling profiler: it changes nothing, is the same every time, and agrees with the exact
counters."""
import json
import xml.etree.ElementTree

from observe_rig import IO, NET, Observe, main


def folded(text):
    chains = {}
    for line in text.splitlines():
        chain, ns = line.rsplit(" ", 1)
        assert chain not in chains
        chains[chain] = int(ns)
    return chains


class Profile(Observe):
    def test_sampling_changes_nothing(self):
        for text in (NET, IO):
            path = self.write(text)
            plain, _ = self.run_scenario(path)
            for interval in ("1us", "37ns"):
                sampled, _ = self.run_scenario(path, "--profile-interval", interval)
                self.assertEqual(plain["digest"], sampled["digest"])

    def test_cores_that_see_each_other_exactly_stay_exact(self):
        path = self.write(IO.replace("cores = 2\n", 'cores = 2\ninterleave = "0ns"\n'))
        plain, _ = self.run_scenario(path)
        sampled, _ = self.run_scenario(path, "--profile-interval", "101ns")
        self.assertEqual(plain["digest"], sampled["digest"])

    def test_two_profiles_are_equal(self):
        path = self.write(NET)
        texts = []
        for out in ("a", "b"):
            _, folder = self.run_scenario(path, "--profile", out=out)
            texts.append(self.read(folder, "profile.folded"))
        self.assertEqual(texts[0], texts[1])

    def test_shares_agree_with_the_counters(self):
        for text in (NET, IO):
            point, folder = self.run_scenario(self.write(text), "--profile-interval", "97ns")
            busy = 0
            by_category = {}
            for chain, ns in folded(self.read(folder, "profile.folded")).items():
                category = chain.split(";")[1]
                by_category[category] = by_category.get(category, 0) + ns
                busy += ns
            counted = {key[len("cpu.time_ns."):]: value for key, value in point["stats"].items()
                       if key.startswith("cpu.time_ns.")}
            idle = counted.pop("idle")
            self.assertGreater(idle, 0)
            self.assertAlmostEqual(busy / sum(counted.values()), 1, delta=0.002)
            for category, ns in counted.items():
                self.assertAlmostEqual(by_category.get(category, 0) / busy, ns / busy,
                                       delta=0.006, msg=category)

    def test_chains_hold_the_kernel_only(self):
        _, folder = self.run_scenario(self.write(NET), "--profile-interval", "97ns")
        chains = folded(self.read(folder, "profile.folded"))
        for chain in chains:
            names = chain.split(";")
            for name in names:
                self.assertNotRegex(name, r"^(plat_|linux_gate|profile_|gate_start|core_)|\.real|\?")
            for outer, inner in zip(names[2:], names[3:]):
                self.assertNotEqual(outer, inner)
        driver = [chain for chain in chains if chain.split(";")[1] == "driver"]
        self.assertTrue(driver)
        self.assertTrue(all("ixgbe" in chain for chain in driver))
        # A softirq runs inside whatever was interrupted, and its caller is known.
        inside = [chain for chain in chains if "handle_softirqs;" in chain]
        self.assertTrue(all("irq_exit" in chain or "ksoftirqd" in chain or "local_bh" in chain
                            or "do_softirq" in chain for chain in inside), inside[:3])

    def test_table_is_written_and_shown(self):
        _, folder = self.run_scenario(self.write(NET), "--profile")
        table = self.read(folder, "profile.txt").splitlines()
        self.assertIn("self us", table[0])
        self.assertGreater(len(table), 50)
        self.assertIn("Busy time by function", self.stdout)
        self.assertIn(table[1].split("  ")[1], self.stdout)
        _, folder = self.run_scenario(self.write(NET), "--profile", "--spans", "--json")
        json.loads(self.stdout)

    def test_flame_graphs(self):
        self.run_scenario(self.write(NET), "--profile")
        totals = {}
        for name in ("flame", "flame-cpu0", "flame-cpu1", "flame-driver"):
            paths = self.plot(name)
            self.assertEqual(len(paths), 1)
            tree = xml.etree.ElementTree.parse(paths[0])
            titles = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}title")]
            self.assertGreater(len(titles), 5)
            totals[name] = float(titles[0].split(": ")[1].split(" ")[0])
        self.assertAlmostEqual(totals["flame"], totals["flame-cpu0"] + totals["flame-cpu1"],
                               delta=0.01)
        self.assertLess(totals["flame-driver"], totals["flame"])


main()
