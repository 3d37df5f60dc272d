#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh [LIST]: installs what LIST (setup/packages.txt) names and this machine lacks. Without
# root it only says what to run, and fails. Does nothing, quickly, when all is there.
set -eu
list=${1:-$(cd "$(dirname "$0")" && pwd)/packages.txt}

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "doorbell: not a Debian system: the packages of setup/packages.txt are needed" >&2
	exit 0
fi
missing=
for package in $(grep -v '^#' "$list"); do
	# A user may bring a kernel tree or archive of his own.
	[ "$package" = linux-source-6.12 ] &&
		[ -n "${DOORBELL_LINUX:-}${DOORBELL_LINUX_TARBALL:-}" ] && continue
	status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
	case $status in
	*" installed") ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "doorbell: packages are missing; run:" >&2
	echo "    sudo apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi
echo "doorbell: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# An old package index may name versions that are gone: it is renewed once if need be.
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends $missing >&2 || {
	apt-get update >&2 &&
	apt-get install -y --no-install-recommends $missing >&2
} || {
	echo "doorbell: these packages could not be installed:$missing" >&2
	exit 1
}
