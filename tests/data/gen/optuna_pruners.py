# SPDX-License-Identifier: Apache-2.0
"""Studies whose trials Optuna's pruners stop, as rows of events.

Used by gen_pruners.py (golden file) and tests/peers/peers_pruners.py (live).
Curves are made by a seeded random.Random, each decision by Optuna itself.
Reports are drawn from few values, so that ties are common, with NaN, infinities,
gaps and steps out of order. Trials run one after another: Optuna's halving
compares with trials that still run, ours does not.
"""
import math
import random
import warnings

import optuna
from optuna.pruners import (HyperbandPruner, PatientPruner, PercentilePruner,
                            SuccessiveHalvingPruner, ThresholdPruner,
                            WilcoxonPruner)
from optuna.trial import TrialState

optuna.logging.disable_default_handler()
warnings.simplefilter("ignore")

KINDS = ("percentile", "halving", "hyperband", "patient", "threshold",
         "wilcoxon")
NAN = math.nan


def a_pruner(rng, kind):
    """The pruner and the numbers that describe it."""
    if kind == "percentile":
        o = (rng.choice([50.0, 25.0, 75.0, 0.0, 100.0, 33.3]),
             rng.choice([0, 1, 3, 5]), rng.choice([0, 0, 1, 3]),
             rng.choice([1, 1, 2, 3]), rng.choice([1, 1, 2, 4]))
        return PercentilePruner(o[0], n_startup_trials=o[1],
                                n_warmup_steps=o[2], interval_steps=o[3],
                                n_min_trials=o[4]), o
    if kind == "halving":
        low = rng.choice([0, 0, 1, 1, 2, 3])
        o = (low, rng.choice([2, 3, 4]), rng.choice([0, 0, 1]),
             rng.choice([0, 0, 2]) if low else 0)
        return SuccessiveHalvingPruner(low or "auto", o[1], o[2], o[3]), o
    if kind == "hyperband":
        most = rng.choice([0, 8, 27, 30])
        o = (rng.choice([1, 1, 2]), most, rng.choice([2, 3, 4]),
             rng.choice([0, 0, 2]) if most else 0)
        return HyperbandPruner(o[0], most or "auto", o[2], o[3]), o
    if kind == "patient":
        wrapped, inner = a_pruner(rng, "percentile")
        o = (rng.choice([0, 1, 2, 4]), rng.choice([0.0, 0.1, 0.5]),
             rng.choice([0, 1]))
        return PatientPruner(wrapped if o[2] else None, o[0],
                             o[1]), (*o, *inner)
    if kind == "threshold":
        o = (rng.choice([-math.inf, 0.2]), rng.choice([1.0, 1.5]),
             rng.choice([0, 0, 2]), rng.choice([1, 1, 2, 3]))
        return ThresholdPruner(o[0] if o[0] > -math.inf else None, o[1], o[2],
                               o[3]), o
    o = (rng.choice([0.1, 0.3, 0.5, 0.05]), rng.choice([0, 2, 5]))
    return WilcoxonPruner(p_threshold=o[0], n_startup_steps=o[1]), o


def a_value(rng, level, odd):
    if rng.random() < odd:
        return rng.choice([NAN, math.inf, -math.inf])
    value = level + rng.gauss(0, 0.3)
    return round(value, 1) if rng.random() < 0.6 else value


def rows(seed, n_trials):
    """Rows of one study: [word, cells...]."""
    rng = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    direction = rng.choice([1, 2])
    pruner, options = a_pruner(rng, kind)
    odd = rng.choice([0, 0, 0.03]) if kind != "wilcoxon" else rng.choice(
        [0, 0, 0, 0.01])
    yield ["study", kind, direction, *options]
    study = optuna.create_study(
        study_name="bench" if kind == "hyperband" else None,
        direction={1: "minimize", 2: "maximize"}[direction], pruner=pruner)
    n_steps = rng.choice([6, 12, 30, 70 if kind == "wilcoxon" else 30])
    for _ in range(n_trials):
        trial = study.ask()
        yield ["ask", trial.number]
        level = 1 + rng.gauss(0, 0.4)
        steps = list(range(rng.choice([0, 0, 1]), rng.randint(1, n_steps)))
        if rng.random() < 0.3:
            steps = sorted(rng.sample(steps, len(steps) // 2 + 1)
                           if steps else [])
        if kind not in ("halving", "hyperband") and rng.random() < 0.2:
            rng.shuffle(steps)
        is_pruned, last = False, level
        for step in steps:
            last = a_value(rng, level, odd)
            trial.report(last, step)
            is_pruned = trial.should_prune()
            yield ["report", trial.number, step, last, int(is_pruned)]
            if is_pruned:
                break
        if is_pruned:
            study.tell(trial, state=TrialState.PRUNED)
            yield ["tell", trial.number, 2, 0]
        elif rng.random() < 0.1:
            study.tell(trial, state=TrialState.FAIL)
            yield ["tell", trial.number, 3, 0]
        else:
            value = level if math.isnan(last) else last
            study.tell(trial, value)
            yield ["tell", trial.number, 1, value]
