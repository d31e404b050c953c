# SPDX-License-Identifier: Apache-2.0
"""Skill or luck: statistics that may be watched, overfitting of a search, and how
often the rules of the watchtower are wrong."""
import ctypes as ct

import numpy as np

from .arrays import Owned, pointer, vector
from .library import call, defaults_of, destructor, out_p, p, size, void_p
from .market import pool_of
from .regimes import _matrix
from .skill_structures import (BootstrapOptions, BootstrapResult,
                               CalibrateOptions, CalibrationHead,
                               CalibrationRow, CalibrationTournament,
                               PboOptions, PboResult, RealityCheckOptions,
                               RealityCheckResult, SplitsOptions,
                               TrialsClustersOptions, TrialsClustersResult,
                               WatchtowerOptions)
from .structures import (EdgeDetectorOptions, EdgeDetectorState, Instrument,
                         Market, Matrix, SharpeSequenceOptions,
                         SharpeSequenceState, double_p, int32_p, uint32_p)

# ---- statistics that may be looked at on every bar ----

sharpe_sequence_options = defaults_of("crucible_sharpe_sequence_options_init",
                                      SharpeSequenceOptions)
edge_detector_options = defaults_of("crucible_edge_detector_options_init",
                                    EdgeDetectorOptions)


class _Stream:
    """Takes returns one by one or many at once, with the same bits."""

    def __init__(self, options):
        handle = void_p()
        self._create(options, handle)
        self._owner = Owned(handle, self._free)

    def push(self, value):
        self._push(self._owner.handle, value, *(None,) * self._n_told)

    def run(self, returns):
        values = vector(returns, "returns")
        self._run(self._owner.handle, pointer(values), len(values),
                  *(None,) * self._n_columns)
        return self.state

    @property
    def state(self):
        state = self._state()
        self._get(self._owner.handle, state)
        return state

    def save(self):
        """The state as bytes."""
        needed = size()
        self._save(self._owner.handle, None, 0, needed)
        state = ct.create_string_buffer(needed.value)
        self._save(self._owner.handle, state, needed.value, needed)
        return state.raw

    def load(self, state):
        """Goes on from saved bytes; the options must be the same."""
        self._load(self._owner.handle, state, len(state))


def _stream(name, options, state, n_columns, n_told=0):
    """Gives a class the calls of a stream: a run tells n_columns, a push
    n_told."""
    prefix = f"crucible_{name}"
    calls = {
        "create": call(f"{prefix}_create", p(options), out_p),
        "push": call(f"{prefix}_push", void_p, ct.c_double,
                     *(void_p,) * n_told),
        "run": call(f"{prefix}_run", void_p, double_p, size,
                    *(void_p,) * n_columns),
        "get": call(f"{prefix}_get", void_p, p(state)),
        "save": call(f"{prefix}_save", void_p, void_p, size, p(size)),
        "load": call(f"{prefix}_load", void_p, ct.c_char_p, size),
        "free": destructor(f"{prefix}_destroy")}

    def give(kind):
        for key, function in calls.items():
            setattr(kind, f"_{key}", staticmethod(function))
        kind._state, kind._n_columns, kind._n_told = state, n_columns, n_told
        return kind

    return give


@_stream("sharpe_sequence", SharpeSequenceOptions, SharpeSequenceState, 3)
class SharpeSequence(_Stream):
    """Bounds of a Sharpe ratio that hold at all times at once: state.lower,
    state.upper, state.log_e, state.anytime_psr. Options are the fields of
    SharpeSequenceOptions."""

    def __init__(self, **options):
        super().__init__(sharpe_sequence_options(**options))


@_stream("edge_detector", EdgeDetectorOptions, EdgeDetectorState, 2, 1)
class EdgeDetector(_Stream):
    """Alarm when a Sharpe ratio per return has dropped below
    edge_per_observation; options are the fields of EdgeDetectorOptions."""

    def __init__(self, **options):
        super().__init__(edge_detector_options(**options))


_ebh = call("crucible_ebh", double_p, size, ct.c_double, int32_p, p(size))


def ebh(log_e, alpha=0.1):
    """Which hypotheses to reject, as an array of bool: at most a share alpha of
    them is wrong on average, however they depend on each other."""
    values = vector(log_e, "log_e")
    rejected = np.empty(len(values), dtype=np.int32)
    _ebh(pointer(values), len(values), alpha,
         rejected.ctypes.data_as(int32_p), None)
    return rejected.astype(bool)


# ---- the best of many ----

_pbo_options = defaults_of("crucible_pbo_options_init", PboOptions)
_pbo = call("crucible_pbo", p(Matrix), p(PboOptions), p(PboResult), void_p, size)
_bootstrap_options = defaults_of("crucible_bootstrap_options_init",
                                 BootstrapOptions)
_bootstrap = call("crucible_bootstrap", double_p, size, p(BootstrapOptions),
                  p(BootstrapResult), double_p, size)
_check_options = defaults_of("crucible_reality_check_options_init",
                             RealityCheckOptions)
_check = call("crucible_reality_check", p(Matrix), p(RealityCheckOptions),
              p(RealityCheckResult))
_rank = call("crucible_trials_effective_rank", p(Matrix), void_p, void_p,
             double_p)
_clusters_options = defaults_of("crucible_trials_clusters_options_init",
                                TrialsClustersOptions)
_clusters = call("crucible_trials_clusters", p(Matrix),
                 p(TrialsClustersOptions), p(TrialsClustersResult), uint32_p)


def pbo(returns, pool=None, **options):
    """Probability of backtest overfitting of the best of [bars x trials]."""
    matrix, _kept = _matrix(returns)
    result = PboResult()
    _pbo(matrix, _pbo_options(pool=pool_of(pool), **options), result, None, 0)
    return result


def bootstrap(returns, pool=None, **options):
    """An interval of a statistic by stationary bootstrap: BootstrapResult."""
    values, result = vector(returns, "returns"), BootstrapResult()
    _bootstrap(pointer(values), len(values),
               _bootstrap_options(pool=pool_of(pool), **options), result, None,
               0)
    return result


def reality_check(returns, benchmark=None, pool=None, **options):
    """White's reality check and Hansen's SPA for the best of [bars x trials]."""
    matrix, kept = _matrix(returns)
    chosen = _check_options(pool=pool_of(pool), **options)
    if benchmark is not None:
        beside = vector(benchmark, "benchmark")
        if len(beside) != len(kept):
            raise ValueError("benchmark must have a return for each row")
        chosen.benchmark = pointer(beside)
    result = RealityCheckResult()
    _check(matrix, chosen, result)
    return result


def effective_trials(returns, pool=None):
    """Effective rank of [bars x trials]: how many independent ones they are."""
    matrix, _kept = _matrix(returns)
    result = ct.c_double()
    _rank(matrix, pool_of(pool), None, result)
    return result.value


def trial_clusters(returns, pool=None, **options):
    """(result, label of each trial) of clusters by correlation."""
    matrix, kept = _matrix(returns)
    result = TrialsClustersResult()
    labels = np.empty(kept.shape[1], dtype=np.uint32)
    _clusters(matrix, _clusters_options(pool=pool_of(pool), **options), result,
              labels.ctypes.data_as(uint32_p))
    return result, labels


# ---- splits ----

_splits_options = defaults_of("crucible_splits_options_init", SplitsOptions)
_splits_create = call("crucible_splits_create", size, p(SplitsOptions), out_p)
_splits_count = call("crucible_splits_count", void_p, p(ct.c_uint64),
                     p(ct.c_uint64))
_splits_get = call("crucible_splits_get", void_p, ct.c_uint64, void_p, p(size),
                   void_p, p(size))
_splits_free = destructor("crucible_splits_destroy")


def splits(n, **options):
    """[(train, test)] of observation numbers, purged and embargoed; options are
    the fields of SplitsOptions."""
    handle, count, paths = void_p(), ct.c_uint64(), ct.c_uint64()
    _splits_create(n, _splits_options(**options), handle)
    owner = Owned(handle, _splits_free)
    _splits_count(owner.handle, count, paths)
    out = []
    for split in range(count.value):
        train, test = np.empty(n, dtype=np.uintp), np.empty(n, dtype=np.uintp)
        n_train, n_test = size(), size()
        _splits_get(owner.handle, split, train.ctypes.data, n_train,
                    test.ctypes.data, n_test)
        out.append((train[:n_train.value].copy(), test[:n_test.value].copy()))
    return out


# ---- how often the rules are wrong ----

watchtower_options = defaults_of("crucible_watchtower_options_init",
                                 WatchtowerOptions)
_calibrate_options = defaults_of("crucible_calibrate_options_init",
                                 CalibrateOptions)
_calibrate = call("crucible_calibrate", p(Market), p(Instrument),
                  p(CalibrateOptions), void_p, void_p, void_p, void_p, out_p)
_head = call("crucible_calibration_get", void_p, p(CalibrationHead))
_row = call("crucible_calibration_row_at", void_p, size, p(CalibrationRow))
_tournament = call("crucible_calibration_tournament_at", void_p, size,
                   p(CalibrationTournament))
_calibration_free = destructor("crucible_calibration_destroy")


def calibrate(market, instrument, sharpes=(0,), horizons=None, pool=None,
              **options):
    """(head, rows, tournaments) of a calibration on the bars of cr.market();
    options are the fields of CalibrateOptions, rules from
    cr.watchtower_options()."""
    chosen = _calibrate_options(**options)
    wanted = vector(sharpes, "sharpes")
    chosen.sharpes, chosen.n_sharpes = pointer(wanted), len(wanted)
    if horizons is not None:
        at = np.ascontiguousarray(horizons, dtype=np.uint32)
        chosen.horizons = at.ctypes.data_as(uint32_p)
        chosen.n_horizons = len(at)
    handle, head = void_p(), CalibrationHead()
    _calibrate(market, instrument, chosen, pool_of(pool), None, None, None,
               handle)
    owner = Owned(handle, _calibration_free)
    _head(owner.handle, head)
    rows = [CalibrationRow() for _ in range(head.n_rows)]
    for i, row in enumerate(rows):
        _row(owner.handle, i, row)
    tournaments = [CalibrationTournament() for _ in range(head.n_tournaments)]
    for i, tournament in enumerate(tournaments):
        _tournament(owner.handle, i, tournament)
    return head, rows, tournaments
