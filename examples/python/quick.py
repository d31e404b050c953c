# SPDX-License-Identifier: Apache-2.0
import sys

import crucible as cr

bars = cr.read_csv(sys.argv[1])
btc = cr.instrument(sys.argv[2], bars.symbol)
rsi = cr.features(bars, [("RSI", 14)])[:, 0]
run = cr.backtest(bars, btc, 30 - rsi, cr.plan(theta_out=-20, stop_sigma=8))
print(run.summary().as_dict()["ledger"])
