# SPDX-License-Identifier: Apache-2.0
"""An order from its decision to its record."""
from .rounding import nearest_multiple
from .words import *


class Order:
    """What was wanted, how far it has come, what it cost."""

    def __init__(self, side, purpose, kind, quantity, placed_ms, **more):
        self.side, self.purpose, self.kind = side, purpose, kind
        self.quantity, self.placed_ms = quantity, placed_ms
        self.id = self.seq = 0
        self.limit = self.trigger = None
        self.is_resting = False  # in the book, waiting for its price
        self.has_rested = False  # as a limit
        self.is_triggered = False  # a stop whose price was reached, a remainder
        self.is_reduce_only = False
        self.is_all = False  # all that is held, whatever it is on arrival
        self.left = None  # that may still fill, once that was settled
        self.rung = None  # which one of the ladder
        self.is_taken_back = False  # from the next open on
        self.bars_left = None  # None: until cancelled
        self.oco = 0
        self.fault = 0  # found at the decision, told on arrival
        self.new_part = 0.0  # of a reversal: what it opens
        self.levels = None  # brackets of what it opens
        self.sigma = 0.0  # of the decision
        self.trail = self.anchor = None  # of a trailing stop
        self.filled = self.spent = self.last_price = 0.0
        self.n_fills = 0
        self.liquidity = 0
        self.paid = dict.fromkeys(KINDS_OF_COST, 0.0)
        for name, value in more.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    def copy(self):
        other = Order.__new__(Order)
        other.__dict__.update(self.__dict__)
        other.paid = dict(self.paid)
        return other

    @property
    def buy(self):
        return self.side > 0

    def rest(self, lot):
        """What is still to be filled: what could be paid is settled when a
        limit comes to rest and with each fill, and not asked for again."""
        if self.left is not None:
            return self.left
        return nearest_multiple(self.quantity - self.filled, lot) \
            if self.n_fills else self.quantity

    def fill_price(self):
        if self.n_fills == 0:
            return NONE
        return self.last_price if self.n_fills == 1 else \
            self.spent / self.filled

    def rest_in_book(self):
        self.is_resting = True
        if self.is_limit_now():
            self.has_rested = True

    def is_limit_now(self):
        return self.kind in (LIMIT, POST_ONLY) or (
            self.kind == STOP_LIMIT and self.is_triggered)

    def shown_price(self):
        """Limit or trigger for the record; NaN for market orders."""
        for price in (self.limit, self.trigger):
            if price is not None:
                return price
        return NONE


def end(a, order, status, reason=0):
    """Writes the record of an order; it is at work no more."""
    if order in a.book:
        a.book.remove(order)
    if a.entry is order:
        a.entry = None
    if a.leave is order:
        a.leave = None
    if a.holding is not None and order in a.holding.rungs:
        a.holding.rungs.remove(order)
    if order.purpose not in (ENTRY, REBALANCE, ORDER, REVERSE):
        # all there was, what was added after it began to fill too
        order.quantity = max(order.quantity, order.filled)
    if order.is_all and not order.n_fills:
        order.quantity = 0.0
    a.n_orders += 1
    a.n_rejected += status == REJECTED
    a.orders.append(dict(
        side=order.side, purpose=order.purpose, entry=order.kind,
        status=status, reason=reason, liquidity=order.liquidity,
        placed_ms=order.placed_ms, ended_ms=a.open_ms,
        quantity=order.quantity, limit_price=order.shown_price(),
        filled=order.filled, fill_price=order.fill_price(),
        fee=order.paid["fee"], spread=order.paid["spread"],
        slippage=order.paid["slippage"], impact=order.paid["impact"],
        id=order.id))


def refuse(a, order, reason):
    """An order that cannot go on: rejected, or cancelled if it has begun."""
    begun = order.n_fills or order.has_rested
    end(a, order, CANCELLED if begun else REJECTED, reason)
