# SPDX-License-Identifier: Apache-2.0
"""Y and the exponent of the slippage, from a file of recorded trades.

    python3 impact.py TRADES.csv[.gz] [--quotes QUOTES.csv[.gz]] [--horizon 300]
    python3 impact.py --recording RAW.gz [--measure book] [--horizon 5]

Trades as Binance's archive has them (trades and aggTrades, with or without a
header) or with columns time, price, quantity and is_buyer_maker or side. Quotes
with columns time, bid_price and ask_price. A recording has the raw messages of the
combined streams @trade and @depth and one REST snapshot of the book, a line each
after the local time in ns; its book is walked once a second.
"""
import argparse
import csv
import gzip
import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crucible as cr  # noqa: E402

NAMES = {
    "time": ("time", "trade_time", "transact_time", "transaction_time",
             "timestamp", "time_ms"),
    "price": ("price",), "quantity": ("quantity", "qty"),
    "maker": ("is_buyer_maker", "isbuyermaker"), "side": ("side",),
    "bid": ("bid_price", "best_bid_price", "bid"),
    "ask": ("ask_price", "best_ask_price", "ask")}


def rows_of(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        yield from csv.reader(file)


def milliseconds(texts):
    """Times of whole numbers since 1970 in s, ms, us or ns."""
    time = np.array(texts, np.int64)
    for unit, least in ((1_000_000, 10 ** 17), (1_000, 10 ** 14)):
        if time.max(initial=0) >= least:
            return time // unit
    return time if time.max(initial=0) >= 10 ** 11 else time * 1000


def columns_of(path, wanted, without_header=None):
    """{name: list of texts} of a file's columns, as far as they are there."""
    rows = rows_of(path)
    first = next(rows, [])
    place, table = {}, {}
    if first and not first[0].replace("_", "").isdigit():
        words = [word.strip().lower() for word in first]
        for name in wanted:
            for alias in NAMES[name]:
                if alias in words:
                    place[name] = words.index(alias)
                    break
        body = list(rows)
    else:
        place = without_header(first) if without_header else {}
        body = ([first] if first else []) + list(rows)
    for name, k in place.items():
        table[name] = [row[k] for row in body]
    return table


def archive_order(row):
    """Columns of Binance's files without a header: aggTrades have their time in
    the sixth, trades in the fifth."""
    if len(row) < 6:
        return {}
    at = 5 if len(row) > 6 and row[5].isdigit() else 4
    return {"price": 1, "quantity": 2, "time": at, "maker": at + 1}


def read_trades(path):
    """(time_ms, price, quantity, side), in order of time."""
    table = columns_of(path, ("time", "price", "quantity", "maker", "side"),
                       archive_order)
    missing = {"time", "price", "quantity"} - set(table)
    if missing or not {"maker", "side"} & set(table):
        sys.exit(f"{path}: no column {', '.join(sorted(missing)) or 'side'}: "
                 "time, price, quantity and is_buyer_maker are needed")
    if "maker" in table:
        side = np.where([word.lower() in ("true", "1")
                         for word in table["maker"]], -1, 1)
    else:
        side = np.where([word.lower() in ("buy", "b", "1")
                         for word in table["side"]], 1, -1)
    columns = (milliseconds(table["time"]), np.array(table["price"], float),
               np.array(table["quantity"], float), side)
    order = np.argsort(columns[0], kind="stable")
    return tuple(column[order] for column in columns)


def read_quotes(path):
    table = columns_of(path, ("time", "bid", "ask"))
    if set(table) != {"time", "bid", "ask"} or "" in table["time"]:
        sys.exit(f"{path}: columns time, bid_price and ask_price are needed, all "
                 "of them filled")
    columns = (milliseconds(table["time"]), np.array(table["bid"], float),
               np.array(table["ask"], float))
    order = np.argsort(columns[0], kind="stable")
    return tuple(column[order] for column in columns)


class Levels:
    """A book from one snapshot and the updates after it."""

    def __init__(self):
        self.sides, self.last, self.early = ({}, {}), None, []

    def snapshot(self, message):
        self.last = message["lastUpdateId"]
        for side, key in zip(self.sides, ("bids", "asks")):
            side.update((float(p), float(q)) for p, q in message[key])
        for update in self.early:
            self.update(update)
        self.early = []

    def update(self, message):
        if self.last is None:
            self.early.append(message)
        elif message["u"] > self.last:
            for side, key in zip(self.sides, ("b", "a")):
                for price, quantity in message[key]:
                    if float(quantity) > 0:
                        side[float(price)] = float(quantity)
                    else:
                        side.pop(float(price), None)

    def best_first(self):
        bids = sorted(self.sides[0].items(), reverse=True)
        asks = sorted(self.sides[1].items())
        return tuple(zip(*bids)), tuple(zip(*asks))


def replay(path, stream, every_ms=1000):
    """Pushes a recording's trades, and its book every so often, by the
    recorder's clock. The number of books that were pushed."""
    levels, due, n_books = Levels(), 0, 0
    with gzip.open(path, "rt") as file:
        for line in file:
            time, _, text = line.partition(" ")
            time, message = int(time) // 1_000_000, json.loads(text)
            name, data = message.get("stream", ""), message.get("data")
            if "@trade" in name:
                if float(data["p"]) > 0 and float(data["q"]) > 0:
                    stream.push_print(time, float(data["p"]), float(data["q"]),
                                      -1 if data["m"] else 1)
            elif "@depth" in name:
                levels.update(data)
            elif "lastUpdateId" in message:
                levels.snapshot(message)
            if levels.last is None or time < due or "@depth" not in name:
                continue
            bids, asks = levels.best_first()
            if bids and asks and bids[0][0] < asks[0][0]:
                stream.push_book(time, bids, asks)
                due, n_books = time + every_ms, n_books + 1
    return n_books


def show(fit):
    kinds = ("the default: data do not tell",
             "Y estimated, the exponent held", "both estimated")
    reasons = [text for bit, text in (
        (1, "few orders"), (2, "few blocks of time"), (4, "no cost seen"),
        (8, "the exponent is not told by the sizes"),
        (16, "the exponent is not in (0, 1]")) if fit.reasons & bit]
    print(f"Y {fit.y:.4g} +- {fit.y_se:.2g}, exponent {fit.exponent:.3f} +- "
          f"{fit.exponent_se:.2g} ({'; '.join([kinds[fit.kind], *reasons])})")
    print(f"{fit.n_orders} observations, {fit.n_free} of them free, in "
          f"{fit.n_blocks} blocks of {fit.block_ms / 1000:g} s; mean cost "
          f"{1e4 * fit.mean_cost:.4g} bp, Q/V {fit.share_low:.2g} to "
          f"{fit.share_high:.2g}, R2 {fit.r2:.3f}")
    print(f"left out: {fit.n_warmup} before there was a sigma, {fit.n_still} in "
          f"still markets, {fit.n_outside} of sizes out of range, {fit.n_thin} "
          f"larger than the book, {fit.n_unquoted} without a quote")
    for share in (0.001, 0.01, 0.1):
        cost, se = cr.impact_cost(fit, share)
        print(f"Q/V {share:g}: {cost:.4f} +- {se:.4f} sigma")


def options_of(args):
    return {"measure": args.measure, "horizon_ms": int(args.horizon * 1000),
            "window": args.window, "exponent": args.exponent,
            "share_max": args.share_max, "min_orders": args.min_orders,
            "reference": int(args.from_quote)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trades", nargs="?")
    parser.add_argument("--quotes")
    parser.add_argument("--recording")
    parser.add_argument("--measure", choices=("orders", "book", "flow"),
                        default="orders")
    parser.add_argument("--from-quote", action="store_true",
                        help="hold orders against the quote before them")
    parser.add_argument("--horizon", type=float, default=300,
                        help="length of a bar, s")
    parser.add_argument("--window", type=int, default=12)
    parser.add_argument("--exponent", type=float, default=0,
                        help="hold it; 0: estimate it")
    parser.add_argument("--share-max", type=float, default=1)
    parser.add_argument("--min-orders", type=int, default=100)
    args = parser.parse_args(arguments)
    if (args.trades is None) == (args.recording is None):
        parser.error("give a file of trades or --recording")
    if args.measure == "book" and args.recording is None:
        parser.error("books come with --recording")
    try:
        if args.recording:
            stream = cr.ImpactStream(**options_of(args))
            replay(args.recording, stream)
            fit = stream.fit()
        else:
            quotes = read_quotes(args.quotes) if args.quotes else None
            fit = cr.impact_estimate(*read_trades(args.trades), quotes,
                                     **options_of(args))
    except (cr.Error, OSError) as failure:
        sys.exit(str(failure))
    show(fit)
    return fit


if __name__ == "__main__":
    main()
