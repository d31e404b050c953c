# SPDX-License-Identifier: Apache-2.0
"""The structs of selection.h, validation.h, watchtower.h and calibrate.h."""
import ctypes as ct

from .structures import BacktestOptions, Struct, double_p, uint32_p

STATISTIC = ct.CFUNCTYPE(ct.c_int32, double_p, ct.c_size_t, double_p,
                         ct.c_void_p)


class PboOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("pool", ct.c_void_p),
                ("cancel", ct.c_void_p), ("n_blocks", ct.c_uint32),
                ("statistic", ct.c_int32)]


class PboResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_combinations", ct.c_uint64),
                ("n_observations", ct.c_uint64), ("n_tied", ct.c_uint64),
                ("pbo", ct.c_double), ("mean_logit", ct.c_double),
                ("oos_loss_probability", ct.c_double),
                ("degradation_slope", ct.c_double),
                ("degradation_intercept", ct.c_double),
                ("degradation_r_squared", ct.c_double)]


class PboSplit(Struct):
    _fields_ = [("blocks", ct.c_uint64), ("trial", ct.c_uint64),
                ("in_sample", ct.c_double), ("out_of_sample", ct.c_double),
                ("rank", ct.c_double), ("logit", ct.c_double)]


class BootstrapOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("pool", ct.c_void_p),
                ("cancel", ct.c_void_p), ("callback", STATISTIC),
                ("user_data", ct.c_void_p), ("seed", ct.c_uint64),
                ("block_length", ct.c_double), ("confidence", ct.c_double),
                ("n_resamples", ct.c_uint32), ("statistic", ct.c_int32),
                ("interval", ct.c_int32), ("reserved", ct.c_uint32)]


class BootstrapResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("estimate", ct.c_double),
                ("standard_error", ct.c_double), ("low", ct.c_double),
                ("high", ct.c_double), ("block_length", ct.c_double)]


class RealityCheckOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("pool", ct.c_void_p),
                ("cancel", ct.c_void_p), ("benchmark", double_p),
                ("seed", ct.c_uint64), ("block_length", ct.c_double),
                ("n_resamples", ct.c_uint32), ("is_studentised", ct.c_int32)]


class RealityCheckResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("p_white", ct.c_double),
                ("p_lower", ct.c_double), ("p_consistent", ct.c_double),
                ("p_upper", ct.c_double), ("statistic", ct.c_double),
                ("best_mean", ct.c_double), ("block_length", ct.c_double),
                ("best_trial", ct.c_uint64), ("n_considered", ct.c_uint64)]


class TrialsClustersOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("pool", ct.c_void_p),
                ("cancel", ct.c_void_p), ("seed", ct.c_uint64),
                ("max_clusters", ct.c_uint32), ("n_starts", ct.c_uint32)]


class TrialsClustersResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_clusters", ct.c_uint64),
                ("silhouette", ct.c_double), ("quality", ct.c_double),
                ("sharpe_mean", ct.c_double), ("sharpe_variance", ct.c_double)]


class SplitsOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("purge", ct.c_size_t),
                ("embargo", ct.c_size_t), ("train_size", ct.c_size_t),
                ("test_size", ct.c_size_t), ("step", ct.c_size_t),
                ("label_begin", ct.c_void_p), ("label_end", ct.c_void_p),
                ("kind", ct.c_int32), ("is_anchored", ct.c_int32),
                ("takes_partial", ct.c_int32), ("n_folds", ct.c_uint32),
                ("n_test_folds", ct.c_uint32), ("reserved", ct.c_uint32)]


class TestFold(Struct):
    _fields_ = [("fold", ct.c_size_t), ("begin", ct.c_size_t),
                ("end", ct.c_size_t), ("path", ct.c_uint64)]


class WatchtowerOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("rules", ct.c_uint32),
                ("decay", ct.c_int32), ("death_equity", ct.c_double),
                ("decay_psr", ct.c_double), ("decay_dsr", ct.c_double),
                ("promote_dsr", ct.c_double), ("window", ct.c_uint32),
                ("min_bars", ct.c_uint32), ("min_trades", ct.c_uint32),
                ("inactive_bars", ct.c_uint32), ("expired_bars", ct.c_uint32),
                ("lags", ct.c_uint32), ("bound_bars", ct.c_uint32),
                ("reserved", ct.c_uint32), ("alpha", ct.c_double),
                ("promote_sharpe", ct.c_double), ("bad_sharpe", ct.c_double),
                ("edge_sharpe", ct.c_double), ("edge_run", ct.c_double),
                ("discovery_alpha", ct.c_double)]


class Observation(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("agent", ct.c_uint32),
                ("cannot_trade", ct.c_int32), ("equity", ct.c_double),
                ("n_trades", ct.c_uint32), ("n_fills", ct.c_uint32),
                ("trade_result", ct.c_double)]


class Track(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("agent", ct.c_uint32),
                ("is_champion", ct.c_int32), ("is_sentenced", ct.c_int32),
                ("is_closed", ct.c_int32), ("n_bars", ct.c_uint64),
                ("n_returns", ct.c_uint64), ("n_trades", ct.c_uint64),
                ("bars_since_trade", ct.c_uint64), ("initial", ct.c_double),
                ("equity", ct.c_double), ("peak", ct.c_double),
                ("drawdown", ct.c_double), ("sharpe", ct.c_double),
                ("skewness", ct.c_double), ("kurtosis", ct.c_double),
                ("psr", ct.c_double), ("dsr_live", ct.c_double),
                ("z", ct.c_double), ("expected_max_sharpe", ct.c_double),
                ("n_agents", ct.c_uint64), ("variance_agents", ct.c_uint64),
                ("sharpe_variance", ct.c_double),
                ("rolling_sharpe", ct.c_double), ("rolling_psr", ct.c_double),
                ("rolling_dsr", ct.c_double), ("rolling_n", ct.c_uint64),
                ("psr_armed", ct.c_int32), ("dsr_armed", ct.c_int32),
                ("min_track_bars", ct.c_double), ("mean_trade", ct.c_double),
                ("trade_sharpe", ct.c_double), ("trade_psr", ct.c_double),
                ("lower", ct.c_double), ("upper", ct.c_double),
                ("log_e", ct.c_double), ("log_e_max", ct.c_double),
                ("anytime_psr", ct.c_double), ("edge_evidence", ct.c_double),
                ("discovery_log", ct.c_double), ("is_discovery", ct.c_int32),
                ("blueprint_rule", ct.c_int32), ("anytime_rule", ct.c_int32),
                ("reserved", ct.c_int32), ("blueprint_promoted", ct.c_uint64),
                ("blueprint_ended", ct.c_uint64),
                ("anytime_promoted", ct.c_uint64),
                ("anytime_ended", ct.c_uint64), ("bound_bars", ct.c_double)]


class Verdict(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("agent", ct.c_uint32),
                ("action", ct.c_int32), ("rule", ct.c_int32),
                ("reserved", ct.c_int32), ("statistic", ct.c_double),
                ("threshold", ct.c_double), ("lower", ct.c_double),
                ("upper", ct.c_double), ("track", Track)]


class CalibrateOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("market", ct.c_int32),
                ("n_agents", ct.c_uint32), ("n_bars", ct.c_uint32),
                ("side", ct.c_int32), ("block_bars", ct.c_double),
                ("hold_bars", ct.c_double), ("in_market", ct.c_double),
                ("stop_fraction", ct.c_double),
                ("target_fraction", ct.c_double), ("seed", ct.c_uint64),
                ("sharpes", double_p), ("n_sharpes", ct.c_size_t),
                ("horizons", uint32_p), ("n_horizons", ct.c_size_t),
                ("n_slots", ct.c_uint32), ("n_tournaments", ct.c_uint32),
                ("periods_per_year", ct.c_double),
                ("rules", WatchtowerOptions), ("backtest", BacktestOptions)]


class Share(Struct):
    _fields_ = [("count", ct.c_uint64), ("of", ct.c_uint64),
                ("low", ct.c_double), ("high", ct.c_double)]


class CalibrationRow(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("annual_sharpe", ct.c_double),
                ("sharpe", ct.c_double), ("rule_set", ct.c_int32),
                ("horizon", ct.c_uint32), ("promoted", Share),
                ("ended", Share), ("killed", Share),
                ("promote_bars", ct.c_double), ("promoted_bars", ct.c_double),
                ("kill_bars", ct.c_double)]


class CalibrationTournament(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("rule_set", ct.c_int32),
                ("n_slots", ct.c_uint32), ("n_agents", ct.c_uint64),
                ("n_promotions", ct.c_uint64), ("months", ct.c_double),
                ("per_month", ct.c_double), ("low", ct.c_double),
                ("high", ct.c_double)]


class CalibrationHead(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_rows", ct.c_size_t),
                ("n_tournaments", ct.c_size_t), ("mean", ct.c_double),
                ("stddev", ct.c_double), ("in_market", ct.c_double),
                ("trades_per_day", ct.c_double), ("tilt", ct.c_double),
                ("periods_per_year", ct.c_double)]


SKILL_NAMES = {
    PboOptions: "crucible_pbo_options",
    PboResult: "crucible_pbo_result",
    PboSplit: "crucible_pbo_split",
    BootstrapOptions: "crucible_bootstrap_options",
    BootstrapResult: "crucible_bootstrap_result",
    RealityCheckOptions: "crucible_reality_check_options",
    RealityCheckResult: "crucible_reality_check_result",
    TrialsClustersOptions: "crucible_trials_clusters_options",
    TrialsClustersResult: "crucible_trials_clusters_result",
    SplitsOptions: "crucible_splits_options",
    TestFold: "crucible_test_fold",
    WatchtowerOptions: "crucible_watchtower_options",
    Observation: "crucible_observation",
    Track: "crucible_track",
    Verdict: "crucible_verdict",
    CalibrateOptions: "crucible_calibrate_options",
    Share: "crucible_share",
    CalibrationRow: "crucible_calibration_row",
    CalibrationTournament: "crucible_calibration_tournament",
    CalibrationHead: "crucible_calibration_head",
}

__all__ = ["SKILL_NAMES", *(kind.__name__ for kind in SKILL_NAMES)]
