/* SPDX-License-Identifier: MIT */
/* EXPECT_ASSERT(statement): passes when the statement meets a failing ASSERT. Include it after
 * cmocka.h's company. Not modelled: memory the statement took before it failed stays taken. */
#ifndef DOORBELL_TESTS_UNIT_CORE_EXPECT_ASSERT_H
#define DOORBELL_TESTS_UNIT_CORE_EXPECT_ASSERT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/core/assert.h"

static jmp_buf expect_assert_env;
static const char *expect_assert_what;

static inline void expect_assert_leave(const char *what, const char *file, int line,
				       const char *func)
{
	expect_assert_what = what;
	longjmp(expect_assert_env, 1);
}

#define EXPECT_ASSERT(statement) \
	do { \
		expect_assert_what = NULL; \
		assert_set_handler(expect_assert_leave); \
		if (!setjmp(expect_assert_env)) { \
			statement; \
		} \
		assert_set_handler(NULL); \
		if (!expect_assert_what) \
			fail_msg("no ASSERT failed in: %s", #statement); \
	} while (0)

#endif
