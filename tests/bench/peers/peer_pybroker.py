# SPDX-License-Identifier: Apache-2.0
"""PyBroker: one column, metrics included, without its bootstrap. It fills at
the next bar at the earliest, rounds money to cents, and this run pays no
slippage."""
import pandas as pd
import pybroker
from pybroker import FeeMode, PriceType, Strategy, StrategyConfig

from worker import CASH, FEE, Skip, serve

PACKAGES = ["lib-pybroker", "numpy", "pandas", "numba"]


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "short_runs"):
            raise Skip("one column at a time")
        rows = 1000 if case == "short_runs" else w.bars
        time = pd.to_datetime(w.time_ms[:rows], unit="ms")
        table = pd.DataFrame({"date": time, "symbol": "BTC", **{
            n: getattr(w, n)[:rows] for n in ("open", "high", "low", "close",
                                              "volume")}})
        enter, leave = w.entries_c[:rows, 0].tolist(), w.exits_c[:rows, 0].tolist()

        def decide(context):
            i = context.bars - 1
            if context.long_pos():
                if leave[i]:
                    context.sell_all_shares()
            elif enter[i]:
                context.buy_shares = context.calc_target_shares(1 / (1 + FEE))

        config = StrategyConfig(
            initial_cash=CASH, fee_mode=FeeMode.ORDER_PERCENT,
            fee_amount=100 * FEE, enable_fractional_shares=True,
            buy_delay=1, sell_delay=1, exit_on_last_bar=False)

        def run():
            strategy = Strategy(table, time[0], time[-1], config)
            strategy.add_execution(decide, ["BTC"])
            return strategy.backtest(calc_bootstrap=False)

        return run, 1

    def figures(self, case, result):
        return {"orders": [len(result.orders)],
                "fees": [float(result.metrics.total_fees)],
                "equity": [float(result.metrics.end_market_value)]}


if __name__ == "__main__":
    pybroker.disable_logging()
    pybroker.disable_progress_bar()
    serve(Peer(), PACKAGES)
