// SPDX-License-Identifier: MIT
#include "costs.h"

#include <initializer_list>

#include "assembly.h"

namespace asmcost {

// Source unless another is named: A. Fog, "Instruction tables", Skylake-X (reciprocal throughput).
namespace cost {
constexpr unsigned cycle = 16;
constexpr unsigned simple = cycle / 4;         // four micro-operations are issued per cycle
constexpr unsigned load = cycle / 2;           // two loads per cycle
constexpr unsigned store = cycle;              // one store per cycle
constexpr unsigned jump = cycle;               // one taken branch per cycle
constexpr unsigned conditional = cycle / 2;    // two per cycle if not taken
constexpr unsigned multiply = cycle;
constexpr unsigned bit_scan = cycle;           // bsf, bsr, tzcnt, popcnt: port 1 only
constexpr unsigned divide_32 = 26 * cycle;     // latency: what follows uses the result
constexpr unsigned divide_64 = 42 * cycle;     // latency 35..88 by operands
constexpr unsigned locked = 18 * cycle;        // lock add, lock cmpxchg, xchg m
constexpr unsigned full_barrier = 18 * cycle;  // Linux: smp_mb() is "lock addl $0,-4(%rsp)"
constexpr unsigned string_start = 35 * cycle;  // rep movs and stos, before the first element
constexpr unsigned timestamp = 25 * cycle;     // rdtsc
} // namespace cost

struct Row {
	std::string_view start;  // of the mnemonic
	unsigned ticks;
};

// First match counts. Memory operands come on top.
constexpr Row rows[] = {
	{"endbr64", 0},
	{"nop", 0},
	{"div", cost::divide_64},
	{"idiv", cost::divide_64},
	{"imul", cost::multiply},
	{"mul", cost::multiply},
	{"bsf", cost::bit_scan},
	{"bsr", cost::bit_scan},
	{"tzcnt", cost::bit_scan},
	{"lzcnt", cost::bit_scan},
	{"popcnt", cost::bit_scan},
	{"rdtsc", cost::timestamp},
	{"call", cost::jump + cost::store},
	{"ret", cost::jump + cost::load},
	{"jmp", cost::jump},
	{"j", cost::conditional},
	{"push", cost::store},
	{"pop", cost::load},
	{"leave", cost::load},
	{"mov", 0},
};

static bool is_division(std::string_view name)
{
	return starts_with(name, "div") || starts_with(name, "idiv");
}

static unsigned base_ticks(std::string_view name)
{
	if (is_division(name) && name.back() == 'l')
		return cost::divide_32;
	for (const Row &row : rows)
		if (starts_with(name, row.start))
			return row.ticks;
	return cost::simple;
}

static bool only_reads(std::string_view name)
{
	for (std::string_view start : {"cmp", "test", "btl", "btq", "push", "call", "jmp", "mul",
				       "imul", "div", "idiv"})
		if (starts_with(name, start))
			return true;
	return false;
}

static bool only_writes(std::string_view name)
{
	return starts_with(name, "mov") || starts_with(name, "set") || starts_with(name, "pop");
}

static bool touches_no_memory(std::string_view name)
{
	return starts_with(name, "lea") || starts_with(name, "nop") ||
	       starts_with(name, "prefetch");
}

static unsigned memory_ticks(std::string_view name, std::string_view arguments)
{
	if (arguments.find('(') == std::string_view::npos || touches_no_memory(name))
		return 0;
	std::vector<std::string_view> all = operands(arguments);
	bool last = is_memory(all.back());

	if (!last || only_reads(name))
		return cost::load;
	if (only_writes(name))
		return cost::store;
	return cost::load + cost::store;
}

// The prefix stands as the mnemonic in gcc's output: "rep stosq", but also "rep bsfq" (= tzcnt).
static bool is_repeat(std::string_view name)
{
	return starts_with(name, "rep");
}

static bool is_string_instruction(std::string_view name)
{
	return starts_with(name, "movs") || starts_with(name, "stos");
}

unsigned ticks(std::string_view name, std::string_view arguments)
{
	if (is_repeat(name)) {
		std::string_view inner, rest;
		split_statement(arguments, inner, rest);
		return is_string_instruction(inner) ? cost::string_start : ticks(inner, rest);
	}
	unsigned base = base_ticks(name);
	unsigned memory = memory_ticks(name, arguments);
	// A move between registers is one micro-operation; one with memory is only that access.
	if (starts_with(name, "mov") && memory == 0)
		return cost::simple;
	return base + memory;
}

// 16 bytes a cycle for every width (Intel optimization manual, "REP string operations").
unsigned ticks_per_element(std::string_view name, std::string_view arguments)
{
	std::string_view inner, rest;

	split_statement(arguments, inner, rest);
	if (!is_repeat(name) || !is_string_instruction(inner))
		return 0;
	switch (inner.back()) {
	case 'q':
		return 8;
	case 'l':
		return 4;
	case 'w':
		return 2;
	default:
		return 1;
	}
}

static unsigned statement_ticks(std::string_view statement)
{
	size_t begin = statement.find_first_not_of(" \t");

	if (begin == std::string_view::npos)
		return 0;
	statement = statement.substr(begin);
	std::string_view name, arguments;
	split_statement(statement, name, arguments);
	// Directives, labels and comments are free.
	if (name[0] < 'a' || name[0] > 'z' || name.find(':') != std::string_view::npos)
		return 0;
	return ticks(name, arguments);
}

unsigned inline_ticks(std::string_view line)
{
	if (line.find("# full-barrier") != std::string_view::npos)
		return cost::full_barrier;
	if (line.find("# lock") != std::string_view::npos)
		return cost::locked;
	unsigned sum = 0;
	for (size_t begin = 0; begin <= line.size();) {
		size_t end = line.find(';', begin);
		if (end == std::string_view::npos)
			end = line.size();
		sum += statement_ticks(line.substr(begin, end - begin));
		begin = end + 1;
	}
	return sum;
}

} // namespace asmcost
