# SPDX-License-Identifier: MIT
"""The nvme and ixgbe drivers are the package's files, byte for byte: what the kernel's build noted
against the archive itself, or against the user's tree when that was built."""
import hashlib
import os
import sys
import tarfile

from rig import Rig, main

CACHE = os.path.abspath(sys.argv[3])
ARCHIVE = os.environ.get("DOORBELL_LINUX_TARBALL", "/usr/src/linux-source-6.12.tar.xz")
FOLDERS = ("drivers/nvme/host/", "drivers/net/ethernet/intel/ixgbe/")
MUST_HAVE = ("drivers/nvme/host/core.c", "drivers/nvme/host/pci.c",
             "drivers/net/ethernet/intel/ixgbe/ixgbe_main.c")


def sums(name):
    with open(os.path.join(CACHE, name)) as file:
        pairs = [line.split() for line in file]
    return {path: digest for digest, path in pairs}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def manifest():
    with open(os.path.join(CACHE, "manifest")) as file:
        return dict(line.rstrip("\n").split(" = ", 1) for line in file if " = " in line)


def archive_sums():
    """One pass over the archive, up to the last of the files."""
    found, wanted = {}, set(sums("sources.sha256"))
    with tarfile.open(ARCHIVE, "r|xz") as archive:
        for member in archive:
            path = member.name.split("/", 1)[-1]
            if path in wanted:
                found[path] = sha256(archive.extractfile(member).read())
                if len(found) == len(wanted):
                    break
    return found


def tree_sums(tree):
    found = {}
    for path in sums("sources.sha256"):
        with open(os.path.join(tree, path), "rb") as file:
            found[path] = sha256(file.read())
    return found


class Sources(Rig):
    def test_sources_are_the_packages(self):
        noted = sums("sources.sha256")
        for path in MUST_HAVE:
            self.assertIn(path, noted)
        for path in noted:
            self.assertTrue(path.startswith(FOLDERS), path)
        source = manifest()["source"]
        if source.startswith("tree "):
            self.assertEqual(noted, tree_sums(os.environ["DOORBELL_LINUX"]))
        else:
            self.assertTrue(source.startswith("linux-source-6.12 "), source)
            self.assertEqual(noted, archive_sums())

    def test_every_object_has_its_source(self):
        """Objects are the compiled files and kbuild's links of several (nvme.o, ixgbe.o)."""
        sources, objects = sums("sources.sha256"), sums("objects.sha256")
        compiled = {path for path in objects if path[:-2] + ".c" in sources}
        for path in MUST_HAVE:
            self.assertIn(path[:-2] + ".o", compiled)
        linked = {os.path.basename(path) for path in set(objects) - compiled}
        self.assertLessEqual(linked, {"nvme.o", "nvme-core.o", "ixgbe.o"})

    def test_the_linked_kernel_is_that_build(self):
        with open(os.path.join(CACHE, "kernel.o"), "rb") as file:
            self.assertEqual(sha256(file.read()), manifest()["kernel.o"])
        with open(os.path.join(CACHE, "symbols")) as file:
            symbols = {line.split()[-1] for line in file}
        self.assertLessEqual({"ixgbe_poll", "ixgbe_probe", "nvme_probe", "nvme_irq"}, symbols)

    def test_result_names_the_package(self):
        scenario = self.write("one.toml", """format = 1
run = { warmup = "0ms", measure = "100us" }
[cpu]
cores = 1
[device.eth0]
model = "82599"
queues = 1
[[traffic]]
to = "eth0"
rate = "100kpps"
""")
        self.assertEqual(self.run_json(scenario)["build"]["kernel"], manifest()["source"])


main()
