# SPDX-License-Identifier: Apache-2.0
"""Clusters of points."""
import numpy as np

from .arrays import Owned, pointer
from .library import call, defaults_of, destructor, out_p, p, void_p
from .market import pool_of
from .structures import (HdbscanOptions, HdbscanResult, Matrix, double_p,
                         int32_p, uint32_p)

hdbscan_options = defaults_of("crucible_hdbscan_options_init", HdbscanOptions)
"""HdbscanOptions likewise: hdbscan_options(min_cluster_size=50)."""
_fit = call("crucible_hdbscan_fit", p(Matrix), p(HdbscanOptions), void_p,
            void_p, out_p)
_result = call("crucible_hdbscan_result_of", void_p, p(HdbscanResult))
_labels = call("crucible_hdbscan_labels", void_p, int32_p)
_probabilities = call("crucible_hdbscan_probabilities", void_p, double_p)
_outliers = call("crucible_hdbscan_outlier_scores", void_p, double_p)
_persistence = call("crucible_hdbscan_persistence", void_p, double_p)
_condensed = call("crucible_hdbscan_condensed_tree", void_p, uint32_p,
                  uint32_p, double_p, uint32_p, int32_p)
_spanning = call("crucible_hdbscan_spanning_tree", void_p, uint32_p, uint32_p,
                 double_p)
_predict = call("crucible_hdbscan_predict", void_p, p(Matrix), void_p, int32_p,
                double_p)
_memberships = call("crucible_hdbscan_memberships", void_p, void_p, double_p)
_predict_memberships = call("crucible_hdbscan_predict_memberships", void_p,
                            p(Matrix), void_p, double_p)
_free = destructor("crucible_hdbscan_destroy")


def _matrix(points):
    """The matrix of a two-dimensional array, and what must outlive it."""
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(f"points must be two-dimensional, not {array.shape}")
    if any(stride % 8 for stride in array.strides):
        array = np.ascontiguousarray(array)
    rows, columns = (stride // 8 for stride in array.strides)
    return Matrix(data=pointer(array), rows=array.shape[0],
                  cols=array.shape[1], row_stride=rows,
                  col_stride=columns), array


def _at(array):
    kinds = {"int32": int32_p, "uint32": uint32_p, "float64": double_p}
    return array.ctypes.data_as(kinds[array.dtype.name])


class Hdbscan:
    """Clusters of points [n x columns]: labels (-1: noise), probabilities,
    outlier_scores, persistence; result has the counts."""

    def __init__(self, points, options=None, pool=None):
        matrix, self._kept = _matrix(points)
        handle = void_p()
        _fit(matrix, options, pool_of(pool), None, handle)
        del self._kept
        self._owner = Owned(handle, _free)
        self.result = HdbscanResult()
        _result(handle, self.result)
        n, clusters = self.result.n, self.result.n_clusters
        self.labels = self._filled(_labels, n, np.int32)
        self.probabilities = self._filled(_probabilities, n)
        self.outlier_scores = self._filled(_outliers, n)
        self.persistence = self._filled(_persistence, clusters)

    def _filled(self, function, n, kind=np.float64):
        array = np.empty(n, dtype=kind)
        function(self._owner.handle, _at(array))
        return array

    def _table(self, function, n, **kinds):
        columns = {name: np.empty(n, dtype=kind)
                   for name, kind in kinds.items()}
        function(self._owner.handle, *map(_at, columns.values()))
        return columns

    def condensed_tree(self):
        """Columns parent, child, lambda, size, label by name."""
        return self._table(_condensed, self.result.n_condensed,
                           **{"parent": np.uint32, "child": np.uint32,
                              "lambda": np.float64, "size": np.uint32,
                              "label": np.int32})

    def spanning_tree(self):
        """Columns low, high, distance by name."""
        return self._table(_spanning, self.result.n - 1, low=np.uint32,
                           high=np.uint32, distance=np.float64)

    def predict(self, points, pool=None):
        """Labels and probabilities of new points."""
        matrix, kept = _matrix(points)
        labels = np.empty(len(kept), dtype=np.int32)
        probabilities = np.empty(len(kept))
        _predict(self._owner.handle, matrix, pool_of(pool), _at(labels),
                 _at(probabilities))
        return labels, probabilities

    def memberships(self, pool=None):
        """[points x clusters]; a row's sum is the probability of any."""
        out = np.zeros((self.result.n, self.result.n_clusters))
        _memberships(self._owner.handle, pool_of(pool), _at(out))
        return out

    def predict_memberships(self, points, pool=None):
        """The same for new points."""
        matrix, kept = _matrix(points)
        out = np.zeros((len(kept), self.result.n_clusters))
        _predict_memberships(self._owner.handle, matrix, pool_of(pool),
                             _at(out))
        return out
