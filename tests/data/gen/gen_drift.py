#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Change points, widths and sums by river's ADWIN.

    pip install river==0.26.1 numpy==2.4.6
    python3 gen_drift.py > ../drift/adwin.csv

levels: the congruential stream of the shared golden.json; basic and multiple:
those of river's own tests (river/drift/test_adwin_regression.py), written to
../drift/ as digits.
"""
import os
import random
import sys

import numpy as np
import river
from river import drift

HERE = os.path.dirname(os.path.abspath(__file__))


def levels(scale=1.0):
    state, out = 1, []
    for i in range(4000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        u = (state >> 11) / 2**53
        out.append((0.3 * u + (0 if i < 1500 else .35 if i < 2700 else .1))
                   * scale)
    return out


def digits(name, drawn):
    with open(f"{HERE}/../drift/{name}.txt", "w") as out:
        for i in range(0, len(drawn), 70):
            out.write("".join(map(str, drawn[i:i + 70])) + "\n")
    return [float(x) for x in drawn]


def basic():
    np.random.seed(12345)
    return [int(x) for high in (2, 8)
            for x in np.random.randint(high, size=1000)]


def multiple():
    rng = random.Random(42)
    return [x for _ in range(2) for choice in ([0, 1], range(4, 8))
            for x in rng.choices(choice, k=1000)]


STREAMS = {"levels": levels(), "small": levels(1e-3),
           "basic": digits("basic", basic()),
           "multiple": digits("multiple", multiple()),
           "sevens": [float(i % 7) for i in range(200)]}
RUNS = [("basic", {}), ("multiple", {}), ("levels", {}), ("small", {}),
        ("levels", {"clock": 1}), ("sevens", {"clock": 1000000}),
        ("levels", {"delta": 0.3, "clock": 7}),
        ("levels", {"max_buckets": 2, "min_window_length": 20}),
        ("multiple", {"clock": 100, "grace_period": 500})]
DEFAULTS = dict(delta=0.002, clock=32, max_buckets=5, min_window_length=5,
                grace_period=10)

print(f"# tests/data/gen/gen_drift.py with river {river.__version__}, numpy "
      f"{np.__version__} (legacy seed 12345), Python "
      f"{sys.version.split()[0]}")
print("# stream,resets,delta,clock,max_buckets,min_window_length,grace_period,"
      "width,total,sum_squares,n,change...")
for name, changed in RUNS:
    for resets in (1, 0):
        settings = {**DEFAULTS, **changed}
        peer = drift.ADWIN(**settings)
        core, changes = peer._helper, []
        for i, x in enumerate(STREAMS[name]):
            if resets:
                peer.update(x)
                core, seen = peer._helper, peer.drift_detected
            else:
                seen = core.update(x)
            if seen:
                changes.append(i)
        width = core.get_width()
        row = [name, resets, *settings.values(), int(width), core.get_total(),
               core.get_variance(), len(changes), *changes[:18]]
        print(",".join(map(str, row)))
