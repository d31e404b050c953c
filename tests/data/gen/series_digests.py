#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Digests of recorded klines, read and resampled without the library.

  series_digests.py SHARED_DATA > ../series/digests.csv

Standard library only: csv and gzip read, decimal adds exactly the shortest
decimals of the doubles, float() rounds once at the end, struct and hashlib make
the digest that crucible_bars_hash() documents.
"""
import csv
import gzip
import hashlib
import pathlib
import platform
import struct
import sys
from datetime import datetime, timezone
from decimal import Decimal, getcontext

getcontext().prec = 60
MINUTE = 60_000
COLUMNS = ["open_time", "open", "high", "low", "close", "volume",
           "quote_volume", "trades", "taker_buy_base"]
SUMS = COLUMNS[5:]
COARSE = {
    "usdm-1m-full/LINKUSDT-1m-2023-02.csv.gz": [5, 15, 60],
    "usdm-1m/BTCUSDT-1m-2025-05-04.csv.gz": [5, 15],
    "usdm-1m/SOLUSDT-1m-2025-05-04.csv.gz": [5, 240],
    "spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz": [15, 60, 240, 1440],
    "spot-5m/BTCUSDT-5m-2023.csv.gz": [15, 60],
    "usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz": [15, 1440],
    "other/btc-perp-20211231-20220201_1m.csv.gz": [5, 15],
}


def time_ms(text):
    if text.isdigit():
        return int(text)
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")
    return int(moment.replace(tzinfo=timezone.utc).timestamp() * 1000)


def read(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    bars = []
    for row in rows:
        row["open_time"] = row.get("open_time") or row["timestamp"]
        bar = {c: Decimal(repr(float(row[c]))) for c in COLUMNS[1:] if row.get(c)}
        bar["open_time"] = time_ms(row["open_time"])
        bars.append(bar)
    return bars


def resample(bars, fine, coarse):
    intervals = {}
    for bar in bars:
        intervals.setdefault(bar["open_time"] // coarse * coarse,
                             []).append(bar)
    first, last = min(intervals), max(intervals)
    if intervals[first][0]["open_time"] != first:
        del intervals[first]
    if intervals[last][-1]["open_time"] != last + coarse - fine:
        del intervals[last]
    result = []
    for begin in sorted(intervals):
        held = intervals[begin]
        bar = {"open_time": begin, "open": held[0]["open"],
               "high": max(b["high"] for b in held),
               "low": min(b["low"] for b in held),
               "close": held[-1]["close"]}
        for c in SUMS:
            if c in held[0]:
                bar[c] = sum(b[c] for b in held)
        result.append(bar)
    return result


def digest(symbol, timeframe, bars):
    present = [c for c in COLUMNS if c in bars[0]]
    bits = sum(1 << COLUMNS.index(c) for c in present)
    sha = hashlib.sha256(b"crucible bars 1\0")
    sha.update(struct.pack("<QQQQ", len(symbol), timeframe, len(bars), bits))
    sha.update(symbol.encode())
    for c in present:
        kind = "<q" if c == "open_time" else "<d"
        convert = int if c == "open_time" else float
        for bar in bars:
            sha.update(struct.pack(kind, convert(bar[c])))
    return sha.hexdigest()


def main():
    root = pathlib.Path(sys.argv[1])
    print("# Digests of crucible_bars_hash(): of each recorded file as it is")
    print("# (timeframe_ms its own) and of longer timeframes made from it.")
    print(f"# Tool: python {platform.python_version()}, standard library")
    print("# Command: tests/data/gen/series_digests.py ../shared/data")
    print("# file,timeframe_ms,bars,sha256")
    files = sorted((root / "klines").glob("*/*.csv.gz"))
    files += sorted((root / "sample").glob("*.csv"))
    for path in files:
        bars = read(path)
        fine = min(b["open_time"] - a["open_time"]
                   for a, b in zip(bars, bars[1:]))
        symbol = path.name.split("-")[0]
        name = path.relative_to(root)
        print(name, fine, len(bars), digest(symbol, fine, bars), sep=",")
        for minutes in COARSE.get(str(name).removeprefix("klines/"), []):
            coarse = resample(bars, fine, minutes * MINUTE)
            print(name, minutes * MINUTE, len(coarse),
                  digest(symbol, minutes * MINUTE, coarse), sep=",")


if __name__ == "__main__":
    main()
