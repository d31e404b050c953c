# SPDX-License-Identifier: Apache-2.0
"""How much to order, and how much of it can be paid."""
from .levels import fraction_of
from .prices import is_priced, moves
from .rounding import multiple, nearest_multiple
from .words import *


def wanted(a, kind, value, price, to_stop=0.0):
    """Base asset at a decision; to_stop: what a unit loses until the stop and
    by both fees, for RISK."""
    if kind == FRACTION:
        return value * a.equity / price
    if kind == CASH:
        return value / price
    if kind == UNITS:
        return value
    tick = a.instrument["price_tick"]
    half = max(tick / 2, a.spread / 2 * price)
    at_risk = to_stop + 2 * half + 2 * tick
    quantity = value * a.equity / at_risk
    if quantity > 0 and is_priced(a):
        at_risk += 2 * price * sum(moves(a, quantity))
    return value * a.equity / at_risk


def to_stop(a, levels, sigma, price):
    return price * (fraction_of(levels, "stop", sigma) + 2 * a.fees[1])


def sized(a, want, price):
    """(lots, fault): what leverage and lot leave of it."""
    lot = a.instrument["lot_step"]
    most = a.equity * a.options["leverage"] / price
    quantity = max(multiple(max(min(want, most), 0.0), lot, up=False), 0)
    if quantity < lot:
        return quantity, (NO_CASH if want >= lot or a.equity <= 0
                          else BELOW_LOT)
    return quantity, 0


def free_of(a, price, cash, position):
    """Cash that an account can open with."""
    margin = 1 / a.options["leverage"]
    if position == 0 or (position > 0 and margin == 1):
        return cash
    value = position * price
    return cash + value - abs(value) * a.fees[1] - margin * abs(value)


def payable(a, price, rate, closes=0.0):
    """Most lots that can be opened at that price and fee, after `closes` of the
    position has left at it."""
    cash, position = a.cash, a.position
    if closes:
        value = closes * price
        cash += (value if position > 0 else -value) - value * a.fees[1]
        position = 0.0
    free = free_of(a, price, cash, position) + a.others_free
    if a.instrument["fee_asset"] == BASE or rate < 0:
        rate = 0.0
    each = price * (1 / a.options["leverage"] + rate)
    lot = a.instrument["lot_step"]
    lots = multiple(max(free, 0.0) / each, lot, up=False)
    return lots if lots * each <= max(free, 0.0) else \
        multiple(lots - lot / 2, lot, up=False)


def fault_of(a, quantity, price, rate):
    """Why so much cannot be opened; 0 if it can."""
    i = a.instrument
    if quantity < i["lot_step"]:
        return NO_MARGIN if a.position else NO_CASH
    if quantity < i["min_quantity"]:
        return MIN_QUANTITY
    if quantity * price < i["min_notional"]:
        return MIN_NOTIONAL
    if i["fee_asset"] == BASE and multiple(
            quantity * (1 - rate) + max(a.held - a.position, 0), i["lot_step"],
            up=False) < i["lot_step"]:
        return BELOW_LOT
    return 0


def room(a):
    """Lots that participation leaves of this bar."""
    cap = a.options.get("participation", 0)
    if not cap:
        return float("inf")
    lot = a.instrument["lot_step"]
    return max(nearest_multiple(
        multiple(cap * a.bar_volume, lot, up=False) - a.used, lot), 0.0)
