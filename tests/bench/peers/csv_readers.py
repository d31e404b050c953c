#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reading one recorded file with this library, pandas and polars, in turns.

  csv_readers.py LIBRARY FILE.csv        (needs numpy, pandas, polars)

LIBRARY is libcrucible-base.so. Every reader gets the plain file from the page
cache and must deliver the same columns; polars and pandas check nothing of what
is in them. One thread each. Prints the best and the median of 15 turns.
"""
import ctypes
import os
import pathlib
import statistics
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"
import numpy  # noqa: E402
import pandas  # noqa: E402
import polars  # noqa: E402

TURNS = 15
COLUMNS = ["open_time", "open", "high", "low", "close", "volume",
           "quote_volume", "trades", "taker_buy_base"]


class Bars(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("n", ctypes.c_size_t),
                ("columns", ctypes.c_void_p * 9),
                ("timeframe_ms", ctypes.c_int64), ("symbol", ctypes.c_char_p),
                ("price_tick", ctypes.c_double), ("lot_step", ctypes.c_double)]


def main():
    library, path = ctypes.CDLL(sys.argv[1]), sys.argv[2]
    megabytes = pathlib.Path(path).stat().st_size / 1e6
    view = Bars(ctypes.sizeof(Bars))

    def crucible():
        series = ctypes.c_void_p()
        assert library.crucible_series_read_csv(
            path.encode(), None, ctypes.byref(series)) == 0
        assert library.crucible_series_view(series, ctypes.byref(view)) == 0
        volume = ctypes.cast(view.columns[5], ctypes.POINTER(ctypes.c_double))
        volume = numpy.ctypeslib.as_array(volume, (view.n,)).copy()
        library.crucible_series_destroy(series)
        return volume

    readers = {
        "crucible (every row checked)": crucible,
        f"polars {polars.__version__}": lambda: polars.read_csv(
            path, columns=COLUMNS)["volume"].to_numpy(),
        f"pandas {pandas.__version__}": lambda: pandas.read_csv(
            path, usecols=COLUMNS)["volume"].to_numpy(),
    }
    expected = crucible()
    seconds = {name: [] for name in readers}
    for _ in range(TURNS):
        for name, reader in readers.items():
            begin = time.perf_counter()
            volume = reader()
            seconds[name].append(time.perf_counter() - begin)
            assert numpy.allclose(volume, expected, rtol=1e-14, atol=0)
    print(f"{path}: {megabytes:.1f} MB, {len(expected)} rows, {TURNS} turns")
    for name, times in seconds.items():
        best, median = min(times), statistics.median(times)
        void = "  void: the machine is too busy" if median > 1.25 * best else ""
        print(f"{name:36} best {megabytes / best:7.1f} MB/s   "
              f"median {megabytes / median:7.1f} MB/s{void}")


if __name__ == "__main__":
    main()
