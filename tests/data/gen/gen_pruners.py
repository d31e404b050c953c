#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Decisions of Optuna's pruners: see optuna_pruners.py.

    pip install optuna==5.0.0 numpy scipy
    python3 gen_pruners.py ../study        (writes pruners.csv)
"""
import sys

import optuna

import optuna_pruners


def main(folder):
    with open(f"{folder}/pruners.csv", "w", encoding="ascii") as out:
        print("# tests/data/gen/gen_pruners.py, Optuna", optuna.__version__,
              file=out)
        for seed in range(48):
            for row in optuna_pruners.rows(seed, 25):
                print(*(x if isinstance(x, str) else repr(x) for x in row),
                      sep=",", file=out)


main(*sys.argv[1:])
