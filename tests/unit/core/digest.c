/* SPDX-License-Identifier: MIT */
#include "model/core/digest.h"

#include <string.h>

#include "tests/unit/core/expect_assert.h"

static void text_of_words(const uint64_t *word, size_t count, char text[DIGEST_TEXT_BYTES])
{
	struct digest digest;
	size_t i;

	digest_init(&digest, 1);
	for (i = 0; i < count; i++)
		digest_u64(&digest, word[i]);
	digest_text(&digest, text);
}

static void text_of_bytes(const void *data, size_t len, char text[DIGEST_TEXT_BYTES])
{
	struct digest digest;

	digest_init(&digest, 1);
	digest_bytes(&digest, data, len);
	digest_text(&digest, text);
}

static void the_text_is_32_lower_case_hexadecimal_digits(void **state)
{
	char text[DIGEST_TEXT_BYTES];

	text_of_words((uint64_t[]){ 1, 2, 3 }, 3, text);
	assert_int_equal(strlen(text), 32);
	assert_int_equal(strspn(text, "0123456789abcdef"), 32);
}

/* A digest in a manifest must mean the same on every machine and compiler. */
static void the_digest_of_known_words_is_known(void **state)
{
	char text[DIGEST_TEXT_BYTES];

	text_of_words((uint64_t[]){ 1, 2, 3 }, 3, text);
	assert_string_equal(text, "14a2ff45ccfd11131b08d5b4ae4850b9");
	text_of_bytes("doorbell", 8, text);
	assert_string_equal(text, "d7c5356d952e92262f6d5eef554a47e9");
}

static void one_bit_of_one_word_changes_both_halves(void **state)
{
	uint64_t word[3] = { 5, 0, 7 };
	char plain[DIGEST_TEXT_BYTES], text[DIGEST_TEXT_BYTES];
	unsigned i, bit;

	text_of_words(word, 3, plain);
	for (i = 0; i < 3; i++) {
		for (bit = 0; bit < 64; bit++) {
			word[i] ^= 1ULL << bit;
			text_of_words(word, 3, text);
			word[i] ^= 1ULL << bit;
			assert_true(memcmp(plain, text, 16) != 0);
			assert_true(memcmp(plain + 16, text + 16, 16) != 0);
		}
	}
}

/* The highest bit passes a multiplication without spreading: a pair of such flips must not
 * cancel. */
static void two_flips_of_the_highest_bit_do_not_cancel(void **state)
{
	const uint64_t high = 1ULL << 63;
	char plain[DIGEST_TEXT_BYTES], text[DIGEST_TEXT_BYTES];

	text_of_words((uint64_t[]){ 1, 2, 3, 4 }, 4, plain);
	text_of_words((uint64_t[]){ 1, 2 ^ high, 3 ^ high, 4 }, 4, text);
	assert_string_not_equal(plain, text);
}

static void the_order_of_words_counts(void **state)
{
	char one[DIGEST_TEXT_BYTES], two[DIGEST_TEXT_BYTES];

	text_of_words((uint64_t[]){ 1, 2 }, 2, one);
	text_of_words((uint64_t[]){ 2, 1 }, 2, two);
	assert_string_not_equal(one, two);
}

static void the_seed_counts(void **state)
{
	char one[DIGEST_TEXT_BYTES], two[DIGEST_TEXT_BYTES];
	struct digest digest;

	digest_init(&digest, 1);
	digest_text(&digest, one);
	digest_init(&digest, 2);
	digest_text(&digest, two);
	assert_string_not_equal(one, two);
}

static void trailing_zero_bytes_count(void **state)
{
	char one[DIGEST_TEXT_BYTES], two[DIGEST_TEXT_BYTES];

	text_of_bytes("ab\0\0", 2, one);
	text_of_bytes("ab\0\0", 3, two);
	assert_string_not_equal(one, two);
	text_of_bytes("", 0, one);
	text_of_words(NULL, 0, two);
	assert_string_not_equal(one, two);
}

static void bytes_are_little_endian_words_after_their_length(void **state)
{
	static const unsigned char data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	char bytes[DIGEST_TEXT_BYTES], words[DIGEST_TEXT_BYTES];

	text_of_bytes(data, 9, bytes);
	text_of_words((uint64_t[]){ 9, 0x0807060504030201ULL, 9 }, 3, words);
	assert_string_equal(bytes, words);
}

static void reading_the_text_leaves_the_digest_as_it_is(void **state)
{
	char one[DIGEST_TEXT_BYTES], two[DIGEST_TEXT_BYTES];
	struct digest digest;

	digest_init(&digest, 1);
	digest_u64(&digest, 42);
	digest_text(&digest, one);
	digest_text(&digest, two);
	assert_string_equal(one, two);
	assert_int_equal(digest.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_32_lower_case_hexadecimal_digits),
		cmocka_unit_test(the_digest_of_known_words_is_known),
		cmocka_unit_test(one_bit_of_one_word_changes_both_halves),
		cmocka_unit_test(two_flips_of_the_highest_bit_do_not_cancel),
		cmocka_unit_test(the_order_of_words_counts),
		cmocka_unit_test(the_seed_counts),
		cmocka_unit_test(trailing_zero_bytes_count),
		cmocka_unit_test(bytes_are_little_endian_words_after_their_length),
		cmocka_unit_test(reading_the_text_leaves_the_digest_as_it_is),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
