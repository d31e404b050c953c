# SPDX-License-Identifier: Apache-2.0
"""Several accounts with one cash.

Each member keeps the flows of its own fills; what it may spend and what its
equity is come from all of them. In each phase of a bar the members act in
order; whatever reduces goes before whatever opens.
"""
from .sizing import free_of
from .walk import (arrivals, at_close, fills_at_close, jump, leave_at_open,
                   walk)
from .words import *


class Group:
    def __init__(self, members):
        self.members = members
        for i, a in enumerate(members):
            a.in_group = True
            if i:
                a.cash = 0.0  # the first one holds what the group starts with
            a.equity = a.options["initial_cash"]

    def look_around(self, a, middles):
        """What the others are worth and can spend, at those middles."""
        a.others = a.others_free = 0.0
        for other, middle in zip(self.members, middles):
            if other is not a:
                a.others += other.own_value(middle)
                a.others_free += free_of(other, other.exit_quote(middle),
                                         other.cash, other.position)

    def push(self, bars, outlooks, wishes):
        middles = [bar[1] for bar in bars]
        moving = []
        for a, bar in zip(self.members, bars):
            a.begin(bar)
            if bar[5] > 0:
                moving.append((a, bar))
        for a, bar in moving:
            self.look_around(a, middles)
            a.note_blind_stops(bar[2], bar[3])
            leave_at_open(a, a.market_price)
            jump(a, bar[1])
        for reducing in True, False:
            for a, bar in moving:
                self.look_around(a, middles)
                arrivals(a, bar[1], reducing)
        for i, (a, bar) in enumerate(zip(self.members, bars)):
            if bar[5] > 0:
                self.look_around(a, middles)
                walk(a, *bar[1:5])
                a.gap = False
            middles[i] = bar[4]
        self.finish(bars, outlooks, wishes, middles)

    def finish(self, bars, outlooks, wishes, middles):
        for a in self.members:
            a.age()
        self.mark(middles)
        is_spent = self.liquidate()
        for a, bar, outlook, wish in zip(self.members, bars, outlooks, wishes):
            before = a.knowledge()
            a.take_forecasts(outlook)
            a.decide(bar[4], wish)
            a.know(before)
        if not is_spent:
            self.fill_at_close(bars, middles)
        self.mark(middles)
        for a, outlook in zip(self.members, outlooks):
            a.take_forecasts(outlook)
            a.take_terms(outlook)
            a.n_bars_in_position += a.holding is not None

    def fill_at_close(self, bars, middles):
        """All have decided by the equity at the close; what reduces fills
        before what opens, as at an open."""
        moving = [(a, bar) for a, bar in zip(self.members, bars)
                  if fills_at_close(a, bar)]
        for step in (lambda a, bar: leave_at_open(a, bar[4]),
                     lambda a, bar: at_close(a, bar, True),
                     lambda a, bar: at_close(a, bar, False)):
            for a, bar in moving:
                self.look_around(a, middles)
                a.is_at_close = True
                step(a, bar)
                a.is_at_close = False

    def mark(self, middles):
        worth = sum(a.own_value(m) for a, m in zip(self.members, middles))
        for a in self.members:
            a.equity = worth

    def liquidate(self):
        """Nothing is left above the margins: all leaves at the next open, and
        nothing is decided any more."""
        margins = sum(abs(a.position) * a.mark_price *
                      a.instrument["maintenance_margin"]
                      for a in self.members if a.holding is not None)
        is_spent = any(a.holding is not None for a in self.members) and \
            self.members[0].equity < margins
        for a in self.members if is_spent else ():
            a.stop(LIQUIDATION)
        return is_spent

