#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expected figures of the stats room, from mpmath, scipy and empyrical.

    python3 gen_stats.py ../stats        (writes normal.csv, moments.csv,
                                          metrics.csv)

The series are those of an integer congruential generator, so that the C tests
rebuild them to the bit: state = 1664525 state + 1013904223 mod 2^32, value
u = state / 2^32.
"""
import sys

import empyrical
import mpmath as mp
import numpy
import scipy
import scipy.stats

mp.mp.dps = 60
folder = sys.argv[1]
head = (f"# tests/data/gen/gen_stats.py: mpmath {mp.__version__}, "
        f"scipy {scipy.__version__}, numpy {numpy.__version__}, "
        f"empyrical-reloaded {empyrical.__version__}; seed in the rows\n")


def lcg(seed, n):
    state, out = seed, []
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        out.append(state / 2**32)
    return out


def text(x):
    return mp.nstr(x, 20) if isinstance(x, mp.mpf) else repr(float(x))


# shapes: the same arithmetic as lcg_series() in tests/support/lcg_series.h
def shape(kind, u):
    if kind == "uniform":
        return [x - 0.5 for x in u]
    if kind == "returns":  # skewed, tiny, as 5-minute returns
        return [(x * x * x - 0.25) * 0.0009765625 for x in u]
    if kind == "offset":  # variance far below the mean
        return [1e9 + x for x in u]
    if kind == "outlier":  # 1e9 next to 1e-7
        return [1e9 if i == 7 else x * 1e-7 for i, x in enumerate(u)]
    raise ValueError(kind)


with open(f"{folder}/moments.csv", "w") as f:
    f.write(head)
    f.write("# kind,seed,n,mean,stddev,skewness,kurtosis (mpmath, 60 digits)\n")
    for kind, seed, n in [("uniform", 1, 2), ("uniform", 1, 3),
                          ("uniform", 2, 1000), ("returns", 3, 2016),
                          ("returns", 4, 20000), ("offset", 5, 500),
                          ("outlier", 6, 300)]:
        v = shape(kind, lcg(seed, n))
        x = [mp.mpf(a) for a in v]
        mean = mp.fsum(x) / n
        m2, m3, m4 = (mp.fsum((a - mean)**k for a in x) / n for k in (2, 3, 4))
        row = [mean, mp.sqrt(m2 * n / (n - 1)), m3 / m2**1.5, m4 / m2**2]
        if kind in ("uniform", "returns"):  # a second opinion
            assert abs(scipy.stats.skew(v) - float(row[2])) < 1e-9
            assert abs(scipy.stats.kurtosis(v, fisher=False) - row[3]) < 1e-9
        f.write(",".join([kind, str(seed), str(n)] + [text(a) for a in row])
                + "\n")

with open(f"{folder}/normal.csv", "w") as f:
    f.write(head)
    f.write("# p,quantile(p) (mpmath, Newton at 60 digits from scipy's)\n")
    for p in [1e-300, 1e-100, 1e-20, 1e-12, 1e-6, 1.4e-4, 0.001, 0.02, 0.07,
              0.075, 0.0751, 0.2, 0.4999999, 0.5, 0.75, 0.9249, 0.925, 0.95,
              0.975, 0.99, 0.999999]:
        x = mp.mpf(float(scipy.stats.norm.ppf(p)))
        for _ in range(6):
            x -= (mp.ncdf(x) - mp.mpf(p)) / mp.npdf(x)
        f.write(f"{p!r},{text(x)}\n")

with open(f"{folder}/metrics.csv", "w") as f:
    f.write(head)
    f.write("# equity: 200, then each bar times 1 + r, r of kind returns\n"
            "# seed,n_returns,periods,total,annual,volatility,annual_sharpe,"
            "annual_sortino,max_drawdown,calmar (empyrical)\n")
    for seed, n, periods in [(11, 60, 252), (12, 2016, 105120),
                             (13, 8640, 105120)]:
        equity = [200.0]
        for r in shape("returns", lcg(seed, n)):
            equity.append(equity[-1] * (1 + r))
        e = numpy.array(equity)
        r = e[1:] / e[:-1] - 1
        k = dict(annualization=periods)
        row = [empyrical.cum_returns_final(r), empyrical.annual_return(r, **k),
               empyrical.annual_volatility(r, **k),
               empyrical.sharpe_ratio(r, **k), empyrical.sortino_ratio(r, **k),
               -empyrical.max_drawdown(r), empyrical.calmar_ratio(r, **k)]
        f.write(",".join([str(seed), str(n), str(periods)]
                         + [text(a) for a in row]) + "\n")
