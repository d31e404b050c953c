#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares splits with skfolio's, block lengths and SPA with arch's, PBO with
its definition in NumPy, silhouettes with scikit-learn's.

    pip install arch scikit-learn skfolio
    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
        python3 tests/peers/peers_selection.py

Ends with 77 (skipped) where a package is missing.
"""
import ctypes as ct
import itertools
import math
import os
import sys
import warnings

try:
    import numpy as np
    import scipy.stats
    from arch.bootstrap import SPA, optimal_block_length
    from skfolio.model_selection import CombinatorialPurgedCV, WalkForward
    from sklearn.metrics import silhouette_score
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.simplefilter("ignore")
lib = ct.CDLL(os.environ["CRUCIBLE_LIBRARY"])
lib.crucible_last_error.restype = ct.c_char_p
draw = np.random.default_rng(20240601)
SIZE, U64, U32, I32, REAL, PTR = (ct.c_size_t, ct.c_uint64, ct.c_uint32,
                                  ct.c_int32, ct.c_double, ct.c_void_p)


def struct(name, **fields):
    return type(name, (ct.Structure,), {"_fields_": list(fields.items())})


Matrix = struct("Matrix", data=PTR, rows=SIZE, cols=SIZE, row=ct.c_ssize_t,
                col=ct.c_ssize_t)
Splits = struct("Splits", size=SIZE, purge=SIZE, embargo=SIZE, train_size=SIZE,
                test_size=SIZE, step=SIZE, begin=PTR, end=PTR, kind=I32,
                is_anchored=I32, takes_partial=I32, n_folds=U32,
                n_test_folds=U32, reserved=U32)
Fold = struct("Fold", fold=SIZE, begin=SIZE, end=SIZE, path=U64)
Check = struct("Check", size=SIZE, pool=PTR, cancel=PTR, benchmark=PTR,
               seed=U64, block_length=REAL, n_resamples=U32,
               is_studentised=I32)
Checked = struct("Checked", size=SIZE, white=REAL, lower=REAL, consistent=REAL,
                 upper=REAL, statistic=REAL, best_mean=REAL, block_length=REAL,
                 best_trial=U64, n_considered=U64)
Pbo = struct("Pbo", size=SIZE, pool=PTR, cancel=PTR, n_blocks=U32,
             statistic=I32)
PboFound = struct("PboFound", size=SIZE, n_combinations=U64,
                  n_observations=U64, n_tied=U64, pbo=REAL, mean_logit=REAL,
                  loss=REAL, slope=REAL, intercept=REAL, r_squared=REAL)
Clusters = struct("Clusters", size=SIZE, n_clusters=U64, silhouette=REAL,
                  quality=REAL, sharpe_mean=REAL, sharpe_variance=REAL)


def must(status):
    if status != 0:
        raise SystemExit(f"failed: {lib.crucible_last_error().decode()}")


def options(struct_kind, name, **set_to):
    made = struct_kind()
    getattr(lib, f"crucible_{name}_options_init")(ct.byref(made),
                                                 SIZE(ct.sizeof(made)))
    for field, value in set_to.items():
        setattr(made, field, value)
    return made


def matrix(x):
    return Matrix(x.ctypes.data, *x.shape, *(s // x.itemsize for s in x.strides))


def splits_of(n, chosen):
    """[(train, test, {fold: path})]"""
    made, count = PTR(), U64()
    must(lib.crucible_splits_create(SIZE(n), ct.byref(chosen), ct.byref(made)))
    must(lib.crucible_splits_count(made, ct.byref(count), None))
    out = []
    for k in range(count.value):
        train, test = (SIZE * n)(), (SIZE * n)()
        n_train, n_test, n_folds = SIZE(), SIZE(), SIZE()
        folds = (Fold * 62)()
        must(lib.crucible_splits_get(made, U64(k), train, ct.byref(n_train),
                                     test, ct.byref(n_test)))
        must(lib.crucible_splits_test_folds(made, U64(k), folds, SIZE(62),
                                            ct.byref(n_folds)))
        out.append((train[:n_train.value], test[:n_test.value],
                    {f.fold: f.path for f in folds[:n_folds.value]}))
    lib.crucible_splits_destroy(made)
    return out


def compare_combinatorial():
    n_compared = 0
    for _ in range(120):
        n_folds = int(draw.integers(3, 9))
        n_test = int(draw.integers(2, n_folds))
        n = int(draw.integers(9 * n_folds, 200))
        purge, embargo = (int(draw.integers(0, 4)) for _ in range(2))
        peer = CombinatorialPurgedCV(n_folds, n_test, purged_size=purge,
                                     embargo_size=embargo)
        ours = splits_of(n, options(Splits, "splits", n_folds=n_folds,
                                    n_test_folds=n_test, purge=purge,
                                    embargo=embargo))
        theirs = list(peer.split(np.zeros((n, 1))))
        paths = peer.get_path_ids()
        assert len(ours) == len(theirs) == peer.n_splits
        for k, ((train, tests), mine) in enumerate(zip(theirs, ours)):
            assert mine[0] == train.tolist(), (n, n_folds, n_test, purge,
                                               embargo, k)
            assert mine[1] == np.concatenate(tests).tolist()
            assert list(mine[2].values()) == paths[k].tolist()
            n_compared += 1
    print(f"combinatorial: {n_compared} splits as skfolio's")


def compare_walk_forward():
    n_compared = 0
    for _ in range(150):
        train, test = (int(draw.integers(2, 30)) for _ in range(2))
        purge, anchored, partial = (int(draw.integers(0, 4)),
                                    int(draw.integers(0, 2)),
                                    int(draw.integers(0, 2)))
        n = train + purge + test + int(draw.integers(0, 100))
        peer = WalkForward(train_size=train, test_size=test, purged_size=purge,
                           expand_train=bool(anchored),
                           reduce_test=bool(partial))
        ours = splits_of(n, options(
            Splits, "splits", kind=1, n_folds=10, train_size=train,
            test_size=test, purge=purge, is_anchored=anchored,
            takes_partial=partial))
        theirs = list(peer.split(np.zeros((n, 1))))
        assert len(ours) == len(theirs), (n, train, test, purge, partial)
        for (a, b), mine in zip(theirs, ours):
            assert mine[0] == a.tolist() and mine[1] == b.tolist()
            n_compared += 1
    print(f"walk-forward: {n_compared} splits as skfolio's")


def autoregression(n, a):
    x = draw.standard_normal(n)
    for t in range(1, n):
        x[t] += a * x[t - 1]
    return x


def compare_block_length():
    worst = 0
    for _ in range(200):
        x = autoregression(int(draw.integers(16, 3000)), draw.uniform(-.9, .95))
        ours = REAL(), REAL()
        must(lib.crucible_block_length(PTR(x.ctypes.data), SIZE(len(x)),
                                       ct.byref(ours[0]), ct.byref(ours[1])))
        for a, b in zip(ours, optimal_block_length(x).iloc[0]):
            worst = max(worst, abs(a.value / b - 1))
    assert worst < 1e-9, worst
    print(f"block length: 200 series, apart by at most {worst:.1e}")


def compare_spa():
    """arch compares means as they are. Where every trial has the same omega,
    Hansen's studentised statistic says the same."""
    reps, worst = 4000, 0
    for seed in range(10):
        n, k, length = 250, int(draw.integers(2, 20)), 5
        x = np.ascontiguousarray(
            np.stack([autoregression(n, .2) for _ in range(k)], 1))
        demeaned = x - x.mean(0)
        i = np.arange(1, n)
        kappa = (1 - i / n) * .8**i + i / n * .8**(n - i)
        omega = np.sqrt(((demeaned**2).sum(0) + 2 * sum(
            w * (demeaned[:n - j] * demeaned[j:]).sum(0)
            for j, w in zip(i, kappa))) / n)
        x = demeaned / omega + draw.normal(0, .08, k)
        peer = SPA(np.zeros(n), -x, block_size=length, reps=reps,
                   bootstrap="stationary", seed=seed)
        peer.compute()
        for studentised in (0, 1):
            o = options(Check, "reality_check", block_length=length, seed=seed,
                        n_resamples=reps, is_studentised=studentised)
            found = Checked(ct.sizeof(Checked))
            must(lib.crucible_reality_check(ct.byref(matrix(x)), ct.byref(o),
                                            ct.byref(found)))
            ours = (found.lower, found.consistent, found.upper)
            for a, b in zip(ours, peer.pvalues):
                error = math.sqrt(max(2 * b * (1 - b), 4 / reps) / reps)
                worst = max(worst, abs(a - b) / error)
            assert abs(found.white - found.upper) < 1e-3
    assert worst < 4.5, worst
    print(f"SPA: 60 p-values, apart by at most {worst:.1f} standard errors")


def sharpe(x):
    return x.mean(0) / x.std(0, ddof=1)


def compare_pbo():
    for _ in range(20):
        n, k, s = (int(draw.integers(40, 200)), int(draw.integers(2, 30)),
                   2 * int(draw.integers(1, 5)))
        x = draw.standard_normal((n, k)) + draw.normal(0, .05, k)
        found = PboFound(ct.sizeof(PboFound))
        o = options(Pbo, "pbo", n_blocks=s)
        must(lib.crucible_pbo(ct.byref(matrix(x)), ct.byref(o),
                              ct.byref(found), None, SIZE(0)))
        blocks = np.split(x[n % s:], s)
        logits, inside, outside = [], [], []
        for chosen in itertools.combinations(range(s), s // 2):
            rest = [b for b in range(s) if b not in chosen]
            a = sharpe(np.concatenate([blocks[b] for b in chosen]))
            b = sharpe(np.concatenate([blocks[b] for b in rest]))
            w = scipy.stats.rankdata(b)[a.argmax()] / (k + 1)
            logits.append(math.log(w / (1 - w)))
            inside.append(a.max())
            outside.append(b[a.argmax()])
        line = scipy.stats.linregress(inside, outside)
        ours = (found.pbo, found.mean_logit, found.loss, found.slope,
                found.intercept, found.r_squared)
        theirs = (np.mean(np.array(logits) <= 1e-12), np.mean(logits),
                  np.mean(np.array(outside) < 0), line.slope, line.intercept,
                  line.rvalue**2)
        assert np.allclose(ours, theirs, 1e-9, 1e-12), (ours, theirs)
    print("PBO: 20 matrices as their definition says")


def compare_trials():
    for n, k in ((50, 6), (40, 90), (300, 120)):
        x = draw.standard_normal((n, k)) + 1.5 * np.repeat(
            draw.standard_normal((n, k // 3)), 3, 1)
        found, effective = Clusters(ct.sizeof(Clusters)), REAL()
        label = (U32 * k)()
        must(lib.crucible_trials_effective_rank(ct.byref(matrix(x)), None, None,
                                                ct.byref(effective)))
        values = np.linalg.eigvalsh(np.corrcoef(x.T))
        share = values[values > 1e-12] / k
        assert abs(effective.value / math.exp(-(share * np.log(share)).sum())
                   - 1) < 1e-9
        must(lib.crucible_trials_clusters(ct.byref(matrix(x)), None,
                                          ct.byref(found), label))
        apart = (1 - np.corrcoef(x.T)) / 2
        np.fill_diagonal(apart, 0)
        theirs = silhouette_score(np.maximum(apart, 0), list(label),
                                  metric="precomputed")
        assert abs(found.silhouette - theirs) < 1e-10
    print("trials: effective rank as NumPy's, silhouettes as scikit-learn's")


compare_combinatorial()
compare_walk_forward()
compare_block_length()
compare_spa()
compare_pbo()
compare_trials()
