#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the TPE sampler's mode OPTUNA with Optuna, trial by trial.

    pip install optuna numpy
    python3 tests/peers/peers_tpe.py build/release/lib/libcrucible.so \
        [--studies N] [--trials N] [--first SEED]

Random spaces (with conditions), all joint models, pruning, failures,
constraints, queued points, trials side by side. Ends with status 1 at the first
value that differs by more than 1e-9, with 77 (skipped) where Optuna is missing.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../data/gen"))
sys.dont_write_bytecode = True
try:
    import optuna
    import optuna_tpe
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
from study_library import Study

NAMES = ("name", "kind", "log", "low", "high", "step", "n_choices", "parent",
         "mask")


def differ(x, y):
    if y is None:
        return x == x
    return not abs(x - y) <= 1e-9 * max(1, abs(y))


def replay(path, seed, n_trials):
    """Plays one study of Optuna's; returns how many points were compared."""
    params, settings, ours, n = [], [], None, 0
    for word, *cells in optuna_tpe.rows(seed, n_trials):
        if word == "study":
            settings = cells
        elif word == "param":
            params.append(dict(zip(NAMES, cells)))
        elif word == "begin":
            ours = Study(path, params)
            direction, seed, joint, uses_running, startup, k = settings
            ours.begin(direction, seed=seed,
                       tpe=(2, joint, startup, k, uses_running))
        elif word == "enqueue":
            ours.enqueue(cells)
        elif word == "ask":
            number = ours.ask()
            point = ours.point(number)
            n += 1
            if number != cells[0] or any(map(differ, point, cells[1:])):
                print(f"seed {seed}, trial {number}: {point}\n"
                      f"Optuna, trial {cells}\n{settings}\n{params}")
                sys.exit(1)
        elif word == "report":
            ours.report(*cells)
        elif word == "tell":
            ours.tell(*cells)
    ours.close()
    return n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--studies", type=int, default=24)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--first", type=int, default=5000)
    args = parser.parse_args()
    n = [replay(args.library, args.first + k, args.trials)
         for k in range(args.studies)]
    print(f"optuna {optuna.__version__}: {sum(n)} trials of {args.studies} "
          f"studies are the same; shortest {min(n)}, longest {max(n)}")


main()
