# SPDX-License-Identifier: Apache-2.0
"""HDBSCAN from Python."""
import unittest

import numpy as np

import crucible as cr


def points(n=600, seed=1):
    draw = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]])
    return centres[np.arange(n) % 3] + draw.normal(0, 1, (n, 2))


class Regimes(unittest.TestCase):
    def setUp(self):
        self.points = points()
        self.options = cr.hdbscan_options(min_cluster_size=30)
        self.found = cr.Hdbscan(self.points, self.options)

    def test_groups_are_clusters_numbered_by_their_first_points(self):
        self.assertEqual(self.found.result.n_clusters, 3)
        inside = self.found.labels >= 0
        self.assertGreater(inside.mean(), 0.9)
        np.testing.assert_array_equal(self.found.labels[inside],
                                      (np.arange(600) % 3)[inside])
        self.assertEqual(len(self.found.persistence), 3)

    def test_arrays_of_any_stride_give_the_same(self):
        wide = np.zeros((600, 5))
        wide[:, 1::2] = self.points
        other = cr.Hdbscan(wide[:, 1::2], self.options, pool=cr.Pool(2))
        columns = cr.Hdbscan(np.asfortranarray(self.points), self.options)
        for again in (other, columns):
            np.testing.assert_array_equal(again.labels, self.found.labels)
            np.testing.assert_array_equal(again.outlier_scores,
                                          self.found.outlier_scores)

    def test_trees_are_tables(self):
        tree = self.found.condensed_tree()
        self.assertEqual(len(tree["child"]), self.found.result.n_condensed)
        np.testing.assert_array_equal(tree["label"][:600], self.found.labels)
        span = self.found.spanning_tree()
        self.assertAlmostEqual(span["distance"].sum(),
                               self.found.result.mst_weight)

    def test_new_points_join_their_clusters(self):
        labels, probabilities = self.found.predict(
            [[0.0, 0.0], [20.0, 0.0], [1e3, 1e3]])
        np.testing.assert_array_equal(labels, [0, 1, -1])
        self.assertEqual(probabilities[2], 0)
        soft = self.found.memberships()
        self.assertTrue((soft.sum(axis=1) <= 1 + 1e-12).all())

    def test_failures_carry_the_librarys_text(self):
        self.points[7, 1] = np.nan
        with self.assertRaisesRegex(cr.Error, r"points\[7, 1\] is NaN"):
            cr.Hdbscan(self.points)


if __name__ == "__main__":
    unittest.main()
