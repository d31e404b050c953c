# SPDX-License-Identifier: Apache-2.0
"""Many accounts over many bars in one call: signals, scores, targets, orders."""
import ctypes as ct

import numpy as np

from .arrays import pointer, vector
from .backtests import Backtest, backtest_options, plan
from .constants import IMPACT_FIXED
from .library import call, defaults_of, out_p, p, void_p
from .market import pool_of
from .structures import (BacktestOptions, Bars, Flags, Instrument, Market,
                         Matrix, Plan, Request, Simulation, double_p)

_simulation = defaults_of("crucible_simulation_init", Simulation)
request = defaults_of("crucible_request_init", Request)
"""A Request with the defaults but for the fields given: request(bar=5, id=1)."""
_simulate = call("crucible_simulate", p(Simulation), void_p, void_p, out_p)
_simulate_next = call("crucible_simulate_next", p(Simulation), void_p, void_p,
                      void_p, out_p)

FLAGS = ("enter_long", "exit_long", "enter_short", "exit_short")
MATRICES = ("scores", "targets", "size", "limit", "trigger", "stop", "take",
            "trail", "price", "taker_fee", "maker_fee", "slippage")
PER_COLUMN = {"market_of": ct.c_uint32, "group_of": ct.c_uint32,
              "first_bar": ct.c_size_t, "end_bar": ct.c_size_t}


def market(series, sigma=None, volume=None, spread=None, funding=None,
           fine=None):
    """A Market: bars and what was forecast for them, none of it copied. Orders
    of a fixed slippage need no forecast; others want sigma and volume."""
    made = Market(bars=ct.pointer(series.bars))
    made.kept = [series, fine]
    made.has_forecasts = sigma is not None and volume is not None
    unknown = None if made.has_forecasts else np.full(len(series), np.nan)
    for field, values in (("sigma", unknown if sigma is None else sigma),
                          ("volume_forecast",
                           unknown if volume is None else volume),
                          ("spread", spread), ("funding", funding)):
        if values is not None:
            values = vector(values, field)
            if len(values) != len(series):
                raise ValueError(f"{field} has {len(values)} values for "
                                 f"{len(series)} bars")
            setattr(made, field, pointer(values))
            made.kept.append(values)
    if fine is not None:
        made.fine = ct.pointer(fine.bars)
    return made


def _shaped(values, dtype, name, n_bars):
    """[bars or 1 x columns or 1], without a copy if the type is right."""
    array = np.asarray(values, dtype=dtype)
    if array.ndim < 2:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[0] not in (1, n_bars):
        raise ValueError(f"{name} has shape {np.shape(values)} for {n_bars} bars: "
                         "give one value, [bars], [bars x columns] or "
                         "[1 x columns]")
    return array


def _flags(array):
    return Flags(data=array.ctypes.data, rows=array.shape[0],
                 cols=array.shape[1], row_stride=array.strides[0],
                 col_stride=array.strides[1])


def _matrix(array):
    if any(stride % 8 for stride in array.strides):
        array = array.copy()  # fields of a record array, say
    made = Matrix(data=array.ctypes.data_as(double_p), rows=array.shape[0],
                  cols=array.shape[1], row_stride=array.strides[0] // 8,
                  col_stride=array.strides[1] // 8)
    made.kept = array
    return made


def _listed(values, kind):
    return [values] if isinstance(values, kind) else list(values)


def simulate(markets, instruments, plans=None, n_columns=None, options=None,
             pool=None, after=None, requests=(), **inputs):
    """Runs each column's account over its market: crucible_simulate().

    markets: what market() made, or bars, or a list of them; instruments: one of
    each market, or one for all; plans: one, or one per column. Inputs by name:
    enter_long, exit_long, enter_short, exit_short (bool); scores, targets, size,
    limit, trigger, stop, take, trail, price, taker_fee, maker_fee, slippage
    (float64). Each is one value, [bars], [bars x columns] or [1 x columns], in
    any memory order; none is copied if its type is right. source: a Sweep, or
    what its source() gave, in place of the four flags. market_of, group_of,
    first_bar, end_bar: [columns]. after: the run that this one continues.
    Gives a Backtest."""
    markets = [m if isinstance(m, Market) else market(m)
               for m in (markets if isinstance(markets, (list, tuple))
                         else [markets])]
    if not markets:
        raise ValueError("there is no market: give bars, or what market() made")
    instruments = _listed(instruments, Instrument)
    instruments *= len(markets) // len(instruments) or 1
    plans = _listed(plans if plans is not None else plan(), Plan)
    options = options if options is not None else backtest_options()
    if (options.costs.impact_law != IMPACT_FIXED and "slippage" not in inputs
            and not all(m.has_forecasts for m in markets)):
        raise ValueError("without forecasts nothing fills: give market() sigma "
                         "(egarch_sigma) and volume (volume_forecast), or a fixed "
                         "slippage by costs=cost_options(impact_law=IMPACT_FIXED, "
                         "fixed_slippage=...)")
    n_bars, widths, kept, fields = markets[0].bars.contents.n, [], [], {}
    for name, values in inputs.items():
        if values is None:
            continue
        if name in PER_COLUMN:
            values = np.ascontiguousarray(values, dtype=PER_COLUMN[name])
            fields[name] = values.ctypes.data_as(p(PER_COLUMN[name]))
            widths.append(len(values))
        elif name in FLAGS or name in MATRICES:
            is_flag = name in FLAGS
            values = _shaped(values, bool if is_flag else np.float64, name, n_bars)
            fields[name] = (_flags if is_flag else _matrix)(values)
            widths.append(values.shape[1])
        elif name == "source":
            if hasattr(values, "source"):  # a Sweep
                if values.info.n_bars != n_bars:
                    raise ValueError(
                        f"the sweep is over {values.info.n_bars} bars, the market "
                        f"has {n_bars}: make it over the market's bars, or give "
                        "what its source(first_bar) returns")
                widths.append(len(values))
                values = values.source()
            fields[name] = ct.pointer(values)
        else:
            raise TypeError(f"simulate() has no input {name!r}")
        kept.append((values, fields[name]))
    requests = list(requests)
    widths += [len(plans), len(markets), 1 + max((r.column for r in requests),
                                                 default=0)]
    given = _simulation(
        markets=(Market * len(markets))(*markets), n_markets=len(markets),
        instruments=(Instrument * len(instruments))(*instruments),
        plans=(Plan * len(plans))(*plans), n_plans=len(plans),
        n_columns=n_columns or max(widths), options=ct.pointer(options),
        requests=(Request * len(requests))(*requests) if requests else None,
        n_requests=len(requests), **fields)
    handle = void_p()
    if after is None:
        _simulate(given, pool_of(pool), None, handle)
    else:
        _simulate_next(given, after._owner.handle, pool_of(pool), None, handle)
    return Backtest(handle, given.n_columns, options)
