# SPDX-License-Identifier: MIT
# Sourced by build-kernel.sh: a kernel with a patch, in a work tree of its own that is kept, so that
# a patch costs what it concerns. Neither the sources nor the cached kernels are touched.

# The work tree of the plain kernel under another name; kbuild's notes hold absolute names.
copy_work() { # FROM TO
	local part
	[ ! -d "$2" ] || return 0
	mkdir -p "${2%/*}" || fail "$cache cannot be written"
	part=$(mktemp -d "$2.XXXXXX") || fail "$cache cannot be written"
	if [ -d "$1/build" ] && [ ! -e "$1/busy" ]; then
		cp -a "$1/." "$part/" || step_failed "copying the work tree"
		find "$part/build" -name '*.cmd' -print0 | xargs -0 sed -i "s|$1/|$2/|g"
		sed -i "s|$1/|$2/|g" "$part/build/Makefile"
		ln -sfnT "$2/tree" "$part/build/source"
	fi
	mv -T "$part" "$2" || step_failed "copying the work tree"
}

# The file becomes one of the tree's own: links to folders above it become folders of links.
unfold() { # FILE
	local path=$work/tree part entry target
	local -a parts
	IFS=/ read -ra parts <<< "${1%/*}"
	for part in "${parts[@]}"; do
		path+=/$part
		[ -L "$path" ] || continue
		target=$(readlink -f "$path")
		rm "$path"
		mkdir "$path"
		for entry in "$target"/* "$target"/.[!.]*; do
			[ ! -e "$entry" ] || ln -s "$entry" "$path/"
		done
	done
	if [ -L "$work/tree/$1" ]; then
		target=$(readlink -f "$work/tree/$1")
		rm "$work/tree/$1"
		cp "$target" "$work/tree/$1"
	fi
}

# What an earlier patch changed is as it was: sources are links again, with their old times, and
# what was compiled since comes back from the copy. So the next patch compiles nothing of the one
# before.
restore() {
	local file
	[ -e "$work/stamp" ] || return 0
	while read -r file; do
		rm -f "$work/tree/$file"
		[ ! -e "$source_tree/$file" ] || ln -s "$source_tree/$file" "$work/tree/$file"
	done < "$work/patched"
	(cd "$work/build" && find . -type f -newer ../stamp) | while read -r file; do
		rm -f "$work/build/$file"
		[ ! -e "$work/good/$file" ] || cp -a "$work/good/$file" "$work/build/$file" || exit 1
	done || step_failed "restoring the work tree"
	rm -f "$work/stamp" "$work/patched"
}

# The tree without a patch is compiled, and `good` is a copy of that.
make_good() {
	[ "$(cat "$work/good.state" 2> /dev/null)" != "$state" ] || return 0
	rm -rf "$work/good.state" "$work/good"
	copy_port || step_failed "copying the port"
	compile
	cp -a "$work/build" "$work/good" || step_failed "copying the work tree"
	echo "$state" > "$work/good.state"
}

apply_patch() { # PATCH
	local file
	# Of both sides: a file that goes must not go from the sources that the tree links to.
	sed -n -e 's|^+++ [^/	]*/\([^	]*\).*|\1|p' \
		-e 's|^--- [^/	 ]*/\([^	 ]*\).*|\1|p' "$1" |
		grep -vx 'dev/null' | sort -u > "$work/patched"
	[ -s "$work/patched" ] || fail "$1 names no file (+++ b/...)" 2
	while read -r file; do
		case /$file/ in */../* | /arch/sim/*) fail "$1 must not change $file" 2 ;; esac
		unfold "$file"
	done < "$work/patched"
	: > "$work/stamp" || step_failed "preparing"
	run "applying $1" patch -d "$work/tree" -p1 -F0 -s -i "$1"
	while read -r file; do touch -c "$work/tree/$file"; done < "$work/patched"
}

# OUT becomes a folder like that of a plain kernel.
build_patched() { # OUT PATCH
	local lock_fd part plain=$work
	[ -r "$2" ] || fail "$2 cannot be read" 2
	work=$cache/patched/$base_key
	mkdir -p "$cache/patched" || fail "$cache cannot be written"
	exec {lock_fd}> "$work.lock"
	flock "$lock_fd"
	# Nothing is known of a tree whose first build was broken off.
	[ -e "$work/good.state" ] || rm -rf "$work"
	copy_work "$plain" "$work"
	make_tree || step_failed "preparing"
	restore
	copy_port || step_failed "copying the port"
	configure
	make_good
	apply_patch "$(readlink -f "$2")"
	say "building with ${2##*/}"
	compile
	part=$(mktemp -d "$work/result.XXXXXX") || step_failed "preparing"
	link_object "$part"
	check_boundary "$part"
	write_manifest "$part"
	rm -rf "$1"
	mv -T "$part" "$1" || step_failed "storing the result"
	exec {lock_fd}>&-
}
