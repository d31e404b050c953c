#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Points of Optuna's TPESampler, trial by trial: see optuna_tpe.py.

    pip install optuna==5.0.0 numpy
    python3 gen_tpe.py ../study        (writes tpe.csv)
"""
import sys

import numpy
import optuna

import optuna_tpe

SEEDS = [0, 1, 5, 6, 7, 16, 23, 27, 29, 45, 47, 50]


def cell(x):
    return "" if x is None else x if isinstance(x, str) else repr(x)


def main(folder):
    with open(f"{folder}/tpe.csv", "w", encoding="ascii") as out:
        print("# tests/data/gen/gen_tpe.py, Optuna", optuna.__version__,
              "NumPy", numpy.__version__, file=out)
        for seed in SEEDS:
            for row in optuna_tpe.rows(seed, 60):
                print(*map(cell, row), sep=",", file=out)


main(*sys.argv[1:])
