#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Input of the golden cases of features: made bars, with what hurts.

    python3 tests/data/gen/features_bars.py > tests/data/features/bars.csv

A 64-bit linear congruential generator (Knuth's MMIX constants), so that no
library decides the numbers. Inside: bars without a trade, a run of equal
closes, equal highs in a row, a jump.
"""
import math

SEED = 20240324
N = 320
START_MS = 1709251200000  # 2024-03-01T00:00Z
STEP_MS = 300000

state = SEED


def uniform():
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 11) / 2**53


def normal():
    return math.sqrt(-2 * math.log(1 - uniform())) * math.cos(
        2 * math.pi * uniform())


def main():
    print("# made bars, 5m; tests/data/gen/features_bars.py, seed %d" % SEED)
    print("open_time,open,high,low,close,volume,close_time,quote_volume,"
          "trades,taker_buy_base,taker_buy_quote")
    close = 61000.0
    for i in range(N):
        time = START_MS + i * STEP_MS
        opening = round(close + (0.5 * normal() if i % 7 == 0 else 0), 2)
        if 150 <= i < 160:  # a halt: no trade at all
            row = [close] * 4 + [0.0, 0.0, 0, 0.0, 0.0]
        else:
            sigma = 60 * math.exp(0.5 * normal())
            close = round(opening + sigma * normal(), 2)
            if i == 200:
                close = round(opening * 0.97, 2)
            if 230 <= i < 236:
                close = opening = 60500.25
            high = round(max(opening, close) + sigma * uniform(), 2)
            low = round(min(opening, close) - sigma * uniform(), 2)
            if 100 <= i < 104:  # equal extremes: which of them counts?
                opening = min(opening, 62000.0)
                close = min(close, 62000.0)
                high, low = 62000.0, 60000.0
                opening = max(opening, low)
                close = max(close, low)
            volume = round(20 * math.exp(0.8 * normal()), 5)
            share = min(max(0.5 + 0.2 * normal(), 0), 1)
            taker = round(volume * share, 5)
            price = (high + low + 2 * close) / 4
            row = [opening, high, low, close, volume, round(volume * price, 4),
                   1 + int(volume * 40 * uniform()), taker,
                   round(taker * price, 4)]
        print("%d,%s,%d,%s" % (time, ",".join(repr(float(x)) for x in row[:5]),
                               time + STEP_MS - 1,
                               ",".join("%d" % x if j == 1 else repr(float(x))
                                        for j, x in enumerate(row[5:]))))


if __name__ == "__main__":
    main()
