# SPDX-License-Identifier: Apache-2.0
"""The open's jump and the path of a bar, and what they meet."""
from .arrive import (WAIT_FOR_A_PRICE, arrive, is_passed, make, sell_out,
                     take, trigger)
from .ledger import opposes
from .levels import guard, is_reached, move_anchor
from .orders import Order, refuse
from .prices import *
from .rounding import nearest_multiple
from .sizing import room
from .words import *


def waiting_limits(a):
    """Resting limits, targets and rungs: orders with a limit, oldest first."""
    found = [o for o in a.working() if o.is_resting and o.is_limit_now()]
    h = a.holding
    if h is not None:
        found += h.rungs
        if h.target is not None:
            if h.target_order is not None:
                h.target_order.limit = h.target
            found.append(h.target_order or Order(
                -h.side, TARGET, LIMIT, abs(a.position), h.placed_ms,
                limit=h.target, seq=h.seq, is_resting=True))
    return sorted(found, key=lambda o: o.seq)


def waiting_stops(a):
    if not is_priced(a):
        return []
    return [o for o in a.working() if o.is_resting and not o.is_limit_now()]


def is_offered(a, order, middle):
    """Has the other side come to the limit?"""
    at = quote(a, order.buy, middle)
    return at <= order.limit if order.buy else at >= order.limit


def fill_limit(a, order, price, middle):
    h = a.holding
    is_target = order.purpose == TARGET and order.rung is None
    if is_target and not order.n_fills:  # as it is when it begins to fill
        order.quantity = abs(a.position)
    make(a, order, price, middle)
    if is_target and order.n_fills and a.holding is h:
        h.target_order = order


# ---- the open ----

def leave_at_open(a, middle):
    """(a) market orders that leave: the plan's, which may turn, what a guard
    or a close by force has sent, requests oldest first."""
    orders = [o for o in (a.entry, a.leave) if o is not None]
    orders += [o for o in a.book if o.is_reduce_only and not o.is_resting and
               not o.is_taken_back and (o.kind == MARKET or o.is_triggered)]
    for order in orders:
        if order is not a.leave and not (order in a.working() and
                                         opposes(a, order)):
            continue
        if order.fault:
            refuse(a, order, order.fault)
        elif is_priced(a):
            take(a, order, middle)
        elif order.purpose not in WAIT_FOR_A_PRICE:
            refuse(a, order, why_unpriced(a))


def jump(a, middle):
    """(b) to (d): what the open has passed."""
    h = a.holding  # what a turn has just opened meets nothing before the path
    is_new = h is not None and h.entry_bar == a.n_bars
    met = None if is_new else guard(a)
    if met and is_reached(a, h, met[0], middle) and can_guard(a):
        sell_out(a, met[0], met[1], middle)
    if not a.gap:
        for order in waiting_limits(a):
            if is_new and order.purpose == TARGET:
                continue
            if is_live(a, order) and is_offered(a, order, middle) and \
                    room(a) > 0:
                at = quote(a, order.buy, middle)
                fill_limit(a, order, for_the_maker(a, order.buy, at), middle)
    for order in sorted(waiting_stops(a), key=lambda o: o.seq):
        if order in a.working() and \
                is_passed(order, quote(a, order.buy, middle)):
            trigger(a, order, middle)
    move_anchor(a, middle, not is_new)


def is_live(a, order):
    """Was it not cancelled by what was filled before it?"""
    h = a.holding
    if order.purpose == TARGET:
        return h is not None and (order in h.rungs or order.rung is None)
    return order in a.working()


def can_guard(a):
    return a.leave is None or room(a) > 0


def arrivals(a, middle, reducing=None):
    """(e) orders that were sent, oldest first; reducing: only those that just
    reduce (True) or the others (False), for groups."""
    sent = [o for o in a.working() if not o.is_resting]
    for order in sorted(sent, key=lambda o: o.seq):
        if order not in a.working():
            continue
        if reducing is not None and reducing != only_reduces(a, order):
            continue
        arrive(a, order, a.market_price
               if order.kind == MARKET or order.is_triggered else middle)


def only_reduces(a, order):
    return opposes(a, order) and (
        order.is_reduce_only or
        order.rest(a.instrument["lot_step"]) <= abs(a.position))


def at_close(a, bar, reducing=None):
    """FILL_SAME_CLOSE: market orders decided just now trade at the close, by
    the forecasts that held for this bar; reducing as in arrivals()."""
    close = bar[4]
    for order in sorted(a.working(), key=lambda o: o.seq):
        if order.kind == MARKET and order in a.working() and \
                not order.is_taken_back and \
                reducing in (None, only_reduces(a, order)):
            arrive(a, order, close)


def fills_at_close(a, bar):
    return a.options.get("fill_at", NEXT_OPEN) == SAME_CLOSE and bar[5] > 0


# ---- the path ----

def leg(a, start, end_):
    """The price runs from start to end without a jump."""
    here = start
    asleep = set()
    if a.gap:  # passed by the first price after a gap: not filled by it
        asleep = {o.seq for o in waiting_limits(a) if is_offered(a, o, start)}
    while True:
        met = nearest(a, here, end_, asleep)
        if met is None:
            break
        here = met()
    move_anchor(a, end_)


def nearest(a, here, end_, asleep):
    """What is met first from here on: a function that fills it and tells where,
    or None."""
    found = []

    def add(rank, seq, middle, action):
        found.append((abs(middle - here), rank, seq, action))

    guarded = guard(a)
    if guarded and can_guard(a):
        price, purpose = guarded
        if is_reached(a, a.holding, price, here):
            add(0, 0, here, lambda: sell_out(a, price, purpose, here) or here)
        elif is_reached(a, a.holding, price, end_):
            at_level = middle_of(a, a.position < 0, price)
            add(0, 0, at_level, lambda: sell_out(
                a, price, purpose, at_level, price) or at_level)
    for o in waiting_stops(a):
        if is_passed(o, quote(a, o.buy, here)):
            add(1, o.seq, here, lambda o=o: trigger(a, o, here) or here)
        elif is_passed(o, quote(a, o.buy, end_)):
            m = middle_of(a, o.buy, o.trigger)
            add(1, o.seq, m,
                lambda o=o, m=m: trigger(a, o, m, o.trigger) or m)
    if room(a) > 0:
        for o in waiting_limits(a):
            if o.seq in asleep:
                continue
            if is_offered(a, o, here):
                at = for_the_maker(a, o.buy, quote(a, o.buy, here))
                add(2, o.seq, here,
                    lambda o=o, at=at: fill_limit(a, o, at, here) or here)
            elif is_offered(a, o, end_):
                m = middle_of(a, o.buy, o.limit)
                add(2, o.seq, m,
                    lambda o=o, m=m: fill_limit(a, o, o.limit, m) or m)
    return min(found, key=lambda x: x[:3])[3] if found else None


def follow(a, stations):
    for start, end_ in zip(stations, stations[1:]):
        leg(a, start, end_)


def walk(a, o, h, l, c):
    """From the open to the close, by the path of the options."""
    path = a.options["path"]
    high_first, low_first = [o, h, l, c], [o, l, h, c]
    if path == FINE and any(bar[5] > 0 for bar in a.fine):
        return walk_fine(a, o)
    if path == OHLC:
        return follow(a, high_first)
    if path == OLHC:
        return follow(a, low_first)
    if path == ADAPTIVE:
        return follow(a, high_first if h - o < o - l else low_first)
    return walk_pessimistic(a, high_first, low_first)


def walk_pessimistic(a, high_first, low_first):
    """Of both orders of the extremes the one that leaves less."""
    if a.holding is None and not a.working():
        return follow(a, low_first)  # nothing that could be met
    worth = []
    for stations in high_first, low_first:
        trial = a.copy()
        follow(trial, stations)
        worth.append(trial.value(stations[-1]))
    return follow(a, high_first if worth[0] < worth[1] else low_first)


def walk_fine(a, open_):
    """The bars of a finer timeframe that traded one after another; each begins
    with a jump, and what that passed is met at its end."""
    leg(a, open_, open_)
    for _, o, h, l, c, volume in a.fine:
        if volume > 0:
            leg(a, o, o)
            walk_pessimistic(a, [o, h, l, c], [o, l, h, c])
            a.gap = False
