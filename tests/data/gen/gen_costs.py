# SPDX-License-Identifier: Apache-2.0
"""Golden spreads, by the package of the estimator's authors.

usage: python3 tests/data/gen/gen_costs.py   (from the root; needs numpy, bidask)
Writes tests/data/costs/edge.csv.
"""
import importlib.metadata
import sys

import bidask
import numpy as np

BARS = "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

t = np.genfromtxt(BARS, delimiter=",", names=True)
out = open("tests/data/costs/edge.csv", "w")
out.write(f"# python {sys.version.split()[0]}, numpy {np.__version__}, bidask "
          f"{importlib.metadata.version('bidask')}: "
          "python3 tests/data/gen/gen_costs.py\n"
          f"# bidask.edge(..., sign=True) over the bars [end - window, end) of "
          f"{BARS}\n# window,end,spread\n")
for window in (3, 12, 288, 2016):
    for end in range(window, len(t) + 1, max(window // 2, 211)):
        part = t[end - window:end]
        out.write("%d,%d,%r\n" % (window, end, bidask.edge(
            part["open"], part["high"], part["low"], part["close"],
            sign=True)))
