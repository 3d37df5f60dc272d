// SPDX-License-Identifier: MIT
#include "rewrite.h"

#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "costs.h"
#include "flags.h"
#include "touches.h"

namespace asmcost {

namespace {

// A frame is set up within the first instructions of a function, or not at all.
constexpr size_t frame_setup_lines = 6;
// Mode loop: a check stands where the way since the last one has become this long, in sixteenths
// of a cycle. What a called function does behind its last check is taken to be half of it.
constexpr unsigned way_max = 10 * 16;
constexpr unsigned way_of_call = way_max / 2;
constexpr size_t nowhere = static_cast<size_t>(-1);

struct SlowPath {
	unsigned number;
	std::string section;
};

class Rewriter {
public:
	Rewriter(const Assembly &code, const Options &how, Statistics &counts)
		: assembly(code), options(how), statistics(counts)
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
	Counts counts_of(size_t at) const;
	Counts block_counts() const;
	void cut_if_full(size_t at);
	bool wants_check(const Counts &counts) const;
	void follow_way(const Counts &counts, bool checked);
	void emit_cost(const Counts &counts);
	void emit_tables();
	size_t check_place(size_t start) const;
	size_t after_frame_setup(size_t start) const;
	void emit_check();
	void emit_slow_paths();
	bool is_code_section(const Line &line);

	const Assembly &assembly;
	const Options &options;
	Statistics &statistics;

	std::string out;
	std::vector<size_t> block;     // lines, in order
	bool in_code = false;
	bool at_entry = false;         // the block starts a function
	bool at_loop_head = false;
	std::string section = "\t.text";
	std::unordered_set<std::string> code_sections;
	std::vector<SlowPath> slow_paths;
	std::string records;           // of section plat_costs
	std::string elements;          // of section plat_elements
	Touches touches;
	bool touching = false;         // in a listed function
	unsigned sites = 0;
	Counts in_block;               // of what `block` holds so far
	unsigned way = 0;              // longest since a check on the ways that lead here
	std::unordered_map<std::string_view, unsigned> way_to;  // of jumps forward to a label
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
	const Switch *how = function ? options.categories.of(line.name) : nullptr;
	const std::string *handler = function ? options.hooks.of(line.name) : nullptr;
	touches.forget();
	if (function || assembly.functions.count(line.name))
		touching = options.touches && options.touches->has(line.name);
	if (handler)
		out += hooked(line.name, *handler);
	else if (how)
		out += wrapper(line.name, *how);
	else
		block.push_back(at);
	at_entry |= function;
	auto ways = way_to.find(line.name);
	if (ways != way_to.end() && ways->second > way)
		way = ways->second;
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

Counts Rewriter::counts_of(size_t at) const
{
	const Line &line = assembly.lines[at];

	if (line.kind == Kind::app_text)
		return count_inline(line.text);
	if (line.kind == Kind::instruction && !is_access_callback(line))
		return count_instruction(line.name, line.arguments);
	return {};
}

Counts Rewriter::block_counts() const
{
	Counts sum;

	for (size_t at : block)
		sum.add(counts_of(at));
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

		if (line.kind != Kind::instruction && line.kind != Kind::app_begin)
			continue;
		if (flags_dead_before(assembly, block[i]))
			return i;
		if (line.kind == Kind::app_begin)
			break;
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

// The block's leaq and its record. {disp32}: the host writes any cost there.
void Rewriter::emit_cost(const Counts &counts)
{
	std::string label = ".Lplat_site" + std::to_string(sites++);

	if (Counts().overflows_with(counts)) {
		std::fprintf(stderr, "asmcost: inline assembler too long for a record\n");
		std::exit(1);
	}
	out += label + ":\n\t{disp32} leaq\t" + std::to_string(counts.instructions) +
	       "(%r15), %r15\n";
	records += "\t.long\t" + label + "+" + std::to_string(COST_SITE_OFFSET) + "\n\t.byte\t" +
		   std::to_string(counts.instructions);
	for (unsigned count : counts.of)
		records += "," + std::to_string(count);
	records += '\n';
}

void Rewriter::emit_line(size_t at)
{
	const Line &line = assembly.lines[at];

	if (in_code && line.kind == Kind::instruction) {
		unsigned scale = ticks_per_element(line.name, line.arguments);
		if (scale) {
			std::string label = ".Lplat_site" + std::to_string(sites++);

			out += label + ":\n\tleaq\t(%r15,%rcx," + std::to_string(scale) +
			       "), %r15\n";
			elements += "\t.long\t" + label + "+" +
				    std::to_string(COST_SITE_OFFSET) + "\n";
		}
	}
	if (in_code && touching)
		out += touches.before(assembly, at);
	out += line.text;
	out += '\n';
}

bool Rewriter::wants_check(const Counts &counts) const
{
	if (!options.checks || options.mode == Mode::none || options.mode == Mode::cost)
		return false;
	return options.mode == Mode::all || at_entry || at_loop_head ||
	       way + counts.about_ticks() >= way_max;
}

// A check sees the cost of its whole block. Jumps backward lead to loop heads, which have checks.
void Rewriter::follow_way(const Counts &counts, bool checked)
{
	const Line &last = assembly.lines[block.back()];

	way = checked ? 0 : way + counts.about_ticks();
	if (is_jump(last)) {
		unsigned &there = way_to[last.arguments];
		if (way > there)
			there = way;
	}
	if (last.name == "call")
		way = way > way_of_call ? way : way_of_call;
	else if (last.name == "jmp" || last.name == "ret" || last.name == "ud2")
		way = 0;
}

void Rewriter::emit_block(size_t start)
{
	Counts counts = block_counts();
	bool wanted = wants_check(counts);
	size_t place = wanted ? check_place(start) : nowhere;

	statistics.blocks++;
	statistics.impossible += wanted && place == nowhere;
	for (size_t i = 0; i < block.size(); i++) {
		// lea leaves the flags alone.
		if (i == start)
			emit_cost(counts);
		if (i == place)
			emit_check();
		emit_line(block[i]);
	}
	if (place == block.size())
		emit_check();
	follow_way(counts, place != nowhere);
	at_entry = false;
	at_loop_head = false;
}

// A record counts to 255 only, and a long block would make an interrupt wait. Inline assembler is
// not cut.
void Rewriter::cut_if_full(size_t at)
{
	Counts sum = counts_of(at);
	bool full = in_block.overflows_with(sum);

	sum.add(in_block);
	full |= in_block.instructions > 0 && sum.about_ticks_of_many() > way_max;
	if (full && in_code && assembly.lines[at].kind == Kind::instruction) {
		flush();
		sum = counts_of(at);
	}
	in_block = sum;
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
	in_block = {};
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

void Rewriter::emit_tables()
{
	if (!records.empty())
		out += "\t.section\tplat_costs,\"a\",@progbits\n\t.balign\t4\n" + records;
	if (!elements.empty())
		out += "\t.section\tplat_elements,\"a\",@progbits\n\t.balign\t4\n" + elements;
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
			cut_if_full(at);
			block.push_back(at);
			if (line.kind == Kind::instruction && ends_block(line))
				flush();
		}
	}
	flush();
	emit_slow_paths();
	emit_tables();
	return std::move(out);
}

} // namespace

std::string rewrite(const Assembly &assembly, const Options &options, Statistics &statistics)
{
	return Rewriter(assembly, options, statistics).run();
}

} // namespace asmcost
