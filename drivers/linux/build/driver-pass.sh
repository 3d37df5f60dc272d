#!/bin/bash
# SPDX-License-Identifier: MIT
# The pass (COSTCC_PASS of costcc) for a user's driver: DRIVER_PASS, with one more thing known. Of
# the kernel's own drivers categories.txt names the functions by which the kernel enters them; here
# those are the functions whose address is taken (probe, interrupt handler, poll, queue_rq, ...).
# Their time counts as the driver's.
# Arguments: OPTIONS... IN.s OUT.s, with --categories FILE among the options.
set -uo pipefail

options=()
categories=''
while [ $# -gt 2 ]; do
	if [ "$1" = --categories ]; then
		categories=$2
		shift
	else
		options+=("$1")
	fi
	shift
done
merged=$2.categories
trap 'rm -f "$merged"' EXIT

# A name on its own as data, as an immediate, or as the address of lea. _sub_...: constructors that
# the compiler adds for its callbacks, which run before there is a core.
entries() { # IN.s
	awk '
		$1 == ".type" && $3 == "@function" { sub(",$", "", $2); defined[$2] = 1 }
		$1 == ".quad" || $1 == ".long" { taken[$2] = 1 }
		/\$[A-Za-z_]/ {
			name = $0
			sub(/^[^$]*\$/, "", name)
			sub(/[^A-Za-z0-9_.].*/, "", name)
			taken[name] = 1
		}
		$1 ~ /^lea/ { name = $2; sub(/\(.*/, "", name); taken[name] = 1 }
		END {
			for (name in taken)
				if (name in defined && name !~ /^_sub_/)
					print name, "driver"
		}
	' "$1" | sort
}

{
	[ -z "$categories" ] || cat "$categories"
	entries "$1"
} > "$merged" || exit 1
"${DRIVER_PASS:?}" "${options[@]}" --categories "$merged" "$1" "$2"
