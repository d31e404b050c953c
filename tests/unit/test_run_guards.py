#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run backtest: scores from elsewhere, --check-lookahead and
--check-warmup."""
import csv
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import BTC, RunCase, run  # noqa: E402

COMMON = ["backtest", "--replay", BTC, "--set", "volatility.first=300"]

# Reads bars, prints "open_time_ms,score"; %s computes the score of bar i.
PROGRAM = """
import sys
rows = [line.split(",") for line in sys.stdin.read().split()]
close = [float(row[rows[0].index("close")]) for row in rows[1:]]
print("open_time,score")
for i, row in enumerate(rows[1:]):
    print(f"{row[0]},{%s}")
"""
NEXT = "(close[i + 1] if i + 1 < len(close) else close[i]) / close[i] - 1"
PAST = "close[i] / close[max(i - 5, 0)] - 1"


def recorded():
    with open(BTC, encoding="ascii") as file:
        return list(csv.DictReader(file))


class Scores(RunCase):
    def program(self, score):
        path = self.write("scores.py", PROGRAM % score)
        return f"'{sys.executable}' '{path}'"

    def backtest(self, *words):
        return json.loads(self.succeed(*COMMON, "--json", *words))

    def test_a_file_of_scores_trades_as_the_rule_it_was_made_by(self):
        lines = ["time,score"]
        for bar in recorded():
            rises = float(bar["close"]) > float(bar["open"])
            lines.append(f"{bar['open_time']},{1 if rises else -1}")
        path = self.write("s.csv", "\n".join(lines))
        by_file = self.backtest("--scores", path)["columns"][0]
        by_rule = self.backtest("--enter", "CLOSE > OPEN", "--exit",
                                "CLOSE <= OPEN")["columns"][0]
        self.assertGreater(by_rule["ledger"]["n_trades"], 100)
        self.assertEqual(by_file["ledger"], by_rule["ledger"])

    def test_a_program_and_a_file_of_its_output_trade_alike(self):
        command = self.program(PAST)
        by_program = self.backtest("--scores-from", command, "--theta-in",
                                   "0.002")
        path = self.path("out.csv")
        self.assertEqual(os.system(f"{command} <'{BTC}' >'{path}'"), 0)
        by_file = self.backtest("--scores", path, "--theta-in", "0.002")
        self.assertEqual(by_program["columns"], by_file["columns"])
        self.assertGreater(by_file["columns"][0]["ledger"]["n_trades"], 50)
        # a part of the bars takes its part of the file
        part = self.backtest("--scores", path, "--from", "2023-03-23")
        self.assertLess(part["bars"], by_file["bars"])

    def test_what_is_no_score_is_refused_with_its_line(self):
        first = recorded()[0]["open_time"]
        for text, wanted in (
                (f"time,score\n{first},x\n", ":2:"),
                (f"{first}\n", ":1:"),
                (f"{first},1\n{first},1\n", ":2:"),
                (f"{first},1\n{int(first) + 1},1\n", ":2:"),
                (f"{first},1\n12345,inf\n", ":2:")):
            with self.subTest(text):
                path = self.write("s.csv", text)
                self.refuse(3, [wanted], *COMMON, "--scores", path)

    def test_a_program_that_fails_is_named_by_its_status(self):
        self.refuse(1, ["status 7"], *COMMON, "--scores-from", "exit 7")
        self.refuse(3, ["--scores-from:1"], *COMMON, "--scores-from",
                    "echo hello")
        out, errors, code = run(*COMMON, "--scores-from", "kill -9 $$")
        self.assertEqual((out, code), ("", 1))
        self.assertIn("signal 9", errors)

    def test_sources_do_not_mix(self):
        path = self.write("s.csv", "")
        for words, wanted in (
                ([], "nothing to trade by"),
                (["--scores", path, "--enter", "CLOSE > OPEN"], "rule"),
                (["--scores", path, "--scores-from", "x"], "one of them"),
                (["--scores", path, "--sweep", "a=1,2"], "--sweep"),
                (["--enter", "CLOSE > OPEN", "--theta-in", "2"],
                 "--theta-in")):
            self.refuse(2, [wanted], *COMMON, *words)

    def test_distances_are_deviations_or_shares(self):
        for name in ("--stop", "--target"):
            words = ["--enter", "RSI(14) < 35"]
            runs = [self.backtest(*words, *more)["columns"][0]["ledger"]
                    for more in ([], [name, "0"], [name, "3"], [name, "1%"])]
            self.assertEqual(runs[0], runs[1])
            self.assertNotEqual(runs[2], runs[3])
            self.assertNotEqual(runs[1], runs[2])

    def test_a_stop_of_a_share_loses_about_that_share(self):
        path = self.path("t.csv")
        self.backtest("--enter", "RSI(14) < 35", "--stop", "0.5%", "--trades",
                      path)
        with open(path, encoding="ascii") as file:
            rows = [row for row in csv.DictReader(file)
                    if row["exit"] == "stop"]
        self.assertGreater(len(rows), 5)
        for row in rows:
            entry, left = float(row["entry_price"]), float(row["exit_price"])
            self.assertLess(left / entry, 1 - 0.0049)
            self.assertGreater(left / entry, 1 - 0.02)

    def test_the_equity_file_ends_with_the_ledger(self):
        path = self.path("e.csv")
        ledger = self.backtest("--enter", "RSI(14) < 35", "--equity",
                               path)["columns"][0]["ledger"]
        with open(path, encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        bars = recorded()
        self.assertEqual(len(rows), len(bars))
        self.assertEqual(float(rows[-1]["equity"]), ledger["equity"])
        self.assertEqual(float(rows[0]["equity"]), ledger["initial_cash"])
        self.assertEqual([float(row["close"]) for row in rows],
                         [float(bar["close"]) for bar in bars])

    def test_tables_are_written_as_csv_and_json(self):
        words = ["--enter", "RSI(14) < 35"]
        for name in ("orders", "positions", "drawdowns"):
            table, same = self.path(f"{name}.csv"), self.path(f"{name}.json")
            ledger = self.backtest(*words, f"--{name}",
                                   table)["columns"][0]["ledger"]
            self.succeed(*COMMON, *words, f"--{name}", same)
            with open(table, encoding="ascii") as file:
                rows = list(csv.DictReader(file))
            with open(same, encoding="ascii") as file:
                objects = json.load(file)
            self.assertGreater(len(rows), 0)
            self.assertEqual([list(row) for row in rows],
                             [list(one) for one in objects])
            if name == "orders":
                self.assertEqual(len(rows), ledger["n_orders"])
        self.refuse(2, ["--orders", "--sweep"], *COMMON, "--enter",
                    "CLOSE > SMA({n})", "--sweep", "n=5,10", "--orders",
                    self.path("o.csv"))
        self.refuse(2, ["--drawdowns"], *COMMON, *words, "--orders",
                    self.path("o.csv"), "--drawdowns", self.path("o.csv"))

    def test_words_that_mean_nothing_are_refused_with_those_that_do(self):
        for option, wanted in (("--entry", "post-only"), ("--path", "olhc"),
                               ("--fill", "same-close"), ("--size-in", "cash"),
                               ("--remainder", "carry"), ("--stop", "1.5%"),
                               ("--trail", "1.5%"), ("--offset", "1.5%")):
            self.refuse(2, [option, wanted], *COMMON, "--enter", "CLOSE > OPEN",
                        option, "sideways%")
        self.refuse(2, ["--size"], *COMMON, "--enter", "CLOSE > OPEN", "--size",
                    "5000")
        self.refuse(2, ["--equity"], *COMMON, "--enter", "CLOSE > SMA({n})",
                    "--sweep", "n=5,10", "--equity", self.path("e.csv"))


class Checks(RunCase):
    program = Scores.program

    def test_rules_pass_both_checks(self):
        text = self.succeed(*COMMON, "--enter",
                            "SMA({n}) > EMA(50) and RSI(14) < 60", "--sweep",
                            "n=5,10", "--check-lookahead", "--check-warmup",
                            "--cuts", "40")
        self.assertIn("passed: nothing of it knows the future", text)
        self.assertIn("passed: every feature and decision settles", text)
        needs = {line.split("  ")[0]: line.split()[1] for line in
                 text.splitlines() if line.startswith("SMA(")}
        self.assertEqual(needs, {"SMA(5)": "4", "SMA(10)": "9"})
        self.assertIn("decision n=10", text)

    def test_a_program_that_knows_the_next_bar_fails(self):
        out, errors, code = run(*COMMON, "--scores-from", self.program(NEXT),
                                "--theta-in", "0.001", "--check-lookahead",
                                "--cuts", "6")
        self.assertEqual((code, errors), (4, ""))
        self.assertIn("LOOK-AHEAD: values change", out)
        self.assertIn("needs 1 bar after its own", out)
        self.assertIn("decision of 2023-03-2", out)
        self.assertIn("failed:", out)

    def test_a_program_that_knows_the_past_passes(self):
        text = self.succeed(*COMMON, "--scores-from", self.program(PAST),
                            "--check-lookahead", "--cuts", "6")
        self.assertIn("scores", text)
        self.assertIn("passed", text)

    def test_a_program_that_tosses_coins_is_not_repeatable(self):
        out, _, code = run(*COMMON, "--scores-from",
                           self.program("__import__('random').random()"),
                           "--check-lookahead", "--cuts", "3")
        self.assertEqual(code, 4)
        self.assertIn("NOT REPEATABLE", out)

    def test_a_sum_since_the_beginning_never_settles(self):
        out, _, code = run(*COMMON, "--scores-from",
                           self.program("sum(close[:i + 1])"),
                           "--check-warmup")
        self.assertEqual(code, 4)
        self.assertIn("never", out)
        self.assertIn("failed", out)

    def test_what_cannot_be_checked_is_refused_with_the_remedy(self):
        path = self.write("s.csv", "")
        self.refuse(2, ["--scores", "--scores-from"], *COMMON, "--scores", path,
                    "--check-lookahead")
        rules = ["--enter", "CLOSE > OPEN", "--check-warmup"]
        self.refuse(2, ["--json"], *COMMON, *rules, "--json")
        self.refuse(2, ["--trades"], *COMMON, *rules, "--trades",
                    self.path("t.csv"))

    def test_threads_change_nothing(self):
        words = [*COMMON, "--enter", "RSI(14) < 40", "--check-lookahead",
                 "--check-warmup", "--cuts", "30"]
        self.assertEqual(self.succeed(*words, "--threads", "1"),
                         self.succeed(*words, "--threads", "2"))


if __name__ == "__main__":
    unittest.main()
