/* SPDX-License-Identifier: MIT */
/* Sources, sinks, the text sink and the ring of recent events. */
#include "model/trace/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/trace/trace_recent.h"
#include "model/trace/trace_text.h"
#include "tests/unit/core/expect_assert.h"

enum { RX_ACCEPT, RX_DROP, IDLE, POINTS };

static const struct trace_point points[POINTS] = {
	[RX_ACCEPT] = { "nic.rx.accept", { "frame", "queue", "bytes" } },
	[RX_DROP] = { "nic.rx.drop", { "frame" } },
	[IDLE] = { "nic.idle", { NULL } },
};

struct rig {
	struct sim sim;
	struct trace_source eth0, eth1;
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->sim.engine = engine_create();
	rig->sim.trace = trace_create(1);
	assert_non_null(rig->sim.engine);
	assert_non_null(rig->sim.trace);
	trace_source_init(&rig->eth0, &rig->sim, "eth0", points, POINTS);
	trace_source_init(&rig->eth1, &rig->sim, "eth1", points, POINTS);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	trace_destroy(rig->sim.trace);
	engine_destroy(rig->sim.engine);
	free(rig);
	return 0;
}

static void digest_of(const struct rig *rig, char text[DIGEST_TEXT_BYTES])
{
	digest_text(&rig->sim.trace->digest, text);
}

/* The digest after one emission in a machine of its own. */
static void digest_after(uint64_t now_ps, int second_source, unsigned point, uint64_t a,
			 uint64_t b, uint64_t c, char text[DIGEST_TEXT_BYTES])
{
	void *state;
	struct rig *rig;

	assert_int_equal(setup(&state), 0);
	rig = state;
	engine_advance(rig->sim.engine, at_ps(now_ps));
	trace_emit(second_source ? &rig->eth1 : &rig->eth0, point, a, b, c);
	digest_of(rig, text);
	teardown(&state);
}

static void everything_an_event_says_is_in_the_digest(void **state)
{
	char text[8][DIGEST_TEXT_BYTES];
	int i, j;

	digest_after(5, 0, RX_ACCEPT, 1, 2, 3, text[0]);
	digest_after(6, 0, RX_ACCEPT, 1, 2, 3, text[1]);
	digest_after(5, 1, RX_ACCEPT, 1, 2, 3, text[2]);
	digest_after(5, 0, RX_DROP, 1, 2, 3, text[3]);
	digest_after(5, 0, RX_ACCEPT, 9, 2, 3, text[4]);
	digest_after(5, 0, RX_ACCEPT, 1, 9, 3, text[5]);
	digest_after(5, 0, RX_ACCEPT, 1, 2, 9, text[6]);
	digest_after(5, 0, RX_ACCEPT, 1, 3, 2, text[7]);
	for (i = 0; i < 8; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(text[i], text[j]);
	digest_after(5, 0, RX_ACCEPT, 1, 2, 3, text[1]);
	assert_string_equal(text[0], text[1]);
}

static void sources_get_ranges_of_numbers_that_do_not_meet(void **state)
{
	struct rig *rig = *state;

	assert_true(rig->eth0.base > 0);
	assert_int_equal(rig->eth1.base, rig->eth0.base + POINTS);
	assert_int_equal(rig->sim.trace->next_id, rig->eth1.base + POINTS);
}

/* A sink that writes down its own number. */
struct mark {
	struct trace_sink sink;
	char **out;
	char letter;
};

static void mark_emit(void *ctx, struct at when, const struct trace_point *point,
		      const char *source, const uint64_t arg[3])
{
	struct mark *mark = ctx;

	assert_int_equal(when.ps, 77);
	assert_ptr_equal(point, &points[RX_DROP]);
	assert_string_equal(source, "eth1");
	assert_int_equal(arg[0], 10);
	assert_int_equal(arg[1], 20);
	assert_int_equal(arg[2], 30);
	*(*mark->out)++ = mark->letter;
}

static void all_sinks_get_the_event_in_the_order_they_were_added(void **state)
{
	struct rig *rig = *state;
	char seen[4] = "", *out = seen;
	struct mark mark[3];
	int i;

	for (i = 0; i < 3; i++) {
		mark[i] = (struct mark){ { .emit = mark_emit, .ctx = &mark[i] }, &out, 'a' + i };
		trace_add_sink(rig->sim.trace, &mark[i].sink);
	}
	engine_advance(rig->sim.engine, at_ps(77));
	trace_emit(&rig->eth1, RX_DROP, 10, 20, 30);
	assert_string_equal(seen, "abc");
}

static void a_sink_does_not_change_the_digest(void **state)
{
	struct rig *rig = *state;
	char plain[DIGEST_TEXT_BYTES], watched[DIGEST_TEXT_BYTES];
	struct trace_recent recent;

	digest_after(5, 0, RX_ACCEPT, 1, 2, 3, plain);
	trace_recent_init(&recent);
	trace_add_sink(rig->sim.trace, &recent.sink);
	engine_advance(rig->sim.engine, at_ps(5));
	trace_emit(&rig->eth0, RX_ACCEPT, 1, 2, 3);
	digest_of(rig, watched);
	assert_string_equal(plain, watched);
}

static void a_sink_added_twice_or_without_function_asserts(void **state)
{
	struct rig *rig = *state;
	struct trace_sink empty = { .emit = NULL };
	struct trace_recent recent;

	trace_recent_init(&recent);
	trace_add_sink(rig->sim.trace, &recent.sink);
	EXPECT_ASSERT(trace_add_sink(rig->sim.trace, &recent.sink));
	EXPECT_ASSERT(trace_add_sink(rig->sim.trace, &empty));
}

static void details_reach_only_who_asks_and_never_the_digest(void **state)
{
	struct rig *rig = *state;
	char before[DIGEST_TEXT_BYTES], after[DIGEST_TEXT_BYTES];
	char seen[4] = "", *out = seen;
	struct mark plain = { { .emit = mark_emit, .ctx = &plain }, &out, 'p' };
	struct mark keen = { { .emit = mark_emit, .ctx = &keen, .details = true }, &out, 'k' };

	digest_of(rig, before);
	trace_add_sink(rig->sim.trace, &plain.sink);
	assert_false(trace_has_details(&rig->eth1));
	trace_add_sink(rig->sim.trace, &keen.sink);
	assert_true(trace_has_details(&rig->eth1));
	/* What mark_emit expects; the engine stands elsewhere. */
	trace_detail(&rig->eth1, RX_DROP, at_ps(77), 10, 20, 30);
	digest_of(rig, after);
	assert_string_equal(seen, "k");
	assert_string_equal(before, after);
	trace_drop_sinks(rig->sim.trace);
	assert_false(trace_has_details(&rig->eth1));
	engine_advance(rig->sim.engine, at_ps(77));
	trace_emit(&rig->eth1, RX_DROP, 10, 20, 30);
	assert_string_equal(seen, "k");
}

static void words(void *ctx, const struct trace_point *point, const uint64_t arg[3],
		  struct trace_label *label)
{
	if (arg[0] == 7)
		*label = (struct trace_label){ "ixgbe_poll", "driver" };
}

static void text_says_what_arguments_stand_for(void **state)
{
	struct rig *rig = *state;
	char line[256] = "";
	FILE *out = fmemopen(line, sizeof(line), "w");
	struct trace_text text;

	trace_text_init(&text, out, NULL);
	text.label = words;
	trace_add_sink(rig->sim.trace, &text.sink);
	trace_emit(&rig->eth0, RX_DROP, 7, 0, 0);
	trace_emit(&rig->eth0, RX_DROP, 8, 0, 0);
	fclose(out);
	assert_string_equal(line, "0 eth0 nic.rx.drop frame=7 name=ixgbe_poll category=driver\n"
				  "0 eth0 nic.rx.drop frame=8\n");
}

static void a_source_never_initialised_asserts_at_the_sink(void **state)
{
	struct rig *rig = *state;
	struct trace_source source = { .sim = &rig->sim };
	struct trace_recent recent;

	trace_recent_init(&recent);
	trace_add_sink(rig->sim.trace, &recent.sink);
	EXPECT_ASSERT(trace_emit(&source, 0, 1, 2, 3));
}

static void a_table_too_large_for_the_digest_asserts(void **state)
{
	struct rig *rig = *state;
	struct trace_source source;

	EXPECT_ASSERT(trace_source_init(&source, &rig->sim, "large", points, 1 << 24));
}

/* What the text sink writes of three events under a glob. */
static void expect_text(struct rig *rig, const char *glob, const char *expected)
{
	struct trace_text sink;
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	trace_text_init(&sink, out, glob);
	rig->sim.trace->sinks = NULL;
	trace_add_sink(rig->sim.trace, &sink.sink);
	trace_emit(&rig->eth0, RX_ACCEPT, 1, 2, UINT64_MAX);
	trace_emit(&rig->eth1, RX_DROP, 8, 9, 10);
	trace_emit(&rig->eth1, IDLE, 0, 0, 0);
	fclose(out);
	rig->sim.trace->sinks = NULL;
	assert_string_equal(text, expected);
	free(text);
}

#define ACCEPT_LINE "1500 eth0 nic.rx.accept frame=1 queue=2 bytes=18446744073709551615\n"
#define DROP_LINE "1500 eth1 nic.rx.drop frame=8\n"
#define IDLE_LINE "1500 eth1 nic.idle\n"

static void the_text_sink_writes_named_arguments_only(void **state)
{
	struct rig *rig = *state;

	engine_advance(rig->sim.engine, at_ps(1500));
	expect_text(rig, NULL, ACCEPT_LINE DROP_LINE IDLE_LINE);
	expect_text(rig, "*", ACCEPT_LINE DROP_LINE IDLE_LINE);
}

static void the_text_sink_filters_by_point_or_source(void **state)
{
	struct rig *rig = *state;

	engine_advance(rig->sim.engine, at_ps(1500));
	expect_text(rig, "nic.rx.*", ACCEPT_LINE DROP_LINE);
	expect_text(rig, "*.idle", IDLE_LINE);
	expect_text(rig, "eth1/*", DROP_LINE IDLE_LINE);
	expect_text(rig, "eth?/nic.rx.drop", DROP_LINE);
	expect_text(rig, "eth0/*.drop", "");
	expect_text(rig, "eth0", "");
	expect_text(rig, "", "");
}

static void globs_match_as_globs_do(void **state)
{
	static const struct {
		const char *glob, *text;
		bool match;
	} row[] = {
		{ "", "", true },          { "", "a", false },        { "a", "", false },
		{ "*", "", true },         { "*", "abc", true },      { "**", "abc", true },
		{ "?", "a", true },        { "?", "", false },        { "?", "ab", false },
		{ "a*c", "abbc", true },   { "a*c", "abbcd", false }, { "a*c*", "abbcd", true },
		{ "*b*b", "abab", true },  { "*ab", "aab", true },    { "*ab", "aba", false },
		{ "a?c", "abc", true },    { "a?c", "ac", false },    { "*a*b*c", "xxaxbxc", true },
		{ "*a*b*c", "xxbxaxc", false }, { "[a]", "a", false }, { "[a]", "[a]", true },
	};
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (trace_glob_match(row[i].glob, row[i].text) != row[i].match)
			fail_msg("glob '%s' on '%s'", row[i].glob, row[i].text);
}

/* An adversarial glob must not take exponential time: this one ends at once or never. */
static void a_glob_of_many_stars_ends_soon(void **state)
{
	char text[2001];

	memset(text, 'a', 2000);
	text[2000] = '\0';
	assert_false(trace_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static char *recent_text(const struct trace_recent *recent)
{
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	trace_recent_write(recent, out);
	fclose(out);
	return text;
}

static void the_ring_shows_what_there_was_before_it_is_full(void **state)
{
	struct rig *rig = *state;
	struct trace_recent recent;
	char *text;

	trace_recent_init(&recent);
	trace_add_sink(rig->sim.trace, &recent.sink);
	text = recent_text(&recent);
	assert_string_equal(text, "");
	free(text);
	trace_emit(&rig->eth0, RX_DROP, 1, 0, 0);
	trace_emit(&rig->eth1, RX_DROP, 2, 0, 0);
	text = recent_text(&recent);
	assert_string_equal(text, "0 eth0 nic.rx.drop frame=1\n0 eth1 nic.rx.drop frame=2\n");
	free(text);
}

static void the_ring_keeps_the_last_32_oldest_first(void **state)
{
	struct rig *rig = *state;
	struct trace_recent recent;
	char line[64], *text, *at;
	int i;

	trace_recent_init(&recent);
	trace_add_sink(rig->sim.trace, &recent.sink);
	for (i = 0; i < 100; i++) {
		engine_advance(rig->sim.engine, at_ps(i));
		trace_emit(&rig->eth0, RX_DROP, 1000 + i, 0, 0);
	}
	at = text = recent_text(&recent);
	for (i = 68; i < 100; i++) {
		int len = snprintf(line, sizeof(line), "%d eth0 nic.rx.drop frame=%d\n", i,
				   1000 + i);

		assert_memory_equal(at, line, len);
		at += len;
	}
	assert_int_equal(*at, '\0');
	free(text);
}

static void two_traces_do_not_know_each_other(void **state)
{
	struct rig *rig = *state;
	struct trace *other = trace_create(1);
	struct digest before;

	assert_non_null(other);
	before = other->digest;
	trace_emit(&rig->eth0, IDLE, 0, 0, 0);
	assert_memory_equal(&before, &other->digest, sizeof(before));
	trace_destroy(other);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(everything_an_event_says_is_in_the_digest),
		CASE(sources_get_ranges_of_numbers_that_do_not_meet),
		CASE(all_sinks_get_the_event_in_the_order_they_were_added),
		CASE(a_sink_does_not_change_the_digest),
		CASE(a_sink_added_twice_or_without_function_asserts),
		CASE(details_reach_only_who_asks_and_never_the_digest),
		CASE(text_says_what_arguments_stand_for),
		CASE(a_source_never_initialised_asserts_at_the_sink),
		CASE(a_table_too_large_for_the_digest_asserts),
		CASE(the_text_sink_writes_named_arguments_only),
		CASE(the_text_sink_filters_by_point_or_source),
		CASE(globs_match_as_globs_do),
		CASE(a_glob_of_many_stars_ends_soon),
		CASE(the_ring_shows_what_there_was_before_it_is_full),
		CASE(the_ring_keeps_the_last_32_oldest_first),
		CASE(two_traces_do_not_know_each_other),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
