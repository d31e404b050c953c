#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spreads of windows of recorded bars by plain formulas in numpy.

    python3 tests/data/gen/gen_spread.py > tests/data/costs/spread.csv

EDGE by the package bidask 2.1.0; the others written down from R's bidask
(r/R/ar.R, cs.R and roll.R of eguidotti/bidask, fb26f8e9). With gaps = 1 a bar
that is missing is a row of NaN, which drops out of every mean.
"""
import importlib.metadata
import sys

import bidask
import numpy as np

BARS = "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"


def mean(x):
    x = x[~np.isnan(x)]
    return float(np.mean(x)) if len(x) else float("nan")


def root(x):
    return float(np.sign(x) * np.sqrt(abs(x)))


def estimates(t):
    o, h, l, c = (np.log(t[k]) for k in ("open", "high", "low", "close"))
    m = (h + l) / 2
    square = 4 * (c[:-1] - m[:-1]) * (c[:-1] - m[1:])
    gap = np.maximum(0, c[:-1] - h[1:]) + np.minimum(0, c[:-1] - l[1:])
    beta = (h[1:] - l[1:]) ** 2 + (h[:-1] - l[:-1]) ** 2
    gamma = (np.maximum(h[1:] + gap, h[:-1])
             - np.minimum(l[1:] + gap, l[:-1])) ** 2
    k = 3 - 2 * np.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / k - np.sqrt(gamma / k)
    s = 2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))
    r1, r2 = c[2:] - c[1:-1], c[1:-1] - c[:-2]
    r1, r2 = r1[~np.isnan(r1 + r2)], r2[~np.isnan(r1 + r2)]
    n = len(r1)
    roll = (root(-4 * n / (n - 1) * (np.mean(r1 * r2)
                                     - np.mean(r1) * np.mean(r2)))
            if n > 1 else float("nan"))
    return [bidask.edge(*(t[k] for k in ("open", "high", "low", "close")),
                        sign=True), mean(s), mean(np.maximum(s, 0)),
            root(mean(square)), mean(np.sqrt(np.maximum(square, 0))), roll]


def with_holes(t):
    """Rows of NaN where bars are missing."""
    step = 300000
    at = ((t["open_time"] - t["open_time"][0]) // step).astype(int)
    full = np.full(at[-1] + 1, np.nan, dtype=t.dtype)
    full[at] = t
    return full


if __name__ == "__main__":
    bars = np.genfromtxt(BARS, delimiter=",", names=True)
    print(f"# tests/data/gen/gen_spread.py: python {sys.version.split()[0]}, "
          f"numpy {np.__version__}, bidask "
          f"{importlib.metadata.version('bidask')}")
    print(f"# bars [end - window, end) of {BARS}; with holes every 7th bar and "
          "its second next are left out first, and count as missing")
    print("# holes,window,end,edge,cs,cs2,ar,ar2,roll")
    keep = [i for i in range(len(bars)) if i % 7 not in (3, 5)]
    for holes in (0, 1):
        part = bars[keep] if holes else bars
        for window in (3, 4, 12, 100, 288):
            for end in range(window, len(part) + 1, max(window, 307)):
                t = part[end - window:end]
                t = with_holes(t) if holes else t
                print(",".join(map(repr, [holes, window, end,
                                          *map(float, estimates(t))])))
