# SPDX-License-Identifier: MIT
"""What only the machine finds impossible, `doorbell check` refuses at its place in the file."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "drivers"))
from rig import BINARY, Rig, main  # noqa: E402

SCENARIO = """# What is refused?
format = 1
seed = 1
run = {{ warmup = "10us", measure = "10us" }}
[cpu]
cores = 2
[pcie]
{pcie}
[device.dma0]
model = "dmatest"
{dma0}
[device.dma1]
model = "dmatest"
{dma1}
[[transfer]]
on = "dma0"
{transfer}
"""
PCIE, DMA0, DMA1, TRANSFER = 8, 11, 14, 17    # lines


class Refusals(Rig):
    def refused(self, where, what, **lines):
        path = self.write("a.toml", SCENARIO.format(**{
            "pcie": "", "dma0": "", "dma1": "", "transfer": "", **lines}))
        done = subprocess.run([BINARY, "check", path], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 2, done.stderr + done.stdout)
        self.assertIn(f"a.toml:{where[0]}:{where[1]}: error: {what}", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_tags_that_need_extended_ones(self):
        self.refused((PCIE, 8), "more than 32 tags", pcie="tags = 64")
        self.refused((DMA0, 17), "more than 32 tags", dma0="pcie = { tags = 33 }")

    def test_credits_that_let_no_packet_go(self):
        self.refused((PCIE, 15), "the data credits are less", pcie="posted_data = 15")

    def test_switches(self):
        self.refused((DMA0, 19), "a switch has a name of its own",
                     dma0='pcie = { uplink = "dma1" }')
        self.refused((DMA1, 19), "devices behind one switch have one pcie.mps",
                     dma0='pcie = { uplink = "sw0" }',
                     dma1='pcie = { uplink = "sw0", mps = 512 }')

    def test_sockets(self):
        self.refused((DMA1, 10), "there is no such socket", dma1="socket = 1")

    def test_requests_beyond_a_page(self):
        self.refused((TRANSFER + 1, 8), "a request does not cross a page",
                     transfer='map = "once"\nsize = "8KiB"')

    def test_every_point_of_a_sweep(self):
        self.refused((TRANSFER + 2, 20), "more than 32 tags",
                     transfer='[sweep]\n"pcie.lanes" = [4, 8]\n"pcie.tags" = [16, 64]')


main()
