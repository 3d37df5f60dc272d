#!/bin/bash
# SPDX-License-Identifier: MIT
# relink.sh BUILD KERNEL_O OUT [TARGET]: links the command line of a build folder again (its target
# doorbell, or doorbell-checking), with another kernel object, as OUT. The folder is only read: its
# build system says how it links.
set -uo pipefail
target=${4:-doorbell}
# The link runs in the build folder.
build=$(readlink -f "$1") object=$(readlink -f "$2") out=$(readlink -f "${3%/*}")/${3##*/}

command=$(ninja -C "$build" -t commands -s "$target" 2> /dev/null | tail -1)
[ -n "$command" ] || {
	echo "relink: $build was not built with ninja" >&2
	exit 1
}
scratch=$(mktemp -d "${out%/*}/link.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
objcopy --rename-section .data..percpu=.kpercpu "$object" "$scratch/kernel.o" || exit 1
# Names of the build folder are relative to it, or absolute.
folder=kernel${target#doorbell}
command=${command//$build\/$folder\/kernel.o/$scratch/kernel.o}
command=${command// $folder\/kernel.o/ $scratch/kernel.o}
command=$(sed "s| -o $target | -o $scratch/doorbell |" <<< "$command")
(cd "$build" && sh -c "$command") || exit 1
mv "$scratch/doorbell" "$out"
