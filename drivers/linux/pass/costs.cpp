// SPDX-License-Identifier: MIT
#include "costs.h"

#include <initializer_list>
#include <vector>

#include "assembly.h"

namespace asmcost {

constexpr int none = -1;

struct Row {
	std::string_view start;  // of the mnemonic
	int insn_class;
	int second;
};

// First match counts. Memory operands come on top.
constexpr Row rows[] = {
	{"endbr64", none, none},
	{"nop", none, none},
	{"div", INSN_DIVIDE_WIDE, none},
	{"idiv", INSN_DIVIDE_WIDE, none},
	{"imul", INSN_MULTIPLY, none},
	{"mul", INSN_MULTIPLY, none},
	{"bsf", INSN_MULTIPLY, none},
	{"bsr", INSN_MULTIPLY, none},
	{"tzcnt", INSN_MULTIPLY, none},
	{"lzcnt", INSN_MULTIPLY, none},
	{"popcnt", INSN_MULTIPLY, none},
	{"call", INSN_CALL, none},
	{"ret", INSN_JUMP, INSN_LOAD},
	{"jmp", INSN_JUMP, none},
	{"j", INSN_BRANCH, none},
	{"push", INSN_STORE, none},
	{"pop", INSN_LOAD, none},
	{"leave", INSN_LOAD, none},
	{"mov", none, none},
};

void Counts::add(const Counts &other)
{
	instructions += other.instructions;
	for (unsigned i = 0; i < INSN_CLASSES; i++)
		of[i] += other.of[i];
}

constexpr unsigned about[INSN_CLASSES] = {4, 8, 16, 16, 416, 672, 288, 8, 16, 32, 560};

unsigned Counts::about_ticks() const
{
	unsigned sum = 0;

	for (unsigned i = 0; i < INSN_CLASSES; i++)
		sum += of[i] * about[i];
	return sum;
}

unsigned Counts::about_ticks_of_many() const
{
	unsigned sum = 0;

	for (unsigned i = 0; i < INSN_CLASSES; i++)
		sum += about[i] < 100 ? of[i] * about[i] : 0;
	return sum;
}

bool Counts::overflows_with(const Counts &other) const
{
	if (instructions + other.instructions > COST_COUNT_MAX)
		return true;
	for (unsigned i = 0; i < INSN_CLASSES; i++)
		if (of[i] + other.of[i] > COST_COUNT_MAX)
			return true;
	return false;
}

static bool is_division(std::string_view name)
{
	return starts_with(name, "div") || starts_with(name, "idiv");
}

static void count_base(std::string_view name, Counts &counts)
{
	if (is_division(name) && name.back() != 'q') {
		counts.of[INSN_DIVIDE]++;
		return;
	}
	for (const Row &row : rows) {
		if (!starts_with(name, row.start))
			continue;
		if (row.insn_class != none)
			counts.of[row.insn_class]++;
		if (row.second != none)
			counts.of[row.second]++;
		return;
	}
	counts.of[INSN_SIMPLE]++;
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

// Whether there was a memory operand.
static bool count_memory(std::string_view name, std::string_view arguments, Counts &counts)
{
	if (arguments.find('(') == std::string_view::npos || touches_no_memory(name))
		return false;
	std::vector<std::string_view> all = operands(arguments);
	bool writes = is_memory(all.back()) && !only_reads(name);

	counts.of[INSN_LOAD] += !writes || !only_writes(name);
	counts.of[INSN_STORE] += writes;
	return true;
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

Counts count_instruction(std::string_view name, std::string_view arguments)
{
	Counts counts;

	if (is_repeat(name)) {
		std::string_view inner, rest;
		split_statement(arguments, inner, rest);
		if (!is_string_instruction(inner))
			return count_instruction(inner, rest);
		counts.instructions = 1;
		counts.of[INSN_STRING] = 1;
		return counts;
	}
	counts.instructions = 1;
	count_base(name, counts);
	// A move between registers is one micro-operation; one with memory is only that access.
	if (!count_memory(name, arguments, counts) && starts_with(name, "mov"))
		counts.of[INSN_SIMPLE]++;
	return counts;
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

static Counts count_statement(std::string_view statement)
{
	size_t begin = statement.find_first_not_of(" \t");

	if (begin == std::string_view::npos)
		return {};
	statement = statement.substr(begin);
	std::string_view name, arguments;
	split_statement(statement, name, arguments);
	// Directives, labels and comments are free.
	if (name[0] < 'a' || name[0] > 'z' || name.find(':') != std::string_view::npos)
		return {};
	return count_instruction(name, arguments);
}

static Counts count_statements(std::string_view line)
{
	Counts sum;

	for (size_t begin = 0; begin <= line.size();) {
		size_t end = line.find(';', begin);
		if (end == std::string_view::npos)
			end = line.size();
		sum.add(count_statement(line.substr(begin, end - begin)));
		begin = end + 1;
	}
	return sum;
}

Counts count_inline(std::string_view line)
{
	Counts sum = count_statements(line);
	bool barrier = line.find("# full-barrier") != std::string_view::npos;

	if (!barrier && line.find("# lock") == std::string_view::npos &&
	    line.find("# free") == std::string_view::npos)
		return sum;
	Counts marked;
	marked.instructions = sum.instructions;
	marked.of[INSN_ATOMIC] = barrier || line.find("# lock") != std::string_view::npos;
	return marked;
}

} // namespace asmcost
