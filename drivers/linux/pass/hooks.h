// SPDX-License-Identifier: MIT
// Functions whose calls are told to a handler first (drivers/linux/build/hooks.txt): so the
// checking build learns what kernel code says it does, without a change of a kernel file.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace asmcost {

class Hooks {
public:
	// Lines "function handler"; # starts a comment. False, with a message, if it is bad.
	bool load(const char *path);
	// nullptr: nobody wants to know. Clones (f.isra.0, f.constprop.0) count as f.
	const std::string *of(std::string_view function) const;

private:
	std::unordered_map<std::string, std::string> by_function;
};

// Text that stands for `function`: calls handler(arguments), then goes on with the function's own
// code, which follows. arguments[0..5] are those in registers, from arguments[8] on those on the
// stack.
std::string hooked(std::string_view function, const std::string &handler);

} // namespace asmcost
