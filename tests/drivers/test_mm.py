# SPDX-License-Identifier: MIT
"""Memory management of the real kernel on simulated TLBs: shootdowns and what they consist of, lazy
cores, ceilings, huge pages, operations at random against a shadow, and stale entries that are
found. With "soak" as the last argument: a million operations, twice."""
import os
import re
import sys
import unittest

SOAK = sys.argv[-1] == "soak"
if SOAK:
    sys.argv.pop()

from rig import SOURCE, Rig, main  # noqa: E402

HEAD = """# {question}
format = 1
run = {{ warmup = "{warmup}", measure = "{measure}" }}
[cpu]
cores = {cores}
{cpu}
[host]
memory = "{memory}"
cmdline = "{cmdline}"
"""
PARTS = ("send", "delivery", "handler", "ack", "spin")


class Mm(Rig):
    def run_mm(self, question, text, warmup="1ms", measure="2ms", cores=4, cpu="",
               memory="256MiB", cmdline="", **how):
        head = HEAD.format(question=question, warmup=warmup, measure=measure, cores=cores,
                           cpu=cpu, memory=memory, cmdline=cmdline)
        file = self.write("scenario.toml", head + "[[mm]]\n" + text)
        return self.run_json(file, "--out", self.path("out"), **how)["points"][0]

    def stats(self, *args, **how):
        return self.run_mm(*args, **how)["stats"]

    def test_shootdown_grows_with_cores_and_distance_within_what_was_measured(self):
        latency = {}
        for cores, sockets in ((2, 1), (8, 1), (16, 1), (2, 2), (16, 2)):
            stats = self.stats("How long does a shootdown take?",
                               'op = "munmap"\npeer_count = 63\n', cores=cores,
                               cpu=f"sockets = {sockets}")
            latency[cores, sockets] = stats["tlb.shootdown.latency_ns"]["p50"]
            self.assertEqual(stats["tlb.shootdown.targets"]["min"], cores - 1)
            self.assertGreater(stats["ipi.count"], stats["tlb.shootdowns"] * (cores - 1) - cores)
        self.assertEqual(latency, dict(sorted(latency.items(), key=lambda row: (row[0][1],
                                                                                row[1]))))
        # A round trip to few cores: 1 to 3 us; about 6 us at 16 cores of two sockets (LATR); each
        # further core 0.1 to 0.4 us (MEASUREMENTS 4).
        self.assertTrue(900 <= latency[2, 1] <= 3000, latency)
        self.assertTrue(latency[2, 1] < latency[2, 2] <= 3000, latency)
        self.assertTrue(4500 <= latency[16, 2] <= 7500, latency)
        for sockets in (1, 2):
            further = (latency[16, sockets] - latency[2, sockets]) / 14
            self.assertTrue(100 <= further <= 400, latency)

    def test_parts_of_a_shootdown_add_up(self):
        stats = self.stats("Of what does a shootdown consist?", 'op = "munmap"\npeers = [1]\n')
        part = {name: stats[f"tlb.shootdown.{name}_ns"]["p50"] for name in PARTS}
        whole = stats["tlb.shootdown.latency_ns"]["p50"]
        self.assertAlmostEqual(part["send"] + part["spin"], whole, delta=2)
        self.assertTrue(all(part.values()), part)
        # The wait is the interrupt's way, the handler and its answer's, less what passes between
        # the sending and the end of the sending.
        self.assertAlmostEqual(part["delivery"] + part["handler"] + part["ack"], part["spin"],
                               delta=60)

    def test_every_part_of_a_shootdown_is_a_span_of_the_trace(self):
        file = self.write("scenario.toml", HEAD.format(
            question="What does a shootdown look like?", warmup="0ns", measure="50us", cores=3,
            cpu="", memory="256MiB", cmdline="") + '[[mm]]\nop = "munmap"\npeers = [1, 2]\n')
        self.run_cli(file, "--out", self.path("out"), "--trace", "machine.shootdown.*")
        text = self.read("out", "point000", "trace.txt")
        for name in ("begin", "send.begin", "send.end", "delivery", "handler.begin",
                     "handler.end", "spin.begin", "spin.end", "ack", "end"):
            self.assertGreater(text.count(f"machine.shootdown.{name} "), 5, name)

    def test_interrupts_off_delay_the_answer_by_themselves(self):
        text = 'op = "munmap"\npeers = [1, 2, 3]\npeer_state = "{}"\nirq_off = "20us"\n'
        busy = self.stats("And with interrupts on?", text.format("busy").replace("irq_off", "# "))
        off = self.stats("How long do masked interrupts delay a shootdown?",
                         text.format("irq-off"))
        self.assertGreater(off["tlb.shootdown.delivery_ns"]["max"], 15000)
        self.assertLess(off["tlb.shootdown.delivery_ns"]["max"], 22000)
        self.assertLess(busy["tlb.shootdown.delivery_ns"]["max"], 2000)

    def test_lazy_cores_are_not_interrupted(self):
        text = 'op = "dontneed"\npeers = [1, 2, 3]\npeer_state = "{}"\n'
        busy = self.stats("Are busy cores interrupted?", text.format("busy"))
        idle = self.stats("Are idle cores interrupted?", text.format("idle"))
        self.assertAlmostEqual(busy["tlb.shootdown.targets"]["mean"], 3)
        self.assertGreater(idle["mm0.done"], 100)
        self.assertLess(idle["tlb.shootdowns"], idle["mm0.done"] / 5)

    def test_above_the_ceiling_the_whole_space_is_flushed(self):
        def handler(pages, cmdline=""):
            stats = self.stats("What does a flush of so many pages cost?",
                               f'op = "dontneed"\npages = {pages}\npeers = [1]\n',
                               cmdline=cmdline)
            return stats["tlb.shootdown.handler_ns"]["p50"]
        at, above = handler(33), handler(34)
        self.assertGreater(at, 33 * 140)
        self.assertLess(above, 1000)
        self.assertGreater(handler(34, "tlb_ceiling=100"), 34 * 140)

    def test_broadcast_needs_no_interrupts(self):
        stats = self.stats("What does broadcast invalidation save?",
                           'op = "munmap"\npeers = [1, 2, 3]\n',
                           cpu='tlb_invalidation = "broadcast"')
        self.assertLess(stats["ipi.count"], 20)
        self.assertGreater(stats["tlb.shootdowns"], 100)
        self.assertLess(stats["tlb.shootdown.latency_ns"]["p99"], 1000)

    def test_huge_pages_are_used_and_save_walks(self):
        text = 'op = "touch"\npages = 4096\nhuge = {}\n'
        small = self.stats("Walks of small pages?", text.format("false"), memory="1GiB")
        huge = self.stats("Walks of huge pages?", text.format("true"), memory="1GiB")
        self.assertGreater(small["tlb.misses"], 4096)
        self.assertLess(huge["tlb.misses"], 20)
        self.assertLess(huge["mm0.latency_ns"]["p50"] * 4, small["mm0.latency_ns"]["p50"])

    @unittest.skipUnless(SOAK, "host time is measured when nothing else runs")
    def test_a_load_that_hits_the_tlb_costs_the_host_at_most_ten_nanoseconds(self):
        def run(measure):
            point = self.run_mm("What does a hit cost the host?", 'op = "touch"\npages = 48\n',
                                cores=1, measure=measure)
            self.assertEqual(point["stats"]["tlb.misses"], 0)
            return 48 * point["stats"]["mm0.done"], point["host"]["cpu_seconds"]
        best = 1e9
        for _ in range(5):
            (few, short), (many, long) = run("50ms"), run("250ms")
            best = min(best, (long - short) / (many - few) * 1e9)
        self.assertLessEqual(best, 10)

    def direct(self, during, pin="true"):
        return self.stats("Is a direct read whole whatever the program does meanwhile?", f"""
op = "direct"
on = "nvme0"
pages = 16
cores = [0]
peers = [1]
during = "{during}"
pin = {pin}
[device.nvme0]
model = "nvme"
media = "p4510"
[iommu]
mode = "strict"
""", cores=2, measure="5ms")

    def test_direct_reads_are_whole_and_pinned_only_meanwhile(self):
        for during in ("look", "unmap", "fork"):
            stats = self.direct(during)
            self.assertEqual((stats["mm0.errors"], stats["iommu.faults"]), (0, 0), during)
            self.assertGreater(stats["mm0.done"], 20)
            self.assertEqual(stats["tlb.stale.holes"], 0)

    def test_without_pins_copy_on_write_takes_the_device_its_pages(self):
        stats = self.direct("fork", pin="false")
        self.assertGreater(stats["mm0.errors"], 10)
        self.assertEqual(self.direct("look", pin="false")["mm0.errors"], 0)

    def test_mapping_a_message_pays_from_a_size_on_that_grows_with_cores(self):
        latency = {}
        for cores, pages, method in ((1, 1, "copy"), (1, 1, "map"), (1, 64, "copy"),
                                     (1, 64, "map"), (8, 16, "copy"), (8, 16, "map"),
                                     (1, 16, "copy"), (1, 16, "map")):
            stats = self.stats("Is it cheaper to map a message or to copy it?",
                               f'op = "receive"\npages = {pages}\nmethod = "{method}"\n'
                               "peer_count = 63\n", cores=cores)
            self.assertEqual((stats["mm0.errors"], stats["tlb.stale.holes"]), (0, 0))
            self.assertGreater(stats["mm0.done"], 10)
            latency[cores, pages, method] = stats["mm0.latency_ns"]["p50"]
        for cores, pages, better in ((1, 1, "copy"), (1, 64, "map"), (1, 16, "map"),
                                     (8, 16, "copy")):
            worse = "map" if better == "copy" else "copy"
            self.assertLess(latency[cores, pages, better], latency[cores, pages, worse], latency)

    def sends(self, text, cores=1, nic="", senders="[0]", **how):
        file = self.write("scenario.toml", HEAD.format(
            question="Does what a program sends arrive?", warmup="500us",
            measure=how.get("measure", "3ms"), cores=cores, cpu="", memory="256MiB", cmdline="") +
            f'[device.eth0]\nmodel = "82599"\nqueues = 1\n{nic}\n'
            f'[[send]]\nfrom = "eth0"\nmemory = "user"\ncores = {senders}\n{text}\n')
        return self.run_json(file, "--out", self.path("out"))["points"][0]["stats"]

    def test_pages_sent_without_a_copy_are_held_until_the_acknowledgement(self):
        for engine, size in (("tcp", "16KiB"), ("tcp", "100001B"), ("udp", "1400B")):
            text = f'engine = "{engine}"\nsize = "{size}"\nrate = "2Gbps"\n'
            copy = self.sends(text)
            zero = self.sends(text + "zero_copy = true\n")
            for stats in (copy, zero):
                self.assertEqual((stats["eth0.peer.wrong_bytes"], stats["send0.errors"]), (0, 0))
                self.assertGreater(stats["eth0.peer.bytes"], 600000)
            self.assertEqual(copy["send0.zerocopy.notified"], 0)
            self.assertGreater(zero["send0.zerocopy.notified"], 0)
            self.assertEqual(zero["send0.zerocopy.copied"], 0)
            self.assertLess(zero["cpu.time_ns.copy"] * 5, copy["cpu.time_ns.copy"])
            if engine == "tcp":
                # To the wire and back takes longer than the call, and pages are held all the time.
                self.assertGreater(zero["send0.zerocopy.latency_ns"]["min"], 15000)

    def test_many_connections_of_many_cores_send_without_a_copy_as_fast_as_the_wire(self):
        stats = self.sends('engine = "tcp"\nsize = "64KiB"\ndepth = 4\nzero_copy = true\n',
                           cores=4, senders="[0, 1, 2, 3]", measure="12ms")
        self.assertEqual((stats["eth0.peer.wrong_bytes"], stats["send0.errors"]), (0, 0))
        self.assertGreater(stats["eth0.peer.bytes"] * 8, 9e9 * 0.012)
        self.assertGreater(stats["send0.zerocopy.notified"], 5)

    def test_zero_copy_pays_from_a_size_on(self):
        def busy(size, zero):
            return self.sends(f'engine = "tcp"\nsize = "{size}"\nrate = "2Gbps"\n'
                              f"zero_copy = {zero}\n")["cpu.busy"]
        self.assertLess(busy("512B", "false"), busy("512B", "true"))
        self.assertLess(busy("64KiB", "true") * 1.05, busy("64KiB", "false"))

    def test_a_device_that_cannot_gather_makes_the_kernel_copy_after_all(self):
        stats = self.sends('engine = "tcp"\nsize = "8KiB"\nrate = "2Gbps"\nzero_copy = true\n',
                           nic="sg = false")
        self.assertGreater(stats["send0.zerocopy.copied"], 20)
        self.assertEqual((stats["eth0.peer.wrong_bytes"], stats["send0.errors"]), (0, 0))

    def test_a_buffer_written_to_before_its_notification_arrives_wrong(self):
        stats = self.sends('engine = "tcp"\nsize = "64KiB"\nzero_copy = true\n'
                           'reuse = "at-once"\n')
        self.assertGreater(stats["eth0.peer.wrong_bytes"], 1000)

    def test_programs_of_system_calls_get_what_they_asked_for(self):
        programs = (
            ("echo", 'size = "1KiB"\ndepth = 16\ncores = [0, 1]\npeers = [2]\n', 20),
            ("futex", "cores = [0]\npeers = [2]\n", 200),
            ("uring", 'on = "nvme0"\ndepth = 16\ncores = [0, 1]\n', 40),
            ("file", "cores = [0, 1]\n", 200),
            ("file", 'on = "nvme0"\ncores = [0, 1]\nsize = "1KiB"\n', 50),
            ("fork", "cores = [0, 1]\npages = 8\n", 40),
        )
        for name, keys, least in programs:
            stats = self.stats(f"Does the program {name} get what it asked for?",
                               f'op = "program"\nprogram = "{name}"\n{keys}'
                               '[device.nvme0]\nmodel = "nvme"\n[iommu]\nmode = "strict"\n',
                               cores=3)
            self.assertEqual((stats["mm0.errors"], stats["tlb.stale.holes"]), (0, 0), name)
            self.assertGreater(stats["mm0.done"], least, name)

    def test_a_program_of_a_folder_of_ones_own_runs(self):
        folder = os.path.join(SOURCE, "examples", "own-program")
        result = self.run_json("--driver", folder, os.path.join(folder, "ping.toml"),
                               "--out", self.path("out"))
        self.assertEqual(len(result["points"]), 3)
        latency = [point["stats"]["mm0.latency_ns"]["p50"] for point in result["points"]]
        self.assertEqual(latency, sorted(latency))
        for point in result["points"]:
            self.assertEqual(point["stats"]["mm0.errors"], 0)
            self.assertGreater(point["stats"]["mm0.done"], 100)

    def test_a_program_that_nobody_registered_is_told(self):
        done = self.run_cli(os.path.join(SOURCE, "examples", "own-program", "ping.toml"),
                            "--out", self.path("out"), code=3)
        self.assertIn('no program registered itself as "ping"', done.stderr + done.stdout)

    def test_programs_pay_for_their_system_calls(self):
        text = 'op = "program"\nprogram = "file"\n'
        plain = self.stats("What does a file in memory cost?", text)
        isolated = self.stats("And with page-table isolation?", text,
                              cpu="page_table_isolation = true")
        self.assertGreater(isolated["mm0.latency_ns"]["p50"], plain["mm0.latency_ns"]["p50"] + 200)

    def check_random(self, count, cores=8, keys="", **how):
        names = ", ".join(str(core) for core in range(cores))
        point = self.run_mm("Does memory keep what was written, whatever is done to it?",
                            f'op = "random"\ncores = [{names}]\ncount = {count}\n{keys}',
                            cores=cores, warmup="0ns", **how)
        stats = point["stats"]
        self.assertEqual((stats["mm0.errors"], stats["tlb.stale.holes"]), (0, 0))
        self.assertEqual(stats["mm0.leaked_pages"], 0)
        self.assertEqual(stats["mm0.ended"], 1)
        self.assertEqual(stats["mm0.done"], count)
        return point["digest"]

    def test_operations_at_random_agree_with_a_shadow(self):
        count, measure = (1000000, "3s") if SOAK else (10000, "150ms")
        digests = {self.check_random(count, measure=measure) for _ in range(2)}
        self.assertEqual(len(digests), 1)
        self.check_random(count // 4, measure=measure, keys="huge = true\n", memory="1GiB")
        console = self.read("out", "point000", "console.log")
        met = re.search(r"mm: (\d+) pages migrated, (\d+) huge pages made, (\d+) mapped by small",
                        console)
        self.assertTrue(met and min(int(number) for number in met.groups()) >= 8, console[-300:])
        for cpu in ('interleave = "0ns"', 'tlb_invalidation = "broadcast"', "sockets = 2"):
            self.check_random(count // 4, measure=measure, cpu=cpu)

    def test_forgotten_shootdowns_are_found(self):
        for op in ("munmap", "dontneed"):
            text = f'op = "{op}"\npages = 4\npeers = [1, 2]\npeer_memory = "shared"\n'
            good = self.stats("Is every use of an old entry legal?", text)
            self.assertEqual(good["tlb.stale.holes"], 0)
            self.assertGreater(good["tlb.stale.legal"], 0)
            bad = self.stats("Is a core that was not told noticed?", text,
                             cmdline="tlb_forgets=1", code=3)
            self.assertGreater(bad["tlb.stale.holes"], 0)
            self.assertIn("that was freed", self.read("out", "point000", "console.log"))


if __name__ == "__main__":
    main()
