# SPDX-License-Identifier: Apache-2.0
"""backtrader: one column; cheat-on-close fills at the close decided on."""
import datetime

import backtrader

from worker import CASH, FEE, SLIPPAGE, Skip, serve

PACKAGES = ["backtrader", "numpy"]


class Arrays(backtrader.feed.DataBase):
    """Bars straight from arrays."""

    params = (("arrays", None),)

    def start(self):
        super().start()
        self.at = 0

    def _load(self):
        i, arrays = self.at, self.p.arrays
        if i == len(arrays["time"]):
            return False
        self.at += 1
        lines = self.lines
        lines.datetime[0] = arrays["time"][i]
        for name in ("open", "high", "low", "close", "volume"):
            getattr(lines, name)[0] = arrays[name][i]
        lines.openinterest[0] = 0.0
        return True


class Crosses(backtrader.Strategy):
    params = (("enter", None), ("leave", None))

    def __init__(self):
        self.fees, self.n_orders, self.bar = 0.0, 0, -1

    def notify_order(self, order):
        if order.status == order.Completed:
            self.n_orders += 1
            self.fees += order.executed.comm

    def next(self):
        self.bar += 1
        if self.position:
            if self.p.leave[self.bar]:
                self.close()
        elif self.p.enter[self.bar]:
            price = self.data.close[0] * (1 + SLIPPAGE)
            self.buy(size=self.broker.getcash() / (price * (1 + FEE)) * (1 - 1e-12))


def analyzers(cerebro):
    for kind in ("TradeAnalyzer", "DrawDown", "SharpeRatio", "TimeReturn", "SQN",
                 "VWR", "Transactions"):
        cerebro.addanalyzer(getattr(backtrader.analyzers, kind))


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "short_runs"):
            raise Skip("one column at a time; stops are separate orders")
        rows = 1000 if case == "short_runs" else w.bars
        epoch = backtrader.date2num(datetime.datetime(1970, 1, 1))
        arrays = {n: getattr(w, n)[:rows].tolist()
                  for n in ("open", "high", "low", "close", "volume")}
        arrays["time"] = (epoch + w.time_ms[:rows] / 86_400_000).tolist()
        enter, leave = w.entries_c[:rows, 0].tolist(), w.exits_c[:rows, 0].tolist()

        def run():
            cerebro = backtrader.Cerebro(stdstats=False)
            cerebro.adddata(Arrays(arrays=arrays))
            cerebro.addstrategy(Crosses, enter=enter, leave=leave)
            broker = cerebro.broker
            broker.setcash(CASH)
            broker.setcommission(FEE)
            broker.set_slippage_perc(SLIPPAGE, slip_out=True, slip_match=True)
            broker.set_coc(True)
            analyzers(cerebro)
            return cerebro.run()[0]

        return run, 1

    def figures(self, case, strategy):
        return {"orders": [strategy.n_orders], "fees": [strategy.fees],
                "equity": [strategy.broker.getvalue()]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
