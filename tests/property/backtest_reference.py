# SPDX-License-Identifier: Apache-2.0
"""A second account, written from the trading rules and not from the C code.

Slow and plain: one bar at a time, long and short spelled out, the bar's path as
a list of prices. test_backtest_reference.py plays random plans over recorded
bars through this and through the library and compares every order, trade and
equity.

The rules (docs/modules/backtest.md):
- a decision at a close is executable from the next open, once trades happen;
- a buy pays the ask, a sale gets the bid, half the spread off the path's price;
- the open is a jump, the rest of the path is continuous.
"""
from decimal import Decimal, ROUND_CEILING, ROUND_FLOOR
import math

SPOT, PERPETUAL, FUTURE = 1, 2, 3
QUOTE, BASE = 1, 2
LONG, LONG_SHORT = 1, 2
MARKET, LIMIT, POST_ONLY = 1, 2, 3
FRACTION, RISK, CASH, UNITS = 1, 2, 3, 4
PESSIMISTIC, OHLC, OLHC = 1, 2, 3
FILLED, REJECTED, CANCELLED, EXPIRED = 1, 2, 3, 4
(ENTRY, EXIT_SCORE, EXIT_TIME, STOP, TARGET, LIQUIDATION, END) = range(1, 8)
(BELOW_LOT, MIN_QUANTITY, MIN_NOTIONAL, NO_CASH, NO_VOLUME, NO_FORECAST,
 WOULD_CROSS, GAP, TIME_TO_LIVE, CLOSED, STOPPED) = range(1, 12)
MAKER, TAKER = 1, 2
NONE = float("nan")


def multiple(x, step, up):
    """x rounded to a multiple of the decimal step; noise counts as none."""
    step = Decimal(repr(step))
    ratio = Decimal(x) / step
    nearest = ratio.to_integral_value()
    if abs(ratio - nearest) > Decimal("1e-9") and \
            abs(ratio - nearest) > abs(ratio) * Decimal("9e-16"):
        nearest = ratio.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return float(nearest * step)


class Account:
    """Follows a plan (dict) on an instrument (dict) with options (dict)."""

    def __init__(self, plan, instrument, options, timeframe_ms):
        self.plan, self.instrument, self.options = plan, instrument, options
        self.timeframe_ms = timeframe_ms
        self.cash = self.initial_cash = options["initial_cash"]
        self.held = 0.0  # base asset owned (or owed), dust included
        self.position = 0.0  # of it, what an exit can trade
        self.trade = None  # the open trade
        self.entry = None  # an entry order that has not ended
        self.leave = None  # a market order to leave, sent at the last close
        self.sigma = self.volume = NONE
        self.spread = options["spread_bps"] * 1e-4
        self.orders, self.trades = [], []
        self.costs = dict(fee=0.0, spread=0.0, slippage=0.0, dust=0.0)
        self.n_bars = self.in_position = 0
        self.last_close_ms = None
        self.gap = self.stopped = False
        self.traded_notional = 0.0
        self.equity = self.cash

    # ---- prices ----

    def bid(self, price):
        return price - self.half

    def ask(self, price):
        return price + self.half

    def priced(self):
        return self.sigma >= 0 and self.volume > 0

    def why_unpriced(self):
        return NO_VOLUME if self.sigma >= 0 and self.volume == 0 \
            else NO_FORECAST

    def slippage(self, quantity):
        return self.options["impact_y"] * self.sigma * \
            (quantity / self.volume) ** self.options["impact_exponent"]

    def taken(self, buy, quantity, quote, limit=None):
        """Price of a market order and the part of it that is slippage."""
        tick = self.instrument["price_tick"]
        move = quote * self.slippage(quantity)
        price = quote + move if buy else quote - move
        if limit is not None:
            price = min(price, limit) if buy else max(price, limit)
        if not buy:
            price = max(price, tick)
        slip = max(price - quote if buy else quote - price, 0.0)
        return multiple(price, tick, up=buy), slip

    # ---- books ----

    def note(self, **order):
        base = dict(filled=0.0, fill_price=NONE, fee=0.0, spread=0.0,
                    slippage=0.0, liquidity=0, reason=0, ended_ms=self.open_ms)
        base.update(order)
        self.orders.append(base)

    def pay(self, fee, spread, slippage, into):
        for name, value in (("fee", fee), ("spread", spread),
                            ("slippage", slippage)):
            self.costs[name] += value
            into[name] += value

    def open_trade(self, quantity, price, middle, slip, liquidity):
        order, rate = self.entry, self.instrument[
            "maker_fee" if liquidity == MAKER else "taker_fee"]
        self.entry = None
        buy = order["side"] > 0
        notional, fee = quantity * price, quantity * price * rate
        spread = ((price - middle) if buy else (middle - price)) - slip
        self.trade = dict(
            side=order["side"], entry_ms=self.open_ms, entry_bar=self.n_bars,
            quantity=quantity, entry_price=price, cash=self.cash,
            placed_ms=order["placed_ms"], stop=None, target=None,
            fee=0.0, spread=0.0, slippage=0.0, dust=0.0)
        self.pay(fee, spread * quantity, slip * quantity, self.trade)
        self.traded_notional += notional
        if buy and self.instrument["fee_asset"] == BASE:
            dust = self.held
            self.cash -= notional
            self.held += quantity - quantity * rate
            self.position = multiple(self.held, self.instrument["lot_step"],
                                     up=False)
            lost = max(self.held - self.position, 0.0) - dust
            self.costs["dust"] += lost * price
            self.trade["dust"] += lost * price
        elif buy:
            self.cash -= notional + fee
            self.held += quantity
            self.position = quantity
        else:
            self.cash += notional - fee
            self.held -= quantity
            self.position = -quantity
        self.note(side=order["side"], purpose=ENTRY, entry=self.plan["entry"],
                  status=FILLED, liquidity=liquidity,
                  placed_ms=order["placed_ms"], quantity=order["quantity"],
                  limit_price=order["limit"], filled=quantity,
                  fill_price=price, fee=fee, spread=spread * quantity,
                  slippage=slip * quantity)
        self.set_exits(order["sigma"])

    def set_exits(self, sigma):
        tick, t, plan = self.instrument["price_tick"], self.trade, self.plan
        price, long = t["entry_price"], t["side"] > 0
        if plan["stop_sigma"] > 0:
            away = plan["stop_sigma"] * sigma * price
            stop = multiple(price - away if long else price + away, tick,
                            up=long)
            t["stop"] = stop if stop > 0 else None
        if plan["target_sigma"] > 0:
            away = plan["target_sigma"] * sigma * price
            target = multiple(price + away if long else price - away, tick,
                              up=long)
            t["target"] = target if target > 0 else None
        # cash + q p - fee q p = maintenance q p, and the same for a short
        rate = self.instrument["taker_fee"] + \
            self.instrument["maintenance_margin"]
        if long:
            t["liquidation"] = -self.cash / (self.position * (1 - rate)) \
                if self.cash < 0 else None
        else:
            t["liquidation"] = self.cash / (-self.position * (1 + rate))

    def close_trade(self, purpose, price, middle, slip, liquidity):
        t, quantity = self.trade, abs(self.position)
        sell = t["side"] > 0
        rate = self.instrument[
            "maker_fee" if liquidity == MAKER else "taker_fee"]
        notional, fee = quantity * price, quantity * price * rate
        spread = ((middle - price) if sell else (price - middle)) - slip
        self.pay(fee, spread * quantity, slip * quantity, t)
        self.traded_notional += notional
        self.cash += (notional if sell else -notional) - fee
        self.held = max(self.held - self.position, 0.0)
        self.position = 0.0
        forced = self.leave is not None and self.leave["purpose"] == purpose
        self.note(side=-t["side"], purpose=purpose,
                  entry=LIMIT if purpose == TARGET else MARKET, status=FILLED,
                  liquidity=liquidity, quantity=quantity,
                  placed_ms=self.leave["placed_ms"] if forced
                  else t["placed_ms"],
                  limit_price=NONE if forced else
                  {STOP: t["stop"], TARGET: t["target"],
                   LIQUIDATION: t["liquidation"]}.get(purpose, NONE),
                  filled=quantity, fill_price=price, fee=fee,
                  spread=spread * quantity, slippage=slip * quantity)
        if self.leave is not None and not forced:
            self.drop(self.leave["purpose"], NONE, quantity,
                      self.leave["placed_ms"])
        if purpose != STOP and t["stop"] is not None:
            self.drop(STOP, t["stop"], quantity, t["placed_ms"])
        if purpose != TARGET and t["target"] is not None:
            self.drop(TARGET, t["target"], quantity, t["placed_ms"])
        result = self.cash - t["cash"]
        paid = t["fee"] + t["spread"] + t["slippage"] + t["dust"]
        self.trades.append(dict(
            side=t["side"], exit=purpose, entry_ms=t["entry_ms"],
            exit_ms=self.open_ms, bars=self.n_bars - t["entry_bar"],
            quantity=t["quantity"], entry_price=t["entry_price"],
            exit_price=price, result=result, gross=result + paid,
            fee=t["fee"], spread=t["spread"], slippage=t["slippage"],
            dust=t["dust"]))
        if purpose == LIQUIDATION:
            self.stopped = True
        self.trade = self.leave = None

    def drop(self, purpose, trigger, quantity, placed_ms):
        self.note(side=-self.trade["side"], purpose=purpose,
                  entry=LIMIT if purpose == TARGET else MARKET,
                  status=CANCELLED, reason=CLOSED, placed_ms=placed_ms,
                  quantity=quantity, limit_price=trigger)

    def end_entry(self, status, reason):
        order, self.entry = self.entry, None
        self.note(side=order["side"], purpose=ENTRY, entry=self.plan["entry"],
                  status=status, reason=reason, placed_ms=order["placed_ms"],
                  quantity=order["quantity"], limit_price=order["limit"])

    # ---- entering ----

    def payable(self, price, rate):
        """Most lots that cash can carry at that price and fee."""
        if self.instrument["fee_asset"] == BASE or rate < 0:
            rate = 0.0
        each = price * (1 / self.options["leverage"] + rate)
        lot = self.instrument["lot_step"]
        lots = multiple(max(self.cash, 0.0) / each, lot, up=False)
        return lots if lots * each <= self.cash else multiple(lots - lot / 2,
                                                              lot, up=False)

    def fault(self, quantity, price, rate):
        i = self.instrument
        if quantity < i["lot_step"]:
            return NO_CASH
        if quantity < i["min_quantity"]:
            return MIN_QUANTITY
        if quantity * price < i["min_notional"]:
            return MIN_NOTIONAL
        if i["fee_asset"] == BASE and multiple(
                quantity * (1 - rate) + self.held, i["lot_step"],
                up=False) < i["lot_step"]:
            return BELOW_LOT
        return 0

    def arrive(self, middle):
        order, kind = self.entry, self.plan["entry"]
        buy = order["side"] > 0
        quote = self.ask(middle) if buy else self.bid(middle)
        limit = order["limit"] if kind != MARKET else None
        crosses = limit is None or (quote <= limit if buy else quote >= limit)
        if order["fault"]:
            return self.end_entry(REJECTED, order["fault"])
        if not self.priced():
            return self.end_entry(REJECTED, self.why_unpriced())
        if crosses and kind == POST_ONLY:
            return self.end_entry(REJECTED, WOULD_CROSS)
        if crosses:
            rate = self.instrument["taker_fee"]
            quantity = min(order["quantity"], self.payable(quote, rate))
            price, slip = self.taken(buy, quantity, quote, limit)
            if buy and self.payable(price, rate) < quantity:
                quantity = self.payable(price, rate)
                price, slip = self.taken(buy, quantity, quote, limit)
            fault = self.fault(quantity, price, rate)
            if fault:
                return self.end_entry(REJECTED, fault)
            return self.open_trade(quantity, price, middle, slip, TAKER)
        rate = self.instrument["maker_fee"]
        quantity = min(order["quantity"], self.payable(limit, rate))
        fault = self.fault(quantity, limit, rate)
        if fault:
            return self.end_entry(REJECTED, fault)
        order["resting"] = quantity

    # ---- the bar's prices ----

    def stop_level(self):
        """The stop or the price of liquidation, whichever comes first."""
        t = self.trade
        if not self.priced():
            return None, STOP
        levels = [(t["stop"], STOP), (t["liquidation"], LIQUIDATION)]
        levels = [x for x in levels if x[0] is not None]
        if not levels:
            return None, STOP
        return max(levels, key=lambda x: (x[0], -x[1])) if t["side"] > 0 else \
            min(levels, key=lambda x: (x[0], x[1]))

    def sell_out(self, purpose, quote, middle):
        price, slip = self.taken(self.trade["side"] < 0, abs(self.position),
                                 quote)
        self.close_trade(purpose, price, middle, slip, TAKER)

    def at_open(self, middle):
        tick = self.instrument["price_tick"]
        if self.trade is not None:
            long = self.trade["side"] > 0
            out = self.bid(middle) if long else self.ask(middle)
            if self.leave is not None:
                if self.priced():
                    return self.sell_out(self.leave["purpose"], out, middle)
                if self.leave["purpose"] in (EXIT_SCORE, EXIT_TIME):
                    purpose, placed = (self.leave["purpose"],
                                       self.leave["placed_ms"])
                    self.note(side=-self.trade["side"], purpose=purpose,
                              entry=MARKET, status=REJECTED,
                              reason=self.why_unpriced(), placed_ms=placed,
                              quantity=abs(self.position), limit_price=NONE)
                    self.leave = None
            stop, purpose = self.stop_level()
            if stop is not None and (out <= stop if long else out >= stop):
                return self.sell_out(purpose, out, middle)
            target = self.trade["target"]
            if target is not None and not self.gap and \
                    (out >= target if long else out <= target):
                price = multiple(out, tick, up=not long)
                return self.close_trade(TARGET, price, middle, 0.0, MAKER)
        elif self.entry is not None:
            if self.entry["resting"] is None:
                return self.arrive(middle)
            buy, limit = self.entry["side"] > 0, self.entry["limit"]
            quote = self.ask(middle) if buy else self.bid(middle)
            if quote <= limit if buy else quote >= limit:
                self.open_trade(self.entry["resting"],
                                multiple(quote, tick, up=buy), middle, 0.0,
                                MAKER)

    def leg(self, start, end):
        """The price runs from start to end without a jump."""
        if self.trade is None:
            if self.entry is None or self.entry["resting"] is None:
                return
            limit = self.entry["limit"]
            if self.entry["side"] > 0:
                if self.ask(end) > limit:
                    return
                start = limit - self.half
            else:
                if self.bid(end) < limit:
                    return
                start = limit + self.half
            self.open_trade(self.entry["resting"], limit, start, 0.0, MAKER)
        stop, purpose = self.stop_level()
        target = self.trade["target"]
        if self.trade["side"] > 0:
            if stop is not None and self.bid(start) <= stop:
                self.sell_out(purpose, self.bid(start), start)
            elif stop is not None and self.bid(end) <= stop:
                self.sell_out(purpose, stop, stop + self.half)
            elif target is not None and \
                    self.bid(start) < target <= self.bid(end):
                self.close_trade(TARGET, target, target + self.half, 0.0, MAKER)
        else:
            if stop is not None and self.ask(start) >= stop:
                self.sell_out(purpose, self.ask(start), start)
            elif stop is not None and self.ask(end) >= stop:
                self.sell_out(purpose, stop, stop - self.half)
            elif target is not None and \
                    self.ask(start) > target >= self.ask(end):
                self.close_trade(TARGET, target, target - self.half, 0.0, MAKER)

    def mark(self, close):
        if self.trade is None:
            self.mark_price, self.exit_fee = NONE, 0.0
            return self.cash
        self.mark_price = self.bid(close) if self.position > 0 else \
            self.ask(close)
        value = self.position * self.mark_price
        self.exit_fee = abs(value) * self.instrument["taker_fee"]
        return self.cash + value - self.exit_fee

    def copy(self):
        other = Account.__new__(Account)
        other.__dict__.update(self.__dict__)
        other.orders, other.trades = [], []
        other.costs = dict(self.costs)
        other.trade = dict(self.trade) if self.trade else None
        other.entry = dict(self.entry) if self.entry else None
        other.leave = dict(self.leave) if self.leave else None
        return other

    def follow(self, o, h, l, c, high_first):
        path = [o, h, l, c] if high_first else [o, l, h, c]
        for start, end in zip(path, path[1:]):
            self.leg(start, end)
        return self.mark(c)

    # ---- the close ----

    def wanted(self, price, sigma):
        value, kind = self.plan["sizing_value"], self.plan["sizing"]
        if kind == FRACTION:
            return value * self.equity / price
        if kind == CASH:
            return value / price
        if kind == UNITS:
            return value
        half = max(self.instrument["price_tick"] / 2, self.spread / 2 * price)
        fixed = price * (self.plan["stop_sigma"] * sigma +
                         2 * self.instrument["taker_fee"]) + 2 * half + \
            2 * self.instrument["price_tick"]
        quantity = value * self.equity / fixed
        if quantity > 0 and self.priced():
            fixed += 2 * price * self.slippage(quantity)
        return value * self.equity / fixed

    def decide(self, close, score):
        plan = self.plan
        if self.trade is not None:
            if self.leave is not None:
                return
            closes = self.n_bars - self.trade["entry_bar"] + 1
            if plan["horizon_bars"] and closes >= plan["horizon_bars"]:
                self.leave = dict(purpose=EXIT_TIME,
                                  placed_ms=self.last_close_ms)
            elif (score < plan["theta_out"] if self.trade["side"] > 0
                  else score > -plan["theta_out"]):
                self.leave = dict(purpose=EXIT_SCORE,
                                  placed_ms=self.last_close_ms)
            return
        if self.entry is not None or self.stopped:
            return
        if score > plan["theta_in"]:
            side = 1
        elif score < -plan["theta_in"] and plan["side"] == LONG_SHORT:
            side = -1
        else:
            return
        tick, lot = (self.instrument["price_tick"],
                     self.instrument["lot_step"])
        sigma = self.sigma if self.sigma >= 0 else 0.0
        price, limit = close, NONE
        if plan["entry"] != MARKET:
            off = plan["limit_offset_sigma"] * sigma * close
            limit = price = max(multiple(
                close - off if side > 0 else close + off, tick, up=side < 0),
                tick)
        wanted = self.wanted(price, sigma)
        most = self.equity * self.options["leverage"] / price
        quantity = max(multiple(max(min(wanted, most), 0.0), lot, up=False), 0)
        fault = 0
        if not self.sigma >= 0:
            fault = NO_FORECAST
        elif quantity < lot:
            fault = NO_CASH if wanted >= lot or self.equity <= 0 else BELOW_LOT
        self.entry = dict(side=side, quantity=quantity, limit=limit,
                          sigma=sigma, placed_ms=self.last_close_ms,
                          bars_left=plan["limit_ttl_bars"], resting=None,
                          fault=fault)

    def stop(self, purpose):
        self.stopped = True
        if self.trade is not None:
            placed = self.leave["placed_ms"] if self.leave else \
                self.last_close_ms
            self.leave = dict(purpose=purpose, placed_ms=placed)

    def push(self, open_ms, o, h, l, c, volume, sigma, forecast, spread,
             score):
        self.open_ms = open_ms
        if self.n_bars and open_ms > self.last_close_ms:
            self.gap = True
        self.last_close_ms = open_ms + self.timeframe_ms
        self.n_bars += 1
        self.half = max(self.instrument["price_tick"] / 2,
                        self.spread * 0.5 * o)
        if self.entry is not None and self.stopped:
            self.end_entry(CANCELLED, STOPPED)
        if self.entry is not None and self.gap:
            self.end_entry(CANCELLED, GAP)
        if volume > 0:
            self.trade_bar(o, h, l, c)
            self.gap = False
        if self.entry is not None and self.plan["entry"] != MARKET:
            self.entry["bars_left"] -= 1
            if self.entry["bars_left"] == 0:
                self.end_entry(EXPIRED, TIME_TO_LIVE)
        self.equity = self.mark(c)
        self.in_position += self.trade is not None
        self.sigma, self.volume = sigma, forecast
        self.spread = spread if spread >= 0 else \
            self.options["spread_bps"] * 1e-4
        self.decide(c, score)

    def trade_bar(self, o, h, l, c):
        t = self.trade
        if t is not None and t["stop"] is not None and not self.priced() and \
                (self.bid(l) <= t["stop"] if t["side"] > 0
                 else self.ask(h) >= t["stop"]):
            self.note(side=-t["side"], purpose=STOP, entry=MARKET,
                      status=REJECTED, reason=self.why_unpriced(),
                      placed_ms=t["placed_ms"], quantity=abs(self.position),
                      limit_price=t["stop"])
        self.at_open(o)
        path = self.options["path"]
        if path == PESSIMISTIC:
            high_first = self.copy().follow(o, h, l, c, True)
            low_first = self.copy().follow(o, h, l, c, False)
            path = OHLC if high_first < low_first else OLHC
        self.follow(o, h, l, c, path == OHLC)
