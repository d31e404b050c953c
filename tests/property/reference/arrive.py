# SPDX-License-Identifier: Apache-2.0
"""How an order meets the market: as a taker, as a maker, or on arrival."""
from .ledger import fill, opposes
from .levels import set_trailing_trigger
from .orders import Order, end, refuse
from .prices import *
from .rounding import multiple, nearest_multiple
from .sizing import fault_of, payable, room
from .words import *

ALWAYS_CARRIED = STOP, TRAIL, LIQUIDATION, END
WAIT_FOR_A_PRICE = ALWAYS_CARRIED + (EXIT_SIGNAL,)
ONLY_LEAVE = (EXIT_SCORE, EXIT_TIME, TARGET) + WAIT_FOR_A_PRICE


def may_short(a):
    return a.plan["side"] == LONG_SHORT and a.instrument["is_shortable"]


def parts(a, order):
    """(what leaves, what opens) of the rest of an order, before cash; None if
    it was refused."""
    lot = a.instrument["lot_step"]
    if order.is_all and not order.n_fills:  # now it is known what all is
        order.quantity = abs(a.position) if opposes(a, order) else 0.0
    rest = order.rest(lot)
    if order.purpose in ONLY_LEAVE and order.rung is None:
        rest = abs(a.position)  # all there is, what was added since too
        if not order.n_fills:
            order.quantity = rest
    out = min(rest, abs(a.position)) if opposes(a, order) else 0.0
    into = nearest_multiple(rest - out, lot) if out else rest
    if order.is_reduce_only or order.purpose in ONLY_LEAVE:
        if not out:
            refuse(a, order, REDUCE_ONLY)
            return None
        into = 0.0
    elif order.side < 0 and not may_short(a):
        if not out:
            refuse(a, order, NOT_SHORTABLE)
            return None
        into = 0.0
    return out, into


def take(a, order, middle, at=None, limit=None):
    """A taker's fill at the quote `at` (the middle's, where it is not told)."""
    if at is None:
        at = quote(a, order.buy, middle)
    found = parts(a, order)
    if found is None:
        return
    out, into = found
    lot, rate = a.instrument["lot_step"], a.fees[1]
    total = out

    def together(opens):
        return nearest_multiple(out + opens, lot) if out else opens

    if into:
        into = min(into, payable(a, at, rate, out))
        price = taken(a, order.buy, together(into), at, limit)[0]
        if payable(a, price, rate, out) < into:
            into = payable(a, price, rate, out)
            price = taken(a, order.buy, together(into), at, limit)[0]
        fault = 0 if order.n_fills and into >= lot else \
            fault_of(a, into, price, rate)
        if fault and not out:
            return refuse(a, order, fault)
        total = out if fault else together(into)
    quantity = part_of(a, order, total, rate)
    is_cut = quantity < total
    ending = (CANCELLED, PARTICIPATION) if is_given_up(a, order, limit) \
        else None
    if quantity > 0:
        price, slip, impact = taken(a, order.buy, quantity, at, limit)
        fill(a, order, quantity, price, middle, slip, impact, TAKER,
             ending=ending if is_cut else (FILLED, 0))
        settle(a, order, total - quantity)
    elif ending:
        end(a, order, *ending)
    if is_cut and not ending:
        keep_rest(a, order, limit)


def is_nothing(a, order, quantity, rate):
    """Would a purchase from flat, its fee taken off, leave less than a lot?"""
    return a.holding is None and order.buy and \
        a.instrument["fee_asset"] == BASE and multiple(
            quantity * (1 - rate) + max(a.held - a.position, 0),
            a.instrument["lot_step"], up=False) < a.instrument["lot_step"]


def part_of(a, order, total, rate):
    """What of it the bar's volume leaves; 0 where that would be worth nothing
    after its fee."""
    if total <= room(a):
        return total
    return 0.0 if is_nothing(a, order, room(a), rate) else room(a)


def is_given_up(a, order, limit):
    """Does it end where participation cuts it?"""
    return limit is None and order.purpose not in ALWAYS_CARRIED and \
        a.options.get("remainder", CARRY) == DROP


def settle(a, order, left):
    """After a fill: what is still asked for of it."""
    if order.rung is None:
        order.left = nearest_multiple(left, a.instrument["lot_step"])


def keep_rest(a, order, limit):
    """Participation cut the order: what becomes of the rest."""
    if limit is not None:
        order.rest_in_book()
    else:
        order.is_resting, order.is_triggered = False, True
        order.bars_left = None  # it waits for volume, not for a price


def make(a, order, price, middle):
    """A maker's fill of what rests at its limit."""
    found = parts(a, order)
    if found is None:
        return
    out, into = found
    if into:
        lot = a.instrument["lot_step"]
        is_paid = order.purpose == ENTRY and not order.buy and \
            not a.position and not a.in_group
        if not is_paid:
            into = min(into, payable(a, price, a.fees[0], out))
        if into < lot and not out:
            return refuse(a, order, NO_CASH)
        if is_nothing(a, order, into, a.fees[0]):
            return refuse(a, order, BELOW_LOT)
        into = into if into >= lot else 0.0
        if out:
            into = nearest_multiple(out + into, lot)
    total = into or out
    quantity = part_of(a, order, total, a.fees[0])
    if quantity > 0:
        fill(a, order, quantity, price, middle, 0.0, 0.0, MAKER,
             ending=None if quantity < total else (FILLED, 0))
        settle(a, order, total - quantity)


def sell_out(a, level, purpose, middle, at=None):
    """The guard was met."""
    h = a.holding
    order = Order(-h.side, purpose, MARKET, abs(a.position), h.placed_ms,
                  limit=level)
    leave = a.leave
    take(a, order, middle, at)
    if order.is_triggered and a.holding is not None:  # cut: for the next open
        if leave is not None:
            end(a, leave, CANCELLED, CLOSED)
        a.leave = order
        forget_level(a, purpose)


def forget_level(a, purpose):
    """The guard has become a market order."""
    if purpose == STOP:
        a.holding.stop = None
    elif purpose == TRAIL:
        a.holding.trail = None
    else:
        a.is_stopped = True


def crosses(order, at):
    return order.limit is None or \
        (at <= order.limit if order.buy else at >= order.limit)


def is_passed(order, at):
    """Is a stop order's trigger reached by its quote?"""
    return at >= order.trigger if order.buy else at <= order.trigger


def may_not(a, order):
    """Why an order could not even begin; 0 if it could."""
    return REDUCE_ONLY if order.is_reduce_only and not opposes(a, order) else 0


def arrive(a, order, middle):
    """An order that was sent at the last close meets the open."""
    is_explicit = order.purpose == ORDER
    at = quote(a, order.buy, middle)
    if order.fault:
        return refuse(a, order, order.fault if is_priced(a) or a.sigma >= 0
                      else NO_FORECAST)
    if may_not(a, order):
        return refuse(a, order, may_not(a, order))
    is_limit = order.kind in (LIMIT, POST_ONLY)
    is_quiet = is_explicit and (order.kind == POST_ONLY or (
        is_limit and not crosses(order, at)))  # takes nothing now
    if not is_priced(a) and not is_quiet:
        return refuse(a, order, why_unpriced(a))
    if order.kind == TRAILING_STOP and order.anchor is None:
        order.anchor = middle
        set_trailing_trigger(a, order)
    if order.kind == MARKET or order.is_triggered:
        return take(a, order, middle)
    if not is_limit:
        if is_passed(order, at):
            return trigger(a, order, middle)
        order.rest_in_book()
        return None
    return arrive_limit(a, order, middle)


def arrive_limit(a, order, middle, at=None):
    at = quote(a, order.buy, middle) if at is None else at
    if crosses(order, at):
        if order.kind == POST_ONLY:
            return refuse(a, order, WOULD_CROSS)
        return take(a, order, middle, at, order.limit)
    if order.purpose == ENTRY:
        rate = a.fees[0]
        quantity = min(order.quantity, payable(a, order.limit, rate))
        fault = fault_of(a, quantity, order.limit, rate)
        if fault:
            return refuse(a, order, fault)
        order.left = quantity
    elif not order.is_reduce_only and (order.buy or may_short(a)):
        held = abs(a.position) if opposes(a, order) else 0.0
        opens = nearest_multiple(order.quantity - held,
                                 a.instrument["lot_step"])
        fault = opens > 0 and fault_of(a, order.quantity, order.limit,
                                       a.fees[0])
        if fault:
            return refuse(a, order, fault)
    order.rest_in_book()
    return None


def trigger(a, order, middle, at=None):
    """A stop order's price was reached."""
    order.is_triggered = True
    if order.kind == STOP_LIMIT:
        order.is_resting = False
        arrive_limit(a, order, middle, at)
    else:
        take(a, order, middle, at)
