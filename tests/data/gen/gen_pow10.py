#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lib/base/pow10_table.c: powers of ten to 128 bits, exact arithmetic.

    python3 tests/data/gen/gen_pow10.py > lib/base/pow10_table.c
"""
FIRST, LAST = -342, 324


def significand(k):
    """ceil(10^k * 2^s) with the s that gives it 128 bits, and if it is exact."""
    n, d = (10**k, 1) if k >= 0 else (1, 10**-k)
    middle = 128 - (n.bit_length() - d.bit_length())
    for s in (middle - 1, middle, middle + 1):
        a, b = (n << s, d) if s >= 0 else (n, d << -s)
        if b << 127 <= a < b << 128:
            return -(-a // b), a % b == 0
    raise AssertionError(k)


print("""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/data/gen/gen_pow10.py: do not edit. */
#include "base/pow10_table.h"

const uint64_t crucible__pow10_table[CRUCIBLE__POW10_LAST -
                                     CRUCIBLE__POW10_FIRST + 1][2] = {""")
for k in range(FIRST, LAST + 1):
    g, exact = significand(k)
    assert g < 1 << 128, k
    assert exact == (0 <= k <= 55), k
    assert exact or g % 2**64 != 0, k  # so that low - 1 needs no borrow
    print("    {0x%016x, 0x%016x}, /* %d */" % (g >> 64, g % 2**64, k))
print("};")
