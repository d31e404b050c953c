# SPDX-License-Identifier: Apache-2.0
"""A parameter sweep: moving-average crosses on recorded bars, all costs paid.

    python3 sweep.py [FILE.csv [INSTRUMENTS.json]]
"""
import pathlib
import sys

import numpy as np

import crucible as cr

data = pathlib.Path(__file__).parent.parent / "data"
file = sys.argv[1] if len(sys.argv) > 1 else sorted(data.glob("BTCUSDT-5m-*.csv"))[0]
profiles = sys.argv[2] if len(sys.argv) > 2 else data / "instruments.json"

bars = cr.read_csv(file)
btc = cr.instrument(profiles, bars.symbol)
fast, slow = (6, 12, 24), (48, 96, 192)
grid = [(f, s) for f in fast for s in slow]

# One column per pair: +1 while the fast average is above the slow one.
averages = cr.features(bars, [("EMA", n) for n in fast + slow])
column = {n: averages[:, i] for i, n in enumerate(fast + slow)}
scores = np.column_stack([np.sign(column[f] - column[s]) for f, s in grid])

run = cr.backtest(
    bars, btc, scores, cr.plan(theta_in=0.5, theta_out=-0.5),
    sigma=cr.egarch_sigma(bars.close, cr.egarch_options(first=432, refit=288,
                                                        window=1440)),
    pool=cr.Pool())

print(f"{bars.symbol}: {len(bars)} bars, {len(grid)} columns, "
      f"{len(run.trades['result'])} trades")
print("fast slow   equity  return    fees  spread  slippage  trades  wins")
for i, (f, s) in enumerate(grid):
    summary = run.summary(i)
    ledger, costs = summary.ledger, summary.ledger.costs
    print(f"{f:4d} {s:4d} {ledger.equity:8.2f} "
          f"{summary.metrics.total_return:+7.2%} {costs.fee:7.2f} "
          f"{costs.spread:7.2f} {costs.slippage:9.2f} {ledger.n_trades:7d} "
          f"{summary.trades.win_rate:5.0%}")
print(f"buy and hold {summary.buy_and_hold:+.2%} (of the price)")
