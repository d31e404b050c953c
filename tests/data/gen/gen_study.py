#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Optuna decides: pruning of random curves, queue and skip_if_exists.

    pip install optuna numpy
    python3 gen_study.py ../study        (writes prune.csv, enqueue.csv)

The events are made by a seeded random.Random, each decision by Optuna itself.
Reports are drawn from few values, so that ties are common, with NaN, +-inf,
gaps, steps out of order and repeated ones; trials overlap.
"""
import math
import random
import sys
import warnings

import numpy
import optuna
from optuna.distributions import (CategoricalDistribution, FloatDistribution,
                                  IntDistribution)
from optuna.trial import TrialState

optuna.logging.disable_default_handler()
warnings.simplefilter("ignore")

STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED,
          "fail": TrialState.FAIL}
# As tests/support/study_space.c; a categorical value is the choice's number.
SPACE = {
    "kind": CategoricalDistribution(("tree", "net", "rule")),
    "depth": IntDistribution(2, 9),
    "rate": FloatDistribution(1e-3, 1, log=True),
    "width": IntDistribution(1, 256, log=True),
    "share": FloatDistribution(0.05, 0.95, step=0.05),
    "flag": CategoricalDistribution(("no", "yes")),
    "shift": FloatDistribution(-5, 5),
    "big": IntDistribution(1, 1000000),
}
NAMES = list(SPACE)


def a_value(rng, odd, level):
    if rng.random() < odd:
        return rng.choice([math.nan, math.nan, math.inf, -math.inf])
    if rng.random() < 0.06:
        return rng.choice([-0.0, 0.0, 0.1, 1 / 3])
    value = level + rng.gauss(0, 0.15)
    return round(value, 1) if rng.random() < 0.5 else value


def prune_rows(seed, n_trials=20):
    """Rows of one study: [word, numbers...]."""
    rng = random.Random(seed)
    direction = rng.choice([1, 2])
    options = (rng.choice([0, 1, 2, 3, 5]), rng.choice([0, 0, 0, 1, 3]),
               rng.choice([1, 1, 2, 3, 5]), rng.choice([1, 1, 2, 4]))
    odd = rng.choice([0, 0, 0.05, 0.4])
    study = optuna.create_study(
        direction={1: "minimize", 2: "maximize"}[direction],
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=options[0], n_warmup_steps=options[1],
            interval_steps=options[2], n_min_trials=options[3]))
    yield ["study", seed, direction, *options]
    running = []
    while len(study.trials) < n_trials or running:
        if len(study.trials) < n_trials and len(running) < 4 and (
                not running or rng.random() < 0.3):
            running.append([study.ask(), -1, rng.gauss(0, 1)])
            yield ["ask", running[-1][0].number]
            if rng.random() < 0.2:
                yield ["decide", running[-1][0].number,
                       int(running[-1][0].should_prune())]
            continue
        item = rng.choice(running)
        trial = item[0]
        item[1] += rng.choice([1, 1, 1, 1, 1, 1, 2, 4])
        step = item[1] if rng.random() < 0.9 else rng.randrange(item[1] + 1)
        value = a_value(rng, odd, item[2])
        trial.report(value, step)
        prune = int(trial.should_prune())
        yield ["report", trial.number, step, value, prune]
        if rng.random() > (0.75 if prune else 0.12):
            continue
        state = ("pruned" if prune or rng.random() < 0.1 else
                 "fail" if rng.random() < 0.1 else "complete")
        told = 1.0 if state == "complete" else None
        study.tell(trial, told, STATES[state])
        running.remove(item)
        frozen = study.trials[trial.number]
        yield ["tell", trial.number, int(frozen.state),
               math.nan if frozen.value is None else frozen.value]


def as_params(point):
    return {name: SPACE[name].choices[value]
            if isinstance(SPACE[name], CategoricalDistribution) else value
            for name, value in zip(NAMES, point) if value is not None}


def moved(rng, name, value):
    """A value at, near to or beyond the distance that counts as equal."""
    by = rng.choice([0, 0, 0, 1e-5, 0.999e-5, 1.001e-5, -1e-5, 1e-6, -3e-5,
                     1e-4])
    low, high = SPACE[name].low, SPACE[name].high
    if name == "big":
        return min(max(value + round(value * by), low), high)
    return min(max(value * (1 + by), low), high)


def a_point(rng):
    kind = rng.choice([0, 1, 2])
    flag = rng.choice([0, 1, 1])
    return [kind, 4 if kind == 0 else None, 0.1 if kind < 2 else None,
            32 if kind == 1 else None, 0.35, flag,
            rng.choice([-1.5, 0.0]) if flag else None, 300000]


def a_neighbour(rng, point):
    """The same, or with one or two values moved."""
    point = list(point)
    for _ in range(rng.choice([0, 1, 1, 2])):
        i = rng.choice([1, 2, 3, 4, 6, 7])
        if point[i] is None:
            continue
        if NAMES[i] in ("rate", "shift", "big"):
            point[i] = moved(rng, NAMES[i], point[i])
        elif rng.random() < 0.3:
            point[i] = {"depth": 5, "width": 31, "share": 0.4}[NAMES[i]]
    return point


def enqueue_rows(seed, n=40):
    """enqueue: was it added, count, point; known: point; ask: which number."""
    rng = random.Random(seed)
    study = optuna.create_study()
    yield ["study", seed]
    pool = [a_point(rng) for _ in range(3)]
    for _ in range(n):
        point = a_neighbour(rng, rng.choice(pool))
        waiting = [t for t in study.trials if t.state == TrialState.WAITING]
        kind = rng.random()
        if kind < 0.15:
            params = as_params(point)
            study.add_trial(optuna.trial.create_trial(
                params=params, value=1.0,
                distributions={k: SPACE[k] for k in params}))
            yield ["known", *point]
        elif kind < 0.4 and waiting:
            yield ["ask", study.ask().number]
        else:
            if rng.random() < 0.4:
                hidden = rng.sample([0, 1, 2, 6, 7], rng.randrange(1, 3))
                point = [None if i in hidden else v
                         for i, v in enumerate(point)]
            before, skip = len(study.trials), rng.random() < 0.8
            study.enqueue_trial(as_params(point), skip_if_exists=skip)
            yield ["enqueue", int(skip), len(study.trials) - before, *point]


def text(cell):
    return "" if cell is None else cell if isinstance(cell, str) else repr(cell)


def write(path, rows, about):
    with open(path, "w") as out:
        out.write(f"# tests/data/gen/gen_study.py: optuna {optuna.__version__}, "
                  f"numpy {numpy.__version__}, Python "
                  f"{sys.version.split()[0]}; seed in the rows\n")
        out.write("".join(f"# {line}\n" for line in about))
        for row in rows:
            out.write(",".join(map(text, row)) + "\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    write(f"{folder}/prune.csv",
          (row for seed in range(60) for row in prune_rows(seed)),
          ["study,seed,direction,startup,warmup,interval,min_trials; ask,trial; "
           "decide,trial,prune;",
           "report,trial,step,value,prune after it; tell,trial,state,value it "
           "has then"])
    write(f"{folder}/enqueue.csv",
          (row for seed in range(40) for row in enqueue_rows(seed)),
          ["study,seed; known,point; enqueue,skip_if_exists,added,point; "
           "ask,trial that comes;",
           "point: " + ",".join(NAMES) + " (empty: not given)"])
