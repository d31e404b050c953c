# SPDX-License-Identifier: Apache-2.0
"""What is wanted at a close; an order decided here is sent, and meets the next
open."""
from .ledger import opposes
from .levels import of_plan
from .orders import Order, end
from .rounding import multiple, nearest_multiple
from .sizing import sized, to_stop, wanted
from .words import *


def decide(a, close, wish):
    kind = a.plan.get("decides", SCORES)
    if kind == SCORES:
        by_score(a, close, wish)
    elif kind == SIGNALS:
        by_signals(a, close, wish)
    elif kind == TARGETS:
        by_target(a, close, wish)
    else:
        for request in wish.get("requests", ()):
            by_request(a, close, request)


# ---- leaving ----

def is_time_up(a):
    closes = a.n_bars - a.holding.first_held + 1
    return a.plan["horizon_bars"] and closes >= a.plan["horizon_bars"]


def send_exit(a, purpose):
    a.leave = Order(-a.holding.side, purpose, MARKET, abs(a.position),
                    a.last_close_ms, seq=a.next_seq())


# ---- entering ----

def is_in_sigmas(plan):
    return any(plan.get(k, 0) > 0 for k in (
        "limit_offset_sigma", "stop_sigma", "target_sigma", "trail_sigma"))


def lacks_forecast(a):
    """Is a forecast missing that the plan needs?"""
    return not a.sigma >= 0 and is_in_sigmas(a.plan)


def entry_prices(a, side, close, wish, sigma):
    """(price that sizes, limit, trigger) of an entry by the plan."""
    plan, tick = a.plan, a.instrument["price_tick"]
    kind = plan["entry"]
    if kind == MARKET:
        return close, None, None
    off = plan["limit_offset_sigma"] * sigma * close + \
        plan.get("offset_fraction", 0) * close
    if kind in (LIMIT, POST_ONLY):
        limit = wish["limit"] if given(wish.get("limit")) else \
            close - off if side > 0 else close + off
        limit = max(multiple(limit, tick, up=side < 0), tick)
        return limit, limit, None
    at = wish["trigger"] if given(wish.get("trigger")) else \
        close + off if side > 0 else close - off
    at = max(multiple(at, tick, up=side > 0), tick)
    if kind == STOP_ORDER:
        return at, None, at
    beyond = plan.get("stop_limit_fraction", 0) * at
    limit = wish["limit"] if given(wish.get("limit")) else \
        at + beyond if side > 0 else at - beyond
    limit = max(multiple(limit, tick, up=side < 0), tick)
    return limit, limit, at


def is_turning(a):
    """Is an order at work that takes from the position, and may turn it?"""
    return a.entry is not None and opposes(a, a.entry)


def sized_entry(a, price, wish, levels, sigma):
    plan = a.plan
    value = wish["size"] if given(wish.get("size")) else plan["sizing_value"]
    want = wanted(a, plan["sizing"], value, price,
                  to_stop(a, levels, sigma, price))
    quantity, fault = sized(a, want, price)
    if lacks_forecast(a):
        fault = NO_FORECAST
    return quantity, fault


def send_entry(a, side, close, wish):
    plan = a.plan
    sigma = a.sigma if a.sigma >= 0 else 0.0
    levels = of_plan(plan, wish)
    price, limit, at = entry_prices(a, side, close, wish, sigma)
    quantity, fault = sized_entry(a, price, wish, levels, sigma)
    a.entry = Order(
        side, ENTRY, plan["entry"], quantity, a.last_close_ms, limit=limit,
        trigger=at, sigma=sigma, fault=fault, levels=levels,
        bars_left=plan["limit_ttl_bars"] if plan["entry"] != MARKET else None,
        seq=a.next_seq())


def send_reversal(a, close, wish):
    """One order that closes and opens."""
    if a.entry is not None:  # what was left of the entry
        end(a, a.entry, CANCELLED, REQUESTED)
    side = -a.holding.side
    sigma = a.sigma if a.sigma >= 0 else 0.0
    levels = of_plan(a.plan, wish)
    quantity, fault = sized_entry(a, close, wish, levels, sigma)
    new = 0.0 if fault else quantity
    a.entry = Order(
        side, REVERSE, MARKET,
        nearest_multiple(abs(a.position) + new, a.instrument["lot_step"]),
        a.last_close_ms, sigma=sigma, levels=levels, seq=a.next_seq(),
        is_reduce_only=bool(fault))


# ---- what is listened to ----

def by_score(a, close, wish):
    plan, score = a.plan, wish.get("score", NONE)
    if a.holding is not None:
        if a.leave is not None:
            return
        if is_time_up(a):
            send_exit(a, EXIT_TIME)
        elif (score < plan["theta_out"] if a.holding.side > 0
              else score > -plan["theta_out"]):
            send_exit(a, EXIT_SCORE)
        return
    if a.entry is not None or a.is_stopped:
        return
    if score > plan["theta_in"]:
        send_entry(a, 1, close, wish)
    elif score < -plan["theta_in"] and plan["side"] == LONG_SHORT:
        send_entry(a, -1, close, wish)


def by_signals(a, close, wish):
    plan, flags = a.plan, wish.get("signals", 0)
    enters = {1: bool(flags & ENTER_LONG), -1: bool(flags & ENTER_SHORT)}
    exits = {1: bool(flags & EXIT_LONG), -1: bool(flags & EXIT_SHORT)}
    if enters[1] and enters[-1]:
        enters = {1: False, -1: False}
    on_opposite = plan.get("on_opposite", REVERSE_POSITION)
    if a.holding is not None:
        if a.leave is not None or is_turning(a):
            return
        side = a.holding.side
        if enters[-side] and on_opposite == REVERSE_POSITION and \
                not a.is_stopped:
            send_reversal(a, close, wish)
        elif is_time_up(a):
            send_exit(a, EXIT_TIME)
        elif exits[side] or (enters[-side] and on_opposite != IGNORE):
            send_exit(a, EXIT_SIGNAL)
        return
    if a.entry is not None:
        side = a.entry.side
        if enters[-side] and on_opposite != IGNORE:
            end(a, a.entry, CANCELLED, REQUESTED)
            if on_opposite == CLOSE_POSITION:
                return
        else:
            if exits[side] and not enters[side]:
                end(a, a.entry, CANCELLED, REQUESTED)
            return
    for side in (1, -1) if not a.is_stopped else ():
        if enters[side] and not exits[side]:  # both: neither
            send_entry(a, side, close, wish)


def by_target(a, close, wish):
    plan, i = a.plan, a.instrument
    if a.leave is not None or a.entry is not None:
        return
    if a.holding is not None and is_time_up(a):
        return send_exit(a, EXIT_TIME)
    target = wish.get("target", NONE)
    if not given(target) or a.is_stopped:
        return
    unit = plan.get("target_unit", OF_EQUITY)
    units = target * a.equity / close if unit == OF_EQUITY else \
        target / close if unit == OF_CASH else target
    most = max(a.equity * a.options["leverage"] / close, 0.0)
    lots = multiple(min(abs(units), most), i["lot_step"], up=False)
    wanted_now = lots if units > 0 else -lots
    change = nearest_multiple(wanted_now - a.position, i["lot_step"])
    if abs(change) < i["lot_step"] or (
            lots > 0 and abs(change) * close < i["min_notional"]):
        return
    sigma = a.sigma if a.sigma >= 0 else 0.0
    levels = of_plan(plan, wish)
    order = Order(1 if change > 0 else -1, REBALANCE, MARKET, abs(change),
                  a.last_close_ms, sigma=sigma, levels=levels,
                  seq=a.next_seq())
    if lacks_forecast(a):
        order.fault = NO_FORECAST
    a.entry = order


def by_request(a, close, r):
    i, tick, lot = (a.instrument, a.instrument["price_tick"],
                    a.instrument["lot_step"])
    kind, side = r["kind"], r.get("side", 1)
    if kind == CANCEL:
        for order in a.book:
            order.is_taken_back |= order.id == r["id"]
        return
    limit = trigger = None
    if kind in (LIMIT, POST_ONLY, STOP_LIMIT):
        limit = multiple(r["limit"], tick, up=side < 0)
    if kind in (STOP_ORDER, STOP_LIMIT) or (
            kind == TRAILING_STOP and given(r.get("trigger"))):
        trigger = multiple(r["trigger"], tick, up=side > 0)
    price = r["limit"] if limit is not None else \
        r["trigger"] if kind == STOP_ORDER else close  # as requested
    quantity, fault = request_size(a, r, price)
    if any(p is not None and p <= 0 for p in (limit, trigger)):
        fault = BAD_PRICE
    order = Order(
        side, ORDER, kind, quantity, a.last_close_ms, limit=limit,
        trigger=trigger, fault=fault, id=r["id"], seq=a.next_seq(),
        is_reduce_only=bool(r.get("reduce_only")),
        is_all=r.get("size") == float("inf"), oco=r.get("oco", 0),
        bars_left=r.get("ttl_bars") or None,
        trail=r["trail"] if kind == TRAILING_STOP else None,
        levels=dict(stop_price=r.get("stop", NONE),
                    target_price=r.get("target", NONE)))
    if len(a.book) >= WORKING_MOST:
        order.fault = BOOK_FULL
        end(a, order, REJECTED, BOOK_FULL)
        return
    a.book.append(order)


def request_size(a, r, price):
    lot = a.instrument["lot_step"]
    if price <= 0:
        return 0.0, BAD_PRICE
    if r["sizing"] == UNITS and r["size"] == float("inf"):
        return 0.0, 0  # all that is held when it arrives
    at_stop = abs(price - r["stop"]) + price * (2 * a.fees[1]) \
        if r["sizing"] == RISK else 0.0
    want = wanted(a, r["sizing"], r["size"], price, at_stop)
    quantity = max(multiple(max(want, 0.0), lot, up=False), 0.0)
    return quantity, BELOW_LOT if quantity < lot else 0
