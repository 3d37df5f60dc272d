// SPDX-License-Identifier: MIT
// Functions during which time goes to another category (enum plat_category of boundary.h).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace asmcost {

class Categories {
public:
	// Lines "function category"; # starts a comment. False, with a message, if it is bad.
	bool load(const char *path);
	// -1: the function changes nothing. Clones (f.isra.0, f.constprop.0) count as f.
	int of(std::string_view function) const;

private:
	std::unordered_map<std::string, int> by_function;
};

// Text that stands for `function`: switches, calls the function's own code, which follows under
// another name, and switches back. The old category stays on the task's stack.
std::string wrapper(std::string_view function, int category);

} // namespace asmcost
