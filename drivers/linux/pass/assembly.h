// SPDX-License-Identifier: MIT
// gcc's assembler output as lines that are understood just as far as the pass needs it. Not
// modelled: Intel syntax, other assemblers, other compilers.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace asmcost {

enum class Kind {
	instruction,
	label,
	directive,
	app_begin,  // #APP: inline assembler follows, which is never split
	app_text,
	app_end,
	other,      // empty, comment
};

struct Line {
	std::string text;
	Kind kind = Kind::other;
	std::string_view name;       // mnemonic, label or directive
	std::string_view arguments;  // of an instruction or directive
};

// Mnemonic and arguments of one statement without leading blanks.
void split_statement(std::string_view statement, std::string_view &name,
		     std::string_view &arguments);

// Operands, split at the commas outside parentheses.
std::vector<std::string_view> operands(std::string_view arguments);

bool starts_with(std::string_view text, std::string_view start);
bool is_memory(std::string_view operand);
bool is_jump(const Line &line);
bool is_conditional_jump(std::string_view name);
// Control does not come to the next line, or comes there from elsewhere (after a call).
// The compiler tells of a load or store (-fsanitize=thread); no code of the kernel's own.
bool is_access_callback(const Line &line);
bool ends_block(const Line &line);

struct Assembly {
	std::vector<Line> lines;
	std::unordered_map<std::string_view, size_t> label_at;
	std::unordered_set<std::string_view> functions;
	std::unordered_set<std::string_view> loop_heads;     // targets of backward jumps
	std::unordered_set<std::string_view> table_targets;  // labels in jump tables

	explicit Assembly(const std::string &text);
	Assembly(const Assembly &) = delete;  // the views point into lines
	Assembly &operator=(const Assembly &) = delete;

private:
	void parse(const std::string &text);
	void index();
};

} // namespace asmcost
