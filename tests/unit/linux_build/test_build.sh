#!/bin/bash
# SPDX-License-Identifier: MIT
# test_build.sh REPOSITORY TEST: one behaviour of drivers/linux/build/build-kernel.sh.
set -u
repository=$1 name=$2
scratch=$(mktemp -d) || exit 1
trap 'cd /; umount "$scratch/cache" 2> /dev/null; rm -rf "$scratch"' EXIT
export DOORBELL_CACHE=$scratch/cache DOORBELL_LINUX=$scratch/tree
unset DOORBELL_COST_MODE
errors=$scratch/errors

die() {
	echo "$name: $*" >&2
	cat "$errors" >&2
	exit 1
}

# A copy of our side, which tests may change; the workloads' place is taken by nothing.
set_up_port() {
	mkdir -p "$scratch/linux"
	cp -r "$repository"/drivers/linux/{arch,build,pass} \
		"$repository"/drivers/linux/boundary{,_mm,_workloads}.h "$scratch/linux/"
	mkdir "$scratch/linux/workloads"
	printf '// nothing\n' > "$scratch/linux/workloads/none.c"
}

# A "kernel" that configures by copying and compiles two drivers and a file with the exported names.
set_up_tree() {
	mkdir -p "$DOORBELL_LINUX"/{arch/x86,init,lib,drivers/nvme/host,drivers/net/ethernet/intel/ixgbe}
	cat > "$DOORBELL_LINUX/Makefile" <<- 'END'
		VERSION = 6
		PATCHLEVEL = 12
		SUBLEVEL = 34
		.RECIPEPREFIX = >
		files = init/main lib/lib drivers/nvme/host/pci drivers/net/ethernet/intel/ixgbe/ixgbe_main
		.PHONY: ./ allnoconfig
		allnoconfig:
		>mkdir -p $(O)
		>cp $(KCONFIG_ALLCONFIG) $(O)/.config
		./:
		>[ ! -e $(O)/../../../wait ] || sleep 100
		>for f in $(files); do mkdir -p $(O)/$${f%/*} && \
		>	$(CC) -D__KERNEL__ -c -o $(O)/$$f.o $$f.c || exit; done
		>cd $(O) && rm -f built-in.a lib/lib.a && ar rcsT lib/lib.a lib/lib.o && \
		>	ar rcsT built-in.a $(addsuffix .o,$(filter-out lib/%,$(files)))
	END
	cat > "$DOORBELL_LINUX/init/main.c" <<- 'END'
		unsigned long plat_now_ns(void);
		unsigned long jiffies_64, plat_cpu, data[64];
		void kern_start(void *unused) { data[1] = plat_now_ns(); }
		void kern_irq_window(void) { }
	END
	echo 'int only_in_lib;' > "$DOORBELL_LINUX/lib/lib.c"
	echo 'int nvme;' > "$DOORBELL_LINUX/drivers/nvme/host/pci.c"
	echo 'int ixgbe;' > "$DOORBELL_LINUX/drivers/net/ethernet/intel/ixgbe/ixgbe_main.c"
}

build() {
	"$scratch/linux/build/build-kernel.sh" "$scratch/${1:-out}" 2> "$errors"
}

expect_exit() { # CODE: of the last build
	[ "$status" = "$1" ] || die "exit code $status, expected $1"
}

expect_line() { # PATTERN
	grep -q "$1" "$errors" || die "no line \"$1\""
}

expect_no_result() {
	[ -z "$(ls -A "$DOORBELL_CACHE/kernel" 2> /dev/null)" ] || die "a result is there"
	[ ! -e "$scratch/out" ] || die "the link is there"
}

result_is_complete() {
	build
	status=$?
	expect_exit 0
	for file in kernel.o symbols manifest sources.sha256 objects.sha256; do
		[ -s "$scratch/out/$file" ] || die "no $file"
	done
	grep -q 'release = 6.12.34' "$scratch/out/manifest" || die "release is not in the manifest"
	(cd "$DOORBELL_LINUX" && sha256sum --quiet -c "$scratch/out/sources.sha256") ||
		die "sources differ from their checksums"
	[ "$(nm -g --defined-only "$scratch/out/kernel.o" | wc -l)" = 3 ] || die "exported names"
}

second_call_uses_the_cache() {
	build && build other
	status=$?
	expect_exit 0
	[ ! -s "$errors" ] || die "the second call says something"
	[ "$scratch/out/kernel.o" -ef "$scratch/other/kernel.o" ] || die "results differ"
}

changed_port_is_built_again() {
	build
	echo '/* changed */' >> "$scratch/linux/boundary.h"
	build other
	status=$?
	expect_exit 0
	expect_line 'kernel: built '
	[ ! "$scratch/out" -ef "$scratch/other" ] || die "one key for two ports"
}

modes_give_kernels_of_one_source() {
	build && DOORBELL_COST_MODE=none build none && DOORBELL_COST_MODE=all build all
	status=$?
	expect_exit 0
	for mode in none all; do
		cmp -s "$scratch/out/sources.sha256" "$scratch/$mode/sources.sha256" || die "sources"
		grep -q "mode = $mode" "$scratch/$mode/manifest" || die "mode is not in the manifest"
	done
	objdump -h "$scratch/out/kernel.o" | grep -q plat_costs || die "no table of costs"
	objdump -h "$scratch/all/kernel.o" | grep -q plat_costs || die "no table in mode all"
	! nm "$scratch/none/kernel.o" | grep -q plat_horizon || die "checks in mode none"
	nm "$scratch/all/kernel.o" | grep -q plat_horizon || die "no checks in mode all"
}

two_builds_at_once_build_once() {
	"$scratch/linux/build/build-kernel.sh" "$scratch/a" 2> "$scratch/errors.a" &
	"$scratch/linux/build/build-kernel.sh" "$scratch/b" 2> "$scratch/errors.b" &
	status=0
	wait -n || status=$?
	wait -n || status=$?
	cat "$scratch"/errors.[ab] > "$errors"
	expect_exit 0
	[ "$(grep -c 'kernel: built ' "$errors")" = 1 ] || die "not built exactly once"
	expect_line 'waiting for another build'
	[ "$scratch/a/kernel.o" -ef "$scratch/b/kernel.o" ] || die "results differ"
}

killed_build_leaves_no_result() {
	mkdir -p "$DOORBELL_CACHE"
	touch "$DOORBELL_CACHE/wait"
	setsid "$scratch/linux/build/build-kernel.sh" "$scratch/out" 2> "$errors" &
	local group=$! tries
	for tries in $(seq 600); do
		pgrep -g "$group" -x sleep > /dev/null && break
		sleep 0.1
	done
	kill -KILL -- "-$group"
	wait "$group" 2> /dev/null
	expect_no_result
	rm "$DOORBELL_CACHE/wait"
	local left
	left=$(echo "$DOORBELL_CACHE"/work/*/)
	touch "$left/half-written"
	build
	status=$?
	expect_exit 0
	[ ! -e "$left/half-written" ] || die "files of the killed build were used again"
}

full_disk_is_said_and_leaves_no_result() {
	if [ "${IN_NAMESPACE:-}" = '' ]; then
		unshare -rm true 2> /dev/null || exit 77
		IN_NAMESPACE=1 unshare -rm bash "$0" "$repository" "$name"
		exit
	fi
	mkdir -p "$DOORBELL_CACHE"
	mount -t tmpfs -o size=128k none "$DOORBELL_CACHE" || exit 77
	build
	status=$?
	expect_exit 1
	expect_line 'no space left in'
	expect_no_result
	mount -o remount,size=200m "$DOORBELL_CACHE"
	build
	status=$?
	expect_exit 0
}

older_result_becomes_new_for_the_build_tool() {
	build && touch -d '1 hour ago' "$scratch/out/kernel.o"
	touch "$scratch/executable"
	mkdir "$scratch/other"
	build other
	status=$?
	expect_exit 0
	[ ! "$scratch/other/kernel.o" -ot "$scratch/executable" ] || die "it would not be linked again"
}

users_tree_stays_untouched() {
	(cd "$DOORBELL_LINUX" && find . -printf '%p %s %T@ %y\n' | sort) > "$scratch/before"
	build
	status=$?
	expect_exit 0
	(cd "$DOORBELL_LINUX" && find . -printf '%p %s %T@ %y\n' | sort) | cmp - "$scratch/before" ||
		die "the tree was changed"
}

tree_of_another_series_is_refused() {
	sed -i 's/^PATCHLEVEL = 12/PATCHLEVEL = 13/' "$DOORBELL_LINUX/Makefile"
	build
	status=$?
	expect_exit 2
	expect_line 'is Linux 6.13.34, needed is 6.12.y'
	[ "$(wc -l < "$errors")" = 1 ] || die "more than one line"
}

folder_without_kernel_is_refused() {
	rm "$DOORBELL_LINUX/Makefile"
	build
	status=$?
	expect_exit 2
	expect_line 'is no kernel source tree'
	[ "$(wc -l < "$errors")" = 1 ] || die "more than one line"
}

missing_package_is_one_line() {
	unset DOORBELL_LINUX
	DOORBELL_LINUX_TARBALL=$scratch/none.tar.xz build
	status=$?
	expect_exit 2
	expect_line 'apt-get install linux-source-6.12'
	[ "$(wc -l < "$errors")" = 1 ] || die "more than one line"
}

compile_error_is_shown() {
	echo 'int broken = ;' > "$DOORBELL_LINUX/drivers/nvme/host/pci.c"
	build
	status=$?
	expect_exit 1
	expect_line 'pci.c:1:14: error: expected expression'
	expect_no_result
}

unknown_symbol_is_refused() {
	echo 'void other(void); void nvme(void) { other(); }' > "$DOORBELL_LINUX/drivers/nvme/host/pci.c"
	build
	status=$?
	expect_exit 1
	expect_line 'does not have: other'
	expect_no_result
}

set_up_port
set_up_tree
: > "$errors"
"$name"
