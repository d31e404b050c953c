#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden roundings to ticks and lots, in exact rational arithmetic.

    python3 tests/data/gen/gen_decimal.py > tests/data/base/decimal.csv

The rule, with k = x / step exactly and noise = 1e-9 + 2^-51 |k| steps: k within
noise of a whole number is that number; else down, up, or to the nearest with
halves (within noise) away from zero. The result is the double nearest to the
decimal number. Cases within 1 % of the edge of the noise are left out.
"""
import math
import random
import struct
import sys
from fractions import Fraction

SEED = 20240301
random.seed(SEED)


def bits(x):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))[0]


def to_steps(k, direction):
    """Whole steps for k >= 0, or None where the noise's edge is near."""
    noise = Fraction(1, 10**9) + k / 2**51
    low = math.floor(k)
    for distance, result in ((k - low, low), (low + 1 - k, low + 1)):
        if distance <= noise * Fraction(99, 100):
            return result
        if distance <= noise * Fraction(101, 100):
            return None
    if direction:
        return low + (direction > 0)
    to_half = k - low - Fraction(1, 2) + noise
    if abs(to_half) <= noise / 100:
        return None
    return low + (to_half >= 0)


def expected(step, x, direction):
    k = Fraction(x) / step
    n = to_steps(abs(k), direction if k >= 0 else -direction)
    if n is None:
        return None
    value = float(n * step)
    return -value if k < 0 and value else value


def inputs(step):
    for largest in (20, 20, 10**4, 10**6, 10**10):
        n = random.randint(0, largest)
        at = float(n * step)
        yield at
        yield -at
        yield at * (1 + 2.0**-52)
        yield at * (1 - 2.0**-53)
        yield at + float(step) / 2
        yield -at - float(step) / 2
        yield float((n + Fraction(1, 3)) * step)
        yield float((n + Fraction(random.randint(1, 999), 1000)) * step)
        yield -float((n + Fraction(random.randint(1, 999), 1000)) * step)
        yield float((n + Fraction(1, 10**8)) * step)
        yield float((n - Fraction(1, 10**8)) * step)
        yield float((n + Fraction(1, 10**11)) * step)
        yield 0.1 * n * float(step) * 10


STEPS = ["0.01", "0.1", "0.5", "1", "25", "1000", "0.00000001", "0.001",
         "0.0001", "0.25", "0.05", "0.00005", "2.5", "0.125", "1e-15", "0.3",
         "123456789.012345", "1e10"]
print("# step, its bits, x, direction (-1 down, 0 nearest, 1 up), result; bits")
print("# CPython %s fractions, command: python3 tests/data/gen/gen_decimal.py, "
      "seed %d" % (sys.version.split()[0], SEED))
for text in STEPS:
    step = Fraction(text)
    units = step
    while units.denominator > 1:
        units *= 10
    for x in inputs(step):
        if abs(Fraction(x)) / step * units > 2**52:
            continue  # beyond what doubles hold to the unit
        for direction in (-1, 0, 1):
            y = expected(step, x, direction)
            if y is not None:
                print("%s,%s,%s,%d,%s" % (text, bits(float(text)), bits(x),
                                          direction, bits(y)))
