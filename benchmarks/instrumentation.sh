#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints what counting costs the host: CPU time of the instrumented kernel over that of the kernel as
# gcc compiled it, in the fixed configurations of scenarios/bench. instrumentation.sh BUILD_FOLDER.
# Code takes no simulated time in either, so that both do the same work; they take turns and the median
# of five counts.
set -eu
build=$1
here=$(cd "$(dirname "$0")/.." && pwd)
ninja -C "$build" count_loop count_none count_all > /dev/null

cpu_us() { # EXECUTABLE SCENARIO
	"$1" "$2" free | sed -n 's/^cpu_us //p'
}

median() {
	printf '%s\n' "$@" | sort -n | sed -n 3p
}

printf '%-22s %14s %14s %8s %14s %8s\n' benchmark plain_us counted_us ratio all_blocks_us ratio
for name in frames-1core reads-1core frames-4cores reads-4cores; do
	plain='' counted='' all=''
	for turn in 1 2 3 4 5; do
		plain="$plain $(cpu_us "$build/tests/count_none" "$here/scenarios/bench/$name.toml")"
		counted="$counted $(cpu_us "$build/tests/count_loop" "$here/scenarios/bench/$name.toml")"
		all="$all $(cpu_us "$build/tests/count_all" "$here/scenarios/bench/$name.toml")"
	done
	# shellcheck disable=SC2086 # a list of numbers
	set -- "$(median $plain)" "$(median $counted)" "$(median $all)"
	awk -v name="$name" -v plain="$1" -v counted="$2" -v all="$3" 'BEGIN {
		printf "%-22s %14d %14d %8.3f %14d %8.3f\n", name, plain, counted, counted / plain,
		       all, all / plain }'
done
