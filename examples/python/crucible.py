# SPDX-License-Identifier: Apache-2.0
"""libcrucible from Python: ctypes and NumPy, no copy of your arrays.

    import crucible as cr
    series = cr.read_csv("BTCUSDT-5m.csv.gz")
    rsi = cr.features(series, [("RSI", 14)])[:, 0]

Every call that fails raises cr.Error with the library's own text. Columns that
the library lends (series.close, trades["result"], ...) are NumPy views; the
object they came from stays alive as long as a view of it does.

The library is found by CRUCIBLE_LIBRARY (a path), then as an installed
libcrucible.so.0.1. Shapes, units and errors of every call are in the headers.
"""
import ctypes as ct
import os

import numpy as np

VERSION = (0, 1)  # of the headers that the structures below follow


class Error(Exception):
    """A call failed; status is its code, the text says what and what to do."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def _load():
    path = os.environ.get("CRUCIBLE_LIBRARY", "libcrucible.so.0.1")
    library = ct.CDLL(path)
    library.crucible_version.restype = ct.c_uint32
    version = library.crucible_version()
    if (version >> 16, version >> 8 & 0xFF) != VERSION:
        raise ImportError(
            f"{path} has version {version >> 16}.{version >> 8 & 0xff}, "
            f"this module wants {VERSION[0]}.{VERSION[1]}")
    return library


lib = _load()

# ---- structures, in the order of the C fields; a test compares the layouts ----

_double_p = ct.POINTER(ct.c_double)
_int8_p = ct.POINTER(ct.c_int8)
_int32_p = ct.POINTER(ct.c_int32)
_uint32_p = ct.POINTER(ct.c_uint32)
_int64_p = ct.POINTER(ct.c_int64)
_NAME = ct.c_char * 32
_ptrdiff = ct.c_ssize_t


class _Struct(ct.Structure):
    """A C struct; one that begins with struct_size sets it by itself."""

    def __init__(self, **fields):
        super().__init__(**fields)
        if self._fields_[0][0] == "struct_size":
            self.struct_size = ct.sizeof(self)

    def as_dict(self):
        out = {}
        for name, *_ in self._fields_:
            value = getattr(self, name)
            if name not in ("struct_size", "reserved"):
                out[name] = value.as_dict() if isinstance(value, _Struct) else value
        return out


class Bars(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("open_time_ms", _int64_p)] + [
        (name, _double_p) for name in
        ("open", "high", "low", "close", "volume", "quote_volume", "trades",
         "taker_buy_base")] + [
        ("timeframe_ms", ct.c_int64), ("symbol", ct.c_char_p),
        ("price_tick", ct.c_double), ("lot_step", ct.c_double)]


class Bar(_Struct):
    _fields_ = [("open_time_ms", ct.c_int64)] + [
        (name, ct.c_double) for name in
        ("open", "high", "low", "close", "volume", "quote_volume", "trades",
         "taker_buy_base")]


class Matrix(_Struct):
    _fields_ = [("data", _double_p), ("rows", ct.c_size_t),
                ("cols", ct.c_size_t), ("row_stride", _ptrdiff),
                ("col_stride", _ptrdiff)]


class CsvOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("columns", ct.c_char_p),
                ("symbol", ct.c_char_p), ("timeframe_ms", ct.c_int64),
                ("time_unit", ct.c_int32), ("gaps", ct.c_int32),
                ("price_tick", ct.c_double), ("lot_step", ct.c_double),
                ("from_ms", ct.c_int64), ("until_ms", ct.c_int64)]


class Gap(_Struct):
    _fields_ = [("index", ct.c_size_t), ("from_ms", ct.c_int64),
                ("n_bars", ct.c_uint64)]


class FeatureParam(_Struct):
    _fields_ = [("name", ct.c_char_p), ("low", ct.c_double),
                ("high", ct.c_double), ("default_value", ct.c_double),
                ("is_integer", ct.c_int32), ("is_log", ct.c_int32),
                ("doc", ct.c_char_p)]


class FeatureInfo(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("name", ct.c_char_p),
                ("doc", ct.c_char_p), ("family", ct.c_int32),
                ("unit", ct.c_int32), ("needs", ct.c_uint32),
                ("n_params", ct.c_uint32), ("is_recursive", ct.c_int32),
                ("is_talib", ct.c_int32), ("params", FeatureParam * 4)]


class FeatureSpec(_Struct):
    _fields_ = [("name", ct.c_char_p), ("params", ct.c_double * 4)]


class Moments(_Struct):
    _fields_ = [(name, ct.c_double) for name in
                ("mean", "stddev", "skewness", "kurtosis")]


class DsrOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_trials", ct.c_uint64),
                ("trial_sharpe_variance", ct.c_double)]


class DsrResult(_Struct):
    _fields_ = [("struct_size", ct.c_size_t),
                ("expected_max_sharpe", ct.c_double), ("dsr", ct.c_double),
                ("z", ct.c_double)]


class MetricsOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("periods_per_year", "target_return", "risk_free",
         "benchmark_sharpe", "tail")] + [
        ("benchmark", _double_p)]


class Metrics(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_returns", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("total_return", "annualised_return", "annualised_volatility",
         "sharpe", "annualised_sharpe", "sortino", "annualised_sortino",
         "max_drawdown")] + [
        ("max_drawdown_bars", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("calmar", "skewness", "kurtosis", "psr", "min_trl", "dsr",
         "mean_return", "stddev", "best_return", "worst_return",
         "share_up", "share_down", "downside_deviation",
         "annualised_downside_deviation", "omega", "mean_drawdown",
         "mean_drawdown_bars")] + [
        ("n_drawdowns", ct.c_uint64), ("open_drawdown", ct.c_double),
        ("open_drawdown_bars", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("ulcer_index", "martin", "value_at_risk",
         "conditional_value_at_risk", "tail_ratio", "common_sense",
         "benchmark_return", "annualised_benchmark_return", "beta",
         "alpha", "tracking_error", "information_ratio", "treynor",
         "capture", "up_capture", "down_capture")]


class ClosedTrade(_Struct):
    _fields_ = [
        (name, ct.c_double) for name in
        ("result", "entry_notional", "mae", "mfe")] + [
        ("bars", ct.c_uint64), ("side", ct.c_int64)] + [
        (name, ct.c_double) for name in
        ("fee", "spread", "slippage", "impact", "funding", "dust")]


class TradeSums(_Struct):
    _fields_ = [
        (name, ct.c_uint64) for name in
        ("n", "n_won", "n_lost", "n_long", "n_short", "streak")] + [
        ("streak_sign", ct.c_int64)] + [
        (name, ct.c_uint64) for name in
        ("max_won_streak", "max_lost_streak", "bars", "bars_won",
         "bars_lost", "max_bars", "max_bars_won", "max_bars_lost",
         "below_peak", "max_below_peak")] + [
        (name, ct.c_double) for name in
        ("gains", "losses", "mean", "m2", "down2", "best", "worst",
         "total", "peak", "max_drawdown", "peak_inside",
         "max_drawdown_inside", "returns", "returns_won", "returns_lost",
         "best_return", "worst_return", "mae", "mfe", "giveback",
         "max_mae", "max_mfe", "max_giveback", "fee", "spread", "slippage",
         "impact", "funding", "dust")]


class TradeMetrics(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_trades", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("win_rate", "profit_factor", "mean_result", "mean_gain",
         "mean_loss", "best", "worst", "expectancy")] + [
        (name, ct.c_uint64) for name in
        ("n_won", "n_lost", "n_long", "n_short")] + [
        (name, ct.c_double) for name in
        ("loss_rate", "win_loss_ratio", "payoff_ratio", "total", "stddev",
         "downside_deviation", "sharpe", "sortino", "sqn")] + [
        ("max_won_streak", ct.c_uint64), ("max_lost_streak", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("mean_bars", "mean_bars_won", "mean_bars_lost")] + [
        (name, ct.c_uint64) for name in
        ("max_bars", "max_bars_won", "max_bars_lost")] + [
        ("max_drawdown", ct.c_double), ("max_drawdown_trades", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("profit_to_drawdown", "max_drawdown_inside", "mean_return",
         "mean_return_won", "mean_return_lost", "best_return",
         "worst_return", "mean_mae", "max_mae", "mean_mfe", "max_mfe",
         "mean_giveback", "max_giveback", "mean_cost", "mean_fee",
         "mean_spread", "mean_slippage", "mean_impact", "mean_funding",
         "mean_dust", "cost_share", "median_result", "median_bars",
         "median_bars_won", "median_bars_lost")]


class TradeColumns(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t)] + [
        (name, _double_p) for name in
        ("result", "quantity", "entry_price")] + [
        ("bars", _uint32_p), ("side", _int32_p)] + [
        (name, _double_p) for name in
        ("mae", "mfe", "fee", "spread", "slippage", "impact", "funding",
         "dust")]


class Instrument(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("venue", _NAME),
                ("symbol", _NAME), ("base_currency", _NAME),
                ("quote_currency", _NAME), ("market_type", ct.c_int32),
                ("fee_asset", ct.c_int32)] + [
        (name, ct.c_double) for name in
        ("maker_fee", "taker_fee", "price_tick", "lot_step", "min_quantity",
         "min_notional", "max_leverage", "maintenance_margin")] + [
        ("funding_interval_ms", ct.c_int64), ("is_shortable", ct.c_int32),
        ("reserved", ct.c_int32)]


class CostOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("spread_bps", "impact_y", "impact_exponent")] + [
        ("impact_law", ct.c_int32), ("reserved", ct.c_int32)] + [
        (name, ct.c_double) for name in
        ("fixed_slippage", "almgren_gamma", "almgren_eta", "bars_per_day")]


class Impact(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("slippage", ct.c_double),
                ("permanent", ct.c_double)]


class Costs(_Struct):
    _fields_ = [(name, ct.c_double) for name in
                ("fee", "spread", "slippage", "impact", "funding", "dust")]


class Plan(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("side", ct.c_int32),
                ("entry", ct.c_int32), ("theta_in", ct.c_double),
                ("theta_out", ct.c_double), ("horizon_bars", ct.c_uint32),
                ("limit_ttl_bars", ct.c_uint32),
                ("limit_offset_sigma", ct.c_double),
                ("stop_sigma", ct.c_double), ("target_sigma", ct.c_double),
                ("sizing", ct.c_int32), ("reserved", ct.c_int32),
                ("sizing_value", ct.c_double), ("decides", ct.c_int32),
                ("on_opposite", ct.c_int32), ("target_unit", ct.c_int32),
                ("n_rungs", ct.c_uint32), ("offset_fraction", ct.c_double),
                ("stop_limit_fraction", ct.c_double),
                ("stop_fraction", ct.c_double),
                ("target_fraction", ct.c_double),
                ("trail_sigma", ct.c_double), ("trail_fraction", ct.c_double),
                ("rung_at", ct.c_double * 4), ("rung_share", ct.c_double * 4)]


class Market(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("bars", ct.POINTER(Bars)),
                ("sigma", _double_p), ("volume_forecast", _double_p),
                ("spread", _double_p), ("funding", _double_p),
                ("fine", ct.POINTER(Bars))]


class BacktestOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("initial_cash", ct.c_double),
                ("leverage", ct.c_double), ("costs", CostOptions),
                ("path", ct.c_int32), ("funding", ct.c_int32),
                ("keep_equity", ct.c_int32), ("keep_records", ct.c_int32),
                ("periods_per_year", ct.c_double),
                ("fill_at", ct.c_int32), ("remainder", ct.c_int32),
                ("participation", ct.c_double), ("borrow_rate", ct.c_double),
                ("borrow_interval_ms", ct.c_int64),
                ("keep_positions", ct.c_int32), ("keep_drawdowns", ct.c_int32),
                ("metrics", ct.c_int32), ("reserved", ct.c_int32)]


class Orders(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", _uint32_p)] + [
        (name, _int8_p) for name in
        ("side", "purpose", "entry", "status", "reason", "liquidity")] + [
        (name, _int64_p) for name in ("placed_ms", "ended_ms")] + [
        (name, _double_p) for name in
        ("quantity", "limit_price", "filled", "fill_price", "fee", "spread",
         "slippage", "impact")] + [("id", _uint32_p)]


class Trades(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", _uint32_p), ("side", _int8_p), ("exit", _int8_p),
                ("entry_ms", _int64_p), ("exit_ms", _int64_p),
                ("bars", _uint32_p)] + [
        (name, _double_p) for name in
        ("quantity", "entry_price", "exit_price", "result", "gross", "fee",
         "spread", "slippage", "impact", "funding", "dust", "mae", "mfe")] + [
        ("entry_bar", _uint32_p), ("exit_bar", _uint32_p),
        ("is_last", _int8_p)]


class Ledger(_Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("initial_cash", "cash", "position", "dust", "entry_price",
         "mark_price", "exit_fee", "reserved_margin", "equity",
         "trade_results", "open_result")] + [("costs", Costs)] + [
        (name, ct.c_uint64) for name in
        ("n_bars", "n_bars_in_position", "n_orders", "n_rejected",
         "n_trades")] + [("traded_notional", ct.c_double),
                         ("is_stopped", ct.c_int32), ("reserved", ct.c_int32)]


class Summary(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("ledger", Ledger),
                ("metrics", Metrics), ("trades", TradeMetrics),
                ("exposure", ct.c_double), ("turnover", ct.c_double),
                ("buy_and_hold", ct.c_double)]


class EgarchOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("p", ct.c_uint32),
                ("o", ct.c_uint32), ("q", ct.c_uint32), ("law", ct.c_int32),
                ("kappa", ct.c_int32), ("mean", ct.c_int32),
                ("presample", ct.c_int32), ("max_evaluations", ct.c_uint32),
                ("tolerance", ct.c_double)]


class EgarchRollingOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("window", ct.c_uint32),
                ("first", ct.c_uint32), ("refit", ct.c_uint32),
                ("reserved", ct.c_uint32), ("model", EgarchOptions)]


# The C name of each structure, for the test of the layouts.
_columns_cb = ct.CFUNCTYPE(ct.c_int32, ct.POINTER(Bars), ct.c_void_p,
                           ct.c_void_p)


class ColumnSource(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("compute", _columns_cb),
                ("user_data", ct.c_void_p), ("n_columns", ct.c_size_t),
                ("kind", ct.c_int32), ("is_thread_safe", ct.c_int32)]


class LookaheadOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("max_cuts", ct.c_size_t),
                ("seed", ct.c_uint64), ("cuts", ct.POINTER(ct.c_size_t)),
                ("n_cuts", ct.c_size_t), ("relative", ct.c_double),
                ("absolute", ct.c_double)]


class LookaheadFinding(_Struct):
    _fields_ = [("n_cuts_changed", ct.c_uint64), ("bar", ct.c_size_t),
                ("cut", ct.c_size_t), ("n_changed", ct.c_size_t),
                ("open_time_ms", ct.c_int64), ("with_future", ct.c_double),
                ("without_future", ct.c_double)]


class LookaheadResult(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("is_found", ct.c_int32),
                ("is_repeatable", ct.c_int32), ("is_exhaustive", ct.c_int32),
                ("reserved", ct.c_int32), ("n_cuts", ct.c_size_t),
                ("n_too_short", ct.c_size_t), ("n_calls", ct.c_size_t),
                ("n_bars", ct.c_uint64), ("n_columns_changed", ct.c_size_t),
                ("column", ct.c_size_t), ("needs", ct.c_size_t),
                ("first", LookaheadFinding)]


class WarmupOptions(_Struct):
    _fields_ = [("struct_size", ct.c_size_t),
                ("startups", ct.POINTER(ct.c_size_t)),
                ("n_startups", ct.c_size_t), ("n_starts", ct.c_size_t),
                ("seed", ct.c_uint64), ("tolerance", ct.c_double)]


class WarmupFinding(_Struct):
    _fields_ = [("bars", ct.c_size_t), ("difference", ct.c_double),
                ("bar", ct.c_size_t), ("with_history", ct.c_double),
                ("without_history", ct.c_double)]


class WarmupResult(_Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("bars", ct.c_size_t),
                ("column", ct.c_size_t), ("longest", ct.c_size_t),
                ("n_starts", ct.c_size_t), ("n_too_short", ct.c_size_t),
                ("n_calls", ct.c_size_t), ("n_bars", ct.c_uint64)]


C_NAMES = {
    Bars: "crucible_bars", Bar: "crucible_bar", Matrix: "crucible_matrix",
    CsvOptions: "crucible_csv_options", Gap: "crucible_gap",
    FeatureParam: "crucible_feature_param",
    FeatureInfo: "crucible_feature_info",
    FeatureSpec: "crucible_feature_spec", Moments: "crucible_moments",
    DsrOptions: "crucible_dsr_options", DsrResult: "crucible_dsr_result",
    MetricsOptions: "crucible_metrics_options", Metrics: "crucible_metrics",
    ClosedTrade: "crucible_closed_trade", TradeSums: "crucible_trade_sums",
    TradeMetrics: "crucible_trade_metrics",
    TradeColumns: "crucible_trade_columns", Instrument: "crucible_instrument",
    CostOptions: "crucible_cost_options", Impact: "crucible_impact",
    Costs: "crucible_costs",
    Plan: "crucible_plan", Market: "crucible_market",
    BacktestOptions: "crucible_backtest_options", Orders: "crucible_orders",
    Trades: "crucible_trades", Ledger: "crucible_ledger",
    Summary: "crucible_summary", EgarchOptions: "crucible_egarch_options",
    EgarchRollingOptions: "crucible_egarch_rolling_options",
    ColumnSource: "crucible_column_source",
    LookaheadOptions: "crucible_lookahead_options",
    LookaheadFinding: "crucible_lookahead_finding",
    LookaheadResult: "crucible_lookahead_result",
    WarmupOptions: "crucible_warmup_options",
    WarmupFinding: "crucible_warmup_finding",
    WarmupResult: "crucible_warmup_result",
}

# ---- calls: status in, exception out ----

_void_p, _size, _text = ct.c_void_p, ct.c_size_t, ct.c_char_p
_out_p = ct.POINTER(ct.c_void_p)
_p = ct.POINTER


def _call(name, *argtypes):
    function = getattr(lib, name)
    function.argtypes = argtypes
    function.restype = ct.c_int32

    def checked(*args):
        status = function(*args)
        if status != 0:
            raise Error(status, lib.crucible_last_error().decode())

    return checked


def _free(name):
    function = getattr(lib, name)
    function.argtypes = [_void_p]
    function.restype = None
    return function


def _init(name, kind):
    function = getattr(lib, name)
    function.argtypes = [_p(kind), _size]
    function.restype = None

    def defaults(**fields):
        made = kind()
        function(ct.byref(made), ct.sizeof(made))
        for key, value in fields.items():
            if key not in dict(kind._fields_):
                raise TypeError(f"{kind.__name__} has no field {key!r}")
            setattr(made, key,
                    value.encode() if isinstance(value, str) else value)
        return made

    return defaults


lib.crucible_last_error.restype = _text
lib.crucible_version_string.restype = _text
lib.crucible_feature_count.restype = _size

_csv_options = _init("crucible_csv_options_init", CsvOptions)
_cost_options = _init("crucible_cost_options_init", CostOptions)
_metrics_options = _init("crucible_metrics_options_init", MetricsOptions)
_dsr_options = _init("crucible_dsr_options_init", DsrOptions)
plan = _init("crucible_plan_init", Plan)
"""A Plan with the defaults but for the fields given: plan(stop_sigma=3)."""
backtest_options = _init("crucible_backtest_options_init", BacktestOptions)
"""BacktestOptions likewise: backtest_options(initial_cash=1000)."""
egarch_options = _init("crucible_egarch_rolling_options_init",
                       EgarchRollingOptions)
"""EgarchRollingOptions likewise: egarch_options(window=2000)."""
_lookahead_options = _init("crucible_lookahead_options_init", LookaheadOptions)
_warmup_options = _init("crucible_warmup_options_init", WarmupOptions)

_read_csv = _call("crucible_series_read_csv", _text, _p(CsvOptions), _out_p)
_series_create = _call("crucible_series_create", _p(Bars), _out_p)
_resample = _call("crucible_series_resample", _void_p, ct.c_int64, _out_p)
_view = _call("crucible_series_view", _void_p, _p(Bars))
_write_csv = _call("crucible_bars_write_csv", _p(Bars), _text)
_gaps = _call("crucible_bars_gaps", _p(Bars), _p(Gap), _size, _p(_size))
_timeframe = _call("crucible_timeframe_parse", _text, _int64_p)
_feature_at = _call("crucible_feature_at", _size, _p(FeatureInfo))
_features = _call("crucible_features_compute", _p(FeatureSpec), _size,
                  _p(Bars), _void_p, _double_p)
_moments = _call("crucible_moments_of", _double_p, _size, _p(Moments))
_psr = _call("crucible_psr", ct.c_double, ct.c_double, ct.c_uint64,
             ct.c_double, ct.c_double, _double_p)
_dsr = _call("crucible_dsr", ct.c_double, ct.c_uint64, ct.c_double,
             ct.c_double, _p(DsrOptions), _p(DsrResult))
_min_trl = _call("crucible_min_trl", ct.c_double, ct.c_double, ct.c_double,
                 ct.c_double, ct.c_double, _double_p)
_metrics = _call("crucible_metrics_of", _double_p, _size, _p(MetricsOptions),
                 _p(Metrics))
_trade_metrics = _call("crucible_trade_metrics_from", _p(TradeColumns),
                       _p(TradeMetrics))
_push_trade = _call("crucible_trade_sums_push", _p(TradeSums), _p(ClosedTrade))
_get_trades = _call("crucible_trade_sums_get", _p(TradeSums), _p(TradeMetrics))
_dsr_trials = _call("crucible_dsr_trials", _double_p, _size, _p(DsrOptions))
_deflate = _call("crucible_metrics_deflate", _p(Metrics), _p(DsrOptions))
_instrument = _call("crucible_instrument_read", _text, _text, _p(Instrument))
_sigma = _call("crucible_egarch_rolling_forecasts", _p(EgarchRollingOptions),
               _double_p, _size, _double_p)
_volume = _call("crucible_volume_forecast", _double_p, _size, _size, _double_p)
_backtest = _call("crucible_backtest_run", _p(Market), _p(Instrument),
                  _p(Matrix), _p(Plan), _size, _p(BacktestOptions), _void_p,
                  _void_p, _out_p)
_summary = _call("crucible_backtest_summary", _void_p, _size, _p(Summary))
_records = _call("crucible_backtest_records", _void_p, _p(Orders), _p(Trades))
_equity = _call("crucible_backtest_equity", _void_p, _p(Matrix))
_lookahead = _call("crucible_lookahead_check", _p(ColumnSource), _p(Bars),
                   _p(LookaheadOptions), _void_p, _void_p, _p(LookaheadResult),
                   _p(LookaheadFinding))
_warmup = _call("crucible_warmup_check", _p(ColumnSource), _p(Bars),
                _p(WarmupOptions), _void_p, _void_p, _p(WarmupResult),
                _p(WarmupFinding), _double_p)
_pool_create = _call("crucible_pool_create", ct.c_uint32, _out_p)

_series_free = _free("crucible_series_destroy")
_backtest_free = _free("crucible_backtest_destroy")
_pool_free = _free("crucible_pool_destroy")

# ---- arrays ----


class _Owned:
    """What a handle lends; freed with its last view."""

    def __init__(self, handle, free):
        self.handle, self._free = handle, free

    def __del__(self):
        self._free(self.handle)


def _lend(owner, pointer, shape, strides=(1,)):
    """A read-only array over memory of owner, which it keeps alive; strides in
    elements."""
    kind = pointer._type_
    if not pointer or 0 in shape:
        return np.empty(shape, dtype=kind)
    n = 1 + sum((length - 1) * stride for length, stride in zip(shape, strides))
    block = (kind * n).from_address(ct.addressof(pointer.contents))
    block._owner = owner  # NumPy keeps block, block keeps owner
    flat = np.frombuffer(block, dtype=kind)
    return np.lib.stride_tricks.as_strided(
        flat, shape, [stride * flat.itemsize for stride in strides],
        writeable=False)


def _vector(values, name):
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not {array.shape}")
    return array


def _pointer(array):
    return array.ctypes.data_as(_double_p)


class Series:
    """Bars with their columns as arrays: open_time_ms, open, high, low, close,
    volume, and quote_volume, trades, taker_buy_base where the source has them
    (None otherwise)."""

    COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume",
               "trades", "taker_buy_base")

    def __init__(self, handle):
        self._owner = _Owned(handle, _series_free)
        self.bars = Bars()
        _view(handle, self.bars)
        n = self.bars.n
        self.open_time_ms = _lend(self._owner, self.bars.open_time_ms, (n,))
        for name in self.COLUMNS:
            pointer = getattr(self.bars, name)
            setattr(self, name,
                    _lend(self._owner, pointer, (n,)) if pointer else None)
        self.timeframe_ms = self.bars.timeframe_ms
        self.symbol = (self.bars.symbol or b"").decode()

    def __len__(self):
        return self.bars.n

    def resample(self, timeframe):
        """The same market in longer bars, such as "15m"."""
        length, handle = ct.c_int64(), _void_p()
        _timeframe(timeframe.encode(), length)
        _resample(self._owner.handle, length, handle)
        return Series(handle)

    def gaps(self):
        """[(index of the bar after, open time of the first missing, how many)]"""
        n = _size()
        _gaps(self.bars, None, 0, n)
        room = (Gap * n.value)()
        _gaps(self.bars, room, n.value, n)
        return [(g.index, g.from_ms, g.n_bars) for g in room]

    def write_csv(self, path):
        _write_csv(self.bars, os.fspath(path).encode())


def read_csv(path, **options):
    """Reads bars; options are the fields of CsvOptions."""
    handle = _void_p()
    _read_csv(os.fspath(path).encode(), _csv_options(**options), handle)
    return Series(handle)


def series(open_time_ms, open, high, low, close, volume, timeframe_ms,
           symbol=""):
    """Bars of your own, checked and copied."""
    times = np.ascontiguousarray(open_time_ms, dtype=np.int64)
    columns = [_vector(c, "a column") for c in (open, high, low, close, volume)]
    if any(len(c) != len(times) for c in columns):
        raise ValueError("all columns must have the length of open_time_ms")
    bars = Bars(n=len(times), open_time_ms=times.ctypes.data_as(_int64_p),
                timeframe_ms=timeframe_ms, symbol=symbol.encode() or None)
    for name, column in zip(Series.COLUMNS, columns):
        setattr(bars, name, _pointer(column))
    handle = _void_p()
    _series_create(bars, handle)
    return Series(handle)


class Pool:
    """Worker threads; 0 = one per processor."""

    def __init__(self, n_threads=0):
        handle = _void_p()
        _pool_create(n_threads, handle)
        self._owner = _Owned(handle, _pool_free)


def _pool_of(pool):
    return pool._owner.handle if pool is not None else None


def feature_names():
    """Names of all features of the registry."""
    info, names = FeatureInfo(), []
    for i in range(lib.crucible_feature_count()):
        _feature_at(i, info)
        names.append(info.name.decode())
    return names


def features(series, specs, pool=None):
    """[bars x features], column-major. A spec is a name, or (name, parameters
    ...) in the registry's order; missing parameters are at their defaults."""
    array = (FeatureSpec * len(specs))()
    for made, spec in zip(array, specs):
        name, *params = (spec,) if isinstance(spec, str) else spec
        made.name = name.encode()
        made.params[:] = (list(params) + [np.nan] * 4)[:4]
    values = np.empty((len(series), len(specs)), order="F")
    _features(array, len(specs), series.bars, _pool_of(pool), _pointer(values))
    return values


def moments(returns):
    values, result = _vector(returns, "returns"), Moments()
    _moments(_pointer(values), len(values), result)
    return result


def psr(sharpe, benchmark, n, skewness, kurtosis):
    result = ct.c_double()
    _psr(sharpe, benchmark, n, skewness, kurtosis, result)
    return result.value


def dsr(sharpe, n, skewness, kurtosis, **options):
    result = DsrResult()
    _dsr(sharpe, n, skewness, kurtosis, _dsr_options(**options), result)
    return result


def min_trl(sharpe, benchmark, probability, skewness, kurtosis):
    result = ct.c_double()
    _min_trl(sharpe, benchmark, probability, skewness, kurtosis, result)
    return result.value


def metrics(equity, benchmark=None, **options):
    """Figures of an equity curve, the starting capital first; benchmark: a
    price beside each equity."""
    values, result = _vector(equity, "equity"), Metrics()
    chosen = _metrics_options(**options)
    if benchmark is not None:
        prices = _vector(benchmark, "benchmark")
        if len(prices) != len(values):
            raise ValueError("benchmark must have the length of equity")
        chosen.benchmark = _pointer(prices)
    _metrics(_pointer(values), len(values), chosen, result)
    return result


def deflate(results):
    """Sets dsr of each of the Metrics of all trials of one search."""
    ratios = np.array([m.sharpe for m in results])
    trials = DsrOptions()
    _dsr_trials(_pointer(ratios), len(ratios), trials)
    for m in results:
        _deflate(m, trials)
    return trials


def trade_metrics(trades):
    """Figures of closed trades: a mapping from the names of TradeColumns to
    arrays, such as the trades of a backtest; others are passed over."""
    columns, kept = TradeColumns(), []
    for name, kind in TradeColumns._fields_[2:]:
        if trades.get(name) is not None:
            array = np.ascontiguousarray(trades[name], dtype=kind._type_)
            kept.append(array)
            setattr(columns, name, array.ctypes.data_as(kind))
    if len({array.shape for array in kept}) > 1 or kept and kept[0].ndim != 1:
        raise ValueError("all columns must have one length")
    columns.n = len(kept[0]) if kept else 0
    result = TradeMetrics()
    _trade_metrics(columns, result)
    return result


class TradeStream:
    """Figures of closed trades as they come, O(1) each."""

    def __init__(self):
        self.sums = TradeSums()

    def push(self, result, entry_notional=np.nan, mae=np.nan, mfe=np.nan,
             **fields):
        _push_trade(self.sums, ClosedTrade(
            result=result, entry_notional=entry_notional, mae=mae, mfe=mfe,
            **fields))

    def metrics(self):
        result = TradeMetrics()
        _get_trades(self.sums, result)
        return result


def instrument(path, symbol):
    """A profile out of an instruments.json."""
    result = Instrument()
    _instrument(os.fspath(path).encode(), symbol.encode(), result)
    return result


def egarch_sigma(close, options=None):
    """One-step forecasts of the standard deviation, refitted as options say;
    [i] is known at close i."""
    values = _vector(close, "close")
    sigma = np.empty(len(values))
    _sigma(options, _pointer(values), len(values), _pointer(sigma))
    return sigma


def volume_forecast(volume, window=12):
    """Mean of the last window volumes; [i] is known at close i."""
    values = _vector(volume, "volume")
    forecast = np.empty(len(values))
    _volume(_pointer(values), len(values), window, _pointer(forecast))
    return forecast


def _columns(owner, table):
    return {name: _lend(owner, getattr(table, name), (table.n,))
            for name, *_ in table._fields_[2:]}


class Backtest:
    """The result of a run: summary(column), orders, trades, equity."""

    def __init__(self, handle, n_columns, options):
        self._owner = _Owned(handle, _backtest_free)
        self.n_columns = n_columns
        if options.keep_records:
            orders, trades = Orders(), Trades()
            _records(handle, orders, trades)
            self.orders = _columns(self._owner, orders)
            self.trades = _columns(self._owner, trades)
        if options.keep_equity:
            matrix = Matrix()
            _equity(handle, matrix)
            self.equity = _lend(self._owner, matrix.data,
                                (matrix.rows, matrix.cols),
                                (matrix.row_stride, matrix.col_stride))

    def summary(self, column=0):
        result = Summary()
        _summary(self._owner.handle, column, result)
        return result


def backtest(series, instrument, scores, plans=None, sigma=None, volume=None,
             spread=None, options=None, pool=None):
    """Trades each column of scores ([bars] or [bars x columns], any order, not
    copied) by its plan (one, or one per column). sigma and volume are computed
    where they are not given."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim == 1:
        scores = scores[:, None]
    if scores.ndim != 2 or len(scores) != len(series):
        raise ValueError(f"scores must have {len(series)} rows, "
                         f"its shape is {scores.shape}")
    plans = [plans or plan()] if not isinstance(plans, (list, tuple)) else plans
    options = options or backtest_options()
    sigma = egarch_sigma(series.close) if sigma is None else _vector(sigma, "sigma")
    volume = (volume_forecast(series.volume) if volume is None
              else _vector(volume, "volume"))
    if len(sigma) != len(series) or len(volume) != len(series):
        raise ValueError("sigma and volume must be as long as the series")
    market = Market(bars=ct.pointer(series.bars), sigma=_pointer(sigma),
                    volume_forecast=_pointer(volume))
    if spread is not None:
        spread = _vector(spread, "spread")
        if len(spread) != len(series):
            raise ValueError("spread must be as long as the series")
        market.spread = _pointer(spread)
    rows, cols = scores.shape
    matrix = Matrix(data=_pointer(scores), rows=rows, cols=cols,
                    row_stride=scores.strides[0] // 8,
                    col_stride=scores.strides[1] // 8)
    handle = _void_p()
    _backtest(market, instrument, matrix, (Plan * len(plans))(*plans),
              len(plans), options, _pool_of(pool), None, handle)
    return Backtest(handle, cols, options)



def __getattr__(name):
    """check_lookahead and check_warmup, which have a file of their own."""
    if name in ("check_lookahead", "check_warmup"):
        import crucible_guards
        return getattr(crucible_guards, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
