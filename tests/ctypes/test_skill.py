# SPDX-License-Identifier: Apache-2.0
"""Skill or luck from Python: against NumPy's arithmetic, and the example."""
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import crucible as cr

SOURCE = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"])
DATA = SOURCE / "examples/data"
BARS = DATA / "BTCUSDT-5m-2023-03-20_2023-03-28.csv"


class Skill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        draw = np.random.default_rng(3)
        cls.returns = draw.normal(0, 1e-3, (1200, 6))
        cls.returns[:, 2] += 2e-4

    def test_a_stream_has_the_bits_of_a_batch_and_goes_on_from_bytes(self):
        for kind in (cr.SharpeSequence, cr.EdgeDetector):
            whole, one, other = kind(), kind(), kind()
            column = self.returns[:, 2]
            expected = whole.run(column)
            for value in column[:700]:
                one.push(value)
            other.load(one.save())
            other.run(column[700:])
            self.assertEqual(bytes(other.state), bytes(expected))

    def test_bounds_lie_around_the_ratio(self):
        state = cr.SharpeSequence().run(self.returns[:, 2])
        x = self.returns[:, 2]
        self.assertAlmostEqual(state.sharpe, x.mean() / x.std(ddof=1), 12)
        self.assertLess(state.lower, state.sharpe)
        self.assertGreater(state.upper, state.sharpe)
        self.assertEqual(state.n, 1200)

    def test_ebh_is_its_definition(self):
        log_e = np.log([1, 30, 45, 200, 0.1])
        self.assertEqual(cr.ebh(log_e, 0.1).tolist(),  # 30 >= 5 / (3 x 0.1)
                         [False, True, True, True, False])
        self.assertEqual(cr.ebh(log_e, 0.03).tolist(),  # 45 < 5 / (2 x 0.03)
                         [False, False, False, True, False])

    def test_pbo_of_the_best_of_luck_and_of_skill(self):
        luck = np.random.default_rng(5).normal(0, 1, (640, 40))
        skill = luck.copy()
        skill[:, 7] += 1
        self.assertLess(cr.pbo(skill).pbo, 0.01)
        result = cr.pbo(luck, n_blocks=8)
        self.assertEqual(result.n_combinations, math.comb(8, 4))
        self.assertGreater(result.pbo, 0.1)
        with self.assertRaisesRegex(cr.Error, "n_blocks"):
            cr.pbo(luck, n_blocks=7)

    def test_effective_trials_are_the_entropy_of_the_spectrum(self):
        x = self.returns
        weights = np.linalg.eigvalsh(np.corrcoef(x.T)) / x.shape[1]
        expected = math.exp(-(weights * np.log(weights)).sum())
        self.assertAlmostEqual(cr.effective_trials(x), expected, 9)
        copies = np.repeat(x[:, :2], 3, axis=1)
        self.assertLess(cr.effective_trials(copies), 2.01)
        result, labels = cr.trial_clusters(
            np.hstack([copies + 1e-5 * self.returns]))
        self.assertEqual(result.n_clusters, 2)
        self.assertEqual(len(set(labels[:3].tolist())), 1)

    def test_resamples_agree_with_the_standard_error(self):
        x = self.returns[:, 0]
        result = cr.bootstrap(x, statistic=1, n_resamples=2000, block_length=1)
        error = x.std() / math.sqrt(len(x))
        self.assertAlmostEqual(result.estimate, x.mean(), 15)
        self.assertLess(abs(result.standard_error / error - 1), 0.08)
        check = cr.reality_check(self.returns)
        self.assertEqual(check.best_trial, 2)
        self.assertLess(check.p_consistent, 0.05)
        with self.assertRaisesRegex(ValueError, "each row"):
            cr.reality_check(self.returns, benchmark=[0.0])

    def test_splits_keep_test_and_train_apart(self):
        for train, test in cr.splits(300, kind=2, n_folds=5, purge=4,
                                     embargo=3):
            self.assertTrue(len(train) and len(test))
            gap = np.abs(train[:, None].astype(int) - test.astype(int)).min()
            self.assertGreater(gap, 4)

    def test_rules_are_calibrated(self):
        bars = cr.read_csv(BARS)
        options = cr.egarch_options(window=1000, first=300)
        market = cr.market(bars, cr.egarch_sigma(bars.close, options),
                           cr.volume_forecast(bars.volume, 12))
        rules = cr.watchtower_options(min_bars=200)
        head, rows, tournaments = cr.calibrate(
            market, cr.instrument(DATA / "instruments.json", "BTCUSDT"),
            sharpes=(0, 60), horizons=(800, 1500), rules=rules, n_agents=40,
            n_bars=1500, n_slots=2, n_tournaments=1)
        self.assertEqual((head.n_rows, len(rows), len(tournaments)), (12, 12, 3))
        self.assertEqual([row.promoted.of for row in rows], [40] * 12)
        luck, skill = rows[3], rows[9]  # anytime, at the end
        self.assertLess(luck.promoted.count, skill.promoted.count)

    def test_the_example_prints_a_line_for_each_column(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "returns.csv")
            np.savetxt(path, self.returns, delimiter=",", comments="",
                       header="a,b,c,d,e,f")
            out = subprocess.run(
                [sys.executable, SOURCE / "examples/python/judge.py", path],
                check=True, capture_output=True, text=True).stdout
        self.assertEqual([line[0] for line in out.splitlines()[3:9]],
                         list("abcdef"))
        self.assertIn("probability of overfitting", out)


if __name__ == "__main__":
    unittest.main()
