#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""coverage.py LOCKSTEP SEED: line, branch and toggle coverage that the lock-step operations reach
in each block, as Verilator counts it. Prints what is not reached; fails below the thresholds."""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCKS = ["moderation", "msix", "coalescing"]
OPERATIONS = "150000"
# Percent. Toggles not reached are named in docs/rtl.md.
LEAST = {"line": 100, "branch": 95, "toggle": 95}
POINT = re.compile(r"^C '(.*)' (\d+)$")


def points(folder):
    """{(kind, line, what): count}, over all instances."""
    found = collections.Counter()
    for path in folder.glob("*.dat"):
        for text in path.read_text(errors="replace").splitlines():
            match = POINT.match(text)
            if not match:
                continue
            field = dict(part.split("\2", 1) for part in match.group(1).split("\1") if "\2" in part)
            kind = field["page"].split("/")[0].removeprefix("v_")
            found[kind, int(field["l"]), field.get("o", "")] += int(match.group(2))
    return found


def cover(lockstep, block, seed):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([lockstep, block, "--ops", OPERATIONS, "--seed", seed, "--coverage", folder],
                       check=True)
        return points(pathlib.Path(folder))


def report(block, found):
    good = True
    for kind, least in LEAST.items():
        counts = {point: n for point, n in found.items() if point[0] == kind}
        reached = sum(n > 0 for n in counts.values())
        percent = 100 * reached / len(counts) if counts else 0
        good &= percent >= least
        print(f"{block}: {kind} {reached} of {len(counts)}, {percent:.1f} %, at least {least} %")
        for (_, line, what), n in sorted(counts.items()):
            if not n:
                print(f"    not reached: line {line} {what}")
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    results = [report(block, cover(sys.argv[1], block, sys.argv[2])) for block in BLOCKS]
    sys.exit(0 if all(results) else 1)
