# SPDX-License-Identifier: Apache-2.0
"""backtesting.py: one column, equity and statistics included. Its fractional
units are whole multiples of a hundred-millionth of a coin."""
import warnings

import numpy as np
import pandas as pd
from backtesting import Strategy
from backtesting.lib import FractionalBacktest

from worker import CASH, FEE, SLIPPAGE, STOP, TARGET, Skip, serve

PACKAGES = ["backtesting", "numpy", "pandas"]
warnings.filterwarnings("ignore")


def strategy(enter, leave, stops):
    class Crosses(Strategy):
        def init(self):
            self.bar = 0

        def next(self):
            i = len(self.data) - 1
            if self.position:
                if leave[i]:
                    self.position.close()
            elif enter[i]:
                price = self.data.Close[-1]
                brackets = (dict(sl=price * (1 - STOP), tp=price * (1 + TARGET))
                            if stops else {})
                self.buy(size=0.9999, **brackets)

    return Crosses


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "one_stops", "short_runs"):
            raise Skip("one column at a time")
        rows = 1000 if case == "short_runs" else w.bars
        table = pd.DataFrame(
            {n.capitalize(): getattr(w, n)[:rows]
             for n in ("open", "high", "low", "close", "volume")},
            index=pd.to_datetime(w.time_ms[:rows], unit="ms"))
        plan = strategy(w.entries_c[:rows, 0].copy(),
                        w.exits_c[:rows, 0].copy(), case == "one_stops")
        # slippage: it knows a spread, paid on entry
        return lambda: FractionalBacktest(
            table, plan, cash=CASH, commission=FEE, spread=2 * SLIPPAGE,
            trade_on_close=True, fractional_unit=1e-8).run(), 1

    def figures(self, case, stats):
        trades = stats["_trades"]
        return {"orders": [2 * len(trades)],
                "fees": [float(stats["Commissions [$]"])],
                "equity": [float(stats["Equity Final [$]"])]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
