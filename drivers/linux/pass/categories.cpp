// SPDX-License-Identifier: MIT
#include "categories.h"

#include <cstdio>
#include <fstream>
#include <sstream>

// In C, functions may have the names of structures.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "../boundary.h"
#pragma GCC diagnostic pop

namespace asmcost {

struct Name {
	std::string_view name;
	int category;
};

constexpr Name names[] = {
	{"sched", PLAT_CAT_SCHED},     {"hardirq", PLAT_CAT_HARDIRQ}, {"softirq", PLAT_CAT_SOFTIRQ},
	{"driver", PLAT_CAT_DRIVER},   {"stack", PLAT_CAT_STACK},     {"dma", PLAT_CAT_DMA},
	{"invalidate", PLAT_CAT_INVALIDATE},                          {"bounce", PLAT_CAT_BOUNCE},
	{"copy", PLAT_CAT_COPY},       {"ipi", PLAT_CAT_IPI},         {"spin", PLAT_CAT_SPIN},
	{"app", PLAT_CAT_APP},         {"idle", PLAT_CAT_IDLE},
};

static int category_named(std::string_view name)
{
	for (const Name &row : names)
		if (row.name == name)
			return row.category;
	return -1;
}

static bool read_probe(const std::string &word, Switch &how)
{
	size_t colon = word.find(':');
	std::string name = word.substr(0, colon);

	if (colon == std::string::npos || (name != "before" && name != "after"))
		return false;
	(name == "before" ? how.before : how.after) = word.substr(colon + 1);
	return true;
}

bool Categories::load(const char *path)
{
	std::ifstream file(path);
	std::string line, function, name, word;

	for (int number = 1; std::getline(file, line); number++) {
		std::istringstream words(line.substr(0, line.find('#')));
		Switch how;
		if (!(words >> function))
			continue;
		words >> name;
		how.category = category_named(name);
		if (how.category < 0) {
			std::fprintf(stderr, "%s:%d: error: no category \"%s\"\n", path, number,
				     name.c_str());
			return false;
		}
		while (words >> word)
			if (!read_probe(word, how)) {
				std::fprintf(stderr, "%s:%d: error: \"%s\" is no probe\n", path,
					     number, word.c_str());
				return false;
			}
		by_function[function] = how;
	}
	if (file.bad() || !file.eof()) {
		std::fprintf(stderr, "%s: error: cannot be read\n", path);
		return false;
	}
	return true;
}

const Switch *Categories::of(std::string_view function) const
{
	// The cold part of a function is jumped to, not called.
	if (function.find(".cold") != std::string_view::npos)
		return nullptr;
	auto found = by_function.find(std::string(function.substr(0, function.find('.'))));
	return found == by_function.end() ? nullptr : &found->second;
}

constexpr const char *load_arguments =
	"\tmovq\t-8(%rbp), %rdi\n\tmovq\t-16(%rbp), %rsi\n\tmovq\t-24(%rbp), %rdx\n"
	"\tmovq\t-32(%rbp), %rcx\n\tmovq\t-40(%rbp), %r8\n\tmovq\t-48(%rbp), %r9\n";

// %rax goes along as it holds the number of vector arguments of a variadic call. Arguments on the
// stack do not reach the function: none with more than six may be in the list.
std::string wrapper(std::string_view function, const Switch &how)
{
	const std::string name(function);
	std::string before, after;

	if (!how.before.empty())
		before = load_arguments + ("\tcall\t" + how.before + "\n");
	if (!how.after.empty())
		after = "\tmovq\t%rax, %rdi\n\tcall\t" + how.after + "\n";
	return name + ":\n"
	       "\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n"
	       "\tpushq\t%rdi\n\tpushq\t%rsi\n\tpushq\t%rdx\n\tpushq\t%rcx\n"
	       "\tpushq\t%r8\n\tpushq\t%r9\n\tpushq\t%rax\n\tsubq\t$8, %rsp\n"
	       "\tmovl\t$" + std::to_string(how.category) + ", %edi\n"
	       "\tcall\tplat_category\n"
	       "\tmovq\t%rax, -64(%rbp)\n" + before + load_arguments +
	       "\tmovq\t-56(%rbp), %rax\n"
	       "\tcall\t" + name + ".real\n"
	       "\tmovq\t%rax, -8(%rbp)\n\tmovq\t%rdx, -16(%rbp)\n" + after +
	       "\tmovq\t-64(%rbp), %rdi\n"
	       "\tcall\tplat_category\n"
	       "\tmovq\t-8(%rbp), %rax\n\tmovq\t-16(%rbp), %rdx\n"
	       "\tleave\n\tret\n" +
	       name + ".real:\n";
}

} // namespace asmcost
