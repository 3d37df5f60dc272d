// SPDX-License-Identifier: MIT
// Of what class instructions are; the machine profile prices the classes. Not modelled: dependences,
// caches, branch prediction, fusion: a price is a throughput.
#pragma once

#include <string_view>

#include "record.h"

namespace asmcost {

// What a block consists of.
struct Counts {
	unsigned instructions = 0;
	unsigned of[INSN_CLASSES] = {};

	void add(const Counts &other);
	// About what it takes in sixteenths of a cycle, to place checks by; the profile has the prices.
	unsigned about_ticks() const;
	// The same without single instructions that take long: cutting a block there is of no use.
	unsigned about_ticks_of_many() const;
	// Whether the sum would not fit a record.
	bool overflows_with(const Counts &other) const;
};

// One instruction outside inline assembler.
Counts count_instruction(std::string_view name, std::string_view arguments);

// One line of inline assembler: its statements, and the comments by which the port marks locked
// instructions ("# lock"), full barriers ("# full-barrier") and what is of the simulator and takes
// no time ("# free").
Counts count_inline(std::string_view line);

// Repeated string instructions take rcx times this many ticks, as the scale of an address; 0: it is
// none.
unsigned ticks_per_element(std::string_view name, std::string_view arguments);

} // namespace asmcost
