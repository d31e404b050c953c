#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden values of features by TA-Lib.

    pip install TA-Lib numpy
    python3 tests/data/gen/features_talib.py tests/data/features/bars.csv \
        > tests/data/features/talib.csv

Each line: feature, parameters, row, value; of a feature with a row where TA-Lib
begins (its first value there, none before), every 13th row and the last three.
The table CASES is also what tests/peers/features_talib.py runs on real bars.
"""
import sys

import numpy as np
import talib

# name of the feature, TA-Lib's call on columns c, sets of parameters
CASES = []


def case(name, call, *params):
    CASES.append((name, call, params or ((),)))


def output(function, which):
    return lambda *a, **k: function(*a, **k)[which]


def trend():
    case("SMA", lambda c, n: talib.SMA(c.close, n), (30,), (2,), (7,), (200,))
    case("EMA", lambda c, n: talib.EMA(c.close, n), (30,), (2,), (14,), (100,))


def momentum():
    case("MOM", lambda c, n: talib.MOM(c.close, n), (10,), (1,), (48,))
    case("ROC", lambda c, n: talib.ROC(c.close, n), (10,), (1,), (48,))
    case("RSI", lambda c, n: talib.RSI(c.close, n), (14,), (2,), (50,))
    periods = ((12, 26, 9), (26, 12, 5), (3, 10, 16))
    case("MACD", lambda c, f, s: talib.MACD(c.close, f, s, 1)[0],
         *[p[:2] for p in periods])
    case("MACD_SIGNAL", lambda c, *p: talib.MACD(c.close, *p)[1], *periods)
    case("MACD_HIST", lambda c, *p: talib.MACD(c.close, *p)[2], *periods)


def volatility():
    case("TRANGE", lambda c: talib.TRANGE(c.high, c.low, c.close))
    case("ATR", lambda c, n: talib.ATR(c.high, c.low, c.close, n), (14,), (2,),
         (60,))
    case("NATR", lambda c, n: talib.NATR(c.high, c.low, c.close, n), (14,),
         (2,), (60,))
    case("STDDEV", lambda c, n: talib.STDDEV(c.close, n, 1.0), (5,), (2,),
         (100,))


trend()
momentum()
volatility()


class Columns:
    """Bars of a CSV file in the kline layout; # begins a comment."""

    def __init__(self, lines):
        rows = [l.strip().split(",") for l in lines if not l.startswith("#")]
        names, rows = rows[0], [r for r in rows[1:] if len(r) > 1]
        for i, name in enumerate(names):
            cells = [r[i] for r in rows]
            if all(cells):
                setattr(self, name, np.array(cells, dtype=float))
            else:
                setattr(self, name, None)


def rows_of(values):
    """The rows that are kept, and the first that has a value."""
    good = np.flatnonzero(~np.isnan(values))
    first = int(good[0])
    n = len(values)
    kept = {first, *range(first, n, 13), n - 3, n - 2, n - 1}
    if first > 0:
        kept.add(first - 1)
    return sorted(kept)


def main():
    with open(sys.argv[1]) as file:
        columns = Columns(file)
    print("# TA-Lib %s (C library %s), numpy %s; "
          "tests/data/gen/features_talib.py on bars.csv"
          % (talib.__version__, talib.__ta_version__.decode().split()[0],
             np.__version__))
    print("feature,param1,param2,param3,param4,row,value")
    for name, call, sets in CASES:
        for params in sets:
            values = np.asarray(call(columns, *params), dtype=float)
            cells = [repr(p) for p in params] + [""] * (4 - len(params))
            for row in rows_of(values):
                print("%s,%s,%d,%.17g" % (name, ",".join(cells), row,
                                          values[row]))


if __name__ == "__main__":
    main()
