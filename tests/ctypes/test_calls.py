# SPDX-License-Identifier: Apache-2.0
"""The Python module on the recorded sample: values, views, errors, lifetimes."""
import gc
import os
import pathlib
import tempfile
import unittest

import numpy as np

import crucible as cr

DATA = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"]) / "examples/data"
FILE = sorted(DATA.glob("BTCUSDT-5m-*.csv"))[0]


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bars = cr.read_csv(FILE)
        cls.btc = cr.instrument(DATA / "instruments.json", "BTCUSDT")
        cls.table = np.genfromtxt(FILE, delimiter=",", skip_header=1)

    def test_the_columns_are_those_of_the_file(self):
        self.assertEqual(len(self.bars), len(self.table))
        self.assertEqual(self.bars.symbol, "BTCUSDT")
        for i, name in enumerate(("open_time_ms", "open", "high", "low",
                                  "close", "volume")):
            np.testing.assert_array_equal(getattr(self.bars, name),
                                          self.table[:, i])
        self.assertFalse(self.bars.close.flags.writeable)

    def test_a_view_outlives_its_series(self):
        close = cr.read_csv(FILE).close
        gc.collect()
        np.testing.assert_array_equal(close, self.bars.close)

    def test_longer_bars_by_numpy(self):
        hours = self.bars.resample("1h")
        slot = self.bars.open_time_ms // 3600000
        for i in (0, 50, len(hours) - 1):
            part = slot == hours.open_time_ms[i] // 3600000
            self.assertEqual(hours.high[i], self.bars.high[part].max())
            self.assertEqual(hours.low[i], self.bars.low[part].min())
            self.assertAlmostEqual(hours.volume[i],
                                   self.bars.volume[part].sum(), 8)
        self.assertEqual(sum(n for _, _, n in self.bars.gaps()), 16)

    def test_written_bars_come_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "BTCUSDT-5m.csv.gz"
            self.bars.write_csv(path)
            again = cr.read_csv(path)
        np.testing.assert_array_equal(again.close, self.bars.close)
        np.testing.assert_array_equal(again.trades, self.bars.trades)

    def test_a_simple_average_by_numpy(self):
        sma = cr.features(self.bars, [("SMA", 10)], pool=cr.Pool(2))[:, 0]
        wanted = np.convolve(self.bars.close, np.ones(10) / 10, "valid")
        self.assertTrue(np.isnan(sma[:9]).all())
        np.testing.assert_allclose(sma[9:], wanted, rtol=1e-12)
        self.assertIn("RSI", cr.feature_names())

    def test_the_published_deflated_ratio(self):
        # Bailey, Lopez de Prado (2014)
        record = cr.sharpe_record(n=1250, kurtosis=10.0, skewness=-3.0,
                                  sharpe_per_observation=2.5 / 250**0.5)
        result = cr.dsr(record, n_trials=100, trial_sharpe_variance=0.5 / 250)
        self.assertAlmostEqual(result.expected_max_sharpe, 0.1132, 4)
        self.assertAlmostEqual(result.dsr, 0.9004, 4)
        record = cr.sharpe_record(n=24, sharpe_per_observation=0.458,
                                  skewness=-2.448, kurtosis=10.164)
        self.assertAlmostEqual(cr.psr(record), 0.913, 3)
        null = cr.psr(record, variance_at=cr.VARIANCE_AT_NULL)
        self.assertAlmostEqual(null, 0.988, 3)
        record.kurtosis -= 3  # an excess
        record.skewness = -2.6
        with self.assertRaisesRegex(cr.Error, "Pearson"):
            cr.psr(record)

    def test_a_record_of_returns_and_its_dependence(self):
        returns = np.diff(np.log(self.bars.close))
        plain = cr.sharpe_record_of(returns)
        self.assertAlmostEqual(plain.sharpe_per_observation,
                               returns.mean() / returns.std(ddof=1), 12)
        dependent = cr.sharpe_record_of(returns, lags="auto")
        d = returns - returns.mean()
        self.assertAlmostEqual(dependent.autocorrelation,
                               (d[1:] * d[:-1]).sum() / (d * d).sum(), 12)
        self.assertGreater(cr.psr(dependent, variance_at=cr.VARIANCE_HAC), 0)
        found = cr.sharpe_test(plain, alternative=0.05)
        self.assertLess(found.pfdr, found.ofdr + 1)
        self.assertGreater(found.power, 0.05)

    def test_moments_and_metrics_by_numpy(self):
        returns = np.diff(np.log(self.bars.close))
        self.assertAlmostEqual(cr.moments(returns).stddev,
                               returns.std(ddof=1), 15)
        m = cr.metrics(self.bars.close)
        peak = np.maximum.accumulate(self.bars.close)
        self.assertAlmostEqual(m.max_drawdown,
                               (1 - self.bars.close / peak).max(), 14)

    def test_figures_against_a_benchmark_and_among_trials(self):
        close = self.bars.close
        m = cr.metrics(close, benchmark=close, tail=0.01)
        self.assertAlmostEqual(m.beta, 1, 12)
        returns = close[1:] / close[:-1] - 1
        self.assertAlmostEqual(m.value_at_risk, np.quantile(returns, 0.01), 15)
        others = [cr.metrics(close[i:i + 1000]) for i in range(0, 1000, 100)]
        trials = cr.deflate(others)
        self.assertEqual(trials.n_trials, 10)
        self.assertAlmostEqual(trials.trial_sharpe_variance,
                               np.var([o.sharpe for o in others], ddof=1), 15)
        self.assertLess(max(o.dsr - o.psr for o in others), 0)
        with self.assertRaises(ValueError):
            cr.metrics(close, benchmark=close[1:])

    def test_figures_of_trades_from_columns_and_one_by_one(self):
        run = self.run_backtest(self.scores())
        column = run.trades["column"] == 0
        mine = {k: v[column] for k, v in run.trades.items()}
        m, stream = cr.trade_metrics(mine), cr.TradeStream()
        for i in range(len(mine["result"])):
            stream.push(mine["result"][i],
                        mine["quantity"][i] * mine["entry_price"][i],
                        bars=int(mine["bars"][i]), fee=mine["fee"][i],
                        spread=mine["spread"][i], dust=mine["dust"][i],
                        slippage=mine["slippage"][i])
        s = stream.metrics()
        self.assertGreater(m.n_trades, 10)
        self.assertEqual(m.median_bars, np.median(mine["bars"]))
        self.assertTrue(np.isnan(s.median_bars))
        for name in ("n_trades", "profit_factor", "mean_return", "mean_cost",
                     "sqn", "max_bars_won", "mean_slippage"):
            self.assertEqual(getattr(m, name), getattr(s, name), name)

    def run_backtest(self, scores, **options):
        return cr.backtest(
            self.bars, self.btc, scores, cr.plan(theta_in=0.5, theta_out=-0.5),
            sigma=cr.egarch_sigma(self.bars.close, cr.egarch_options(
                first=432, refit=288, window=1440)),
            options=cr.backtest_options(keep_equity=1, **options))

    def test_a_season_is_in_the_forecast(self):
        plain = cr.egarch_sigma(self.bars.close, cr.egarch_options(first=432))
        options = cr.season_options()
        options.volatility.first = 432
        sigma = cr.season_sigma(self.bars, options)
        self.assertEqual(len(sigma), len(self.bars))
        self.assertTrue(np.isnan(sigma[:1000]).all())
        self.assertTrue((sigma[-500:] > 0).all())
        self.assertTrue((sigma[-500:] != plain[-500:]).any())
        self.assertLess(abs(np.log(sigma[-500:] / plain[-500:]).mean()), 0.5)

    def scores(self):
        averages = cr.features(self.bars, [("EMA", 12), ("EMA", 96)])
        sign = np.sign(averages[:, 0] - averages[:, 1])
        return np.column_stack([sign, np.where(sign > 0, 0.0, 1.0)])

    def test_arrays_of_either_order_give_the_same(self):
        scores = self.scores()
        c = self.run_backtest(np.ascontiguousarray(scores))
        f = self.run_backtest(np.asfortranarray(scores))
        wide = np.repeat(scores, 2, axis=1)[:, ::2]  # strided
        s = self.run_backtest(wide)
        for other in (f, s):
            np.testing.assert_array_equal(c.equity, other.equity)
            np.testing.assert_array_equal(c.trades["result"],
                                          other.trades["result"])
        self.assertEqual(c.equity.shape, (len(self.bars), 2))
        self.assertGreater(len(c.trades["result"]), 10)

    def test_the_ledger_adds_up(self):
        run = self.run_backtest(self.scores())
        for column in range(2):
            ledger = run.summary(column).ledger
            mine = run.trades["column"] == column
            self.assertAlmostEqual(run.trades["result"][mine].sum(),
                                   ledger.trade_results, 9)
            self.assertAlmostEqual(
                200 + ledger.trade_results + ledger.open_result,
                ledger.equity, 9)
            self.assertAlmostEqual(run.equity[-1, column], ledger.equity, 12)

    def test_records_outlive_the_run(self):
        result = self.run_backtest(self.scores()).trades["result"]
        total = result.sum()
        gc.collect()
        self.assertEqual(result.sum(), total)

    def test_errors_carry_the_librarys_text(self):
        with self.assertRaisesRegex(cr.Error, "no-such-file"):
            cr.read_csv("no-such-file.csv")
        with self.assertRaisesRegex(cr.Error, "RSI"):
            cr.features(self.bars, [("RSY", 14)])
        with self.assertRaisesRegex(cr.Error, "timeperiod"):
            cr.features(self.bars, [("RSI", -1)])
        with self.assertRaises(cr.Error) as caught:
            cr.moments([1.0])
        self.assertEqual(caught.exception.status, -4)
        with self.assertRaises(cr.Error):
            cr.moments([1.0, np.nan])
        with self.assertRaisesRegex(cr.Error, "BTCUSDT"):
            cr.instrument(DATA / "instruments.json", "NOSUCH")
        with self.assertRaises(ValueError):
            cr.backtest(self.bars, self.btc, np.zeros(3))
        with self.assertRaises(TypeError):
            cr.plan(stopp=3)


    def test_tables_of_a_run_are_written(self):
        scores = np.diff(self.bars.close, prepend=self.bars.close[0])
        options = cr.backtest_options(keep_positions=1, keep_drawdowns=1)
        run = cr.backtest(self.bars, self.btc, scores, options=options)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "positions.csv"
            run.write("positions", path)
            table = np.genfromtxt(path, delimiter=",", names=True,
                                  dtype=None, encoding="ascii")
            with self.assertRaisesRegex(ValueError, "must end in"):
                run.write("positions", path.with_suffix(".txt"))
            with self.assertRaisesRegex(ValueError, "no table 'fills'"):
                run.write("fills", path)
        self.assertGreater(len(table), 10)
        for name in ("result", "mae", "quantity", "exit_ms"):
            np.testing.assert_array_equal(table[name], run.positions[name])
        self.assertEqual(set(table["side"]), {"long"})
        self.assertAlmostEqual(
            run.positions["result"].sum(),
            run.summary().ledger.equity - run.summary().ledger.initial_cash, 9)
        self.assertEqual(len(run.drawdowns["depth"]),
                         run.summary().metrics.n_drawdowns)


if __name__ == "__main__":
    unittest.main()
