/* SPDX-License-Identifier: MIT */
/* What this executable was built from, for the result's build part. */
#ifndef DOORBELL_CLI_BUILD_INFO_H
#define DOORBELL_CLI_BUILD_INFO_H

/* Commit of the source tree when it was built, with "-dirty" if it had changes; "unknown" outside
 * a clone. */
const char *build_commit(void);
const char *build_toolchain(void);
/* Folder that holds scenarios/profiles: DOORBELL_DATA of the environment, else the source tree. */
const char *build_data_dir(void);

#endif
