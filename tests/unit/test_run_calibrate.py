#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run calibrate: what it prints is one result, the same for any number
of threads, with better agents promoted more often."""
import json
import os
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import BTC, PROGRAM, RunCase  # noqa: E402

SMALL = ["calibrate", "--replay", BTC, "--agents", "60", "--bars", "2000",
         "--slots", "3", "--tournaments", "2", "--quiet", "--set",
         "watchtower.min_bars=200", "--set", "watchtower.window=500", "--set",
         "volatility.first=300", "--set", "volatility.window=1000"]
SETS = ("blueprint", "anytime", "acting")


class Calibrate(RunCase):
    @classmethod
    def setUpClass(cls):
        case = cls("measure")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.measure()

    def measure(self):
        Calibrate.json = self.succeed(*SMALL, "--sharpe", "-40,0,40,80",
                                      "--horizons", "2d,1440,2000", "--json",
                                      "--report", self.path("page.html"))
        Calibrate.result = json.loads(Calibrate.json)
        with open(self.path("page.html"), encoding="utf-8") as file:
            Calibrate.page = file.read()

    def rows(self, **wanted):
        return [row for row in self.result["rows"]
                if all(row[key] == value for key, value in wanted.items())]

    def test_there_is_a_row_for_each_ratio_set_and_horizon(self):
        self.assertEqual(
            [(r["annual_sharpe"], r["rules"], r["horizon"])
             for r in self.result["rows"]],
            [(s, rules, h) for s in (-40, 0, 40, 80) for rules in SETS
             for h in (576, 1440, 2000)])
        self.assertEqual([t["rules"] for t in self.result["tournaments"]],
                         list(SETS))

    def test_shares_are_of_all_agents_and_grow_with_time(self):
        for row in self.result["rows"]:
            for name in ("promoted", "ended", "killed"):
                share = row[name]
                self.assertEqual(share["of"], 60)
                self.assertLessEqual(share["low"], share["count"] / 60)
                self.assertGreaterEqual(share["high"], share["count"] / 60)
            self.assertLessEqual(row["killed"]["count"], row["ended"]["count"])
        for sharpe in (-40, 0, 40, 80):
            for rules in SETS:
                for name in ("promoted", "ended", "killed"):
                    counts = [row[name]["count"] for row in
                              self.rows(annual_sharpe=sharpe, rules=rules)]
                    self.assertEqual(counts, sorted(counts))

    def test_skill_is_promoted_more_often_than_luck_and_luck_seldom(self):
        for rules in SETS:
            counts = [row["promoted"]["count"] for row in
                      self.rows(rules=rules, horizon=2000)]
            self.assertEqual(counts, sorted(counts))
        luck = self.rows(annual_sharpe=0, rules="anytime", horizon=2000)[0]
        self.assertLess(luck["promoted"]["low"], 0.05)
        best = self.rows(annual_sharpe=80, rules="anytime", horizon=2000)[0]
        self.assertGreater(best["promoted"]["count"], 50)

    def test_per_bar_ratios_are_annual_ones_by_the_square_root_of_time(self):
        self.assertEqual(self.result["periods_per_year"], 365 * 288)
        for row in self.result["rows"]:
            self.assertAlmostEqual(row["sharpe"] * (365 * 288) ** 0.5,
                                   row["annual_sharpe"], 12)

    def test_any_number_of_threads_gives_the_same_bytes(self):
        words = [*SMALL, "--sharpe", "0,40", "--json"]
        one = self.succeed(*words, "--threads", "1")
        self.assertEqual(one, self.succeed(*words, "--threads", "3"))
        self.assertNotEqual(one, self.succeed(*words, "--seed", "2"))

    def test_the_text_says_what_the_json_says(self):
        text = self.succeed(*SMALL, "--sharpe", "0,80")
        lines = {line.split()[0] if line[0] != " " else line.split()[1]: line
                 for line in text.splitlines() if " to " in line and "d  " in line}
        self.assertEqual(set(lines), {"blueprint", "anytime", "both"})
        share = self.rows(annual_sharpe=80, rules="anytime",
                          horizon=2000)[0]["promoted"]["count"] / 60
        self.assertIn(f"{100 * share:.2f} %", lines["anytime"])
        self.assertLessEqual(max(map(len, text.splitlines())), 105)

    def test_rules_of_the_configuration_act(self):
        out = json.loads(self.succeed(
            *SMALL, "--sharpe", "0", "--json", "--set",
            'watchtower.rules=["inactive", "bound"]'))
        self.assertEqual(out["watchtower"]["acting"], ["inactive", "bound"])
        acting = [r for r in out["rows"] if r["rules"] == "acting"]
        self.assertTrue(all(r["killed"]["count"] == 0 for r in acting))

    def test_the_page_has_every_row_and_no_outside_resource(self):
        for outside in ("http://", "https://", "src=", "@import"):
            self.assertNotIn(outside, self.page)
        self.assertEqual(self.page.count("<polyline"), 2 * 3 * 4)
        self.assertEqual(self.page.count("<tr><td>"), 4 * 3 * 3)
        self.assertTrue(self.page.endswith("</html>\n"))

    def test_wrong_options_are_named(self):
        for words, wanted in (
                (["--null", "x"], ["--null", "flipped"]),
                (["--horizons", "3d,1d"], ["--horizons", "ascending"]),
                (["--horizons", "400d"], ["--horizons", "--bars"]),
                (["--horizons", "0"], ["--horizons", "\"0\""]),
                (["--sharpe", "a"], ["--sharpe", "\"a\""]),
                (["--sharpe", "1,,2"], ["--sharpe", "commas"]),
                (["--agents", "0"], ["--agents", "1000000"]),
                (["--bars", "50"], ["--bars", "100"]),
                (["--in-market", "1.5"], ["--in-market", "0.95"]),
                (["--both-sides"], ["BTCUSDT", "sold short"]),
                (["--set", "watchtower.alpha=2"], ["$.watchtower.alpha"]),
                (["--report", self.path("no/x.html")], ["--report", "no"]),
                (["--json", "--report", "-"], ["--json", "--report"])):
            self.refuse(2, wanted, *SMALL, *words)
        self.refuse(3, ["2500", "give more bars"], *SMALL, "--null",
                    "recorded", "--bars", "2500")
        self.assertEqual(os.listdir(self.folder), [])

    def test_ctrl_c_ends_it_and_leaves_no_page(self):
        words = [PROGRAM, *(w for w in SMALL if w != "--quiet"), "--agents",
                 "100000", "--report", self.path("page.html")]
        with subprocess.Popen(words, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            self.assertIn("calibrating", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(out, "")
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
