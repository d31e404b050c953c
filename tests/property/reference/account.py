# SPDX-License-Identifier: Apache-2.0
"""The order of things in a bar."""
from . import decide as deciding
from .ledger import charge_carry, opposes
from .levels import set_liquidation
from .orders import Order, end
from .prices import ask, bid, is_priced, why_unpriced
from .walk import (arrivals, at_close, fills_at_close, jump, leave_at_open,
                   walk)
from .words import *


class Account:
    """Follows a plan on an instrument with options (all three dicts)."""

    def __init__(self, plan, instrument, options, timeframe_ms):
        self.plan, self.instrument, self.options = plan, instrument, options
        self.timeframe_ms = timeframe_ms
        self.cash = self.initial_cash = options["initial_cash"]
        self.held = 0.0  # base asset owned (or owed), dust included
        self.position = 0.0  # of it, what an exit can trade
        self.holding = None  # the open position
        self.entry = None  # the plan's order that opens, adds or turns
        self.leave = None  # the market order that only leaves
        self.book = []  # explicit orders at work
        self.orders, self.trades = [], []
        self.costs = dict.fromkeys(KINDS_OF_COST, 0.0)
        self.n_bars = self.n_bars_in_position = 0
        self.n_orders = self.n_rejected = self.seq = 0
        self.traded_notional = self.trade_results = 0.0
        self.open_ms = self.last_close_ms = None
        self.gap = self.is_stopped = self.in_group = self.is_at_close = False
        self.others = self.others_free = 0.0  # of the group's other members
        self.used = self.bar_volume = 0.0
        self.fine = []
        self.market_price = NONE
        self.take_forecasts(dict(sigma=NONE, volume=NONE))
        self.take_terms({})
        self.mark_price, self.exit_fee = NONE, 0.0
        self.equity = self.cash

    def next_seq(self):
        self.seq += 1
        return self.seq

    def working(self):
        """Orders that could open, and all explicit ones."""
        return self.book + ([self.entry] if self.entry is not None else [])

    def copy(self):
        """To try a path on: with records of its own that nobody reads."""
        other = Account.__new__(Account)
        other.__dict__.update(self.__dict__)
        other.orders, other.trades = [], []
        other.costs = dict(self.costs)
        other.book = [o.copy() for o in self.book]
        for name in "holding", "entry", "leave":
            value = getattr(self, name)
            setattr(other, name, value and value.copy())
        return other

    # ---- what is known ----

    def take_forecasts(self, outlook):
        """What is forecast at a close for the next bar: decisions know it."""
        self.sigma, self.volume = outlook["sigma"], outlook["volume"]
        spread = outlook.get("spread", NONE)
        self.spread = spread if spread >= 0 else \
            self.options["spread_bps"] * 1e-4

    def take_terms(self, outlook):
        """On which terms the next bar fills: decisions do not know them."""
        def known(name, otherwise):
            value = outlook.get(name)
            return value if given(value) else otherwise
        self.fees = (known("maker_fee", self.instrument["maker_fee"]),
                     known("taker_fee", self.instrument["taker_fee"]))
        is_fixed = self.options.get("impact_law", POWER) == FIXED
        self.fixed_slippage = known(
            "slippage", self.options["fixed_slippage"] if is_fixed else -1.0)
        self.funding_rate = known("funding", 0.0)
        self.fill_price = known("price", None)

    def knowledge(self):
        return {k: getattr(self, k) for k in
                ("sigma", "volume", "spread")}

    def know(self, knowledge):
        self.__dict__.update(knowledge)

    # ---- worth ----

    def exit_quote(self, middle):
        return bid(self, middle) if self.position > 0 else ask(self, middle)

    def own_value(self, middle):
        """Cash and position, as if left at that middle."""
        if self.holding is None:
            self.mark_price, self.exit_fee = NONE, 0.0
            return self.cash
        self.mark_price = self.exit_quote(middle)
        value = self.position * self.mark_price
        self.exit_fee = abs(value) * self.fees[1]
        return self.cash + value - self.exit_fee

    def value(self, middle):
        return self.own_value(middle) + self.others

    # ---- a bar ----

    def carry(self, open_ms, o):
        """Funding and borrowing, before anything fills."""
        if self.holding is None:
            return
        cost = self.position * o * self.funding_rate
        charge_carry(self, cost)
        rate = self.options.get("borrow_rate", 0)
        if self.position < 0 and rate:
            every = self.options["borrow_interval_ms"]
            times = open_ms // every - self.open_ms // every
            charge_carry(self, -self.position * o * rate * times * every /
                         (365 * DAY_MS))

    def begin(self, bar):
        """Carry, gap, and what is cancelled before the open."""
        open_ms, o = bar[0], bar[1]
        self.half = max(self.instrument["price_tick"] / 2,
                        self.spread * 0.5 * o)
        if self.n_bars:
            self.carry(open_ms, o)
        if self.n_bars and open_ms > self.last_close_ms:
            self.gap = True
        self.open_ms = open_ms
        self.last_close_ms = open_ms + self.timeframe_ms
        self.n_bars += 1
        self.used, self.bar_volume = 0.0, bar[5]
        self.market_price = o
        if self.fill_price is not None and bar[3] <= self.fill_price <= bar[2]:
            self.market_price = self.fill_price
        set_liquidation(self)
        if self.entry is not None and self.leave is None and \
                opposes(self, self.entry):
            # a reversal only closes
            self.entry.is_reduce_only |= self.gap or self.is_stopped
        for order in self.working():
            if order.is_taken_back:
                end(self, order, CANCELLED, REQUESTED)
            elif self.is_stopped and not order.is_reduce_only:
                end(self, order, CANCELLED, STOPPED)
            elif self.gap and not order.is_reduce_only:
                end(self, order, CANCELLED, GAP)

    def note_blind_stops(self, h, l):
        """A stop that was reached but cannot be priced stays where it is."""
        t = self.holding
        if t is None or is_priced(self):
            return
        for purpose, price in (STOP, t.stop), (
                TRAIL, None if t.trail is None else t.trail_level):
            if price is not None and (
                    bid(self, l) <= price if t.side > 0
                    else ask(self, h) >= price):
                order = Order(-t.side, purpose, MARKET, abs(self.position),
                              t.placed_ms, limit=price)
                end(self, order, REJECTED, why_unpriced(self))

    def age(self):
        """Another bar that a waiting order has lived."""
        for order in self.working():
            if order.bars_left is not None:
                order.bars_left -= 1
                if order.bars_left == 0:
                    end(self, order, EXPIRED, TIME_TO_LIVE)

    def finish(self, bar, outlook, wish):
        """Age, mark, decide; a decision at the close may be traded there."""
        self.age()
        self.equity = self.value(bar[4])
        before = self.knowledge()
        self.take_forecasts(outlook)
        self.decide(bar[4], wish)
        if fills_at_close(self, bar):
            known = self.knowledge()
            self.know(before)
            self.is_at_close = True
            leave_at_open(self, bar[4])
            at_close(self, bar)
            self.is_at_close = False
            self.equity = self.value(bar[4])
            self.know(known)
        self.take_terms(outlook)
        self.n_bars_in_position += self.holding is not None

    def decide(self, close, wish):
        deciding.decide(self, close, wish)

    def push(self, bar, outlook, wish):
        """bar: (open_ms, open, high, low, close, volume)."""
        self.begin(bar)
        _, o, h, l, c, volume = bar
        if volume > 0:
            self.note_blind_stops(h, l)
            leave_at_open(self, self.market_price)
            jump(self, o)
            arrivals(self, o)
            walk(self, o, h, l, c)
            self.gap = False
        self.finish(bar, outlook, wish)

    def stop(self, purpose):
        """No more entries, and what is held leaves at the next open."""
        self.is_stopped = True
        if self.holding is not None:
            forced = Order(-self.holding.side, purpose, MARKET,
                           abs(self.position), self.last_close_ms,
                           seq=self.next_seq())
            if self.leave is None:
                self.leave = forced
            else:
                self.leave.purpose = purpose

    def ledger(self):
        return dict(
            initial_cash=self.initial_cash, cash=self.cash,
            position=self.position, dust=max(self.held - self.position, 0.0)
            if self.position >= 0 else 0.0,
            entry_price=self.holding.entry_price if self.holding else NONE,
            mark_price=self.mark_price, exit_fee=self.exit_fee,
            equity=self.equity, trade_results=self.trade_results,
            open_result=self.equity - self.initial_cash - self.trade_results,
            n_bars=self.n_bars, n_bars_in_position=self.n_bars_in_position,
            n_orders=self.n_orders, n_rejected=self.n_rejected,
            n_trades=len(self.trades), traded_notional=self.traded_notional,
            is_stopped=int(self.is_stopped),
            **{"cost_" + k: v for k, v in self.costs.items()})
