# SPDX-License-Identifier: MIT
"""table.py EXECUTABLE [LEAST_PERCENT]: the table of costs that the assembler pass left is complete:
each `leaq N(%r15), %r15` with 32-bit N in the kernel's code has exactly one record, which lies at its
N, and each `leaq (%r15,%rcx,SCALE), %r15` one entry. Prints the share of blocks with a check; with
LEAST_PERCENT it must be at least that."""
import re
import struct
import subprocess
import sys

import callgrind

RECORD = struct.Struct("<IB11B")
COST = re.compile(rb"\x4d\x8d\xbf(?=(....))", re.DOTALL)
ELEMENT = re.compile(rb"\x4d\x8d\x3c(?=[\x0f\x4f\x8f\xcf])")
CHECK = re.compile(rb"\x4c\x3b\x3d(?=(....)(?:\x0f\x83|\x73))", re.DOTALL)
OFFSET = 3      # from an instruction's first byte to what is patched


def symbol(executable, name):
    text = subprocess.run(["nm", executable], check=True, capture_output=True, text=True).stdout
    return int(re.search(rf"^([0-9a-f]+) \w {name}$", text, re.MULTILINE).group(1), 16)


def ticks_of_turn(insn):
    """A tick a byte: prefixes F3, 66 (16 bits) and 48 (64 bits), then an opcode, even for bytes."""
    size = 4
    for byte in insn:
        if byte == 0x66:
            size = 2
        elif byte == 0x48:
            size = 8
        elif byte != 0xf3:
            return size if byte & 1 else 1
    return 0


def is_call_of(data, at, start, target):
    """The bytes there are the distance of a call, which may look like anything."""
    distance = struct.unpack_from("<i", data, at)[0]
    return at > 0 and data[at - 1] == 0xe8 and start + at + 4 + distance == target


def differences(what, code, table):
    """Sites in the code, and in the table."""
    missing, foreign = set(code) - set(table), set(table) - set(code)
    if len(set(table)) != len(table):
        yield f"{len(table) - len(set(table))} {what} have more than one record"
    if missing:
        yield f"{len(missing)} {what} have no record, the first at {min(missing) - OFFSET:#x}"
    if foreign:
        yield f"{len(foreign)} records lead to no {what}, the first to {min(foreign):#x}"


def main():
    executable = sys.argv[1]
    horizon = symbol(executable, "plat_horizon")
    stub = symbol(executable, "plat_horizon_stub")
    costs, elements, checks, scales = {}, [], 0, 0
    for name in (".ktext", ".kinittext"):
        start, data = callgrind.section(executable, name)
        for found in COST.finditer(data):
            if is_call_of(data, found.start(), start, stub):
                continue
            costs[start + found.start() + OFFSET] = struct.unpack("<i", found.group(1))[0]
        for found in ELEMENT.finditer(data):
            elements.append(start + found.start() + OFFSET)
            scales += 1 << (data[found.end()] >> 6) != ticks_of_turn(data[found.end() + 1:][:6])
        for found in CHECK.finditer(data):
            target = struct.unpack("<i", found.group(1))[0] + start + found.start() + 7
            checks += target == horizon
    records = list(RECORD.iter_unpack(callgrind.section(executable, "plat_costs")[1]))
    entries = [site for site, in
               struct.iter_unpack("<I", callgrind.section(executable, "plat_elements")[1])]

    failed = list(differences("blocks", list(costs), [record[0] for record in records]))
    failed += differences("elements", elements, entries)
    wrong = sum(costs.get(record[0]) != record[1] for record in records)
    if wrong:
        failed.append(f"{wrong} blocks do not start out with their number of instructions")
    if scales:
        failed.append(f"{scales} repeated string instructions have another scale than a tick a byte")
    if not records or not entries:
        failed.append("the table is empty")
    share = 100 * checks / max(1, len(costs))
    print(f"{len(costs)} blocks, {len(elements)} repeated string instructions, {checks} checks "
          f"({share:.1f} % of the blocks)")
    if len(sys.argv) > 2 and share < float(sys.argv[2]):
        failed.append(f"less than {sys.argv[2]} % of the blocks have a check")
    for text in failed:
        print(f"error: {text}")
    return 1 if failed else 0


sys.exit(main())
