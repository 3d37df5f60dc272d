/* SPDX-License-Identifier: MIT */
/* A point's spans.csv: the stages of each device's requests. */
#ifndef DOORBELL_ANALYSIS_SPANS_READ_H
#define DOORBELL_ANALYSIS_SPANS_READ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct spans_stage {
	char device[64], stage[32];      /* "latency": all of them together, behind the stages */
	uint64_t count, mean_ps;
	uint64_t min, p50, p90, p99, p999, max;      /* ns */
};

struct spans_table {
	struct spans_stage *stages;
	size_t count;
};

/* Empty if there is no such file. */
void spans_read(struct spans_table *table, const char *path);
void spans_release(struct spans_table *table);
/* A table for every device, in us. */
void spans_print(const struct spans_table *table, FILE *out);

#endif
