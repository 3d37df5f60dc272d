// SPDX-License-Identifier: MIT
// Loads that tell the caches (model/mem/llc.h) what they touch: a call of sim_touch_load with the
// address before the load, of sim_touch_prefetch before a prefetch (arch/sim/lib/touch.S). Only
// data whose address is in registers count: the stack, per-CPU data and variables are the core's
// own. Of two loads at nearly the same place of a block's path the first tells.
//
// Not modelled: stores (the store buffer hides their misses, and a line that is only written is not
// the core's own by that).
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "assembly.h"

namespace asmcost {

// The functions that look first at what devices wrote.
class TouchList {
public:
	// A name a line; # starts a comment. False, with a message, if it cannot be read.
	bool load(const char *path);
	// Clones and cold parts (f.isra.0, f.cold) count as f.
	bool has(std::string_view function) const;

private:
	std::unordered_set<std::string> names;
};

class Touches {
public:
	// What goes before the line.
	std::string before(const Assembly &assembly, size_t at);
	// Control may come from elsewhere.
	void forget();

private:
	struct Place {
		std::string_view registers;   // "(%rax,%rbx,8)"
		long offset;
	};
	std::string load(const Assembly &assembly, size_t at, std::string_view memory);
	void forget_register(std::string_view name);

	std::vector<Place> known;
};

} // namespace asmcost
