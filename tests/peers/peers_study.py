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
from study_library import Study

SPACE = gen_study.SPACE


PARENTS = {"depth": (0, 1), "rate": (0, 3), "width": (0, 2), "shift": (5, 2)}


def described():
    """SPACE as study_library takes it."""
    params = []
    for name, d in SPACE.items():
        is_choice = isinstance(d, optuna.distributions.CategoricalDistribution)
        is_int = isinstance(d, optuna.distributions.IntDistribution)
        parent, mask = PARENTS.get(name, (-1, 0))
        params.append(dict(
            name=name, kind=3 if is_choice else 2 if is_int else 1,
            low=0 if is_choice else d.low, high=0 if is_choice else d.high,
            log=0 if is_choice else int(d.log),
            step=0 if is_choice else d.step or 0,
            n_choices=len(d.choices) if is_choice else 0, parent=parent,
            mask=mask))
    return params


def replay(ours, rows):
    """Plays Optuna's rows; returns the number of decisions compared."""
    n = 0
    for word, *cells in rows:
        expected = got = None
        if word == "study":
            ours.begin(*(cells[1], ours.make_pruner("percentile", 50, *cells[2:]))
                       if len(cells) > 1 else ())
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
        ours.begin(1, ours.make_pruner("percentile", 50, 5, 0, 1, 1))
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
    ours = Study(args.library, described())
    first = 1000
    n = [0, 0]
    for seed in range(first, first + args.studies):
        n[0] += replay(ours, gen_study.prune_rows(seed))
        n[1] += replay(ours, gen_study.enqueue_rows(seed))
    print(f"optuna {optuna.__version__}: {n[0]} decisions of {args.studies} "
          f"pruned studies and {n[1]} of the queue are the same")
    if args.time:
        show_times(ours)
    ours.close()


main()
