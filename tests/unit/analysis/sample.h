/* SPDX-License-Identifier: MIT */
/* Results with known numbers, made the way a machine makes them. */
#ifndef DOORBELL_TESTS_ANALYSIS_SAMPLE_H
#define DOORBELL_TESTS_ANALYSIS_SAMPLE_H

#include "analysis/result.h"

/* A NIC point: throttle itr_us (0 = "off") at rate_kpps. Its tables go to `dir` if it is not
 * NULL. */
void sample_nic_point(struct result *result, unsigned index, uint64_t seed, unsigned itr_us,
		      unsigned rate_kpps, const char *dir);
/* A sender: share of the wire it takes, and of the second core. */
void sample_sender_point(struct result *result, double wire, double core);
/* An NVMe point at this queue depth. */
void sample_nvme_point(struct result *result, unsigned index, unsigned depth, const char *dir);
/* A new folder in the working directory, which ctest sets to the build folder. */
void sample_folder(char *path, size_t bytes);
/* DIR/result.json, and DIR/pointNNN for a point. */
void sample_save(const struct result *result, const char *dir);
/* Removes the folder and all in it. */
void sample_remove(const char *dir);

#endif
