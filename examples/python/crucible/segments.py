# SPDX-License-Identifier: Apache-2.0
"""Labels of bars, from the past alone."""
import ctypes as ct

import numpy as np

from .arrays import Owned
from .library import call, defaults_of, destructor, out_p, p, size, void_p
from .market import pool_of
from .regimes import _at, _matrix
from .structures import (Matrix, SegmenterInfo, SegmentOptions, SegmentRun,
                         double_p, int32_p)

segment_options = defaults_of("crucible_segment_options_init", SegmentOptions)
"""SegmentOptions likewise: segment_options(kind=2, n_columns=4). kind 1:
quantiles, 2: regimes."""
_create = call("crucible_segmenter_create", p(SegmentOptions), out_p)
_run = call("crucible_segmenter_run", void_p, p(Matrix), void_p, void_p,
            int32_p)
_get = call("crucible_segmenter_get", void_p, p(SegmenterInfo))
_segments = call("crucible_segmenter_segments", void_p, int32_p, double_p,
                 double_p)
_save = call("crucible_segmenter_save", void_p, void_p, size, p(size))
_load = call("crucible_segmenter_load", void_p, ct.c_char_p, size, void_p)
_runs = call("crucible_segment_runs", int32_p, size, p(SegmentRun), size,
             p(size))
_free = destructor("crucible_segmenter_destroy")


class Segmenter:
    """Labels rows [bars x columns] as they come; NaN: not known."""

    def __init__(self, options=None):
        self.options = options if options is not None else segment_options()
        handle = void_p()
        _create(self.options, handle)
        self._owner = Owned(handle, _free)

    def run(self, rows, pool=None):
        """The label of each row, -1: none; it is learned from afterwards."""
        rows = np.asarray(rows, dtype=np.float64)
        matrix, kept = _matrix(rows[:, None] if rows.ndim == 1 else rows)
        labels = np.empty(len(kept), dtype=np.int32)
        _run(self._owner.handle, matrix, pool_of(pool), None, _at(labels))
        return labels

    @property
    def info(self):
        """Counts: SegmenterInfo."""
        info = SegmenterInfo()
        _get(self._owner.handle, info)
        return info

    def segments(self):
        """names, centres [segments x columns] and cuts of the latest fit."""
        n = self.info.n_segments
        names = np.empty(n, dtype=np.int32)
        centres = np.empty((n, self.options.n_columns))
        cuts = np.empty(max(n - 1, 0) if self.options.kind == 1 else 0)
        _segments(self._owner.handle, _at(names), _at(centres), _at(cuts))
        return names, centres, cuts

    def save(self):
        """The state as bytes."""
        needed = size()
        _save(self._owner.handle, None, 0, needed)
        state = ct.create_string_buffer(needed.value)
        _save(self._owner.handle, state, needed.value, needed)
        return state.raw

    def load(self, state, pool=None):
        """Goes on from saved bytes; the options must be the same."""
        _load(self._owner.handle, state, len(state), pool_of(pool))


def segment_runs(labels):
    """(begin, end, label) of each run of equal labels."""
    labels = np.ascontiguousarray(labels, dtype=np.int32)
    n = size()
    _runs(_at(labels), len(labels), None, 0, n)
    runs = (SegmentRun * n.value)()
    _runs(_at(labels), len(labels), runs, n.value, n)
    return [(run.begin, run.end, run.label) for run in runs]
