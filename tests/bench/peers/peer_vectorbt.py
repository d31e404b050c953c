# SPDX-License-Identifier: Apache-2.0
"""vectorbt: its simulation kernels called directly, its public API, its two
engines (the second word of the peer's name: numba or rust)."""
import os
import sys

import numpy as np
import pandas as pd
import vectorbt as vbt
from vectorbt.portfolio import dispatch, nb
from vectorbt.portfolio.enums import SizeType

from worker import CASH, FEE, SLIPPAGE, STOP, TARGET, Skip, serve
from workload import FAST, SLOW

ENGINE = os.environ.get("CRUCIBLE_PEER_ENGINE", "numba")
PACKAGES = ["vectorbt", "vectorbt-rust", "numpy", "pandas", "numba"]
COSTS = {"fees": FEE, "slippage": SLIPPAGE}


def flexible(**values):
    """As the kernels want scalars: arrays without dimensions."""
    return {key: np.asarray(value) for key, value in values.items()}


def column(values):
    return values[:, None]


class Kernel:
    """The simulation alone: arrays in, order records out. The Numba functions
    are called directly, with what is not used left at its default: that is three
    times as fast as through vectorbt's dispatcher, which hands all of it over."""

    def __init__(self, w):
        self.shape = (w.bars, w.columns)
        self.common = dict(
            target_shape=self.shape, group_lens=np.full(w.columns, 1),
            init_cash=np.full(w.columns, CASH),
            call_seq=np.zeros(self.shape, np.int64, order="F"))
        self.from_signals = nb.simulate_from_signals_nb
        self.from_orders = nb.simulate_from_orders_nb
        if ENGINE == "rust":
            self.common["engine"] = ENGINE
            self.from_signals = dispatch.simulate_from_signals
            self.from_orders = dispatch.simulate_from_orders

    def signals(self, close, **arrays):
        return lambda: self.from_signals(
            **self.common, close=close, use_stops="sl_stop" in arrays,
            **flexible(**COSTS), **arrays)[0]

    def targets(self, close, size):
        return lambda: self.from_orders(
            **self.common, close=close, size=size,
            **flexible(size_type=int(SizeType.TargetPercent), direction=0,
                       **COSTS))[0]


def prices(w, case):
    """open, high, low, close of a case: one shared column, or one each."""
    names = ("open", "high", "low", "close")
    if "_2d_" in case:
        return {n: getattr(w, f"{n}_2d_{case[-1]}") for n in names}
    return {n: column(getattr(w, n)) for n in names}


def kernel_case(case, w):
    kernel, ohlc = Kernel(w), prices(w, case)
    order = "f" if case.endswith("_f") else "c"
    enter, leave = (getattr(w, f"{n}_{order}") for n in ("entries", "exits"))
    if case.startswith("long_short"):
        return kernel.signals(ohlc["close"], long_entries=enter,
                              short_entries=leave)
    if case.startswith("long"):
        return kernel.signals(ohlc["close"], entries=enter, exits=leave)
    if case.startswith("stops"):
        return kernel.signals(**ohlc, entries=enter, exits=leave,
                              **flexible(sl_stop=STOP, tp_stop=TARGET))
    if case.startswith("targets"):
        size = getattr(w, ("dense_" if "dense" in case else "targets_") + order)
        return kernel.targets(ohlc["close"], size)
    raise Skip("not a kernel")


def api(w, rows=None, columns=None, **stops):
    rows, columns = rows or w.bars, columns or w.columns
    index = pd.to_datetime(w.time_ms[:rows], unit="ms")
    close = pd.Series(w.close[:rows], index=index)
    enter, leave = (pd.DataFrame(s[:rows, :columns], index=index)
                    for s in (w.entries_c, w.exits_c))
    return lambda: vbt.Portfolio.from_signals(
        close, enter, leave, init_cash=CASH, size=np.inf, freq="5min",
        engine=ENGINE, **COSTS, **stops)


def six(portfolio):
    trades = portfolio.trades
    return (portfolio, portfolio.total_return(), portfolio.sharpe_ratio(),
            portfolio.max_drawdown(), trades.count(), trades.win_rate(),
            trades.profit_factor())


def full(portfolio):
    return portfolio, portfolio.value(), portfolio.stats(agg_func=None)


def pipeline(w):
    close = pd.Series(w.close, index=pd.to_datetime(w.time_ms, unit="ms"))
    pairs = [(f, s) for f in FAST for s in SLOW]

    def run():
        fast = vbt.MA.run(close, [f for f, _ in pairs], short_name="fast",
                          engine=ENGINE)
        slow = vbt.MA.run(close, [s for _, s in pairs], short_name="slow",
                          engine=ENGINE)
        portfolio = vbt.Portfolio.from_signals(
            close, fast.ma_crossed_above(slow), fast.ma_crossed_below(slow),
            init_cash=CASH, size=np.inf, freq="5min", engine=ENGINE, **COSTS)
        return (portfolio, portfolio.total_return(), portfolio.sharpe_ratio(),
                portfolio.max_drawdown())

    return run


class Peer:
    def prepare(self, case, w):
        if case == "pipeline":
            return pipeline(w), w.columns
        if case.startswith("threads"):
            raise Skip("its kernels run on one thread")
        if case in ("api", "six", "full", "stops_full", "one", "one_stops",
                    "short_runs"):
            return self.public(case, w)
        return kernel_case(case, w), w.columns

    def public(self, case, w):
        columns, stops = 1 if case.startswith("one") else None, {}
        if "stops" in case:
            stops = dict(open=w.open, high=w.high, low=w.low, sl_stop=STOP,
                         tp_stop=TARGET)
        made = api(w, 1000 if case == "short_runs" else None, columns, **stops)
        run = {"api": made, "six": lambda: six(made()),
               "short_runs": lambda: made().total_return()}
        return run.get(case, lambda: full(made())), columns or w.columns

    def figures(self, case, result):
        if isinstance(result, tuple):
            result = result[0]
        records = (result if isinstance(result, np.ndarray)
                   else result.orders.values)
        n = 1 if case == "one" else 100
        fees = np.bincount(records["col"], records["fees"], minlength=n)
        sign = np.where(records["side"] == 0, 1.0, -1.0)
        flow = -sign * records["size"] * records["price"] - records["fees"]
        last = np.load(os.path.join(sys.argv[1], "close.npy"))[-1]
        units = np.bincount(records["col"], sign * records["size"],
                            minlength=n)
        cash = CASH + np.bincount(records["col"], flow, minlength=n)
        return {"orders": np.bincount(records["col"], minlength=n),
                "fees": fees, "equity": cash + units * last}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
