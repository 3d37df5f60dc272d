# SPDX-License-Identifier: MIT
"""One line of the benchmark table: NAME RESULT.json... (runs of one configuration)."""
import json
import statistics
import sys


def figures(path):
    with open(path, encoding="utf-8") as file:
        point = json.load(file)["points"][0]
    stats = point["stats"]
    done = stats.get("eth0.rx.delivered", 0) + stats.get("nvme0.io.completed", 0)
    return done, point["host"]["cpu_seconds"], point["host"]["peak_rss_bytes"]


def main():
    runs = [figures(path) for path in sys.argv[2:]]
    done = runs[0][0]
    seconds = statistics.median(run[1] for run in runs)
    peak = max(run[2] for run in runs) / 2**20
    print(f"{sys.argv[1]:<22} {done:>12} {seconds:>12.3f} {done / seconds:>14,.0f} {peak:>10.0f}")


main()
