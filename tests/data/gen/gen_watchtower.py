#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expected figures of the watchtower: agents that come and go on recorded
bars, each record computed anew from all its returns by NumPy and SciPy.

    python3 gen_watchtower.py ../../../examples/data/BTCUSDT-5m-*.csv \
        > ../watchtower/tracks.csv
"""
import csv
import math
import sys

import numpy as np
import scipy
from scipy import stats

GAMMA = 0.57721566490153286061
WINDOW, MIN_BARS, PROMOTE = 2016, 500, 0.99
# look, sign, cost, first bar, last bar (then closed); as in
# tests/unit/test_watchtower_golden.c
AGENTS = [(12, 1, 0, 1, 9999), (48, -1, 1e-5, 1, 900), (6, -1, 0, 300, 9999),
          (5, 0, 0, 300, 9999), (100, 1, 0, 600, 700), (24, -1, 1e-5, 1200, 9999),
          (3, 1, 1e-4, 1201, 2000)]
ASKED = [10, 499, 500, 501, 799, 800, 1300, 1701, 2016, 2017, 2300]

with open(sys.argv[1], newline="") as f:
    close = [float(row["close"]) for row in csv.DictReader(f)]


def curve(look, sign, cost, first, last):
    """Equity after each bar from first - 1, and trades as (bar, result)."""
    equity, position, entry = 200.0, False, 0.0
    out, trades = [equity], []
    for t in range(first, min(last + 1, len(close))):
        wanted = t - 1 >= look and sign * (close[t - 1] - close[t - 1 - look]) > 0
        if wanted != position:
            if wanted:
                entry = equity
            equity *= 1 - cost
            if not wanted:
                trades.append((t, equity - entry))
            position = wanted
        if position:
            equity *= 1 + (close[t] / close[t - 1] - 1)
        out.append(equity)
    return np.array(out), trades


def law(x):
    """Sharpe ratio, skewness, kurtosis, standard error of the ratio."""
    if len(x) < 2 or np.ptp(x) == 0:
        return (math.nan,) * 4
    sharpe = np.mean(x) / np.std(x, ddof=1)
    g3, g4 = stats.skew(x), stats.kurtosis(x, fisher=False)
    error = math.sqrt((1 - g3 * sharpe + (g4 - 1) / 4 * sharpe**2) / (len(x) - 1))
    return sharpe, g3, g4, error


def best_of(n):
    if n == 1:
        return 0.0
    return ((1 - GAMMA) * stats.norm.isf(1 / n)
            + GAMMA * stats.norm.isf(1 / (n * math.e)))


CURVES = [curve(*a) for a in AGENTS]


def returns(i, t):
    """Of agent i up to bar t."""
    first, last = AGENTS[i][3:]
    equity = CURVES[i][0][:min(t, last) - first + 2]
    return equity[1:] / equity[:-1] - 1


def row(i, t, n_agents, ratios):
    x = returns(i, t)
    variance = np.var(ratios, ddof=1) if len(ratios) > 1 else 1 / len(x)
    sharpe, g3, g4, error = law(x)
    luck = math.sqrt(variance) * best_of(n_agents)
    z = (sharpe - luck) / error
    recent = x[-WINDOW:]
    r_variance = variance if len(ratios) > 1 else 1 / len(recent)
    r_sharpe, _, _, r_error = law(recent)
    r_luck = math.sqrt(r_variance) * best_of(n_agents)
    needed = math.nan
    if not math.isnan(sharpe):
        needed = math.inf
        if sharpe > luck:
            needed = 1 + (error**2 * (len(x) - 1)
                          * (stats.norm.ppf(PROMOTE) / (sharpe - luck))**2)
    trades = np.array([r for bar, r in CURVES[i][1] if bar <= t])
    t_sharpe, _, _, t_error = law(trades)
    equity = CURVES[i][0][:min(t, AGENTS[i][4]) - AGENTS[i][3] + 2]
    cdf = stats.norm.cdf
    return [i, t, len(x), len(trades), sharpe, g3, g4, cdf(sharpe / error),
            n_agents, len(ratios) if len(ratios) > 1 else 0, variance, luck,
            cdf(z), z, len(recent), r_sharpe, cdf(r_sharpe / r_error),
            cdf((r_sharpe - r_luck) / r_error), needed,
            np.mean(trades) if len(trades) else math.nan, t_sharpe,
            cdf(t_sharpe / t_error), 1 - equity[-1] / np.max(equity)]


print(f"# tests/data/gen/gen_watchtower.py: numpy {np.__version__}, scipy "
      f"{scipy.__version__}; examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv")
print("# agent,bar,returns,trades,sharpe,skewness,kurtosis,psr,N,"
      "variance_agents,V,expected_max,dsr,z,rolling_n,rolling_sharpe,"
      "rolling_psr,rolling_dsr,min_track,mean_trade,trade_sharpe,trade_psr,"
      "drawdown")
for t in ASKED:
    alive = [i for i in range(len(AGENTS)) if AGENTS[i][3] <= t]
    ratios = [s for s in (law(returns(i, t))[0] for i in alive
                          if len(returns(i, t)) >= MIN_BARS)
              if not math.isnan(s)]
    for i in alive:
        print(",".join(repr(v) if isinstance(v, int) else repr(float(v))
                       for v in row(i, t, len(alive), ratios)))
