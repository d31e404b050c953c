#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden streams: Philox4x32-10 written down again, normals by mpmath.

    python3 tests/data/gen/gen_rng.py > tests/data/base/rng.csv

Needs mpmath (pip install mpmath). Before it writes anything the generator here
is checked against the known-answer vectors of Random123.
"""
import struct
import sys

import mpmath

MASK = 0xFFFFFFFF
mpmath.mp.prec = 200


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1],
             a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


KNOWN = """
00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1
"""
for line in KNOWN.split("\n"):
    w = [int(x, 16) for x in line.split()]
    assert not w or philox(w[:4], w[4:6]) == w[6:], line


def words(seed, purpose, ident):
    block = 0
    while True:
        counter = (block & MASK, block >> 32, ident & MASK,
                   purpose << 16 | ident >> 32)
        yield from philox(counter, (seed & MASK, seed >> 32))
        block += 1


class Stream:
    def __init__(self, *name):
        self.words = words(*name)

    def u32(self):
        return next(self.words)

    def u64(self):
        low = self.u32()
        return self.u32() << 32 | low

    def uniform(self):
        return (self.u64() >> 11) / 2.0**53

    def below(self, n):
        while True:  # rejection by the definition, not by the fast test
            product = self.u64() * n
            if product % 2**64 >= 2**64 % n:
                return product >> 64

    def normal(self):
        p = (mpmath.mpf(self.u64() >> 12) + 0.5) / 2**52
        return float(mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1))


def bits(x):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))[0]


print("# seed, purpose, id, kind, argument, value; doubles as their bits")
print("# CPython %s, mpmath %s, command: python3 tests/data/gen/gen_rng.py" %
      (sys.version.split()[0], mpmath.__version__))
NAMES = [(0, 0, 0), (1, 1, 1), (42, 3, 7), (2**64 - 1, 65535, 2**48 - 1),
         (20240301, 4, 2**40 + 5)]
for name in NAMES:
    for kind, count in (("u32", 12), ("u64", 6), ("uniform", 6),
                        ("normal", 200)):
        stream = Stream(*name)
        for _ in range(count):
            value = getattr(stream, kind)()
            text = bits(value) if isinstance(value, float) else "%x" % value
            print("%x,%x,%x,%s,0,%s" % (*name, kind, text))
    for n in (1, 2, 3, 10, 1000003, 2**32, 2**63 + 1, 2**64 - 1):
        stream = Stream(*name)
        for _ in range(8):
            print("%x,%x,%x,below,%x,%x" % (*name, n, stream.below(n)))
