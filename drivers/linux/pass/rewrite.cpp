// SPDX-License-Identifier: MIT
#include "rewrite.h"

#include <unordered_set>
#include <utility>
#include <vector>

#include "costs.h"
#include "flags.h"

namespace asmcost {

namespace {

// A frame is set up within the first instructions of a function, or not at all.
constexpr size_t frame_setup_lines = 6;
constexpr size_t nowhere = static_cast<size_t>(-1);

struct SlowPath {
	unsigned number;
	std::string section;
};

class Rewriter {
public:
	Rewriter(const Assembly &code, const Options &how, const Categories &switches,
		 Statistics &counts)
		: assembly(code), options(how), categories(switches), statistics(counts)
	{
	}

	std::string run();

private:
	void directive(size_t at);
	void label(size_t at);
	void flush();
	void emit_block(size_t start);
	void emit_line(size_t at);
	size_t first_counted() const;
	unsigned block_ticks() const;
	size_t check_place(size_t start) const;
	size_t after_frame_setup(size_t start) const;
	void emit_check();
	void emit_slow_paths();
	bool is_code_section(const Line &line);

	const Assembly &assembly;
	const Options &options;
	const Categories &categories;
	Statistics &statistics;

	std::string out;
	std::vector<size_t> block;     // lines, in order
	bool in_code = false;
	bool at_entry = false;         // the block starts a function
	bool at_loop_head = false;
	std::string section = "\t.text";
	std::unordered_set<std::string> code_sections;
	std::vector<SlowPath> slow_paths;
};

// gcc writes a section's flags at its first mention only; later ones have to be remembered.
bool Rewriter::is_code_section(const Line &line)
{
	std::string name(line.arguments.substr(0, line.arguments.find(',')));
	size_t quote = line.arguments.find('"');

	if (quote != std::string_view::npos) {
		std::string_view flags = line.arguments.substr(quote + 1);
		flags = flags.substr(0, flags.find('"'));
		if (flags.find('x') == std::string_view::npos)
			return false;
		code_sections.insert(name);
	}
	return code_sections.count(name) || name.find(".text") != std::string::npos;
}

void Rewriter::directive(size_t at)
{
	const Line &line = assembly.lines[at];

	if (line.name == ".text") {
		flush();
		in_code = true;
		section = line.text;
	} else if (line.name == ".section") {
		flush();
		in_code = is_code_section(line);
		section = line.text;
	} else if (line.name == ".data" || line.name == ".bss" || line.name == ".previous" ||
		   line.name == ".popsection") {
		flush();
		in_code = false;
	}
	block.push_back(at);
	if (!in_code)
		flush();
}

void Rewriter::label(size_t at)
{
	const Line &line = assembly.lines[at];

	flush();
	if (!in_code) {
		block.push_back(at);
		return;
	}
	bool function = assembly.functions.count(line.name) &&
			line.name.find(".cold") == std::string_view::npos;
	int category = function ? categories.of(line.name) : -1;
	if (category >= 0)
		out += wrapper(line.name, category);
	else
		block.push_back(at);
	at_entry |= function;
	at_loop_head |= assembly.loop_heads.count(line.name) ||
			assembly.table_targets.count(line.name);
}

// Inline assembler counts as a whole: cost goes before its first marker, never into it.
size_t Rewriter::first_counted() const
{
	for (size_t i = 0; i < block.size(); i++) {
		const Line &line = assembly.lines[block[i]];

		if (line.kind == Kind::app_begin)
			return i;
		if (line.kind == Kind::instruction && line.name != "endbr64")
			return i;
	}
	return nowhere;
}

unsigned Rewriter::block_ticks() const
{
	unsigned sum = 0;

	for (size_t at : block) {
		const Line &line = assembly.lines[at];

		if (line.kind == Kind::app_text)
			sum += inline_ticks(line.text);
		else if (line.kind == Kind::instruction)
			sum += ticks(line.name, line.arguments);
	}
	return sum;
}

// Behind the frame's set-up a walk over frames sees the caller. Flags are dead so far.
size_t Rewriter::after_frame_setup(size_t start) const
{
	for (size_t i = start; i < block.size() && i < start + frame_setup_lines; i++) {
		const Line &line = assembly.lines[block[i]];

		if (line.kind == Kind::app_begin)
			break;
		if (line.kind != Kind::instruction)
			continue;
		if (line.name == "movq" && line.arguments == "%rsp, %rbp")
			return i + 1;
		if (line.name != "pushq" && line.name != "endbr64")
			break;
	}
	return start;
}

// The place in `block` before which a check may stand, or nowhere.
size_t Rewriter::check_place(size_t start) const
{
	if (at_entry)
		return after_frame_setup(start);
	for (size_t i = start; i < block.size(); i++) {
		const Line &line = assembly.lines[block[i]];

		if (line.kind == Kind::app_begin)
			break;
		if (line.kind == Kind::instruction && flags_dead_before(assembly, block[i]))
			return i;
	}
	return nowhere;
}

void Rewriter::emit_check()
{
	std::string number = std::to_string(statistics.checks);

	out += "\tcmpq\tplat_horizon(%rip), %r15\n\tjae\t.Lplat_slow" + number + "\n.Lplat_back" +
	       number + ":\n";
	slow_paths.push_back({statistics.checks, section});
	statistics.checks++;
}

void Rewriter::emit_line(size_t at)
{
	const Line &line = assembly.lines[at];

	if (in_code && line.kind == Kind::instruction) {
		unsigned scale = ticks_per_element(line.name, line.arguments);
		if (scale)
			out += "\tleaq\t(%r15,%rcx," + std::to_string(scale) + "), %r15\n";
	}
	out += line.text;
	out += '\n';
}

void Rewriter::emit_block(size_t start)
{
	bool chosen = options.mode == Mode::all ||
		      (options.mode == Mode::loop && (at_entry || at_loop_head));
	bool wanted = options.checks && chosen;
	size_t place = wanted ? check_place(start) : nowhere;
	unsigned cost = block_ticks();

	statistics.blocks++;
	statistics.impossible += wanted && place == nowhere;
	for (size_t i = 0; i < block.size(); i++) {
		// lea leaves the flags alone.
		if (i == start && cost)
			out += "\tleaq\t" + std::to_string(cost) + "(%r15), %r15\n";
		if (i == place)
			emit_check();
		emit_line(block[i]);
	}
	if (place == block.size())
		emit_check();
	at_entry = false;
	at_loop_head = false;
}

// A block without instructions (labels, alignment) leaves its marks to the next one.
void Rewriter::flush()
{
	size_t start = in_code ? first_counted() : nowhere;

	if (start == nowhere) {
		for (size_t at : block)
			emit_line(at);
	} else {
		emit_block(start);
	}
	block.clear();
}

// In the same section, so that jumps there need no relocation, but behind its code.
void Rewriter::emit_slow_paths()
{
	std::unordered_set<std::string> done;

	for (const SlowPath &first : slow_paths) {
		if (!done.insert(first.section).second)
			continue;
		out += first.section + "\n\t.subsection 1\n";
		for (const SlowPath &path : slow_paths) {
			if (path.section != first.section)
				continue;
			std::string number = std::to_string(path.number);
			out += ".Lplat_slow" + number + ":\n\tcall\tplat_horizon_stub\n"
			       "\tjmp\t.Lplat_back" + number + "\n";
		}
	}
}

std::string Rewriter::run()
{
	for (size_t at = 0; at < assembly.lines.size(); at++) {
		const Line &line = assembly.lines[at];

		switch (line.kind) {
		case Kind::directive:
			directive(at);
			break;
		case Kind::label:
			label(at);
			break;
		default:
			block.push_back(at);
			if (line.kind == Kind::instruction && ends_block(line))
				flush();
		}
	}
	flush();
	emit_slow_paths();
	return std::move(out);
}

} // namespace

std::string rewrite(const Assembly &assembly, const Options &options, const Categories &categories,
		    Statistics &statistics)
{
	return Rewriter(assembly, options, categories, statistics).run();
}

} // namespace asmcost
