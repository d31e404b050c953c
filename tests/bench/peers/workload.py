# SPDX-License-Identifier: Apache-2.0
"""Workload W: 100 moving-average crosses over one price path, as plain arrays.

Simple averages of the closes, fast 5, 7, .. 23 bars against slow 40, 52, .. 148.
entries: the fast one rises above the slow one at this close; exits: it falls
below. All peers are given the same arrays, in both memory orders.
"""
import csv
import gzip
import json
import pathlib

import numpy as np

FAST, SLOW = range(5, 24, 2), range(40, 149, 12)
GRID = [(fast, slow) for fast in FAST for slow in SLOW]
# No gap and no bar without trades, where this library fills nothing.
RECORDED = "data/klines/spot-5m/ETHUSDT-5m-2024-09_2025-08.csv.gz"
TIMEFRAME_MS = 300_000


def recorded(path, n):
    """time, open, high, low, close, volume of the first n bars of a file."""
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        first = next(rows)
        body = [first] if first[0].isdigit() else []
        body += [row for row, _ in zip(rows, range(n - len(body)))]
    if len(body) < n:
        raise SystemExit(f"{path} has {len(body)} bars, {n} are wanted")
    table = np.array([row[:6] for row in body], dtype=np.float64)
    return table[:, 0].astype(np.int64), *table[:, 1:].T.copy()


def random_walk(n, seed=42):
    """A geometric Brownian path, as in the figures that vectorbt's users know;
    four steps make a bar, the volume is constant."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.001, (n, 4))
    path = 30000 * np.exp(np.cumsum(steps.ravel())).reshape(n, 4)
    begin = np.concatenate([[30000.0], path[:-1, 3]])
    inside = np.column_stack([begin, path])
    time = 1_672_531_200_000 + TIMEFRAME_MS * np.arange(n, dtype=np.int64)
    return (time, begin, inside.max(axis=1), inside.min(axis=1),
            path[:, 3].copy(), np.full(n, 100.0))


def average(values, n):
    """Mean of the last n; NaN for the first n - 1."""
    out = np.full(len(values), np.nan)
    out[n - 1:] = np.lib.stride_tricks.sliding_window_view(values, n).mean(axis=1)
    return out


def crosses(close):
    """entries, exits: [bars x columns] bool."""
    made = {n: average(close, n) for n in {*FAST, *SLOW}}
    above = np.column_stack([made[f] > made[s] for f, s in GRID])
    known = np.column_stack([~np.isnan(made[s]) for f, s in GRID])
    both = known[1:] & known[:-1]
    entries, exits = np.zeros_like(above), np.zeros_like(above)
    entries[1:] = above[1:] & ~above[:-1] & both
    exits[1:] = ~above[1:] & above[:-1] & both
    return entries, exits


def write(folder, path, shared, n):
    """Writes the arrays of W into folder; returns their facts."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source = (random_walk(n) if path == "gbm"
              else recorded(pathlib.Path(shared) / RECORDED, n))
    columns = dict(zip(("time_ms", "open", "high", "low", "close", "volume"),
                       source))
    entries, exits = crosses(columns["close"])
    n_columns = entries.shape[1]
    arrays = dict(columns)
    for name, signal in (("entries", entries), ("exits", exits)):
        arrays[f"{name}_c"] = np.ascontiguousarray(signal)
        arrays[f"{name}_f"] = np.asfortranarray(signal)
    for name in ("open", "high", "low", "close"):
        wide = np.repeat(columns[name][:, None], n_columns, axis=1)
        arrays[f"{name}_2d_c"] = wide
        arrays[f"{name}_2d_f"] = np.asfortranarray(wide)
    # Targets: all in from an entry to an exit, said once; or half of the
    # equity and a thousandth more in turns, so that every bar has an order.
    sparse = np.where(entries, 1.0, np.where(exits, 0.0, np.nan))
    arrays["targets_c"], arrays["targets_f"] = sparse, np.asfortranarray(sparse)
    turn = (np.arange(n)[:, None] + np.arange(n_columns)) % 2
    dense = 0.5 + 0.001 * turn
    arrays["dense_c"], arrays["dense_f"] = dense, np.asfortranarray(dense)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    facts = {"path": path, "bars": n, "columns": n_columns,
             "source": "geometric Brownian path, seed 42" if path == "gbm"
             else RECORDED, "entries": int(entries.sum()),
             "exits": int(exits.sum())}
    (folder / "facts.json").write_text(json.dumps(facts))
    return facts
