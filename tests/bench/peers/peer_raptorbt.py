# SPDX-License-Identifier: Apache-2.0
"""RaptorBT: one run a column, or its batch call for all of them (threads). It
always makes the equity, drawdown and return curves and all metrics."""
import numpy as np
import raptorbt

from worker import CASH, FEE, SLIPPAGE, STOP, TARGET, Skip, serve

PACKAGES = ["raptorbt", "numpy"]


def config(case):
    made = raptorbt.BacktestConfig(
        initial_capital=CASH, fees=FEE, slippage=SLIPPAGE,
        fill_timing="same_bar_close", apply_slippage=True)
    if "stops" in case:
        made.set_fixed_stop(STOP)
        made.set_fixed_target(TARGET)
    return made


def singles(case, w, rows, columns):
    bars = [w.time_ms[:rows] * 1_000_000] + [
        getattr(w, n)[:rows] for n in ("open", "high", "low", "close", "volume")]
    enter, leave = ([np.ascontiguousarray(s[:rows, i]) for i in range(columns)]
                    for s in (w.entries_f, w.exits_f))
    settings = config(case)

    def run():
        return [raptorbt.run_single_backtest(
            *bars, enter[i], leave[i], 1, 1.0, "BTCUSDT", settings)
            for i in range(columns)]

    def batch():
        items = [raptorbt.BatchSingleItem(str(i), enter[i], leave[i], 1, 1.0,
                                          "BTCUSDT") for i in range(columns)]
        return [r for _, r in raptorbt.batch_single_backtest(
            *bars, items, settings)]

    return batch if case == "threads" else run


class Peer:
    def prepare(self, case, w):
        rows = 1000 if case == "short_runs" else w.bars
        if case not in ("full", "stops_full", "one", "one_stops",
                        "threads", "short_runs"):
            raise Skip("it always makes curves and metrics")
        columns = 1 if case.startswith("one") else w.columns
        return singles(case, w, rows, columns), columns

    def figures(self, case, results):
        # A position that is open at the end is counted as a trade, too.
        metrics = [r.metrics for r in results]
        return {"orders": [2 * m.total_closed_trades + m.total_open_trades
                           for m in metrics],
                "fees": [m.total_fees_paid for m in metrics],
                "equity": [m.end_value for m in metrics]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
