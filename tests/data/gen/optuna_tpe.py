# SPDX-License-Identifier: Apache-2.0
"""Studies that Optuna's TPESampler plays, as rows of events.

Used by gen_tpe.py (golden file) and tests/peers/peers_tpe.py (live). Spaces,
values, failures, pruning, constraints, queued points and the order of tells are
made by a seeded random.Random, each point by Optuna itself.

Two of NumPy's roundings are made plain, so that points are a function of the
definition alone: argsort is stable (equal observations keep their order), and a
study ends where the two best candidates are closer than rounding tells apart.
"""
import math
import random
import types
import warnings

import numpy
import optuna
from optuna.samplers import TPESampler
from optuna.samplers._tpe import parzen_estimator
from optuna.trial import TrialState

optuna.logging.disable_default_handler()
warnings.simplefilter("ignore")

TIE = 1e-9
JOINTS = {1: dict(multivariate=False), 2: dict(multivariate=True),
          3: dict(multivariate=True, group=True)}
STATES = {1: TrialState.COMPLETE, 2: TrialState.PRUNED, 3: TrialState.FAIL}

_stable = types.ModuleType("stable_numpy")
_stable.__dict__.update(numpy.__dict__)
_stable.argsort = lambda a: numpy.argsort(a, kind="stable")
parzen_estimator.np = _stable


class Tie(Exception):
    """Rounding would decide."""


def _compare(samples, values):
    best = int(numpy.argmax(values))
    for i, value in enumerate(values):
        if values[best] - value < TIE and any(
                abs(v[i] - v[best]) > 1e-12 * max(1, abs(v[best]))
                for v in samples.values()):
            raise Tie
    return {k: v[best].item() for k, v in samples.items()}


TPESampler._compare = staticmethod(_compare)


def a_space(rng, n, tangled):
    """[dict] of parameters; conditions on choices if tangled."""
    params = []
    for i in range(n):
        kind = rng.choice([1, 1, 1, 2, 2, 3])
        if tangled and i == 0 and n > 1:
            kind = 3
        p = dict(name=rng.choice("zyxcbagfe") + str(i), kind=kind, log=0,
                 low=0.0, high=0.0, step=0.0, n_choices=0, parent=-1, mask=0)
        if kind == 3:
            p["n_choices"] = rng.choice([2 if i == 0 else 1, 2, 3, 3, 5])
        elif kind == 2:
            p["low"] = rng.choice([0, 1, -5, 3])
            p["high"] = p["low"] + rng.choice([0, 1, 6, 40, 1000])
            p["log"] = int(p["low"] > 0 and rng.random() < 0.5)
            p["step"] = 1 if p["log"] else rng.choice([1, 1, 2, 3])
        elif rng.random() < 0.3:
            p["low"], p["high"] = rng.choice([(1e-5, 1e-1), (0.5, 200)])
            p["log"] = 1
        else:
            p["low"] = rng.choice([0.0, -5.0, 2.5])
            p["high"] = p["low"] + rng.choice([1.0, 10.0, 0.37])
            p["step"] = rng.choice([0, 0, 0, 0.25, 0.01])
        earlier = [k for k, e in enumerate(params) if e["n_choices"] > 1]
        if tangled and earlier and rng.random() < 0.5:
            p["parent"] = rng.choice(earlier)
            p["mask"] = rng.randrange(
                1, 2 ** params[p["parent"]]["n_choices"])
        params.append(p)
    return params


def is_active(p, point):
    return p["parent"] < 0 or (point[p["parent"]] is not None
                               and p["mask"] >> int(point[p["parent"]]) & 1)


def suggest(trial, p):
    if p["kind"] == 3:
        return trial.suggest_categorical(p["name"], range(p["n_choices"]))
    if p["kind"] == 2:
        return trial.suggest_int(p["name"], p["low"], p["high"],
                                 step=int(p["step"]), log=bool(p["log"]))
    return trial.suggest_float(p["name"], p["low"], p["high"],
                               step=p["step"] or None, log=bool(p["log"]))


def a_point(trial, params):
    point = []
    for p in params:
        point.append(suggest(trial, p) if is_active(p, point) else None)
    return point


def a_value(rng, params, point, targets):
    total = 0.0
    for p, x, t in zip(params, point, targets):
        if x is None:
            continue
        if p["kind"] == 3:
            total += x != int(t * p["n_choices"])
        elif p["log"]:
            total += abs(math.log(x / p["low"])
                         / math.log((p["high"] + 1e-9) / p["low"]) - t)
        else:
            total += abs((x - p["low"]) / ((p["high"] - p["low"]) or 1) - t)
    return round(total, 2) if rng.random() < 0.2 else total


def rows(seed, n_trials):
    """Rows of one study: [word, cells...]."""
    rng = random.Random(seed)
    tangled = rng.random() < 0.6
    params = a_space(rng, rng.choice([1, 2, 4, 8]), tangled)
    joint = rng.choice([1, 2, 2, 3])
    direction = rng.choice([1, 2])
    uses_running = rng.choice([0, 1, 1])
    startup = rng.choice([10, 10, 5, 1])
    candidates = rng.choice([24, 24, 8])
    wild = rng.random() < 0.5  # pruning, failures, constraints, queue, batches
    yield ["study", direction, seed, joint, uses_running, startup, candidates]
    for p in params:
        yield ["param", p["name"], p["kind"], p["log"], p["low"], p["high"],
               p["step"], p["n_choices"], p["parent"], p["mask"]]
    yield ["begin"]
    study = optuna.create_study(
        direction={1: "minimize", 2: "maximize"}[direction],
        sampler=TPESampler(seed=seed, n_startup_trials=startup,
                           n_ei_candidates=candidates,
                           constant_liar=bool(uses_running), **JOINTS[joint]))
    targets = [rng.random() for _ in params]
    sign = 1 if direction == 1 else -1
    running, n = [], 0
    while n < n_trials:
        if wild and n and rng.random() < 0.1:
            # one parameter that is always there
            k = rng.choice([k for k, p in enumerate(params)
                            if p["parent"] < 0])
            if len(params) > 1:
                x = a_point(optuna.create_study(
                    sampler=optuna.samplers.RandomSampler(n)).ask(), params)[k]
                study.enqueue_trial({params[k]["name"]: x})
                yield ["enqueue"] + [x if i == k else None
                                     for i in range(len(params))]
        for _ in range(rng.choice([1, 1, 4]) if wild else 1):
            try:
                trial = study.ask()
                point = a_point(trial, params)
            except Tie:
                return
            yield ["ask", trial.number] + point
            running.append((trial, point))
            n += 1
        if wild:
            rng.shuffle(running)
        for _ in range(rng.randint(1, len(running)) if wild else len(running)):
            trial, point = running.pop()
            state = rng.choice([1, 1, 1, 1, 2, 3]) if wild else 1
            value = sign * a_value(rng, params, point, targets)
            for step in range(rng.randint(0, 3) if state == 2 else 0):
                level = rng.choice([value + 1, math.nan, value, 1.5])
                trial.report(level, step)
                yield ["report", trial.number, step, level]
            violation = rng.choice([0, 0, 0, 0.5, 1.5]) if wild else 0
            if violation:
                trial.set_constraint("c", violation)
            if state == 1:
                study.tell(trial, value)
            else:
                study.tell(trial, state=STATES[state])
            yield ["tell", trial.number, state, value, violation]
