#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From which Sharpe ratio per bar on sums of powers leave no certain digits:
the table of docs/modules/metrics.md.

    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        python3 tests/peers/metrics_digits.py
"""
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples/python"))
import crucible as cr

draw = np.random.default_rng(1)
for n in (1_000, 100_000, 1_000_000):
    z = draw.standard_normal(n)
    z = (z - z.mean()) / z.std(ddof=1)
    first = {}
    for ratio in 10**np.arange(0, 7, 0.05):
        deviation = min(1e-4, 300 / n / ratio)
        growth = np.cumprod(1 + deviation * (z + ratio))
        m = cr.metrics(np.concatenate([[1.0], growth]))
        if np.isnan(m.kurtosis):
            first.setdefault("kurtosis", ratio)
        if m.stddev == 0:
            first.setdefault("volatility", ratio)
            break
    print(f"{n} bars: no kurtosis from {first['kurtosis']:.3g}, "
          f"volatility 0 from {first['volatility']:.3g}")
