# SPDX-License-Identifier: Apache-2.0
"""HDBSCAN and segments from Python."""
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


class Segments(unittest.TestCase):
    def test_terciles_are_those_of_numpy(self):
        sigma = np.random.default_rng(2).gamma(2.0, 1.0, 900)
        segmenter = cr.Segmenter(cr.segment_options(window=300, refit=0))
        labels = segmenter.run(sigma)
        cuts = np.quantile(sigma[:300], [1 / 3, 2 / 3])
        self.assertTrue((labels[:300] == -1).all())
        np.testing.assert_array_equal(labels[300:],
                                      np.searchsorted(cuts, sigma[300:]))
        names, centres, ours = segmenter.segments()
        np.testing.assert_allclose(ours, cuts, rtol=1e-14)
        np.testing.assert_array_equal(names, [0, 1, 2])
        self.assertLess(centres[0, 0], centres[2, 0])
        self.assertEqual(segmenter.info.fitted_at, 300)

    def test_a_state_goes_on(self):
        rows, options = points(900), cr.segment_options(
            kind=2, n_columns=2, window=300, refit=50)
        options.hdbscan.min_cluster_size = 30
        whole = cr.Segmenter(options).run(rows)
        first, second = cr.Segmenter(options), cr.Segmenter(options)
        first.run(rows[:500])
        second.load(first.save())
        np.testing.assert_array_equal(second.run(rows[500:], cr.Pool(2)),
                                      whole[500:])
        self.assertEqual(second.info.n_names, 3)
        with self.assertRaisesRegex(cr.Error, "options differ"):
            cr.Segmenter(cr.segment_options()).load(first.save())

    def test_runs_cover_all_bars(self):
        self.assertEqual(cr.segment_runs([-1, 2, 2, 0]),
                         [(0, 1, -1), (1, 3, 2), (3, 4, 0)])


if __name__ == "__main__":
    unittest.main()
