/* SPDX-License-Identifier: MIT */
/* ASSERT: our own bugs, on in every build. Prints the condition, the place, and what the handler
 * adds (seed, simulated time, last events), then leaves through the handler. A driver's or a user's
 * mistake is never an ASSERT. */
#ifndef DOORBELL_CORE_ASSERT_H
#define DOORBELL_CORE_ASSERT_H

#define ASSERT(cond) \
	((cond) ? (void)0 : assert_failed(#cond, __FILE__, __LINE__, __func__))

/* Set by the command line or a test: must not return. Without one: message to stderr, then trap. A
 * handler that may itself meet an ASSERT takes itself out first: assert_set_handler(NULL). */
void assert_set_handler(void (*handler)(const char *what, const char *file, int line,
					const char *func));
__attribute__((noreturn)) void assert_failed(const char *what, const char *file, int line,
					     const char *func);

#endif
