# SPDX-License-Identifier: Apache-2.0
"""bt: weights per bar, one column, its statistics included. It rebalances at
the close of the bar itself; slippage is given to it as a part of the fee."""
import bt
import pandas as pd

from worker import CASH, FEE, SLIPPAGE, Skip, serve

PACKAGES = ["bt", "numpy", "pandas"]


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "short_runs"):
            raise Skip("one column at a time")
        rows = 1000 if case == "short_runs" else w.bars
        index = pd.to_datetime(w.time_ms[:rows], unit="ms")
        prices = pd.DataFrame({"BTC": w.close[:rows]}, index=index)
        target = pd.DataFrame({"BTC": w.targets_c[:rows, 0]}, index=index).dropna()

        def run():
            strategy = bt.Strategy("crosses", [bt.algos.WeighTarget(target),
                                               bt.algos.Rebalance()])
            test = bt.Backtest(
                strategy, prices, initial_capital=CASH, integer_positions=False,
                commissions=lambda q, p: abs(q) * p * (FEE + SLIPPAGE),
                progress_bar=False)
            return test, bt.run(test)

        return run, 1

    def figures(self, case, result):
        test = result[0]
        trades = result[1].get_transactions()
        return {"orders": [len(trades)],
                "fees": [float(test.strategy.fees.sum()) * FEE / (FEE + SLIPPAGE)],
                "equity": [float(test.strategy.values.iloc[-1])]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
