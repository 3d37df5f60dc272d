/* SPDX-License-Identifier: MIT */
/* libFuzzer's entry. Long run: fuzz_scenario -max_total_time=600 -max_len=8192 -dict=scenario.dict
 * CORPUS seeds */
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/scenario/check_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	check_input((const char *)data, bytes);
	return 0;
}
