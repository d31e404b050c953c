#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expected variances of later returns and tests of residuals, as rows.

    pip install mpmath==1.3.0 numpy statsmodels
    python3 gen_egarch_forecast.py > ../volatility/forecast.csv

moment rows: ln E exp(a |z| + g z) with |z| held at cap (0: never), integrated
by mpmath with 30 digits. mean rows: E s2 of steps 1, 2, 5 and 50 after
ln s2 = h of an EGARCH(1,1,1), as the product over the news to come. test rows:
Ljung-Box and ARCH-LM by statsmodels on x_t = u_t - 1/2 + 0.3 x_{t-1}, u from
tests/support/lcg_series.h with the seed given, 500 values.
"""
import math
import sys

import mpmath as mp
import numpy as np
import statsmodels
from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch

mp.mp.dps = 30


def density(law, nu, lam):
    if law == 1:
        return lambda z: mp.npdf(z), 0
    if law == 4:
        scale = mp.sqrt(mp.mpf(2) ** (-2 / mp.mpf(nu)) * mp.gamma(1 / mp.mpf(nu))
                        / mp.gamma(3 / mp.mpf(nu)))
        c = nu / (scale * mp.mpf(2) ** (1 + 1 / mp.mpf(nu))
                  * mp.gamma(1 / mp.mpf(nu)))
        return lambda z: c * mp.e ** (-(abs(z) / scale) ** nu / 2), 0
    nu, lam = mp.mpf(nu), mp.mpf(lam)
    c = mp.gamma((nu + 1) / 2) / (mp.sqrt(mp.pi * (nu - 2)) * mp.gamma(nu / 2))
    a = 4 * lam * c * (nu - 2) / (nu - 1)
    b = mp.sqrt(1 + 3 * lam ** 2 - a ** 2)

    def f(z):
        u = (b * z + a) / (1 + (lam if z >= -a / b else -lam))
        return b * c * (1 + u * u / (nu - 2)) ** (-(nu + 1) / 2)
    return f, -a / b


def expect(law, nu, lam, cap, g):
    """E g(z held at cap)"""
    f, edge = density(law, nu, lam)
    ends = sorted({0, mp.mpf(edge), -cap if cap else -40, cap if cap else 40,
                   -3, 3})
    inside = mp.quad(lambda z: f(z) * g(max(min(z, cap), -cap) if cap else z),
                     [-mp.inf] + ends + [mp.inf])
    return inside


def ln_moment(law, nu, lam, cap, a, g):
    return mp.log(expect(law, nu, lam, cap,
                         lambda z: mp.e ** (a * abs(z) + g * z)))


def lcg(seed, n):
    state, x, last = seed, [], 0.0
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2 ** 32
        last = state / 4294967296.0 - 0.5 + 0.3 * last
        x.append(last)
    return np.array(x)


print(f"# tests/data/gen/gen_egarch_forecast.py, mpmath {mp.__version__}, "
      f"statsmodels {statsmodels.__version__}")
print("# moment,law,nu,lambda,cap,a,g,ln E exp,E|z|,E z")
for n, (law, nu, lam, cap, a, g) in enumerate([
        (1, 0, 0, 0, .15, -.05), (1, 0, 0, 2, .3, .1), (4, 1.4, 0, 0, .2, -.1),
        (4, 2.5, 0, 0, .9, .4), (4, 1.2, 0, 3, .2, .1), (2, 5, 0, 4, .2, -.1),
        (2, 3.5, 0, 0, -.2, .1), (3, 6, -.4, 3, .2, -.1),
        (3, 4, .3, 0, -.3, -.1), (3, 8, .8, 1.5, .4, .2)]):
    row = [ln_moment(law, nu, lam, cap, a, g),
           expect(law, nu, lam, cap, abs), expect(law, nu, lam, cap, lambda z: z)]
    print(f"moment{n}," + ",".join(map(str, (law, nu, lam, cap, a, g))) + ","
          + ",".join(mp.nstr(v, 17) for v in row))
print("# mean,law,nu,omega,alpha,gamma,beta,h,E s2 of steps 1, 2, 5, 50")
for n, (law, nu) in enumerate([(1, 0), (4, 1.4)]):
    w, al, ga, be, h = -.01, .15, -.06, .96, .4
    kappa = expect(law, nu, 0, 0, abs)
    out = []
    for steps in (1, 2, 5, 50):
        v = mp.mpf(w) * (1 - mp.mpf(be) ** (steps - 1)) / (1 - mp.mpf(be))
        v += mp.mpf(be) ** (steps - 1) * h
        for i in range(steps - 1):
            c = mp.mpf(be) ** i
            v += ln_moment(law, nu, 0, 0, c * al, c * ga) - c * al * kappa
        out.append(mp.e ** v)
    print(f"mean{n},{law},{nu},{w},{al},{ga},{be},{h},"
          + ",".join(mp.nstr(v, 17) for v in out))
print("# test,seed,lags,Ljung-Box,its p,of squares,its p,ARCH-LM,its p")
for n, (seed, lags) in enumerate([(5, 4), (77, 10)]):
    x = lcg(seed, 500)
    row = []
    for y in (x, x * x):
        t = acorr_ljungbox(y, lags=[lags])
        row += [float(t.lb_stat.iloc[0]), float(t.lb_pvalue.iloc[0])]
    row += list(het_arch(x, nlags=lags)[:2])
    print(f"test{n},{seed},{lags}," + ",".join(repr(float(v)) for v in row))
