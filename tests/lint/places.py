#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing in the repository depends on where it was written: no absolute paths of work folders or
homes, no hosts of package registries."""
import re

import tree

# Built from parts, so that this file passes its own test.
FOLDERS = ["work", "tmp", "farm", "home", "root", "workspace", "mnt", "srv", "Users", "scratch"]
PATH = re.compile(r"(?<![\w.~)}\]$@*-])/(" + "|".join(FOLDERS) + r")/[\w.$*-]+")
HOSTS = ["py" r"pi\.org", r"python" r"hosted\.org", r"npm" r"js\.org", r"crates" r"\.io",
         r"proxy\.go" r"lang\.org", r"gh" r"cr\.io", r"docker" r"\.io", r"deb" r"\.debian\.org",
         r"archive" r"\.ubuntu\.com", r"cdn\.ker" r"nel\.org"]
HOST = re.compile(r"\b(" + "|".join(HOSTS) + r")\b")
EXEMPT = ("LICENSES/", "tests/lint/places.py")


def allowed(text, match):
    """Below a folder that a variable names; or the template of a folder that mkdtemp makes."""
    before = text[max(0, match.start() - 80):match.start()]
    return re.search(r'\$\{?\w+\}?"$', before) or match.group(0).endswith("XXXXXX")


def check(files):
    findings = []
    for path in files.files():
        text = None if path.startswith(EXEMPT) else files.text(path)
        if text is None:
            continue
        for what, pattern in (("absolute path", PATH), ("host of a registry", HOST)):
            for match in pattern.finditer(text):
                if allowed(text, match):
                    continue
                findings.append(tree.Finding(path, tree.line_of(text, match.start()),
                                             f"{what}: {match.group(0)}"))
    return findings


SAMPLES = [
    ("work folder", {"a.sh": "cd /work/main\n"}, ["absolute path: /work/main"]),
    ("temporary file", {"a.py": 'open("/tmp/x")\n'}, ["absolute path"]),
    ("home", {"docs/a.md": "in `/home/someone/doorbell`\n"}, ["absolute path"]),
    ("registry", {"a.txt": "https://py" "pi.org/simple\n"}, ["host of a registry"]),
    ("below a variable", {"a.sh": 'echo "$DIR"/work/*\n'}, []),
    ("template", {"a.c": 'char dir[] = "/tmp/x-XXXXXX";\n'}, []),
    ("relative", {"a.md": "model/work/x, ./tmp/x, ~/home/x, $DIR/tmp/x, and /usr/src/x\n"}, []),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)
