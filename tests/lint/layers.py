#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Dependencies go down: every #include "..." agrees with the table in docs/architecture.md,
section "Layers". A folder may include lower rows and itself; never its own row's other folders, nor
what the last column of its row names; single headers may be given away by a row "header"."""
import posixpath
import re

import tree

DOC = "docs/architecture.md"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
SYSTEMC = re.compile(r'^[ \t]*#[ \t]*include[ \t]*<(systemc[^>\n]*|tlm[^>\n]*)>', re.MULTILINE)
SYSTEMC_ROW = 6


class Layers:
    def __init__(self, text):
        self.rows = {}       # folder -> row; "*" at the end stands for any folder
        self.barred = {}     # row -> folders that it must not include although they are lower
        self.readers = {}    # folder outside of the rows -> folders that may include it
        self.headers = {}    # header -> lowest row that may include it
        section = text.split("\n## ")
        table = next((s for s in section if re.match(r"\d+\. Layers", s)), "")
        for line in table.splitlines():
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if line.startswith("|") and len(cells) == 3:
                self.add(cells[0], re.findall(r"`([^`]+)`", cells[1]), cells[2])

    def add(self, kind, names, last):
        quoted = re.findall(r"`([^`]+)`", last)
        if kind.isdigit():
            self.barred.setdefault(int(kind), []).extend(quoted)
            for name in names:
                self.rows[name] = int(kind)
        elif kind == "header":
            for name in names:
                self.headers[name] = int(re.search(r"rows? (\d+)", last).group(1))
        elif kind == "aside":
            for name in names:
                self.readers[name] = quoted

    def folder(self, path):
        """The table's folder that holds a file, the longest name first; None if there is none."""
        for name in sorted([*self.rows, *self.readers], key=len, reverse=True):
            if name.endswith("/*"):
                parts = path.split("/")
                if path.startswith(name[:-1]) and len(parts) > 2:
                    return "/".join(parts[:2])
            elif path.startswith(name + "/"):
                return name
        return None

    def row(self, folder):
        if folder in self.rows:
            return self.rows[folder]
        return self.rows.get(folder.split("/")[0] + "/*")

    def objection(self, path, target):
        """Why a file may not include a target; None if it may."""
        source, other = self.folder(path), self.folder(target)
        if source is None or source == other:
            return None
        if other is None:
            return "a folder that the table does not have"
        if other in self.readers:
            allowed = self.readers[other]
            return None if source in allowed or "all" in allowed else f"{other} is not for {source}"
        if source in self.readers:
            return f"{source} knows no code of other folders"
        row = self.row(source)
        if target in self.headers and row >= self.headers[target]:
            return None
        if self.row(other) > row:
            return f"row {row} includes row {self.row(other)}"
        if self.row(other) == row:
            return f"sideways in row {row}"
        for name in self.barred.get(row, []):
            if other == name or name.endswith("/*") and other.startswith(name[:-1]):
                return f"row {row} must not know {name}"
        return None


def target_of(path, name, names):
    """The file that an include names: beside the including file, or from the root."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    return beside if beside in names else name


def check(files):
    layers = Layers(files.text(DOC) or "") if DOC in files.names else Layers("")
    if len(set(layers.rows.values())) < 3:
        return [tree.Finding(DOC, 1, "no table of layers found")]
    findings = []
    names = set(files.names)
    for path in files.files((".c", ".h", ".cpp", ".def")):
        text = files.text(path) or ""
        # Blanked comments, but with the names of includes, which are strings, still there.
        for match in INCLUDE.finditer(text):
            line = tree.line_of(text, match.start())
            target = target_of(path, match.group(1), names)
            if "/" not in target or files.code(path).splitlines()[line - 1].strip() == "":
                continue
            if path.startswith(tree.KERNEL):
                kernel = target.startswith(tree.KERNEL) or target.startswith("drivers/linux/boundary")
                known = layers.folder(target) is not None
                why = "kernel code knows the boundary only" if known and not kernel else None
            else:
                why = layers.objection(path, target)
            if why:
                findings.append(tree.Finding(path, line, f"includes {match.group(1)}: {why}"))
        folder = layers.folder(path)
        if folder and folder not in layers.readers and layers.row(folder) < SYSTEMC_ROW:
            for match in SYSTEMC.finditer(text):
                findings.append(tree.Finding(path, tree.line_of(text, match.start()),
                                             f"SystemC below row {SYSTEMC_ROW}"))
    return findings


SAMPLE_DOC = """# x
## 2. Layers
| Row | Folder | Must not know |
|---|---|---|
| 0 | `model/core` | anything |
| 2 | `model/scenario` | - |
| 3 | `model/cpu` `devices/*` | `model/scenario` |
| 4 | `drivers/linux` `drivers/ideal` | `devices/*` |
| 5 | `model/machine` | - |
| 7 | `cli` | - |
| aside | `analysis` | for `cli` |
| header | `drivers/linux/boundary.h` | from row 4 on |
## 3. Next
"""


def sample(path, *includes):
    return {DOC: SAMPLE_DOC, path: "".join(f'#include "{name}"\n' for name in includes)}


SAMPLES = [
    ("downwards is good", sample("model/machine/a.c", "devices/nic/nic.h", "model/core/sim.h",
                                 "drivers/linux/boundary.h", "model/machine/b.h"), []),
    ("upwards", sample("devices/nic/a.c", "model/machine/machine.h"), ["row 3 includes row 5"]),
    ("sideways", sample("devices/nic/a.c", "devices/nvme/nvme.h"), ["sideways in row 3"]),
    ("sideways, relative",
     {**sample("devices/nic/a.c", "../nvme/nvme.h"), "devices/nvme/nvme.h": ""},
     ["sideways in row 3"]),
    ("barred although lower", sample("devices/nic/a.c", "model/scenario/scenario.h"),
     ["must not know model/scenario"]),
    ("host software and devices", sample("drivers/linux/host/a.c", "devices/nic/nic.h"),
     ["must not know devices/*"]),
    ("a header given away", sample("drivers/ideal/a.c", "drivers/linux/boundary.h"), []),
    ("given away to higher rows only", sample("model/cpu/a.c", "drivers/linux/boundary.h"),
     ["row 3 includes row 4"]),
    ("analysis knows no model", sample("analysis/a.c", "model/core/sim.h"), ["knows no code"]),
    ("analysis is for the command line", sample("model/cpu/a.c", "analysis/result.h"),
     ["analysis is not for model/cpu"]),
    ("the command line reads results", sample("cli/a.c", "analysis/result.h"), []),
    ("kernel code", sample("drivers/linux/workloads/a.c", "model/core/sim.h"),
     ["kernel code knows the boundary only"]),
    ("a folder nobody listed", sample("cli/a.c", "model/secret/a.h"), ["does not have"]),
    ("SystemC in a model", {DOC: SAMPLE_DOC, "devices/nic/a.cpp": "#include <systemc>\n"},
     ["SystemC below row 6"]),
    ("a comment is no include",
     {DOC: SAMPLE_DOC, "model/core/a.h": '/*\n#include "cli/verbs.h"\n*/\n'}, []),
    ("no table", {DOC: "# x\n", "model/core/a.h": ""}, ["no table"]),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
