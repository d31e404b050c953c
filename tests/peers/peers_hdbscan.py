#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Compares HDBSCAN with the Python package hdbscan over many random inputs.

    pip install hdbscan numpy scikit-learn
    export CRUCIBLE_LIBRARY=build/release/lib/libcrucible.so
    PYTHONPATH=examples/python python3 tests/peers/peers_hdbscan.py [--seeds N]

Spanning trees are compared with those of the package over all pairs: sorted
weights to 1e-12, and each of our edges has the mutual reachability of its ends,
so that ours is a minimum spanning tree as well. What follows from a given tree is
no matter of ties: the package's own functions, fed with our tree, must give our
clusters, probabilities, outlier scores, persistence and memberships to 1e-12, and
the places of new points. So our answer is always one that the package could give.

Which tree it gives is a matter of ties, and of the order of the points: labels
are to agree to 1 (adjusted Rand index) where no weights tie. Where some do, to
0.99 with one of the package's own answers: by all pairs, by its exact dual-tree
Boruvka, or by all pairs with the points in one of 40 other orders; unless these
answers agree with each other to less than 0.99. How often which of these was
needed is printed. Ends with status 1 where any of this fails, with 77 (skipped)
where hdbscan is missing.
"""
import argparse
import sys
import types
import warnings

try:
    import hdbscan
    import numpy as np
    from hdbscan import _hdbscan_linkage as package_linkage
    from hdbscan import _hdbscan_tree as package_tree
    from scipy.spatial.distance import cdist
    from sklearn.metrics import adjusted_rand_score
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import crucible as cr

METRICS = {1: "euclidean", 2: "manhattan", 3: "chebyshev"}
SCIPY_METRICS = {1: "euclidean", 2: "cityblock", 3: "chebyshev"}
ROW = np.dtype([("parent", np.intp), ("child", np.intp),
                ("lambda_val", float), ("child_size", np.intp)])
failures = []


def mixture(draw, n, dims):
    """Groups and noise; no two distances are equal."""
    centres = draw.uniform(-10, 10, (6, dims))
    spread = draw.uniform(0.4, 1.6, 6)
    group = draw.integers(0, 6, n)
    points = centres[group] + draw.normal(0, 1, (n, dims)) * spread[group, None]
    noise = draw.random(n) < 0.1
    points[noise] = draw.uniform(-13, 13, (noise.sum(), dims))
    return points


def grid(draw, n, dims):
    """Whole numbers: copies, and many equal distances."""
    return np.round(mixture(draw, n, dims) * draw.choice([1, 2, 4]))


def expect(what, seed, holds, detail=""):
    if not holds:
        failures.append(f"seed {seed}: {what} {detail}")


def near(a, b, rtol=1e-12):
    return np.allclose(a, b, rtol=rtol, atol=1e-13)


def table(found):
    """Our condensed tree as the package has it."""
    ours = found.condensed_tree()
    rows = np.empty(len(ours["child"]), dtype=ROW)
    for name, column in zip(ROW.names, ("parent", "child", "lambda", "size")):
        rows[name] = ours[column]
    return rows


def same_groups(a, b):
    return adjusted_rand_score(a, b) > 1 - 1e-12 and ((a < 0) == (b < 0)).all()


class Chosen(hdbscan.plots.CondensedTree):
    """The package tells the chosen clusters from the labels, and takes one
    below where no point leaves the chosen one itself."""

    def _select_clusters(self):
        return self.clusters


def check_what_follows(seed, points, between, found, options, method):
    """The package's functions on our spanning and condensed trees."""
    min_samples = options.min_samples
    span = found.spanning_tree()
    edges = np.column_stack([span["low"], span["high"], span["distance"]])
    linkage = package_linkage.label(edges.astype(float))
    condensed = package_tree.condense_tree(linkage, options.min_cluster_size)
    theirs = package_tree.compute_stability(condensed)
    labels, probabilities, persistence = package_tree.get_clusters(
        condensed, theirs, method, bool(options.allow_single_cluster), False,
        options.cluster_selection_epsilon, options.max_cluster_size)
    expect("labels of our tree", seed, same_groups(found.labels, labels),
           adjusted_rand_score(found.labels, labels))
    if span["distance"][0] == 0:
        return  # its lambda is infinite then, and so are its scores
    expect("probabilities", seed, near(found.probabilities, probabilities))
    # with epsilon it has the stability of the clusters below, and a single
    # cluster's by its labelled points alone
    expect("persistence", seed, options.cluster_selection_epsilon or
           options.allow_single_cluster or near(np.sort(found.persistence), np.sort(persistence)))
    rows = table(found)
    expect("outlier scores", seed,
           near(found.outlier_scores, package_tree.outlier_scores(condensed)))
    expect("rows of the condensed tree", seed, len(rows) == len(condensed)
           and near(np.sort(rows["lambda_val"]),
                    np.sort(condensed["lambda_val"])))
    asked = points[:200] + 0.05
    if not found.result.n_clusters:
        labels, probabilities = found.predict(asked)
        expect("new points without clusters", seed,
               (labels == -1).all() and (probabilities == 0).all())
    if len(rows) == len(points) or not found.result.n_clusters:
        return  # there the package fails
    ours = found.condensed_tree()["label"][len(points):]
    clusters = rows["child"][len(points):]
    chosen = [clusters[ours == k].min() for k in range(found.result.n_clusters)]
    if found.result.n_clusters == 1 and (
            ours[rows["parent"][len(points):] == len(points)] == 0).all():
        chosen = [len(points)]  # the whole
    tree = Chosen(rows, found.labels)
    tree.clusters = chosen
    fitted = types.SimpleNamespace(
        condensed_tree_=tree, min_samples=min_samples,
        min_cluster_size=options.min_cluster_size,
        prediction_data_=hdbscan.prediction.PredictionData(
            points, tree, min_samples, metric=METRICS[options.metric]))
    names = np.argsort(chosen)  # it numbers clusters by the tree
    soft = hdbscan.all_points_membership_vectors(fitted)
    expect("memberships", seed,
           near(found.memberships()[:, names], soft, 1e-7),
           abs(found.memberships()[:, names] - soft).max())
    labels, probabilities = found.predict(asked)
    their_labels, theirs = hdbscan.approximate_predict(fitted, asked)
    places = np.append(names, -1)[their_labels]
    agree = (labels == places) & np.isclose(probabilities, theirs, 1e-9)
    expect("new points", seed, agree.all(), agree.mean())
    # it rounds a lambda to 24 bits, then divides by its distance to another
    theirs = hdbscan.membership_vector(fitted, asked)
    ours = found.predict_memberships(asked)[:, names]
    agree = np.isclose(ours, theirs, 1e-4, 1e-6).all(axis=1)
    expect("memberships of new points", seed, agree.mean() > 0.85,
           f"{agree.mean()} {abs(ours - theirs).max()}")


def package(between, options, method):
    """The package's result; its distances from coordinates are not exact."""
    return hdbscan.HDBSCAN(
        min_cluster_size=options.min_cluster_size,
        min_samples=options.min_samples, metric="precomputed",
        alpha=options.alpha, cluster_selection_method=method,
        allow_single_cluster=bool(options.allow_single_cluster),
        cluster_selection_epsilon=options.cluster_selection_epsilon,
        max_cluster_size=options.max_cluster_size).fit(between)


def other_answers(draw, points, between, options, method):
    """The package's labels by its dual trees, and of the points in other
    orders."""
    try:
        yield hdbscan.HDBSCAN(
            min_cluster_size=options.min_cluster_size,
            min_samples=options.min_samples, metric=METRICS[options.metric],
            alpha=options.alpha, cluster_selection_method=method,
            allow_single_cluster=bool(options.allow_single_cluster),
            cluster_selection_epsilon=options.cluster_selection_epsilon,
            max_cluster_size=options.max_cluster_size,
            algorithm="boruvka_kdtree",
            approx_min_span_tree=False).fit(points).labels_
    except (ValueError, IndexError):
        pass  # of few points
    for _ in range(40):
        order = draw.permutation(len(between))
        labels = np.empty(len(between), dtype=int)
        labels[order] = package(
            np.ascontiguousarray(between[np.ix_(order, order)]), options,
            method).labels_
        yield labels


def agrees(draw, found, peer, points, between, options, method):
    """Which of the package's answers ours agrees with: "first", "other", or
    "none alike" where they do not agree with each other."""
    if adjusted_rand_score(found.labels, peer.labels_) >= 0.99:
        return "first"
    own = 1.0
    for labels in other_answers(draw, points, between, options, method):
        if adjusted_rand_score(found.labels, labels) >= 0.99:
            return "other"
        own = min(own, adjusted_rand_score(peer.labels_, labels))
    return "none alike" if own < 0.99 else "none"


def check_edges(seed, between, found, options):
    """Each edge has the mutual reachability of its ends."""
    span = found.spanning_tree()
    low, high = span["low"], span["high"]
    core = np.partition(between, options.min_samples)[:, options.min_samples]
    reach = np.maximum(np.maximum(core[low], core[high]),
                       between[low, high] / options.alpha)
    expect("edges", seed, near(span["distance"], reach))


def check(seed):
    draw = np.random.default_rng(seed)
    is_grid = seed % 4 == 3
    n, dims = int(draw.integers(60, 1500)), int(draw.integers(1, 8))
    points = (grid if is_grid else mixture)(draw, n, dims)
    method = "leaf" if seed % 5 == 4 else "eom"
    min_samples = int(draw.integers(1, 20))
    if seed % 8 == 0:
        min_samples = 1  # few ties
    options = cr.hdbscan_options(
        min_cluster_size=int(draw.integers(5, 40)), min_samples=min_samples,
        metric=1 + seed % 3, selection=2 if method == "leaf" else 1)
    if seed % 7 == 2:
        options.alpha = 1.25
    if seed % 11 == 3:
        options.cluster_selection_epsilon = 0.8
    if seed % 13 == 5:
        options.max_cluster_size = max(n // 4, options.min_cluster_size)
    if seed % 6 == 5 and method == "eom":
        options.allow_single_cluster = 1
    found = cr.Hdbscan(points, options)
    between = cdist(points, points, SCIPY_METRICS[options.metric])
    peer = package(between, options, method)
    weights = np.sort(peer.single_linkage_tree_.to_numpy()[:, 2])
    ours = found.spanning_tree()["distance"]
    expect("weights", seed, near(ours, weights),
           abs(ours - weights).max())
    ties = (np.diff(weights) <= 1e-13 * weights[1:]).any()
    check_edges(seed, between, found, options)
    rand = adjusted_rand_score(found.labels, peer.labels_)
    with_which = "first"
    if ties:
        with_which = agrees(draw, found, peer, points, between, options, method)
    expect("labels", seed, with_which != "none" if ties else rand > 1 - 1e-12,
           f"{rand}")
    check_what_follows(seed, points, between, found, options, method)
    return rand, ties, is_grid, with_which


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    rows = [check(seed) for seed in range(arguments.first,
                                          arguments.first + arguments.seeds)]
    for name, some in (("no ties", [r for r in rows if not r[1]]),
                       ("ties", [r for r in rows if r[1] and not r[2]]),
                       ("grid", [r for r in rows if r[2]])):
        if some:
            rand = np.array([r[0] for r in some])
            which = [r[3] for r in some]
            print(f"{name}: {len(some)} inputs, agreement of labels with the "
                  f"first answer: least {rand.min():.4f}, "
                  f"{(rand > 1 - 1e-12).sum()} equal, "
                  f"{which.count('first')} to 0.99; {which.count('other')} more "
                  f"with another answer; {which.count('none alike')} where the "
                  "answers differ among themselves")
    for failure in failures:
        print(failure)
    print(f"{len(rows)} inputs, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
