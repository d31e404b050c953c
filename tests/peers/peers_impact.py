#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares fits of the slippage's law with statsmodels.

    pip install statsmodels numpy
    python3 tests/peers/peers_impact.py build/release/lib/libcrucible.so \
        [--seeds N] [--time]

Orders of random laws, noise, sizes and spacing: statsmodels' Poisson regression
with sigma as exposure and clustered or HC1 covariance, on each order's own size;
ours puts sizes into bins and may differ by a third of a standard error, and by a
tenth in the standard errors; with sizes that are powers of two, where bins change
nothing, by 1e-7. Ends with status 1 at the first difference, with 77 (skipped)
where statsmodels is missing. --time prints what a fit of 20,000 orders takes.
"""
import argparse
import os
import sys
import time

try:
    import numpy as np
    import statsmodels.api as sm
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def orders(draw, powers):
    n = int(draw.integers(150, 3000))
    when = np.cumsum(draw.integers(0, 4000, n)) + 10 ** 12
    sigma = 1e-3 * draw.lognormal(0, 0.6, n)
    share = np.exp2(-draw.uniform(0, draw.uniform(3, 18), n))
    if powers:
        share = np.exp2(np.floor(np.log2(share)))
    noise = draw.exponential(1, n) * (draw.random(n) < draw.uniform(0.05, 1))
    noise -= draw.uniform(0, 0.05)
    cost = sigma * draw.uniform(0.1, 3) * share ** draw.uniform(0.2, 0.95)
    return when, sigma, share, cost * noise


def blocks(when, block):
    origin = when[0] // block * block
    while (when[-1] - origin) // block >= 64:
        block *= 2
    return (when - origin) // block


def theirs(when, sigma, share, cost, errors):
    x = np.column_stack([np.ones(len(share)), np.log(share)])
    kind = dict(cov_type="HC0") if errors else dict(
        cov_type="cluster", cov_kwds={"groups": blocks(when, 10000)})
    model = sm.GLM(cost, x, family=sm.families.Poisson(),
                   offset=np.log(sigma))
    start = [np.log(cost.sum() / (sigma * share ** 0.5).sum()), 0.5]
    fit = model.fit(start_params=start, tol=1e-14, maxiter=300,
                    tol_criterion="params", **kind)
    v = np.asarray(fit.cov_params())
    if errors:  # HC1; what statsmodels calls so lacks the factor in a GLM
        v = v * len(cost) / (len(cost) - 2)
    y = np.exp(fit.params[0])
    return np.array([y, fit.params[1], y * v[0, 0] ** 0.5, v[1, 1] ** 0.5])


def ours(cr, when, sigma, share, cost, errors):
    stream = cr.ImpactStream(horizon_ms=10000, errors=errors,
                             share_min=1e-12, min_blocks=3)
    for row in zip(when.tolist(), sigma.tolist(), share.tolist(),
                   cost.tolist()):
        stream.push_order(row[0], row[1], row[2], 1.0, row[3])
    fit = stream.fit()
    return fit, np.array([fit.y, fit.exponent, fit.y_se, fit.exponent_se])


def compare(cr, seed):
    """Whether the seed's orders had a fit."""
    draw = np.random.default_rng(seed)
    powers, errors = seed % 2, seed // 2 % 2
    table = orders(draw, powers)
    fit, mine = ours(cr, *table, errors)
    if fit.kind != 2:
        return False
    with np.errstate(all="ignore"):
        other = theirs(*table, errors)
    if powers:
        right = np.allclose(mine, other, rtol=1e-7, atol=1e-9)
    else:
        right = (abs(mine[:2] - other[:2]) <= 0.35 * other[2:]).all() \
            and np.allclose(mine[2:], other[2:], rtol=0.1)
    if not right:
        print(f"seed {seed}: ours {mine}, statsmodels {other}")
        sys.exit(1)
    return True


def timed(cr):
    draw = np.random.default_rng(1)
    n = 20000
    sigma, share = np.full(n, 1e-3), np.exp2(-draw.uniform(0, 12, n))
    cost = sigma * share ** 0.5 * draw.exponential(1, n)
    when = np.arange(n) * 1000
    stream = cr.ImpactStream(horizon_ms=10000)
    for row in zip(when.tolist(), share.tolist(), cost.tolist()):
        stream.push_order(row[0], 1e-3, row[1], 1.0, row[2])
    best = [1e9, 1e9]
    for _ in range(5):
        begin = time.perf_counter()
        stream.fit()
        best[0] = min(best[0], time.perf_counter() - begin)
        begin = time.perf_counter()
        theirs(when, sigma, share, cost, 0)
        best[1] = min(best[1], time.perf_counter() - begin)
    print(f"a fit of {n} orders: ours {1e6 * best[0]:.0f} us, statsmodels "
          f"{1e3 * best[1]:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--time", action="store_true")
    args = parser.parse_args()
    os.environ["CRUCIBLE_LIBRARY"] = args.library
    sys.path.insert(0, os.path.join(os.path.dirname(__file__),
                                    "../../examples/python"))
    sys.dont_write_bytecode = True
    import crucible as cr
    fitted = sum(compare(cr, seed) for seed in range(args.seeds))
    print(f"{fitted} of {args.seeds} seeds have a fit, all alike")
    if fitted < 0.5 * args.seeds:
        sys.exit("too few fits")
    if args.time:
        timed(cr)


main()
