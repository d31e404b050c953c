# SPDX-License-Identifier: Apache-2.0
"""The structs of the headers, fields in the order of C; a test compares the
layouts."""
import ctypes as ct

double_p = ct.POINTER(ct.c_double)
int8_p = ct.POINTER(ct.c_int8)
int32_p = ct.POINTER(ct.c_int32)
uint32_p = ct.POINTER(ct.c_uint32)
int64_p = ct.POINTER(ct.c_int64)
uint64_p = ct.POINTER(ct.c_uint64)
NAME = ct.c_char * 32
ptrdiff = ct.c_ssize_t


class Struct(ct.Structure):
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
                out[name] = value.as_dict() if isinstance(value, Struct) else value
        return out


class Bars(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("open_time_ms", int64_p)] + [
        (name, double_p) for name in
        ("open", "high", "low", "close", "volume", "quote_volume", "trades",
         "taker_buy_base")] + [
        ("timeframe_ms", ct.c_int64), ("symbol", ct.c_char_p),
        ("price_tick", ct.c_double), ("lot_step", ct.c_double)]


class Bar(Struct):
    _fields_ = [("open_time_ms", ct.c_int64)] + [
        (name, ct.c_double) for name in
        ("open", "high", "low", "close", "volume", "quote_volume", "trades",
         "taker_buy_base")]


class Matrix(Struct):
    _fields_ = [("data", double_p), ("rows", ct.c_size_t),
                ("cols", ct.c_size_t), ("row_stride", ptrdiff),
                ("col_stride", ptrdiff)]


class CsvOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("columns", ct.c_char_p),
                ("symbol", ct.c_char_p), ("timeframe_ms", ct.c_int64),
                ("time_unit", ct.c_int32), ("gaps", ct.c_int32),
                ("price_tick", ct.c_double), ("lot_step", ct.c_double),
                ("from_ms", ct.c_int64), ("until_ms", ct.c_int64)]


class Gap(Struct):
    _fields_ = [("index", ct.c_size_t), ("from_ms", ct.c_int64),
                ("n_bars", ct.c_uint64)]


class FeatureParam(Struct):
    _fields_ = [("name", ct.c_char_p), ("low", ct.c_double),
                ("high", ct.c_double), ("default_value", ct.c_double),
                ("is_integer", ct.c_int32), ("is_log", ct.c_int32),
                ("doc", ct.c_char_p)]


class FeatureInfo(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("name", ct.c_char_p),
                ("doc", ct.c_char_p), ("family", ct.c_int32),
                ("unit", ct.c_int32), ("needs", ct.c_uint32),
                ("n_params", ct.c_uint32), ("is_recursive", ct.c_int32),
                ("is_talib", ct.c_int32), ("params", FeatureParam * 4)]


class FeatureSpec(Struct):
    _fields_ = [("name", ct.c_char_p), ("params", ct.c_double * 4)]


class Moments(Struct):
    _fields_ = [(name, ct.c_double) for name in
                ("mean", "stddev", "skewness", "kurtosis")]


class SharpeRecord(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("sharpe_per_observation", "skewness", "kurtosis", "autocorrelation",
         "long_run_variance")]


class SharpeTest(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("benchmark", "alternative", "alpha", "prior", "fdr")] + [
        ("n_trials", ct.c_uint64)]


class SharpeTestResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("sigma_benchmark", "sigma_alternative", "critical", "power",
         "p_value", "pfdr", "ofdr", "fdr_critical", "fdr_alpha",
         "fdr_power")]


class DsrOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_trials", ct.c_uint64),
                ("trial_sharpe_variance", ct.c_double),
                ("variance_at", ct.c_int32), ("reserved", ct.c_int32)]


class DsrResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t),
                ("expected_max_sharpe", ct.c_double), ("dsr", ct.c_double),
                ("z", ct.c_double)]


class MetricsOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("periods_per_year", "target_return", "risk_free",
         "benchmark_sharpe", "tail")] + [
        ("benchmark", double_p)]


class Metrics(Struct):
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


class ClosedTrade(Struct):
    _fields_ = [
        (name, ct.c_double) for name in
        ("result", "entry_notional", "mae", "mfe")] + [
        ("bars", ct.c_uint64), ("side", ct.c_int64)] + [
        (name, ct.c_double) for name in
        ("fee", "spread", "slippage", "impact", "funding", "dust")]


class TradeSums(Struct):
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


class TradeMetrics(Struct):
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


class TradeColumns(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t)] + [
        (name, double_p) for name in
        ("result", "quantity", "entry_price")] + [
        ("bars", uint32_p), ("side", int8_p)] + [
        (name, double_p) for name in
        ("mae", "mfe", "fee", "spread", "slippage", "impact", "funding",
         "dust")]


class Instrument(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("venue", NAME),
                ("symbol", NAME), ("base_currency", NAME),
                ("quote_currency", NAME), ("market_type", ct.c_int32),
                ("fee_asset", ct.c_int32)] + [
        (name, ct.c_double) for name in
        ("maker_fee", "taker_fee", "price_tick", "lot_step", "min_quantity",
         "min_notional", "max_leverage", "maintenance_margin")] + [
        ("funding_interval_ms", ct.c_int64), ("is_shortable", ct.c_int32),
        ("reserved", ct.c_int32)]


class CostOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("spread_bps", "impact_y", "impact_exponent")] + [
        ("impact_law", ct.c_int32), ("reserved", ct.c_int32)] + [
        (name, ct.c_double) for name in
        ("fixed_slippage", "almgren_gamma", "almgren_eta", "bars_per_day")]


class Impact(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("slippage", ct.c_double),
                ("permanent", ct.c_double)]


class Costs(Struct):
    _fields_ = [(name, ct.c_double) for name in
                ("fee", "spread", "slippage", "impact", "funding", "dust")]


class Plan(Struct):
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


class Market(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("bars", ct.POINTER(Bars)),
                ("sigma", double_p), ("volume_forecast", double_p),
                ("spread", double_p), ("funding", double_p),
                ("fine", ct.POINTER(Bars))]


class BacktestOptions(Struct):
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


class Orders(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", uint32_p)] + [
        (name, int8_p) for name in
        ("side", "purpose", "entry", "status", "reason", "liquidity")] + [
        (name, int64_p) for name in ("placed_ms", "ended_ms")] + [
        (name, double_p) for name in
        ("quantity", "limit_price", "filled", "fill_price", "fee", "spread",
         "slippage", "impact")] + [("id", uint32_p)]


class Trades(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", uint32_p), ("side", int8_p), ("exit", int8_p),
                ("entry_ms", int64_p), ("exit_ms", int64_p),
                ("bars", uint32_p)] + [
        (name, double_p) for name in
        ("quantity", "entry_price", "exit_price", "result", "gross", "fee",
         "spread", "slippage", "impact", "funding", "dust", "mae", "mfe")] + [
        ("entry_bar", uint32_p), ("exit_bar", uint32_p),
        ("is_last", int8_p)]


class Positions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", uint32_p), ("side", int8_p), ("is_open", int8_p),
                ("n_trades", uint32_p), ("entry_ms", int64_p),
                ("exit_ms", int64_p)] + [
        (name, uint32_p) for name in ("entry_bar", "exit_bar", "bars")] + [
        (name, double_p) for name in
        ("quantity", "entry_price", "exit_price", "result", "gross", "fee",
         "spread", "slippage", "impact", "funding", "dust", "mae", "mfe")]


class Drawdowns(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("column", uint32_p), ("is_open", int8_p)] + [
        (name, int64_p) for name in ("peak_ms", "valley_ms", "end_ms")] + [
        ("bars", uint32_p)] + [
        (name, double_p) for name in ("peak", "valley", "end", "depth")]


class Ledger(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("initial_cash", "cash", "position", "dust", "entry_price",
         "mark_price", "exit_fee", "reserved_margin", "equity",
         "trade_results", "open_result")] + [("costs", Costs)] + [
        (name, ct.c_uint64) for name in
        ("n_bars", "n_bars_in_position", "n_orders", "n_rejected",
         "n_trades")] + [("traded_notional", ct.c_double),
                         ("is_stopped", ct.c_int32), ("reserved", ct.c_int32)]


class Summary(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("ledger", Ledger),
                ("metrics", Metrics), ("trades", TradeMetrics),
                ("exposure", ct.c_double), ("turnover", ct.c_double),
                ("buy_and_hold", ct.c_double)]


class Flags(Struct):
    _fields_ = [("data", ct.c_void_p), ("rows", ct.c_size_t),
                ("cols", ct.c_size_t), ("row_stride", ptrdiff),
                ("col_stride", ptrdiff), ("layout", ct.c_int32),
                ("reserved", ct.c_int32)]


class SignalSource(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("data", ct.c_void_p),
                ("begin", ct.c_void_p), ("make", ct.c_void_p)]


class Request(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("bar", ct.c_uint64),
                ("column", ct.c_uint32), ("id", ct.c_uint32)] + [
        (name, ct.c_int32) for name in
        ("kind", "side", "sizing", "reduce_only")] + [
        (name, ct.c_double) for name in
        ("size", "limit", "trigger", "trail", "stop", "target")] + [
        ("ttl_bars", ct.c_uint32), ("oco", ct.c_uint32)]


class Simulation(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("markets", ct.POINTER(Market)),
                ("instruments", ct.POINTER(Instrument)),
                ("n_markets", ct.c_size_t), ("n_columns", ct.c_size_t),
                ("market_of", uint32_p), ("plans", ct.POINTER(Plan)),
                ("n_plans", ct.c_size_t),
                ("options", ct.POINTER(BacktestOptions)),
                ("group_of", uint32_p), ("first_bar", ct.POINTER(ct.c_size_t)),
                ("end_bar", ct.POINTER(ct.c_size_t))] + [
        (name, Flags) for name in
        ("enter_long", "exit_long", "enter_short", "exit_short")] + [
        ("source", ct.POINTER(SignalSource)), ("scores", Matrix),
        ("targets", Matrix), ("requests", ct.POINTER(Request)),
        ("n_requests", ct.c_size_t)] + [
        (name, Matrix) for name in
        ("size", "limit", "trigger", "stop", "take", "trail", "price",
         "taker_fee", "maker_fee", "slippage")]


class EgarchOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("p", ct.c_uint32),
                ("o", ct.c_uint32), ("q", ct.c_uint32), ("law", ct.c_int32),
                ("kappa", ct.c_int32), ("mean", ct.c_int32),
                ("presample", ct.c_int32), ("max_evaluations", ct.c_uint32),
                ("tolerance", ct.c_double), ("ar", ct.c_uint32),
                ("starts", ct.c_uint32), ("news_cap", ct.c_double)]


class EgarchRollingOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("window", ct.c_uint32),
                ("first", ct.c_uint32), ("refit", ct.c_uint32),
                ("reserved", ct.c_uint32), ("model", EgarchOptions)]


class SeasonOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_int64) for name in
        ("timeframe_ms", "break_ms", "smooth_ms")] + [
        ("method", ct.c_int32)] + [
        (name, ct.c_uint32) for name in
        ("levels", "shapes", "harmonics", "min_days", "reserved")] + [
        (name, ct.c_double) for name in
        ("shrink_days", "shrink_returns", "zero_floor")]


class SeasonInfo(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_returns", ct.c_uint64),
                ("n_breaks", ct.c_uint64), ("n_days", ct.c_uint32),
                ("n_times", ct.c_uint32), ("break_factor", ct.c_double),
                ("lowest", ct.c_double), ("highest", ct.c_double)]


class SeasonRollingOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("window_days", ct.c_uint32),
                ("refit_days", ct.c_uint32), ("season", SeasonOptions)]


class SeasonEgarchOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t),
                ("season", SeasonRollingOptions),
                ("volatility", EgarchRollingOptions)]


class Ewma(ct.Structure):
    _fields_ = [(name, ct.c_double) for name in ("lambda", "sum", "weight")]


class HarOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("lags", ct.c_uint32 * 8)] + [
        (name, ct.c_uint32) for name in
        ("horizon", "window", "first", "refit")] + [("floor", ct.c_double)]


class HarInfo(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_uint64),
                ("constant", ct.c_double), ("coefficients", ct.c_double * 8),
                ("r_squared", ct.c_double)]


class LossComparison(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("mean_difference", "standard_error", "statistic", "p_value")] + [
        ("lags", ct.c_uint32), ("reserved", ct.c_uint32)]


class SpreadOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_int32) for name in
        ("method", "negative", "gaps", "reserved")] + [
        ("price_tick", ct.c_double)]


class Prints(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_size_t),
                ("time_ms", int64_p), ("price", double_p),
                ("quantity", double_p), ("side", int8_p)]


class Quote(ct.Structure):
    _fields_ = [("time_ms", ct.c_int64), ("bid", ct.c_double),
                ("ask", ct.c_double)]


class ImpactOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_int32) for name in
        ("measure", "reference", "errors", "reserved")] + [
        ("horizon_ms", ct.c_int64), ("window", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("exponent", "share_min", "share_max", "max_exponent_se")] + [
        ("min_orders", ct.c_uint64), ("min_blocks", ct.c_uint64)]


class ImpactFit(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("y", "exponent", "y_se", "exponent_se", "covariance", "r2",
         "mean_cost", "share_low", "share_high")] + [
        ("horizon_ms", ct.c_int64), ("block_ms", ct.c_int64),
        ("kind", ct.c_int32), ("reasons", ct.c_int32)] + [
        (name, ct.c_uint64) for name in
        ("n_blocks", "n_orders", "n_free", "n_warmup", "n_still",
         "n_outside", "n_thin", "n_unquoted")]


class Print(ct.Structure):
    _fields_ = [("time_ms", ct.c_int64), ("price", ct.c_double),
                ("quantity", ct.c_double), ("side", ct.c_int32),
                ("reserved", ct.c_int32)]


class Book(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("time_ms", ct.c_int64),
                ("n_bids", ct.c_size_t), ("n_asks", ct.c_size_t)] + [
        (name, double_p) for name in
        ("bid_price", "bid_quantity", "ask_price", "ask_quantity")]


class ImpactPoint(ct.Structure):
    _fields_ = [("share", ct.c_double), ("cost_sigma", ct.c_double),
                ("n_orders", ct.c_uint64)]


class AdwinOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("delta", ct.c_double),
                ("range", ct.c_double)] + [
        (name, ct.c_uint32) for name in
        ("clock", "max_buckets", "min_window_length", "grace_period")] + [
        ("after_cut", ct.c_int32), ("reserved", ct.c_uint32)]


class AdwinWindow(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_uint64) for name in
        ("n_values", "width", "drift_start", "n_detections",
         "detected_at")] + [
        (name, ct.c_double) for name in
        ("total", "mean", "variance", "sum_squares")]


class DriftOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_streams", ct.c_uint32),
                ("at_least", ct.c_uint32), ("ranges", double_p),
                ("adwin", AdwinOptions)]


class SharpeSequenceOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("alpha", "benchmark_per_observation", "floor_per_observation",
         "caution", "t_opt")] + [
        ("burn_in", ct.c_uint32), ("lags", ct.c_uint32)]


class SharpeSequenceState(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_uint64)] + [
        (name, ct.c_double) for name in
        ("sharpe", "standard_error", "lower", "upper", "log_e", "log_e_max",
         "anytime_psr", "log_e_bad", "log_e_bad_max", "anytime_bad")] + [
        ("is_speaking", ct.c_int32), ("reserved", ct.c_int32)]


class EdgeDetectorOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_double) for name in
        ("edge_per_observation", "run_length", "half_life", "bet_max")] + [
        ("n_bets", ct.c_uint32), ("burn_in", ct.c_uint32)]


class EdgeDetectorState(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n", ct.c_uint64),
                ("n_tested", ct.c_uint64)] + [
        (name, ct.c_double) for name in ("mean", "scale", "evidence")] + [
        ("alarm_at", ct.c_uint64), ("is_alarm", ct.c_int32),
        ("reserved", ct.c_int32)]


columns_cb = ct.CFUNCTYPE(ct.c_int32, ct.POINTER(Bars), ct.c_void_p,
                           ct.c_void_p)


class ColumnSource(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("compute", columns_cb),
                ("user_data", ct.c_void_p), ("n_columns", ct.c_size_t),
                ("kind", ct.c_int32), ("is_thread_safe", ct.c_int32)]


class LookaheadOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("max_cuts", ct.c_size_t),
                ("seed", ct.c_uint64), ("cuts", ct.POINTER(ct.c_size_t)),
                ("n_cuts", ct.c_size_t), ("relative", ct.c_double),
                ("absolute", ct.c_double)]


class LookaheadFinding(Struct):
    _fields_ = [("n_cuts_changed", ct.c_uint64), ("bar", ct.c_size_t),
                ("cut", ct.c_size_t), ("n_changed", ct.c_size_t),
                ("open_time_ms", ct.c_int64), ("with_future", ct.c_double),
                ("without_future", ct.c_double)]


class LookaheadResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("is_found", ct.c_int32),
                ("is_repeatable", ct.c_int32), ("is_exhaustive", ct.c_int32),
                ("reserved", ct.c_int32), ("n_cuts", ct.c_size_t),
                ("n_too_short", ct.c_size_t), ("n_calls", ct.c_size_t),
                ("n_bars", ct.c_uint64), ("n_columns_changed", ct.c_size_t),
                ("column", ct.c_size_t), ("needs", ct.c_size_t),
                ("first", LookaheadFinding)]


class WarmupOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t),
                ("startups", ct.POINTER(ct.c_size_t)),
                ("n_startups", ct.c_size_t), ("n_starts", ct.c_size_t),
                ("seed", ct.c_uint64), ("tolerance", ct.c_double)]


class WarmupFinding(Struct):
    _fields_ = [("bars", ct.c_size_t), ("difference", ct.c_double),
                ("bar", ct.c_size_t), ("with_history", ct.c_double),
                ("without_history", ct.c_double)]


class WarmupResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("bars", ct.c_size_t),
                ("column", ct.c_size_t), ("longest", ct.c_size_t),
                ("n_starts", ct.c_size_t), ("n_too_short", ct.c_size_t),
                ("n_calls", ct.c_size_t), ("n_bars", ct.c_uint64)]


class Operand(Struct):
    _fields_ = [("kind", ct.c_int32), ("bar", ct.c_int32),
                ("feature", ct.c_char_p), ("value", ct.c_double * 4),
                ("values", double_p * 4)]


class Rule(Struct):
    _fields_ = [("left", Operand), ("right", Operand),
                ("comparison", ct.c_int32), ("reserved", ct.c_int32)]


class RuleProgram(Struct):
    _fields_ = [("steps", int32_p), ("n", ct.c_size_t)]


class SweepSpec(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("n_columns", ct.c_size_t),
                ("series_of", uint32_p), ("rules", ct.POINTER(Rule)),
                ("n_rules", ct.c_size_t)] + [
        (name, RuleProgram) for name in
        ("enter_long", "exit_long", "enter_short", "exit_short")]


class SweepInfo(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_size_t) for name in
        ("n_columns", "n_bars", "n_words", "n_features", "look_back",
         "memory")]


class GridAxis(Struct):
    _fields_ = [("values", double_p), ("n", ct.c_size_t)]


class GridOrder(Struct):
    _fields_ = [("less", ct.c_uint32), ("greater", ct.c_uint32)]


class HdbscanOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_uint64) for name in
        ("min_cluster_size", "min_samples", "max_cluster_size")] + [
        (name, ct.c_int32) for name in
        ("samples", "metric", "selection", "allow_single_cluster")] + [
        (name, ct.c_double) for name in
        ("alpha", "cluster_selection_epsilon",
         "cluster_selection_epsilon_max")]


class HdbscanResult(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_uint64) for name in
        ("n", "dims", "n_clusters", "n_noise", "n_condensed",
         "min_samples")] + [("mst_weight", ct.c_double)]


class SegmentOptions(Struct):
    _fields_ = [("struct_size", ct.c_size_t), ("kind", ct.c_int32),
                ("n_columns", ct.c_uint32), ("n_quantiles", ct.c_uint32),
                ("scaling", ct.c_int32)] + [
        (name, ct.c_uint64) for name in
        ("window", "first", "refit", "max_points")] + [
        (name, ct.c_double) for name in ("min_overlap", "return_within")] + [
        ("hdbscan", HdbscanOptions)]


class SegmenterInfo(Struct):
    _fields_ = [("struct_size", ct.c_size_t)] + [
        (name, ct.c_uint64) for name in
        ("n_rows", "n_complete", "n_fits", "fitted_at", "n_points",
         "n_segments", "n_names")]


class SegmentRun(Struct):
    _fields_ = [("begin", ct.c_uint64), ("end", ct.c_uint64),
                ("label", ct.c_int32), ("reserved", ct.c_int32)]


# The C name of each structure, for the test of the layouts.
C_NAMES = {
    Bars: "crucible_bars", Bar: "crucible_bar", Matrix: "crucible_matrix",
    CsvOptions: "crucible_csv_options", Gap: "crucible_gap",
    FeatureParam: "crucible_feature_param",
    FeatureInfo: "crucible_feature_info",
    FeatureSpec: "crucible_feature_spec", Moments: "crucible_moments",
    SharpeRecord: "crucible_sharpe_record", SharpeTest: "crucible_sharpe_test",
    SharpeTestResult: "crucible_sharpe_test_result",
    DsrOptions: "crucible_dsr_options", DsrResult: "crucible_dsr_result",
    MetricsOptions: "crucible_metrics_options", Metrics: "crucible_metrics",
    ClosedTrade: "crucible_closed_trade", TradeSums: "crucible_trade_sums",
    TradeMetrics: "crucible_trade_metrics",
    TradeColumns: "crucible_trade_columns", Instrument: "crucible_instrument",
    CostOptions: "crucible_cost_options", Impact: "crucible_impact",
    Costs: "crucible_costs",
    Plan: "crucible_plan", Market: "crucible_market",
    BacktestOptions: "crucible_backtest_options", Orders: "crucible_orders",
    Trades: "crucible_trades", Positions: "crucible_positions",
    Drawdowns: "crucible_drawdowns", Ledger: "crucible_ledger",
    Summary: "crucible_summary", EgarchOptions: "crucible_egarch_options",
    EgarchRollingOptions: "crucible_egarch_rolling_options",
    SeasonOptions: "crucible_season_options",
    SeasonInfo: "crucible_season_info",
    SeasonRollingOptions: "crucible_season_rolling_options",
    SeasonEgarchOptions: "crucible_season_egarch_options",
    Ewma: "crucible_ewma", HarOptions: "crucible_har_options",
    HarInfo: "crucible_har_info",
    LossComparison: "crucible_loss_comparison",
    SpreadOptions: "crucible_spread_options", Prints: "crucible_prints",
    Quote: "crucible_quote", ImpactOptions: "crucible_impact_options",
    ImpactFit: "crucible_impact_fit", Print: "crucible_print",
    Book: "crucible_book", ImpactPoint: "crucible_impact_point",
    AdwinOptions: "crucible_adwin_options",
    AdwinWindow: "crucible_adwin_window",
    DriftOptions: "crucible_drift_options",
    SharpeSequenceOptions: "crucible_sharpe_sequence_options",
    SharpeSequenceState: "crucible_sharpe_sequence_state",
    EdgeDetectorOptions: "crucible_edge_detector_options",
    EdgeDetectorState: "crucible_edge_detector_state",
    ColumnSource: "crucible_column_source",
    LookaheadOptions: "crucible_lookahead_options",
    LookaheadFinding: "crucible_lookahead_finding",
    LookaheadResult: "crucible_lookahead_result",
    WarmupOptions: "crucible_warmup_options",
    WarmupFinding: "crucible_warmup_finding",
    WarmupResult: "crucible_warmup_result",
    Flags: "crucible_flags", SignalSource: "crucible_signal_source",
    Request: "crucible_request", Simulation: "crucible_simulation",
    Operand: "crucible_operand", Rule: "crucible_rule",
    RuleProgram: "crucible_rule_program", SweepSpec: "crucible_sweep_spec",
    SweepInfo: "crucible_sweep_info", GridAxis: "crucible_grid_axis",
    GridOrder: "crucible_grid_order",
    HdbscanOptions: "crucible_hdbscan_options",
    HdbscanResult: "crucible_hdbscan_result",
    SegmentOptions: "crucible_segment_options",
    SegmenterInfo: "crucible_segmenter_info",
    SegmentRun: "crucible_segment_run",
}

__all__ = ["C_NAMES", *(kind.__name__ for kind in C_NAMES)]
