#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/stats/block_length.csv: automatic block lengths by arch.

    pip install arch
    python3 tests/data/gen/gen_block_length.py > tests/data/stats/block_length.csv

Series: x[t] = a x[t-1] + u[t], u from the integer congruential generator of
tests/support/lcg_series.h, uniform - 0.5, x[0] = u[0].
"""
import sys

import arch
import numpy as np
from arch.bootstrap import optimal_block_length

print("# optimal block lengths: stationary, circular")
print(f"# arch {arch.__version__}, numpy {np.__version__}; "
      "python3 tests/data/gen/gen_block_length.py")
print("# seed,n,a,stationary,circular")
for seed, n, a in ((1, 16, 0.0), (2, 50, 0.0), (3, 250, 0.3), (4, 1000, 0.7),
                   (5, 1000, -0.5), (6, 5000, 0.9), (7, 2000, 0.05),
                   (8, 100, 0.99)):
    state, x = seed, []
    for t in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        u = state / 2**32 - 0.5
        x.append(u + (a * x[-1] if x else 0.0))
    found = optimal_block_length(np.array(x))
    print(f"{seed},{n},{a!r},{found.iloc[0, 0]:.17g},{found.iloc[0, 1]:.17g}")
