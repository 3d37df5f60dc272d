# SPDX-License-Identifier: MIT
# Sourced by build-kernel.sh: a user's driver folder (Kbuild or Makefile with obj-m) compiled like
# the kernel's own drivers and linked with it, as CONFIG_MODULES is off: module_init() is an
# initcall. What is compiled stays in DOORBELL_CACHE/driver, so that only what changed is compiled
# again; the kernel's work tree is read.

readonly driver_results_kept=8

# The folder's sources: no hidden files, no products of a build, no tests.
driver_sources() { # DIR
	(cd "$1" && find . -mindepth 1 \( -name '.*' -o -type d \( -name tests -o -name out \) \) \
		-prune -o -type f ! -name '*.o' ! -name '*.ko' ! -name '*.a' ! -name '*.so' \
		! -name '*.mod' ! -name '*.mod.c' ! -name modules.order ! -name Module.symvers \
		-printf '%P\n' | sort)
}

# Kbuild files go by another name: the one before them makes built-in objects of modules.
staged_name() { # FILE
	case ${1##*/} in
	Kbuild | Makefile) echo "$1.user" ;;
	*) echo "$1" ;;
	esac
}

write_kbuild() { # FOLDER, of staged sources
	local file=Makefile.user
	[ ! -e "$1/Kbuild.user" ] || file=Kbuild.user
	cat > "$1/Kbuild.new" <<- END
		# Written by driver.sh.
		include \$(src)/$file
		\$(foreach m,\$(obj-m:.o=),\$(eval \$(m)-y += \$(\$(m)-m)))
		\$(file >> $stage/modules,\$(filter-out %/,\$(obj-m)))
		obj-y += \$(obj-m)
		obj-m :=
		ccflags-y += -fmacro-prefix-map=$stage/src/=
	END
	cmp -s "$1/Kbuild.new" "$1/Kbuild" && rm "$1/Kbuild.new" || mv "$1/Kbuild.new" "$1/Kbuild"
}

# Files that did not change keep their time.
stage_driver() { # DIR
	local file to
	mkdir -p "$stage/src" || return 1
	driver_sources "$1" > "$stage/files.new"
	if [ -e "$stage/files" ]; then
		comm -23 "$stage/files" "$stage/files.new" | while read -r file; do
			rm -f "$stage/src/$(staged_name "$file")"
		done
	fi
	mv "$stage/files.new" "$stage/files"
	while read -r file; do
		to=$stage/src/$(staged_name "$file")
		cmp -s "$1/$file" "$to" && continue
		mkdir -p "${to%/*}"
		cp "$1/$file" "$to" || return 1
		# What the pass is told, it was told for all objects.
		[ "$file" != touches.txt ] || find "$stage/src" -name '*.o' -delete
	done < "$stage/files"
	find "$stage/src" \( -name Kbuild.user -o -name Makefile.user \) -printf '%h\n' | sort -u |
		while read -r file; do write_kbuild "$file"; done
}

# Messages name the user's files.
compile_driver() { # DIR
	local output status
	cat "$here/touches.txt" > "$stage/touches"
	[ ! -e "$1/touches.txt" ] || cat "$1/touches.txt" >> "$stage/touches"
	: > "$stage/modules"
	output=$(DRIVER_PASS=$COSTCC_PASS COSTCC_PASS=$here/driver-pass.sh COSTCC_KEEP='' \
		COSTCC_TOUCHES=$stage/touches make -s -C "$work/tree" O="$work/build" \
		"${make_flags[@]}" M="$stage/src" built-in.a 2>&1)
	status=$?
	grep -v '^make' <<< "$output" | sed "s|$stage/src/|$1/|g; s/\(Kbuild\|Makefile\)\.user/\1/g
		/^\$/d" >&2
	[ $status = 0 ] || fail "$1 does not compile" 2
	modules=$(tr ' ' '\n' < "$stage/modules" | sed -n 's/\.o$//p' | sort -u)
	[ -n "$modules" ] || fail "$1 has no module: a line obj-m += NAME.o in its Kbuild is due" 2
}

# One object without names of its own for others, as a module is.
join_driver() {
	run "linking the driver" ld -r -o "$stage/driver.o" --whole-archive "$stage/src/built-in.a"
	run "linking the driver" objcopy --keep-global-symbol=none "$stage/driver.o"
}

# The kernel has no modules, and not all parts: names that nobody has, with the files that ask.
check_driver() { # DIR KERNEL_O
	local symbol missing file
	missing=$(nm -u "$2" | awk '{print $2}' | grep -v '^plat_')
	[ -n "$missing" ] || return 0
	for symbol in $missing; do
		find "$stage/src" -name '*.o' | sort | while read -r file; do
			[ -e "${file%.o}.c" ] || continue
			nm -u "$file" | grep -qw "$symbol" || continue
			file=${file#"$stage/src/"}
			echo "$1/${file%.o}.c: error: this kernel has no $symbol" >&2
		done
	done
	fail "what the kernel of Doorbell contains is in $here/kernel.config" 2
}

# What was not used lately: executables, and compiled folders.
tidy_drivers() {
	local folder
	touch "$stage"
	for folder in "$cache/driver/result" "$cache/driver"; do
		find "$folder" -mindepth 1 -maxdepth 1 ! -name result -type d -printf '%T@ %p\n' |
			sort -rn | tail -n "+$((driver_results_kept + 1))" | cut -d ' ' -f 2- |
			while read -r folder; do rm -rf "$folder"; done
	done
}

# The kernel's objects as its key says, which another checkout may have changed.
bring_up_work() {
	[ -n "$source_tree" ] || unpack_package
	if [ "$(cat "$work/state" 2> /dev/null)" = "$state" ] && [ ! -e "$work/busy" ]; then
		configure
		return
	fi
	bring_up
	rm -f "$work/busy"
}

make_driver() { # DIR BUILD TARGET OUT
	local lock_fd part
	stage=$cache/driver/$({ echo "$1 $base_key" && cat "$here/driver-pass.sh"; } | hash_of)
	mkdir -p "$cache/work" "$cache/driver/result" "$stage" || fail "$cache cannot be written"
	exec {lock_fd}> "$work.lock" || fail "$cache cannot be written"
	flock "$lock_fd"
	bring_up_work
	stage_driver "$1" || step_failed "copying $1"
	compile_driver "$1"
	join_driver
	rm -rf "$stage"/part.*
	part=$(mktemp -d "$stage/part.XXXXXX") || step_failed "preparing"
	driver_object=$stage/driver.o
	link_object "$part"
	exec {lock_fd}>&-
	check_driver "$1" "$part/kernel.o"
	run "linking $3" "$here/relink.sh" "$2" "$part/kernel.o" "$part/$3" "$3"
	rm -f "$part/kernel.o" "$part/symbols"
	echo "$modules" > "$part/driver-names"
	chmod 755 "$part"
	rm -rf "$4"
	mv -T "$part" "$4" || step_failed "storing the result"
	tidy_drivers
}

# --driver DIR BUILD TARGET: prints the executable, like BUILD's TARGET, that has the driver. Its
# name is made of all that it is made of.
build_driver() { # DIR BUILD TARGET
	local dir build=$2 out
	dir=$(cd "$1" 2> /dev/null && pwd -P) || fail "$1 is no folder" 2
	[ -e "$dir/Kbuild" ] || [ -e "$dir/Makefile" ] || fail "$dir has no Kbuild and no Makefile" 2
	out=$cache/driver/result/$(
		{
			echo "$key $3"
			stat -c '%n %s %Y %i' "$build/$3"
			cat "$here/driver.sh" "$here/driver-pass.sh" "$here/relink.sh"
			driver_sources "$dir" | (cd "$dir" && xargs -d '\n' sha256sum)
		} | hash_of
	)
	if [ -x "$out/$3" ]; then
		touch "$out"
	else
		make_driver "$dir" "$build" "$3" "$out"
	fi
	echo "$out/$3"
}
