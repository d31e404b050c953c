#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Compares segments with a plain one written with NumPy and SciPy.

    pip install numpy scipy
    export CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so
    PYTHONPATH=examples/python python3 tests/peers/peers_segments.py [--seeds N]

The plain segmenter keeps all rows in a list, cuts by numpy.quantile,
standardises by NumPy, clusters with crucible_hdbscan_* (which peers_hdbscan.py
compares with hdbscan) and pairs clusters by scipy's linear_sum_assignment. Its
labels must be the library's, bar for bar, over random rows with planted regimes,
holes and all options. Ends with status 1 where any differ, with 77 (skipped)
where a package is missing.
"""
import argparse
import sys
import warnings

try:
    import numpy as np
    from scipy.optimize import linear_sum_assignment
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import crucible as cr


def scale_of(points, scaling):
    """What to take from each column, and what to multiply it with."""
    n_columns = points.shape[1]
    centre, spread = np.zeros(n_columns), np.ones(n_columns)
    if scaling == 1:
        centre, spread = points.mean(axis=0), points.std(axis=0)
    elif scaling == 2:
        centre = np.median(points, axis=0)
        away = np.abs(points - centre)
        spread = 1.4826022185056018 * np.median(away, axis=0)
        spread = np.where(spread > 0, spread,
                          1.2533141373155003 * away.mean(axis=0))
    varies = np.ptp(points, axis=0) > 0
    return np.where(varies, centre, points[0]), np.where(
        varies, 1 / np.where(varies, spread, 1), 0)


class Plain:
    """Names of clusters over fits; None: noise."""

    def __init__(self, options):
        self.options, self.found = options, None
        self.names, self.last = [], {}

    def place(self, points):
        """Clusters of rows."""
        if self.found is None or not self.found.result.n_clusters:
            return np.full(len(points), -1)
        return self.found.predict((points - self.centre) * self.scale)[0]

    def label(self, row):
        cluster = self.place(row[None])[0]
        return self.names[cluster] if cluster >= 0 else -1

    def fit(self, rows):
        o, before, old_names = self.options, self.place, self.names
        if o.max_points:
            rows = rows[::-1][::-(-len(rows) // o.max_points)][::-1]
        points = np.array(rows)
        placed = before(points)
        self.centre, self.scale = scale_of(points, o.scaling)
        self.found = cr.Hdbscan((points - self.centre) * self.scale, o.hdbscan)
        n = self.found.result.n_clusters
        labels = self.found.labels
        centres = [points[labels == c].mean(axis=0) for c in range(n)]
        self.names = [None] * n
        if n and old_names:
            self.hand_on(labels, placed, old_names)
        self.bring_back(centres)
        for c in range(n):
            if self.names[c] is None:
                self.names[c] = len(self.last)
            self.last[self.names[c]] = centres[c]

    def hand_on(self, labels, placed, old_names):
        n, m = len(self.names), len(old_names)
        shared = np.array([[((labels == c) & (placed == d)).sum()
                            for d in range(m)] for c in range(n)])
        smaller = np.minimum.outer([(labels == c).sum() for c in range(n)],
                                   [(placed == d).sum() for d in range(m)])
        shared[shared < self.options.min_overlap * smaller] = 0
        for c, d in zip(*linear_sum_assignment(shared, maximize=True)):
            if shared[c, d]:
                self.names[c] = old_names[d]

    def bring_back(self, centres):
        within = self.options.return_within
        while within:
            free = [name for name in self.last if name not in self.names]
            far = [(np.linalg.norm((centres[c] - self.last[name]) * self.scale),
                    c, name) for c in range(len(centres))
                   if self.names[c] is None for name in free]
            if not far or min(far)[0] > within:
                return
            _, c, name = min(far)
            self.names[c] = name


class PlainQuantiles:
    def __init__(self, options):
        shares = np.arange(1, options.n_quantiles) / options.n_quantiles
        self.shares, self.cuts = shares, None

    def label(self, row):
        return -1 if self.cuts is None else np.searchsorted(self.cuts, row[0])

    def fit(self, rows):
        self.cuts = np.quantile(np.array(rows)[:, 0], self.shares)


def plain_labels(rows, options):
    plain = (PlainQuantiles if options.kind == 1 else Plain)(options)
    complete, labels, n_fits = [], [], 0
    left = options.first or options.window
    for row in rows:
        if np.isnan(row).any():
            labels.append(-1)
            continue
        labels.append(plain.label(row))
        complete = (complete + [row])[-options.window:]
        left -= 1
        if left == 0:
            plain.fit(complete)
            n_fits, left = n_fits + 1, options.refit
    return np.array(labels), n_fits, plain


def draw_rows(draw, n, columns, may_tie):
    """Spells of regimes that come, drift, vanish and return. Whole numbers only
    where the columns are taken as they are: of equal distances, the last bit of
    a mean would decide which is less."""
    levels = draw.normal(0, 12, (5, columns))
    scale = 10.0 ** draw.integers(-4, 5, columns)
    rows, now = [], [0, 1, 2]
    while len(rows) < n:
        if draw.random() < 0.05:
            now = list(draw.choice(5, draw.integers(1, 5), replace=False))
        levels += draw.normal(0, 0.1, levels.shape)
        at = levels[draw.choice(now)]
        rows.extend(at + draw.normal(0, 1, (int(draw.integers(5, 40)),
                                            columns)))
    rows = np.array(rows[:n]) * scale
    if may_tie and draw.random() < 0.5:
        rows[:, 0] = np.round(rows[:, 0] / scale[0])
    if draw.random() < 0.3:
        rows[: n // 2, -1] = 3.25
    rows[draw.integers(0, n, 20), draw.integers(0, columns, 20)] = np.nan
    return rows


def check(seed):
    draw = np.random.default_rng(seed)
    columns = 1 if seed % 5 == 0 else int(draw.integers(1, 5))
    options = cr.segment_options(
        kind=1 if seed % 5 == 0 else 2, n_columns=columns,
        n_quantiles=int(draw.integers(2, 6)), scaling=1 + seed % 3,
        window=int(draw.integers(150, 500)), refit=int(draw.integers(20, 120)),
        min_overlap=float(draw.choice([0.3, 0.5, 0.9])),
        return_within=float(draw.choice([0.0, 0.5, 1.0])))
    options.first = int(draw.choice([0, 120]))
    options.max_points = int(draw.choice([0, 130]))
    options.hdbscan.min_cluster_size = int(draw.integers(8, 30))
    options.hdbscan.min_samples = int(draw.integers(2, 12))
    rows = draw_rows(draw, 1500, columns, options.scaling == 3)
    segmenter = cr.Segmenter(options)
    ours = segmenter.run(rows)
    expected, n_fits, plain = plain_labels(rows, options)
    info = segmenter.info
    holds = (ours == expected).all() and info.n_fits == n_fits
    if options.kind == 2:
        holds = holds and info.n_names == len(plain.last)
        holds = holds and list(segmenter.segments()[0]) == plain.names
    if not holds:
        print(f"seed {seed}: {(ours != expected).sum()} labels differ, first "
              f"at {np.argmax(ours != expected)}; {info.as_dict()}")
    return holds, info.n_names, (ours >= 0).mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [check(seed) for seed in range(arguments.first,
                                          arguments.first + arguments.seeds)]
    failed = sum(not holds for holds, *_ in rows)
    print(f"{len(rows)} inputs, {failed} failures; "
          f"{sum(names for _, names, _ in rows)} names, "
          f"{100 * np.mean([share for *_, share in rows]):.0f} % labelled")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
