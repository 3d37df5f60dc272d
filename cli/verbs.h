/* SPDX-License-Identifier: MIT */
/* The verbs of the command line, one file each. argv[0] is the verb; the value is the exit code. */
#ifndef DOORBELL_CLI_VERBS_H
#define DOORBELL_CLI_VERBS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

int doorbell_main(int argc, char **argv);

int verb_run(int argc, char **argv);
int verb_check(int argc, char **argv);
int verb_list(int argc, char **argv);
int verb_doc(int argc, char **argv);
int verb_init(int argc, char **argv);
int verb_test(int argc, char **argv);
int verb_plot(int argc, char **argv);
int verb_build(int argc, char **argv);

/* list_scenarios.c: false if there are none. */
bool list_scenarios(void);

/* build_data_dir() of build_info.h. */
const char *cli_data_dir(void);
/* "doorbell: error: ..." on stderr, and a line that names the verb's help. Returns 2. */
int cli_usage_error(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints the verb's help, the text of its row in doorbell.c, on stdout. Returns 0. */
int cli_help(const char *verb);

#ifdef __cplusplus
}
#endif

#endif
