// SPDX-License-Identifier: MIT
// Functions during which time goes to another category (enum plat_category of boundary.h).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace asmcost {

// What happens at one function.
struct Switch {
	int category = 0;
	std::string before;  // a function of the port that is called first, with the same arguments
	std::string after;   // one that is called behind it, with its result
};

class Categories {
public:
	// Lines "function category [before:PROBE] [after:PROBE]"; # starts a comment. False, with a
	// message, if it is bad.
	bool load(const char *path);
	// nullptr: the function changes nothing. Clones (f.isra.0, f.constprop.0) count as f.
	const Switch *of(std::string_view function) const;

private:
	std::unordered_map<std::string, Switch> by_function;
};

// Text that stands for `function`: switches, calls the function's own code, which follows under
// another name, and switches back. The old category stays on the task's stack.
std::string wrapper(std::string_view function, const Switch &how);

} // namespace asmcost
