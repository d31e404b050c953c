#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/modules/spread.md: what each estimator makes of bars whose
true spread was recorded.

    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        python3 tests/peers/spread_table.py ../shared/data

Needs numpy. Quoted: by time, of the book's top. Effective: 2 |price - middle|,
by quantity, against the last quote before the trade. All in 1e-4 of the price.
"""
import ctypes as ct
import glob
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__),
                                "../../examples/python"))
sys.dont_write_bytecode = True
from crucible.library import call, defaults_of, p, size  # noqa: E402
from crucible.structures import Bars, Prints, SpreadOptions  # noqa: E402

METHODS = ("EDGE", "CS", "CS clipped", "AR", "AR clipped", "Roll")


class Quote(ct.Structure):
    _fields_ = [("time_ms", ct.c_int64), ("bid", ct.c_double),
                ("ask", ct.c_double)]


_options = defaults_of("crucible_spread_options_init", SpreadOptions)
_estimate = call("crucible_spread_estimate", p(Bars), p(SpreadOptions),
                 p(ct.c_double))
_quoted = call("crucible_spread_quoted", p(Quote), size, ct.c_int64,
               p(ct.c_double))
_effective = call("crucible_spread_effective", p(Prints), p(Quote), size,
                  p(ct.c_double), p(size))


def read(path):
    return np.genfromtxt(path, delimiter=",", names=True, dtype=None,
                         encoding="ascii")


def pointer(column, kind):
    return column.ctypes.data_as(ct.POINTER(kind))


def bars_of(time, columns, timeframe):
    bars = Bars()
    bars.n, bars.timeframe_ms = len(time), timeframe
    keep = [np.ascontiguousarray(time, np.int64)] + [
        np.ascontiguousarray(c, float) for c in columns]
    bars.open_time_ms = pointer(keep[0], ct.c_int64)
    for name, column in zip(("open", "high", "low", "close", "volume"),
                            keep[1:]):
        setattr(bars, name, pointer(column, ct.c_double))
    return bars, keep


def estimates(time, columns, timeframe):
    bars, _keep = bars_of(time, columns, timeframe)
    out = []
    for method in range(len(METHODS)):
        found = ct.c_double()
        _estimate(bars, _options(method=method), found)
        out.append(found.value)
    return out


def grouped(time, rows, timeframe):
    """Bars of rows (open, high, low, close, volume) in longer slots."""
    slot = time // timeframe
    begin = np.flatnonzero(np.r_[True, slot[1:] != slot[:-1]])
    end = np.r_[begin[1:], len(slot)] - 1
    o, h, l, c, v = rows
    return slot[begin] * timeframe, (
        o[begin], np.maximum.reduceat(h, begin),
        np.minimum.reduceat(l, begin), c[end], np.add.reduceat(v, begin))


def quotes_of(time, bid, ask):
    table = (Quote * len(time))()
    view = np.frombuffer(table, dtype=[("t", "i8"), ("b", "f8"), ("a", "f8")])
    view["t"], view["b"], view["a"] = time, bid, ask
    return table


def row(name, timeframe, quoted, effective, time, rows):
    time, rows = grouped(time, rows, timeframe)
    figures = [quoted, effective] + estimates(time, rows, timeframe)
    print(f"| {name} | {timeframe // 1000} s | {len(time)} | "
          + " | ".join("-" if f is None else f"{1e4 * f:.3g}"
                       for f in figures) + " |")


def recordings(data):
    for market in ("spot-btcusdt", "spot-ethusdt", "usdm-btcusdt",
                   "usdm-ethusdt"):
        q = read(f"{data}/quotes/binance-{market}_20240808-bookTicker.csv.gz")
        t = read(f"{data}/trades/binance-{market}_20240808-trade.csv.gz")
        # spot quotes have no time of the exchange: by the recorder's clock
        spot = market.startswith("spot")
        when = (q["local_time_ns"] // 1000000 if spot
                else q["transaction_time"])
        traded = t["local_time_ns"] // 1000000 if spot else t["trade_time"]
        order = np.argsort(traded, kind="stable")
        traded = np.ascontiguousarray(traded[order], np.int64)
        price = np.ascontiguousarray(t["price"][order], float)
        quantity = np.ascontiguousarray(t["qty"][order], float)
        right = (price > 0) & (quantity > 0)
        traded, price, quantity = traded[right], price[right], quantity[right]
        order = np.argsort(when, kind="stable")
        quotes = quotes_of(when[order], q["bid_price"][order],
                           q["ask_price"][order])
        quoted, effective, used = ct.c_double(), ct.c_double(), size()
        _quoted(quotes, len(quotes), int(when.max()) + 1, quoted)
        prints = Prints()
        prints.n = len(traded)
        prints.time_ms = pointer(traded, ct.c_int64)
        prints.price = pointer(price, ct.c_double)
        prints.quantity = pointer(quantity, ct.c_double)
        _effective(prints, quotes, len(quotes), effective, used)
        for timeframe in (1000, 10000):
            row(f"Binance {market} 2024-08-08", timeframe, quoted.value,
                effective.value, traded, (price, price, price, price,
                                          quantity))


def minutes(data):
    for path in sorted(glob.glob(f"{data}/quotes/bars/*-1m-*-quote.csv.gz")):
        q, t = read(path), read(path.replace("-quote", "-trade"))
        known = (q["bid_close"] > 0) & (q["ask_close"] >= q["bid_close"])
        known &= q["open_time"] <= t["open_time"][-1]
        q = q[known]
        quotes = quotes_of(q["open_time"] + 59999, q["bid_close"],
                           q["ask_close"])
        quoted = ct.c_double()
        _quoted(quotes, len(quotes), int(q["open_time"][-1]) + 119999, quoted)
        rows = [t[k].astype(float) for k in ("open", "high", "low", "close",
                                             "volume")]
        name = "Coinbase BTC-USD " + os.path.basename(path).split("-")[3]
        for timeframe in (60000, 300000):
            row(name, timeframe, quoted.value, None,
                t["open_time"].astype(np.int64), rows)


def main():
    print("| market | bars of | bars | quoted | effective | "
          + " | ".join(METHODS) + " |")
    print("|---" * (5 + len(METHODS)) + "|")
    recordings(sys.argv[1])
    minutes(sys.argv[1])


main()
