#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The part of STYLE.md that a program can see: licence lines, sizes of functions and files (with a
ratchet, ratchet.txt), line length, tabs, header guards, "Not modelled" in headers of hardware, and
a CMakeLists.txt that names each source."""
import ast
import re
import sys

import tree

RATCHET = "tests/lint/ratchet.txt"
FUNCTION_LINES = 70
FILE_LINES = 1000
COLUMNS = 100
COLUMNS_MOST = 120
GENERATED = {"model/core/random_table.c"}
SAMPLES_OF_ERRORS = ("tests/cli/broken/", "tests/fuzz/", "scenarios/data/", "LICENSES/")

GPL = ("drivers/linux/arch/", "drivers/linux/workloads/", "tests/bugs/")
GPL_OR_MIT = ("drivers/linux/build/", "examples/")
SPDX = re.compile(r"SPDX-License-Identifier: (.+?)\s*(\*/)?$")

# Folders of hardware, whose headers say what is not modelled.
HARDWARE = ("model/mem/", "model/cpu/", "model/pcie/", "devices/", "iommu/", "drivers/")


def spdx(files):
    for path in files.files(tree.CODE + (".lds",)):
        text = files.text(path) or ""
        lines = text.splitlines() or [""]
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        match = SPDX.search(first)
        if not match:
            yield tree.Finding(path, 1, "no SPDX-License-Identifier in the first line")
            continue
        found = match.group(1)
        gpl = found.startswith("GPL-2.0")
        if path.startswith(GPL) and not gpl:
            yield tree.Finding(path, 1, f"{found}: kernel code is GPL-2.0")
        elif not path.startswith(GPL + GPL_OR_MIT) and found != "MIT":
            yield tree.Finding(path, 1, f"{found}: not under MIT")


# ---- sizes ----

HEAD = re.compile(r"(\w+)\s*\((?!.*\b(?:if|for|while|switch)\b)")


OPENS = re.compile(r"\{\s*$|\S.*\)\s*(const|noexcept|override)?\s*\{\s*$")


def c_functions(code):
    """(name, first line, lines) of functions whose braces end in column 0, as ours all do."""
    lines = code.splitlines()
    start = None
    for number, line in enumerate(lines):
        if start is None and OPENS.match(line):
            start = number
        elif start is not None and re.match(r"\}", line):
            yield from c_function(lines, start, number)
            start = None


def c_function(lines, start, end):
    head = start
    while head > 0 and lines[head - 1].strip() and lines[head - 1][0] not in "}#" \
            and not lines[head - 1].rstrip().endswith(";"):
        head -= 1
    signature = " ".join(lines[head:start + 1])
    names = [m.group(1) for m in HEAD.finditer(signature) if not m.group(1).startswith("__attr")]
    if names and not re.match(r"\s*(struct|enum|union|namespace)\b[^(]*\{", signature):
        yield names[0], head + 1, end - head + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def shell_functions(text):
    for match in re.finditer(r"^(\w+)\(\) ?\{.*?^\}", text, re.MULTILINE | re.DOTALL):
        yield match.group(1), tree.line_of(text, match.start()), match.group(0).count("\n") + 1


def functions(files, path):
    if path.endswith(tree.C_FAMILY):
        return c_functions(files.code(path))
    if path.endswith(".py"):
        return python_functions(files.text(path))
    return shell_functions(files.text(path)) if path.endswith(".sh") else []


def measure(files):
    """{(path, function or "-"): (line, lines)} of all that is over its limit."""
    over = {}
    for path in files.files(tree.CODE):
        if path in GENERATED:
            continue
        lines = (files.text(path) or "").count("\n")
        if lines > FILE_LINES:
            over[path, "-"] = (1, lines)
        for name, line, length in functions(files, path):
            if length > FUNCTION_LINES:
                over[path, name] = (line, length)
    return over


def read_ratchet(files):
    text = files.text(RATCHET) if RATCHET in files.names else ""
    entries = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    return {(path, name): int(length) for path, name, length in entries}


def sizes(files):
    known = read_ratchet(files)
    known.pop(("columns", "-"), None)
    over = measure(files)
    for (path, name), (line, length) in over.items():
        limit = FILE_LINES if name == "-" else FUNCTION_LINES
        what = "file" if name == "-" else name
        allowed = known.get((path, name), limit)
        if length > allowed:
            yield tree.Finding(path, line, f"{what}: {length} lines, at most {allowed}")
    for key, allowed in known.items():
        length = over[key][1] if key in over else 0
        if length < allowed:
            now = length or "within the limit"
            yield tree.Finding(RATCHET, 1, f"{key[0]} {key[1]}: now {now}, not {allowed}")


# ---- lines ----

def blanks(files):
    for path in files.files():
        # A patch's lines begin with a blank, also the empty ones.
        skipped = path.startswith(SAMPLES_OF_ERRORS) or path.endswith(".patch")
        text = None if skipped else files.text(path)
        if not text:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if line.endswith((" ", "\t", "\r")):
                yield tree.Finding(path, number, "blanks at the end of the line")
        if not text.endswith("\n"):
            yield tree.Finding(path, text.count("\n") + 1, "no end of the last line")


def long_lines(files):
    for path in files.files(tree.CODE + ("CMakeLists.txt",)):
        if path in GENERATED or path.endswith(".def"):
            continue
        for number, line in enumerate((files.text(path) or "").splitlines(), 1):
            width = len(line.expandtabs(8))
            if width > COLUMNS and "http" not in line:
                yield tree.Finding(path, number, f"{width} columns, at most {COLUMNS}"), width


def columns(files):
    """No line over 120; of those over 100 the repository has no more than the ratchet says."""
    found = list(long_lines(files))
    known = read_ratchet(files).get(("columns", "-"), 0)
    for finding, width in found:
        if width > COLUMNS_MOST or not known:
            yield finding
    if known and len(found) > known:
        yield tree.Finding(RATCHET, 1, f"{len(found)} lines over {COLUMNS} columns, "
                                       f"at most {known}: see style.py --columns ROOT")


def tabs(files):
    for path in files.files(tree.C_FAMILY):
        lines = files.text(path).splitlines()
        for number, code in enumerate(files.code(path).splitlines()):
            comment = lines[number].lstrip().startswith(("*", "/*")) or "*/" in lines[number]
            if re.match(r" +\S", code) and lines[number].startswith(" ") and not comment:
                yield tree.Finding(path, number + 1, "indented by blanks, not by tabs")


# ---- headers ----

def guards(files):
    seen = {}
    for path in files.files((".h",)):
        code = [l for l in files.code(path).splitlines() if l.strip()]
        if code and code[0] == "#pragma once" and path.startswith(tree.BUILD_TOOLS):
            continue
        first = re.match(r"#ifndef (\w+)$", code[0].strip()) if code else None
        second = re.match(r"#define (\w+)$", code[1].strip()) if len(code) > 1 else None
        if not first or not second or first.group(1) != second.group(1):
            # A header of one line that passes on to asm-generic needs none.
            if code and not (path.startswith(tree.KERNEL) and all(l.startswith("#") for l in code)):
                yield tree.Finding(path, 1, "no header guard")
            continue
        name = first.group(1)
        if name in seen and not path.startswith(tree.KERNEL):
            yield tree.Finding(path, 1, f"guard {name} is that of {seen[name]}")
        seen[name] = path


PRIVATE = re.compile(r"(internal|private|_priv|_bits|_spec|trace_points)[^/]*$")


def is_public(path):
    return not PRIVATE.search(path) and not path.startswith(tree.KERNEL + tree.BUILD_TOOLS)


def not_modelled(files):
    """A header of hardware that another folder includes says what it leaves out."""
    included = {}
    for path in files.files(tree.C_FAMILY):
        for name in re.findall(r'#\s*include\s*"([^"]+)"', files.text(path) or ""):
            included.setdefault(name, set()).add(path.rsplit("/", 1)[0])
    for path in files.files((".h",)):
        if not path.startswith(HARDWARE) or not is_public(path):
            continue
        outside = included.get(path, set()) - {path.rsplit("/", 1)[0]}
        if outside and "not modelled" not in re.sub(r"[\s*]+", " ", files.text(path)).lower():
            yield tree.Finding(path, 1, 'does not say what is "Not modelled"')


# ---- build ----

def names_source(text, source):
    """A CMake variable in a name stands for anything."""
    for token in re.findall(r"[\w./${}*-]+\.(?:cpp|c|S)\b", text):
        pattern = re.escape(re.sub(r"\$\{\w+\}/|\./", "", token))
        pattern = re.sub(r"\\\$\\\{\w+\\\}|\\\*", "[^/]+", pattern)
        if re.fullmatch(pattern, source):
            return True
    return False


def built(files):
    """Each source is named by a CMakeLists.txt of its folder or of one above it."""
    lists = {p.rsplit("/", 1)[0] if "/" in p else "": files.text(p)
             for p in files.files(("CMakeLists.txt",))}
    for path in files.files((".c", ".cpp", ".S")):
        if path.startswith(tree.KERNEL + tree.BUILD_TOOLS + ("examples/", "tests/bugs/", "tests/kit/")):
            continue
        folder = path.rpartition("/")[0]
        while folder and folder not in lists:
            folder = folder.rpartition("/")[0]
        rest = path[len(folder) + 1:] if folder else path
        text = lists.get(folder, "")
        if not folder:
            yield tree.Finding(path, 1, "its folder has no CMakeLists.txt")
        elif not names_source(text, rest):
            yield tree.Finding(path, 1, f"no CMakeLists.txt names it ({folder})")


RULES = (spdx, sizes, blanks, columns, tabs, guards, not_modelled, built)


def check(files):
    """The findings of every rule."""
    return [finding for rule in RULES for finding in rule(files)]


MIT = "/* SPDX-License-Identifier: MIT */\n"
LISTS = {"devices/nic/CMakeLists.txt": "add_library(x a.c)\n"}


def in_c(text, *expected, more=None, path="devices/nic/a.c", name=None):
    return (name or text[:30], {**LISTS, path: text, **(more or {})}, list(expected))


LONG = MIT + "int f(int a,\n\tint b)\n{\n" + "\ta++;\n" * 67 + "}\n"
LONGER = LONG.replace("\ta++;\n}", "\ta++;\n\ta++;\n}")
HEADER = "devices/nic/nic.h"
GUARDED = MIT + "/* {} */\n#ifndef A_H\n#define A_H\n#endif\n"
OUTSIDE = {"model/machine/m.h":
           MIT + '#ifndef M_H\n#define M_H\n#include "devices/nic/nic.h"\n#endif\n'}
SAMPLES = [
    in_c(MIT + "int x;\n"),
    in_c("int x;\n", "no SPDX"),
    in_c("/* SPDX-License-Identifier: GPL-2.0 */\n", "not under MIT"),
    in_c(MIT, "kernel code is GPL-2.0", path="drivers/linux/workloads/a.c"),
    in_c(LONG, "f: 71 lines, at most 70", name="a function of 71 lines"),
    in_c(LONGER, "f: 72 lines, at most 71",
         more={RATCHET: "devices/nic/a.c f 71\n"}, name="it grew"),
    in_c(LONG, more={RATCHET: "devices/nic/a.c f 71\n"}, name="known"),
    in_c(MIT, "within the limit", more={RATCHET: "devices/nic/a.c f 71\n"}, name="it shrank"),
    in_c(MIT + "int x;\n" * 1000, "file: 1001 lines", name="a long file"),
    in_c(MIT + "int x; \n", "blanks at the end", name="blanks"),
    in_c(MIT + "int x;", "no end of the last line", name="no newline"),
    in_c(MIT + "\t" * 12 + "int xxxx;\n", "105 columns", name="columns"),
    in_c(MIT + "\t" * 12 + "int xxxx;\n", more={RATCHET: "columns - 1\n"}, name="known columns"),
    in_c(MIT + ("\t" * 12 + "int xxxx;\n") * 2, "2 lines over 100 columns, at most 1",
         more={RATCHET: "columns - 1\n"}, name="one more long line"),
    in_c(MIT + "\t" * 15 + "int x;\n", "126 columns", more={RATCHET: "columns - 1\n"},
         name="far too long"),
    in_c(MIT + "        int x;\n", "indented by blanks", name="tabs"),
    in_c(MIT + "int x;\n", "no header guard", path=HEADER, name="no guard"),
    in_c(GUARDED, "guard A_H is that of", path=HEADER, more={"devices/nic/o.h": GUARDED},
         name="the same guard twice"),
    in_c(GUARDED.format("A port."), "Not modelled", path=HEADER, more=OUTSIDE, name="says nothing"),
    in_c(GUARDED.format("Not\n * modelled: DCB."), path=HEADER, more=OUTSIDE, name="says it"),
    in_c(GUARDED.format("A port."), path=HEADER, name="nobody else includes it"),
    in_c(MIT, "no CMakeLists.txt names it", path="devices/nic/b.c", name="not built"),
    in_c(MIT, path="devices/nic/b.c", more={"devices/nic/CMakeLists.txt": "x(${n}.c)\n"},
         name="a loop"),
    in_c(MIT, "has no CMakeLists.txt", path="devices/other/b.c", name="no list"),
]

if __name__ == "__main__":
    if sys.argv[1:2] == ["--columns"]:
        for long_line, _ in long_lines(tree.Tree(root=sys.argv[2])):
            print(long_line)
        sys.exit()
    tree.main(check, SAMPLES)
