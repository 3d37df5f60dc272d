/* SPDX-License-Identifier: MIT */
/* Tables of the integer samplers, for random.c and its test only. One octave is cut into 1024 cells
 * of equal width. Not modelled: other sizes; random_table.py makes exactly these. */
#ifndef DOORBELL_CORE_RANDOM_TABLE_H
#define DOORBELL_CORE_RANDOM_TABLE_H

#include <stdint.h>

#define RANDOM_CELL_BITS 10
#define RANDOM_CELLS (1 << RANDOM_CELL_BITS)

/* log2(1 + i/1024) in units of 2^-63, rounded down. */
extern const uint64_t random_log2_q63[RANDOM_CELLS + 1];
/* What a chord of log2 lacks over cell i, divided by f(1-f), f in 0..1 across the cell; 2^-52. */
extern const uint32_t random_curve_q52[RANDOM_CELLS];
/* 2^(i/1024) in units of 2^-62, rounded down. */
extern const uint64_t random_exp2_q62[RANDOM_CELLS + 1];

#endif
