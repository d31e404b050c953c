#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Crossings of two moving averages as vectorbt sees them.

Usage: sweep_vectorbt.py > tests/data/sweep/crossed_vectorbt.csv
Needs vectorbt (made with 1.0.0, NumPy 1.26.4). Closes are small whole numbers
and the windows 2 and 4, so that averages are exact and often equal.
"""
import importlib.metadata

import numpy as np
from vectorbt.generic.nb import crossed_above_1d_nb

CASES, BARS, FAST, SLOW, SEED = 40, 70, 2, 4, 7


def average(x, n):
    out = np.full(len(x), np.nan)
    for i in range(n - 1, len(x)):
        out[i] = sum(x[i - n + 1:i + 1]) / n
    return out


def main():
    version = importlib.metadata.version("vectorbt")
    print(f"# vectorbt {version} crossed_above_1d_nb(fast, slow) and (slow, "
          f"fast); fast and slow: averages of {FAST} and {SLOW} closes")
    print(f"# tests/data/gen/sweep_vectorbt.py, seed {SEED}")
    print("case,close,above,below")
    rng = np.random.default_rng(SEED)
    for case in range(CASES):
        span = 2 + case % 4
        close = rng.integers(10, 10 + span, BARS).astype(float)
        close[:case % 9] = 10.0  # some begin with averages that are equal
        fast, slow = average(close, FAST), average(close, SLOW)
        above = crossed_above_1d_nb(fast, slow, 0)
        below = crossed_above_1d_nb(slow, fast, 0)
        for row in zip(close, above, below):
            print(f"{case},{row[0]:g},{int(row[1])},{int(row[2])}")


if __name__ == "__main__":
    main()
