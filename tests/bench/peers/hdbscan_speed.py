#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HDBSCAN of this library, of hdbscan and of fast_hdbscan, side by side.

    pip install hdbscan fast_hdbscan numpy scikit-learn
    CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so \\
    PYTHONPATH=examples/python tests/bench/peers/hdbscan_speed.py \\
        [--sizes 100000x3,10000x10] [--turns 3] [--threads 2]

Eight groups and a tenth of noise, min_cluster_size 100, min_samples 10. All take
turns on the same points; seconds are the best of --turns, fits alone (the peers'
compiling is not counted: a small fit comes first). hdbscan is the exact dual-tree
one, on one thread; fast_hdbscan takes the threads that numba gives it. Agreement
is the adjusted Rand index of its labels and ours. A missing peer is left out.
"""
import argparse
import os
import time
import warnings

import numpy as np


def mixture(n, dims, seed=0):
    draw = np.random.default_rng(seed)
    centres = draw.uniform(-10, 10, (8, dims))
    points = centres[draw.integers(0, 8, n)] + draw.normal(0, 1, (n, dims))
    noise = draw.random(n) < 0.1
    points[noise] = draw.uniform(-12, 12, (noise.sum(), dims))
    return points


def engines(threads):
    """{name: function of points that gives labels}"""
    import crucible as cr
    pools = {k: cr.Pool(k) for k in sorted({1, threads})}
    options = cr.hdbscan_options(min_cluster_size=100, min_samples=10)
    out = {f"libcrucible, {k} thread{'s' * (k > 1)}":
           lambda points, pool=pool: cr.Hdbscan(points, options, pool).labels
           for k, pool in pools.items()}
    try:
        import hdbscan
        out["hdbscan"] = lambda points: hdbscan.HDBSCAN(
            min_cluster_size=100, min_samples=10, approx_min_span_tree=False,
            algorithm="boruvka_kdtree").fit(points).labels_
    except ImportError:
        pass
    try:
        os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
        import fast_hdbscan
        out["fast_hdbscan"] = lambda points: fast_hdbscan.HDBSCAN(
            min_cluster_size=100, min_samples=10).fit(points).labels_
    except ImportError:
        pass
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="100000x3,10000x10")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    from sklearn.metrics import adjusted_rand_score
    runs = engines(arguments.threads)
    for run in runs.values():
        run(mixture(2000, 3))
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    print("| points | engine | seconds | clusters | agreement |")
    print("|---|---|---|---|---|")
    for size in arguments.sizes.split(","):
        points = mixture(*map(int, size.split("x")))
        best, labels = dict.fromkeys(runs, np.inf), {}
        for _ in range(arguments.turns):
            for name, run in runs.items():
                begin = time.perf_counter()
                labels[name] = run(points)
                best[name] = min(best[name], time.perf_counter() - begin)
        ours = next(iter(labels.values()))
        for name in runs:
            print(f"| {size} | {name} | {best[name]:.3f} | "
                  f"{labels[name].max() + 1} | "
                  f"{adjusted_rand_score(ours, labels[name]):.4f} |")


if __name__ == "__main__":
    main()
