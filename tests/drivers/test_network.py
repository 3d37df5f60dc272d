# SPDX-License-Identifier: MIT
"""Network workloads on the unmodified ixgbe: senders and peers, closed loops, forwarding, NAPI's
knobs, and what an administrator does to an interface under traffic. With "soak" as the last
argument: each of the administrator's actions a thousand times."""
import re
import sys

SOAK = sys.argv[-1] == "soak"
if SOAK:
    sys.argv.pop()

from rig import Rig, main  # noqa: E402

HEAD = """# {question}
format = 1
run = {{ warmup = "2ms", measure = "{measure}" }}
[cpu]
cores = {cores}
[device.eth0]
model = "82599"
queues = 2
{device}
"""
COMPLAINT = re.compile(r"WARN|BUG|error|fail|unable|cut here|Oops|hung|stuck|leak", re.IGNORECASE)
ACTIONS = ("statistics", "coalesce", "ring", "reset", "tx-timeout", "down-up")
ACTION_MS = 400         # the longest takes 360 ms until the link is up again
QUIET_MS = 2000
LINE_RATE = 14880952    # frames/s of 64 bytes on 10 Gbit/s
GIGA = 10**9


class Network(Rig):
    def stats(self, question, text, measure="10ms", cores=2, device="", **how):
        head = HEAD.format(question=question, measure=measure, cores=cores, device=device)
        file = self.write("scenario.toml", head + text)
        result = self.run_json(file, "--out", self.path("out"), **how)
        self.assertEqual(len(result["points"]), 1)
        return result["points"][0]["stats"]

    def complaints(self):
        log = self.read("out", "point000", "console.log")
        return [line for line in log.splitlines() if COMPLAINT.search(line)]

    def test_rate_of_datagrams_is_exact(self):
        stats = self.stats("Are datagrams sent at their rate?", """
[[send]]
from = "eth0"
rate = "100kpps"
cores = [0, 1]
""")
        self.assertAlmostEqual(stats["send0.completed"], 2000, delta=2)
        self.assertAlmostEqual(stats["eth0.tx.sent"], 2000, delta=4)
        self.assertEqual(stats["send0.errors"], 0)

    def test_driver_takes_no_more_queues_than_cores(self):
        text = """
[[traffic]]
to = "eth0"
rate = "500kpps"
"""
        two = self.stats("Are two queues served by two cores?", text)
        one = self.stats("And by one core?", text, cores=1)
        for stats in (one, two):
            self.assertGreater(stats["eth0.rx.delivered"], 4800)
            self.assertEqual(stats["eth0.rx.dropped"], 0)
        self.assertGreater(two["cpu1.busy"], 0.02)

    def test_xdp_program_drops_or_returns_every_frame_in_the_driver(self):
        for sink, sent in (("xdp-drop", 0), ("xdp-tx", 1)):
            with self.subTest(sink):
                stats = self.stats("Does the driver run the program?", f"""
[[traffic]]
to = "eth0"
rate = "1Mpps"
sink = "{sink}"
""")
                self.assertGreater(stats["eth0.rx.delivered"], 9500)
                self.assertEqual(stats["eth0.rx.dropped"], 0)
                self.assertGreater(stats["eth0.rx.latency_ns"]["count"], 9500)
                self.assertAlmostEqual(stats["eth0.tx.sent"], sent * stats["eth0.rx.delivered"],
                                       delta=100)
                self.assertEqual(self.complaints(), [])

    def test_intervals_add_up_to_the_window(self):
        file = self.write("series.toml", """format = 1
run = { warmup = "1ms", measure = "4ms", interval = "500us" }
[cpu]
cores = 1
[device.eth0]
model = "82599"
queues = 1
[[traffic]]
to = "eth0"
rate = "300kpps"
""")
        stats = self.run_json(file, "--out", self.path("out"))["points"][0]["stats"]
        rows = [row.split(",") for row in self.read("out", "point000", "series.csv").split()[1:]]
        for stat in ("eth0.rx.offered", "eth0.rx.delivered", "eth0.irq.count"):
            mine = [int(row[3]) for row in rows if row[2] == stat]
            self.assertEqual(len(mine), 8)
            self.assertEqual(sum(mine), stats[stat])
        latency = [row for row in rows if row[2] == "eth0.rx.latency_ns"]
        self.assertEqual(sum(int(row[4]) for row in latency), stats["eth0.rx.delivered"])

    def test_polls_are_counted(self):
        stats = self.stats("How many frames does a poll take?", """
[[traffic]]
to = "eth0"
rate = "14Mpps"
sink = "drop"
flows = 1
""")
        # Above what a core takes every poll takes its weight of 64.
        self.assertGreater(stats["eth0.rx.frames_per_poll"], 40)
        self.assertLessEqual(stats["eth0.rx.frames_per_poll"], 64)

    def test_closed_loops_obey_littles_law(self):
        window = 0.02
        for name, text, latency, count, think in (
                ("clients on the wire", """
[[traffic]]
to = "eth0"
arrival = "closed"
clients = 8
think = "30us"
sink = "echo"
""", "eth0.rtt_ns", "eth0.tx.sent", 30000),
                ("a client on the host", """
[[send]]
from = "eth0"
peer = "echo"
peer_delay = "10us"
depth = 8
""", "send0.latency_ns", "send0.completed", 0)):
            with self.subTest(name):
                stats = self.stats("Is the population constant?", text, measure="20ms",
                                   device='itr = "off"')
                rate = stats[count] / window
                wire = 67.2 if think else 0     # a request's own time on the wire
                residence = (stats[latency]["mean"] + think + wire) / GIGA
                self.assertAlmostEqual(rate * residence, 8, delta=0.25)

    def test_tcp(self):
        for tso in ("true", "false"):
            stats = self.stats("Does a stream fill the wire?", """
[[send]]
from = "eth0"
engine = "tcp"
size = "64KiB"
""", measure="20ms", device="tso = " + tso)
            # 1448 of 1538 bytes are payload; a write of 64 KiB more or less.
            self.assertGreater(stats["send0.bytes"], 0.95 * 20e-3 * 1.25e9 * 1448 / 1538)
        stats = self.stats("Are requests answered?", """
[[send]]
from = "eth0"
engine = "tcp"
peer = "echo"
size = "5000B"
depth = 4
""")
        self.assertGreater(stats["send0.completed"], 500)
        self.assertEqual(stats["send0.bytes"], 5000 * stats["send0.completed"])

    def test_device_merges_segments_without_a_wrong_byte(self):
        # The senders compare every byte of the answers, and the run fails if one is wrong.
        plain, merged = (self.stats("What does the device merge?", """
[[send]]
from = "eth0"
engine = "tcp"
peer = "echo"
size = "64KiB"
depth = 8
""", device=f"lro = {lro}") for lro in ("false", "true"))
        self.assertEqual(plain["eth0.rx.rsc.packets"], 0)
        self.assertGreater(merged["eth0.rx.rsc.packets"], 0.5 * merged["eth0.rx.frames"])
        self.assertGreater(merged["eth0.rx.rsc.packets_per_receive"], 5)
        self.assertGreater(merged["send0.completed"], 0.99 * plain["send0.completed"])
        self.assertLess(merged["cpu.busy"], 0.9 * plain["cpu.busy"])
        for stats in (plain, merged):
            self.assertEqual(stats["eth0.rx.dropped"], 0)
            self.assertEqual(stats["eth0.error.guest"], 0)

    def test_merging_by_the_device_needs_its_throttle(self):
        for line in ('itr = "off"', 'itr = "5us"', 'moderation = { kind = "count-timeout", '
                     'count = 4, timeout = "10us" }'):
            with self.subTest(line):
                file = self.write("refused.toml", HEAD.format(
                    question="Is it refused?", measure="1ms", cores=1,
                    device=line + "\nlro = true") + """
[[traffic]]
to = "eth0"
""")
                self.assertIn("lro = true", self.run_cli(file, code=2).stderr)

    def test_forwarding(self):
        stats = self.stats("Does every frame leave by the other port?", """
[device.eth1]
model = "82599"
queues = 2
[[traffic]]
to = "eth0"
sink = "forward"
via = "eth1"
rate = "200kpps"
[[traffic]]
to = "eth1"
sink = "forward"
via = "eth0"
rate = "100kpps"
""", measure="20ms")
        for port, other in (("eth0", "eth1"), ("eth1", "eth0")):
            self.assertEqual(stats[port + ".rx.dropped"], 0)
            self.assertEqual(stats[port + ".rx.delivered"], stats[other + ".tx.sent"])
        self.assertAlmostEqual(stats["eth1.tx.sent"], 4000, delta=350)

    def test_pktgen_reaches_line_rate(self):
        stats = self.stats("Do two cores fill the wire?", """
[[send]]
from = "eth0"
engine = "pktgen"
cores = [0, 1]
""", measure="5ms")
        self.assertAlmostEqual(stats["eth0.tx.sent"] / (LINE_RATE * 5e-3), 1, delta=1e-4)

    def test_knobs(self):
        def run(device, host=""):
            return self.stats("What does it change?", host + """
[[traffic]]
to = "eth0"
rate = "400kpps"
""", cores=4, device='itr = "off"\n' + device)

        plain = run("")
        with self.subTest("deferred interrupts"):
            stats = run('gro_flush_timeout = "20us"\nnapi_defer_hard_irqs = 100')
            self.assertLess(stats["eth0.irq.count"], plain["eth0.irq.count"] / 100)
        with self.subTest("busy polling"):
            stats = run('busy_poll = "50us"')
            self.assertLess(stats["eth0.rx.latency_ns"]["p50"], plain["eth0.rx.latency_ns"]["p50"])
            self.assertGreater(stats["cpu0.busy"], 0.99)
        with self.subTest("placement of interrupts"):
            stats = run("irq_cores = [3]")
            self.assertGreater(stats["cpu3.busy"], 0.5)
            self.assertLess(stats["cpu0.busy"], 0.01)
        with self.subTest("threads"):
            self.assertGreater(run("threaded_napi = true")["cpu.busy"], plain["cpu.busy"])
        with self.subTest("all frames, whatever the knob"):
            for device in ("napi_weight = 2", "gro = false", ""):
                stats = run(device, host="" if device else "[host]\nnetdev_budget = 8\n")
                self.assertEqual(stats["eth0.rx.dropped"], 0)
                self.assertAlmostEqual(stats["eth0.rx.delivered"],
                                       plain["eth0.rx.delivered"], delta=5)

    def administrate(self, action, count):
        stats = self.stats(f"Does the interface survive {action}?", f"""
[[traffic]]
to = "eth0"
sink = "echo"
rate = "1kpps"
[[send]]
from = "eth0"
peer = "echo"
rate = "1kpps"
[[admin]]
on = "eth0"
action = "{action}"
count = {count}
every = "1ms"
""", measure=f"{count * ACTION_MS + QUIET_MS}ms", timeout=900)
        # The first one may be over before the window opens.
        self.assertGreaterEqual(stats["admin0.done"], count - 3)
        self.assertEqual(stats["admin0.failed"], 0)
        self.assertGreater(stats["eth0.rx.delivered"], 0.9 * QUIET_MS)
        self.assertGreater(stats["send0.completed"], 0.9 * QUIET_MS)
        self.assertEqual(stats["eth0.error.guest"], 0)
        self.assertEqual(self.complaints(), [])
        # What is mapped now are the buffers of two receive rings of 512, however often.
        self.assertLess(stats["dma.live"], 2 * 512 + 64)
        self.assertGreater(stats["dma.live"], 2 * 512 - 64)

    def test_self_test_passes(self):
        # Off line: registers, EEPROM, interrupt (none with MSI-X), 18 rounds of 64 frames
        # through the MAC's loopback, link. The register test writes what no driver would, and
        # error.guest counts that.
        stats = self.stats("Does ethtool's self-test pass?", """
[[traffic]]
to = "eth0"
sink = "echo"
rate = "1kpps"
[[admin]]
on = "eth0"
action = "self-test"
count = 2
every = "1ms"
""", measure="12s", timeout=900)
        self.assertEqual(stats["admin0.done"], 2)
        self.assertEqual(stats["admin0.failed"], 0)
        self.assertGreater(stats["eth0.rx.delivered"], 1000)
        self.assertLess(stats["dma.live"], 2 * 512 + 64)
        self.assertEqual(self.complaints(), [])

    def test_administrator(self):
        for action in ACTIONS:
            with self.subTest(action):
                self.administrate(action, 1000 if SOAK else 20)


if SOAK:
    Network = type("Soak", (Rig,), {"stats": Network.stats, "complaints": Network.complaints,
                                    "administrate": Network.administrate,
                                    "test_administrator": Network.test_administrator})
main()
