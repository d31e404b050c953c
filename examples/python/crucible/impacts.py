# SPDX-License-Identifier: Apache-2.0
"""Y and the exponent of the slippage, measured from trades, quotes and books."""
import ctypes as ct

import numpy as np

from .arrays import pointer
from .library import (call, defaults_of, destructor, out_p, p, size, void_p)
from .structures import (Book, CostOptions, ImpactFit, ImpactOptions,
                         ImpactPoint, Print, Prints, Quote, double_p)

_options = defaults_of("crucible_impact_options_init", ImpactOptions)
_create = call("crucible_impact_stream_create", p(ImpactOptions), out_p)
_destroy = destructor("crucible_impact_stream_destroy")
_push_quote = call("crucible_impact_stream_push_quote", void_p, p(Quote))
_push_print = call("crucible_impact_stream_push_print", void_p, p(Print))
_push_book = call("crucible_impact_stream_push_book", void_p, p(Book))
_push_order = call("crucible_impact_stream_push_order", void_p, ct.c_int64,
                   ct.c_double, ct.c_double, ct.c_double, ct.c_double)
_fit = call("crucible_impact_stream_fit", void_p, p(ImpactFit))
_curve = call("crucible_impact_stream_curve", void_p, p(ImpactPoint), size,
              p(size))
_estimate = call("crucible_impact_estimate", p(Prints), p(Quote), size,
                 p(ImpactOptions), p(ImpactFit))
_cost = call("crucible_impact_cost", p(ImpactFit), ct.c_double, double_p,
             double_p)
_apply = call("crucible_impact_apply", p(ImpactFit), ct.c_int64,
              p(CostOptions))

MEASURES = {"orders": 0, "book": 1, "flow": 2}


def _chosen(options):
    if isinstance(options.get("measure"), str):
        options["measure"] = MEASURES[options["measure"]]
    return _options(**options)


def impact_estimate(time_ms, price, quantity, side, quotes=None, **options):
    """Fit of recorded trades. side: 1 where the buyer took, -1 where the seller
    did; quotes: (time_ms, bid, ask) columns; options: fields of
    crucible_impact_options, measure also by name."""
    columns = [np.ascontiguousarray(c, kind) for c, kind in
               ((time_ms, np.int64), (price, float), (quantity, float),
                (side, np.int8))]
    if len({len(c) for c in columns}) != 1:
        raise ValueError("columns of trades differ in length")
    prints, table, n_quotes = Prints(), None, 0
    prints.n = len(columns[0])
    for name, column, kind in zip(
            ("time_ms", "price", "quantity", "side"), columns,
            (ct.c_int64, ct.c_double, ct.c_double, ct.c_int8)):
        setattr(prints, name, column.ctypes.data_as(ct.POINTER(kind)))
    if quotes is not None:
        n_quotes = len(quotes[0])
        rows = np.empty(n_quotes, dtype=[("t", "i8"), ("b", "f8"),
                                         ("a", "f8")])
        rows["t"], rows["b"], rows["a"] = quotes
        table = rows.ctypes.data_as(p(Quote))
    fit = ImpactFit()
    _estimate(prints, table, n_quotes, _chosen(options), fit)
    return fit


def impact_cost(fit, share):
    """(cost, its standard error) of an order of share Q/V, in sigma."""
    cost, se = ct.c_double(), ct.c_double()
    _cost(fit, share, cost, se)
    return cost.value, se.value


def impact_apply(fit, timeframe_ms, options):
    """Puts the law into CostOptions."""
    _apply(fit, timeframe_ms, options)


class ImpactStream:
    """Takes quotes, trades, books and own orders as they come."""

    def __init__(self, **options):
        self._stream = void_p()
        _create(_chosen(options), ct.byref(self._stream))

    def __del__(self):
        _destroy(self._stream)

    def push_quote(self, time_ms, bid, ask):
        _push_quote(self._stream, Quote(time_ms, bid, ask))

    def push_print(self, time_ms, price, quantity, side):
        _push_print(self._stream, Print(time_ms, price, quantity, side, 0))

    def push_book(self, time_ms, bids, asks):
        """bids, asks: (price, quantity) columns, the best first."""
        columns = [np.ascontiguousarray(c, float) for c in (*bids, *asks)]
        book = Book(time_ms=time_ms, n_bids=len(columns[0]),
                    n_asks=len(columns[2]))
        for name, column in zip(("bid_price", "bid_quantity", "ask_price",
                                 "ask_quantity"), columns):
            setattr(book, name, pointer(column))
        _push_book(self._stream, book)

    def push_order(self, time_ms, sigma, quantity, volume, cost):
        _push_order(self._stream, time_ms, sigma, quantity, volume, cost)

    def fit(self):
        fit = ImpactFit()
        _fit(self._stream, fit)
        return fit

    def curve(self):
        """Rows of (share, cost in sigma, number of orders)."""
        points, n = (ImpactPoint * 192)(), size()
        _curve(self._stream, points, 192, n)
        return [(q.share, q.cost_sigma, q.n_orders) for q in points[:n.value]]
