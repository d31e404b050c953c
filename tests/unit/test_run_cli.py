#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run: help, exit codes, options, configuration, backtest."""
import csv
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import BTC, DATA, DEMO, QUICK, RunCase, run  # noqa: E402

COMMANDS = ["tournament", "backtest", "viability", "report", "digest",
            "config"]
FAST = ["--set", "volatility.first=300"]


class Help(RunCase):
    def test_help_lists_every_command_and_exit_code(self):
        text = self.succeed("--help")
        for word in COMMANDS + ["130"]:
            self.assertIn(word, text)

    def test_each_command_has_a_help_that_names_its_options(self):
        for command in COMMANDS:
            text = self.succeed(command, "--help")
            self.assertIn(f"usage: crucible-run {command}", text)
            self.assertIn("--help", text)
            for line in text.splitlines():
                self.assertLessEqual(len(line), 88, line)

    def test_the_manual_page_names_every_option(self):
        page = os.path.join(os.path.dirname(DATA), "..", "docs", "man",
                            "crucible-run.1")
        with open(page, encoding="utf-8") as file:
            manual = file.read()
        for command in COMMANDS:
            for line in self.succeed(command, "--help").splitlines():
                if line.startswith("  --"):
                    option = line.split()[0][2:]
                    if option != "help":
                        self.assertIn(f"Fl -{option}", manual, command)

    def test_version_prints_the_build_as_json(self):
        lines = self.succeed("--version").splitlines()
        self.assertTrue(lines[0].startswith("crucible-run "))
        self.assertIn("compiler", json.loads(lines[1]))


class Usage(RunCase):
    def test_a_call_without_a_command_is_wrong_usage(self):
        out, errors, code = run()
        self.assertEqual((out, code), ("", 2))
        self.assertIn("usage:", errors)

    def test_an_unknown_command_is_named(self):
        self.refuse(2, ["\"trade\""], "trade")

    def test_an_unknown_option_is_named(self):
        self.refuse(2, ["--bd", "report --help"], "report", "--bd", "x")

    def test_a_word_without_an_option_is_named(self):
        self.refuse(2, ["\"x.db\""], "report", "x.db")

    def test_a_missing_option_is_named(self):
        self.refuse(2, ["--db PATH is needed"], "digest")
        self.refuse(2, ["--replay"], "tournament", "--db", "x")

    def test_a_missing_value_is_named(self):
        self.refuse(2, ["--db needs a value"], "digest", "--db")

    def test_a_number_out_of_range_is_refused_with_the_range(self):
        self.refuse(2, ["--threads", "\"2000\"", "1024"], "tournament",
                    "--replay", BTC, "--db", self.path("x.db"), "--threads",
                    "2000")
        self.refuse(2, ["--seed", "\"-1\""], "tournament", "--replay", BTC,
                    "--db", self.path("x.db"), "--seed", "-1")

    def test_output_that_cannot_be_written_is_a_failure(self):
        import subprocess
        from run_program import PROGRAM
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([PROGRAM, "config"], stdout=full,
                                  stderr=subprocess.PIPE, text=True,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be written", done.stderr)


class Config(RunCase):
    def test_the_defaults_are_a_configuration(self):
        defaults = self.write("d.json", self.succeed("config"))
        resolved = json.loads(self.succeed("config", "--config", defaults))
        self.assertEqual(resolved["account"]["cash"], 200)
        self.assertEqual(resolved["tournament"]["agents"], 10)

    def test_the_schema_has_every_default_and_its_type(self):
        schema = json.loads(self.succeed("config", "--schema"))
        resolved = json.loads(self.succeed("config", "--set",
                                           "tournament.agents=10"))
        for section, fields in resolved.items():
            known = schema["properties"][section]["properties"]
            self.assertEqual(sorted(known), sorted(fields))
            for name, value in fields.items():
                self.assertEqual(known[name]["default"], value)

    def test_settings_stand_over_the_file(self):
        mine = self.write("m.json", '{"account": {"cash": 50, "leverage": 1}}')
        resolved = json.loads(self.succeed("config", "--config", mine, "--set",
                                           "account.cash=75"))
        self.assertEqual(resolved["account"]["cash"], 75)

    def test_an_unknown_key_is_refused_with_its_path(self):
        bad = self.write("b.json", '{"account": {"cahs": 5}}')
        self.refuse(2, ["b.json", "$.account", "cahs"], "config", "--config",
                    bad)

    def test_a_wrong_type_is_refused_with_its_path(self):
        bad = self.write("b.json", '{"account": {"cash": "much"}}')
        self.refuse(2, ["$.account.cash"], "config", "--config", bad)

    def test_a_value_out_of_range_is_refused_with_its_path(self):
        self.refuse(2, ["$.tournament.agents"], "config", "--set",
                    "tournament.agents=0")

    def test_a_setting_without_a_path_is_refused(self):
        self.refuse(2, ["agents"], "config", "--set", "agents")

    def test_a_file_that_is_not_json_or_not_there_is_refused(self):
        bad = self.write("b.json", "{")
        self.refuse(2, ["b.json"], "config", "--config", bad)
        self.refuse(2, ["none.json"], "config", "--config",
                    self.path("none.json"))

    def test_a_wrong_configuration_leaves_no_database(self):
        self.refuse(2, ["$.account.cash"], "tournament", "--replay", BTC,
                    "--db", self.path("x.db"), "--set", "account.cash=-1")
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_demo_configurations_are_right(self):
        for name in ("demo.json", "demo-index-future.json"):
            self.succeed("config", "--config",
                         os.path.join(os.path.dirname(DEMO), name))


class Backtest(RunCase):
    RULES = ["--enter", "RSI(14) < 35", "--exit", "RSI(timeperiod=14) > 55"]

    def backtest(self, *words):
        return json.loads(self.succeed("backtest", "--replay", BTC, *FAST,
                                       "--json", *words))

    def test_its_trades_add_up_to_the_ledger(self):
        trades = self.path("t.csv")
        result = self.backtest(*self.RULES, "--trades", trades)
        ledger = result["columns"][0]["ledger"]
        with open(trades, encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 3)
        self.assertEqual(len(rows), ledger["n_trades"])
        total = sum(float(row["result"]) for row in rows)
        self.assertAlmostEqual(total, ledger["trade_results"], 9)
        self.assertAlmostEqual(
            ledger["initial_cash"] + total + ledger["open_result"],
            ledger["equity"], 9)
        for row in rows:
            costs = sum(float(row[name]) for name in
                        ("fee", "spread", "slippage", "impact", "funding",
                         "dust"))
            self.assertAlmostEqual(float(row["gross"]) - costs,
                                   float(row["result"]), 9)

    def test_a_trade_enters_at_the_open_after_the_rule_held(self):
        """Recomputed here: Wilder's RSI from the closes of the file."""
        trades = self.path("t.csv")
        self.backtest(*self.RULES, "--trades", trades)
        with open(BTC, encoding="ascii") as file:
            bars = list(csv.DictReader(file))
        closes = [float(bar["close"]) for bar in bars]
        rsi = [None] * len(closes)
        moves = [b - a for a, b in zip(closes, closes[1:])]
        up = sum(max(m, 0) for m in moves[:14]) / 14
        down = sum(max(-m, 0) for m in moves[:14]) / 14
        for i in range(14, len(closes)):
            if i > 14:
                up = (13 * up + max(moves[i - 1], 0)) / 14
                down = (13 * down + max(-moves[i - 1], 0)) / 14
            rsi[i] = 100 * up / (up + down)
        at = {int(bar["open_time"]): i for i, bar in enumerate(bars)}
        with open(trades, encoding="ascii") as file:
            for row in csv.DictReader(file):
                entry, left = at[int(row["entry_ms"])], at[int(row["exit_ms"])]
                self.assertLess(rsi[entry - 1], 35)
                if row["exit"] == "score":
                    self.assertGreater(rsi[left - 1], 55)

    def test_a_sweep_runs_every_combination_and_deflates_the_best(self):
        result = self.backtest("--enter", "SMA({a}) > SMA({b})", "--sweep",
                               "a=5,10", "--sweep", "b=40:70:10")
        values = sorted((c["values"]["a"], c["values"]["b"])
                        for c in result["columns"])
        self.assertEqual(values, [(a, b) for a in (5, 10)
                                  for b in (40, 50, 60, 70)])
        self.assertGreater(result["best_sharpe"]["expected_max_sharpe"], 0)

    def test_a_column_of_a_sweep_equals_the_run_alone(self):
        swept = self.backtest("--enter", "SMA({a}) > SMA(50)", "--sweep",
                              "a=5,10")
        alone = self.backtest("--enter", "SMA(10) > SMA(50)")
        ten = [c for c in swept["columns"] if c["values"]["a"] == 10][0]
        self.assertEqual(ten["ledger"], alone["columns"][0]["ledger"])

    def test_threads_change_nothing(self):
        words = ["--enter", "CLOSE < 0.997 * SMA({n})", "--sweep",
                 "n=10:100:5", "--horizon", "12"]
        self.assertEqual(self.backtest(*words, "--threads", "1"),
                         self.backtest(*words, "--threads", "2"))

    def test_wrong_rules_are_refused_with_the_place(self):
        for rule, wanted in (("RSI(14) = 3", "expected <"),
                             ("RSY(14) < 3", "RSY"),
                             ("RSI(0) < 3", "timeperiod"),
                             ("RSI(period=3) < 3", "timeperiod"),
                             ("RSI(14) < 30 or 1 < 2", "\"and\""),
                             ("RSI({n}) < 30", "--sweep n"),
                             ("", "column 1")):
            self.refuse(2, ["--enter", wanted], "backtest", "--replay", BTC,
                        *FAST, "--enter", rule)

    def test_a_short_of_a_spot_pair_is_refused(self):
        self.refuse(2, ["side"], "backtest", "--replay", BTC, *FAST, "--enter",
                    "RSI(14) < 30", "--short", "RSI(14) > 70")

    def test_a_swept_name_that_no_rule_has_is_refused(self):
        self.refuse(2, ["{n}"], "backtest", "--replay", BTC, "--enter",
                    "RSI(14) < 30", "--sweep", "n=1,2")

    def future(self, *words):
        """Bars of the future, and the trades of rules on it."""
        future = os.path.join(DATA, "IFL8-5m-2023-12-04_2024-09-27.csv")
        trades = self.path("t.csv")
        self.succeed("backtest", "--replay", future, *words, "--trades",
                     trades, "--set", "account.cash=3000000")
        with open(future, encoding="ascii") as file:
            bars = list(csv.DictReader(file))
        with open(trades, encoding="ascii") as file:
            return bars, list(csv.DictReader(file))

    def test_longs_and_shorts_take_turns_on_a_future(self):
        _, rows = self.future("--enter", "SMA(10) > SMA(50)", "--short",
                              "SMA(10) < SMA(50)")
        self.assertEqual({row["side"] for row in rows}, {"long", "short"})
        for one, two in zip(rows, rows[1:]):
            self.assertLessEqual(int(one["exit_ms"]), int(two["entry_ms"]))

    def test_without_exit_rules_both_sides_leave_where_entry_ends(self):
        bars, rows = self.future("--enter", "CLOSE > 1.0015 * OPEN", "--short",
                                 "CLOSE < 0.9985 * OPEN")
        at = {int(bar["open_time"]): i for i, bar in enumerate(bars)}
        ratio = [float(bar["close"]) / float(bar["open"]) for bar in bars]
        self.assertEqual({row["side"] for row in rows}, {"long", "short"})
        for row in rows:
            def holds(i, side=row["side"]):
                return ratio[i] > 1.0015 if side == "long" else \
                    ratio[i] < 0.9985
            entry, left = at[int(row["entry_ms"])], at[int(row["exit_ms"])]
            self.assertTrue(all(holds(i) for i in range(entry - 1, left - 1)),
                            row)
            self.assertFalse(holds(left - 1), row)


class Viability(RunCase):
    def test_the_ceiling_names_the_smallest_timeframe(self):
        result = json.loads(self.succeed(
            "viability", "--replay", BTC, "--set", "volatility.first=300",
            "--timeframes", "15m,5m", "--hold", "1,24", "--json"))
        rows = result["ceiling"]
        orders = ["market", "limit in", "limit both"]
        self.assertEqual(
            [(r["timeframe_ms"], r["orders"], r["hold_bars"]) for r in rows],
            [(frame, way, hold) for frame in (300000, 900000)
             for way in orders for hold in (1, 24)])
        self.assertEqual(result["left_out"], [])
        for row in rows:
            self.assertAlmostEqual(
                row["fee_cost"] + row["spread_cost"] + row["slippage_cost"],
                row["round_trip_cost"], 9)
            if row["orders"] == "limit both":
                self.assertEqual(row["spread_cost"] + row["slippage_cost"], 0)
            self.assertAlmostEqual(
                row["mean_absolute_move"] / row["round_trip_cost"],
                row["ratio"], 9)
        viable = [r for r in rows if r["ratio"] >= 2]
        for way, key in zip(orders, ("", "_limit_in", "_limit_both")):
            first = [r for r in viable if r["orders"] == way][0]
            self.assertEqual(result[f"smallest_timeframe{key}_ms"],
                             first["timeframe_ms"])

    def test_what_is_left_out_says_why(self):
        result = json.loads(self.succeed(
            "viability", "--replay", BTC, "--timeframes", "1m,15m,1d",
            "--json"))
        self.assertEqual(result["left_out"], [
            {"timeframe_ms": 60000, "reason": "finer than the bars"},
            {"timeframe_ms": 86400000, "reason": "too few bars"}])
        text = self.succeed("viability", "--replay", BTC, "--timeframes",
                            "1m,15m,1d")
        self.assertIn("1m cannot be made of the recorded bars (5m)", text)
        self.assertIn("1d: 9 bars are too few", text)
        self.assertIn("15m: of its 859 bars 214 go into", text)

    def test_the_rule_has_the_trades_of_its_backtest(self):
        rule = ["--enter", "RSI(14) < 30", "--exit", "RSI(14) > 60",
                "--replay", BTC, *FAST, "--json"]
        rows = json.loads(self.succeed(
            "viability", "--timeframes", "5m,15m,1h", *rule))["rule"]
        self.assertEqual([r["timeframe_ms"] for r in rows],
                         [300000, 900000, 3600000])
        for row, timeframe in zip(rows[:2], ("5m", "15m")):
            alone = json.loads(self.succeed(
                "backtest", "--timeframe", timeframe, *rule))
            self.assertEqual(row["viability"], alone.get("viability"))
            v = row["viability"]
            if v is None:
                continue
            parts = sum(v["mean_" + part] for part in (
                "fee", "spread", "slippage", "impact", "funding", "dust"))
            self.assertAlmostEqual(parts, v["mean_cost"], 9)
        self.assertGreater(rows[0]["n_trades"], 10)
        self.assertIsNone(rows[2]["viability"])  # 214 bars, 300 to warm up
        text = self.succeed("viability", "--timeframes", "5m,1h", *rule[:-1])
        self.assertIn("too few bars", text)
        self.assertIn("By the trades of the rule no timeframe is viable", text)

    def test_funding_is_part_of_the_cost(self):
        with open(BTC, encoding="ascii") as file:
            bars = list(csv.DictReader(file))
        first, last = int(bars[0]["open_time"]), int(bars[-1]["open_time"])
        path = self.path("funding.csv")
        given = ["viability", "--replay", BTC, *FAST, "--timeframes", "5m,1h",
                 "--hold", "12", "--funding", path]
        hours8 = 28800000
        with open(path, "w", encoding="ascii") as file:
            file.write("calc_time,funding_interval_hours,last_funding_rate\n")
            for time in range(first, last + 1, hours8):
                file.write(f"{time + 4},8,0.0001\n")
        for row in json.loads(self.succeed(*given, "--json"))["ceiling"]:
            self.assertNotEqual(row["funding_cost"], 0)
            self.assertLess(abs(row["funding_cost"]),
                            1e-4 * row["timeframe_ms"] * 12 / hours8)
        self.assertIn("  funding  ", self.succeed(*given))
        with open(path, "a", encoding="ascii") as file:
            file.write("1,8,0.0001\n")
        self.refuse(3, ["funding.csv:", "too small"], *given)
        self.refuse(3, ["nowhere"], *given[:-1], self.path("nowhere"))

    def test_csv_has_every_row_of_the_json(self):
        path = self.path("v.csv")
        given = ["viability", "--replay", BTC, *FAST, "--enter",
                 "RSI(14) < 30", "--exit", "RSI(14) > 60"]
        result = json.loads(self.succeed(*given, "--json", "--csv", path))
        with open(path, encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        ceiling = [r for r in rows if r["table"] == "ceiling"]
        self.assertEqual(len(ceiling), len(result["ceiling"]))
        for a, b in zip(ceiling, result["ceiling"]):
            self.assertEqual(float(a["cost"]), b["round_trip_cost"])
            self.assertEqual(float(a["ratio"]), b["ratio"])
            self.assertEqual(a["orders"], b["orders"])
        rule = [r for r in rows if r["table"] == "rule"]
        measured = [r for r in result["rule"] if r["viability"]]
        self.assertEqual([float(r["ratio_low"]) for r in rule],
                         [r["viability"]["ratio_low"] for r in measured])
        with open(path, encoding="ascii") as file:
            self.assertEqual(self.succeed(*given, "--csv", "-"), file.read())
        self.refuse(2, ["--csv"], *given, "--json", "--csv", "-")
        self.refuse(2, ["--enter"], "viability", "--replay", BTC, "--exit",
                    "RSI(14) > 60")

    def test_the_mean_move_is_that_of_the_file(self):
        result = json.loads(self.succeed(
            "viability", "--replay", BTC, "--set", "volatility.first=300",
            "--timeframes", "5m", "--hold", "1", "--fees", "0", "--json"))
        row = result["ceiling"][0]
        self.assertEqual(row["fee_cost"], 0)
        with open(BTC, encoding="ascii") as file:
            bars = list(csv.DictReader(file))
        moves = [abs(float(b["close"]) / float(b["open"]) - 1) for b in bars]
        mean = sum(moves) / len(moves)
        self.assertLess(abs(row["mean_absolute_move"] / mean - 1), 0.1)

    def test_the_law_of_impact_is_that_of_the_configuration(self):
        def slippage(*settings):
            given = [word for s in settings for word in ("--set", s)]
            return json.loads(self.succeed(
                "viability", "--replay", BTC, "--set", "volatility.first=300",
                "--timeframes", "5m", "--hold", "1", "--json", *given)
            )["ceiling"][0]["slippage_cost"]
        self.assertAlmostEqual(
            slippage("costs.impact_law=fixed", "costs.fixed_slippage=0.003"),
            0.006, 5)
        self.assertEqual(slippage("costs.impact_law=linear"),
                         slippage("costs.impact_exponent=1"))
        self.assertEqual(
            slippage("costs.impact_law=almgren"),
            slippage("costs.impact_law=almgren", "costs.bars_per_day=288"))
        self.refuse(2, ["fixed_slippage"], "viability", "--replay", BTC,
                    "--set", "costs.fixed_slippage=0.003")

    def test_too_high_a_fee_leaves_no_timeframe(self):
        text = self.succeed("viability", "--replay", BTC, "--set",
                            "volatility.first=300", "--fees", "0.02",
                            "--timeframes", "5m")
        self.assertIn("No timeframe here is viable", text)

    def test_lists_are_checked(self):
        for option, value in (("--timeframes", "5x"), ("--hold", "0"),
                              ("--fees", "2"), ("--hold", "1,,2")):
            self.refuse(2, [option], "viability", "--replay", BTC, option,
                        value)


if __name__ == "__main__":
    unittest.main()
