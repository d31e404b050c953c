#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sample CSV files of this folder from the package archives.

usage: convert.py [--out DIR] ARCHIVE [ARCHIVE ...]

ARCHIVE is a package as its registry serves it (see PROVENANCE.md):
  gapless_crypto_data-4.0.3.tar.gz  -> BTCUSDT-5m-..., ETHUSDT-5m-...
  gapless_crypto_data-2.0.1.tar.gz  -> SOLUSDT-5m-...
  hqchart-1.1.15808.tgz             -> IFL8-5m-...
Each source file is recognised by its path and checked against its SHA-256.
The output is the same byte for byte on every run. Standard library only,
Python 3.11 or newer.
"""

import argparse
import calendar
import hashlib
import json
import pathlib
import sys
import tarfile
import time
from decimal import Decimal

HEADER = ("open_time,open,high,low,close,volume,close_time,quote_volume,"
          "trades,taker_buy_base,taker_buy_quote")
BAR_MS = 300_000
SPOT_COLUMNS = ("date,open,high,low,close,volume,close_time,"
                "quote_asset_volume,number_of_trades,"
                "taker_buy_base_asset_volume,taker_buy_quote_asset_volume")
# The venue stood still from 11:30 to 14:00 UTC on 2023-03-24 and has no bars
# from 12:40 on. The package's gap filler wrote the 16 bars of seven hours later
# into that hole of the SOL file (a time zone mistake): they are left out.
HALT = range(1679661600000, 1679666400000, BAR_MS)
HALT_COPY_MS = 7 * 3_600_000
IF_MULTIPLIER = 300  # CNY per index point of one CSI 300 future

SPOT = "/src/gapless_crypto_data/sample_data/binance_spot_"
# path inside the archive: (SHA-256, reader, output)
SOURCES = {
    f"gapless_crypto_data-4.0.3{SPOT}BTCUSDT-5m_20230320-20230328_v2.10.0.csv":
    ("553c42646b92ef34e171afc9f233372cf69c519085a5126f1d15076a90756476",
     "spot", "BTCUSDT-5m-2023-03-20_2023-03-28.csv"),
    f"gapless_crypto_data-4.0.3{SPOT}ETHUSDT-5m_20230320-20230328_v2.10.0.csv":
    ("bb826b16637ccbbd6d74dd1bfc1e3251cc5f54f7870f5c5ef9bed5804faa83e8",
     "spot", "ETHUSDT-5m-2023-03-20_2023-03-28.csv"),
    f"gapless_crypto_data-2.0.1{SPOT}SOLUSDT-5m_20230320-20230328_0.0y.csv":
    ("fee6c2b3cc00d98ec4185164ca8caf797ddfa017e41c745db02e04a5fa7070d0",
     "spot", "SOLUSDT-5m-2023-03-20_2023-03-28.csv"),
    "package/src/jscommon/umychart.testdata/M1KLine/"
    "IFL8.cfe.minute.kline.json":
    ("f14297e9e00239ede1a42a82ff50bbc47fc5788515d634496d6ef4d7c62dc2c4",
     "future", "IFL8-5m-2023-12-04_2024-09-27.csv"),
}


def utc_ms(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%S")) * 1000


def read_spot(data):
    """Copies the figures character for character; only times are rewritten,
    and copied bars inside the halt are left out."""
    lines = [line for line in data.decode("ascii").splitlines()
             if line and not line.startswith("#")]
    if lines[0] != SPOT_COLUMNS:
        sys.exit("unexpected columns: " + lines[0])
    rows = []
    for line in lines[1:]:
        field = line.split(",")
        opened = utc_ms(field[0])
        closed = opened + BAR_MS - 1
        # The source cuts close_time to whole seconds, and has 12:39:41 for the
        # bar in which the venue halted (2023-03-24 12:35): computed instead.
        if not opened < utc_ms(field[6]) <= closed:
            sys.exit("close_time is not inside the bar: " + line)
        rows.append([str(opened), *field[1:6], str(closed), *field[7:]])
    figures = {int(row[0]): row[1:6] + row[7:] for row in rows}
    for start in HALT:
        if start in figures:
            if figures[start] != figures[start + HALT_COPY_MS]:
                sys.exit("a bar inside the halt is not the known copy")
    return [row for row in rows if int(row[0]) not in HALT]


def read_future(data):
    """One-minute bars -> 5m bars. A source row is [yyyymmdd, previous close,
    open, high, low, close, contracts, null, hhmm of the minute's END in
    UTC+8, open interest]."""
    source = json.loads(data, parse_float=str, parse_int=str)
    bars = {}
    for (day, _, opening, high, low, close, contracts, _, label,
         _) in source["data"]:
        stamp = time.strptime(day + label.zfill(4), "%Y%m%d%H%M")
        start = (calendar.timegm(stamp) - 8 * 3600 - 60) * 1000
        bucket = start - start % BAR_MS
        bar = bars.get(bucket)
        if bar is None:
            bars[bucket] = [opening, high, low, close, int(contracts), 1]
            continue
        if Decimal(high) > Decimal(bar[1]):
            bar[1] = high
        if Decimal(low) < Decimal(bar[2]):
            bar[2] = low
        bar[3] = close
        bar[4] += int(contracts)
        bar[5] += 1
    if any(bar[5] != 5 for bar in bars.values()):
        sys.exit("a 5m bar has not five minutes")
    return [[str(start), *bar[:4], str(bar[4] * IF_MULTIPLIER),
             str(start + BAR_MS - 1), "", "", "", ""]
            for start, bar in bars.items()]


def check(rows, name):
    last = -1
    for row in rows:
        start = int(row[0])
        opening, high, low, close, volume = map(Decimal, row[1:6])
        if start % BAR_MS or start <= last:
            sys.exit(f"{name}: time not ascending on the grid: {row}")
        if not 0 < low <= min(opening, close) or high < max(opening, close):
            sys.exit(f"{name}: prices disagree: {row}")
        if volume < 0:
            sys.exit(f"{name}: negative volume: {row}")
        if row[7]:
            quote, trades, taker, taker_quote = map(Decimal, row[7:])
            if (trades > 0) != (volume > 0) or not 0 <= taker <= volume:
                sys.exit(f"{name}: trades or taker volume disagree: {row}")
            if not 0 <= taker_quote <= quote:
                sys.exit(f"{name}: quote volumes disagree: {row}")
        last = start


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path())
    arguments = parser.parse_args()
    for path in arguments.archive:
        written = 0
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name not in SOURCES:
                    continue
                digest, reader, name = SOURCES[member.name]
                data = archive.extractfile(member).read()
                if hashlib.sha256(data).hexdigest() != digest:
                    sys.exit(f"{path}: {member.name} is not the known file")
                rows = (read_spot if reader == "spot" else read_future)(data)
                check(rows, name)
                text = "\n".join([HEADER, *map(",".join, rows)]) + "\n"
                (arguments.out / name).write_bytes(text.encode("ascii"))
                print(f"{name}: {len(rows)} bars")
                written += 1
        if not written:
            sys.exit(f"{path}: holds none of the known files")


if __name__ == "__main__":
    main()
