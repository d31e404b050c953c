# SPDX-License-Identifier: Apache-2.0
"""Quotes of a bar, what a taker pays, what a maker gets.

`a.half` is half the spread of the bar; `a.sigma` and `a.volume` are what was
forecast for it; `a.fees` its (maker, taker) rates; `a.fixed_slippage` what
stands in place of a law, < 0: nothing.
"""
import math

from .rounding import multiple
from .words import *


def bid(a, middle):
    return middle - a.half


def ask(a, middle):
    return middle + a.half


def quote(a, buy, middle):
    """What a market order gets: a buyer pays the ask."""
    return ask(a, middle) if buy else bid(a, middle)


def middle_of(a, buy, quote_price):
    return quote_price - a.half if buy else quote_price + a.half


def needs_no_forecast(a):
    return a.fixed_slippage >= 0


def is_priced(a):
    """Can a taker's slippage be named?"""
    return needs_no_forecast(a) or (a.sigma >= 0 and a.volume > 0)


def why_unpriced(a):
    return NO_VOLUME if a.sigma >= 0 and a.volume == 0 else NO_FORECAST


def moves(a, quantity):
    """How far an order moves the price: (for a while, for good), fractions."""
    o = a.options
    if a.fixed_slippage >= 0:
        return a.fixed_slippage, 0.0
    law = o.get("impact_law", POWER)
    share = quantity / a.volume
    if law == LINEAR:
        return o["impact_y"] * a.sigma * share, 0.0
    if law == ALMGREN:
        root = math.sqrt(o.get("bars_per_day") or DAY_MS / a.timeframe_ms)
        return (o["almgren_eta"] * root * a.sigma * share ** 0.6,
                o["almgren_gamma"] / 2 / root * a.sigma * share)
    return o["impact_y"] * a.sigma * share ** o["impact_exponent"], 0.0


def taken(a, buy, quantity, at, limit=None):
    """(price, slippage, impact) of a market order at the quote `at`, the latter
    two per unit and parts of the price's distance from the quote."""
    tick = a.instrument["price_tick"]
    short, lasting = moves(a, quantity)
    move = at * (short + lasting)
    price = at + move if buy else at - move
    if limit is not None:
        price = min(price, limit) if buy else max(price, limit)
    if not buy:
        price = max(price, tick)
    slip = max(price - at if buy else at - price, 0.0)
    impact = slip * (lasting / (short + lasting)) if lasting > 0 else 0.0
    return multiple(price, tick, up=buy), slip - impact, impact


def for_the_maker(a, buy, at):
    """The quote that a resting order gets where the price jumped over it."""
    return multiple(at, a.instrument["price_tick"], up=buy)


def rate_of(a, liquidity):
    return a.fees[0] if liquidity == MAKER else a.fees[1]
