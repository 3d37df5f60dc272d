# SPDX-License-Identifier: MIT
"""Recordings: they change nothing, and what they hold can be read back."""
import subprocess

from observe_rig import CHECKER, FLAGSHIP, IO, MM, NET, Observe, main


class Trace(Observe):
    def checked(self, folder):
        done = subprocess.run([CHECKER, folder + "/trace.pftrace"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {"track": set(), "slice": set(), "process": set()}
        for line in done.stdout.splitlines():
            key, value = line.split(" ", 1)
            if key in found:
                found[key].add(value)
            else:
                found[key] = int(value)
        return found

    def test_recording_changes_nothing(self):
        for text in (NET, IO):
            path = self.write(text)
            plain, _ = self.run_scenario(path)
            traced, folder = self.run_scenario(path, "--trace", "*")
            self.assertEqual(plain["digest"], traced["digest"])
            self.assertEqual(plain["stats"], traced["stats"])

    def test_frames_are_followed_from_the_wire_to_the_socket(self):
        point, folder = self.run_scenario(self.write(NET), "--trace", "*",
                                          "--trace-format", "perfetto")
        found = self.checked(folder)
        self.assertLessEqual({"cpu0", "cpu1", "cpu0 interrupts", "rx queue 0", "up", "down"},
                             found["track"])
        self.assertLessEqual({"cores", "eth0"}, found["process"])
        self.assertLessEqual({"hardirq", "handle_softirqs", "ixgbe_poll",
                              "napi_gro_receive", "sink_thread", "idle",
                              "machine.frame.delivered"}, found["slice"])
        # Task, interrupt, softirq, driver, stack at least.
        self.assertGreaterEqual(found["deepest"], 5)
        delivered = point["stats"]["eth0.rx.delivered"]
        self.assertGreaterEqual(found["flows_across_tracks"], delivered)
        # On the wire, in the ring, delivered.
        self.assertGreaterEqual(found["flow_steps"], 3 * delivered)

    def test_ios_are_followed_from_submission_to_completion(self):
        point, folder = self.run_scenario(self.write(IO), "--trace", "*",
                                          "--trace-format", "perfetto")
        found = self.checked(folder)
        self.assertLessEqual({"cpu0", "cpu1", "cmd queue 1", "up", "down"}, found["track"])
        completed = point["stats"]["nvme0.io.completed"]
        self.assertGreaterEqual(found["flows_across_tracks"], completed)
        # Submitted, started, entry written, done.
        self.assertGreaterEqual(found["flow_steps"], 4 * completed)

    def test_flagship_can_be_recorded(self):
        _, folder = self.run_scenario(FLAGSHIP, "--trace", "*", "--trace-format", "perfetto",
                                      "--set", "device.eth0.itr=20us",
                                      "--set", "traffic.0.rate=100kpps")
        found = self.checked(folder)
        self.assertGreater(found["slices"], 10000)
        self.assertGreater(found["flows_across_tracks"], 3500)

    def test_a_shootdowns_parts_are_slices_of_cores_and_between_them(self):
        path = self.write(MM)
        _, folder = self.run_scenario(path, "--trace", "*", "--trace-format", "perfetto")
        found = self.checked(folder)
        for part in ("", ".send", ".handler", ".spin"):
            self.assertIn(f"machine.shootdown{part}.begin", found["slice"])
        for part in ("delivery", "ack"):
            self.assertIn(f"machine.shootdown.{part}", found["slice"])
        self.assertIn("shootdown cpu0 to cpu2", found["track"])
        self.assertIn("shootdown cpu2 to cpu0", found["track"])

    def test_glob_selects(self):
        _, folder = self.run_scenario(self.write(NET), "--trace", "nic82599.rx.*")
        self.assertEqual(self.checked(folder)["slices"], 0)
        text = self.read(folder, "trace.txt")
        self.assertIn("nic82599.rx.ring", text)
        self.assertNotIn("linux.slice", text)
        _, folder = self.run_scenario(self.write(NET), "--trace", "linux.*")
        self.assertIn("name=ixgbe_poll category=driver", self.read(folder, "trace.txt"))

    def test_two_recordings_are_equal(self):
        path = self.write(IO)
        recordings = []
        for out in ("a", "b"):
            _, folder = self.run_scenario(path, "--trace", "*", "--trace-format", "perfetto",
                                          out=out)
            with open(folder + "/trace.pftrace", "rb") as file:
                recordings.append(file.read())
        self.assertEqual(recordings[0], recordings[1])


main()
