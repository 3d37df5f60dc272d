/* SPDX-License-Identifier: MIT */
#include "cli/build_info.h"

#include <stdlib.h>

#include "build_commit.h"

const char *build_commit(void)
{
	return BUILD_COMMIT;
}

const char *build_toolchain(void)
{
#ifdef __clang__
	return __VERSION__;
#else
	return "gcc " __VERSION__;
#endif
}

const char *build_data_dir(void)
{
	const char *dir = getenv("DOORBELL_DATA");

	return dir && *dir ? dir : DOORBELL_DATA_DIR;
}
