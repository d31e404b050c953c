# SPDX-License-Identifier: Apache-2.0
"""lrvx, which FLOX has been called since 2026: bars and a list of orders of a
fixed size (its signal interface has no share of equity), one column, statistics
included; it charges a fee and no slippage."""
import lrvx
import numpy as np

from worker import CASH, FEE, Skip, serve

PACKAGES = ["lrvx", "numpy"]
SIZE = 0.005  # BTC


class Peer:
    def prepare(self, case, w):
        if case not in ("one", "short_runs"):
            raise Skip("one column at a time")
        rows = 1000 if case == "short_runs" else w.bars
        data = {n: getattr(w, n)[:rows] for n in ("open", "high", "low", "close",
                                                  "volume")}
        data["ts"] = w.time_ms[:rows] * 1_000_000
        target = w.targets_c[:rows, 0]
        moves = [(int(data["ts"][i]), target[i] > 0)
                 for i in np.flatnonzero(~np.isnan(target))]

        def run():
            engine = lrvx.Engine(initial_capital=CASH, fee_rate=FEE)
            engine.load_ohlcv(data, "BTC")
            signals, held = lrvx.SignalBuilder(), False
            for time, is_buy in moves:
                if is_buy and not held:
                    signals.buy(time, SIZE, "BTC")
                elif held and not is_buy:
                    signals.sell(time, SIZE, "BTC")
                held = is_buy
            return engine.run(signals)

        return run, 1

    def figures(self, case, stats):
        return {"orders": [2 * stats.total_trades], "fees": [stats.total_fees],
                "equity": [stats.final_capital]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
