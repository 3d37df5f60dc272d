# SPDX-License-Identifier: MIT
"""same_results.py DOORBELL SCENARIO FOLDER --runs N: N runs give the same digest and result.
   same_results.py DOORBELL SCENARIO FOLDER --seconds S: one seed after the other for S seconds of
host time, each good (data verified, the kernel's own checks quiet) and each the same a second time."""
import argparse
import json
import os
import subprocess
import sys
import time


def run(arguments, seed, name):
    out = os.path.join(arguments.folder, name)
    command = [arguments.doorbell, "run", arguments.scenario, "--json", "--jobs", "1",
               "--seed", str(seed), "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: exit {done.returncode}: {' '.join(command)}\n{done.stderr}")
    point = json.loads(done.stdout)["points"][0]
    return {key: value for key, value in point.items() if key != "host"}


def differing(first, second):
    stats = [name for name in first["stats"] if first["stats"][name] != second["stats"].get(name)]
    return f"digests {first['digest']} and {second['digest']}; stats: {', '.join(stats) or 'none'}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("doorbell")
    parser.add_argument("scenario")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0)
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    seed, runs = 1, 0

    while True:
        first = run(arguments, seed, "first")
        for _ in range(arguments.runs - 1):
            again = run(arguments, seed, "again")
            if again != first:
                print(f"error: seed {seed}: {differing(first, again)}")
                return 1
        runs += arguments.runs
        seed += 1
        if time.monotonic() >= end:
            break
    stats = first["stats"]
    print(f"{runs} runs of {seed - 1} seeds, alike; the last: digest {first['digest']}, "
          f"{stats['nvme0.io.completed']} I/Os, {stats['eth0.tx.sent']} frames, "
          f"{stats['cpu.time_ns.spin']} ns spinning, {stats['ipi.count']} IPIs, "
          f"interrupt delay {stats['cpu.irq.delay_cycles']}")
    return 0


sys.exit(main())
