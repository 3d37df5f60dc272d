/* SPDX-License-Identifier: MIT */
/* What the cores did around a schedule's perturbations, as text: one line a change, one column a
 * core. Not modelled: more than 16 cores. */
#ifndef DOORBELL_CLI_TEST_TIMELINE_H
#define DOORBELL_CLI_TEST_TIMELINE_H

#include <stdio.h>

struct machine;
struct test_timeline;

/* `out` and `schedule` must outlive it. */
struct test_timeline *test_timeline_create(FILE *out, const char *schedule);
/* Between the machine's creation and its building. */
void test_timeline_attach(struct test_timeline *timeline, struct machine *machine);
/* Writes and frees; NULL is nothing. */
void test_timeline_write(struct test_timeline *timeline);

#endif
