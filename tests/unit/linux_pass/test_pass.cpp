// SPDX-License-Identifier: MIT
// The assembler pass of the in-process kernel: what is charged, where checks stand, what is
// refused.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

extern "C" {
#include <cmocka.h>
}

#include <unistd.h>

#include "drivers/linux/pass/costs.h"
#include "drivers/linux/pass/rewrite.h"

using namespace asmcost;

static std::string passed(const std::string &text, Mode mode, bool checks = true)
{
	Statistics statistics;
	Options options;

	options.mode = mode;
	options.checks = checks;
	return rewrite(Assembly(text), options, statistics);
}

static std::string function(const std::string &body)
{
	return "\t.text\n\t.type\tf, @function\nf:\n" + body + "\t.size\tf, .-f\n";
}

static size_t count(const std::string &text, const std::string &what)
{
	size_t n = 0;

	for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
		n++;
	return n;
}

static void assert_order(const std::string &text, const char *first, const char *second)
{
	assert_true(text.find(first) != std::string::npos);
	assert_true(text.find(second) != std::string::npos);
	assert_true(text.find(first) < text.find(second));
}

// The record behind the table's head: "instructions,simple,load,...", see record.h.
static std::string record(const std::string &out, unsigned index = 0)
{
	size_t at = out.find("\t.section\tplat_costs,\"a\",@progbits\n");

	assert_true(at != std::string::npos);
	for (unsigned i = 0; i <= index; i++) {
		at = out.find("\t.byte\t", at);
		assert_true(at != std::string::npos);
		at += 7;
	}
	return out.substr(at, out.find('\n', at) - at);
}

static void block_is_counted_once_at_its_start(void **)
{
	std::string out = passed(function("\taddl\t$1, %eax\n\taddl\t$2, %eax\n\tret\n"), Mode::cost);

	assert_int_equal(count(out, "(%r15), %r15"), 1);
	// Three instructions: two simple ones; a return is a load and a jump.
	assert_order(out, "\t{disp32} leaq\t3(%r15), %r15\n", "\taddl\t$1, %eax\n");
	assert_string_equal(record(out).c_str(), "3,2,1,0,0,0,0,0,0,1,0,0");
}

static void each_block_has_one_record_with_its_place(void **)
{
	std::string out = passed(function("\taddl\t$1, %eax\n\tjne\t.L3\n\taddl\t$2, %eax\n.L3:\n\tret\n"),
				 Mode::cost);

	assert_int_equal(count(out, "{disp32} leaq"), 3);
	assert_int_equal(count(out, "\t.byte\t"), 3);
	for (const char *label : {".Lplat_site0", ".Lplat_site1", ".Lplat_site2"}) {
		assert_int_equal(count(out, std::string(label) + ":\n\t{disp32} leaq"), 1);
		assert_int_equal(count(out, "\t.long\t" + std::string(label) + "+3\n"), 1);
	}
}

static void long_block_is_cut_and_checked_again(void **)
{
	std::string body;

	for (int i = 0; i < 100; i++)
		body += "\taddl\t$1, %eax\n";
	std::string out = passed(function(body + "\tret\n"), Mode::loop);

	// Ten cycles of four instructions each.
	assert_string_equal(record(out, 0).c_str(), "40,40,0,0,0,0,0,0,0,0,0,0");
	assert_string_equal(record(out, 1).c_str(), "40,40,0,0,0,0,0,0,0,0,0,0");
	assert_string_equal(record(out, 2).c_str(), "21,20,1,0,0,0,0,0,0,1,0,0");
	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 2);
}

// Neither branch alone is long, both together are; the second check stands behind the shorter way,
// too.
static void check_stands_where_the_longest_way_is_long(void **)
{
	std::string pad, body;

	for (int i = 0; i < 18; i++)
		pad += "\taddl\t$1, %eax\n";
	body = pad + "\tjne\t.L3\n" + pad + ".L3:\n" + pad + "\tret\n";
	std::string out = passed(function(body), Mode::loop);

	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 2);
	assert_order(out, ".L3:\n", ".Lplat_back1:\n");
}

static void mode_cost_has_no_checks(void **)
{
	std::string out = passed(function("\taddl\t$1, %eax\n\tret\n"), Mode::cost);

	assert_int_equal(count(out, "plat_horizon"), 0);
}

static void file_without_checks_is_still_charged(void **)
{
	std::string out = passed(function("\taddl\t$1, %eax\n\tret\n"), Mode::all, false);

	assert_int_equal(count(out, "plat_horizon"), 0);
	assert_int_equal(count(out, "(%r15), %r15"), 1);
}

static void code_section_is_known_at_its_second_mention(void **)
{
	std::string out = passed("\t.section\t.sched.code,\"ax\",@progbits\na:\n\taddl\t$1, %eax\n\tret\n"
				 "\t.data\n\t.long\t1\n"
				 "\t.section\t.sched.code\nb:\n\taddl\t$1, %eax\n\tret\n",
				 Mode::cost);

	assert_int_equal(count(out, "(%r15), %r15"), 2);
}

static void data_section_is_not_charged(void **)
{
	std::string out = passed("\t.section\t.rodata.text,\"a\",@progbits\na:\n\taddl\t$1, %eax\n",
				 Mode::cost);

	assert_int_equal(count(out, "(%r15), %r15"), 0);
}

static void repeated_bit_scan_is_no_string_instruction(void **)
{
	std::string out = passed(function("\trep bsfq\t%rdx, %rcx\n\tret\n"), Mode::cost);

	assert_int_equal(count(out, "(%r15,%rcx"), 0);
}

static void repeated_store_is_charged_by_its_count(void **)
{
	std::string out = passed(function("\trep stosq\n\tret\n"), Mode::cost);

	assert_order(out, "\tleaq\t(%r15,%rcx,8), %r15\n", "\trep stosq\n");
	assert_order(out, "\t.section\tplat_elements,\"a\",@progbits\n", "\t.long\t.Lplat_site1+3\n");
	assert_string_equal(record(out).c_str(), "2,0,1,0,0,0,0,0,0,1,0,1");
}

static void entry_check_stands_behind_frame_set_up(void **)
{
	std::string out = passed(function("\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n\taddl\t$1, %eax\n\tret\n"),
				 Mode::loop);

	assert_order(out, "\tmovq\t%rsp, %rbp\n", "\tcmpq\tplat_horizon(%rip), %r15\n");
	assert_order(out, "\tcmpq\tplat_horizon(%rip), %r15\n", "\taddl\t$1, %eax\n");
}

static void loop_head_is_checked_and_forward_target_is_not(void **)
{
	std::string out = passed(function("\taddl\t$1, %eax\n\tjne\t.L3\n.L2:\n\taddl\t$2, %eax\n"
					  "\tjne\t.L2\n.L3:\n\taddl\t$3, %eax\n\tret\n"),
				 Mode::loop);

	// One at the entry, one at .L2.
	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 2);
	assert_order(out, ".L2:\n", ".Lplat_back1:\n");
	assert_order(out, ".Lplat_back1:\n", "\taddl\t$2, %eax\n");
}

static void switch_target_is_checked(void **)
{
	std::string out = passed("\t.section\t.rodata\n\t.quad\t.L7\n" +
					 function("\tret\n.L7:\n\taddl\t$1, %eax\n\tret\n"),
				 Mode::loop);

	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 2);
}

static void check_waits_until_flags_are_dead(void **)
{
	std::string out = passed(function("\tret\n.L2:\n\tmovl\t%eax, %ebx\n\tsete\t%cl\n"
					  "\ttestl\t%ebx, %ebx\n\tjne\t.L2\n\tret\n"),
				 Mode::loop);

	assert_order(out, "\tsete\t%cl\n", ".Lplat_back1:\n");
	assert_order(out, ".Lplat_back1:\n", "\ttestl\t%ebx, %ebx\n");
}

static void block_whose_flags_stay_alive_has_no_check(void **)
{
	Statistics statistics;
	Options options;
	std::string out = rewrite(Assembly(function("\tret\n.L2:\n\tmovl\t%eax, %ebx\n\tjne\t.L2\n\tret\n")),
				  options, statistics);

	assert_int_equal(statistics.impossible, 1);
	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 1);
}

static void switch_dispatch_is_checked_if_its_targets_do_not_use_flags(void **)
{
	const std::string table = "\t.section\t.rodata\n.L5:\n\t.quad\t.L7\n";
	const std::string jump = "\tret\n.L2:\n\tjmp\t*.L5(,%rax,8)\n.L7:\n";
	std::string dead = passed(table + function(jump + "\taddl\t$1, %eax\n\tret\n"), Mode::all);
	std::string alive = passed(table + function(jump + "\tsete\t%al\n\tret\n"), Mode::all);

	assert_order(dead, ".Lplat_back1:\n", "\tjmp\t*.L5(,%rax,8)\n");
	assert_order(alive, "\tjmp\t*.L5(,%rax,8)\n", ".Lplat_back1:\n");
}

static void inline_assembler_is_never_entered(void **)
{
	std::string out = passed(function("#APP\n# 1 \"x.h\" 1\n\txadd %eax, (%rdi) # lock\n#NO_APP\n\tret\n"),
				 Mode::all);
	size_t begin = out.find("#APP"), end = out.find("#NO_APP");

	assert_int_equal(count(out.substr(begin, end - begin), "r15"), 0);
	// A locked instruction and a return, counted before the marker.
	assert_order(out, "{disp32} leaq\t2(%r15), %r15\n", "#APP");
	assert_string_equal(record(out).c_str(), "2,0,1,0,0,0,0,1,0,1,0,0");
}

static void assert_counts(const Counts &counts, unsigned instructions, const char *classes)
{
	std::string found;

	for (unsigned n : counts.of)
		found += std::to_string(n) + " ";
	assert_int_equal(counts.instructions, instructions);
	assert_string_equal(found.c_str(), classes);
}

static void marks_of_the_port_are_counted(void **)
{
	assert_counts(count_inline("\tincl 4(%rdi) # lock"), 1, "0 0 0 0 0 0 1 0 0 0 0 ");
	assert_counts(count_inline("\t# full-barrier"), 0, "0 0 0 0 0 0 1 0 0 0 0 ");
	// It is executed, but is no part of the simulated machine's code.
	assert_counts(count_inline("\tcall x # free"), 1, "0 0 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_inline("# 12 \"include/linux/x.h\" 1"), 0, "0 0 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_inline("\t.pushsection x ; 1: nop ; .popsection"), 0,
		      "0 0 0 0 0 0 0 0 0 0 0 ");
}

static void memory_operands_count_by_direction(void **)
{
	assert_counts(count_instruction("movq", "%rax, %rbx"), 1, "1 0 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("movq", "8(%rax), %rbx"), 1, "0 1 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("movq", "%rbx, 8(%rax,%rcx)"), 1, "0 0 1 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("addq", "8(%rax), %rbx"), 1, "1 1 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("addq", "%rbx, 8(%rax)"), 1, "1 1 1 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("cmpq", "%rbx, 8(%rax)"), 1, "1 1 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("leaq", "8(%rax), %rbx"), 1, "1 0 0 0 0 0 0 0 0 0 0 ");
}

static void classes_are_told_apart(void **)
{
	assert_counts(count_instruction("imulq", "%rax, %rbx"), 1, "0 0 0 1 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("rep", "bsfq %rdx, %rcx"), 1, "0 0 0 1 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("divl", "%ecx"), 1, "0 0 0 0 1 0 0 0 0 0 0 ");
	assert_counts(count_instruction("divq", "8(%rcx)"), 1, "0 1 0 0 0 1 0 0 0 0 0 ");
	assert_counts(count_instruction("jne", ".L2"), 1, "0 0 0 0 0 0 0 1 0 0 0 ");
	assert_counts(count_instruction("jmp", "*8(%rax)"), 1, "0 1 0 0 0 0 0 0 1 0 0 ");
	assert_counts(count_instruction("call", "f"), 1, "0 0 0 0 0 0 0 0 0 1 0 ");
	assert_counts(count_instruction("ret", ""), 1, "0 1 0 0 0 0 0 0 1 0 0 ");
	assert_counts(count_instruction("pushq", "%rbx"), 1, "0 0 1 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("popq", "%rbx"), 1, "0 1 0 0 0 0 0 0 0 0 0 ");
	assert_counts(count_instruction("rep", "stosq"), 1, "0 0 0 0 0 0 0 0 0 0 1 ");
}

static void slow_path_lies_behind_its_own_section(void **)
{
	std::string out = passed("\t.section\t.init.text,\"ax\",@progbits\n\t.type\tg, @function\ng:\n"
				 "\taddl\t$1, %eax\n\tret\n",
				 Mode::loop);

	assert_order(out, "\tret\n",
		     "\t.section\t.init.text,\"ax\",@progbits\n\t.subsection 1\n.Lplat_slow0:\n"
		     "\tcall\tplat_horizon_stub\n\tjmp\t.Lplat_back0\n");
}

static void cold_part_counts_as_no_entry(void **)
{
	std::string out = passed("\t.text\n\t.type\tf.cold, @function\nf.cold:\n\tje\t.L1\n\tret\n.L1:\n\tret\n",
				 Mode::loop);

	assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 0);
}

static std::string category_file(const char *text)
{
	char path[] = "categories-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	std::ofstream(path) << text;
	return path;
}

static void listed_function_gets_a_wrapper(void **)
{
	Statistics statistics;
	Options options;
	Categories &categories = options.categories;
	std::string path = category_file("# comment\nf\tdma # trailing\n");
	bool loaded = categories.load(path.c_str());

	unlink(path.c_str());
	assert_true(loaded);
	assert_non_null(categories.of("f.isra.0"));
	assert_int_equal(categories.of("f.isra.0")->category, 5);
	assert_null(categories.of("f.cold"));
	assert_null(categories.of("g"));
	std::string out = rewrite(Assembly(function("\taddl\t$1, %eax\n\tret\n")), options,
				  statistics);
	assert_order(out, "f:\n", "\tmovl\t$5, %edi\n\tcall\tplat_category\n");
	assert_order(out, "\tcall\tf.real\n", "f.real:\n");
	// Its code has the check, the wrapper is not charged.
	assert_order(out, "f.real:\n", ".Lplat_back0:\n");
	assert_int_equal(count(out, "(%r15), %r15"), 1);
}

static void call_of_a_hooked_function_is_told_before_its_code_runs(void **)
{
	Statistics statistics;
	Options options;
	std::string path = category_file("f\ttold # trailing\n");
	bool loaded = options.hooks.load(path.c_str());

	unlink(path.c_str());
	assert_true(loaded);
	assert_null(options.hooks.of("f.cold"));
	assert_non_null(options.hooks.of("f.isra.0"));
	std::string out = rewrite(Assembly(function("\taddl\t$1, %eax\n\tret\n")), options,
				  statistics);
	assert_order(out, "f:\n", "\tcall\ttold\n");
	assert_order(out, "\tpopq\t%rbp\n", "\taddl\t$1, %eax\n");
	// The handler's call costs nothing.
	assert_int_equal(count(out, "(%r15), %r15"), 1);
}

// The checking build has one before each load and store: kernel time must not change with them.
static void callback_of_an_access_is_neither_counted_nor_the_end_of_a_block(void **)
{
	std::string plain = passed(function("\taddl\t$1, %eax\n\tmovl\t(%rdi), %eax\n\tret\n"),
				   Mode::all);
	std::string told = passed(function("\taddl\t$1, %eax\n\tcall\t__tsan_read4\n"
					   "\tmovl\t(%rdi), %eax\n\tret\n"),
				  Mode::all);

	assert_int_equal(count(told, "leaq\t3(%r15), %r15"), 1);
	assert_int_equal(count(told, "(%r15), %r15"), count(plain, "(%r15), %r15"));
}

static void probes_are_called_with_arguments_and_result(void **)
{
	Statistics statistics;
	Options options;
	Categories &categories = options.categories;
	std::string path = category_file("f dma before:p after:q\n");
	bool loaded = categories.load(path.c_str());

	unlink(path.c_str());
	assert_true(loaded);
	std::string out = rewrite(Assembly(function("\tret\n")), options, statistics);
	assert_order(out, "\tmovq\t-8(%rbp), %rdi\n", "\tcall\tp\n");
	assert_order(out, "\tcall\tp\n", "\tcall\tf.real\n");
	assert_order(out, "\tcall\tf.real\n", "\tmovq\t%rax, %rdi\n\tcall\tq\n");
}

static void what_is_no_probe_is_refused(void **)
{
	Categories categories;
	std::string path = category_file("f dma between:p\n");
	bool loaded = categories.load(path.c_str());

	unlink(path.c_str());
	assert_false(loaded);
}

// `for (;;) barrier();`, `for (;;);` and a loop that only stores write no flags.
static void a_loop_that_never_writes_flags_is_checked(void **)
{
	for (const char *body :
	     {"#APP\n# 1 \"x.h\" 1\n\n#NO_APP\n", "", "\tmovl\t%eax, (%rdi)\n"}) {
		Statistics statistics;
		Options options;
		std::string out = rewrite(Assembly(function(std::string("\tret\n.L2:\n") + body +
							    "\tjmp\t.L2\n")),
					  options, statistics);

		assert_int_equal(statistics.impossible, 0);
		assert_int_equal(count(out, "\tcmpq\tplat_horizon"), 2);
		assert_order(out, ".L2:\n", ".Lplat_back1:\n");
		assert_order(out, ".Lplat_back1:\n", "\tjmp\t.L2\n");
	}
}

static std::string touched(const std::string &body)
{
	Statistics statistics;
	Options options;
	TouchList list;
	std::string path = category_file("# comment\nf # trailing\n");
	bool loaded = list.load(path.c_str());

	unlink(path.c_str());
	assert_true(loaded);
	assert_true(list.has("f.isra.0") && !list.has("g"));
	options.touches = &list;
	return rewrite(Assembly(function(body)), options, statistics);
}

static size_t touches_of(const std::string &body)
{
	return count(touched(body), "sim_touch");
}

static void loads_tell_what_they_touch(void **)
{
	std::string out = touched("\tmovl\t8(%rdi), %eax\n\ttestl\t%eax, %eax\n\tret\n");

	assert_order(out,
		     "\tpushq\t%rdi\n\tleaq\t8(%rdi), %rdi\n\tcall\tsim_touch_load\n"
		     "\tpopq\t%rdi\n",
		     "\tmovl\t8(%rdi), %eax\n");
	// Flags that somebody still reads are kept.
	out = touched("\tcmpl\t$1, %esi\n\tmovl\t8(%rdi), %eax\n\tsete\t%cl\n\tret\n");
	assert_int_equal(count(out, "\tcall\tsim_touch_load_flags\n"), 1);
	out = touched("\tprefetcht0\t(%rdi)\n\tret\n");
	assert_int_equal(count(out, "\tcall\tsim_touch_prefetch\n"), 1);
}

static void stores_stack_and_variables_tell_nothing(void **)
{
	for (const char *line : {"movl\t%eax, 8(%rdi)", "movl\t8(%rsp), %eax",
				 "movl\t-8(%rbp), %eax", "movl\tx(%rip), %eax", "leaq\t8(%rdi), %rax", "sete\t(%rdi)",
				 "call\t*8(%rdi)", "movl\t%gs:8(%rdi), %eax"})
		assert_int_equal(touches_of(std::string("\t") + line + "\n\tret\n"), 0);
	for (const char *line : {"addl\t$1, 8(%rdi)", "cmpl\t$1, 8(%rdi)", "pushq\t8(%rdi)",
				 "incl\t8(%rdi)", "movzbl\t(%rdi,%rax), %eax"})
		assert_int_equal(touches_of(std::string("\t") + line + "\n\tret\n"), 1);
}

static void a_second_load_nearby_tells_nothing_until_the_register_changes(void **)
{
	assert_int_equal(touches_of("\tmovl\t8(%rdi), %eax\n\tmovl\t16(%rdi), %ecx\n\tret\n"), 1);
	assert_int_equal(touches_of("\tmovl\t8(%rdi), %eax\n\tmovl\t72(%rdi), %ecx\n\tret\n"), 2);
	assert_int_equal(touches_of("\tmovl\t8(%rdi), %edi\n\tmovl\t16(%rdi), %ecx\n\tret\n"), 2);
	assert_int_equal(touches_of("\tmovl\t8(%rdi), %eax\n\tcall\tg\n"
				    "\tmovl\t8(%rdi), %eax\n\tret\n"), 2);
}

static void unknown_category_is_refused(void **)
{
	Categories categories;
	std::string path = category_file("f\tdmaa\n");
	bool loaded = categories.load(path.c_str());

	unlink(path.c_str());
	assert_false(loaded);
}

static void missing_category_file_is_refused(void **)
{
	Categories categories;

	assert_false(categories.load("no-such-folder/categories"));
}

int main()
{
	const CMUnitTest tests[] = {
		cmocka_unit_test(block_is_counted_once_at_its_start),
		cmocka_unit_test(each_block_has_one_record_with_its_place),
		cmocka_unit_test(long_block_is_cut_and_checked_again),
		cmocka_unit_test(check_stands_where_the_longest_way_is_long),
		cmocka_unit_test(mode_cost_has_no_checks),
		cmocka_unit_test(file_without_checks_is_still_charged),
		cmocka_unit_test(code_section_is_known_at_its_second_mention),
		cmocka_unit_test(data_section_is_not_charged),
		cmocka_unit_test(repeated_bit_scan_is_no_string_instruction),
		cmocka_unit_test(repeated_store_is_charged_by_its_count),
		cmocka_unit_test(entry_check_stands_behind_frame_set_up),
		cmocka_unit_test(loop_head_is_checked_and_forward_target_is_not),
		cmocka_unit_test(switch_target_is_checked),
		cmocka_unit_test(check_waits_until_flags_are_dead),
		cmocka_unit_test(block_whose_flags_stay_alive_has_no_check),
		cmocka_unit_test(switch_dispatch_is_checked_if_its_targets_do_not_use_flags),
		cmocka_unit_test(inline_assembler_is_never_entered),
		cmocka_unit_test(marks_of_the_port_are_counted),
		cmocka_unit_test(memory_operands_count_by_direction),
		cmocka_unit_test(classes_are_told_apart),
		cmocka_unit_test(slow_path_lies_behind_its_own_section),
		cmocka_unit_test(cold_part_counts_as_no_entry),
		cmocka_unit_test(listed_function_gets_a_wrapper),
		cmocka_unit_test(call_of_a_hooked_function_is_told_before_its_code_runs),
		cmocka_unit_test(
			callback_of_an_access_is_neither_counted_nor_the_end_of_a_block),
		cmocka_unit_test(probes_are_called_with_arguments_and_result),
		cmocka_unit_test(what_is_no_probe_is_refused),
		cmocka_unit_test(a_loop_that_never_writes_flags_is_checked),
		cmocka_unit_test(loads_tell_what_they_touch),
		cmocka_unit_test(stores_stack_and_variables_tell_nothing),
		cmocka_unit_test(a_second_load_nearby_tells_nothing_until_the_register_changes),
		cmocka_unit_test(unknown_category_is_refused),
		cmocka_unit_test(missing_category_file_is_refused),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
