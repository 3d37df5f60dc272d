// SPDX-License-Identifier: MIT
/* libFuzzer's entry: the bytes are the host's choices. Long run: fuzz_nvme -max_total_time=600
 * -max_len=8192 CORPUS */
#include "tests/fuzz/nvme/host.h"

struct input {
	const uint8_t *data;
	size_t bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static unsigned byte(void *ctx)
{
	struct input *input = ctx;

	if (!input->bytes)
		return 0;
	input->bytes--;
	return *input->data++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input input = { data, bytes };
	struct choices choices = { byte, &input };
	struct outcome outcome = { 0 };

	host_run(&choices, (unsigned)(bytes / 40), &outcome);
	return 0;
}
