# SPDX-License-Identifier: Apache-2.0
"""This library through its Python module, over columns of scores: entries and
exits become +1 and -1. Orders fill at the next open, slippage is fixed."""
import json
import sys

import crucible as cr
import numpy as np

from worker import CASH, FEE, SLIPPAGE, Skip, serve
from workload import TIMEFRAME_MS

PACKAGES = ["numpy"]
FIXED = 3  # CRUCIBLE_IMPACT_FIXED
EGARCH = dict(window=2000, refit=2000, first=1000)


def instrument():
    """A market so finely divided that rounding does not show to 1e-9."""
    return cr.Instrument(
        venue=b"none", symbol=b"BTCUSDT", base_currency=b"BTC",
        quote_currency=b"USDT", market_type=3, fee_asset=1, maker_fee=FEE,
        taker_fee=FEE, price_tick=1e-10, lot_step=1e-12, max_leverage=1.0,
        is_shortable=1)


def options(egarch=False, **fields):
    made = cr.backtest_options(initial_cash=CASH, **fields)
    if not egarch:
        made.costs.impact_law, made.costs.fixed_slippage = FIXED, SLIPPAGE
        made.costs.spread_bps = 0.0
    return made


def bars_of(w, rows):
    return cr.series(w.time_ms[:rows], *(getattr(w, n)[:rows] for n in (
        "open", "high", "low", "close", "volume")), TIMEFRAME_MS, "BTCUSDT")


class Peer:
    def prepare(self, case, w):
        if case not in ("full", "egarch", "one", "threads", "short_runs"):
            raise Skip("not with scores")
        rows = 1000 if case == "short_runs" else w.bars
        columns = 1 if case == "one" else w.columns
        bars, pool = bars_of(w, rows), cr.Pool(2) if case == "threads" else None
        scores = (w.entries_f[:rows, :columns].astype(float)
                  - w.exits_f[:rows, :columns])
        volume = cr.volume_forecast(w.volume[:rows])
        sigma = (cr.egarch_sigma(w.close, cr.egarch_options(**EGARCH))
                 if case == "egarch" else np.full(rows, 0.001))
        plan = cr.plan(theta_in=0.5, theta_out=-0.5, sizing_value=1.0)
        settings = options(case == "egarch", keep_equity=1)

        def run():
            result = cr.backtest(bars, instrument(), scores, plan, sigma, volume,
                                 options=settings, pool=pool)
            return result, [result.summary(i) for i in range(columns)]

        return run, columns

    def figures(self, case, result):
        close = float(np.load(f"{sys.argv[1]}/close.npy")[-1])
        ledgers = [s.ledger for s in result[1]]
        return {"orders": [g.n_orders - g.n_rejected for g in ledgers],
                "fees": [g.costs.fee for g in ledgers],
                "equity": [g.cash + g.position * close for g in ledgers]}


if __name__ == "__main__":
    serve(Peer(), PACKAGES)
