# SPDX-License-Identifier: Apache-2.0
"""Runs over columns of scores."""
import ctypes as ct
import functools

import numpy as np

from .arrays import Owned, lend, pointer, vector
from .library import call, defaults_of, destructor, out_p, p, size, void_p
from .market import bars_of, egarch_sigma, pool_of, volume_forecast
from .records import Tables
from .structures import (BacktestOptions, CostOptions, Instrument, Market,
                         Matrix, Plan, Summary)

cost_options = defaults_of("crucible_cost_options_init", CostOptions)
"""CostOptions with the defaults but for the fields given."""
plan = defaults_of("crucible_plan_init", Plan)
"""A Plan with the defaults but for the fields given: plan(stop_sigma=3)."""
backtest_options = defaults_of("crucible_backtest_options_init", BacktestOptions)
"""BacktestOptions likewise: backtest_options(initial_cash=1000)."""
_backtest = call("crucible_backtest_run", p(Market), p(Instrument),
                 p(Matrix), p(Plan), size, p(BacktestOptions), void_p,
                 void_p, out_p)
_summary = call("crucible_backtest_summary", void_p, size, p(Summary))
_equity = call("crucible_backtest_equity", void_p, p(Matrix))
_backtest_free = destructor("crucible_backtest_destroy")


@functools.cache
def _summary_type():
    """Summary as NumPy has it, which takes a while to find out."""
    return np.dtype(Summary)


class Backtest(Tables):
    """The result of a run: summary(column), the Tables that the options keep,
    equity."""

    def __init__(self, handle, n_columns, options):
        super().__init__(Owned(handle, _backtest_free), options)
        self.n_columns = n_columns
        if options.keep_equity:
            matrix = Matrix()
            _equity(handle, matrix)
            self.equity = lend(self._owner, matrix.data,
                               (matrix.rows, matrix.cols),
                               (matrix.row_stride, matrix.col_stride))

    def summaries(self):
        """What every column came to, as one structured array: its fields are
        those of crucible_summary, such as summaries()["metrics"]["sharpe"]."""
        made = (Summary * self.n_columns)()
        table = np.frombuffer(made, dtype=_summary_type())
        table["struct_size"] = ct.sizeof(Summary)
        for column in range(self.n_columns):
            _summary(self._owner.handle, column, made[column])
        return table

    def summary(self, column=0):
        result = Summary()
        _summary(self._owner.handle, column, result)
        return result


def backtest(series, instrument, scores, plans=None, sigma=None, volume=None,
             spread=None, options=None, pool=None):
    """Trades each column of scores ([bars] or [bars x columns], any order, not
    copied) by its plan (one, or one per column). sigma and volume are computed
    where they are not given."""
    series = bars_of(series)
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim == 1:
        scores = scores[:, None]
    if scores.ndim != 2 or len(scores) != len(series):
        raise ValueError(f"scores must have {len(series)} rows, "
                         f"its shape is {scores.shape}")
    plans = [plans or plan()] if not isinstance(plans, (list, tuple)) else plans
    options = options or backtest_options()
    sigma = egarch_sigma(series.close) if sigma is None else vector(sigma, "sigma")
    volume = (volume_forecast(series.volume) if volume is None
              else vector(volume, "volume"))
    if len(sigma) != len(series) or len(volume) != len(series):
        raise ValueError("sigma and volume must be as long as the series")
    market = Market(bars=ct.pointer(series.bars), sigma=pointer(sigma),
                    volume_forecast=pointer(volume))
    if spread is not None:
        spread = vector(spread, "spread")
        if len(spread) != len(series):
            raise ValueError("spread must be as long as the series")
        market.spread = pointer(spread)
    rows, cols = scores.shape
    matrix = Matrix(data=pointer(scores), rows=rows, cols=cols,
                    row_stride=scores.strides[0] // 8,
                    col_stride=scores.strides[1] // 8)
    handle = void_p()
    _backtest(market, instrument, matrix, (Plan * len(plans))(*plans),
              len(plans), options, pool_of(pool), None, handle)
    return Backtest(handle, cols, options)
