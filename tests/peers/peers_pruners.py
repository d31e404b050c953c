#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the pruners with Optuna's, report by report.

    pip install optuna numpy scipy
    python3 tests/peers/peers_pruners.py build/release/lib/libcrucible.so \
        [--studies N] [--first SEED]

Ends with status 1 at the first decision that differs, with 77 (skipped) where
Optuna is missing.
"""
import argparse
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../data/gen"))
sys.dont_write_bytecode = True
try:
    import optuna
    import optuna_pruners
    import scipy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
from study_library import Study

SPACE = [dict(name="x", kind=1, low=0, high=1, log=0, step=0, n_choices=0,
              parent=-1, mask=0)]


def begin(ours, kind, direction, cells):
    """Returns what the pruner wraps, or None."""
    wrapped = None
    if kind == "hyperband":
        cells = [*cells, b"bench"]
    elif kind == "wilcoxon":
        cells = [*cells, 0]
    elif kind == "patient":
        if cells[2]:
            wrapped = ours.make_pruner("percentile", *cells[3:])
        cells = [wrapped, cells[1], cells[0], 0]
    ours.begin(direction, ours.make_pruner(kind, *cells))
    return wrapped


def replay(ours, seed, counts):
    kind, wrapped = None, None
    for word, *cells in optuna_pruners.rows(seed, 60):
        if word == "study":
            kind = cells[0]
            wrapped = begin(ours, kind, cells[1], cells[2:])
        elif word == "ask":
            ours.ask()
        elif word == "report":
            ours.report(*cells[:3])
            answer = ours.should_prune(cells[0])
            counts[kind, answer] += 1
            if answer != cells[3]:
                print(f"seed {seed}, {kind}: {cells}, ours {answer}")
                sys.exit(1)
        else:
            ours.tell(*cells)
    ours.end()
    if wrapped:
        ours.lib.crucible_pruner_destroy(wrapped)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--studies", type=int, default=240)
    parser.add_argument("--first", type=int, default=1000)
    args = parser.parse_args()
    ours, counts = Study(args.library, SPACE), collections.Counter()
    for seed in range(args.first, args.first + args.studies):
        replay(ours, seed, counts)
    ours.close()
    print(f"optuna {optuna.__version__}, scipy {scipy.__version__}: "
          + ", ".join(f"{kind} {counts[kind, 0]} kept and {counts[kind, 1]} "
                      "pruned" for kind in optuna_pruners.KINDS))


main()
