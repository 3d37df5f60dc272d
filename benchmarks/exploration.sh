#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints what exploration costs: schedules a minute of tests of ten simulated milliseconds with one
# device on two simulated cores, by host CPU time, and by the clock with a process for each host
# core; then the CPU time of the checking build over that of the plain one. exploration.sh BUILD
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

run() { # SCHEDULES OPTION...
	schedules=$1
	shift
	"$build/doorbell" test --dir "$here/exploration" --out "$out" --json \
		--explore "$schedules" --jobs "$(nproc)" "$@" 2> /dev/null
}

start=$(date +%s.%N)
run 1000 > "$out/plain"
end=$(date +%s.%N)
run 100 --strict --plain > "$out/strict-plain"
run 100 --strict > "$out/strict"

python3 - "$out" "$start" "$end" << 'END'
import json
import sys

def tests(name):
    with open(f"{sys.argv[1]}/{name}") as file:
        return json.load(file)["tests"]

plain, wall, done = tests("plain"), float(sys.argv[3]) - float(sys.argv[2]), 0
print(f"{'benchmark':28} {'schedules':>10} {'CPU s':>8} {'per CPU minute':>15} "
      f"{'checking/plain':>15}")
for test, fast, slow in zip(plain, tests("strict-plain"), tests("strict")):
    assert test["outcome"] == fast["outcome"] == slow["outcome"] == "passed", test["message"]
    done += test["schedules"]
    print(f"{test['test']:28} {test['schedules']:10} {test['cpu_seconds']:8.1f} "
          f"{60 * test['schedules'] / test['cpu_seconds']:15.0f} "
          f"{slow['cpu_seconds'] / fast['cpu_seconds']:15.1f}")
print(f"by the clock, both: {60 * done / wall:.0f} schedules a minute")
END
