// SPDX-License-Identifier: MIT
#include "hooks.h"

#include <cstdio>
#include <fstream>
#include <sstream>

namespace asmcost {

bool Hooks::load(const char *path)
{
	std::ifstream file(path);
	std::string line, function, handler;

	for (int number = 1; std::getline(file, line); number++) {
		std::istringstream words(line.substr(0, line.find('#')));
		if (!(words >> function))
			continue;
		if (!(words >> handler)) {
			std::fprintf(stderr, "%s:%d: error: no handler for \"%s\"\n", path, number,
				     function.c_str());
			return false;
		}
		by_function[function] = handler;
	}
	if (file.bad() || !file.eof()) {
		std::fprintf(stderr, "%s: error: cannot be read\n", path);
		return false;
	}
	return true;
}

const std::string *Hooks::of(std::string_view function) const
{
	// The cold part of a function is jumped to, not called.
	if (function.find(".cold") != std::string_view::npos)
		return nullptr;
	auto found = by_function.find(std::string(function.substr(0, function.find('.'))));
	return found == by_function.end() ? nullptr : &found->second;
}

// The frame is the one that the function would have made: a walk over frames sees the caller.
std::string hooked(std::string_view function, const std::string &handler)
{
	return std::string(function) + ":\n"
	       "\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n"
	       "\tpushq\t%r9\n\tpushq\t%r8\n\tpushq\t%rcx\n\tpushq\t%rdx\n"
	       "\tpushq\t%rsi\n\tpushq\t%rdi\n"
	       "\tmovq\t%rsp, %rdi\n"
	       "\tpushq\t%rax\n\tsubq\t$8, %rsp\n"
	       "\tcall\t" + handler + "\n"
	       "\taddq\t$8, %rsp\n\tpopq\t%rax\n"
	       "\tpopq\t%rdi\n\tpopq\t%rsi\n\tpopq\t%rdx\n\tpopq\t%rcx\n"
	       "\tpopq\t%r8\n\tpopq\t%r9\n"
	       "\tpopq\t%rbp\n";
}

} // namespace asmcost
