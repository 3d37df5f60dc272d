// SPDX-License-Identifier: MIT
// What an instruction costs, in ticks (16 ticks = 1 clock cycle), as throughput of a core that is
// never out of work. Not modelled: dependences, caches, branch prediction, fusion.
#pragma once

#include <string_view>

namespace asmcost {

// One instruction outside inline assembler.
unsigned ticks(std::string_view name, std::string_view arguments);

// One line of inline assembler: its statements, and the comments by which the port marks locked
// instructions ("# lock") and full barriers ("# full-barrier").
unsigned inline_ticks(std::string_view line);

// Repeated string instructions take rcx times this, as the scale of an address; 0: it is none.
unsigned ticks_per_element(std::string_view name, std::string_view arguments);

} // namespace asmcost
