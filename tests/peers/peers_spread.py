#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares EDGE with the package bidask of its authors.

    pip install bidask==2.1.0 numpy pandas
    python3 tests/peers/peers_spread.py build/release/lib/libcrucible.so \
        [--seeds N] [--time] [--missing edge_ohlc.csv]

Simulated bars of several spreads, volatilities and trades per bar, some of them
missing; estimates of all bars (edge), and of every window (edge_rolling), with
and without the sign. Ends with status 1 at the first difference, with 77
(skipped) where bidask is missing. --time prints what a bar costs in a rolling
estimate, theirs and ours. --missing: 20 times, one price in 40 of a file is taken
out; bidask makes use of what is left of a bar, we want such bars left out.
"""
import argparse
import ctypes as ct
import sys
import time

try:
    import bidask
    import numpy as np
    import pandas as pd
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TIMEFRAME = 60000
NAMES = ("open", "high", "low", "close")


class Bars(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t), ("n", ct.c_size_t)]
                + [(n, ct.c_void_p) for n in (
                    "open_time_ms", *NAMES, "volume", "quote_volume",
                    "trades", "taker_buy_base")]
                + [("timeframe_ms", ct.c_int64), ("symbol", ct.c_char_p),
                   ("price_tick", ct.c_double), ("lot_step", ct.c_double)])


class Options(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_int32) for n in ("method", "negative", "gaps",
                                             "reserved")]
                + [("price_tick", ct.c_double)])


class Ours:
    def __init__(self, path):
        self.lib = ct.CDLL(path)
        self.lib.crucible_last_error.restype = ct.c_char_p

    def view(self, table):
        """The bars that are there; the columns live as long as the view."""
        here = ~np.isnan(table["open"])
        columns = {n: np.ascontiguousarray(table[n][here]) for n in NAMES}
        columns["open_time_ms"] = np.flatnonzero(here) * TIMEFRAME
        columns["volume"] = np.ones(here.sum())
        bars = Bars(ct.sizeof(Bars), int(here.sum()))
        bars.timeframe_ms = TIMEFRAME
        for name, column in columns.items():
            setattr(bars, name, column.ctypes.data)
        bars.columns = columns
        return bars, here

    def options(self, sign):
        options = Options()
        self.lib.crucible_spread_options_init(ct.byref(options),
                                              ct.c_size_t(ct.sizeof(options)))
        options.negative, options.gaps = 0 if sign else 1, 1
        return options

    def edge(self, table, sign):
        bars, _ = self.view(table)
        found = ct.c_double(float("nan"))
        status = self.lib.crucible_spread_estimate(
            ct.byref(bars), ct.byref(self.options(sign)), ct.byref(found))
        if status not in (0, -4, -5):
            raise RuntimeError(self.lib.crucible_last_error().decode())
        return found.value

    def rolling(self, table, window, sign):
        bars, here = self.view(table)
        out = np.empty(bars.n)
        start = time.perf_counter()
        if self.lib.crucible_spread_rolling(
                ct.byref(bars), ct.byref(self.options(sign)),
                ct.c_size_t(window), ct.c_void_p(out.ctypes.data)):
            raise RuntimeError(self.lib.crucible_last_error().decode())
        self.seconds = time.perf_counter() - start
        return out


def simulate(rng, n, missing):
    """Trades at a random walk plus or minus half a spread, some bars empty."""
    trades = int(rng.choice([1, 2, 5, 40]))
    walk = np.cumsum(rng.normal(0, rng.choice([1e-5, 1e-3, 0.02])
                                / np.sqrt(trades), n * trades))
    price = np.exp(walk) * rng.choice([1e-3, 1, 6e4]) * (
        1 + rng.choice([0, 1e-4, 0.01]) * rng.choice([-.5, .5], n * trades))
    price = np.round(price, 5).reshape(n, trades) + 1e-5
    table = {"open": price[:, 0].copy(), "high": price.max(1),
             "low": price.min(1), "close": price[:, -1].copy()}
    for column in table.values():
        column[1:-1][missing[1:-1]] = np.nan
    return table


def is_near(a, b, table):
    """Squares, since a root of what nearly cancels keeps half of its digits:
    theirs have the rounding errors of logs of prices times the moves."""
    logs = np.log([table[k] for k in NAMES])
    move = np.nanmax(logs) - np.nanmin(logs)
    error = 50 * np.nanmax(abs(logs)) * 2.3e-16 * move
    return (np.isnan(a) & np.isnan(b)) | (
        abs(a * abs(a) - b * abs(b)) <= 1e-7 * b * b + error)


def compare(ours, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([15, 40, 100, 600]))
    table = simulate(rng, n, rng.random(n) < rng.choice([0, 0, 0.2]))
    for sign in (False, True):
        theirs = bidask.edge(*(table[k] for k in NAMES), sign=sign)
        mine = ours.edge(table, sign)
        if not is_near(np.float64(mine), np.float64(theirs), table):
            print(f"seed {seed}: edge {mine!r}, bidask {theirs!r}")
            return False
    if np.isnan(table["open"]).any():
        return True  # pandas windows count the bars that are missing
    for window in (10, 21, 100):
        with np.errstate(all="ignore"):
            theirs = bidask.edge_rolling(pd.DataFrame(table), window,
                                         sign=True).to_numpy()
        mine = ours.rolling(table, window, True)
        whole = np.array([np.nan if i + 1 < window else bidask.edge(
            *(table[k][i + 1 - window:i + 1] for k in NAMES), sign=True)
            for i in range(n)])
        if not is_near(mine, whole, table).all():
            i = int(np.flatnonzero(~is_near(mine, whole, table))[0])
            print(f"seed {seed} window {window} bar {i}: {mine[i]!r}, edge of "
                  f"its bars {whole[i]!r}, edge_rolling {theirs[i]!r}")
            return False
    return True


def print_times(ours):
    rng = np.random.default_rng(1)
    n = 100000
    table = simulate(rng, n, np.zeros(n, bool))
    frame = pd.DataFrame(table)
    mine, theirs = [], []
    for _ in range(5):
        ours.rolling(table, 42, True)
        mine.append(ours.seconds)
        start = time.perf_counter()
        bidask.edge_rolling(frame, 42)
        theirs.append(time.perf_counter() - start)
    print(f"window 42: ours {min(mine) / n * 1e9:.1f} ns a bar, bidask "
          f"{min(theirs) / n * 1e9:.0f} ns")


def print_missing(ours, path):
    whole = np.genfromtxt(path, delimiter=",", names=True)
    prices = [whole[n.capitalize()] for n in NAMES]
    theirs, mine = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        holey = [np.where(rng.random(len(p)) < 0.025, np.nan, p)
                 for p in prices]
        theirs.append(bidask.edge(*holey, sign=True))
        out = np.isnan(holey).any(0)
        mine.append(ours.edge({n: np.where(out, np.nan, p)
                               for n, p in zip(NAMES, prices)}, True))
    theirs, mine = np.array(theirs), np.array(mine)
    print(f"nothing missing: {bidask.edge(*prices, sign=True):.6f}; bidask "
          f"{theirs.mean():.6f} +- {theirs.std():.6f}, bars left out "
          f"{mine.mean():.6f} +- {mine.std():.6f}; apart by up to "
          f"{abs(mine - theirs).max():.6f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--missing")
    args = parser.parse_args()
    ours = Ours(args.library)
    if args.missing:
        print_missing(ours, args.missing)
    if args.time:
        print_times(ours)
    if args.time or args.missing:
        return
    if not all(compare(ours, seed) for seed in range(args.seeds)):
        sys.exit(1)
    print(f"{args.seeds} seeds: equal to bidask's")


main()
