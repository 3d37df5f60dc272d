#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes random_table.c: log2 and 2^x tables for the integer samplers, from integers only.

Usage: python3 random_table.py > random_table.c
"""
from math import isqrt

CELLS = 1024
MANTISSA_BITS = 400          # far more than 63, so that every printed bit is exact
LOG2_E_Q128 = 0x171547652B82FE1777D0FFDA0D23A7D11


def log2_q63(i):
    """floor(2^63 * log2(1 + i/CELLS)), one bit a squaring."""
    if i == CELLS:
        return 1 << 63
    m = ((CELLS + i) << MANTISSA_BITS) // CELLS
    result = 0
    for _ in range(63):
        m = (m * m) >> MANTISSA_BITS
        result <<= 1
        if m >> (MANTISSA_BITS + 1):
            result |= 1
            m >>= 1
    return result


def curve_q52(i):
    """Half the curvature of log2 in the middle of a cell, times the cell's width squared."""
    return (2 * LOG2_E_Q128 // (2 * CELLS + 2 * i + 1) ** 2 + (1 << 75)) >> 76


def exp2_q62(i):
    """floor(2^62 * 2^(i/CELLS)): ten nested integer square roots are the exact 1024th root."""
    value = 1 << (62 * CELLS + i)
    for _ in range(10):
        value = isqrt(value)
    return value


def table(declaration, values, per_line, suffix, digits):
    print(f"{declaration} = {{")
    for start in range(0, len(values), per_line):
        line = [f"0x{v:0{digits}x}{suffix}," for v in values[start:start + per_line]]
        print("\t" + " ".join(line))
    print("};")


print("/* SPDX-License-Identifier: MIT */")
print("/* Made by random_table.py: do not edit. tests/unit/core checks it by integer squaring. */")
print('#include "model/core/random_table.h"')
print()
table("const uint64_t random_log2_q63[RANDOM_CELLS + 1]",
      [log2_q63(i) for i in range(CELLS + 1)], 4, "ULL", 16)
print()
table("const uint32_t random_curve_q52[RANDOM_CELLS]",
      [curve_q52(i) for i in range(CELLS)], 7, "U", 8)
print()
table("const uint64_t random_exp2_q62[RANDOM_CELLS + 1]",
      [exp2_q62(i) for i in range(CELLS + 1)], 4, "ULL", 16)
