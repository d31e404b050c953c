#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lib/base/normal_table.h: P(Z > x) around x = k / 8 in powers of the
distance to it, from mpmath at 60 digits.

    python3 gen_normal.py > ../../../lib/base/normal_table.h
"""
import mpmath as mp

mp.mp.dps = 60
NODES, TERMS = 67, 10


def coefficients(a):
    density = mp.npdf(a)
    out = [mp.erfc(a / mp.sqrt(2)) / 2]
    hermite = [mp.mpf(1), a]
    for k in range(1, TERMS):  # d^(k-1) phi = (-1)^(k-1) He_(k-1) phi
        out.append((-1) ** k * hermite[k - 1] * density / mp.factorial(k))
        hermite.append(a * hermite[k] - k * hermite[k - 1])
    return out


print("""/* SPDX-License-Identifier: Apache-2.0 */
/* Made by tests/data/gen/gen_normal.py. */
#ifndef CRUCIBLE__NORMAL_TABLE_H
#define CRUCIBLE__NORMAL_TABLE_H

/* P(Z > k / 8 + d) = sum over i of normal_table[k][i] d^i, |d| <= 1 / 16. */
static const double normal_table[%d][%d] = {""" % (NODES, TERMS))
for k in range(NODES):
    cells = [mp.nstr(c, 20) for c in coefficients(mp.mpf(k) / 8)]
    print("    {" + ", ".join(cells) + "},")
print("""};

#endif""")
