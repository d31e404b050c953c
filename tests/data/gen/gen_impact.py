#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits of Y sigma (Q/V)^e to made orders by statsmodels.

    pip install statsmodels numpy
    python3 tests/data/gen/gen_impact.py > tests/data/costs/impact.csv

Poisson regression of the cost on a constant and ln(Q/V) with sigma as exposure;
covariance HC1 (errors = 1) or clustered by blocks of time (errors = 0). binned =
1: ln(Q/V) is the mean of its bin, weighted by sigma, as in the library; 0: each
order's own. The orders are those of orders_of() in tests/unit/test_impact.c: exact
arithmetic on a congruential generator, the same bits in both.
"""
import math
import sys

import numpy as np
import statsmodels
import statsmodels.api as sm


def lcg(state):
    while True:
        state = (1664525 * state + 1013904223) % 2 ** 32
        yield state / 2 ** 32


def orders_of(seed, n, spread):
    """time, sigma, share, cost of each."""
    u, out = lcg(seed), []
    for i in range(n):
        time = i * 1000
        sigma = 0.001 * (0.5 + next(u))
        share = math.ldexp(1 + next(u), -1 - int(next(u) * spread))
        noise = 4 * next(u) * next(u) * next(u) * next(u)
        if next(u) < 0.5:
            noise = -0.125 * noise
        out.append((time, sigma, share,
                    sigma * (math.sqrt(share) + 0.25 * share) * noise))
    return np.array(out).T


def blocks_of(time, block):
    while (time[-1] - time[0]) // block >= 64:
        block *= 2
    return (time // block).astype(int)


def fit(seed, n, spread, errors, held, binned):
    time, sigma, share, cost = orders_of(seed, n, spread)
    l = np.log(share)
    if binned:
        bins = np.floor(4 * np.log2(share)).astype(int)
        for b in set(bins):
            here = bins == b
            l[here] = np.average(l[here], weights=sigma[here])
    x, offset = np.column_stack([np.ones(n), l]), np.log(sigma)
    if held:
        x, offset = x[:, :1], offset + held * l
    kind = dict(cov_type="HC1") if errors else dict(
        cov_type="cluster", cov_kwds={"groups": blocks_of(time, 10000)})
    done = sm.GLM(cost, x, family=sm.families.Poisson(), offset=offset).fit(
        tol=1e-15, maxiter=500, tol_criterion="params",
        start_params=np.r_[0.0, 0.5][:x.shape[1]], **kind)
    v = np.asarray(done.cov_params())
    if errors:  # statsmodels' own HC1 lacks the factor n / (n - k) in a GLM
        k = x.shape[1]
        mu = done.mu
        bread = np.linalg.inv(x.T @ (x * mu[:, None]))
        score = x * (cost - mu)[:, None]
        plain = bread @ score.T @ score @ bread * n / (n - k)
        assert np.allclose(plain, v, rtol=1e-6) or np.allclose(
            plain, v * n / (n - k), rtol=1e-6)
        v = plain
    y = math.exp(done.params[0])
    if held:
        return [y, held, y * v[0, 0] ** 0.5, 0, 0]
    return [y, done.params[1], y * v[0, 0] ** 0.5, v[1, 1] ** 0.5, y * v[0, 1]]


def main():
    print(f"# python {sys.version.split()[0]}, numpy {np.__version__}, "
          f"statsmodels {statsmodels.__version__}: "
          "python3 tests/data/gen/gen_impact.py")
    print("# seed,n,spread,errors,held,binned,y,exponent,y_se,exponent_se,"
          "covariance")
    for seed, n, spread in ((1, 300, 12), (2, 2000, 12), (3, 20000, 16),
                            (4, 5000, 4)):
        for errors in (0, 1):
            for held in (0, 0.5, 0.75):
                for binned in (1, 0):
                    row = [seed, n, spread, errors, held, binned] + fit(
                        seed, n, spread, errors, held, binned)
                    print(",".join(f"{x:.17g}" for x in row))


main()
