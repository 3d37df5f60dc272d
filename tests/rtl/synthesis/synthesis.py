#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""synthesis.py FILE...: every module is lint-clean by itself, and yosys maps it to cells without a
warning of consequence; prints how many cells of which kind."""
import pathlib
import re
import subprocess
import sys


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    return done


def synthesise(path):
    script = f"read_verilog -sv {path}; synth -top {path.stem}; check -assert; stat"
    done = run(["yosys", "-p", script])
    if done.returncode:
        return False
    stat = done.stdout[done.stdout.rindex("Number of cells"):]
    total = int(re.search(r"cells:\s+(\d+)", stat).group(1))
    cells = {kind: int(n) for kind, n in re.findall(r"\$_(\w+?)_\s+(\d+)", stat)}
    flops = sum(n for kind, n in cells.items() if "DFF" in kind)
    latches = sum(n for kind, n in cells.items() if "LATCH" in kind)
    print(f"{path.name}: {total} cells, {flops} flip-flops, {latches} latches")
    return total > 0 and latches == 0


def main(paths):
    good = True
    for path in map(pathlib.Path, paths):
        lint = run(["verilator", "--lint-only", "-Wall", f"-I{path.parent}", str(path)])
        good &= lint.returncode == 0 and not lint.stderr
        good &= synthesise(path)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
