# SPDX-License-Identifier: Apache-2.0
"""Many accounts over many bars in one call: signals, scores, targets, orders."""
import ctypes as ct

import numpy as np

from .arrays import pointer, vector
from .backtests import Backtest, backtest_options, plan
from .constants import (DECIDE_ORDERS, DECIDE_SCORES, DECIDE_SIGNALS,
                        DECIDE_TARGETS, IMPACT_FIXED)
from .library import call, defaults_of, out_p, p, void_p
from .market import bars_of, pool_of
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


# What vectorbt calls them.
ELSEWHERE = {"entries": "enter_long", "exits": "exit_long",
             "short_entries": "enter_short", "short_exits": "exit_short",
             "sl_stop": "stop", "tp_stop": "take", "sl_trail": "trail",
             "fees": "taker_fee and maker_fee",
             "init_cash": "options=backtest_options(initial_cash=...)",
             "direction": "plans=plan(side=...)"}


def market(series, sigma=None, volume=None, spread=None, funding=None,
           fine=None):
    """A Market: bars and what was forecast for them, none of it copied. Orders
    of a fixed slippage need no forecast; others want sigma and volume."""
    series = bars_of(series)
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


def _numbers(values, name):
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not made of numbers: {error}") from None


def _yes_or_no(values, name):
    """Bools without a copy; 0 and 1 of another type. NaN and -1, which Python
    holds to be true, are neither."""
    array = np.asarray(values)
    if array.dtype == bool:
        return array
    if array.dtype.kind not in "iuf":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} has values that are neither True nor False: fill what "
                "is missing, as .fillna(False).astype(bool) does") from None
    yes = array == 1
    wrong = ~(yes | (array == 0))
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name} has {array[at]} at {list(at)}: flags are True or False, or "
            "1 and 0; after frame.shift(1) use .shift(1, fill_value=False)")
    return yes


def _shaped(values, dtype, name, n_bars):
    """[bars or 1 x columns or 1], without a copy if the type is right."""
    array = (_yes_or_no if dtype is bool else _numbers)(values, name)
    if array.ndim < 2:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[0] not in (1, n_bars):
        hint = ""
        if array.ndim == 2 and array.shape[1] == n_bars:
            hint = "; bars are rows: transpose it"
        elif hasattr(values, "reindex"):
            hint = "; its index must be that of the bars: see reindex()"
        raise ValueError(f"{name} has shape {np.shape(values)} for {n_bars} bars: "
                         "give one value, [bars], [bars x columns] or, in two "
                         f"brackets, [1 x columns]{hint}")
    return array


def _flags(array):
    made = Flags(data=array.ctypes.data, rows=array.shape[0],
                 cols=array.shape[1], row_stride=array.strides[0],
                 col_stride=array.strides[1])
    made.kept = array
    return made


def _matrix(array):
    if any(stride % 8 for stride in array.strides):
        array = array.copy()  # fields of a record array, say
    made = Matrix(data=array.ctypes.data_as(double_p), rows=array.shape[0],
                  cols=array.shape[1], row_stride=array.strides[0] // 8,
                  col_stride=array.strides[1] // 8)
    made.kept = array
    return made


def _listed(values, kind, name, remedy):
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    for value in listed:
        if not isinstance(value, kind):
            raise TypeError(f"{name} has {value!r}: give what {remedy} makes, or "
                            "a list of them")
    if not listed:
        raise ValueError(f"{name} is empty: give what {remedy} makes")
    return listed


def _decided_by(inputs, requests):
    """The plan of those who give none: it listens to what they give."""
    given = {name for name, values in inputs.items() if values is not None}
    if requests:
        return plan(decides=DECIDE_ORDERS)
    if "targets" in given:
        return plan(decides=DECIDE_TARGETS)
    is_signals = not given.isdisjoint((*FLAGS, "source"))
    return plan(decides=DECIDE_SIGNALS if is_signals else DECIDE_SCORES)


def _source_of(values, n_bars):
    """A SignalSource, and how many columns it has if that is known."""
    if not hasattr(values, "source"):
        return values, None
    if values.info.n_bars != n_bars:  # of a Sweep
        raise ValueError(
            f"the sweep is over {values.info.n_bars} bars, the market has "
            f"{n_bars}: make it over the market's bars, or give what its "
            "source(first_bar) returns")
    return values.source(), len(values)


def _fields(inputs, n_bars):
    """The simulation's fields of the inputs, which keep the arrays alive, and
    {input: columns}."""
    fields, widths = {}, {}
    for name, values in inputs.items():
        if values is None:
            continue
        if name in PER_COLUMN:
            values = np.ascontiguousarray(values, dtype=PER_COLUMN[name])
            fields[name] = values.ctypes.data_as(p(PER_COLUMN[name]))
            widths[name] = values.size
        elif name in FLAGS:
            values = _shaped(values, bool, name, n_bars)
            fields[name], widths[name] = _flags(values), values.shape[1]
        elif name in MATRICES:
            values = _shaped(values, np.float64, name, n_bars)
            fields[name], widths[name] = _matrix(values), values.shape[1]
        elif name == "source":
            source, width = _source_of(values, n_bars)
            fields[name] = ct.pointer(source)
            if width:
                widths[name] = width
        elif name in ELSEWHERE:
            raise TypeError(f"simulate() has no input {name!r}: here it is "
                            f"{ELSEWHERE[name]}")
        else:
            raise TypeError(
                f"simulate() has no input {name!r}: it has "
                f"{', '.join((*FLAGS, *MATRICES, *PER_COLUMN, 'source'))}")
    return fields, widths


def _check_widths(widths, n_columns):
    for name, width in widths.items():
        is_own = name in PER_COLUMN or name == "source"
        if width == n_columns or width == 1 and not is_own:
            continue
        wanted = "one for each" if is_own else "1 or one for each"
        raise ValueError(f"{name} has {width} columns, the run has {n_columns}: "
                         f"give {wanted}")


def simulate(markets, instruments, plans=None, n_columns=None, options=None,
             pool=None, after=None, requests=(), **inputs):
    """Runs each column's account over its market: crucible_simulate().

    markets: what market() made, or bars, or a list of them; instruments: one of
    each market, or one for all; plans: one, or one per column (none: the
    defaults, deciding by the inputs). Inputs by name: enter_long, exit_long,
    enter_short, exit_short (bool); scores, targets, size, limit, trigger, stop,
    take, trail, price, taker_fee, maker_fee, slippage (float64). Each is one
    value, [bars], [bars x columns] or [1 x columns], of NumPy or pandas, in any
    memory order; none is copied if its type is right. source: a Sweep, or what
    its source() gave, in place of the four flags. market_of, group_of,
    first_bar, end_bar: [columns]. after: the run that this one continues.
    Gives a Backtest."""
    markets = [m if isinstance(m, Market) else market(m)
               for m in (markets if isinstance(markets, (list, tuple))
                         else [markets])]
    if not markets:
        raise ValueError("there is no market: give bars, or what market() made")
    requests = list(requests)
    instruments = _listed(instruments, Instrument, "instruments",
                          "instrument() or continuous_instrument()")
    if len(instruments) not in (1, len(markets)):
        raise ValueError(f"there are {len(instruments)} instruments for "
                         f"{len(markets)} markets: give 1 or one for each")
    instruments *= len(markets) // len(instruments)
    plans = _listed(plans if plans is not None else _decided_by(inputs, requests),
                    Plan, "plans", "plan()")
    options = options if options is not None else backtest_options()
    if (options.costs.impact_law != IMPACT_FIXED and "slippage" not in inputs
            and not all(m.has_forecasts for m in markets)):
        raise ValueError("without forecasts nothing fills: give market() sigma "
                         "(egarch_sigma) and volume (volume_forecast), or a fixed "
                         "slippage by costs=cost_options(impact_law=IMPACT_FIXED, "
                         "fixed_slippage=...)")
    fields, widths = _fields(inputs, markets[0].bars.contents.n)
    wanted = n_columns or max(
        [len(plans), len(markets), *widths.values(),
         *[1 + request.column for request in requests]])
    _check_widths({"plans": len(plans), **widths}, wanted)
    given = _simulation(
        markets=(Market * len(markets))(*markets), n_markets=len(markets),
        instruments=(Instrument * len(instruments))(*instruments),
        plans=(Plan * len(plans))(*plans), n_plans=len(plans),
        n_columns=wanted, options=ct.pointer(options),
        requests=(Request * len(requests))(*requests) if requests else None,
        n_requests=len(requests), **fields)
    handle = void_p()
    if after is None:
        _simulate(given, pool_of(pool), None, handle)
    else:
        _simulate_next(given, after._owner.handle, pool_of(pool), None, handle)
    return Backtest(handle, given.n_columns, options)
