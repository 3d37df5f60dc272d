# SPDX-License-Identifier: MIT
"""What callgrind wrote with --dump-instr=yes, as executions by address; symbols of an executable."""
import bisect
import re
import subprocess


def executions(path):
    """{address: instructions executed there}: an instruction counts once per execution."""
    result = {}
    address, skip = 0, False
    with open(path, encoding="utf-8") as file:
        for line in file:
            first = line[:1]
            if not (first.isdigit() or first in "+-*"):
                # The line behind "calls=" has the cost of the callee.
                skip = line.startswith("calls=")
                continue
            fields = line.split()
            position = fields[0]
            if position.startswith("0x"):
                address = int(position, 16)
            elif position != "*":
                address += int(position, 16 if "0x" in position else 10)
            if not skip and len(fields) > 2:
                result[address] = result.get(address, 0) + int(fields[2])
            skip = False
    return result


def base_name(name):
    """Clones and cold parts count for the function; wrappers of the pass call NAME.real."""
    return re.sub(r"\.(real|cold|isra|part|constprop)\b.*", "", name)


class Symbols:
    """Functions of an executable by address."""

    def __init__(self, executable):
        rows = set()
        text = subprocess.run(["nm", executable], check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            fields = line.split()
            if len(fields) == 3 and fields[1] in "tT":
                rows.add((int(fields[0], 16), fields[2]))
        rows = sorted(rows)
        self.addresses = [row[0] for row in rows]
        self.names = [row[1] for row in rows]

    def at(self, address):
        index = bisect.bisect_right(self.addresses, address) - 1
        return self.names[index] if index >= 0 else ""


def section(executable, name):
    """(address, bytes) of a section."""
    headers = subprocess.run(["readelf", "-SW", executable], check=True, capture_output=True,
                             text=True).stdout
    found = re.search(r"\s" + re.escape(name) + r"\s+\w+\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)",
                      headers)
    if not found:
        return 0, b""
    address, offset, size = (int(text, 16) for text in found.groups())
    with open(executable, "rb") as file:
        file.seek(offset)
        return address, file.read(size)
