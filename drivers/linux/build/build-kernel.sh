#!/bin/bash
# SPDX-License-Identifier: MIT
# build-kernel.sh OUT_LINK: builds the in-process kernel, or finds it in the cache. OUT_LINK becomes
# a symbolic link to a folder with
#   kernel.o                         to be linked into the executable (-no-pie)
#   symbols                          nm of it
#   manifest                         what it was made of
#   sources.sha256, objects.sha256   of the nvme and ixgbe drivers, as compiled
#
# Source: DOORBELL_LINUX (an unpacked 6.12.y tree, which is not changed), else Debian's package
#         (DOORBELL_LINUX_TARBALL: its archive elsewhere).
# Cache:  DOORBELL_CACHE, else XDG_CACHE_HOME/doorbell, else ~/.cache/doorbell.
# build-kernel.sh OUT PATCH: OUT becomes such a folder, of a kernel with PATCH applied (patched.sh).
# build-kernel.sh --driver DIR BUILD TARGET: prints the name of an executable like TARGET in the
#         folder BUILD, with the driver of the folder DIR in its kernel (driver.sh).
# DOORBELL_COST_MODE: none, cost, loop (default) or all; see pass/rewrite.h. The kernel is compiled once
#         for all modes; what gcc wrote stays in the work tree and goes through the pass again. Or
#         checking: compiled with callbacks at loads and stores, the kernel's own checkers
#         (checking.config) and hooks (hooks.txt), and with checks in every block.
# Exit: 0 good, 1 the build failed, 2 there is no suitable source.
set -uo pipefail
export LC_ALL=C

readonly series=6.12
readonly package=linux-source-$series
readonly tarball=${DOORBELL_LINUX_TARBALL:-/usr/src/$package.tar.xz}
readonly work_trees_kept=3

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
linux_dir=${here%/build}
cache=${DOORBELL_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/doorbell}
mode=${DOORBELL_COST_MODE:-loop}
# What the compiler makes directly, and the files that say how.
compiled_mode=loop
configs=("$here/kernel.config")
if [ "$mode" = checking ]; then
	compiled_mode=all
	configs+=("$here/checking.config")
fi

# shellcheck source=patched.sh
. "$here/patched.sh"
# shellcheck source=driver.sh
. "$here/driver.sh"

say() {
	echo "kernel: $*" >&2
}

fail() {
	say "$1"
	exit "${2:-1}"
}

# What a failed step means: a full disk is said as such, all else shows the end of its output. The
# output is held in memory, as a log on the full disk would be empty.
step_failed() { # NAME [OUTPUT]
	local free
	free=$(df --output=avail -k "$cache" 2> /dev/null | tail -1)
	if [ "${free:-1}" -lt 64 ] ||
		grep -q 'No space left on device\|Disk quota exceeded' <<< "${2:-}"; then
		fail "no space left in $cache: about 2 GB are needed (DOORBELL_CACHE moves it)"
	fi
	grep -v '^make' <<< "${2:-}" | tail -20 >&2
	fail "$1 failed"
}

run() { # NAME COMMAND...
	local name=$1 output
	shift
	output=$("$@" 2>&1) || step_failed "$name" "$output"
}

hash_of() {
	sha256sum | cut -c 1-16
}

# Content of a folder, links followed.
hash_folder() {
	(cd "$1" && find -L . -type f -print0 | sort -z | xargs -0 sha256sum) | hash_of
}

# ---- source ----

tree_release() { # DIR: "6.12.3", empty if it is no kernel tree
	sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p; s/^SUBLEVEL = //p' "$1/Makefile" \
		2> /dev/null | head -3 | paste -sd .
}

# Names, sizes and times of a user's files stand for their content, which takes long to read.
hash_user_tree() {
	(cd "$1" && find . \( -name .git -o -path ./Documentation -o -path ./tools \) -prune -o \
		-type f -printf '%P %s %T@\n' | sort) | hash_of
}

find_source() {
	local release
	if [ -n "${DOORBELL_LINUX:-}" ]; then
		release=$(tree_release "$DOORBELL_LINUX")
		case $release in
		$series.*) ;;
		'') fail "DOORBELL_LINUX=$DOORBELL_LINUX is no kernel source tree" 2 ;;
		*) fail "DOORBELL_LINUX=$DOORBELL_LINUX is Linux $release, needed is $series.y" 2 ;;
		esac
		source_tree=$(cd "$DOORBELL_LINUX" && pwd)
		source_name="tree $release"
		source_id=tree-$release-$(hash_user_tree "$source_tree")
		return
	fi
	[ -r "$tarball" ] ||
		fail "no kernel source: apt-get install $package, or set DOORBELL_LINUX" 2
	release=''
	if [ -z "${DOORBELL_LINUX_TARBALL:-}" ]; then
		release=$(dpkg-query -W -f '${Version}' "$package" 2> /dev/null)
	fi
	[ -n "$release" ] || release=$(sha256sum < "$tarball" | cut -c 1-16)
	source_tree=''
	source_name="$package $release"
	source_id=deb-$release
}

# Everything that is not compiled, but Kconfig and Makefiles: kconfig reads all of those.
unpack_options=(
	--wildcards --wildcards-match-slash --anchored
	--exclude="$package/Documentation/*/*"
	--exclude="$package/arch/*.[chS]"
	--exclude="$package/arch/*.dts*"
	--exclude="$package/drivers/gpu/*.[chS]"
	--exclude="$package/drivers/infiniband/*.[chS]"
	--exclude="$package/drivers/media/*.[chS]"
	--exclude="$package/drivers/net/wireless/*.[chS]"
	--exclude="$package/drivers/scsi/*.[chS]"
	--exclude="$package/drivers/staging/*.[chS]"
	--exclude="$package/drivers/usb/*.[chS]"
	--exclude="$package/sound/*.[chS]"
	--exclude="$package/tools/testing/*"
)

unpack_package() {
	local part lock_fd output
	source_tree=$cache/source/$source_id
	[ -d "$source_tree" ] && return
	mkdir -p "$cache/source" || fail "$cache cannot be written"
	exec {lock_fd}> "$cache/source/lock"
	flock "$lock_fd"
	if [ ! -d "$source_tree" ]; then
		say "unpacking $source_name"
		rm -rf "$cache/source/part".*
		part=$(mktemp -d "$cache/source/part.XXXXXX") || fail "$cache cannot be written"
		output=$(tar -C "$part" "${unpack_options[@]}" -xf "$tarball" 2>&1) || {
			rm -rf "$part"
			step_failed "unpacking $tarball" "$output"
		}
		case $(tree_release "$part/$package") in
		$series.*) ;;
		*)
			rm -rf "$part"
			fail "$tarball is not Linux $series.y" 2
			;;
		esac
		mv "$part/$package" "$source_tree" || step_failed "unpacking"
		rm -rf "$part"
	fi
	exec {lock_fd}>&-
}

# ---- keys ----

# The work tree can be used again while the base is the same; kbuild then sees what changed.
compute_keys() {
	local base
	base=$(
		echo "$source_id"
		gcc --version | head -1
		as --version | head -1
		cat "$here/categories.txt" "$here/touches.txt"
		[ "$mode" != checking ] || cat "$here/hooks.txt"
		hash_folder "$linux_dir/pass"
		sed -n '/^enum plat_category/,/^}/p' "$linux_dir/boundary.h"
	)
	base_key=$(hash_of <<< "$base")
	port_hash=$(hash_folder "$linux_dir/arch/sim")
	key=$(
		{
			echo "$base_key $port_hash $mode"
			cat "${configs[@]}" "$here/exports.txt" "$here/build-kernel.sh"
		} | hash_of
	)
	# What the objects in the work tree are made of.
	state=$({ echo "$base_key $port_hash" && cat "${configs[@]}"; } | hash_of)
	result=$cache/kernel/$key
	work=$cache/work/$base_key
}

# ---- building ----

# A tree of links to the source, with arch/sim among its architectures.
make_tree() {
	local entry
	[ -d "$work/tree" ] && return
	mkdir -p "$work/tree/arch"
	for entry in "$source_tree"/*; do
		[ "${entry##*/}" = arch ] || ln -s "$entry" "$work/tree/"
	done
	for entry in "$source_tree"/arch/*; do
		ln -s "$entry" "$work/tree/arch/"
	done
}

# The port as it is now; files that did not change keep their time.
copy_port() {
	local file from=$linux_dir/arch/sim to=$work/tree/arch/sim
	(cd "$from" && find -L . -type f) | while read -r file; do
		cmp -s "$from/$file" "$to/$file" && continue
		mkdir -p "$(dirname "$to/$file")"
		cp "$from/$file" "$to/$file" || exit 1
	done || return 1
	(cd "$to" && find . -type f) | while read -r file; do
		[ -e "$from/$file" ] || rm -f "$to/$file"
	done
}

check_config() {
	local line missing=''
	while read -r line; do
		grep -qx "$line" "$work/build/.config" || missing+=" ${line%=*}"
	done < <(grep -h '^CONFIG_.*=' "${configs[@]}")
	[ -z "$missing" ] || fail "this source does not offer:$missing"
}

configure() {
	# kbuild compiles again when the compiler's path changes: it is the same for all checkouts.
	cmp -s "$linux_dir/pass/costcc" "$work/costcc" || cp "$linux_dir/pass/costcc" "$work/costcc"
	make_flags=(ARCH=sim "CC=$work/costcc" "-j$(nproc)")
	export COSTCC_PASS=$work/asmcost COSTCC_MODE=$compiled_mode
	export COSTCC_CATEGORIES=$here/categories.txt COSTCC_TOUCHES=$here/touches.txt
	if [ "$mode" = checking ]; then
		export COSTCC_HOOKS=$here/hooks.txt COSTCC_CALLBACKS=1
	else
		export COSTCC_KEEP=1
	fi
	# Where and when it was built must not get into the kernel: it seeds random numbers.
	export KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=doorbell KBUILD_BUILD_HOST=doorbell
	export KBUILD_BUILD_VERSION=1
	[ -x "$work/asmcost" ] ||
		run "compiling the pass" g++ -std=c++17 -O2 -o "$work/asmcost" \
			"$linux_dir"/pass/*.cpp
	# Of another configuration: kbuild compiles again what its options concern.
	if ! cat "${configs[@]}" | cmp -s - "$work/configured"; then
		rm -f "$work/configured"
		cat "${configs[@]}" > "$work/wanted" || step_failed "configuring"
		run "configuring" make -s -C "$work/tree" O="$work/build" "${make_flags[@]}" \
			KCONFIG_ALLCONFIG="$work/wanted" allnoconfig
		check_config
		mv "$work/wanted" "$work/configured"
	fi
}

# When make ends by itself, its files are whole, unless the disk was full.
compile() {
	local output
	output=$(make -s -C "$work/tree" O="$work/build" "${make_flags[@]}" ./ 2>&1) && return
	grep -q 'No space left on device' <<< "$output" || rm -f "$work/busy"
	step_failed "compiling" "$output"
}

# The objects of built-in.a and lib.a in another mode, under FOLDER; those without raw assembler (from
# .S files) as they are.
pass_again() { # FOLDER
	(
		cd "$work/build" || exit
		{ ar t built-in.a && ar t lib/lib.a; } | sort -u | sed 's/\.o$//' |
			COSTCC_MODE=$mode xargs -P "$(nproc)" -n 16 sh -c '
				costcc=$1 to=$2
				shift 2
				for stem; do
					mkdir -p "$to/${stem%/*}" || exit 255
					if [ -e "$stem.raw.s" ]; then
						"$costcc" --again "$stem.c" "$stem.raw.s" \
							"$to/$stem.o"
					else
						cp "$stem.o" "$to/$stem.o"
					fi || exit 255
				done' - "$linux_dir/pass/costcc" "$1"
	)
}

# Functions that scenarios let fail: arch/sim/lib/faults.c stands before them. Of the checking build:
# arch/sim/lib/lockdep.c.
wrapped=(dma_map_page_attrs dma_map_sg_attrs dma_map_sgtable dma_alloc_attrs dma_pool_alloc
	__alloc_pages_noprof __kmalloc_noprof __kmalloc_cache_noprof napi_alloc_skb
	lock_acquire lock_release)

# One object that exports the boundary only; the executable's libc has many of the same names. Other
# modes link the same archives' members, in their order, from where pass_again put them.
link_object() { # FOLDER
	local objects=("$work/build/built-in.a") library=("$work/build/lib/lib.a")
	if [ "$mode" != "$compiled_mode" ] && [ "$mode" != checking ]; then
		rm -rf "$work/again"
		run "passing again" pass_again "$work/again"
		mapfile -t objects < <(cd "$work/build" && ar t built-in.a | sed "s|^|$work/again/|")
		(cd "$work/build" && ar t lib/lib.a) | (cd "$work/again" && xargs ar rcD lib.a) ||
			step_failed "collecting the library"
		library=("$work/again/lib.a")
	fi
	run "linking" ld -r "${wrapped[@]/#/--wrap=}" \
		-T "$linux_dir/arch/sim/kernel/kernel.lds" -o "$work/all.o" \
		--whole-archive "${objects[@]}" ${driver_object:+"$driver_object"} \
		--no-whole-archive \
		--start-group "${library[@]}" --end-group
	run "linking" objcopy --keep-global-symbols="$here/exports.txt" "$work/all.o" "$1/kernel.o"
	run "listing symbols" sh -c 'nm "$1" > "$2"' - "$1/kernel.o" "$1/symbols"
	rm -rf "$work/all.o" "$work/again"
}

# Nothing but the boundary may be missing.
check_boundary() {
	local undefined
	undefined=$(nm -u "$1/kernel.o" | awk '{print $2}' | grep -v '^plat_' | paste -sd ' ')
	[ -z "$undefined" ] || fail "the kernel needs what the simulator does not have: $undefined"
}

missing_categories() {
	local function
	[ "$mode" != none ] || return
	{
		sed 's/#.*//; s/^[^ ]\+/&.real/' "$here/categories.txt"
		sed 's/#.*//' "$here/touches.txt"
	} | while read -r function _; do
		[ -z "$function" ] ||
			grep -q " ${function%.real}[.a-z0-9]*${function#"${function%.real}"}\$" \
				"$1/symbols" || echo "$function"
	done | paste -sd ' '
}

write_manifest() {
	local missing
	missing=$(missing_categories "$1")
	[ -z "$missing" ] || say "warning: the kernel has no functions $missing"
	(cd "$work/tree" && sha256sum drivers/nvme/host/*.c drivers/net/ethernet/intel/ixgbe/*.c) \
		> "$1/sources.sha256" || step_failed "writing checksums"
	(cd "$work/build" && sha256sum drivers/nvme/host/*.o drivers/net/ethernet/intel/ixgbe/*.o) \
		> "$1/objects.sha256" || step_failed "writing checksums"
	cat > "$1/manifest" <<- END || step_failed "writing the manifest"
		source = $source_name
		release = $(tree_release "$work/tree")
		compiler = $(gcc --version | head -1)
		assembler = $(as --version | head -1)
		mode = $mode
		key = $key
		kernel.o = $(sha256sum < "$1/kernel.o" | cut -d ' ' -f 1)
		missing categories = $missing
	END
}

# Work trees that others do not use and that are not among the newest; what aborted builds left.
tidy() {
	local folder lock_fd kind
	rm -rf "$work"/result.*
	for kind in work patched; do
		[ ! -d "$cache/$kind" ] ||
			find "$cache/$kind" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' |
			sort -rn | tail -n "+$((work_trees_kept + 1))" | cut -d ' ' -f 2-
	done | while read -r folder; do
		[ "$folder" != "$work" ] || continue
		exec {lock_fd}> "$folder.lock"
		flock -n "$lock_fd" && rm -rf "$folder"
		exec {lock_fd}>&-
	done
}

# The work tree with all objects; busy until its user has done.
bring_up() {
	# Killed or out of space in the middle: files there may be half written.
	[ ! -e "$work/busy" ] || rm -rf "$work"
	mkdir -p "$work" "$cache/kernel" || fail "$cache cannot be written"
	: > "$work/busy" || step_failed "preparing"
	tidy
	make_tree || step_failed "preparing"
	copy_port || step_failed "copying the port"
	[ "$(hash_folder "$work/tree/arch/sim")" = "$port_hash" ] ||
		fail "arch/sim was edited just now: build again"
	say "building from $source_name (about 3 minutes the first time)"
	configure
	rm -f "$work/state"
	compile
	echo "$state" > "$work/state"
}

build() {
	local part
	bring_up
	part=$(mktemp -d "$work/result.XXXXXX") || step_failed "preparing"
	link_object "$part"
	check_boundary "$part"
	write_manifest "$part"
	sync -f "$part" 2> /dev/null
	chmod 755 "$part"
	mv -T "$part" "$result" || step_failed "storing the result"
	rm -f "$work/busy"
	touch "$work"
	say "built $result"
}

make_result() {
	local lock_fd
	mkdir -p "$cache/work" || fail "$cache cannot be written"
	exec {lock_fd}> "$work.lock" || fail "$cache cannot be written"
	if ! flock -n "$lock_fd"; then
		say "waiting for another build"
		flock "$lock_fd"
	fi
	if [ ! -d "$result" ]; then
		[ -n "$source_tree" ] || unpack_package
		build
	fi
	exec {lock_fd}>&-
}

main() {
	[ $# = 1 ] || [ $# = 2 ] || [ "$#${1:-}" = 4--driver ] ||
		fail "usage: build-kernel.sh OUT_LINK [PATCH], or --driver DIR BUILD TARGET" 2
	find_source
	compute_keys
	if [ $# = 4 ]; then
		build_driver "$2" "$3" "$4"
		return
	fi
	if [ $# = 2 ]; then
		[ -n "$source_tree" ] || unpack_package
		build_patched "$1" "$2"
		return
	fi
	[ -d "$result" ] || make_result
	mkdir -p "$(dirname "$1")"
	[ "$(readlink "$1")" != "$result" ] || return 0
	# A result from the cache may be older than an executable made with another one.
	touch "$result/kernel.o"
	# Build tools make the folder of an expected file.
	[ -L "$1" ] || [ ! -d "$1" ] || rmdir "$1" || fail "$1 is a folder of its own"
	ln -sfnT "$result" "$1" || fail "$1 cannot be written"
}

# On one line: bash must not read on in a file that may have been edited meanwhile.
main "$@"; exit
