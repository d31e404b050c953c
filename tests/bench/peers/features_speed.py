#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Features of this library and TA-Lib's functions on the same bars, in turns.

  features_speed.py LIBRARY FILE.csv.gz        (needs numpy, TA-Lib)

LIBRARY is libcrucible.so. One thread each; ns for one value, best and median of
15 turns. TA-Lib goes over whole columns and keeps running sums; here the batch
is the loop over the live step, with a look-back exact to the bit. "all" are all
features that TA-Lib has, in one call here and one by one there.
"""
import ctypes as ct
import gzip
import os
import pathlib
import statistics
import sys
import time

import numpy as np

HERE = pathlib.Path(os.path.abspath(__file__)).parent
sys.path.insert(0, str(HERE.parent.parent / "peers"))
import peers_features as peers  # noqa: E402

TURNS = 15
SHOWN = ("SMA EMA STDDEV RSI ATR ADX MAX LINEARREG CCI STOCH_SLOWD MACD_HIST "
         "ULTOSC MFI").split()


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def row(name, ours, theirs, values):
    seconds = ([], [])
    for _ in range(TURNS):
        seconds[0].append(timed(ours))
        seconds[1].append(timed(theirs))
    cells = [f(s) / values * 1e9 for s in seconds
             for f in (min, statistics.median)]
    print("%-12s %8.1f %8.1f %10.1f %8.1f" % ((name,) + tuple(cells)))


def batch(library, cases, c):
    """One call for all cases, into one matrix."""
    specs = (peers.Spec * len(cases))()
    for spec, (name, _, sets) in zip(specs, cases):
        spec.name = name.encode()
        spec.params[:] = list(sets[0]) + [float("nan")] * (4 - len(sets[0]))
    out, view = np.empty((len(cases), len(c.close))), peers.view_of(c)

    def call():
        library.check(library.lib.crucible_features_compute(
            specs, ct.c_size_t(len(cases)), ct.byref(view), None,
            out.ctypes.data_as(peers.DOUBLES)))

    return call


def main():
    library = peers.Library(sys.argv[1])
    with gzip.open(sys.argv[2], "rt") as file:
        c = peers.golden.Columns(file)
    cases, n = peers.golden.CASES, len(c.close)
    print("%d bars; ns for one value     crucible             TA-Lib" % n)
    print("%-12s %8s %8s %10s %8s" % ("", "best", "median", "best", "median"))
    for name, call, sets in cases:
        if name in SHOWN:
            row(name, batch(library, [(name, call, sets)], c),
                lambda call=call, p=sets[0]: call(c, *p), n)
    row("all %d" % len(cases), batch(library, cases, c),
        lambda: [call(c, *sets[0]) for _, call, sets in cases], n * len(cases))


if __name__ == "__main__":
    main()
