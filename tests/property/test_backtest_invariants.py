# SPDX-License-Identifier: Apache-2.0
"""What must hold whatever is traded, checked on the library alone.

usage: test_backtest_invariants.py LIBRARY FOLDER_OF_CSV... [--cases N]
       [--seed N] [--only SUITE]

Over the random cases of the reference test: the identities of the ledger after
every bar, the records against the ledger, trades from flat to flat against
cash, and each fill against the prices of its bar.
"""
import math
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
KINDS = "fee", "spread", "slippage", "impact", "funding", "dust"


class Wrong(Exception):
    pass


class Checks:
    """All checks of one case; `scale` is the money it deals with."""

    def __init__(self, case, orders, trades, ledgers):
        self.case, self.orders, self.trades = case, orders, trades
        self.ledgers = ledgers
        self.bars = [bar for bar, *_ in case.steps()]
        self.at = {bar[0]: i for i, bar in enumerate(self.bars)}
        self.cash = case.options["initial_cash"]
        self.tick = case.instrument["price_tick"]
        self.lot = case.instrument["lot_step"]
        most = max(l["traded_notional"] for l in ledgers)
        self.scale = self.cash * case.options["leverage"] + most

    def equal(self, what, a, b, scale=None):
        if not abs(a - b) <= 1e-12 * (self.scale if scale is None else scale):
            raise Wrong(f"{what}: {a!r} is not {b!r}")

    def holds(self, what, truth):
        if not truth:
            raise Wrong(what)

    def run(self):
        for i, ledger in enumerate(self.ledgers):
            try:
                self.ledger(i, ledger)
            except Wrong as wrong:
                raise Wrong(f"after bar {i}: {wrong}\n  {ledger}") from None
        for name, check in ("order", self.order), ("trade", self.trade):
            for i, record in enumerate(getattr(self, name + "s")):
                try:
                    check(record)
                except Wrong as wrong:
                    raise Wrong(f"{name} {i}: {wrong}\n  {record}") from None
        self.sums()
        self.flat_to_flat()

    # ---- after every bar ----

    def ledger(self, i, l):
        held = l["position"] * l["mark_price"] if l["position"] else 0.0
        self.equal("cash + marked position is equity",
                   l["cash"] + held - l["exit_fee"], l["equity"])
        self.equal("trades and open result are the change of equity",
                   l["trade_results"] + l["open_result"],
                   l["equity"] - l["initial_cash"])
        self.holds("the initial cash stays", l["initial_cash"] == self.cash)
        self.holds("bars are counted", l["n_bars"] == i + 1)
        self.equal("lots are whole", round(l["position"] / self.lot) *
                   self.lot, l["position"], max(abs(l["position"]), 1))
        self.holds("dust is less than a lot",
                   0 <= l["dust"] < self.lot * (1 + 1e-9))
        if self.case.plan["side"] == words.LONG:
            self.holds("no short", l["position"] >= 0)
        if self.case.options["leverage"] == 1 and l["position"] >= 0 and \
                not l["cost_funding"]:
            self.holds("nothing is bought on credit",
                       l["cash"] >= -1e-12 * self.scale)
        if l["position"] == 0:
            self.equal("flat: no open result", l["open_result"], 0.0)
            self.holds("flat: no mark", math.isnan(l["mark_price"]))
        previous = self.ledgers[i - 1] if i else None
        if previous:
            cap = self.case.options.get("participation", 0)
            change = abs(l["position"] - previous["position"])
            if cap:
                self.holds("no more than the cap of the volume",
                           change <= cap * self.bars[i][5] * (1 + 1e-9))
            if self.bars[i][5] == 0:
                self.holds("nothing trades without volume", change == 0)
            for name in "n_orders", "n_trades", "n_rejected":
                self.holds("counters only grow", l[name] >= previous[name])
            self.holds("what is stopped stays so",
                       l["is_stopped"] >= previous["is_stopped"])

    # ---- each record ----

    def order(self, o):
        side, filled = o["side"], o["filled"]
        done = o["status"] == words.FILLED
        self.holds("a fill has no reason, all else has",
                   (o["reason"] == 0) == done)
        self.holds("what is filled was ordered",
                   0 <= filled <= o["quantity"] * (1 + 1e-12))
        self.holds("filled, and with a price",
                   (filled > 0) == (o["fill_price"] == o["fill_price"]) and
                   (filled > 0 or not done))
        self.holds("rejected orders were never in the market",
                   o["status"] != words.REJECTED or filled == 0)
        self.holds("an order ends after it was placed",
                   o["ended_ms"] >= o["placed_ms"] or o["ended_ms"] +
                   self.case.timeframe_ms >= o["placed_ms"])
        self.holds("costs do not pay, but for a rebate",
                   o["slippage"] >= 0 and o.get("impact", 0) >= 0 and
                   (o["fee"] >= 0 or o["liquidity"] == words.MAKER))
        if not filled:
            return self.holds("what is not filled costs nothing",
                              o["fee"] == o["spread"] == o["slippage"] == 0)
        if o["liquidity"] == words.MAKER:
            self.holds("a maker has no slippage", o["slippage"] == 0 or
                       self.case.options.get("participation", 0) > 0)
        price, limit = o["fill_price"], o["limit_price"]
        noise = price * 1e-12
        if limit == limit:
            is_limit = o["entry"] in (words.LIMIT, words.POST_ONLY,
                                      words.STOP_LIMIT)
            worse = side * (price - limit)
            if is_limit:
                self.holds("a limit is kept", worse <= noise)
            elif o["status"] == words.FILLED and o["purpose"] in (
                    words.STOP, words.TRAIL, words.LIQUIDATION):
                self.holds("a stop is no better than its price",
                           worse >= -noise)
        if self.case.options.get("participation", 0) == 0:
            bar = self.bars[self.at[o["ended_ms"]]]
            # nobody buys below the lowest ask, nobody sells above the best bid
            bound = bar[3] if side > 0 else bar[2]
            self.holds("the price was to be had", side * (price - bound) >=
                       -noise)
        return None

    def trade(self, t):
        paid = sum(t[k] for k in KINDS)
        self.equal("gross is the result before costs", t["gross"],
                   t["result"] + paid)
        self.holds("a trade ends after it began",
                   t["exit_ms"] >= t["entry_ms"])
        self.holds("bars are counted", t["bars"] == self.at[t["exit_ms"]] -
                   self.at[t["entry_ms"]])
        if self.case.instrument["fee_asset"] == words.QUOTE and \
                t["funding"] == 0:
            fees = t["side"] * t["quantity"] * (t["exit_price"] -
                                                t["entry_price"]) - t["fee"]
            self.equal("the result is that of the prices, less the fee",
                       t["result"], fees)

    # ---- the records together ----

    def sums(self):
        last = self.ledgers[-1]
        self.holds("all orders are counted", last["n_orders"] ==
                   len(self.orders))
        self.holds("and the rejected ones", last["n_rejected"] == sum(
            o["status"] == words.REJECTED for o in self.orders))
        self.holds("all trades are counted", last["n_trades"] ==
                   len(self.trades))
        self.equal("trades add up", sum(t["result"] for t in self.trades),
                   last["trade_results"])
        if self.case.options.get("participation", 0):
            return  # orders that are filled in part have no record yet
        for kind in KINDS[:4]:
            if kind in self.orders[0] if self.orders else False:
                self.equal(f"orders paid all of the {kind}", sum(
                    o[kind] for o in self.orders), last["cost_" + kind])
        in_base = self.case.instrument["fee_asset"] == words.BASE
        cash, base = self.cash - last["cost_funding"], 0.0
        notional = 0.0
        for o in self.orders:
            if o["filled"]:
                value = o["filled"] * o["fill_price"]
                buy = o["side"] > 0
                notional += value
                cash += -value if buy else value
                base += o["side"] * o["filled"]
                if buy and in_base:
                    base -= o["fee"] / o["fill_price"]
                else:
                    cash -= o["fee"]
        self.equal("cash is what the fills left", cash, last["cash"])
        self.equal("notional is that of the fills", notional,
                   last["traded_notional"])
        self.equal("position and dust are what the fills left", base,
                   last["position"] + (last["dust"] if in_base else 0),
                   self.scale / self.bars[0][4])

    def flat_to_flat(self):
        """Whenever the account is flat, the trades so far are the change of
        cash."""
        by_bar, k, total = sorted(self.trades, key=lambda t: t["exit_ms"]), 0, 0
        for i, l in enumerate(self.ledgers):
            while k < len(by_bar) and by_bar[k]["exit_ms"] <= self.bars[i][0]:
                total += by_bar[k]["result"]
                k += 1
            if l["position"] == 0:
                self.equal(f"flat after bar {i}: trades are the change of cash",
                           total, l["cash"] - self.cash)


def main():
    args = runner.arguments(__doc__, cases.SUITES)
    cases.FEATURES[:] = [f for f in cases.FEATURES if f not in
                         ("fine", "participation")]  # one bar fills a stop
    library, series = runner.open_all(args)
    for suite, draw_case in cases.SUITES.items():
        if args.only not in (None, suite):
            continue
        n = 0
        for k in range(args.cases):
            draw = random.Random(f"invariants {suite} {args.seed} {k}")
            case = draw_case(draw, series)
            found = library.trader(case)
            n += len(found[0])
            try:
                Checks(case, *found).run()
            except Wrong as wrong:
                sys.exit(f"{suite}, case {k} (seed {args.seed}): {wrong}\n"
                         f"  {case}")
        print(f"{suite}: {args.cases} cases, {n} orders: all hold")


if __name__ == "__main__":
    sys.path[:0] = [HERE, os.path.join(HERE, "../../examples/python")]
    import backtest_reference_cases as cases
    import backtest_reference_runner as runner
    from reference import words
    main()
