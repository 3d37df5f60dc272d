#!/bin/bash
# SPDX-License-Identifier: MIT
# test_install.sh SOURCE TEST: one behaviour of setup/install.sh. dpkg-query, id and apt-get are ours:
# the first knows the packages named in "installed", the last notes its arguments in "calls".
set -uo pipefail
unset DOORBELL_LINUX DOORBELL_LINUX_TARBALL
source=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"

fail() {
	echo "FAILED: $*"
	cat "$dir/err" "$dir/out" 2> /dev/null
	exit 1
}

tool() { # NAME, script on stdin
	{
		echo '#!/bin/bash'
		cat
	} > "$dir/bin/$1"
	chmod +x "$dir/bin/$1"
}

user() { # UID
	tool id <<< "echo $1"
}

# Packages that are known but not installed have another state.
tool dpkg-query <<- END
	grep -qx "\$3" $dir/installed && { echo "install ok installed"; exit; }
	[ "\$3" = removed ] && { echo "deinstall ok config-files"; exit; }
	echo "dpkg-query: no packages found matching \$3" >&2
	exit 1
END
apt_answers() { # exit code of each call in turn, then 0
	printf '%s\n' "$@" > "$dir/answers"
	tool apt-get <<- END
		echo "\$*" >> $dir/calls
		answer=\$(head -1 $dir/answers)
		sed -i 1d $dir/answers
		exit "\${answer:-0}"
	END
}

printf '# a comment\none\nremoved\n# more\nlinux-source-6.12\n' > "$dir/list"
printf 'one\n' > "$dir/installed"
: > "$dir/calls"
user 1000
apt_answers

install() { # expected exit code
	PATH=$dir/bin:$PATH sh "$source/setup/install.sh" "$dir/list" > "$dir/out" 2> "$dir/err"
	local code=$?
	[ $code = "$1" ] || fail "exit $code, not $1"
	[ ! -s "$dir/out" ] || fail "stdout is for results"
}

calls_are() {
	diff <(printf '%s\n' "$@") "$dir/calls" || fail "other calls of apt-get"
}

nothing_missing_is_silent() {
	grep -v '^#' "$dir/list" > "$dir/installed"
	install 0
	[ ! -s "$dir/err" ] || fail "not silent"
	[ ! -s "$dir/calls" ] || fail "apt-get was called"
}

user_is_told_one_line() {
	install 1
	[ "$(grep -c apt-get "$dir/err")" = 1 ] || fail "not one line"
	grep -qx ' *sudo apt-get install -y --no-install-recommends removed linux-source-6.12' \
		"$dir/err" || fail "not the line"
	[ ! -s "$dir/calls" ] || fail "apt-get was called"
}

root_installs_what_is_missing() {
	user 0
	install 0
	calls_are 'install -y --no-install-recommends removed linux-source-6.12'
}

stale_index_is_renewed_once() {
	user 0
	apt_answers 100 0 0
	install 0
	calls_are 'install -y --no-install-recommends removed linux-source-6.12' update \
		'install -y --no-install-recommends removed linux-source-6.12'
}

failure_names_the_packages() {
	user 0
	apt_answers 100 0 100
	install 1
	grep -q 'could not be installed: removed linux-source-6.12$' "$dir/err" || fail "no reason"
	: > "$dir/calls"
	apt_answers 100 100
	install 1
	calls_are 'install -y --no-install-recommends removed linux-source-6.12' update
}

own_kernel_needs_no_package() {
	DOORBELL_LINUX=$dir install 1
	grep -q 'recommends removed$' "$dir/err" || fail "asks for the kernel's package"
}

another_system_is_let_through() {
	local tool
	rm "$dir/bin/dpkg-query"
	for tool in sh grep cat dirname; do
		ln -s "$(command -v $tool)" "$dir/bin/"
	done
	"$dir/bin/sh" -c "PATH=$dir/bin; . '$source/setup/install.sh'" 2> "$dir/err" || fail "exit $?"
	grep -q 'setup/packages.txt' "$dir/err" || fail "does not say what is needed"
}

list_is_what_the_readme_needs() {
	local word
	for word in cmake ninja-build make linux-source-6.12 gnuplot-nox; do
		grep -qx $word "$source/setup/packages.txt" || fail "$word is not in the list"
	done
	! grep -v '^#' "$source/setup/packages.txt" | grep -qv '^[a-z0-9][a-z0-9+.-]*$' ||
		fail "a line is no package"
	[ -z "$(grep -v '^#' "$source/setup/packages.txt" | sort | uniq -d)" ] || fail "twice"
}

"$2" || exit 1
