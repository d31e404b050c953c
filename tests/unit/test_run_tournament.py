#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run: a tournament reconciles to the last cent, in JSON and HTML."""
import csv
import html.parser
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import (BTC, DATA, DEMO, INSTRUMENTS, QUICK,  # noqa: E402
                         RunCase, run)

FUTURE = os.path.join(DATA, "IFL8-5m-2023-12-04_2024-09-27.csv")
FUTURE_CONFIG = os.path.join(DATA, "..", "demo-index-future.json")
COSTS = ("fee", "spread", "slippage", "impact", "funding", "dust")


class Page(html.parser.HTMLParser):
    """Checks that tags close as they open; keeps rows of cells."""
    VOID = {"meta", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.tags, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.text += data
        if "td" in self.open:
            self.rows[-1][-1] += data


def cents(text):
    """"1,234.56" in cents, as a whole number."""
    return int(text.replace(",", "").replace(".", "").replace("+", ""))


class Reconciles(RunCase):
    """Spot with fees in base, and a future with fees in quote."""

    def check_agent(self, agent, fee_in_base):
        ledger, trades, orders = (agent[k] for k in ("ledger", "trades",
                                                     "orders"))
        close = {"rel_tol": 1e-12, "abs_tol": 1e-9 * ledger["initial_cash"]}

        def same(a, b, what):
            self.assertTrue(math.isclose(a, b, **close),
                            f"agent {agent['agent']}, {what}: {a} != {b}")

        marked = 0
        if ledger["position"] != 0:
            marked = ledger["position"] * ledger["mark_price"]
        same(ledger["cash"] + marked - ledger["exit_fee"], ledger["equity"],
             "cash + position")
        same(sum(t["result"] for t in trades), ledger["trade_results"],
             "results of trades")
        same(ledger["trade_results"] + ledger["open_result"],
             ledger["equity"] - ledger["initial_cash"], "results")
        for trade in trades:
            same(trade["gross"] - sum(trade[c] for c in COSTS),
                 trade["result"], "costs of a trade")
        self.assertEqual(len(trades), ledger["n_trades"])
        self.assertEqual(len(orders), ledger["n_orders"])
        # the account once more, from nothing but its fills
        cash, position = ledger["initial_cash"], 0.0
        for order in orders:
            if order["filled"] == 0:
                continue
            value = order["filled"] * order["fill_price"]
            if order["side"] == "buy":
                cash -= value
                position += order["filled"]
                if fee_in_base:
                    position -= order["fee"] / order["fill_price"]
                else:
                    cash -= order["fee"]
            else:
                cash += value - order["fee"]
                position -= order["filled"]
        same(cash, ledger["cash"], "cash from fills")
        held = ledger["position"] + ledger["dust"]
        self.assertAlmostEqual(position, held, 9)
        same(agent["curve"]["equity"][-1], ledger["equity"], "curve")

    def check_report(self, report, fee_in_base):
        agents = report["agents"]
        self.assertGreater(sum(len(a["trades"]) for a in agents), 10)
        for agent in agents:
            self.check_agent(agent, fee_in_base)
        equity = sum(a["ledger"]["equity"] for a in agents)
        capital = sum(a["ledger"]["initial_cash"] for a in agents)
        self.assertAlmostEqual(report["equity"] / equity, 1, 12)
        self.assertAlmostEqual(report["capital"] / capital, 1, 12)
        for kind in COSTS:
            total = sum(a["ledger"]["costs"][kind] for a in agents)
            self.assertTrue(math.isclose(report["costs"][kind], total,
                                         abs_tol=1e-9 * capital))
        ranked = [a["ledger"]["equity"] for a in agents]
        self.assertEqual(ranked, sorted(ranked, reverse=True))

    def check_held(self, report, path):
        """Buy and hold, from the file: each agent's capital goes in at the open
        of its first bar, fees both ways."""
        with open(path, encoding="ascii") as file:
            bars = {int(b["open_time"]): b for b in csv.DictReader(file)}
        last = float(bars[report["until_ms"] - report["timeframe_ms"]]
                     ["close"])
        fee = report["instrument"]["taker_fee"]
        expected = sum(
            a["ledger"]["initial_cash"] *
            (last / float(bars[a["from_ms"]]["open"]) - 2 * fee)
            for a in report["agents"])
        return (report["buy_and_hold"] / report["capital"],
                expected / report["capital"])

    def check_page(self, path, report):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        page = Page()
        page.feed(text)
        page.close()
        self.assertEqual(page.open, [])
        self.assertNotRegex(text, r"(https?:|src=|@import|url\(|<script|<link)")
        rows = {}
        for row in page.rows:
            if len(row) == 2:
                rows.setdefault(row[0], []).append(row[1])
        start, closed, opened = (
            [cents(x) for x in rows[name]] for name in
            ("starting capital", "results of closed trades",
             "result of the open position"))
        cash = [cents(x) for x in rows["cash"]]
        marked = [cents(x) for x in rows["position, marked, less exit fee"]]
        equity = [cents(x) for x in rows["equity"]]
        numbers = [int(n) for n in re.findall(r'<details id="a(\d+)"', text)]
        agents = {agent["agent"]: agent for agent in report["agents"]}
        self.assertEqual(sorted(numbers), sorted(agents))
        for i, number in enumerate(numbers):
            agent = agents[number]
            self.assertEqual(equity[2 * i], equity[2 * i + 1])
            self.assertEqual(start[i] + closed[i] + opened[i], equity[2 * i])
            self.assertEqual(cash[i] + marked[i], equity[2 * i])
            ledger = agent["ledger"]
            self.assertEqual(equity[2 * i], round(100 * ledger["equity"]))
            self.assertAlmostEqual(cash[i], 100 * ledger["cash"], delta=0.51)
            self.assertAlmostEqual(closed[i], 100 * ledger["trade_results"],
                                   delta=0.51)
            self.assertIn(agent["genome_id"], text)
        self.assertIn(report["input_hash"], text)
        for study in report["studies"]:
            self.assertIn(f'<details id="s{study["number"]}"', text)
        drawn = min(len(agents), 40)  # with a chart of their own
        charts = 4 + (len(report["correlation"]["agents"]) > 1)
        self.assertEqual(sum(tag == "svg" for tag, _ in page.tags),
                         charts + drawn)
        ids = [a["id"] for _, a in page.tags if "id" in a]
        self.assertEqual(len(ids), len(set(ids)))
        for _, attributes in page.tags:
            if "href" in attributes:
                self.assertIn(attributes["href"][1:], ids)
        lines = re.findall(r'<polyline id="[^"]*" points="([^"]*)"', text)
        self.assertEqual(len(lines), 1 + len(agents) + 2 * drawn)
        for line in lines:
            for point in line.split():
                x, y = map(float, point.split(","))
                self.assertTrue(0 <= x <= 1120 and 0 <= y <= 400, point)

    def test_a_spot_tournament_reconciles_with_buy_and_hold_and_cash(self):
        """Cut off where several agents hold a position."""
        page, db = self.path("run.html"), self.path("run.db")
        self.succeed("tournament", "--replay", BTC, "--until",
                     "2023-03-26T21:35", "--config", DEMO, "--db", db,
                     "--report", page)
        report = self.report(db)
        self.assertGreater(len(report["agents"]), 10)
        self.assertGreater(sum(agent["ledger"]["position"] > 0
                               for agent in report["agents"]), 0)
        self.check_report(report, fee_in_base=True)
        held, expected = self.check_held(report, BTC)
        self.assertAlmostEqual(held, expected, delta=0.0003)  # and spread
        self.assertEqual(report["cash"], report["capital"])
        self.check_page(page, report)

    def test_a_future_tournament_reconciles(self):
        page, db = self.path("run.html"), self.path("run.db")
        self.succeed("tournament", "--replay", FUTURE, "--config",
                     FUTURE_CONFIG, "--set", "tournament.agents=3", "--set",
                     "study.trials=12", "--set", "forge.max_rounds=40", "--db",
                     db, "--report", page)
        report = self.report(db)
        self.assertEqual(report["n_gaps"], 399)
        self.assertGreater(report["n_agents"], 3)
        self.assertEqual(report["capital"], 1500000 * report["n_agents"])
        self.check_report(report, fee_in_base=False)
        self.check_page(page, report)

    def test_the_leaderboard_prints_what_the_json_says(self):
        db = self.tournament()
        report = self.report(db)
        text = self.succeed("report", "--db", db)
        for agent in report["agents"]:
            ledger = agent["ledger"]
            costs = sum(ledger["costs"].values())
            row = re.search(rf"^ *\d+ +{agent['agent']} +(\D+?) +"
                            rf"{agent['generation']} +"
                            rf"{agent['genome_id'][:8]} +(.*)$", text, re.M)
            words = row.group(2).split()
            self.assertEqual(words[0], f"{ledger['equity']:,.2f}")
            self.assertEqual(words[3], f"{costs:,.2f}")
            self.assertEqual(words[4], str(ledger["n_trades"]))
            self.assertEqual(row.group(1) in ("active", "promoted"),
                             agent["fate"] in ("living", "champion"))
            for rules in ("blueprint", "anytime"):
                alone = agent["track"][rules]
                self.assertIn(self.alone(alone, report["timeframe_ms"]),
                              row.group(2))
        total = [line for line in text.splitlines()
                 if line.lstrip().startswith("all agents")]
        self.assertIn(f"{report['equity']:,.2f}", total[0])
        self.assertIn(f"ever born {report['capital']:,.2f} USDT", text)
        self.assertIn("buy+hold", text)
        self.assertIn("No agent was promoted", text)

    @staticmethod
    def alone(judged, timeframe_ms):
        """What a set of rules alone did, as the leaderboard words it."""
        words = {"decay_psr": "PSR decayed", "decay_dsr": "DSR decayed",
                 "cannot_trade": "cannot trade", "proved_bad": "proved bad",
                 "edge_gone": "edge gone", "death": "drawdown"}
        by, days = judged["ended_by"], timeframe_ms / 86400000
        parts = []
        if judged["promoted_bars"] > 0:
            parts.append(f"promoted {judged['promoted_bars'] * days:.1f} d")
        if judged["ended_bars"] > 0:
            parts.append(f"{words.get(by, by)} "
                         f"{judged['ended_bars'] * days:.1f} d")
        return ", ".join(parts) or "-"

    def test_tournament_and_report_print_the_same_json(self):
        db = self.path("x.db")
        out = self.succeed("tournament", "--replay", BTC, "--db", db, *QUICK,
                           "--json")
        self.assertEqual(out, self.succeed("report", "--db", db, "--json"))

    def test_train_bars_of_zero_is_half_of_the_replay(self):
        db = self.path("x.db")
        self.succeed("tournament", "--replay", BTC, "--db", db, *QUICK, "--set",
                     "tournament.train_bars=0")
        report = self.report(db)
        self.assertEqual(report["n_bars"], 2576)
        self.assertEqual(report["n_train_bars"], 1288)

    def test_several_files_are_joined_in_order_of_time(self):
        with open(BTC, encoding="ascii") as file:
            lines = file.read().splitlines()
        one = self.write("BTCUSDT-a.csv", "\n".join(lines[:1001]) + "\n")
        two = self.write("BTCUSDT-b.csv",
                         "\n".join(lines[:1] + lines[1001:]) + "\n")
        words = ["--instruments", os.path.join(DATA, "instruments.json"),
                 *QUICK]
        self.succeed("tournament", "--replay", two, one, *words, "--db",
                     self.path("joined.db"))
        whole = self.tournament()
        self.assertEqual(self.succeed("digest", "--db", whole),
                         self.succeed("digest", "--db",
                                      self.path("joined.db")))

    def test_an_agent_below_the_smallest_order_cannot_trade_any_more(self):
        with open(INSTRUMENTS, encoding="ascii") as file:
            profiles = json.load(file)
        profiles["instruments"][0]["min_notional"] = 189
        db = self.path("x.db")
        self.succeed("tournament", "--replay", BTC, "--db", db, *QUICK,
                     "--set", "study.trials=40", "--set",
                     "forge.min_trades=3", "--set",
                     "watchtower.inactive=100000", "--set",
                     "watchtower.expired=100000", "--instruments",
                     self.write("i.json", json.dumps(profiles)))
        ended = [a for a in self.report(db)["agents"]
                 if (a["verdict"] or {}).get("rule") == "cannot_trade"]
        self.assertGreater(len(ended), 0)
        database = sqlite3.connect(db)
        for agent in ended:
            when = agent["verdict"]["time_ms"]
            self.assertEqual(agent["fate"], "dead")
            self.assertLess(agent["ledger"]["equity"], 200)
            self.assertEqual(agent["ledger"]["position"], 0)
            self.assertGreater(agent["verdict"]["bar"], 1440)
            later = database.execute(
                "SELECT count(*) FROM orders WHERE agent = ? AND "
                "placed_ms > ?", (agent["agent"], when)).fetchone()[0]
            self.assertEqual(later, 0)
            # the last order that met the market was too small
            self.assertEqual(database.execute(
                "SELECT status, reason FROM orders WHERE agent = ? AND "
                "placed_ms < ? ORDER BY seq DESC", (agent["agent"], when)
            ).fetchone(), (2, 3))
        database.close()

    def test_finer_bars_are_made_longer_first(self):
        db = self.path("x.db")
        self.succeed("tournament", "--replay", BTC, "--db", db, *QUICK, "--set",
                     "tournament.timeframes=[\"15m\"]", "--set",
                     "tournament.train_bars=640", "--set",
                     "volatility.first=110", "--set", "volatility.window=430",
                     "--set", "genome.min_train_bars=500", "--set",
                     "genome.max_train_bars=640", "--set",
                     "forge.min_trades=1", "--set", "forge.holdout=96",
                     "--set", "forge.folds=2", "--set", "study.trials=40")
        report = self.report(db)
        self.assertEqual(report["timeframe_ms"], 900000)
        self.assertEqual(report["n_bars"], 859)


    def test_a_page_on_stdout_is_all_there_is(self):
        out = self.succeed("tournament", "--replay", BTC, "--db",
                           self.path("x.db"), *QUICK, "--report", "-")
        self.assertTrue(out.startswith("<!DOCTYPE html>"), out[:40])
        self.assertTrue(out.endswith("</html>\n"), out[-40:])

    def test_a_run_that_was_cut_off_before_trading_claims_none(self):
        db = self.tournament()
        with sqlite3.connect(db) as database:  # as a kill leaves it
            for table in ("agents", "folds", "forgings", "orders", "trades",
                          "ledgers", "curves", "curve_times", "tracks",
                          "verdicts", "studies", "trials", "study_elites",
                          "replacements", "turned_down", "offers", "pool",
                          "models", "events", "checkpoints"):
                database.execute(f"DELETE FROM {table}")
            database.execute("UPDATE tournament SET phase = 1, n_bars = 700, "
                             "n_train_bars = 0, trade_from_ms = 0, "
                             "n_studies = 0, n_trials = 0, n_infeasible = 0")
        database.close()
        page = self.path("x.html")
        text = self.succeed("report", "--db", db, "--report", page)
        with open(page, encoding="utf-8") as file:
            html_text = file.read()
        for shown in (text, html_text):
            self.assertNotIn("1970", shown)
            self.assertNotIn("traded", shown)
            self.assertIn("700 bars collected", shown)


class Repeats(RunCase):
    def test_threads_and_repetition_change_no_digest_and_the_seed_does(self):
        one = self.tournament("1.db", "--threads", "1")
        two = self.tournament("2.db", "--threads", "2")
        other = self.tournament("3.db", "--threads", "2", "--seed", "2")
        digests = [self.succeed("digest", "--db", db)
                   for db in (one, two, other)]
        self.assertRegex(digests[0], r"\A[0-9a-f]{64}\n\Z")
        self.assertEqual(digests[0], digests[1])
        self.assertNotEqual(digests[0], digests[2])

    def test_reading_changes_no_byte_of_the_database(self):
        db = self.tournament()
        with open(db, "rb") as file:
            before = file.read()
        self.succeed("report", "--db", db, "--report", self.path("r.html"))
        self.succeed("digest", "--db", db)
        self.succeed("viability", "--replay", BTC, "--db", db, "--set",
                     "volatility.first=300")
        with open(db, "rb") as file:
            self.assertEqual(before, file.read())
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["r.html", "run.db"])

    def test_realised_viability_is_that_of_the_trades(self):
        db = self.tournament()
        report = self.report(db)
        trades = [t for a in report["agents"] for t in a["trades"]]
        result = json.loads(self.succeed(
            "viability", "--replay", BTC, "--db", db, "--set",
            "volatility.first=300", "--json"))
        row = result["realised"][0]
        gross = sum(t["gross"] for t in trades)
        cost = gross - sum(t["result"] for t in trades)
        self.assertEqual(row["n_trades"], len(trades))
        self.assertAlmostEqual(row["mean_gross"], gross / len(trades), 9)
        self.assertAlmostEqual(row["mean_cost"], cost / len(trades), 9)
        self.assertAlmostEqual(row["viability"]["ratio"], gross / cost, 9)
        self.assertLess(row["viability"]["ratio_low"], gross / cost)


class Progress(RunCase):
    def test_progress_is_a_plain_log_without_a_terminal(self):
        _, errors, code = run("tournament", "--replay", BTC, "--db",
                              self.path("x.db"), *QUICK)
        self.assertEqual(code, 0)
        self.assertNotIn("\r", errors)
        lines = errors.splitlines()
        self.assertEqual(lines[:3], ["collecting 1,440 bars to train on",
                                     "searching for the first 3 agents",
                                     "bar 1 of 1,136: 3 agents, 0 ended"])
        self.assertRegex(lines[-1], r"\Adone: 2,576 bars, \d+ searches, "
                                    r"\d+ trials, \d+ orders, \d+ trades\Z")
        for line in lines[3:-1]:  # where the machine is slow
            self.assertRegex(line, r"\A(bar|search \d+ at bar) ")
            self.assertLessEqual(len(line), 79)

    def test_quiet_says_nothing(self):
        _, errors, code = run("tournament", "--replay", BTC, "--db",
                              self.path("x.db"), *QUICK, "--quiet")
        self.assertEqual((errors, code), ("", 0))

    def test_a_terminal_has_one_line_that_is_written_over(self):
        import pty
        from run_program import PROGRAM
        try:
            master, slave = pty.openpty()
        except OSError as error:  # as in a root without /dev/pts
            print(f"no terminal to try on: {error}", file=sys.stderr)
            return
        with subprocess.Popen(
                [PROGRAM, "tournament", "--replay", BTC, "--db",
                 self.path("x.db"), *QUICK], stdout=subprocess.DEVNULL,
                stderr=slave) as child:
            os.close(slave)
            said = b""
            try:
                while chunk := os.read(master, 4096):
                    said += chunk
            except OSError:
                pass  # the other end is closed
            child.wait()
        os.close(master)
        self.assertEqual(child.returncode, 0)
        lines = [line for line in re.split(rb"[\r\n]+", said) if line]
        self.assertIn(b"\r", said)
        self.assertTrue(all(len(line) <= 79 for line in lines), said)


if __name__ == "__main__":
    unittest.main()
