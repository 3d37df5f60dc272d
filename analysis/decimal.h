/* SPDX-License-Identifier: MIT */
/* Decimal text of exact ratios, made with integers only, so that a result file has the same
 * bytes on every host. */
#ifndef DOORBELL_ANALYSIS_DECIMAL_H
#define DOORBELL_ANALYSIS_DECIMAL_H

#include <stdint.h>

#define DECIMAL_TEXT_BYTES 72

typedef unsigned __int128 decimal_u128;

/* num/den with nine significant digits, rounded half up, without exponent; trailing zeros of the
 * fraction are left out, so an exact integer is an integer. Integer parts of more than nine digits
 * are written in full, without a fraction. den = 0 gives "0": a ratio over nothing. */
void decimal_ratio(char text[DECIMAL_TEXT_BYTES], decimal_u128 num, uint64_t den);

#endif
