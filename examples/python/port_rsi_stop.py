# SPDX-License-Identifier: Apache-2.0
"""RSI mean reversion with a stop loss, its signals made with pandas: the same
table from this library and, asked for by a second word, from vectorbt 1.2.0.

    python3 port_rsi_stop.py FILE.csv [vectorbt]
"""
import sys

import pandas as pd


def read(path):
    frame = pd.read_csv(path, index_col="open_time")
    frame.index = pd.to_datetime(frame.index, unit="ms")
    return frame[:"2023-03-23"]  # before an outage of the exchange


def signals(close, windows=(7, 14, 21), lows=(20, 30)):
    """Enter when the RSI comes back above its low, leave above 60: a column
    per window and low."""
    enter, leave = {}, {}
    change = close.diff()
    for window in windows:
        ups, downs = (part.clip(lower=0).ewm(alpha=1 / window).mean()
                      for part in (change, -change))
        rsi = (100 * ups / (ups + downs)).where(ups + downs > 0)
        before = rsi.shift(1)
        for low in lows:
            enter[window, low] = (rsi > low) & (before <= low)
            leave[window, low] = (rsi > 60) & (before <= 60)
    return pd.DataFrame(enter), pd.DataFrame(leave)


def with_crucible(frame, enter, leave):
    import crucible as cr
    run = cr.simulate(
        frame, cr.continuous_instrument("BTCUSDT", fee=0.001),
        cr.plan(decides=cr.DECIDE_SIGNALS, sizing_value=1.0, stop_fraction=0.01),
        options=cr.backtest_options(
            initial_cash=200, fill_at=cr.FILL_SAME_CLOSE,
            costs=cr.cost_options(spread_bps=0, impact_law=cr.IMPACT_FIXED,
                                  fixed_slippage=0.0005)),
        enter_long=enter, exit_long=leave)
    orders = pd.DataFrame(run.orders)  # also stops that were not reached
    filled = orders[orders["filled"] > 0].groupby("column")
    ledger = run.summaries()["ledger"]
    return {"orders": filled.size().to_numpy(),
            "fees": filled["fee"].sum().to_numpy(),
            "value": ledger["equity"] + ledger["exit_fee"]}


def with_vectorbt(frame, enter, leave):
    import vectorbt as vbt
    portfolio = vbt.Portfolio.from_signals(
        frame["close"], enter, leave, open=frame["open"], high=frame["high"],
        low=frame["low"], init_cash=200, size=float("inf"), fees=0.001,
        slippage=0.0005, sl_stop=0.01, stop_entry_price="fillprice",
        stop_exit_price="stopmarket", freq="5min")
    return {"orders": portfolio.orders.count(),
            "fees": portfolio.orders.fees.sum(),
            "value": portfolio.final_value()}


bars = read(sys.argv[1])
run_with = with_vectorbt if sys.argv[2:] == ["vectorbt"] else with_crucible
enters, leaves = signals(bars["close"])
table = pd.DataFrame(run_with(bars, enters, leaves))
table.index = pd.MultiIndex.from_tuples(enters.columns, names=["window", "low"])
print(table.round(5).to_string(sparsify=False))
