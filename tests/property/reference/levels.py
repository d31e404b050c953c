# SPDX-License-Identifier: Apache-2.0
"""Stop, trailing stop, target, rungs and the price of liquidation.

Stops are rounded to the tick towards the entry, targets and rungs away from it.
"""
from .orders import Order
from .prices import ask, bid, is_priced
from .rounding import multiple
from .words import *


def of_plan(plan, wish):
    """What a decision says about the position it may open: distances in sigma
    and in fractions of the entry price. A wish replaces the plan."""
    levels = {k: plan.get(k, 0) for k in
              ("stop_sigma", "stop_fraction", "target_sigma",
               "target_fraction", "trail_sigma", "trail_fraction")}
    for name, wished in ("stop", "stop"), ("target", "take"), \
            ("trail", "trail"):
        if given(wish.get(wished)):
            levels[name + "_sigma"] = 0
            levels[name + "_fraction"] = wish[wished]
    n = plan.get("n_rungs", 0)
    levels["rungs"] = list(zip(plan.get("rung_at", [])[:n],
                               plan.get("rung_share", [])[:n]))
    return levels


def fraction_of(levels, name, sigma):
    """Distance as a fraction of a price; 0: none."""
    in_sigma = levels.get(name + "_sigma", 0)
    return in_sigma * sigma if in_sigma > 0 else \
        levels.get(name + "_fraction", 0)


def level(a, side, price, fraction, towards_profit):
    """fraction of the price away from it, None where that is no price."""
    up = (side > 0) == towards_profit
    found = multiple(price + fraction * price if up else
                     price - fraction * price,
                     a.instrument["price_tick"], up=side > 0)
    return found if found > 0 else None


def set_levels(a, order, middle, is_new):
    """After a fill that opened or added."""
    h, levels = a.holding, order.levels
    if is_new:
        h.anchor = middle
    if levels is None:
        return
    if "stop_price" in levels:  # explicit prices replace, NaN leaves
        tick = a.instrument["price_tick"]
        if given(levels["stop_price"]):
            h.stop = multiple(levels["stop_price"], tick, up=h.side > 0)
        if given(levels["target_price"]):
            h.target = multiple(levels["target_price"], tick, up=h.side > 0)
        return
    price, sigma = h.entry_price, order.sigma
    stop = fraction_of(levels, "stop", sigma)
    target = fraction_of(levels, "target", sigma)
    trail = fraction_of(levels, "trail", sigma)
    # what an add does not bring, or is no price, leaves what there is
    if stop > 0:
        h.stop = level(a, h.side, price, stop, False) or h.stop
    h.trail = trail if trail > 0 else h.trail
    raise_trail(a, h)
    if target > 0:
        h.target = level(a, h.side, price, target, True) or h.target
    if levels["rungs"] and target > 0:
        h.target = None
        set_rungs(a, levels["rungs"], target, is_new)


def set_rungs(a, rungs, target, is_new):
    """Each rung takes its share of the position as entered."""
    h, lot = a.holding, a.instrument["lot_step"]
    for i, (at, share) in enumerate(rungs):
        price = level(a, h.side, h.entry_price, at * target, True)
        quantity = multiple(share * abs(a.position), lot, up=False)
        known = [r for r in h.rungs if r.rung == i]
        if known and not known[0].n_fills:
            known[0].limit, known[0].quantity = price, quantity
        elif is_new and quantity >= lot and price is not None:
            h.rungs.append(Order(
                -h.side, TARGET, LIMIT, quantity, h.placed_ms, limit=price,
                is_resting=True, is_reduce_only=True, rung=i,
                seq=i - len(rungs)))


def raise_trail(a, h):
    """The trailing stop's level only moves towards the profit."""
    if h.trail is None:
        return
    away = h.trail * h.anchor
    found = multiple(h.anchor - away if h.side > 0 else h.anchor + away,
                     a.instrument["price_tick"], up=h.side > 0)
    h.trail_level = found if h.trail_level is None else \
        max(found, h.trail_level) if h.side > 0 else min(found, h.trail_level)


def liquidation_price(a):
    """Where what is left is the maintenance margin:
    cash + q p - fee q p = maintenance q p, and the same for a short."""
    rate = a.fees[1] + a.instrument["maintenance_margin"]
    if a.position > 0:
        return -a.cash / (a.position * (1 - rate)) if a.cash < 0 else None
    return a.cash / (-a.position * (1 + rate))


def set_liquidation(a):
    """After each change of cash or position."""
    if a.holding is not None:
        a.holding.liquidation = None if a.in_group else liquidation_price(a)


def guard(a):
    """(price, purpose) of the stop that would be met first, or None."""
    h = a.holding
    if h is None or not is_priced(a):
        return None
    found = []
    if h.stop is not None:
        found.append((h.stop, STOP))
    if h.trail is not None:
        found.append((h.trail_level, TRAIL))
    if h.liquidation is not None:
        found.append((h.liquidation, LIQUIDATION))
    if not found:
        return None
    rank = {STOP: 0, TRAIL: 1, LIQUIDATION: 2}
    return max(found, key=lambda x: (h.side * x[0], -rank[x[1]]))


def is_reached(a, h, price, middle):
    return bid(a, middle) <= price if h.side > 0 else ask(a, middle) >= price


def move_anchor(a, middle, is_seen=True):
    """The end of a leg: a trailing stop follows the best of these."""
    h = a.holding
    if h is not None and is_seen:
        h.anchor = max(h.anchor, middle) if h.side > 0 else \
            min(h.anchor, middle)
        raise_trail(a, h)
    for order in a.book:
        if order.kind == TRAILING_STOP and order.is_resting:
            order.anchor = min(order.anchor, middle) if order.buy else \
                max(order.anchor, middle)
            set_trailing_trigger(a, order)


def set_trailing_trigger(a, order):
    tick = a.instrument["price_tick"]
    found = multiple(order.anchor + order.trail if order.buy else
                     order.anchor - order.trail, tick, up=order.buy)
    if order.trigger is None:
        order.trigger = found
    else:
        order.trigger = min(order.trigger, found) if order.buy else \
            max(order.trigger, found)
