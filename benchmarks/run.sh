#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints host CPU time per simulated frame and I/O in the fixed configurations of scenarios/bench:
# benchmarks/run.sh DOORBELL. Each is run three times, the median counts.
set -eu
doorbell=$1
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

printf '%-22s %12s %12s %14s %10s\n' benchmark completed cpu_seconds 'per_cpu_second' peak_MiB
for name in frames-1core datagrams-1core reads-1core flash-1core frames-4cores reads-4cores \
	frames-4cores-strict reads-4cores-strict; do
	for try in 1 2 3; do
		"$doorbell" run "$here/scenarios/bench/$name.toml" --jobs 1 --json \
			--out "$out/$name" > "$out/$name.$try.json" 2> "$out/log" || {
			cat "$out/log" >&2
			exit 1
		}
	done
	python3 "$here/benchmarks/line.py" "$name" "$out/$name".*.json
done

# Host time of a translation that hits the IOTLB, beside its limit (ctest -L validation holds it).
build=$(dirname "$doorbell")
ninja -C "$build" test_iommu_hit_cost > /dev/null
"$build/tests/test_iommu_hit_cost" 2> "$out/log" | grep 'translation that hits'

# Host time of a user task's load that hits the TLB: two runs, so that the boot does not count.
for ms in 100 300; do
	"$doorbell" run "$here/scenarios/mm/tlb-reach.toml" --jobs 1 --json --out "$out/touch" \
		--set mm.0.pages=48 --set mm.0.huge=false --set run.measure=${ms}ms \
		> "$out/touch.$ms.json" 2> "$out/log"
done
python3 - "$out" <<'END'
import json, sys
points = [json.load(open(f"{sys.argv[1]}/touch.{ms}.json"))["points"][0] for ms in (100, 300)]
loads = [48 * point["stats"]["mm0.done"] for point in points]
cpu = [point["host"]["cpu_seconds"] for point in points]
print(f"user load that hits the TLB: {(cpu[1] - cpu[0]) / (loads[1] - loads[0]) * 1e9:.1f} ns"
      " (limit 10)")
END
