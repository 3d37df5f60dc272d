# SPDX-License-Identifier: MIT
"""instructions.py COUNT_LOOP COUNT_NONE SCENARIO FOLDER: the instructions that the kernel's blocks
count in a run are those that callgrind sees in the same run of the kernel without the pass.

Code takes no simulated time in both runs, so the two kernels do the same. Three numbers are compared:
what the register counted; the blocks' records times the executions of the blocks (callgrind of the
first run), which gives the count of each function; and callgrind of the second run."""
import os
import re
import struct
import subprocess
import sys

import callgrind

TOTAL_PERCENT = 0.5
FUNCTION_PERCENT = 2.0
FUNCTIONS = 50
RECORD = struct.Struct("<IB11B")

# Not counted by design (drivers/linux/pass/costcc): charged by length, or the simulator's own.
UNCOUNTED = re.compile(r"memcpy|memset|memmove|sim_line_.*|sim_copy_uncharged|sim_user_.*|"
                       r"sim_tlb_.*|tlb_.*|sim_.*|arch_free_page")


def run(executable, scenario, folder, name):
    out = os.path.join(folder, name)
    command = ["valgrind", "--tool=callgrind", "--dump-instr=yes", "--vgdb=no",
               f"--callgrind-out-file={out}", executable, scenario, "count"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    printed = dict(line.split() for line in done.stdout.splitlines())
    return callgrind.executions(out), printed


def kernel_spans(executable):
    spans = []
    for name in (".ktext", ".kinittext"):
        address, data = callgrind.section(executable, name)
        spans.append((address, address + len(data)))
    return spans


def by_function(counts, symbols):
    result = {}
    for address, count in counts.items():
        name = callgrind.base_name(symbols.at(address))
        result[name] = result.get(name, 0) + count
    return result


def counted_blocks(executable, executed):
    """{address: instructions} that the blocks count, from their records."""
    counts = {}
    for record in RECORD.iter_unpack(callgrind.section(executable, "plat_costs")[1]):
        block = record[0] - 3
        if block in executed:
            counts[block] = counts.get(block, 0) + executed[block] * record[1]
    for (site,) in struct.iter_unpack("<I", callgrind.section(executable, "plat_elements")[1]):
        # lea of 4 bytes, then the repeated instruction, which callgrind counts once a turn and
        # once for the start, which is in the block's count.
        lea, repeated = site - 3, site + 1
        if lea in executed:
            counts[lea] = counts.get(lea, 0) + executed.get(repeated, 0) - executed[lea]
    return counts


def percent(a, b):
    return 100.0 * (a - b) / b if b else 0.0


def main():
    with_pass, without, scenario, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    executed, printed = run(with_pass, scenario, folder, "with-pass")
    truth, printed_without = run(without, scenario, folder, "without")
    failed = []

    for stat in ("eth0.rx.delivered", "nvme0.io.completed"):
        if printed[stat] != printed_without[stat] or int(printed[stat]) == 0:
            failed.append(f"the runs differ: {stat} {printed[stat]} and {printed_without[stat]}")
    spans = kernel_spans(without)
    truth = {a: n for a, n in truth.items() if any(low <= a < high for low, high in spans)}
    truth = by_function(truth, callgrind.Symbols(without))
    counted = by_function(counted_blocks(with_pass, executed), callgrind.Symbols(with_pass))
    register = int(printed["instructions"])
    excluded = {name: count for name, count in truth.items()
                if name not in counted and UNCOUNTED.fullmatch(name)}
    truth = {name: count for name, count in truth.items() if name not in excluded}
    total, blocks = sum(truth.values()), sum(counted.values())

    print(f"callgrind, kernel without the pass  {total:>12}  (and {sum(excluded.values())} in "
          f"{len(excluded)} functions that are charged otherwise)")
    print(f"register                            {register:>12}  {percent(register, total):+.3f} %")
    print(f"records times executions            {blocks:>12}  {percent(blocks, register):+.4f} %"
          " of the register")
    if abs(percent(register, total)) > TOTAL_PERCENT:
        failed.append(f"the totals differ by more than {TOTAL_PERCENT} %")
    if abs(percent(blocks, register)) > 0.01:
        failed.append("the records do not add up to the register")
    for name in sorted(truth, key=truth.get, reverse=True)[:FUNCTIONS]:
        off = percent(counted.get(name, 0), truth[name])
        bad = abs(off) > FUNCTION_PERCENT
        print(f"{'!' if bad else ' '} {name:<40} {truth[name]:>10} {counted.get(name, 0):>10} "
              f"{off:+7.2f} %")
        if bad:
            failed.append(f"{name} differs by {off:+.2f} %")
    for text in failed:
        print(f"error: {text}")
    return 1 if failed else 0


sys.exit(main())
