/* SPDX-License-Identifier: MIT */
#include "analysis/decimal.h"

#include <string.h>

enum { DIGITS_SIGNIFICANT = 9 };

/* Decimal digits of value, without a NUL; returns their number. */
static int put_integer(char *text, decimal_u128 value)
{
	char reversed[40];
	int n = 0;

	do {
		reversed[n++] = (char)('0' + (int)(value % 10));
		value /= 10;
	} while (value);
	for (int i = 0; i < n; i++)
		text[i] = reversed[n - 1 - i];
	return n;
}

/* Adds one unit in the last place of the digits and the point in text; a carry out of the first
 * digit makes room for a leading 1. */
static int round_up(char *text, int len)
{
	for (int i = len - 1; i >= 0; i--) {
		if (text[i] == '.')
			continue;
		if (text[i] != '9') {
			text[i]++;
			return len;
		}
		text[i] = '0';
	}
	memmove(text + 1, text, (size_t)len);
	text[0] = '1';
	return len + 1;
}

void decimal_ratio(char text[DECIMAL_TEXT_BYTES], decimal_u128 num, uint64_t den)
{
	decimal_u128 whole, rest;
	int len, significant;

	if (!den) {
		strcpy(text, "0");
		return;
	}
	whole = num / den;
	rest = num % den;
	len = put_integer(text, whole);
	significant = whole ? len : 0;
	if (rest && significant < DIGITS_SIGNIFICANT)
		text[len++] = '.';
	while (rest && significant < DIGITS_SIGNIFICANT) {
		rest *= 10;
		text[len++] = (char)('0' + (int)(rest / den));
		rest %= den;
		if (significant || text[len - 1] != '0')
			significant++;
	}
	if (rest * 2 >= den)
		len = round_up(text, len);
	if (memchr(text, '.', (size_t)len)) {
		while (text[len - 1] == '0')
			len--;
		if (text[len - 1] == '.')
			len--;
	}
	text[len] = '\0';
}
