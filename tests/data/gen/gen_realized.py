#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden values of volatility/realized, by numpy, pandas' definition of an
adjusted decaying mean, and statsmodels' HAC covariance.

    python3 tests/data/gen/gen_realized.py > tests/data/volatility/realized.csv
"""
import sys

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm

MINUTE = 60_000
rng = np.random.default_rng(22)


def number(x):
    return f"{float(x):.17g}"


def bars():
    """Minutes with some lacking; 5 of each bar of 5 or what there is."""
    at = np.arange(300)
    at = np.delete(at, [3, 40, 41, 42, 43, 44, 99, 100, 101, 160, 165, 166])
    close = np.round(100 * np.exp(np.cumsum(0.001 * rng.standard_normal(300))), 4)
    open_ = np.round(np.append(100, close[:-1]) * np.exp(
        0.0002 * rng.standard_normal(300)), 4)
    have = set(at)
    for i in at:
        print(f"minute,{i * MINUTE},{float(open_[i])!r},{float(close[i])!r}")
    for b in range(60):
        inside = [i for i in range(5 * b, 5 * b + 5) if i in have]
        total = np.nan
        if inside:
            first = inside[0]
            start = close[first - 1] if first - 1 in have else open_[first]
            path = np.log([start, *close[inside]])
            total = np.sum(np.diff(path) ** 2)
        print(f"bar,{5 * b * MINUTE},{number(total)},{len(inside)}")


def series(n):
    h, out = 0.0, []
    for _ in range(n):
        z = rng.standard_normal()
        out.append(np.exp(h) * z)
        h = 0.97 * h + 0.15 * (abs(z) - 0.8)
    return np.array(out)


def har(v, lags, horizon, window, first, refit, floor):
    """Forecast at each time, from rows kept whole."""
    out, fit, since = np.full(len(v), np.nan), None, 0
    for t in range(len(v)):
        rows = np.arange(lags[-1] - 1, t - horizon + 1)
        if len(rows):
            since += 1
            if since == (first if fit is None else refit):
                since = 0
                rows = rows[-window:]
                X = np.array([[1] + [v[i + 1 - k:i + 1].mean() for k in lags]
                              for i in rows])
                y = np.array([v[i + 1:i + 1 + horizon].mean() for i in rows])
                fit = np.linalg.lstsq(X, y, rcond=None)[0], y.mean(), y.max()
        if fit:
            x = [1] + [v[t + 1 - k:t + 1].mean() for k in lags]
            out[t] = min(max(np.dot(x, fit[0]), floor * fit[1]), fit[2])
    return out


def main():
    print(f"# tests/data/gen/gen_realized.py, numpy {np.__version__}, pandas "
          f"{pd.__version__}, statsmodels {statsmodels.__version__}, Python "
          f"{sys.version.split()[0]}")
    print("# minute: open time [ms], open, close; bar: open time, realised "
          "variance of 5 minutes\n# or of what there is, minutes found; "
          "ewma: return, variances for lambda 0.94 and 0.7;\n# har: variance, "
          "forecasts of lags 1 4 20 window 200 first 60 refit 30 floor 0.3, of "
          "lags 2 5 horizon 3\n# window 100 first 50 refit 7 floor 0.1; loss: "
          "forecast, realised, qlike, mse; compare: kind,\n# lags, mean "
          "difference of the losses from those of the forecast 1, standard "
          "error")
    bars()
    r = series(400)
    decaying = [pd.Series(r ** 2).ewm(alpha=1 - k, adjust=True).mean()
                for k in (0.94, 0.7)]
    for a, b, c in zip(r, *decaying):
        print(f"ewma,{number(a)},{number(b)},{number(c)}")
    x = series(700 * 5).reshape(700, 5)
    v = 1e-8 * np.sum(x ** 2, axis=1)
    f1 = har(v, [1, 4, 20], 1, 200, 60, 30, 0.3)
    f2 = har(v, [2, 5], 3, 100, 50, 7, 0.1)
    for row in zip(v, f1, f2):
        print("har," + ",".join(map(number, row)))
    realized, forecast = r[1:301] ** 2, decaying[0].to_numpy()[:300]
    realized[17] = 0
    losses = [np.log(forecast) + realized / forecast, (realized - forecast) ** 2]
    ones = [realized + 0, (realized - 1) ** 2]
    for row in zip(forecast, realized, *losses):
        print("loss," + ",".join(map(number, row)))
    for kind in (0, 1):
        d = losses[kind] - ones[kind]
        for lags in (0, 5, 13):
            fit = sm.OLS(d, np.ones(len(d))).fit(
                cov_type="HAC", cov_kwds={"maxlags": lags,
                                          "use_correction": False})
            print(f"compare,{kind + 1},{lags},{number(fit.params[0])},"
                  f"{number(fit.bse[0])},{number(fit.pvalues[0])}")


main()
