# SPDX-License-Identifier: Apache-2.0
"""Moving-average crosses ported from vectorbt (port_ma_cross_vectorbt.py): first
on vectorbt's terms, to the same figures, then on a market's.

    python3 port_ma_cross.py FILE.csv INSTRUMENTS.json
"""
import sys

import numpy as np

import crucible as cr

bars = cr.read_csv(sys.argv[1], until_ms=1679616000000)
fast, slow = (5, 9, 13), (40, 64, 88)
grid = [(f, s) for f in fast for s in slow]

# Signals: NumPy arrays of bool, a column per pair, as you have them.
averages = cr.features(bars, [("SMA", n) for n in fast + slow])
of = dict(zip(fast + slow, averages.T))
above = np.column_stack([of[f] > of[s] for f, s in grid])
known = np.column_stack([~np.isnan(of[s]) for f, s in grid])
enter, leave = np.zeros_like(above), np.zeros_like(above)
enter[1:] = above[1:] & ~above[:-1] & known[:-1]
leave[1:] = ~above[1:] & above[:-1] & known[:-1]

# vectorbt's terms: at the close that was decided on, any size, all the cash.
ported = cr.simulate(
    cr.market(bars), cr.continuous_instrument(bars.symbol, fee=0.001),
    cr.plan(decides=cr.DECIDE_SIGNALS, sizing_value=1.0),
    options=cr.backtest_options(
        initial_cash=200, fill_at=cr.FILL_SAME_CLOSE,
        costs=cr.cost_options(spread_bps=0, impact_law=cr.IMPACT_FIXED,
                              fixed_slippage=0.0005)),
    enter_long=enter, exit_long=leave)

# A market's: the next open, the exchange's fee, tick and lot, a spread, and a
# slippage by forecasts of volatility and volume and the size of the order.
sigma = cr.egarch_sigma(bars.close, cr.egarch_options(first=432, refit=288,
                                                      window=1440))
traded = cr.simulate(
    cr.market(bars, sigma, cr.volume_forecast(bars.volume)),
    cr.instrument(sys.argv[2], bars.symbol),
    cr.plan(decides=cr.DECIDE_SIGNALS, sizing_value=1.0),
    enter_long=enter, exit_long=leave)

# equity is what leaving would bring: less the fee of the exit. vectorbt's is not.
print("fast slow orders      fees     value | on a market: equity")
ledger, ours = ported.summaries()["ledger"], traded.summaries()["ledger"]
for i, (f, s) in enumerate(grid):
    value = ledger["equity"][i] + ledger["exit_fee"][i]
    print(f"{f:4d} {s:4d} {ledger['n_orders'][i]:6d} "
          f"{ledger['costs']['fee'][i]:9.5f} {value:9.5f} | "
          f"{ours['equity'][i]:9.5f}")
