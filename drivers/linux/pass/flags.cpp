// SPDX-License-Identifier: MIT
#include "flags.h"

#include <initializer_list>
#include <vector>

namespace asmcost {

constexpr int max_jumps = 8;
constexpr int max_lines = 200;

// Where the way has come from by jumps.
using Way = std::vector<size_t>;

static bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> starts)
{
	for (std::string_view start : starts)
		if (starts_with(name, start))
			return true;
	return false;
}

// jrcxz reads no flag, but has two ways on: the answer "no" is right for it as well.
static bool reads_flags(std::string_view name)
{
	return is_conditional_jump(name) ||
	       starts_with_any(name, {"set", "cmov", "adc", "sbb", "lahf", "pushf", "rcl", "rcr"});
}

// Only what writes all flags ends their life: inc and dec keep CF, shifts by 0 keep all.
static bool writes_all_flags(std::string_view name)
{
	return starts_with_any(name, {"cmp", "test", "add", "sub", "and", "or", "xor", "neg",
				      "imul", "mul"});
}

static bool leaves_code(const Line &line)
{
	return line.kind == Kind::directive &&
	       (line.name == ".section" || line.name == ".text" || line.name == ".size");
}

static bool dead_from(const Assembly &assembly, size_t at, int jumps, const Way &way);

// An indirect jump is a tail call, or goes to one of the file's switch targets.
static bool dead_at_switch_targets(const Assembly &assembly, int jumps, const Way &way)
{
	for (std::string_view label : assembly.table_targets) {
		auto target = assembly.label_at.find(label);
		if (target == assembly.label_at.end() ||
		    !dead_from(assembly, target->second, jumps + 1, way))
			return false;
	}
	return true;
}

// A way that comes back to where it was has met nobody who reads them: they are dead in a loop that
// does not touch flags at all. So they are before inline assembler, which writes them for the
// compiler.
static bool dead_from(const Assembly &assembly, size_t at, int jumps, const Way &way)
{
	for (int n = 0; at < assembly.lines.size() && n < max_lines; at++, n++) {
		const Line &line = assembly.lines[at];

		if (line.kind == Kind::app_begin)
			return true;
		if (leaves_code(line))
			return false;
		if (line.kind != Kind::instruction)
			continue;
		if (reads_flags(line.name))
			return false;
		// By the ABI, flags mean nothing at calls and returns.
		if (line.name == "call" || line.name == "ret" || line.name == "ud2" ||
		    writes_all_flags(line.name))
			return true;
		if (line.name != "jmp")
			continue;
		if (jumps == max_jumps)
			return false;
		if (line.arguments[0] == '*')
			return jumps < max_jumps - 2 &&
			       dead_at_switch_targets(assembly, max_jumps - 2, way);
		auto target = assembly.label_at.find(line.arguments);
		if (target == assembly.label_at.end())
			return true;  // a tail call
		for (size_t former : way)
			if (former == target->second)
				return true;
		Way further = way;
		further.push_back(target->second);
		return dead_from(assembly, target->second, jumps + 1, further);
	}
	return false;
}

bool flags_dead_before(const Assembly &assembly, size_t at)
{
	return dead_from(assembly, at, 0, {});
}

} // namespace asmcost
