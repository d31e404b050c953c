# SPDX-License-Identifier: Apache-2.0
"""This library through its Python module. The market is so finely divided that
rounding does not show, fees and slippage are fixed fractions, and market orders
fill at the close they were decided on: vectorbt's terms, but for "egarch"."""
import pathlib
import sys

import crucible as cr
import numpy as np

from worker import CASH, FEE, SLIPPAGE, STOP, TARGET, Skip, serve
from workload import FAST, GRID, SLOW, TIMEFRAME_MS

PACKAGES = ["numpy"]
EQUITY = ("full", "stops_full", "egarch", "one", "one_stops", "threads")
METRICS = (*EQUITY, "six", "pipeline", "sweep", "short_runs")
FORECAST = dict(window=2000, refit=2000, first=1000)


def options(**fields):
    made = cr.backtest_options(initial_cash=CASH,
                               fill_at=cr.FILL_SAME_CLOSE, **fields)
    made.costs.impact_law = cr.IMPACT_FIXED
    made.costs.fixed_slippage = SLIPPAGE
    made.costs.spread_bps = 0.0
    return made


def bars_of(w, rows):
    return cr.series(w.time_ms[:rows], *(getattr(w, n)[:rows] for n in (
        "open", "high", "low", "close", "volume")), TIMEFRAME_MS, "ETHUSDT")


def signals(case, w, rows, columns):
    """The arguments that say when to trade."""
    order = "f" if case.endswith("_f") else "c"
    enter, leave = (getattr(w, f"{n}_{order}")[:rows, :columns]
                    for n in ("entries", "exits"))
    if case.startswith("targets"):
        name = "dense_" if "dense" in case else "targets_"
        return dict(targets=getattr(w, name + order))
    if case.startswith("long_short"):
        return dict(enter_long=enter, enter_short=leave)
    return dict(enter_long=enter, exit_long=leave)


def plan_of(case):
    fields = dict(sizing_value=1.0, decides=cr.DECIDE_SIGNALS)
    if case.startswith("targets"):
        fields["decides"] = cr.DECIDE_TARGETS
    if case.startswith("long_short"):
        fields["side"] = cr.SIDE_LONG_SHORT
    if "stops" in case:
        fields.update(stop_fraction=STOP, target_fraction=TARGET)
    return cr.plan(**fields)


def terms(case, w, bars, rows):
    """The market with its forecasts, the instrument and the options."""
    kept = dict(metrics=int(case in METRICS), keep_equity=int(case in EQUITY))
    if not case.startswith("egarch"):
        return (cr.market(bars), cr.continuous_instrument("ETHUSDT", FEE),
                options(**kept))
    settings = cr.backtest_options(initial_cash=CASH, **kept)
    sigma = cr.egarch_sigma(w.close, cr.egarch_options(**FORECAST))
    market = cr.market(bars, sigma, cr.volume_forecast(w.volume))
    eth = cr.Instrument(
        venue=b"binance", symbol=b"ETHUSDT", base_currency=b"ETH",
        quote_currency=b"USDT", market_type=cr.MARKET_SPOT,
        fee_asset=cr.FEE_IN_QUOTE, maker_fee=FEE, taker_fee=FEE,
        price_tick=0.01, lot_step=1e-4, max_leverage=1.0)
    return market, eth, settings


class Peer:
    def prepare(self, case, w):
        if "_2d_" in case:
            raise Skip("a price belongs to a market: columns share its bars")
        rows = 1000 if case == "short_runs" else w.bars
        columns = 1 if case.startswith("one") else w.columns
        bars, pool = bars_of(w, rows), None
        if case.startswith("threads"):
            pool = cr.Pool(2)
        market, traded, settings = terms(case, w, bars, rows)
        plan = plan_of(case)
        given = {} if case == "sweep" else signals(case, w, rows, columns)

        def run():
            result = cr.simulate(market, traded, plan, options=settings,
                                 pool=pool, **given)
            return result, result.summaries()

        def pipeline():
            averages = cr.features(bars, [("SMA", n) for n in (*FAST, *SLOW)])
            above = np.empty((rows, w.columns), bool, order="F")
            for i, fast in enumerate(FAST):
                for j, slow in enumerate(SLOW):
                    np.greater(averages[:, i], averages[:, len(FAST) + j],
                               out=above[:, i * len(SLOW) + j])
            known = np.arange(rows)[:, None] >= [slow for _, slow in GRID]
            enter, leave = np.zeros_like(above), np.zeros_like(above)
            np.greater(above[1:], above[:-1], out=enter[1:])
            np.less(above[1:], above[:-1], out=leave[1:])
            enter &= known
            result = cr.simulate(market, traded, plan, options=settings,
                                 enter_long=enter, exit_long=leave)
            return result, result.summaries()

        def sweep():
            fast, slow = (cr.feature("SMA", np.array(n, float))
                          for n in zip(*GRID))
            rules = cr.Sweep(bars, enter_long=fast.crosses_above(slow),
                             exit_long=fast.crosses_below(slow))
            result = cr.simulate(market, traded, plan, options=settings,
                                 source=rules)
            return result, result.summaries()

        return {"pipeline": pipeline, "sweep": sweep}.get(case, run), columns

    def figures(self, case, result):
        folder = pathlib.Path(sys.argv[1])
        close = float(np.load(folder / "close.npy")[-1])
        run, ledger = result[0], result[1]["ledger"]
        filled = run.orders["column"][run.orders["filled"] > 0]
        return {"orders": np.bincount(filled, minlength=run.n_columns),
                "fees": ledger["costs"]["fee"],
                "equity": ledger["cash"] + ledger["position"] * close}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
