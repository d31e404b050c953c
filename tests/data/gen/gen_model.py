# SPDX-License-Identifier: Apache-2.0
"""Golden figures of boosted trees, by the Python package xgboost.

usage: python3 tests/data/gen/gen_model.py   (from the root; xgboost 1.7.6)
Writes tests/data/model/xgboost.csv.

Data: an integer congruential generator and exact arithmetic, so that the C
test rebuilds them to the bit. The target is standardised here by numpy, the
training stopped early by errors of full precision. No row or column is sampled:
the random numbers differ between releases.
"""
import sys

import numpy as np
import xgboost as xgb

ROWS, VALID, COLS = 1200, 400, 4
CASES = [
    # grow_policy, max_leaves, eta, min_child_weight, lambda, alpha, gamma, bin
    ("depthwise", 16, 0.1, 5, 1.0, 0.1, 0.5, 64),
    ("lossguide", 16, 0.1, 5, 1.0, 0.1, 0.5, 64),
    ("depthwise", 11, 0.25, 20, 10.0, 2.0, 5.0, 256),
    ("lossguide", 40, 0.05, 1, 0.1, 0.01, 0.01, 32),
]


def draw(rows, seed):
    state = seed
    x = np.empty((rows, COLS))
    y = np.empty(rows)
    for i in range(rows):
        for j in range(COLS):
            state = (1664525 * state + 1013904223) % 2**32
            u = state / 2**32
            x[i, j] = np.nan if u < 1 / 32 else u
        state = (1664525 * state + 1013904223) % 2**32
        a = 0.5 if np.isnan(x[i, 0]) else x[i, 0]
        b = 0.25 if np.isnan(x[i, 1]) else x[i, 1]
        y[i] = (a - 0.5) * b + 0.25 * (state / 2**32 - 0.5)
    return x, y


def margins(booster, data, rounds):
    return booster.predict(data, iteration_range=(0, rounds),
                           output_margin=True).astype(float)


def rmse(booster, data, rounds):
    d = margins(booster, data, rounds) - data.get_label()
    return np.sqrt((d ** 2).mean())


def stop(errors, patience):
    """Rounds up to the best error before `patience` rounds without one. (The
    package's own callback compares errors rounded to five digits.)"""
    best = 0
    for i, error in enumerate(errors):
        if error < errors[best]:
            best = i
        if i - best >= patience:
            break
    return best + 1


def main():
    x, y = draw(ROWS, 1)
    vx, vy = draw(VALID, 2)
    centre, scale = y.mean(), y.std()
    train = xgb.DMatrix(x, (y - centre) / scale)
    valid = xgb.DMatrix(vx, (vy - centre) / scale)
    with open("tests/data/model/xgboost.csv", "w") as out:
        out.write(f"# python {sys.version.split()[0]}, numpy {np.__version__}, "
                  f"xgboost {xgb.__version__}: python3 "
                  "tests/data/gen/gen_model.py\n"
                  "# grow_policy,max_leaves,eta,min_child_weight,lambda,alpha,"
                  "gamma,max_bin,best rounds,valid rmse,20 predictions\n")
        for policy, leaves, eta, child, lamb, alpha, gamma, bins in CASES:
            depth = int(np.ceil(np.log2(leaves))) if policy[0] == "d" else 0
            params = dict(objective="reg:squarederror", tree_method="hist",
                          base_score=0, nthread=1, grow_policy=policy,
                          max_leaves=leaves, max_depth=depth, eta=eta,
                          min_child_weight=child, reg_lambda=lamb,
                          reg_alpha=alpha, gamma=gamma, max_bin=bins)
            booster = xgb.train(params, train, 200)
            best = stop([rmse(booster, valid, r) for r in range(1, 201)], 10)
            z = margins(booster, valid, best)
            p = centre + scale * z
            cells = [policy, leaves, eta, child, lamb, alpha, gamma, bins,
                     best, repr(float(np.sqrt(((p - vy) ** 2).mean())))]
            cells += [repr(float(v)) for v in p[::20]]
            out.write(",".join(str(c) for c in cells) + "\n")


main()
