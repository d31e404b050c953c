# SPDX-License-Identifier: Apache-2.0
"""Figures of returns, equity curves and trades."""
import ctypes as ct

import numpy as np

from .arrays import pointer, vector
from .constants import VARIANCE_AT_ESTIMATE
from .library import (call, defaults_of, p, size)
from .structures import (ClosedTrade, DsrOptions, DsrResult, Metrics,
                         MetricsOptions, Moments, SharpeRecord, SharpeTest,
                         SharpeTestResult, TradeColumns, TradeMetrics,
                         TradeSums, double_p)

_metrics_options = defaults_of("crucible_metrics_options_init", MetricsOptions)
_dsr_options = defaults_of("crucible_dsr_options_init", DsrOptions)
_moments = call("crucible_moments_of", double_p, size, p(Moments))
_record = call("crucible_sharpe_record_of", double_p, size, p(SharpeRecord))
_dependent = call("crucible_sharpe_record_dependent", double_p, size, size,
                  p(SharpeRecord))
_psr = call("crucible_psr", p(SharpeRecord), ct.c_double, ct.c_int32, double_p)
_dsr = call("crucible_dsr", p(SharpeRecord), p(DsrOptions), p(DsrResult))
_min_trl = call("crucible_min_trl", p(SharpeRecord), ct.c_double, ct.c_double,
                ct.c_int32, double_p)
_sharpe_test_options = defaults_of("crucible_sharpe_test_init", SharpeTest)
_sharpe_test = call("crucible_sharpe_test_of", p(SharpeRecord), p(SharpeTest),
                    p(SharpeTestResult))
_metrics = call("crucible_metrics_of", double_p, size, p(MetricsOptions),
                p(Metrics))
_trade_metrics = call("crucible_trade_metrics_from", p(TradeColumns),
                      p(TradeMetrics))
_push_trade = call("crucible_trade_sums_push", p(TradeSums), p(ClosedTrade))
_get_trades = call("crucible_trade_sums_get", p(TradeSums), p(TradeMetrics))
_dsr_trials = call("crucible_dsr_trials", double_p, size, p(DsrOptions))
_deflate = call("crucible_metrics_deflate", p(Metrics), p(DsrOptions))


def moments(returns):
    values, result = vector(returns, "returns"), Moments()
    _moments(pointer(values), len(values), result)
    return result


sharpe_record = defaults_of("crucible_sharpe_record_init", SharpeRecord)


def sharpe_record_of(returns, lags=None):
    """The record of returns, taken for independent; with lags (a number or
    "auto") their dependence is measured too."""
    values, result = vector(returns, "returns"), SharpeRecord()
    if lags is None:
        _record(pointer(values), len(values), result)
    else:
        lags = ct.c_size_t(-1).value if lags == "auto" else lags
        _dependent(pointer(values), len(values), lags, result)
    return result


def psr(record, benchmark=0.0, variance_at=VARIANCE_AT_ESTIMATE):
    result = ct.c_double()
    _psr(record, benchmark, variance_at, result)
    return result.value


def dsr(record, **options):
    result = DsrResult()
    _dsr(record, _dsr_options(**options), result)
    return result


def min_trl(record, benchmark=0.0, probability=0.95,
            variance_at=VARIANCE_AT_ESTIMATE):
    result = ct.c_double()
    _min_trl(record, benchmark, probability, variance_at, result)
    return result.value


def sharpe_test(record, **options):
    """Level, power and false discoveries of a test of the record."""
    result = SharpeTestResult()
    _sharpe_test(record, _sharpe_test_options(**options), result)
    return result


def metrics(equity, benchmark=None, **options):
    """Figures of an equity curve, the starting capital first; benchmark: a
    price beside each equity."""
    values, result = vector(equity, "equity"), Metrics()
    chosen = _metrics_options(**options)
    if benchmark is not None:
        prices = vector(benchmark, "benchmark")
        if len(prices) != len(values):
            raise ValueError("benchmark must have the length of equity")
        chosen.benchmark = pointer(prices)
    _metrics(pointer(values), len(values), chosen, result)
    return result


def deflate(results):
    """Sets dsr of each of the Metrics of all trials of one search."""
    ratios = np.array([m.sharpe for m in results])
    trials = DsrOptions()
    _dsr_trials(pointer(ratios), len(ratios), trials)
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
