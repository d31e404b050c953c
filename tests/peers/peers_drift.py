#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares ADWIN with river's: change points, widths and sums.

    pip install river==0.26.1
    python3 tests/peers/peers_drift.py build/release/lib/libcrucible.so \
        [--seeds N] [--time]

Streams of several kinds under several options, drawn from each seed; in both
modes after a cut (river resets in drift.ADWIN; its core alone does not). Ends
with status 1 at the first difference, with 77 (skipped) where river is missing.
--time prints what a value costs: ours in C by a push each and in one call,
river's drift.ADWIN.update() and its core's update() from Python.
"""
import argparse
import ctypes as ct
import random
import sys
import time

try:
    from river import drift
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Options(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t), ("delta", ct.c_double),
                 ("range", ct.c_double)]
                + [(n, ct.c_uint32) for n in ("clock", "max_buckets",
                                              "min_window_length",
                                              "grace_period")]
                + [("after_cut", ct.c_int32), ("reserved", ct.c_uint32)])


class Window(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_uint64) for n in ("n_values", "width",
                                              "drift_start", "n_detections",
                                              "detected_at")]
                + [(n, ct.c_double) for n in ("total", "mean", "variance",
                                              "sum_squares")])


class Ours:
    def __init__(self, lib, after_cut, **settings):
        self.lib, self.handle = lib, ct.c_void_p()
        options = Options()
        lib.crucible_adwin_options_init(ct.byref(options),
                                        ct.c_size_t(ct.sizeof(options)))
        options.after_cut = after_cut
        for name, value in settings.items():
            setattr(options, name, value)
        self.call("create", ct.byref(options), ct.byref(self.handle))

    def call(self, name, *args):
        if getattr(self.lib, "crucible_adwin_" + name)(*args) != 0:
            raise RuntimeError(self.lib.crucible_last_error().decode())

    def push(self, value):
        seen = ct.c_int32()
        self.call("push", self.handle, ct.c_double(value), ct.byref(seen))
        return bool(seen.value)

    def window(self):
        found = Window(ct.sizeof(Window))
        self.call("get", self.handle, ct.byref(found))
        return found

    def __del__(self):
        self.lib.crucible_adwin_destroy(self.handle)


def stream(rng, n):
    """Values in [0, 1]: levels, bits, slopes, integers, clipped squares."""
    kind = rng.choice(["levels", "bits", "slope", "digits", "squares", "none"])
    at = sorted(rng.sample(range(n), rng.randrange(1, 6)))
    level = lambda: rng.uniform(0, 0.7)
    now, out = level(), []
    for i in range(n):
        if i in at:
            now = level()
        if kind == "levels":
            out.append(now + 0.3 * rng.random())
        elif kind == "bits":
            out.append(float(rng.random() < now))
        elif kind == "slope":
            out.append(0.5 * i / n + 0.5 * rng.random())
        elif kind == "digits":
            out.append(rng.randrange(1 + int(8 * now)) / 8)
        elif kind == "squares":
            out.append(min(1, 0.1 * (0.3 + now) * rng.gauss(0, 1) ** 2))
        else:
            out.append(rng.random())
    return kind, out


def near(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))


def compare(lib, seed):
    rng = random.Random(seed)
    n = rng.choice([300, 1000, 3000])
    kind, values = stream(rng, n)
    settings = dict(delta=rng.choice([0.0001, 0.002, 0.05, 0.3]),
                    clock=rng.choice([1, 2, 7, 32, 33, 100]),
                    max_buckets=rng.choice([2, 3, 5, 5, 8]),
                    min_window_length=rng.choice([1, 5, 5, 20]),
                    grace_period=rng.choice([0, 10, 10, 100]))
    changes = 0
    for resets in (0, 1):
        peer = drift.ADWIN(**settings)
        core, ours = peer._helper, Ours(lib, resets, **settings)
        for i, x in enumerate(values):
            if resets:
                peer.update(x)
                core, seen = peer._helper, peer.drift_detected
            else:
                seen = core.update(x)
            mine, window = ours.push(x), ours.window()
            changes += seen
            if (mine != seen or window.width != core.get_width()
                    or not near(window.total, core.get_total())
                    or not near(window.variance, core.variance_in_window)):
                print(f"seed {seed} {kind} {settings} resets {resets}: value "
                      f"{i}: change {mine} width {window.width} total "
                      f"{window.total!r} variance {window.variance!r}; river "
                      f"{seen} {core.get_width()} {core.get_total()!r} "
                      f"{core.variance_in_window!r}")
                sys.exit(1)
    return changes


def each(what, n):
    best = min(what() for _ in range(5))
    return best / n * 1e9


def print_times(lib):
    n = 1000000
    rng = random.Random(1)
    values = [rng.random() for _ in range(n)]
    array = (ct.c_double * n)(*values)

    def run():
        ours = Ours(lib, 0)
        start = time.perf_counter()
        ours.call("run", ours.handle, array, ct.c_size_t(n), None, None)
        return time.perf_counter() - start

    def update(make):
        def timed():
            f = make()
            start = time.perf_counter()
            for x in values:
                f(x)
            return time.perf_counter() - start
        return timed

    print(f"ours, crucible_adwin_run: {each(run, n):.1f} ns a value")
    wrapper = each(update(lambda: drift.ADWIN().update), n)
    core = each(update(lambda: drift.ADWIN()._helper.update), n)
    print(f"river, drift.ADWIN.update: {wrapper:.0f} ns a value; its core "
          f"alone: {core:.0f} ns")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--time", action="store_true")
    args = parser.parse_args()
    lib = ct.CDLL(args.library)
    lib.crucible_last_error.restype = ct.c_char_p
    lib.crucible_adwin_destroy.argtypes = [ct.c_void_p]
    if args.time:
        print_times(lib)
        return
    changes = sum(compare(lib, seed) for seed in range(args.seeds))
    print(f"{args.seeds} seeds, {changes} changes: equal to river's")
    sys.exit(0 if changes else 1)


main()
