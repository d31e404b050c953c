# SPDX-License-Identifier: Apache-2.0
"""Golden figures of the viability tables, by numpy alone.

usage: /usr/bin/python3 tests/data/gen/gen_backtest.py   (from the root)
Writes tests/data/backtest/ceiling.csv and viability.csv.
"""
import sys

import numpy as np

BARS = "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"
HEADER = (f"# python {sys.version.split()[0]}, numpy {np.__version__}: "
          "/usr/bin/python3 tests/data/gen/gen_backtest.py\n")


def ceiling():
    """Of recorded bars; sigma is the bar's high / low - 1."""
    t = np.genfromtxt(BARS, delimiter=",", names=True)
    n, o, volume = len(t), t["open"], t["volume"]
    sigma = t["high"] / t["low"] - 1
    forecast = np.full(n, np.nan)
    for i in range(11, n):
        forecast[i] = volume[i - 11:i + 1].mean()
    out = open("tests/data/backtest/ceiling.csv", "w")
    out.write(HEADER + f"# {BARS}, taker 0.1 %, tick 0.01, spread 2 bps, Y 1, "
              "notional 200\n# hold_bars,n,move,cost,fee,spread,slippage,"
              "ratio,hit_rate\n")
    for hold in (1, 3, 12, 48):
        rows = []
        for i in range(n - 1 - hold):
            a, b = i + 1, i + 1 + hold
            if t["open_time"][b] - t["open_time"][i] != (hold + 1) * 300000:
                continue
            if not (forecast[i] > 0 and forecast[b - 1] > 0):
                continue
            if volume[a] == 0 or volume[b] == 0:
                continue  # nobody traded: no order fills there
            quantity = 200 / o[a]
            fee = 0.001 * (o[a] + o[b])
            spread = sum(max(2e-4 * p, 0.01) / 2 for p in (o[a], o[b]))
            slip = sum(p * sigma[k] * np.sqrt(quantity / forecast[k])
                       for p, k in ((o[a], i), (o[b], b - 1)))
            rows.append((abs(o[b] - o[a]), fee, spread, slip) / o[a])
        move, fee, spread, slip = np.mean(rows, axis=0)
        cost = fee + spread + slip
        out.write("%d,%d,%r,%r,%r,%r,%r,%r,%r\n" % (
            hold, len(rows), float(move), float(cost), float(fee),
            float(spread), float(slip), float(move / cost),
            float(0.5 + cost / move)))


def lcg(n, state):
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2 ** 32
        yield state / 2 ** 32


def viability():
    """Lower bounds by a circular block bootstrap with 100,000 resamples, and
    how much a bound of 2,000 resamples moves (standard deviation)."""
    out = open("tests/data/backtest/viability.csv", "w")
    out.write(HEADER + "# trades from lcg_series.h, state 11: gross = drift + "
              "2 u - 1 + half the last noise, cost = 0.1 + 0.1 u\n"
              "# drift,n,confidence,mean_gross,mean_cost,ratio,low,low_sd\n")
    rng = np.random.default_rng(1)
    for drift, n in ((0.1, 30), (0.3, 200), (0.6, 1000)):
        u = np.array(list(lcg(2 * n, 11)))
        noise = 2 * u[0::2] - 1
        gross = drift + noise + 0.5 * np.concatenate(([0], noise[:-1]))
        cost = 0.1 + 0.1 * u[1::2]
        length = next(k for k in range(1, n) if k ** 3 >= n)
        blocks = -(-n // length)
        ratios = []
        for _ in range(100):
            first = rng.integers(0, n, (1000, blocks, 1))
            at = ((first + np.arange(length)) % n).reshape(1000, -1)[:, :n]
            ratios.append(gross[at].sum(1) / cost[at].sum(1))
        ratios = np.concatenate(ratios)
        for confidence in (0.9, 0.95):
            low = np.quantile(ratios, 1 - confidence)
            sd = np.std([np.quantile(ratios[k:k + 2000], 1 - confidence)
                         for k in range(0, 100000, 2000)])
            out.write("%r,%d,%r,%r,%r,%r,%r,%r\n" % (
                drift, n, confidence, float(gross.mean()), float(cost.mean()),
                float(gross.sum() / cost.sum()), float(low), float(sd)))


ceiling()
viability()
