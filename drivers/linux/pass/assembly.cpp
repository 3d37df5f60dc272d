// SPDX-License-Identifier: MIT
#include "assembly.h"

namespace asmcost {

bool starts_with(std::string_view text, std::string_view start)
{
	return text.substr(0, start.size()) == start;
}

void split_statement(std::string_view statement, std::string_view &name,
		     std::string_view &arguments)
{
	size_t end = statement.find_first_of(" \t");
	name = statement.substr(0, end);
	arguments = {};
	if (end == std::string_view::npos)
		return;
	size_t begin = statement.find_first_not_of(" \t", end);
	if (begin != std::string_view::npos)
		arguments = statement.substr(begin);
}

std::vector<std::string_view> operands(std::string_view arguments)
{
	std::vector<std::string_view> result;
	size_t begin = 0;
	int depth = 0;

	for (size_t i = 0; i <= arguments.size(); i++) {
		char c = i < arguments.size() ? arguments[i] : ',';
		depth += (c == '(') - (c == ')');
		if (c != ',' || depth > 0)
			continue;
		std::string_view operand = arguments.substr(begin, i - begin);
		while (!operand.empty() && (operand.front() == ' ' || operand.front() == '\t'))
			operand.remove_prefix(1);
		if (!operand.empty())
			result.push_back(operand);
		begin = i + 1;
	}
	return result;
}

// Without -fPIC too, gcc writes a global as symbol(%rip).
bool is_memory(std::string_view operand)
{
	return operand.find('(') != std::string_view::npos;
}

bool is_jump(const Line &line)
{
	return line.kind == Kind::instruction && line.name[0] == 'j';
}

bool is_conditional_jump(std::string_view name)
{
	return name[0] == 'j' && name != "jmp";
}

bool is_access_callback(const Line &line)
{
	return line.kind == Kind::instruction && line.name == "call" &&
	       starts_with(line.arguments, "__tsan_");
}

bool ends_block(const Line &line)
{
	return is_jump(line) || line.name == "ret" || line.name == "ud2" || line.name == "hlt" ||
	       (line.name == "call" && !is_access_callback(line));
}

static bool is_label(const std::string &text)
{
	size_t colon = text.find(':');

	return !text.empty() && text[0] != '\t' && text[0] != ' ' && text[0] != '#' &&
	       colon != std::string::npos &&
	       text.find_first_of(" \t\"") > colon;
}

static void classify(Line &line, bool &in_app)
{
	std::string_view text = line.text;

	if (text == "#APP") {
		in_app = true;
		line.kind = Kind::app_begin;
	} else if (text == "#NO_APP") {
		in_app = false;
		line.kind = Kind::app_end;
	} else if (in_app) {
		line.kind = Kind::app_text;
	} else if (is_label(line.text)) {
		line.kind = Kind::label;
		line.name = text.substr(0, text.find(':'));
	} else if (text.size() > 1 && text[0] == '\t' && text[1] == '.') {
		line.kind = Kind::directive;
		split_statement(text.substr(1), line.name, line.arguments);
	} else if (text.size() > 1 && text[0] == '\t' && text[1] >= 'a' && text[1] <= 'z') {
		line.kind = Kind::instruction;
		split_statement(text.substr(1), line.name, line.arguments);
	}
}

void Assembly::parse(const std::string &text)
{
	bool in_app = false;

	// All lines first: their text must not move once views point into it.
	for (size_t begin = 0; begin < text.size();) {
		size_t end = text.find('\n', begin);
		if (end == std::string::npos)
			end = text.size();
		lines.push_back({text.substr(begin, end - begin), Kind::other, {}, {}});
		begin = end + 1;
	}
	for (Line &line : lines)
		classify(line, in_app);
}

// ".quad .L4" and ".long .L4-.L2" outside code: entries of a switch.
static std::string_view table_label(const Line &line)
{
	if (line.name != ".quad" && line.name != ".long")
		return {};
	if (!starts_with(line.arguments, ".L"))
		return {};
	return line.arguments.substr(0, line.arguments.find_first_of("-+ \t"));
}

void Assembly::index()
{
	for (size_t i = 0; i < lines.size(); i++) {
		const Line &line = lines[i];

		if (line.kind == Kind::label) {
			label_at[line.name] = i;
		} else if (line.kind == Kind::directive) {
			std::string_view entry = table_label(line);
			if (!entry.empty())
				table_targets.insert(entry);
			if (line.name == ".type" &&
			    line.arguments.find("@function") != std::string_view::npos)
				functions.insert(
					line.arguments.substr(0, line.arguments.find(',')));
		} else if (is_jump(line) && label_at.count(line.arguments)) {
			loop_heads.insert(line.arguments);
		}
	}
}

Assembly::Assembly(const std::string &text)
{
	parse(text);
	index();
}

} // namespace asmcost
