# SPDX-License-Identifier: Apache-2.0
"""Names of the numbers in include/crucible/{costs,backtest,portfolio}.h."""
SPOT, PERPETUAL, FUTURE = 1, 2, 3
QUOTE, BASE = 1, 2  # what a fee is taken from
LONG, LONG_SHORT = 1, 2
# how an entry, and an explicit order, is placed
MARKET, LIMIT, POST_ONLY, STOP_ORDER, STOP_LIMIT = 1, 2, 3, 4, 5
TRAILING_STOP, CANCEL = 6, 7
FRACTION, RISK, CASH, UNITS = 1, 2, 3, 4
PESSIMISTIC, OHLC, OLHC, ADAPTIVE, FINE = 1, 2, 3, 4, 5
SCORES, SIGNALS, TARGETS, ORDERS = 0, 1, 2, 3
REVERSE_POSITION, CLOSE_POSITION, IGNORE = 0, 1, 2
ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT = 1, 2, 4, 8
OF_EQUITY, OF_CASH, OF_UNITS = 0, 1, 2
NEXT_OPEN, SAME_CLOSE = 0, 1
CARRY, DROP = 0, 1
POWER, LINEAR, ALMGREN, FIXED = 0, 1, 2, 3

FILLED, REJECTED, CANCELLED, EXPIRED = 1, 2, 3, 4
(ENTRY, EXIT_SCORE, EXIT_TIME, STOP, TARGET, LIQUIDATION, END, REBALANCE,
 ORDER, TRAIL, EXIT_SIGNAL, REVERSE) = range(1, 13)
(BELOW_LOT, MIN_QUANTITY, MIN_NOTIONAL, NO_CASH, NO_VOLUME, NO_FORECAST,
 WOULD_CROSS, GAP, TIME_TO_LIVE, CLOSED, STOPPED, PARTICIPATION, OCO,
 REDUCE_ONLY, NO_MARGIN, NOT_SHORTABLE, BOOK_FULL, REQUESTED,
 BAD_PRICE) = range(1, 20)
MAKER, TAKER = 1, 2
DAY_MS = 86400000
WORKING_MOST = 16  # explicit orders an account can have at work
NONE = float("nan")
KINDS_OF_COST = ("fee", "spread", "slippage", "impact", "funding", "dust")


def given(x):
    """Neither None nor NaN."""
    return x is not None and x == x
