# SPDX-License-Identifier: Apache-2.0
"""What a fill does to cash, position and trades.

A trade is one leaving fill. From flat to flat the results of the trades add up
to the change of cash: the last one takes the rest.
"""
from .levels import set_levels, set_liquidation
from .orders import Order, end
from .prices import rate_of
from .rounding import multiple, nearest_multiple
from .words import *


class Holding:
    """An open position since the account was flat."""

    def __init__(self, a, order):
        self.side, self.placed_ms = order.side, order.placed_ms
        self.entry_ms, self.entry_bar = a.open_ms, a.n_bars
        self.first_held = a.n_bars + a.is_at_close  # bar it is held through
        self.entry_price = NONE
        self.entered = 0.0  # base asset bought or sold short in all
        self.traded = 0.0  # of it, told in trades
        self.flow = 0.0  # what cash has moved by since flat
        self.given = 0.0  # of it, told in trades
        self.paid = dict.fromkeys(KINDS_OF_COST, 0.0)  # not yet in trades
        self.stop = self.target = None  # prices
        self.target_order = None  # once it is filled in part
        self.anchor = self.trail = None  # best middle; fraction of it
        self.trail_level = self.liquidation = None
        self.rungs = []  # orders
        self.seq = 0  # its target goes before explicit limits

    def copy(self):
        other = Holding.__new__(Holding)
        other.__dict__.update(self.__dict__)
        other.paid = dict(self.paid)
        other.rungs = [r.copy() for r in self.rungs]
        if self.target_order is not None:
            other.target_order = self.target_order.copy()
        return other


def opposes(a, order):
    return a.position * order.side < 0


def pay(a, into, costs):
    for kind, value in costs.items():
        a.costs[kind] += value
        into[kind] += value


def fill(a, order, quantity, price, middle, slip, impact, liquidity,
         ending=(FILLED, 0)):
    """Books a fill; ending: how the order ends with it, None: it goes on. What
    opposes the position leaves, the rest opens or adds, all at one price."""
    out = min(quantity, abs(a.position)) if opposes(a, order) else 0.0
    into = quantity if not out else \
        nearest_multiple(quantity - out, a.instrument["lot_step"])
    distance = (price - middle if order.buy else middle - price)
    units = dict(fee=rate_of(a, liquidity), slippage=slip, impact=impact,
                 spread=distance - slip - impact)
    a.traded_notional += quantity * price
    a.used += quantity
    order.filled = quantity if not order.n_fills else \
        nearest_multiple(order.filled + quantity, a.instrument["lot_step"])
    order.spent += quantity * price
    order.last_price, order.liquidity = price, liquidity
    order.n_fills += 1
    gone = leave(a, order, out, price, units) if out else None
    if into > 0:
        enter(a, order, into, price, middle, units)
    set_liquidation(a)
    if ending:
        end(a, order, *ending)
    if gone:
        drop_levels(a, gone, order, out)
        if order.purpose == LIQUIDATION:
            a.is_stopped = True
    drop_partners(a, order)


def costs_of(quantity, price, units):
    costs = {k: u * quantity for k, u in units.items() if k != "fee"}
    costs["fee"] = quantity * price * units["fee"]
    return costs


def move_cash(a, change):
    a.cash += change
    a.holding.flow += change


def enter(a, order, quantity, price, middle, units):
    """Opens a position or adds to it."""
    is_new = a.holding is None
    if is_new:
        a.holding = Holding(a, order)
    h, lot = a.holding, a.instrument["lot_step"]
    costs = costs_of(quantity, price, units)
    pay(a, order.paid, costs)
    for kind, value in costs.items():
        h.paid[kind] += value
    notional, fee = quantity * price, costs["fee"]
    known = h.entered - h.traded  # bought and not yet sold, or the reverse
    h.entry_price = price if is_new else \
        (h.entry_price * known + notional) / (known + quantity)
    h.entered = quantity if is_new else \
        nearest_multiple(h.entered + quantity, lot)
    if order.buy and a.instrument["fee_asset"] == BASE:
        dust = a.held - a.position
        move_cash(a, -notional)
        a.held += quantity - quantity * units["fee"]
        a.position = multiple(a.held, lot, up=False)
        lost = (max(a.held - a.position, 0.0) - dust) * price
        a.costs["dust"] += lost
        h.paid["dust"] += lost
    else:
        move_cash(a, (-notional if order.buy else notional) - fee)
        change = quantity if order.buy else -quantity
        a.held += change
        a.position = nearest_multiple(a.position + change, lot)
    set_levels(a, order, middle, is_new)


def leave(a, order, quantity, price, units):
    """Closes a position or a part of it; returns the holding that is gone."""
    h, lot = a.holding, a.instrument["lot_step"]
    is_last = quantity == abs(a.position)
    share = 1.0 if is_last else quantity / abs(a.position)
    costs = costs_of(quantity, price, units)
    pay(a, order.paid, costs)
    before = h.flow - h.given
    notional = quantity * price
    flow = (-notional if order.buy else notional) - costs["fee"]
    move_cash(a, flow)
    result = h.flow - h.given if is_last else flow + before * share
    told = {k: v if is_last else v * share for k, v in h.paid.items()}
    for kind, value in told.items():
        h.paid[kind] -= value
    for kind, value in costs.items():
        told[kind] += value
    amount = h.entered if not h.traded else \
        nearest_multiple(h.entered - h.traded, lot)
    amount = amount if is_last else quantity
    h.given += result
    h.traded = nearest_multiple(h.traded + amount, lot)
    a.trades.append(dict(
        side=h.side, exit=order.purpose, entry_ms=h.entry_ms,
        exit_ms=a.open_ms, bars=a.n_bars - h.entry_bar, quantity=amount,
        entry_price=h.entry_price, exit_price=price, result=result,
        gross=result + sum(told.values()), **told))
    a.trade_results += result
    if is_last:
        a.held = max(a.held - a.position, 0.0) if h.side > 0 else 0.0
        a.position, a.holding = 0.0, None
        return h
    a.held -= h.side * quantity
    a.position = nearest_multiple(a.position - h.side * quantity, lot)
    return None


def drop_levels(a, h, by, quantity):
    """The position is gone: what belonged to it is cancelled."""
    def drop(purpose, price, kind=MARKET):
        end(a, Order(-h.side, purpose, kind, quantity, h.placed_ms,
                     limit=price), CANCELLED, CLOSED)
    if a.leave is not None and a.leave is not by:
        if not a.leave.n_fills:  # it would have left what there was
            a.leave.quantity = quantity
        end(a, a.leave, CANCELLED, CLOSED)
    if by.purpose != STOP and h.stop is not None:
        drop(STOP, h.stop)
    if by.purpose != TRAIL and h.trail is not None:
        drop(TRAIL, h.trail_level)
    if h.target_order is not None and h.target_order is not by:
        h.target_order.limit = h.target
        end(a, h.target_order, CANCELLED, CLOSED)
    elif h.target is not None and by.purpose != TARGET:
        drop(TARGET, h.target, LIMIT)
    for rung in h.rungs:
        if rung is not by:
            end(a, rung, CANCELLED, CLOSED)
    if a.entry is not None and a.entry is not by:
        end(a, a.entry, CANCELLED, CLOSED)


def drop_partners(a, order):
    """One of a group of orders was filled: its partners are cancelled."""
    if order.oco:
        for other in [o for o in a.book if o.oco == order.oco]:
            if other is not order:
                end(a, other, CANCELLED, OCO)


def charge_carry(a, cost):
    """Funding and what borrowing costs."""
    if a.holding is None or cost == 0:
        return
    move_cash(a, -cost)
    a.costs["funding"] += cost
    a.holding.paid["funding"] += cost
