# SPDX-License-Identifier: Apache-2.0
"""The strategy of port_ma_cross.py as a vectorbt user has it.

    python port_ma_cross_vectorbt.py FILE.csv      (needs vectorbt)
"""
import sys

import numpy as np
import pandas as pd
import vectorbt as vbt

table = pd.read_csv(sys.argv[1])
table = table[table["open_time"] < 1679616000000]
close = pd.Series(table["close"].to_numpy(),
                  index=pd.to_datetime(table["open_time"], unit="ms"))
fast, slow = (5, 9, 13), (40, 64, 88)
grid = [(f, s) for f in fast for s in slow]

fast_ma = vbt.MA.run(close, [f for f, s in grid], short_name="fast")
slow_ma = vbt.MA.run(close, [s for f, s in grid], short_name="slow")
portfolio = vbt.Portfolio.from_signals(
    close, fast_ma.ma_crossed_above(slow_ma), fast_ma.ma_crossed_below(slow_ma),
    init_cash=200, size=np.inf, fees=0.001, slippage=0.0005, freq="5min")

print("fast slow orders      fees     value")
for i, (f, s) in enumerate(grid):
    one = portfolio.iloc[i]
    print(f"{f:4d} {s:4d} {one.orders.count():6d} "
          f"{one.orders.fees.sum():9.5f} {one.final_value():9.5f}")
