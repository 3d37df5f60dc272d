// SPDX-License-Identifier: MIT
// The same code, which counts its own time in r15 and looks at the horizon.
#pragma once

#include <string>

#include "assembly.h"
#include "categories.h"
#include "hooks.h"
#include "touches.h"

namespace asmcost {

enum class Mode {
	none,  // untouched
	cost,  // counts only
	loop,  // checks at function entries, loop heads, switch targets, and where the way is long
	all,   // checks in every block
};

struct Options {
	Mode mode = Mode::loop;
	bool checks = true;
	Categories categories;
	Hooks hooks;           // of functions that have no category
	// Functions whose loads tell the caches what they touch (touches.h); nullptr: none.
	const TouchList *touches = nullptr;
};

struct Statistics {
	unsigned blocks = 0;
	unsigned checks = 0;
	unsigned impossible = 0;  // blocks that should have a check, but whose flags never die
};

std::string rewrite(const Assembly &assembly, const Options &options, Statistics &statistics);

} // namespace asmcost
