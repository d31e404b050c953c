#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tables of a run through pyarrow, against the C views and the written files.

    pip install pyarrow numpy
    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        PYTHONPATH=examples/python python3 tests/peers/peers_records.py FOLDER

FOLDER holds the sample of examples/data. Ends with status 77 (skipped) where
pyarrow is missing.
"""
import csv
import gc
import json
import pathlib
import sys
import tempfile

try:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import crucible as cr


def make_run(folder):
    bars = cr.read_csv(sorted(folder.glob("BTCUSDT-5m-*.csv"))[0])
    instrument = cr.instrument(folder / "instruments.json", "BTCUSDT")
    moves = np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))
    scores = np.column_stack([moves, -moves, np.full(len(bars), np.nan)])
    options = cr.backtest_options(initial_cash=10000, keep_positions=1,
                                  keep_drawdowns=1, keep_equity=1)
    return cr.backtest(bars, instrument, scores, options=options)


def words_of(field):
    pairs = field.metadata[b"crucible.words"].decode().split(",")
    return {int(value): word for value, word in
            (pair.split("=") for pair in pairs)}


def check_values(batch, views):
    """The batch holds the very values of the views, in their order."""
    assert batch.schema.names == list(views), batch.schema.names
    for name, view in views.items():
        column = batch.column(name)
        assert column.null_count == 0
        if pa.types.is_timestamp(column.type):
            assert column.type == pa.timestamp("ms", "UTC"), column.type
            column = column.cast(pa.int64())
        values = column.to_numpy(zero_copy_only=True)
        assert values.dtype == view.dtype, (name, values.dtype)
        assert values.tobytes() == view.tobytes(), name
        assert len(view) == 0 or values.ctypes.data == view.ctypes.data, name


def check_files(run, table, batch, folder):
    """CSV and JSON have the batch's values, words and times."""
    run.write(table, folder / f"{table}.csv")
    run.write(table, folder / f"{table}.json")
    with open(folder / f"{table}.csv", newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    objects = json.loads((folder / f"{table}.json").read_text("ascii"))
    assert len(rows) == len(objects) == batch.num_rows
    for field in batch.schema:
        values = batch.column(field.name)
        is_time = pa.types.is_timestamp(field.type)
        words = words_of(field) if field.metadata else None
        for i, value in enumerate(values.cast(pa.int64()).to_pylist()
                                  if is_time else values.to_pylist()):
            text, item = rows[i][field.name], objects[i][field.name]
            if words:
                word = words[value]
                assert text == word
                assert item == (word == "true" if word in ("true", "false")
                                else word)
            elif value != value:
                assert text == "" and item is None
            elif value in (float("inf"), float("-inf")):
                assert float(text) == value and item is None
            else:
                assert float(text) == value and item == value
            if is_time:
                name = field.name[:-2] + "time"
                stamp = np.datetime64(rows[i][name].rstrip("Z"), "ms")
                assert stamp.astype(np.int64) == value
                assert objects[i][name] == rows[i][name]


def main():
    run = make_run(pathlib.Path(sys.argv[1]))
    views = {name: getattr(run, name)
             for name in ("orders", "trades", "positions", "drawdowns")}
    with tempfile.TemporaryDirectory() as folder:
        for table in cr.TABLES:
            batch = run.arrow(table)
            batch.validate(full=True)
            assert batch.num_rows > 0
            if table in views:
                check_values(batch, views[table])
            check_files(run, table, batch, pathlib.Path(folder))
            print(f"{table}: {batch.num_rows} rows, "
                  f"{batch.num_columns} columns")
    # a column outlives its batch and the run
    result = run.trades["result"].sum()
    column = run.arrow("trades").column("result")
    del run, views, batch
    gc.collect()
    assert np.isclose(pc.sum(column).as_py(), result, rtol=1e-12)
    print("right")


main()
