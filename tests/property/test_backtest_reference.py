# SPDX-License-Identifier: Apache-2.0
"""Random plans over recorded bars: the library against tests/property/reference.

usage: test_backtest_reference.py LIBRARY FOLDER_OF_CSV... [--cases N]
       [--seed N] [--only SUITE]

Each case goes through the library's trader bar by bar, where orders, trades and
the ledger after each bar must agree, and where it can through its batch. What
an order, a trade or a ledger counts must be equal, prices to the bit, sums of
money to 1e-12 of what the account deals with. Exit 0 if all agree.
"""
import math
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True

EXACT = {"limit_price", "exit_price", "mark_price", "quantity", "filled",
         "position"}

# what a batch is not told
OF_FILLS = {"price", "taker_fee", "maker_fee", "slippage", "funding"}


def near(name, found, expected, scale):
    if not isinstance(expected, float) or not isinstance(found, float):
        return found == expected
    if math.isnan(found) or math.isnan(expected):
        return math.isnan(found) and math.isnan(expected)
    if name in EXACT:
        return found == expected
    return abs(found - expected) <= 1e-12 * (abs(expected) + scale)


def difference(kind, found, expected, scale):
    """What differs first between two lists of dicts, or None. Only names that
    both have are compared."""
    for i, (f, e) in enumerate(zip(found, expected)):
        for name, value in e.items():
            if name in f and not near(name, f[name], value, scale):
                return (f"{kind} {i}: {name} is {f[name]!r}, expected "
                        f"{value!r}\n  library   {f}\n  reference {e}")
    if len(found) != len(expected):
        more = found if len(found) > len(expected) else expected
        return (f"{len(found)} {kind}s, expected {len(expected)}; the first "
                f"that one lacks: {more[min(len(found), len(expected))]}")
    return None


def play(case):
    """What the reference makes of a case."""
    account = Account(case.plan, case.instrument, case.options,
                      case.timeframe_ms)
    ledgers = []
    for i, (bar, outlook, wish) in enumerate(case.steps()):
        if case.fine is not None:
            account.fine = case.fine[i]
        account.push(bar, outlook, wish)
        if i == case.end:
            account.stop(case.purpose)
        ledgers.append(account.ledger())
    return account.orders, account.trades, ledgers


def with_one_reason(orders):
    """An order of no lots may lack a price or something to reduce as well:
    which of its faults is told first is nowhere said."""
    return [dict(o, reason=words.BELOW_LOT)
            if o["status"] == words.REJECTED and o["quantity"] == 0 else o
            for o in orders]


def compare(found, expected, case):
    if case.plan.get("decides") == words.ORDERS:
        found = (with_one_reason(found[0]), *found[1:])
        expected = (with_one_reason(expected[0]), *expected[1:])
    scale = case.options["initial_cash"] * max(case.options["leverage"], 1)
    for kind, f, e in zip(("order", "trade", "ledger"), found, expected):
        wrong = difference(kind, f, e, scale)
        if wrong:
            return wrong
    return None


class Seen:
    """What kinds of orders and trades came about: a test that never saw a kind
    has not tested it."""

    def __init__(self):
        self.orders, self.n_trades = {}, 0

    def add(self, orders, trades):
        self.n_trades += len(trades)
        for o in orders:
            key = (o["purpose"], o["entry"], o["status"], o["reason"],
                   o["liquidity"])
            self.orders[key] = self.orders.get(key, 0) + 1

    def missing(self, purposes, reasons):
        filled = {k[0] for k in self.orders if k[2] == words.FILLED}
        return (set(purposes) - filled,
                set(reasons) - {k[3] for k in self.orders})


def stop_with(suite, k, args, wrong, case):
    sys.exit(f"{suite}, case {k} (seed {args.seed}): {wrong}\n  {case}")


def run(library, suite, draw_case, series, args, seen):
    """Each case through the trader and through a simulation in pieces."""
    began = time.process_time()
    for k in range(args.cases):
        draw = random.Random(f"{suite} {args.seed} {k}")
        case = draw_case(draw, series)
        expected = play(case)
        try:
            wrong = None
            if case.fine is None:  # a trader has no finer bars
                wrong = compare(library.trader(case), expected, case)
            if not wrong and suite == "scores" and case.end is None and \
                    case.fine is None and \
                    not any(set(o) & OF_FILLS for o in case.outlooks):
                wrong = compare(library.batch(case), expected, case)
            if not wrong and "simulate" in args.also and \
                    suite in cases.SIMULATED and case.end is None:
                n = len(case.outlooks)
                cuts = [draw.randrange(1, n) for _ in range(draw.choice(
                    [0, 1, 3]))]
                wrong = compare_run(library.simulator.play([case], cuts=cuts),
                                    [expected], [case])
        except library.cr.Error as error:
            wrong = f"refused: {error}"
        if wrong:
            stop_with(suite, k, args, wrong, case)
        seen.add(*expected[:2])
    print(f"{suite}: {args.cases} cases agree "
          f"({time.process_time() - began:.1f} s)")


def compare_run(found, expected, members):
    """A run of several columns: records by column, equity of each bar."""
    scale = sum(c.options["initial_cash"] * c.options["leverage"]
                for c in members)
    for i, (orders, trades, ledgers) in enumerate(expected):
        for kind, f, e in ("order", found[0], orders), \
                ("trade", found[1], trades):
            mine = [r for r in f if r["column"] == i]
            wrong = difference(f"simulation, column {i}: {kind}", mine, e,
                               scale)
            if wrong:
                return wrong
        wrong = difference(
            f"simulation, column {i}: equity at bar",
            [dict(equity=row[i]) for row in found[2]],
            [dict(equity=l["equity"]) for l in ledgers], scale)
        if wrong:
            return wrong
    return None


def play_group(members):
    accounts = [Account(c.plan, c.instrument, c.options, c.timeframe_ms)
                for c in members]
    group, ledgers = Group(accounts), [[] for _ in members]
    for i, rows in enumerate(zip(*[c.steps() for c in members])):
        for a, c in zip(accounts, members):
            if c.fine is not None:
                a.fine = c.fine[i]
        group.push(*zip(*rows))
        for a, into in zip(accounts, ledgers):
            into.append(a.ledger())
    return [(a.orders, a.trades, l) for a, l in zip(accounts, ledgers)]


def run_groups(library, series, args, seen):
    began = time.process_time()
    for k in range(args.cases):
        draw = random.Random(f"groups {args.seed} {k}")
        members = cases.group_of(draw, series)
        expected = play_group(members)
        cuts = [draw.randrange(1, len(members[0].outlooks))
                for _ in range(draw.choice([0, 0, 1]))]
        try:
            found = library.simulator.play(members, True, cuts)
            wrong = compare_run(found, expected, members)
        except library.cr.Error as error:
            wrong = f"refused: {error}"
        if wrong:
            stop_with("groups", k, args, wrong,
                      "\n  ".join(str(c) for c in members))
        for orders, trades, _ in expected:
            seen.add(orders, trades)
    print(f"groups: {args.cases} cases agree "
          f"({time.process_time() - began:.1f} s)")


def main():
    args = runner.arguments(__doc__, cases.SUITES)
    library, series = runner.open_all(args)
    seen = Seen()
    for suite, draw_case in cases.SUITES.items():
        if args.only in (None, suite):
            run(library, suite, draw_case, series, args, seen)
    if "groups" in args.also and args.only in (None, "groups"):
        run_groups(library, series, args, seen)
    for key in sorted(seen.orders):
        print("purpose %d kind %d status %d reason %2d liquidity %d: %d" %
              (*key, seen.orders[key]))
    missing = seen.missing(cases.PURPOSES, cases.REASONS)
    if args.cases >= 100 and args.only is None and any(missing):
        sys.exit(f"never seen: purposes {missing[0]}, reasons {missing[1]}")
    print(f"{sum(seen.orders.values())} orders, {seen.n_trades} trades agree")


if __name__ == "__main__":
    sys.path[:0] = [HERE, os.path.join(HERE, "../../examples/python")]
    import backtest_reference_cases as cases
    import backtest_reference_runner as runner
    from reference import words
    from reference.account import Account
    from reference.group import Group
    main()
