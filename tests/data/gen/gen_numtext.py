#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden cases for reading and printing doubles, from CPython's float().

    python3 tests/data/gen/gen_numtext.py tests/data/base

CPython reads with D. Gay's dtoa and prints the shortest repr with it: neither
is the C library's nor ours.
"""
import random
import struct
import sys
from fractions import Fraction

SEED = 20240301
random.seed(SEED)


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def double(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def exact(fraction):
    """All digits of a dyadic fraction."""
    k = fraction.denominator.bit_length() - 1
    digits = str(fraction.numerator * 5**k)
    if k == 0:
        return digits
    digits = digits.rjust(k + 1, "0")
    return digits[:-k] + "." + digits[-k:]


def between(x):
    """Exactly half way from x to the next double, and just beside that."""
    a, b = Fraction(x), Fraction(double(bits(x) + 1))
    text = exact((a + b) / 2)
    if "." not in text:
        text += ".0"
    below = text[:-1] + str(int(text[-1]) - 1) if text[-1] > "0" else text
    return [text, text + "0" * 40 + "1", below + "9" * 30]


def reading():
    yield from """0 -0 0.0 000 -0.000e5 0e999999999999999999 0e-999999 1 +1 -1
        .5 5. 0.1 1e23 8.5e22 9007199254740992 9007199254740993
        9007199254740993.0000000000000000000001 9007199254740995 1e22 1e-22
        2.2250738585072011e-308 2.2250738585072012e-308 2.2250738585072014e-308
        4.9406564584124654e-324 2.4703282292062327e-324 2.4703282292062328e-324
        1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308
        1e308 1e309 1e400 -1e400 1e-400 1e99999999999999999999
        1e-99999999999999999999 0.000000000000000000000000000000000000001e39
        100000000000000000000000000000000000000e-39 6.631236846766476e-316
        3.2378839133029012895883524125015321748630094e-319 123456789012345678
        18446744073709551615 18446744073709551616 9999999999999999999
        99999999999999999999 7.2057594037927933e16 1.0000000000000002220446
        9.5367431640625e-07 42283.58000000 179151172.23186670
        3000.00000000000000000000000000000000000000000000000000000000
        0.00000000000000000000000000000000000000000000012345678901234567890
        1448997445238699 5e-324 3e-324 2e-324 6929495644600919.5
        3.4028236692093846346337460743176e38""".split()
    yield "1" + "0" * 400 + "e-400"
    yield "0." + "0" * 400 + "1e401"
    yield "0." + "0" * 900 + "1234567890123456789012345e901"
    for power in (-1074, -1070, -1023, -1022, -900, -60, -30, -1, 0, 1, 52, 53,
                  54, 63, 64, 100, 900):
        for step in (0, 1, 2, 12345):
            yield from between(double(bits(2.0**power) + step))
    for _ in range(60):
        yield from between(double(random.getrandbits(63) % bits(1e300)))
    for _ in range(400):  # as markets have them
        yield "%.8f" % (10 ** random.uniform(-6, 10))
        yield "%.2f" % (10 ** random.uniform(-1, 6))
    for _ in range(600):
        digits = random.randint(1, 25)
        text = str(random.randint(1, 10**digits))
        yield "%se%d" % (text, random.randint(-345, 310 - digits))


def printing():
    yield from (0.0, -0.0, 1.0, -1.0, 0.1, 1e-7, 12345.5, 1e15, 1e16, 1e17,
                123456789012345678.0, 0.0001, 0.00001, 5e-324, 1e-323, 2.0**-44,
                2.2250738585072014e-308, 2.225073858507201e-308, 1e22, 1e23,
                1.7976931348623157e308, 9007199254740991.0, 9007199254740993.0,
                4294967296.0, 1 / 3, 2 / 3, 1e100, 1e-100, 4.35, 0.3, 0.1 + 0.2,
                100.0, 1.5e300, 9.5e-7)
    for power in range(-1074, 1024, 7):
        yield 2.0**power
        yield double(bits(2.0**power) + 1)
        yield double(bits(2.0**power) - 1)
    for power in range(40, 60):  # halfway between two of the shortest
        for j in range(1, 12, 2):
            yield 2.0**power + j * 2.0**(48 - power)
            yield 2.0**power + j * 2.0**(49 - power)
    for _ in range(1500):
        yield double(random.getrandbits(64) % bits(float("inf")))
    for _ in range(500):
        yield round(10 ** random.uniform(-6, 10), random.randint(0, 8))


def repr_c(x):
    text = repr(x)
    return text[:-2] if text.endswith(".0") else text


def write(path, what, rows):
    seen = set()
    with open(path, "w") as f:
        f.write("# %s: text, bits of the double\n" % what)
        f.write("# CPython %s, command: python3 tests/data/gen/gen_numtext.py "
                "tests/data/base, seed %d\n" % (sys.version.split()[0], SEED))
        for text, b in rows:
            if text not in seen:
                f.write("%s,%016x\n" % (text, b))
            seen.add(text)


out = sys.argv[1]
write(out + "/read_double.csv", "reading",
      ((t, bits(float(t))) for t in reading()))
write(out + "/write_double.csv", "shortest text",
      ((repr_c(x), bits(x)) for x in printing()))
