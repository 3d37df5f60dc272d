/* SPDX-License-Identifier: MIT */
/* Diagnostics of the user's mistakes: collected, sorted by place, printed as
 *
 *     file:line:column: error: what
 *       12 | itr = 20
 *          |       ^
 *     help: a time is due, such as "20us"
 *
 * At most DIAG_MAX are kept; the rest is counted. Not modelled: warnings, colours. */
#ifndef DOORBELL_SCENARIO_DIAG_H
#define DOORBELL_SCENARIO_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DIAG_MAX 20

struct diag;

struct diag *diag_new(void);
void diag_free(struct diag *diag);
/* Names a text that later places refer to; content is copied (NULL: lines are not shown). Returns
 * the source's number. */
unsigned diag_source(struct diag *diag, const char *name, const char *text, size_t bytes);

struct diag_place {
	unsigned source;
	unsigned line; /* from 1; 0: the file as a whole, printed as line 1 without a caret */
	unsigned column;         /* from 1, in characters */
};

/* The same text at the same place is kept once. help may be NULL. Control characters of the user's
 * are printed as '?'. */
void diag_error(struct diag *diag, struct diag_place place, const char *help, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_verror(struct diag *diag, struct diag_place place, const char *help, const char *fmt,
		 va_list args) __attribute__((format(printf, 4, 0)));
size_t diag_count(const struct diag *diag);
void diag_print(const struct diag *diag, FILE *out);

/* The nearest of `names` if it is near enough to be meant: edit distance (a swap of neighbours
 * counts one) at most max(1, length/3) of the given name, and never for names of three letters or
 * fewer. NULL if none; the first of equals. */
const char *diag_nearest(const char *name, const char *const *names, size_t count);

/* Edit distance of that kind; names over 63 characters are UINT_MAX from anything. */
unsigned diag_distance(const char *a, const char *b);

#ifdef __cplusplus
}
#endif
#endif
