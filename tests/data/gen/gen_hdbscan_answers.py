#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/regime/hdbscan_answers.csv: every answer that the package
hdbscan gives to the golden cases when only the order of the rows changes.

    pip install hdbscan numpy
    CRUCIBLE_SHARED=... tests/data/gen/gen_hdbscan_answers.py \
        > tests/data/regime/hdbscan_answers.csv
"""
import os
import warnings
from importlib import metadata

import hdbscan
import numpy as np

warnings.simplefilter("ignore")
FOLDER = os.path.join(os.environ["CRUCIBLE_SHARED"], "golden")
CASES = [("hdb_blobs200.csv", 5, 0, 150), ("hdb_blobs200.csv", 10, 5, 150),
         ("hdb_mix2000x5.csv", 50, 0, 25), ("hdb_mix2000x5.csv", 25, 5, 25)]
ASKED = np.array([[-1.5, -1.0], [1.5, -1.0], [0.0, 0.0]])


def fits(name, size, samples, turns):
    """A fit of each algorithm for the order of the file and for others."""
    points = np.loadtxt(os.path.join(FOLDER, name), delimiter=",")
    for algorithm in ("generic", "boruvka_kdtree"):
        draw = np.random.default_rng(0)
        for turn in range(turns):
            order = np.arange(len(points))
            if turn > 0:
                order = draw.permutation(order)
            yield hdbscan.HDBSCAN(
                min_cluster_size=size, min_samples=samples or None,
                algorithm=algorithm, approx_min_span_tree=False,
                prediction_data=algorithm != "generic").fit(points[order])


def main():
    print(f"# hdbscan {metadata.version('hdbscan')}, "
          f"numpy {np.__version__}, tests/data/gen/gen_hdbscan_answers.py, rows in "
          "the\n# order of the file and in others drawn with seed 0, algorithms "
          "generic and\n# boruvka_kdtree, approx_min_span_tree=False: all answers "
          "that differ.\n# answer,file,min_cluster_size,min_samples (0: as many),"
          "prob_sum,n_condensed,persistence, sorted\n# place,file,"
          "min_cluster_size,min_samples,probabilities of (-1.5 -1), (1.5 -1), "
          "(0 0)")
    for case in CASES:
        answers, places = {}, {}
        for fit in fits(*case):
            figures = [fit.probabilities_.sum(),
                       len(fit.condensed_tree_._raw_tree),
                       *sorted(fit.cluster_persistence_)]
            answers.setdefault(tuple(np.round(figures, 8)), figures)
            if case[:2] == ("hdb_blobs200.csv", 5) and fit._prediction_data:
                _, place = hdbscan.approximate_predict(fit, ASKED)
                places.setdefault(tuple(np.round(place, 8)), place)
        for word, found in (("answer", answers), ("place", places)):
            for key in sorted(found):
                print(",".join([word, case[0], str(case[1]), str(case[2]),
                                *(repr(float(x)) for x in found[key])]))


if __name__ == "__main__":
    main()
