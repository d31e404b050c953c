#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run: whatever ends a tournament, the same command goes on with it;
and what it cannot go on with it refuses, with nothing changed."""
import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import (BTC, DATA, INSTRUMENTS, PROGRAM, QUICK,  # noqa: E402
                         RunCase, recorded_lines, run, small_files)

FUTURE = os.path.join(DATA, "IFL8-5m-2023-12-04_2024-09-27.csv")
FUTURE_CONFIG = os.path.join(DATA, "..", "demo-index-future.json")


class Interrupts(RunCase):
    # A search of a second; the same agents trade to the end of the bars, so
    # that a signal at the first of them meets no search.
    STEADY = ["--replay", FUTURE, "--config", FUTURE_CONFIG, "--set",
              "tournament.train_bars=2880", "--set", "tournament.agents=8",
              "--set", "tournament.bench=0", "--set", "forge.max_rounds=5",
              "--set", "forge.folds=1", "--set", "forge.min_trades=1", "--set",
              "study.trials=24", "--set", "watchtower.inactive=100000",
              "--set", "watchtower.expired=100000", "--set",
              "watchtower.decay=off"]
    # Agents end and are replaced all the time.
    LIVELY = [*STEADY, "--set", "tournament.agents=3", "--set",
              "tournament.bench=1", "--set", "study.trials=12", "--set",
              "watchtower.inactive=144", "--set", "watchtower.expired=1440",
              "--set", "watchtower.decay=crossing"]

    def stop_at(self, pattern, number, *words, pause=0.0):
        """Sends a signal some time after a line of progress that matches."""
        with subprocess.Popen(
                [PROGRAM, "tournament", "--db", self.path("x.db"), *words],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as child:
            for line in child.stderr:
                if re.match(pattern, line):
                    break
            else:
                self.fail(f"no line is like {pattern}")
            time.sleep(pause)
            begin = time.monotonic()
            child.send_signal(number)
            out, errors = child.communicate(timeout=60)
        return out, errors, child.returncode, time.monotonic() - begin

    SEATED = r"bar [0-9,]+ of [0-9,]+: [1-9][0-9]* agents?,"

    def go_on(self, *words):
        """The same command again, to the end; the report and the digest."""
        db = self.path("x.db")
        self.succeed("tournament", "--db", db, *words)
        return self.report(db), self.succeed("digest", "--db", db)

    def check_uninterrupted(self, words, digest):
        os.remove(self.path("x.db"))
        self.assertEqual(self.go_on(*words)[1], digest)

    def test_ctrl_c_pauses_and_the_same_command_goes_on(self):
        out, errors, code, seconds = self.stop_at(self.SEATED, signal.SIGINT,
                                                  *self.STEADY)
        self.assertEqual(code, 130, errors)
        self.assertLess(seconds, 5)
        self.assertIn("the same command goes on", errors)
        self.assertIn("all agents", out)
        report = self.report(self.path("x.db"))
        self.assertEqual(report["phase"], "paused")
        self.assertGreater(len(report["agents"]), 0)
        for agent in report["agents"]:
            ledger = agent["ledger"]
            self.assertAlmostEqual(
                ledger["initial_cash"] + ledger["trade_results"] +
                ledger["open_result"], ledger["equity"], 4)
            self.assertEqual(ledger["n_bars"],
                             report["n_bars"] - agent["from_bar"])
        whole, digest = self.go_on(*self.STEADY)
        self.assertEqual(whole["phase"], "finished")
        self.assertGreater(whole["n_bars"], report["n_bars"])
        self.check_uninterrupted(self.STEADY, digest)

    def test_a_terminal_that_hangs_up_pauses_like_ctrl_c(self):
        _, errors, code, _ = self.stop_at(self.SEATED, signal.SIGHUP,
                                          *self.STEADY)
        self.assertEqual(code, 130, errors)
        self.assertEqual(self.report(self.path("x.db"))["phase"], "paused")

    def test_a_request_to_terminate_stops_a_search_at_once(self):
        """In the middle of a batch that would take half a minute."""
        words = [*self.STEADY, "--set", "study.trials=4000", "--set",
                 "study.batch=1000", "--set", "forge.max_rounds=300"]
        _, errors, code, seconds = self.stop_at(
            "searching for the first 8 agents", signal.SIGTERM, *words,
            pause=0.5)
        self.assertEqual(code, 130, errors)
        self.assertLess(seconds, 5)
        self.assertIn("interrupted after 2,880 bars", errors)
        text = self.succeed("report", "--db", self.path("x.db"))
        self.assertIn("no agent was active", text)

    def test_a_tournament_that_is_killed_goes_on_to_the_same_digest(self):
        _, _, code, _ = self.stop_at(self.SEATED, signal.SIGKILL, *self.LIVELY,
                                     pause=0.3)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertEqual(self.report(self.path("x.db"))["phase"], "trading")
        report, digest = self.go_on(*self.LIVELY)
        self.assertEqual(report["phase"], "finished")
        self.assertGreater(report["n_ended"], 3)
        self.check_uninterrupted(self.LIVELY, digest)


class GoesOn(RunCase):
    """On a tournament over the short sample."""
    @classmethod
    def setUpClass(cls):
        """A finished one, and one that was killed where agents trade."""
        case = cls("make")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.make()

    def make(self):
        GoesOn.whole = self.tournament("whole.db")
        GoesOn.digest = self.succeed("digest", "--db", self.whole)
        GoesOn.cut = self.path("cut.db")
        with subprocess.Popen([PROGRAM, *self.command(self.cut)],
                              stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True) as child:
            for line in child.stderr:
                if line.startswith("bar "):
                    break
            time.sleep(0.2)
            child.kill()
        with sqlite3.connect(self.cut) as database:  # one file to copy
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    @staticmethod
    def command(db, *more, bars=BTC):
        return ["tournament", "--replay", bars, "--db", db, "--instruments",
                INSTRUMENTS, *QUICK, *more]

    def copy(self, of):
        shutil.copy(of, self.path("x.db"))
        return self.path("x.db")

    def refuse_unchanged(self, code, wanted, db, *more, **how):
        before = self.succeed("digest", "--db", db)
        self.refuse(code, wanted, *self.command(db, "--quiet", *more, **how))
        self.assertEqual(self.succeed("digest", "--db", db), before)

    def test_a_killed_one_goes_on_to_the_digest_of_one_that_was_not(self):
        db = self.copy(self.cut)
        self.assertEqual(self.report(db)["phase"], "trading")
        self.succeed(*self.command(db, "--threads", "1"))
        self.assertEqual(self.succeed("digest", "--db", db), self.digest)

    def test_a_finished_one_prints_its_result_and_computes_nothing(self):
        db = self.copy(self.whole)
        begin = time.monotonic()
        out = self.succeed(*self.command(db))
        self.assertLess(time.monotonic() - begin, 2)
        self.assertEqual(out, self.succeed("report", "--db", db))
        self.assertEqual(self.succeed("digest", "--db", db), self.digest)

    def test_another_run_is_refused_by_what_differs(self):
        db = self.copy(self.cut)
        self.refuse_unchanged(2, ["x.db", "seed", "1"], db, "--seed", "2")
        self.refuse_unchanged(2, ["configuration", "study", "13"], db, "--set",
                              "study.trials=13")
        with open(INSTRUMENTS, encoding="ascii") as file:
            profiles = json.load(file)
        profiles["instruments"][0]["taker_fee"] = 0.002
        self.refuse_unchanged(2, ["instrument", "taker_fee"], db,
                              "--instruments",
                              self.write("i.json", json.dumps(profiles)))

    def test_other_bars_are_refused(self):
        lines = recorded_lines()
        fields = lines[700].split(",")
        fields[5] = str(float(fields[5]) + 1)
        lines[700] = ",".join(fields)
        path = self.write("BTCUSDT-other.csv", "\n".join(lines) + "\n")
        self.refuse_unchanged(3, ["bars", "not those"], self.copy(self.cut),
                              bars=path)
        short = self.write("BTCUSDT-short.csv",
                           "\n".join(recorded_lines()[:1500]) + "\n")
        self.refuse_unchanged(3, ["bars", "push all of them"],
                              self.copy(self.cut), bars=short)

    def test_other_bars_than_those_of_a_finished_one_are_refused(self):
        db = self.copy(self.whole)
        self.refuse_unchanged(3, ["x.db", "has seen 2576 bars", "are fewer"],
                              db, "--until", "2023-03-28")
        lines = recorded_lines()
        fields = lines[700].split(",")
        fields[5] = str(float(fields[5]) + 1)
        lines[700] = ",".join(fields)
        path = self.write("BTCUSDT-other.csv", "\n".join(lines) + "\n")
        self.refuse_unchanged(3, ["x.db", "not those"], db, bars=path)

    def test_a_first_search_that_fails_leaves_no_database(self):
        db = self.path("x.db")
        self.refuse(3, ["none of", "could be trained"], "tournament",
                    "--replay", BTC, "--db", db, "--quiet", "--set",
                    "tournament.train_bars=700", "--set", "forge.holdout=650",
                    "--set", "volatility.first=300")
        self.assertFalse(os.path.exists(db))

    def test_another_build_goes_on_only_when_told_to(self):
        db = self.copy(self.cut)
        with sqlite3.connect(db) as database:
            database.execute("UPDATE about_run SET value = 'older' WHERE "
                             "key = 'build'")
        database.close()
        self.refuse_unchanged(2, ["x.db", "another build", "older",
                                  "--accept-new-machine"], db)
        self.succeed(*self.command(db, "--accept-new-machine"))
        self.assertEqual(self.succeed("digest", "--db", db), self.digest)

    def test_a_column_that_is_gone_is_refused(self):
        with open(BTC, encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        text = "\n".join(
            [",".join(c for c in rows[0] if c != "taker_buy_base")] +
            [",".join(v for c, v in row.items() if c != "taker_buy_base")
             for row in rows])
        self.assertIn("taker_buy_base", rows[0])
        path = self.write("BTCUSDT-less.csv", text + "\n")
        self.refuse_unchanged(2, ["columns"], self.copy(self.cut), bars=path)

    def test_a_damaged_page_is_told_and_the_file_stays(self):
        db = self.copy(self.cut)
        with sqlite3.connect(db) as database:
            # not just any page: one that is free holds nothing
            page, = database.execute("SELECT rootpage FROM sqlite_master "
                                     "WHERE name = 'trades'").fetchone()
        database.close()
        with open(db, "r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 4096)
        with open(db, "rb") as file:
            before = file.read()
        for words in (self.command(db, "--quiet"), ["digest", "--db", db]):
            out, errors, code = run(*words)
            self.assertEqual((out, code), ("", 1), errors)
            self.assertIn("damaged", errors)
        with open(db, "rb") as file:
            self.assertEqual(before, file.read())

    def test_a_model_that_does_not_load_is_told_and_nothing_is_lost(self):
        db = self.copy(self.cut)
        with sqlite3.connect(db) as database:
            database.execute("UPDATE replacements SET model = x'0011'")
            database.execute("UPDATE models SET model = x'0011'")
        database.close()
        before = self.report(db)
        _, errors, code = run(*self.command(db, "--quiet"))
        self.assertEqual(code, 1, errors)
        self.assertIn("model", errors)
        self.assertEqual(self.report(db), before)

    def test_a_second_process_is_refused(self):
        db = self.copy(self.cut)
        with sqlite3.connect(db) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        with subprocess.Popen([PROGRAM, *self.command(db)],
                              stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True) as child:
            child.stderr.readline()
            self.refuse(1, ["x.db", "process"],
                        *self.command(db, "--quiet"))
            self.succeed("report", "--db", db)
            child.stderr.read()
        self.assertEqual(child.returncode, 0)
        self.assertEqual(self.succeed("digest", "--db", db), self.digest)

    def test_a_disk_that_fills_up_loses_nothing(self):
        db = self.copy(self.cut)
        for _ in range(2):
            limit = os.path.getsize(db) + 65536
            _, errors, code = run(*self.command(db, "--quiet"),
                                  limit=small_files(limit))
            self.assertEqual(code, 1, errors)
            self.assertEqual(errors.count("crucible-run: "), 1, errors)
            self.succeed("report", "--db", db)
        self.succeed(*self.command(db))
        self.assertEqual(self.succeed("digest", "--db", db), self.digest)

    def test_searches_that_find_nothing_leave_slots_empty_with_a_reason(self):
        db, page = self.path("none.db"), self.path("none.html")
        out = self.succeed(*self.command(db, "--set", "forge.min_trades=100000",
                                         "--report", page))
        self.assertIn("no agent was active", out)
        report = self.report(db)
        self.assertEqual(report["n_agents"], 0)
        self.assertGreater(len(report["studies"]), 1)
        for study in report["studies"]:
            self.assertEqual(study["replacements"], [])
            self.assertTrue(study["why"].startswith("no viable model"))
        self.assertGreater(sum(e["kind"] == "no viable model"
                               for e in report["events"]), 1)
        with open(page, encoding="utf-8") as file:
            self.assertIn("no viable model", file.read())


if __name__ == "__main__":
    unittest.main()
