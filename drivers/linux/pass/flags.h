// SPDX-License-Identifier: MIT
// Where the processor's flags hold nothing that is still needed: a check (cmp, jae) may stand.
#pragma once

#include "assembly.h"

namespace asmcost {

// Whether the flags are dead before line `at`. "No" may also mean that it could not be found out.
bool flags_dead_before(const Assembly &assembly, size_t at);

} // namespace asmcost
