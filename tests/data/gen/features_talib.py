#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden values of features by TA-Lib.

    pip install TA-Lib numpy
    python3 tests/data/gen/features_talib.py tests/data/features/bars.csv \
        > tests/data/features/talib.csv

Each line: feature, parameters, row, value; of a feature with a row where TA-Lib
begins (its first value there, none before), every 13th row and the last three.
The table CASES is also what tests/peers/peers_features.py runs on real bars.
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


def closes(name, function, *params):
    case(name, lambda c, *p: function(c.close, *p), *params)


def highs_lows(name, function, *params):
    case(name, lambda c, *p: function(c.high, c.low, *p), *params)


def ranges(name, function, *params):
    case(name, lambda c, *p: function(c.high, c.low, c.close, *p), *params)


def averages():
    periods = ((30,), (2,), (7,), (100,))
    for name in ("SMA EMA WMA DEMA TEMA TRIMA RMA LINEARREG LINEARREG_SLOPE "
                 "TSF HMA MAX MIN MIDPOINT TRIX ER VHF").split():
        closes(name, getattr(talib, name), *periods)
    closes("KAMA", talib.KAMA, *periods)
    closes("T3", talib.T3, (5, 0.7), (2, 0.0), (30, 1.0))
    highs_lows("MIDPRICE", talib.MIDPRICE, *periods)
    for which, side in ((0, "UPPER"), (2, "LOWER")):
        highs_lows("DONCHIAN_" + side, output(talib.DONCHIAN, which), *periods)
    case("BBANDS_UPPER", lambda c, n, k: talib.BBANDS(c.close, n, k, 1)[0],
         (20, 2.0), (5, 0.5), (2, 3.5))
    case("BBANDS_MIDDLE", lambda c, n: talib.BBANDS(c.close, n, 2, 2)[1],
         (20,), (5,))
    case("BBANDS_LOWER", lambda c, n, k: talib.BBANDS(c.close, n, 1, k)[2],
         (20, 2.0), (5, 0.5), (2, 3.5))


def direction():
    periods = ((14,), (2,), (5,), (50,))
    for name in "PLUS_DI MINUS_DI DX ADX ADXR".split():
        ranges(name, getattr(talib, name), *periods)
    highs_lows("SAR", talib.SAR, (0.02, 0.2), (0.1, 0.1), (0.15, 0.05))
    highs_lows("AROON_DOWN", output(talib.AROON, 0), *periods)
    highs_lows("AROON_UP", output(talib.AROON, 1), *periods)
    highs_lows("AROONOSC", talib.AROONOSC, *periods)
    ranges("VORTEX_PLUS", output(talib.VORTEX, 0), *periods)
    ranges("VORTEX_MINUS", output(talib.VORTEX, 1), *periods)


def momentum():
    closes("MOM", talib.MOM, (10,), (1,), (48,))
    closes("ROC", talib.ROC, (10,), (1,), (48,))
    closes("RSI", talib.RSI, (14,), (2,), (50,))
    periods = ((12, 26, 9), (26, 12, 5), (3, 10, 16))
    case("MACD", lambda c, f, s: talib.MACD(c.close, f, s, 1)[0],
         *[p[:2] for p in periods])
    closes("MACD_SIGNAL", output(talib.MACD, 1), *periods)
    closes("MACD_HIST", output(talib.MACD, 2), *periods)


    closes("PPO", lambda x, f, s: talib.PPO(x, f, s, matype=1), (12, 26),
           (26, 12), (3, 10))
    periods = ((14,), (2,), (5,), (50,))
    for name in "CMO CMOU".split():
        closes(name, getattr(talib, name), *periods)
    case("IMI", lambda c, n: talib.IMI(c.open, c.close, n), *periods)
    case("BOP", lambda c: talib.BOP(c.open, c.high, c.low, c.close))
    closes("TSI", talib.TSI, (25, 13), (2, 2), (10, 30))
    ranges("WILLR", talib.WILLR, *periods)
    ranges("CCI", talib.CCI, *periods)
    ranges("ULTOSC", talib.ULTOSC, (7, 14, 28), (30, 4, 9), (2, 3, 4))
    ranges("STOCHF_FASTK", lambda h, l, c, k: talib.STOCHF(h, l, c, k, 1)[0],
           (5,), (2,), (30,))
    ranges("STOCH_SLOWK",
           lambda h, l, c, k, s: talib.STOCH(h, l, c, k, s, 0, 1, 0)[0],
           (5, 3), (14, 2), (30, 10))
    ranges("STOCH_SLOWD",
           lambda h, l, c, k, s, d: talib.STOCH(h, l, c, k, s, 0, d, 0)[1],
           (5, 3, 3), (14, 2, 5), (30, 10, 2))
    closes("STOCHRSI_FASTK", lambda x, n, k: talib.STOCHRSI(x, n, k, 1)[0],
           (14, 5), (2, 14), (30, 3))
    closes("STOCHRSI_FASTD", output(talib.STOCHRSI, 1), (14, 5, 3), (2, 14, 2),
           (30, 3, 10))


def volatility():
    ranges("TRANGE", talib.TRANGE)
    ranges("ATR", talib.ATR, (14,), (2,), (60,))
    ranges("NATR", talib.NATR, (14,), (2,), (60,))
    periods = ((5,), (2,), (100,))
    closes("STDDEV", lambda x, n: talib.STDDEV(x, n, 1.0), *periods)
    closes("VAR", lambda x, n: talib.VAR(x, n, 1.0), *periods)
    closes("AVGDEV", talib.AVGDEV, *periods)
    closes("PERCENTRANK", talib.PERCENTRANK, (100,), (2,), (30,))


def volume():
    periods = ((14,), (2,), (5,), (50,))
    case("OBV", lambda c: talib.OBV(c.close, c.volume))
    case("AD", lambda c: talib.AD(c.high, c.low, c.close, c.volume))
    case("ADOSC", lambda c, *p: talib.ADOSC(c.high, c.low, c.close, c.volume,
                                            *p), (3, 10), (10, 3), (20, 60))
    for name in "MFI CMF".split():
        case(name, lambda c, n, f=getattr(talib, name):
             f(c.high, c.low, c.close, c.volume, n), *periods)
    case("EFI", lambda c, n: talib.EFI(c.close, c.volume, n), *periods)
    case("VWMA", lambda c, n: talib.VWMA(c.close, c.volume, n), *periods)
    case("RVOL", lambda c, n: talib.RVOL(c.volume, n), *periods)
    case("PVO", lambda c, f, s: talib.PVO(c.volume, f, s, 1), (12, 26),
         (26, 12), (3, 10))


averages()
direction()
momentum()
volatility()
volume()


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


def noisy(name, params, columns):
    """Rows where TA-Lib shows the rounding of earlier bars and nothing else.

    Where the close stands still, the RSI moves in its last bit, and STOCHRSI is
    the place within that noise. Where a window has no volume, the running sums
    keep a remainder, and CMF, RVOL and VWMA are quotients of such. Where prices
    hardly move, CCI is a quotient of two differences that lost their digits."""
    n = len(columns.close)
    if name.startswith("STOCHRSI"):
        still = np.concatenate([[True], np.diff(columns.close) == 0])
        return np.convolve(still, np.ones(int(sum(params[1:])) + 1))[:n] > 0
    if name in ("CMF", "RVOL", "VWMA"):
        traded = np.convolve(columns.volume > 0, np.ones(params[0]))[:n]
        silent = traded == 0
        return np.roll(silent, 1) if name == "RVOL" else silent
    if name == "CCI":
        price = (columns.high + columns.low + columns.close) / 3
        width = talib.MAX(price, params[0]) - talib.MIN(price, params[0])
        return width < 1e-6 * price
    return np.zeros(n, dtype=bool)


def rows_of(values):
    """The rows that are kept, and the first that has a value."""
    good = np.flatnonzero(~np.isnan(values))
    first = int(good[0])
    n = len(values)
    kept = {first, *range(first, n, 13), n - 3, n - 2, n - 1}
    if first > 0:
        kept.add(first - 1)
    return sorted(kept)


def print_cases(cases, columns):
    print("feature,param1,param2,param3,param4,row,value")
    for name, call, sets in cases:
        for params in sets:
            values = np.asarray(call(columns, *params), dtype=float)
            cells = [repr(p) for p in params] + [""] * (4 - len(params))
            left_out = noisy(name, params, columns)
            for row in rows_of(values):
                if not left_out[row]:
                    print("%s,%s,%d,%.17g" % (name, ",".join(cells), row,
                                              values[row]))


def main():
    with open(sys.argv[1]) as file:
        columns = Columns(file)
    print("# TA-Lib %s (C library %s), numpy %s; "
          "tests/data/gen/features_talib.py on bars.csv"
          % (talib.__version__, talib.__ta_version__.decode().split()[0],
             np.__version__))
    print_cases(CASES, columns)


if __name__ == "__main__":
    main()
