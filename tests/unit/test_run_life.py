#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run: a report explains each end, each birth and each search, and its
figures follow from the records."""
import json
import math
import os
import re
import statistics
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import BTC, QUICK, RunCase  # noqa: E402

MISSING = object()


def returns_of(agent):
    """Per bar, the capital first; keyed by time."""
    curve, before, out = agent["curve"], agent["ledger"]["initial_cash"], {}
    for time_ms, equity in zip(curve["time_ms"], curve["equity"]):
        out[time_ms] = equity / before - 1
        before = equity
    return out


def correlation(one, other):
    both = sorted(set(one) & set(other))
    x, y = [one[t] for t in both], [other[t] for t in both]
    if len(both) < 32 or len(set(x)) == 1 or len(set(y)) == 1:
        return None
    return statistics.correlation(x, y)


def gene_of(genes, name):
    """The value that a gene's name in the report stands for."""
    words = name.split(" ", 1)
    if words[0] == "feature":
        return genes["features"].get(words[1], MISSING)
    if words[0] == "model" and words[1] != "kind":
        return genes["model"]["params"].get(words[1], MISSING)
    for word in words:
        genes = genes.get(word, MISSING)
        if genes is MISSING:
            break
    return genes


class Life(RunCase):
    """One quick tournament, read once."""
    @classmethod
    def setUpClass(cls):
        case = cls("run_quick")
        case.setUp()
        cls.addClassCleanup(case.doCleanups)
        case.run_quick()

    def run_quick(self):
        db, page = self.path("life.db"), self.path("life.html")
        self.succeed("tournament", "--replay", BTC, "--db", db, *QUICK, "--set",
                     "tournament.agents=4", "--report", page)
        Life.report = self.report(db)
        Life.genomes = {
            trial["genome_id"]: None for study in Life.report["studies"]
            for trial in study["trials"]}
        with open(page, encoding="utf-8") as file:
            Life.page = file.read()
        import sqlite3
        database = sqlite3.connect(db)
        for genome_id, text in database.execute("SELECT id, json FROM genomes"):
            Life.genomes[genome_id] = json.loads(text)
        database.close()

    def agents(self):
        return sorted(self.report["agents"], key=lambda a: a["agent"])

    def test_agents_end_and_are_replaced(self):
        r = self.report
        self.assertGreater(r["n_ended"], 3)
        self.assertGreater(len(r["studies"]), 2)
        self.assertEqual(r["n_living"] + r["n_champions"] + r["n_ended"],
                         r["n_agents"])
        fates = [a["fate"] for a in r["agents"]]
        self.assertEqual(fates.count("living"), r["n_living"])
        self.assertTrue(any(a["parents"] for a in r["agents"]))

    def test_each_end_has_its_evidence(self):
        retired = {e["agent"]: e["detail"] for e in self.report["events"]
                   if e["kind"] == "retired"}
        for agent in self.agents():
            if agent["fate"] in ("living", "champion"):
                self.assertEqual(agent["until_ms"], 0)
                self.assertIn("promotion_needs", agent)
                continue
            verdict = agent["verdict"]
            if verdict is None:
                self.assertIn(retired[agent["agent"]], agent["reason"])
                continue
            self.assertEqual(verdict["action"], "terminate")
            self.assertTrue(agent["reason"].startswith(verdict["rule"]))
            self.assertLessEqual(verdict["bar"], agent["until_bar"])
            if verdict["rule"] in ("inactive", "expired"):
                self.assertGreaterEqual(verdict["statistic"],
                                        verdict["threshold"])
            else:
                self.assertLess(verdict["statistic"], verdict["threshold"])
            self.assertEqual(verdict["track"]["n_bars"],
                             verdict["bar"] - agent["from_bar"])

    def test_the_first_set_of_rules_to_end_an_agent_ends_it(self):
        """Both sets act, so what one alone would have done comes first."""
        self.assertEqual(self.report["rules"]["acting"], [
            "death", "decay_psr", "decay_dsr", "inactive", "expired",
            "cannot_trade", "promotion", "proved_bad", "edge_gone", "bound"])
        n_judged = 0
        for agent in self.agents():
            sets = [agent["track"][name] for name in ("blueprint", "anytime")]
            ends = [one["ended_bars"] for one in sets if one["ended_bars"]]
            for one in sets:
                self.assertEqual(one["promoted_bars"], 0)
                self.assertEqual(one["ended_by"] is None,
                                 one["ended_bars"] == 0)
            if agent["verdict"] is None:
                self.assertEqual(ends, [])
                continue
            n_judged += 1
            self.assertEqual(min(ends), agent["verdict"]["track"]["n_bars"])
            self.assertIn(agent["verdict"]["rule"],
                          [one["ended_by"] for one in sets])
        self.assertGreater(n_judged, 0)

    def test_a_promotion_lacks_what_the_slower_rule_lacks(self):
        for agent in self.agents():
            track = agent["track"]
            if track is None or agent["fate"] != "living":
                continue
            needs = [track["min_track_bars"], track["bound_bars"]]
            if track["sharpe"] is None or None in needs:
                self.assertIsNone(agent["promotion_bars"])
            else:
                self.assertEqual(agent["promotion_bars"],
                                 max(*needs, track["n_bars"]) - track["n_bars"])

    def test_a_curve_covers_just_the_life_of_its_agent(self):
        step = self.report["timeframe_ms"]
        for agent in self.agents():
            times = agent["curve"]["time_ms"]
            until = agent["until_bar"] or self.report["n_bars"]
            self.assertEqual(len(times), until - agent["from_bar"])
            self.assertEqual(times[0], agent["from_ms"] + step)
            self.assertEqual(times[-1],
                             agent["until_ms"] or self.report["until_ms"])
            self.assertEqual(agent["ledger"]["n_bars"], len(times))

    def test_a_slot_has_one_agent_at_a_time(self):
        """Who was sentenced has left it, though it may still be closing."""
        slots = {}
        retired = {e["agent"]: e["bar"] for e in self.report["events"]
                   if e["kind"] == "retired"}
        for agent in self.agents():
            left = slots.get(agent["slot"], 0)
            self.assertLessEqual(left, agent["from_bar"])
            verdict = agent["verdict"]
            slots[agent["slot"]] = (verdict["bar"] if verdict else
                                    retired.get(agent["agent"], math.inf))
        self.assertEqual(sorted(slots), [0, 1, 2, 3])

    def test_the_live_figures_follow_from_the_curve(self):
        for agent in self.agents():
            returns = list(returns_of(agent).values())
            track = agent["track"]
            if len(set(returns)) < 2:
                self.assertIsNone(track["sharpe"])
                continue
            sharpe = statistics.mean(returns) / statistics.stdev(returns)
            self.assertAlmostEqual(track["sharpe"], sharpe, 9)
            self.assertAlmostEqual(agent["metrics"]["sharpe"], sharpe, 9)
            if len(returns) > 32 and track["psr"] is not None:
                n, g, k = len(returns), track["skewness"], track["kurtosis"]
                root = math.sqrt(1 - g * sharpe + (k - 1) / 4 * sharpe ** 2)
                z = (sharpe - track["expected_max_sharpe"]) / root
                self.assertAlmostEqual(track["z"], z * math.sqrt(n - 1), 6)
                self.assertAlmostEqual(
                    track["dsr_live"],
                    statistics.NormalDist().cdf(track["z"]), 9)

    def test_correlation_and_effective_bets_follow_from_the_curves(self):
        matrix = self.report["correlation"]
        by_number = {a["agent"]: returns_of(a) for a in self.agents()}
        n, pairs, squares = len(matrix["agents"]), [], 0
        for i, one in enumerate(matrix["agents"]):
            for k, other in enumerate(matrix["agents"]):
                got = matrix["matrix"][i][k]
                wanted = correlation(by_number[one], by_number[other])
                if wanted is None and i != k:
                    self.assertIsNone(got)
                    continue
                self.assertAlmostEqual(got, 1 if i == k else wanted, 9)
                squares += got ** 2
                if i < k:
                    pairs.append(got)
        living = [a["agent"] for a in self.agents() if a["fate"] == "living"]
        self.assertLessEqual(set(matrix["agents"]), set(living))
        if n > 1:
            self.assertAlmostEqual(self.report["mean_correlation"],
                                   statistics.mean(pairs), 9)
            self.assertAlmostEqual(self.report["effective_bets"],
                                   n * n / squares, 9)

    def test_each_search_tells_why_from_what_and_with_what_result(self):
        seen = 0
        for study in self.report["studies"]:
            trials = study["trials"]
            states = [t["state"] for t in trials]
            self.assertEqual(study["n_complete"], states.count("complete"))
            self.assertEqual(study["n_pruned"], states.count("pruned"))
            self.assertEqual(study["n_failed"], states.count("failed"))
            # the first trials are all of the elite DNA
            elites = [e["genome_id"] for e in study["elites"]]
            self.assertEqual([t["genome_id"] for t in trials[:len(elites)]],
                             elites)
            self.assertEqual([t["elite"] for t in trials[:len(elites)]],
                             list(range(1, len(elites) + 1)))
            seen += len(elites)
            values = [t["value"] for t in trials if t["is_feasible"]]
            if values:
                best = trials[study["best_trial"]]
                self.assertEqual(best["value"], max(values))
            for won in study["replacements"]:
                self.assertEqual(trials[won["trial"]]["rank"], won["rank"])
                self.assertEqual(trials[won["trial"]]["genome_id"],
                                 won["genome_id"])
            for number in map(int, re.findall(r"agent (\d+)", study["asked"])):
                agent = self.agents()[number]
                self.assertLessEqual(agent["from_bar"], study["bar"])
        self.assertGreater(seen, 3)
        self.assertEqual(sum(len(s["trials"]) for s in self.report["studies"]),
                         self.report["n_trials"])

    def test_genes_say_whose_they_are(self):
        n_inherited = n_changed = 0
        for study in self.report["studies"]:
            for won in study["replacements"]:
                genome = self.genomes[won["genome_id"]]
                parents = [self.genomes[p]["genes"]
                           for p in genome["lineage"]["parents"]]
                for gene in won["genes"]:
                    own = gene_of(genome["genes"], gene["name"])
                    theirs = [gene_of(p, gene["name"]) for p in parents]
                    if gene["value"] is None:
                        self.assertIs(own, MISSING)
                        self.assertTrue(any(t is not MISSING for t in theirs))
                        continue
                    self.assertEqual(gene["value"], own)
                    same = [t == own for t in theirs] + [False, False]
                    wanted = {(False, False): "new", (True, False): "first",
                              (False, True): "second", (True, True): "both"}
                    self.assertEqual(gene["from"], wanted[tuple(same[:2])],
                                     gene)
                    n_inherited += any(same)
                    n_changed += bool(parents) and not any(same)
        self.assertGreater(n_inherited, 20)
        self.assertGreater(n_changed, 0)

    def test_generations_count_trials_and_agents(self):
        generations = self.report["generations"]
        for row in generations:
            agents = [a for a in self.agents()
                      if a["generation"] == row["generation"]]
            trials = [t for s in self.report["studies"] for t in s["trials"]
                      if t["generation"] == row["generation"] and
                      t["elite"] == 0 and t["n_folds"] > 0]
            good = [t["sharpe_base"] for t in trials
                    if t["is_feasible"] and t["sharpe_base"] is not None]
            self.assertEqual(row["n_agents"], len(agents))
            self.assertEqual(row["n_trials"], len(trials))
            self.assertEqual(row["n_feasible"], len(good))
            if good:
                self.assertAlmostEqual(row["best_sharpe"], max(good), 12)
                self.assertAlmostEqual(row["median_sharpe"],
                                       statistics.median(good), 12)
        for agent in self.agents():
            parents = agent["parents"]
            self.assertEqual(agent["generation"] > 0, bool(parents))
            for parent, number in zip(parents, agent["parent_agents"]):
                if number is not None:
                    self.assertEqual(self.agents()[number]["genome_id"], parent)
                    self.assertLess(number, agent["agent"])

    def test_the_page_explains_each_agent_and_each_search(self):
        for agent in self.agents():
            start = self.page.index(f'<details id="a{agent["agent"]}"')
            section = self.page[start:self.page.index("<details", start + 9)]
            if agent["fate"] == "living":
                self.assertIn("For a promotion:", section)
            elif agent["verdict"]:
                self.assertIn("Terminated</b> at", section)
            if agent["parents"]:
                self.assertIn("From ", section)
                self.assertIn(agent["parents"][0][:8], section)
        for study in self.report["studies"][1:]:
            self.assertIn(f"search {study['number']}</b>", self.page)
            for number in re.findall(r"agent (\d+) ended", study["asked"]):
                self.assertIn(f"agent {number} ended", self.page)
        self.assertIn("Family tree", self.page)
        self.assertEqual(
            len(re.findall(r'<g class="kin ', self.page)),
            len({a["genome_id"] for a in self.agents()}))

    def test_births_and_ends_are_marked(self):
        late = sum(a["from_ms"] > self.report["trade_from_ms"] and
                   bool(a["curve"]["equity"]) for a in self.agents())
        self.assertEqual(len(re.findall(
            r'<g class="mark [a-z]+"><title>[^<]*</title><circle', self.page)),
            late)
        self.assertEqual(len(re.findall(
            r'<g class="mark [a-z]+"><title>[^<]*</title><path d=', self.page)),
            self.report["n_ended"])


if __name__ == "__main__":
    unittest.main()
