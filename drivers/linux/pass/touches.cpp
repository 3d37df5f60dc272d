// SPDX-License-Identifier: MIT
#include "touches.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "flags.h"

namespace asmcost {

bool TouchList::load(const char *path)
{
	std::ifstream file(path);
	std::string line, function;

	while (std::getline(file, line)) {
		std::istringstream words(line.substr(0, line.find('#')));
		if (words >> function)
			names.insert(function);
	}
	if (file.bad() || !file.eof()) {
		std::fprintf(stderr, "%s: error: cannot be read\n", path);
		return false;
	}
	return true;
}

bool TouchList::has(std::string_view function) const
{
	return names.count(std::string(function.substr(0, function.find('.'))));
}

// Half a cache line: where the line begins is not known.
constexpr long near_bytes = 32;

static bool one_of(std::string_view name, std::initializer_list<std::string_view> starts)
{
	for (std::string_view start : starts)
		if (starts_with(name, start))
			return true;
	return false;
}

// What the names of one register have in common: "a" of %rax, %eax, %ax, %al; "si" of %rsi and
// %sil; "r8" of %r8 and %r8d.
static std::string_view key_of(std::string_view name)
{
	std::string_view rest = name.substr(1);

	if (rest.size() > 1 && rest[0] == 'r' && rest[1] >= '0' && rest[1] <= '9')
		return rest.substr(0, rest.find_first_not_of("0123456789", 1));
	if (rest.size() == 3 && (rest[0] == 'r' || rest[0] == 'e'))
		rest.remove_prefix(1);
	if (rest.size() == 2 && (rest[1] == 'x' || rest[1] == 'l' || rest[1] == 'h'))
		return rest.substr(0, 1);
	return rest.substr(0, 2);
}

static bool is_own(std::string_view memory)
{
	for (std::string_view part : {"%rsp", "%rbp", "%rip", "%gs", "%fs"})
		if (memory.find(part) != std::string_view::npos)
			return true;
	return memory.find('%') == std::string_view::npos;
}

// Reads memory: not lea, a plain store, a call, a repeated instruction.
static bool loads(std::string_view name, const std::vector<std::string_view> &operand,
		  size_t memory)
{
	if (one_of(name, {"lea", "nop", "call", "jmp", "rep", "lock", "cmpxchg", "xchg", "xadd"}))
		return false;
	bool writes_only = one_of(name, {"mov", "set", "pop"});

	return !(writes_only && memory + 1 == operand.size() && operand.size() != 1) &&
	       !(writes_only && operand.size() == 1);
}

void Touches::forget()
{
	known.clear();
}

void Touches::forget_register(std::string_view name)
{
	for (size_t i = known.size(); i-- > 0;) {
		std::string_view text = known[i].registers;
		bool uses = false;

		for (size_t p = text.find('%'); p != std::string_view::npos;
		     p = text.find('%', p + 1)) {
			size_t end = text.find_first_of(",)", p);
			uses |= key_of(text.substr(p, end - p)) == key_of(name);
		}
		if (uses)
			known.erase(known.begin() + static_cast<long>(i));
	}
}

std::string Touches::load(const Assembly &assembly, size_t at, std::string_view memory)
{
	size_t paren = memory.find('(');
	std::string text(memory.substr(0, paren));
	char *end;
	long offset = std::strtol(text.c_str(), &end, 0);
	bool prefetch = starts_with(assembly.lines[at].name, "prefetch");
	Place place = {memory.substr(paren), offset};

	if (!*end && !prefetch) {
		for (const Place &former : known)
			if (former.registers == place.registers &&
			    std::labs(former.offset - offset) < near_bytes)
				return {};
		known.push_back(place);
	}
	return "\tpushq\t%rdi\n\tleaq\t" + std::string(memory) + ", %rdi\n\tcall\tsim_touch_" +
	       (prefetch ? "prefetch" : "load") +
	       (flags_dead_before(assembly, at) ? "" : "_flags") + "\n\tpopq\t%rdi\n";
}

std::string Touches::before(const Assembly &assembly, size_t at)
{
	const Line &line = assembly.lines[at];
	std::string text;

	if (line.kind != Kind::instruction) {
		if (line.kind == Kind::app_begin)
			forget();
		return {};
	}
	std::vector<std::string_view> operand = operands(line.arguments);
	for (size_t i = 0; i < operand.size(); i++)
		if (is_memory(operand[i]) && operand[i][0] != '*' && !is_own(operand[i]) &&
		    loads(line.name, operand, i))
			text = load(assembly, at, operand[i]);
	if (line.name == "call")
		forget();
	else if (!operand.empty() && operand.back()[0] == '%')
		forget_register(operand.back());
	return text;
}

} // namespace asmcost
