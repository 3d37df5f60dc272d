/* SPDX-License-Identifier: MIT */
/* Which memory counts as a freed object's, and what an access to it is told as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/linux/host/objects.h"
#include "drivers/linux/host/symbols.h"

static const char buffers[] = "skbuff_head_cache", other[] = "kmalloc-64";

uintptr_t dma_rules_place(const struct dma_rules_where *where)
{
	return where->pc[0];
}

uint32_t symbols_function(uintptr_t pc)
{
	return (uint32_t)pc;
}

const char *symbols_function_name(uint32_t function)
{
	return "some_function";
}

bool symbols_name(uintptr_t pc, char *text, size_t bytes)
{
	snprintf(text, bytes, "function_%lu", (unsigned long)pc);
	return true;
}

static struct dma_rules_where at(uintptr_t pc)
{
	return (struct dma_rules_where){ .time = at_ps(5000), .core = 1, .count = 1, .pc = { pc } };
}

static void freed_memory_is_known_until_given_out(void **state)
{
	struct objects *objects = objects_create(4);
	struct dma_rules_where where = at(1);

	objects_alloc(objects, 0x100, 64, other);
	assert_false(objects_is_freed(objects, 0x100, 8));
	objects_free(objects, 0x100, 64, other, &where);
	assert_true(objects_is_freed(objects, 0x100, 1));
	assert_true(objects_is_freed(objects, 0x138, 8));
	assert_false(objects_is_freed(objects, 0x140, 8));
	assert_true(objects_is_freed(objects, 0x0f8, 16));
	objects_alloc(objects, 0x100, 64, other);
	assert_false(objects_is_freed(objects, 0x100, 64));
	objects_destroy(objects);
}

static void an_access_names_both_functions_once(void **state)
{
	struct objects *objects = objects_create(4);
	struct dma_rules_where freer = at(7), user = at(9);
	char text[512];

	objects_alloc(objects, 0x200, 32, buffers);
	objects_free(objects, 0x200, 32, buffers, &freer);
	assert_true(objects_access(objects, 0x208, 8, true, &user, text, sizeof(text)));
	assert_non_null(strstr(text, "function_9"));
	assert_non_null(strstr(text, "writes 8 bytes"));
	assert_non_null(strstr(text, "skbuff_head_cache object, byte 8 of 32, freed by function_7"));
	assert_false(objects_access(objects, 0x208, 8, true, &user, text, sizeof(text)));
	objects_destroy(objects);
}

static void objects_are_counted_by_cache(void **state)
{
	struct objects *objects = objects_create(4);
	struct dma_rules_where where = at(1);

	for (unsigned i = 0; i < 5; i++)
		objects_alloc(objects, 0x100 * i, 64, i < 3 ? buffers : other);
	objects_free(objects, 0x100, 64, buffers, &where);
	assert_int_equal(objects_live(objects, "skbuff"), 2);
	assert_int_equal(objects_live(objects, "kmalloc"), 2);
	objects_destroy(objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freed_memory_is_known_until_given_out),
		cmocka_unit_test(an_access_names_both_functions_once),
		cmocka_unit_test(objects_are_counted_by_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
