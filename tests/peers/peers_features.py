#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Features against an installed TA-Lib on recorded bars, every row.

    pip install TA-Lib numpy
    python3 tests/peers/peers_features.py build/release/lib/libcrucible.so \
        FILE.csv.gz...

Each case of tests/data/gen/features_talib.py runs with its own parameters and
with drawn ones. A value must lie within 1e-9 of TA-Lib's, relatively or against
the largest value of the column. Ends with 77 (skipped) where TA-Lib is missing.
"""
import ctypes as ct
import gzip
import os
import random
import sys

try:
    import numpy as np
    import talib  # noqa: F401
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "data", "gen"))
import features_talib as golden  # noqa: E402

DRAWS, SEED, TOLERANCE = 4, 20240324, 1e-9
DOUBLES = ct.POINTER(ct.c_double)


class Bars(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                 ("open_time_ms", ct.POINTER(ct.c_int64))] +
                [(name, DOUBLES)
                 for name in ("open", "high", "low", "close", "volume",
                              "quote_volume", "trades", "taker_buy_base")] +
                [("timeframe_ms", ct.c_int64), ("symbol", ct.c_char_p),
                 ("price_tick", ct.c_double), ("lot_step", ct.c_double)])


class Param(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("low", ct.c_double),
                ("high", ct.c_double), ("default_value", ct.c_double),
                ("is_integer", ct.c_int32), ("is_log", ct.c_int32),
                ("doc", ct.c_char_p)]


class Info(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("name", ct.c_char_p),
                ("doc", ct.c_char_p), ("family", ct.c_int32),
                ("unit", ct.c_int32), ("needs", ct.c_uint32),
                ("n_params", ct.c_uint32), ("is_recursive", ct.c_int32),
                ("is_talib", ct.c_int32), ("params", Param * 4)]


class Spec(ct.Structure):
    _fields_ = [("name", ct.c_char_p), ("params", ct.c_double * 4)]


def view_of(c):
    """The columns as they are; c keeps them alive."""
    c.times = c.open_time.astype(np.int64)
    bars = Bars(ct.sizeof(Bars), len(c.close),
                c.times.ctypes.data_as(ct.POINTER(ct.c_int64)))
    for column in ("open", "high", "low", "close", "volume"):
        setattr(bars, column, getattr(c, column).ctypes.data_as(DOUBLES))
    bars.timeframe_ms = int(np.diff(c.times).min())
    return bars


class Library:
    def __init__(self, path):
        self.lib = ct.CDLL(path)
        self.lib.crucible_last_error.restype = ct.c_char_p

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.lib.crucible_last_error().decode())

    def info(self, name):
        info = Info(struct_size=ct.sizeof(Info))
        self.check(self.lib.crucible_feature_find(name.encode(),
                                                  ct.byref(info)))
        return info

    def compute(self, name, params, c):
        spec = Spec(name.encode(), (ct.c_double * 4)(*params))
        bars, out = view_of(c), np.empty(len(c.close))
        self.check(self.lib.crucible_features_compute(
            ct.byref(spec), ct.c_size_t(1), ct.byref(bars), None,
            out.ctypes.data_as(DOUBLES)))
        return out


def draw(random_numbers, info):
    """Parameters that both sides accept."""
    drawn = []
    for p in info.params[:info.n_params]:
        if p.is_integer:
            low, high = p.low, min(p.high, 200)
            value = low * (high / low)**random_numbers.random()
            drawn.append(int(value))
        else:
            drawn.append(p.low + (p.high - p.low) * random_numbers.random())
    return tuple(drawn)


def worst(ours, theirs, left_out):
    """Greatest distance against the tolerance's scale, and its row."""
    apart = np.where(np.isnan(ours) & np.isnan(theirs), 0,
                     np.abs(ours - theirs))
    apart[np.isnan(apart)] = np.inf
    apart[left_out] = 0
    kept = np.where(left_out | np.isnan(theirs), 0, np.abs(theirs))
    scale = np.full(len(theirs), kept.max())
    share = apart / np.where(scale > 0, scale, 1)
    share[np.isnan(share)] = 0
    row = int(np.argmax(share))
    return share[row], row


def main():
    library, failures, compared = Library(sys.argv[1]), 0, 0
    random_numbers = random.Random(SEED)
    for path in sys.argv[2:]:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rt") as file:
            columns = golden.Columns(file)
        greatest = 0
        for name, call, sets in golden.CASES:
            info = library.info(name)
            sets = list(sets) + [draw(random_numbers, info)
                                 for _ in range(DRAWS if sets[0] else 0)]
            for params in sets:
                ours = library.compute(name, params, columns)
                theirs = np.asarray(call(columns, *params), dtype=float)
                share, row = worst(ours, theirs,
                                   golden.noisy(name, params, columns))
                compared += 1
                greatest = max(greatest, share)
                if share > TOLERANCE:
                    failures += 1
                    print("%s%r row %d: %.17g, TA-Lib %.17g (%s)"
                          % (name, params, row, ours[row], theirs[row],
                             os.path.basename(path)))
        print("%s: %d bars, greatest distance %.2g of the column's scale"
              % (os.path.basename(path), len(columns.close), greatest))
    print("%d columns compared with TA-Lib %s, %d apart by more than %g"
          % (compared, talib.__version__, failures, TOLERANCE))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
