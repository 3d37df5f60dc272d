/* SPDX-License-Identifier: MIT */
/* Apart from the rest of the machine: tests with another machine have another answer. */
#include "build_kernel.h"
#include "cli/run_point.h"

const char *run_kernel_version(void)
{
	return BUILD_KERNEL;
}
