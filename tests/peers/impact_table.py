#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of docs/modules/impact.md: what recorded markets say of Y and the
exponent.

    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        python3 tests/peers/impact_table.py ../shared/data

Needs numpy. Bars of 5 s for the recordings of six minutes, of 5 minutes for the
day of trades; a window of 12 bars; estimates of 30 observations or more.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__),
                                "../../examples/python"))
sys.dont_write_bytecode = True
import crucible as cr  # noqa: E402
import impact  # noqa: E402


def one(fit, names):
    return " | ".join(f"{getattr(fit, n):.3g} ± {getattr(fit, n + '_se'):.2g}"
                      for n in names)


def row(name, measure, fit_of):
    free, held = fit_of(0), fit_of(0.5)
    both = (one(free, ("y", "exponent")) if free.kind == 2
            else "not told | not told")
    if held.kind == 0:
        costs = ["-"] * 3
    else:
        best = free if free.kind == 2 else held
        costs = [one(held, ("y",))] + [
            "{:.2g} ± {:.1g}".format(*cr.impact_cost(best, share))
            for share in (0.01, 0.1)]
    print(f"| {name} | {measure} | {free.n_orders} | "
          f"{100 * free.n_free / max(1, free.n_orders):.0f} % | {both} | "
          + " | ".join(costs) + " |")


def recorded(path, measure):
    def fit(exponent):
        stream = cr.ImpactStream(measure=measure, horizon_ms=5000,
                                 min_orders=30, exponent=exponent)
        impact.replay(path, stream)
        return stream.fit()
    return fit


def main(data):
    print("| market | measure | n | free | Y | e | Y where e = 0.5 "
          "| Q/V 0.01 | Q/V 0.1 |")
    print("|---" * 9 + "|")
    for market in ("spot-btcusdt", "spot-ethusdt", "usdm-btcusdt",
                   "usdm-ethusdt"):
        path = f"{data}/ws-recordings/binance-{market}_20240808.gz"
        for measure in ("orders", "book", "flow"):
            row(f"Binance {market} 2024-08-08", measure,
                recorded(path, measure))
    trades = impact.read_trades(
        f"{data}/trades/binance-spot-PEPEUSDT-aggTrades-2024-10-27.csv.gz")
    for measure in ("orders", "flow"):
        row("Binance spot-pepeusdt 2024-10-27", measure,
            lambda exponent, measure=measure: cr.impact_estimate(
                *trades, measure=measure, min_orders=30, exponent=exponent))


main(sys.argv[1])
