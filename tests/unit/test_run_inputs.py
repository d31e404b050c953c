#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `crucible-run backtest` trades on beside bars: funding, an estimated
spread, fees, finer bars, rungs; and the figures that it prints."""
import csv
import json
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import BTC, INSTRUMENTS, SOURCE, RunCase, run  # noqa: E402

COMMON = ["backtest", "--replay", BTC, "--set", "volatility.first=300"]
RULES = ["--enter", "RSI(14) < 35", "--exit", "RSI(14) > 55"]
HOURS8 = 28800000


class Costs(RunCase):
    def perpetual(self, **changed):
        """The recorded spot bars as those of a perpetual."""
        with open(INSTRUMENTS, encoding="utf-8") as file:
            profiles = json.load(file)
        for one in profiles["instruments"]:
            if one["symbol"] == "BTCUSDT":
                one.update(market_type="linear_perpetual", fee_asset="quote",
                           max_leverage=10, maintenance_margin=0.004,
                           is_shortable=True, funding_interval_ms=HOURS8)
                one.update(changed)
        return ["--instruments",
                self.write("instruments.json", json.dumps(profiles))]

    def rates(self, *rows, name="funding.csv"):
        text = "time,rate\n" + "".join(f"{t},{r}\n" for t, r in rows)
        return self.write(name, text)

    def due(self, rate):
        with open(BTC, encoding="ascii") as file:
            bars = list(csv.DictReader(file))
        first, last = (int(bars[k]["open_time"]) for k in (0, -1))
        return [(t, rate) for t in range(first, last + 1, HOURS8)]

    def column(self, *words):
        return json.loads(self.succeed(*COMMON, *RULES, "--json", *words)
                          )["columns"][0]

    def test_funding_is_what_was_held_at_the_open_times_the_rate(self):
        given = self.perpetual()
        orders = self.path("o.csv")
        free = self.column(*given, "--set", "account.funding=unavailable")
        paid = self.column(*given, "--funding", self.rates(*self.due(0.001)),
                           "--trades", orders)
        got = self.column(*given, "--funding", self.rates(*self.due(-0.001)))
        self.assertEqual(free["ledger"]["costs"]["funding"], 0)
        self.assertGreater(paid["ledger"]["costs"]["funding"], 0)
        self.assertLess(got["ledger"]["costs"]["funding"], 0)
        with open(BTC, encoding="ascii") as file:
            opens = {int(b["open_time"]): float(b["open"])
                     for b in csv.DictReader(file)}
        expected = 0
        with open(orders, encoding="ascii") as file:
            for row in csv.DictReader(file):
                for time, rate in self.due(0.001):
                    if int(row["entry_ms"]) < time <= int(row["exit_ms"]):
                        expected += (float(row["quantity"]) * opens[time]
                                     * rate)
        self.assertAlmostEqual(paid["ledger"]["costs"]["funding"], expected, 6)
        text = self.succeed(*COMMON, *RULES, *given, "--set",
                            "account.funding=unavailable")
        self.assertIn("funding NOT PAID", text)

    def test_funding_that_cannot_be_used_is_refused_with_the_remedy(self):
        given = [*COMMON, *RULES, *self.perpetual()]
        self.refuse(3, ["--funding FILE", "account.funding=unavailable"],
                    *given)
        due = self.due(0.0001)
        self.refuse(2, ["--funding", "no perpetual"], *COMMON, *RULES,
                    "--funding", self.rates(*due))
        wrong = [(due[:2] + [(due[2][0], "much")], ["funding.csv:4:", "much"]),
                 (due[:2] + [(due[2][0], 2)], ["funding.csv:4:", "is 2"]),
                 (due[:2] + [due[1]], ["funding.csv:4:", "twice"]),
                 (due[:2] + [due[0]], ["funding.csv:4:", "sort"]),
                 (due[:5] + due[7:], ["funding.csv: there is no funding rate",
                                      "account.funding=unavailable"])]
        for rows, texts in wrong:
            self.refuse(3, texts, *given, "--funding", self.rates(*rows))
        self.refuse(3, ["no rate"], *given, "--funding", self.rates())
        self.refuse(3, ["nowhere"], *given, "--funding", self.path("nowhere"))
        hole = self.rates(*(due[:5] + due[7:]))
        self.succeed(*given, "--funding", hole, "--set",
                     "account.funding=unavailable")
        other = [(t - 400 * 86400000, r) for t, r in due]
        self.refuse(3, ["none of its", "2022-", "2023-03-20 00:00"], *given,
                    "--set", "account.funding=unavailable", "--funding",
                    self.rates(*other))

    def test_funding_is_part_of_both_checks(self):
        text = self.succeed(*COMMON, *RULES, *self.perpetual(), "--funding",
                            self.rates(*self.due(0.001)), "--cuts", "8",
                            "--check-lookahead", "--check-warmup")
        self.assertIn("passed: nothing of it knows the future", text)

    def test_fees_stand_over_those_of_the_profile(self):
        fee = lambda *words: self.column(*words)["ledger"]["costs"]["fee"]
        self.assertEqual(fee("--taker-fee", "0"), 0)
        self.assertEqual(fee("--taker-fee", "0.05%"),
                         fee("--taker-fee", "0.0005"))
        self.assertLess(fee("--taker-fee", "0.0005"), fee())
        for option in "--taker-fee", "--maker-fee":
            for value in "free", "5", "-3%", "":
                self.refuse(2, [option], *COMMON, *RULES, option, value)

    def test_the_spread_can_be_estimated_from_the_bars(self):
        spread = lambda *words: self.column(*words)["ledger"]["costs"]["spread"]
        edge = ["--set", "costs.spread=edge"]
        self.assertNotEqual(spread(*edge), spread())
        self.assertEqual(spread("--set", "costs.edge_window=576"), spread())
        self.assertNotEqual(spread(*edge),
                            spread(*edge, "--set", "costs.edge_window=576"))
        text = self.succeed(*COMMON, *RULES, *edge)
        self.assertRegex(text, r"EDGE\), \d+\.\d\d bps in the mean")
        text = self.succeed(*COMMON, *RULES, *edge, "--cuts", "8",
                            "--check-lookahead", "--check-warmup")
        self.assertIn("sigma, volume, spread", text)
        self.assertIn("spread forecast", text)
        ceiling = ["viability", "--replay", BTC, "--set",
                   "volatility.first=300", "--timeframes", "5m", "--json"]
        costs = [json.loads(self.succeed(*ceiling, *more))["ceiling"][0][
            "spread_cost"] for more in ([], edge)]
        self.assertNotEqual(*costs)

    def test_a_wrong_spread_is_refused_by_key_value_and_choices(self):
        for setting, texts in (
                ("costs.spread=roll", ["$.costs.spread", "roll", "edge"]),
                ("costs.edge_window=2", ["$.costs.edge_window", "is 2", "3"]),
                ("costs.edge_refit=0", ["$.costs.edge_refit", "is 0", "1"]),
                ("account.borrow_rate=-1", ["$.account.borrow_rate", "-1"])):
            self.refuse(2, texts, *COMMON, *RULES, "--set", setting)
        self.refuse(3, ["2576 bars", "costs.edge_window"], *COMMON, *RULES,
                    "--set", "costs.spread=edge", "--set",
                    "costs.edge_window=5000")
        out, errors, code = self.tournament_with("costs.spread=edge")
        self.assertEqual(code, 3, errors)
        self.assertIn("$.costs.spread", errors)
        self.assertFalse(os.path.exists(self.path("t.db")))

    def tournament_with(self, setting):
        return run("tournament", "--replay", BTC, "--db", self.path("t.db"),
                   "--set", setting)

    def test_borrowing_costs_what_is_sold_short_by_the_year(self):
        given = [*COMMON, "--enter", "RSI(14) < 20", "--short", "RSI(14) > 65",
                 "--json", *self.perpetual(market_type="future",
                                           funding_interval_ms=0)]
        costs = [json.loads(self.succeed(*given, "--set",
                                         f"account.borrow_rate={rate}"))
                 ["columns"][0]["ledger"]["costs"]["funding"]
                 for rate in (0, 0.5)]
        self.assertEqual(costs[0], 0)
        self.assertGreater(costs[1], 0)


class Rejections(RunCase):
    def test_the_text_says_why_orders_were_not_filled(self):
        text = self.succeed(*COMMON, *RULES)
        self.assertRegex(text, r"not filled: forecast cold \d+")
        text = self.succeed(*COMMON, *RULES, "--participation", "1e-9",
                            "--remainder", "cancel")
        self.assertRegex(text, r"not filled: .*share of the volume \d+")

    def test_a_fee_below_zero_in_the_profile_is_refused_with_its_place(self):
        with open(INSTRUMENTS, encoding="utf-8") as file:
            profiles = json.load(file)
        for one in profiles["instruments"]:
            one["taker_fee"] = -0.001
        self.refuse(3, ["instruments.json", "taker_fee", "-0.001"], *COMMON,
                    *RULES, "--instruments",
                    self.write("instruments.json", json.dumps(profiles)))


class Paths(RunCase):
    RUN = ["--set", "volatility.first=200", "--timeframe", "30m", "--enter",
           "RSI(14) < 50", "--stop", "0.3%", "--target", "0.3%", "--json"]

    def equity(self, *words):
        return json.loads(self.succeed(*COMMON, *self.RUN, *words)
                          )["columns"][0]["ledger"]["equity"]

    def test_recorded_bars_are_the_path_of_longer_ones(self):
        fine, coarse = self.equity("--path", "fine"), self.equity()
        self.assertNotEqual(fine, coarse)
        text = self.succeed(*COMMON, *self.RUN[:-1], "--path", "fine")
        self.assertIn("path   through the recorded bars of 5m", text)
        self.succeed(*COMMON, *self.RUN[:-1], "--path", "fine", "--cuts", "8",
                     "--check-lookahead")
        self.refuse(2, ["--path fine", "5m", "--timeframe"], *COMMON, *RULES,
                    "--path", "fine")

    def test_the_configuration_knows_the_adaptive_path(self):
        self.assertEqual(self.equity("--set", "account.path=adaptive"),
                         self.equity("--path", "adaptive"))

    def test_rungs_leave_in_parts(self):
        table = self.path("o.csv")
        self.succeed(*COMMON, *self.RUN, "--rungs", "0.5:0.5,1:0.5",
                     "--orders", table)
        with open(table, encoding="ascii") as file:
            filled = [row for row in csv.DictReader(file)
                      if row["purpose"] == "target" and row["status"] ==
                      "filled"]
        self.assertGreater(len(filled), 4)
        for value in "1", "0.5:x", "a:1", "1:0.1,1.1:0.1,2:.1,3:.1,4:.1":
            self.refuse(2, ["--rungs", value], *COMMON, *self.RUN, "--rungs",
                        value)
        self.refuse(2, ["rung"], *COMMON, *RULES, "--rungs", "1:1")

    def test_a_stop_limit_stands_a_share_behind_its_trigger(self):
        prices = []
        for beyond in "0%", "0.2%":
            table = self.path(f"{beyond}.csv")
            self.succeed(*COMMON, *self.RUN, "--entry", "stop-limit",
                         "--offset", "0.1%", "--limit-beyond", beyond,
                         "--orders", table)
            with open(table, encoding="ascii") as file:
                prices.append([float(r["limit_price"]) for r in
                               csv.DictReader(file) if r["purpose"] == "entry"])
        self.assertAlmostEqual(prices[1][0] / prices[0][0], 1.002, 5)
        self.refuse(2, ["--limit-beyond", "0.1%"], *COMMON, *self.RUN,
                    "--limit-beyond", "3")


class Figures(RunCase):
    def test_json_has_every_figure_of_the_header(self):
        header = pathlib.Path(SOURCE, "include/crucible/metrics.h").read_text()
        column = json.loads(self.succeed(*COMMON, *RULES, "--json")
                            )["columns"][0]
        for struct, key in (("crucible_metrics", "metrics"),
                            ("crucible_trade_metrics", "trades")):
            body = re.search(rf"typedef struct {struct} {{(.*?)}} {struct};",
                             header, re.S).group(1)
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            names = re.findall(r"(?:double|uint64_t) (\w+);", body)
            self.assertGreater(len(names), 30)
            self.assertEqual(list(column[key]), names)

    def test_the_tail_is_that_of_the_equity_file(self):
        path = self.path("e.csv")
        column = json.loads(self.succeed(*COMMON, *RULES, "--json", "--equity",
                                         path))["columns"][0]
        with open(path, encoding="ascii") as file:
            equity = [200.0] + [float(r["equity"])
                                for r in csv.DictReader(file)]
        returns = sorted(b / a - 1 for a, b in zip(equity, equity[1:]))
        worst = returns[:int((len(returns) - 1) * 0.05) + 1]
        self.assertAlmostEqual(
            column["metrics"]["conditional_value_at_risk"],
            sum(worst) / len(worst), 12)

    def test_values_end_in_one_column_and_no_line_is_long_or_ragged(self):
        text = self.succeed(*COMMON, *RULES)
        self.assertNotRegex(text, r"[ \t]\n")
        rows = text.split("\naccount\n")[1].splitlines()
        for line in rows:
            self.assertLess(len(line), 80)
            found = re.match(r"  .{24}( *\S.*)?", line)
            if line.startswith("  ") and "not filled" not in line:
                self.assertRegex(line[:40], r"^  .{24} .*\S$")
                self.assertTrue(found)
        for title in "risk", "ratios", "trades", "costs":
            self.assertIn(f"\n\n{title}\n", text)


if __name__ == "__main__":
    unittest.main()
