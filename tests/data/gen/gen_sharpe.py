#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expected figures of Sharpe records, tests and long-run variances.

    pip install mpmath numpy scipy statsmodels arch
    python3 gen_sharpe.py ../stats     (writes sharpe.csv and sharpe_hac.csv)

Formulas are written down from the papers; the rule for the lags is that of
bwNeweyWest() in R's sandwich package (prewhite = FALSE), the variances are
statsmodels' S_hac_simple and, where it takes the same lags, arch's Bartlett.
"""
import math
import sys

import arch
import arch.covariance.kernel as kernel
import mpmath as mp
import numpy as np
import scipy
import scipy.integrate
import scipy.optimize
import statsmodels
import statsmodels.stats.sandwich_covariance as sandwich
from scipy.stats import norm

mp.mp.dps = 40
folder = sys.argv[1]
versions = (f"mpmath {mp.__version__}, scipy {scipy.__version__}, "
            f"numpy {np.__version__}, statsmodels {statsmodels.__version__}, "
            f"arch {arch.__version__}")


def lcg(kind, seed, n):  # lcg_series.h
    state, u = seed, []
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        u.append(state / 2**32)
    if kind == "uniform":
        return np.array(u) - 0.5
    return np.array([(x * x * x - 0.25) * 0.0009765625 for x in u])


def serial(kind, seed, n, rho):  # x[t] = rho x[t - 1] + u[t]
    x = lcg(kind, seed, n)
    for t in range(1, n):
        x[t] = rho * x[t - 1] + x[t]
    return x


def largest(n):
    """Mean and variance of the largest of n normal numbers."""
    n = mp.mpf(n)
    top = mp.mpf(float(-norm.ppf(1 / float(n)))) if n > 1 else mp.mpf(0)

    def log_cdf(x):
        return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) if x < 0 else \
            mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)

    def density(x):
        return n * mp.npdf(x) * mp.exp((n - 1) * log_cdf(x))
    s = 1 / max(mp.mpf(1), top)
    ends = [top + s * k for k in (-12, -6, -3, -1, 0, 1, 3, 6, 12, 24, 48)]
    mass = mp.quad(density, ends)
    mean = mp.quad(lambda x: (x - top) * density(x), ends) / mass
    square = mp.quad(lambda x: (x - top) ** 2 * density(x), ends) / mass
    return top + mean, square - mean ** 2


def variance(at, g3, g4, rho, count):
    a = 1 + 2 * rho / (1 - rho)
    b = 1 + rho / (1 - rho) + rho**2 / (1 - rho**2)
    c = 1 + 2 * rho**2 / (1 - rho**2)
    return (a - b * g3 * at + c * (g4 - 1) / 4 * at**2) / count


def row(*cells):
    return ",".join(c if isinstance(c, str) else repr(c) for c in cells) + "\n"


with open(f"{folder}/sharpe.csv", "w") as f:
    f.write(f"# tests/data/gen/gen_sharpe.py: {versions}\n")
    f.write("# max,n,mean,variance (mpmath, 40 digits)\n")
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100, 1000, 10**6, 10**12,
              2**63]:
        mean, spread = largest(n)
        f.write(row("max", n, float(mean), float(spread)))
    f.write("# psr,sharpe,benchmark,n,skewness,kurtosis,rho,trials,at the "
            "estimate,under the null (times the variance of the largest), "
            "sigma of both\n")
    cases = [(.036 / .079, 0, 24, -2.448, 10.164, 0, 1),
             (.036 / .079, .1, 24, -2.448, 10.164, 0, 1),
             (.036 / .079, 0, 24, -2.448, 10.164, .2, 1),
             (.036 / .079, .1, 24, -2.448, 10.164, -.3, 10),
             (.02, .01, 8640, .7, 12, .05, 100),
             (-.03, 0, 2016, -1, 6, .4, 3), (.5, .45, 100, 0, 3, -.9, 1)]
    for sr, b, n, g3, g4, rho, k in cases:
        s1 = math.sqrt(variance(sr, g3, g4, rho, n - 1))
        s0 = math.sqrt(variance(b, g3, g4, rho, n) * float(largest(k)[1]))
        f.write(row("psr", sr, b, n, g3, g4, rho, k,
                    float(norm.cdf((sr - b) / s1)),
                    float(norm.cdf((sr - b) / s0)), s1, s0))
    f.write("# test,sharpe,n,skewness,kurtosis,rho,benchmark,alternative,"
            "alpha,prior,fdr,trials,sigma0,sigma1,critical,power,p,pfdr,ofdr,"
            "fdr critical (brentq),fdr alpha,fdr power\n")
    tests = [(.036 / .079, 24, -2.448, 10.164, 0, 0, .5, .05, .05, .25, 1),
             (.036 / .079, 24, -2.448, 10.164, .2, 0, .5, .1, .1, .25, 1),
             (.036 / .079, 24, -2.448, 10.164, .2, .498, .998, .1, .1, .25, 10),
             (.06, 2016, -.5, 9, .02, .0, .05, .05, .2, .05, 1),
             (.06, 2016, 2, 9, .02, .0, .05, .05, .2, .05, 1),
             (.06, 100, 3, 10.5, 0, 0, .6, .01, .2, .05, 1),
             (.06, 100, 3, 10.5, 0, 0, .6, .01, .02, .001, 1)]
    for sr, n, g3, g4, rho, m0, m1, alpha, p1, q, k in tests:
        v = float(largest(k)[1])
        s0 = math.sqrt(variance(m0, g3, g4, rho, n) * v)
        s1 = math.sqrt(variance(m1, g3, g4, rho, n) * v)
        critical = m0 + norm.isf(alpha) * s0
        power = norm.sf((critical - m1) / s1)

        def share(c):
            a = (1 - p1) * mp.erfc((c - m0) / s0 / mp.sqrt(2))
            return a / (a + p1 * mp.erfc((c - m1) / s1 / mp.sqrt(2)))
        grid = np.linspace(m0 - 8 * s0, m1 + 12 * max(s0, s1), 4001)
        below = [c for c in grid if share(mp.mpf(float(c))) <= q]
        if below:
            i = int(np.searchsorted(grid, below[0]))
            fdr = scipy.optimize.brentq(
                lambda c: float(share(mp.mpf(c)) - q), grid[i - 1], grid[i],
                xtol=1e-15)
        else:
            fdr = math.nan
        f.write(row("test", sr, n, g3, g4, rho, m0, m1, alpha, p1, q, k, s0,
                    s1, float(critical), float(power),
                    float(norm.sf((sr - m0) / s0)),
                    float(1 / (1 + power * p1 / (alpha * (1 - p1)))),
                    float(share(mp.mpf(sr))), fdr,
                    float(norm.sf((fdr - m0) / s0)),
                    float(norm.sf((fdr - m1) / s1))))
    f.write("# length,trials,annual sharpe,years (Bailey et al. 2014)\n")
    for k in [2, 7, 45, 1000, 10**6]:
        top = ((1 - np.euler_gamma) * norm.isf(1 / k)
               + np.euler_gamma * norm.isf(1 / k / math.e))
        f.write(row("length", k, 1.0, float(top**2)))


def automatic(x):
    """floor(bwNeweyWest()) of sandwich 3.x without prewhitening."""
    n, d = len(x), x - x.mean()
    m = int(math.floor(4 * (n / 100) ** (2 / 9)))
    sigma = [float(d[j:] @ d[:n - j]) for j in range(m + 1)]
    s0 = sigma[0] + 2 * sum(sigma[1:])
    s1 = 2 * sum(j * s for j, s in enumerate(sigma))
    return int(math.floor(1.1447 * ((s1 / s0) ** 2) ** (1 / 3) * n ** (1 / 3)))


def long_run(x, lags):
    d = (x - x.mean())[:, None]
    return float(sandwich.S_hac_simple(d, nlags=lags)[0, 0]) / len(x)


with open(f"{folder}/sharpe_hac.csv", "w") as f:
    f.write(f"# tests/data/gen/gen_sharpe.py: {versions}\n")
    f.write("# kind,seed,n,rho,automatic lags,variance with 0 lags,with 5,with "
            "the automatic ones,of the ratio's influence function with 5, "
            "autocorrelation\n")
    for kind, seed, n, rho in [
            ("uniform", 51, 100, 0.0), ("uniform", 52, 100, 0.6),
            ("returns", 53, 2016, 0.0), ("returns", 54, 2016, 0.3),
            ("returns", 55, 2016, -0.5), ("uniform", 56, 8640, 0.9),
            ("uniform", 57, 12, 0.5), ("returns", 58, 500, 0.05)]:
        x = serial(kind, seed, n, rho)
        auto = automatic(x)
        if n == 100:  # ceil(4 (n / 100)^(2/9)) is floor there
            theirs = kernel.Bartlett(x[:, None])
            assert int(theirs.opt_bandwidth) == auto
            assert np.isclose(
                float(kernel.Bartlett(x[:, None], bandwidth=auto)
                      .cov.long_run.item()), long_run(x, auto), rtol=1e-12)
        sr, z = x.mean() / x.std(ddof=1), (x - x.mean()) / x.std()
        d = x - x.mean()
        f.write(row(kind, seed, n, rho, auto, long_run(x, 0), long_run(x, 5),
                    long_run(x, auto),
                    long_run(z - sr / 2 * (z * z - 1), 5),
                    float(d[1:] @ d[:-1] / (d @ d))))
