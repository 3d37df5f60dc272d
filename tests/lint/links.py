#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the pages name exists: targets of links, and paths in backquotes that begin with a folder of
the repository. A path with a wildcard or a capital placeholder (NAME, S.toml) stands for many."""
import posixpath
import re

import tree

LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
QUOTED = re.compile(r"`([\w.-]+(?:/[\w.*{},-]+)+/?)`")
FOLDERS = ("model/", "devices/", "iommu/", "drivers/", "scenarios/", "analysis/", "cli/", "include/",
           "examples/", "benchmarks/", "tests/", "docs/", "setup/", "LICENSES/")
PLACEHOLDER = re.compile(r"[*{]|\b[A-Z]{2,}\b|/[A-Z]\.")


def exists(path, names):
    path = path.rstrip("/")
    return path in names or any(n.startswith(path + "/") for n in names)


def check(files):
    findings = []
    names = set(files.names)
    for path in files.files((".md",)):
        # STYLE.md names files of the projects that habits were learned from.
        if path == "STYLE.md":
            continue
        text = files.text(path)
        for match in LINK.finditer(text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if not exists(whole, names):
                findings.append(tree.Finding(path, tree.line_of(text, match.start()),
                                             f"link to {target}, which does not exist"))
        for match in QUOTED.finditer(text):
            target = match.group(1)
            line = text[text.rfind("\n", 0, match.start()) + 1:match.start() + 1]
            # Rows of tables may list folders that are to come (docs/architecture.md, layers).
            if not target.startswith(FOLDERS) or PLACEHOLDER.search(target) or line.startswith("|"):
                continue
            if not exists(target, names):
                findings.append(tree.Finding(path, tree.line_of(text, match.start()),
                                             f"names {target}, which does not exist"))
    return findings


SAMPLES = [
    ("good", {"docs/a.md": "[b](b.md) [c](../README.md#x) `model/core` `model/core/a.h`\n",
              "docs/b.md": "", "README.md": "", "model/core/a.h": ""}, []),
    ("dead link", {"docs/a.md": "[b](b.md)\n"}, ["link to b.md"]),
    ("dead path", {"docs/a.md": "see `model/core/gone.h`\n"}, ["names model/core/gone.h"]),
    ("placeholders", {"docs/a.md": "`tests/unit/NAME/x.c` `scenarios/*/a.toml` `out/demo/plots`\n"},
     []),
    ("table of what is to come", {"docs/a.md": "| 3 | `devices/rtl/x` |\n"}, []),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
