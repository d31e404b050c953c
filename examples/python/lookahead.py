# SPDX-License-Identifier: Apache-2.0
"""Four columns over recorded bars, two of which lie; and how much history each
of three averages needs.

    python3 lookahead.py BTCUSDT-5m.csv
"""
import sys

import numpy as np

import crucible as cr


def columns(bars):
    close = bars.close
    ahead = np.append(close[1:], np.nan)
    return {
        "rsi": cr.features(bars, [("RSI", 14)])[:, 0],
        "scaled": (close - close.min()) / (np.ptp(close) or 1),
        "buy": np.where(ahead > 1.002 * close, 1.0, 0.0),
        "return": np.append(np.nan, np.diff(np.log(close))),
    }


def averages(bars):
    specs = [("SMA", 50), ("EMA", 50), ("EMA", 200)]
    values = cr.features(bars, specs)
    return {f"{name} {n}": values[:, i] for i, (name, n) in enumerate(specs)}


bars = cr.read_csv(sys.argv[1])
print(cr.check_lookahead(columns, bars))
print()
print(cr.check_warmup(averages, bars))
