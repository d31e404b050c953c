#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the study with Optuna: pruning decisions, queue, skip_if_exists.

    pip install optuna numpy
    python3 tests/peers/peers_study.py build/release/lib/libcrucible.so \
        [--studies N] [--time]

Seeds beyond those of the golden files (tests/data/gen/gen_study.py makes the
events of both). Ends with status 1 at the first difference, with 77 (skipped)
where Optuna is missing. --time prints what a call costs at 100 to 10,000
trials, ours and Optuna's in memory.
"""
import argparse
import ctypes as ct
import math
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../data/gen"))
sys.dont_write_bytecode = True
try:
    import gen_study
    import optuna
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SPACE = gen_study.SPACE


class Param(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("name", ct.c_char_p),
                ("kind", ct.c_int32), ("is_log", ct.c_int32),
                ("low", ct.c_double), ("high", ct.c_double),
                ("step", ct.c_double), ("choices", ct.POINTER(ct.c_char_p)),
                ("n_choices", ct.c_uint32), ("parent", ct.c_int32),
                ("parent_choices", ct.c_uint64), ("weights", ct.c_void_p)]


class StudyOptions(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("space", ct.c_void_p),
                ("direction", ct.c_int32), ("reserved", ct.c_uint32),
                ("seed", ct.c_uint64), ("sampler", ct.c_void_p),
                ("pruner", ct.c_void_p)]


class MedianOptions(ct.Structure):
    _fields_ = ([("struct_size", ct.c_size_t)]
                + [(n, ct.c_uint32) for n in ("startup", "warmup", "interval",
                                              "min_trials")])


class Trial(ct.Structure):
    _fields_ = [("struct_size", ct.c_size_t), ("number", ct.c_uint64),
                ("state", ct.c_int32), ("source", ct.c_int32),
                ("value", ct.c_double)]  # the rest is not asked for


class Ours:
    """The library's study; one at a time."""

    def __init__(self, path):
        self.lib = ct.CDLL(path)
        self.lib.crucible_last_error.restype = ct.c_char_p
        self.lib.crucible_study_count.restype = ct.c_uint64
        for name in ("crucible_study_destroy", "crucible_pruner_destroy"):
            getattr(self.lib, name).argtypes = [ct.c_void_p]
            getattr(self.lib, name).restype = None
        self.study, self.pruner = ct.c_void_p(), ct.c_void_p()
        self.space = ct.c_void_p()
        self.call("space_create", ct.byref(self.space))
        parents = {"depth": (0, 1), "rate": (0, 3), "width": (0, 2),
                   "shift": (5, 2)}
        for name, d in SPACE.items():
            p = Param()
            self.lib.crucible_param_init(ct.byref(p), ct.c_size_t(ct.sizeof(p)))
            p.name = name.encode()
            if isinstance(d, optuna.distributions.CategoricalDistribution):
                p.kind, p.n_choices = 3, len(d.choices)
                choices = (ct.c_char_p * len(d.choices))(
                    *(c.encode() for c in d.choices))
                p.choices = choices
            else:
                p.kind = 1 + isinstance(d, optuna.distributions.IntDistribution)
                p.low, p.high, p.is_log = d.low, d.high, d.log
                p.step = d.step or 0 if not d.log else 0
            p.parent, p.parent_choices = parents.get(name, (-1, 0))
            self.call("space_add", self.space, ct.byref(p))

    def call(self, name, *args):
        if getattr(self.lib, "crucible_" + name)(*args):
            raise RuntimeError(self.lib.crucible_last_error().decode())

    def begin(self, direction=1, median=None, seed=1):
        self.end()
        options = StudyOptions()
        self.lib.crucible_study_options_init(
            ct.byref(options), ct.c_size_t(ct.sizeof(options)))
        options.space, options.direction = self.space, direction
        options.seed = seed
        if median:
            m = MedianOptions(ct.sizeof(MedianOptions), *median)
            self.call("pruner_median", ct.byref(m), ct.byref(self.pruner))
            options.pruner = self.pruner
        self.call("study_create", ct.byref(options), ct.byref(self.study))

    def end(self):
        self.lib.crucible_study_destroy(self.study)
        self.lib.crucible_pruner_destroy(self.pruner)
        self.study, self.pruner = ct.c_void_p(), ct.c_void_p()

    def ask(self):
        number = ct.c_uint64()
        self.call("study_ask", self.study, ct.c_size_t(1), ct.byref(number))
        return number.value

    def report(self, number, step, value):
        self.call("study_report", self.study, ct.c_uint64(number),
                  ct.c_uint32(step), ct.c_double(value))

    def should_prune(self, number):
        out = ct.c_int32()
        self.call("study_should_prune", self.study, ct.c_uint64(number),
                  ct.byref(out))
        return out.value

    def tell(self, number, state, value):
        self.call("study_tell", self.study, ct.c_uint64(number),
                  ct.c_int32(state), ct.c_double(value), ct.c_double(0))
        trial = Trial(ct.sizeof(Trial))
        self.call("study_trial", self.study, ct.c_uint64(number),
                  ct.byref(trial))
        return trial.value

    def enqueue(self, point, skip):
        n = len(point)
        before = self.lib.crucible_study_count(self.study)
        self.call("study_enqueue", self.study, doubles(point),
                  (ct.c_uint8 * n)(*(v is not None for v in point)),
                  ct.c_int32(skip), None)
        return self.lib.crucible_study_count(self.study) - before

    def add_known(self, point):
        self.call("study_add_known", self.study, doubles(point),
                  ct.c_double(1), ct.c_double(0), None)


def doubles(point):
    return (ct.c_double * len(point))(
        *(math.nan if v is None else v for v in point))


def replay(ours, rows):
    """Plays Optuna's rows; returns the number of decisions compared."""
    n = 0
    for word, *cells in rows:
        expected = got = None
        if word == "study":
            ours.begin(*(cells[1], cells[2:]) if len(cells) > 1 else ())
        elif word == "ask":
            expected, got = cells[0], ours.ask()
        elif word == "decide":
            expected, got = cells[1], ours.should_prune(cells[0])
        elif word == "report":
            ours.report(*cells[:3])
            expected, got = cells[3], ours.should_prune(cells[0])
        elif word == "tell":
            expected, got = cells[2], ours.tell(*cells[:3])
        elif word == "known":
            ours.add_known(cells)
        elif word == "enqueue":
            expected, got = cells[1], ours.enqueue(cells[2:], cells[0])
        if expected is not None:
            n += 1
            if not (got == expected or (got != got and expected != expected)):
                print(f"{word} {cells}: {got}, Optuna {expected}")
                sys.exit(1)
    return n


def per_call(work, n):
    begin = time.perf_counter()
    for i in range(n):
        work(i)
    return (time.perf_counter() - begin) / n * 1e6


def show_times(ours):
    """us per call; our side through ctypes."""
    print("trials   enqueue(skip)       report+should_prune")
    print("         ours    optuna      ours    optuna    (us per call)")
    rng = gen_study.random.Random(1)
    point = [2, None, None, None, 0.35, 0, None, 300000]
    for n in (100, 1000, 10000):
        ours.begin(1, (5, 0, 1, 1))
        study = optuna.create_study(pruner=optuna.pruners.MedianPruner())
        for i in range(n):
            value = rng.random()
            number = ours.ask()
            ours.report(number, 1, value)
            ours.tell(number, 1, value)
            study.add_trial(optuna.trial.create_trial(
                params={}, distributions={}, value=value,
                intermediate_values={1: value}))
        number, trial = ours.ask(), study.ask()

        def our_prune(step):
            ours.report(number, 1 + step, 0.5)
            ours.should_prune(number)

        def their_prune(step):
            trial.report(0.5, 1 + step)
            trial.should_prune()

        def our_enqueue(i):
            ours.enqueue(point[:7] + [1 + i], 1)

        def their_enqueue(i):
            study.enqueue_trial({"share": 0.35, "big": 1 + i},
                                skip_if_exists=True)

        print(f"{n:6}  " + "".join(
            f"{per_call(f, k):8.1f}{'  ' if i % 2 else ''}"
            for i, (f, k) in enumerate(((our_enqueue, 200), (their_enqueue, 20),
                                        (our_prune, 200), (their_prune, 20)))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--time", action="store_true")
    args = parser.parse_args()
    ours = Ours(args.library)
    first = 1000
    n = [0, 0]
    for seed in range(first, first + args.studies):
        n[0] += replay(ours, gen_study.prune_rows(seed))
        n[1] += replay(ours, gen_study.enqueue_rows(seed))
    print(f"optuna {optuna.__version__}: {n[0]} decisions of {args.studies} "
          f"pruned studies and {n[1]} of the queue are the same")
    if args.time:
        show_times(ours)
    ours.end()


main()
