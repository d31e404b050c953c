# SPDX-License-Identifier: Apache-2.0
"""cr.simulate on the recorded sample: shapes, memory orders, continued runs,
lifetimes, errors."""
import gc
import os
import pathlib
import unittest

import numpy as np

import crucible as cr
from crucible import simulations

DATA = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"]) / "examples/data"
FILE = sorted(DATA.glob("BTCUSDT-5m-*.csv"))[0]


class Simulate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bars = cr.read_csv(FILE)
        cls.btc = cr.instrument(DATA / "instruments.json", "BTCUSDT")
        cls.sigma = cr.egarch_sigma(cls.bars.close, cr.egarch_options(
            first=432, refit=288, window=1440))
        cls.volume = cr.volume_forecast(cls.bars.volume)
        averages = cr.features(cls.bars, [("EMA", n) for n in (12, 24, 96)])
        cls.above = np.column_stack([averages[:, 0] > averages[:, 2],
                                     averages[:, 1] > averages[:, 2]])
        cls.market = cr.market(cls.bars, cls.sigma, cls.volume)

    def run_signals(self, enter, leave, market=None, **fields):
        options = cr.backtest_options(keep_equity=1)
        return cr.simulate(market or self.market, self.btc,
                           cr.plan(decides=cr.DECIDE_SIGNALS), options=options,
                           enter_long=enter, exit_long=leave, **fields)

    def assert_same(self, one, other):
        np.testing.assert_array_equal(one.equity, other.equity)
        for name, column in one.orders.items():
            np.testing.assert_array_equal(column, other.orders[name], name)
        self.assertGreater(len(one.trades["result"]), 10)

    def test_signals_are_scores_of_one_and_minus_one(self):
        signals = self.run_signals(self.above, ~self.above)
        scores = cr.backtest(
            self.bars, self.btc, np.where(self.above, 1.0, -1.0),
            cr.plan(theta_in=0.5, theta_out=-0.5), self.sigma, self.volume,
            options=cr.backtest_options(keep_equity=1))
        np.testing.assert_array_equal(signals.equity, scores.equity)
        np.testing.assert_array_equal(signals.trades["result"],
                                      scores.trades["result"])

    def test_arrays_of_any_order_give_the_same_without_a_copy(self):
        c = np.ascontiguousarray(self.above)
        f = np.asfortranarray(self.above)
        wide = np.repeat(self.above, 3, axis=1)[:, ::3]
        first = self.run_signals(c, ~c)
        for other in (f, wide, wide[::-1][::-1]):
            self.assert_same(first, self.run_signals(other, ~other))
            shaped = simulations._shaped(other, bool, "x", len(self.bars))
            self.assertEqual(shaped.ctypes.data, other.ctypes.data)
            self.assertEqual(simulations._flags(shaped).data, other.ctypes.data)

    def test_what_is_given_once_counts_for_all(self):
        enter = self.above[:, 0]
        alone = self.run_signals(enter, ~enter)
        twice = self.run_signals(enter, ~enter, n_columns=2,
                                 stop=np.array([[0.0, 0.01]]))
        np.testing.assert_array_equal(twice.equity[:, 0], alone.equity[:, 0])
        self.assertIn(cr.PURPOSE_STOP, twice.orders["purpose"][
            twice.orders["column"] == 1])
        self.assertNotIn(cr.PURPOSE_STOP, alone.orders["purpose"])

    def test_a_run_in_two_parts_is_one_run(self):
        whole = self.run_signals(self.above, ~self.above)
        cut, runs, after = 1500, [], None
        for part in (slice(0, cut), slice(cut, None)):
            bars = cr.series(*(getattr(self.bars, n)[part] for n in (
                "open_time_ms", "open", "high", "low", "close", "volume")),
                self.bars.timeframe_ms, self.bars.symbol)
            market = cr.market(bars, self.sigma[part], self.volume[part])
            after = self.run_signals(self.above[part], ~self.above[part],
                                     market, after=after)
            runs.append(after)
        np.testing.assert_array_equal(
            np.concatenate([run.equity for run in runs]), whole.equity)
        self.assertEqual(sum(len(run.trades["result"]) for run in runs),
                         len(whole.trades["result"]))
        for column in range(2):
            self.assertEqual(after.summary(column).ledger.equity,
                             whole.summary(column).ledger.equity)

    def test_summaries_are_the_summary_of_each_column(self):
        run = self.run_signals(self.above, ~self.above)
        table = run.summaries()
        for column in range(2):
            one = run.summary(column)
            self.assertEqual(table["ledger"]["equity"][column], one.ledger.equity)
            self.assertEqual(table["metrics"]["sharpe"][column],
                             one.metrics.sharpe)
            self.assertEqual(table["trades"]["n_trades"][column],
                             (run.trades["column"] == column).sum())

    def test_records_outlive_the_run_and_its_inputs(self):
        enter = self.above.copy()
        result = self.run_signals(enter, ~enter).trades["result"]
        total = result.sum()
        enter[:] = False
        del enter
        gc.collect()
        self.assertEqual(result.sum(), total)
        self.assertFalse(result.flags.writeable)

    def test_what_does_not_fit_is_refused_by_name(self):
        enter = self.above
        with self.assertRaisesRegex(ValueError, "exit_long.*shape"):
            self.run_signals(enter, ~enter[:-1])
        with self.assertRaisesRegex(TypeError, "enter_lang"):
            cr.simulate(self.market, self.btc, enter_lang=enter)
        with self.assertRaisesRegex(ValueError, "sigma has 5 values"):
            cr.market(self.bars, np.ones(5))
        with self.assertRaisesRegex(ValueError, "enter_long has 2 columns"):
            self.run_signals(enter, np.zeros((1, 3), bool))
        with self.assertRaisesRegex(ValueError, "market_of has 1 columns"):
            self.run_signals(enter, ~enter, market_of=[0])
        with self.assertRaisesRegex(ValueError, "transpose"):
            self.run_signals(enter.T, ~enter)
        with self.assertRaisesRegex(TypeError, "here it is enter_long"):
            cr.simulate(self.market, self.btc, entries=enter)
        with self.assertRaisesRegex(TypeError, "instruments has 'BTCUSDT'"):
            cr.simulate(self.market, "BTCUSDT", enter_long=enter)
        with self.assertRaisesRegex(ValueError, "2 instruments for 3 markets"):
            cr.simulate([self.market] * 3, [self.btc] * 2, enter_long=enter)
        with self.assertRaisesRegex(TypeError, "bars are wanted, not a ndarray"):
            cr.simulate(self.bars.close, self.btc, enter_long=enter)
        with self.assertRaisesRegex(TypeError, "no field 'sl_stop'.*stop_frac"):
            cr.plan(sl_stop=0.1)
        with self.assertRaises(cr.Error):  # a plan of scores has no signals
            cr.simulate(self.market, self.btc, cr.plan(), enter_long=enter)

    def test_flags_of_numbers_are_zeros_and_ones_and_nothing_else(self):
        of_bools = self.run_signals(self.above, ~self.above)
        for kind in (np.int8, np.float32, object):
            self.assert_same(of_bools, self.run_signals(
                self.above.astype(kind), (~self.above).astype(kind)))
        for wrong in (np.nan, -1, 2):
            flags = self.above.astype(float)
            flags[7, 1] = wrong
            with self.assertRaisesRegex(ValueError, r"enter_long has .*\[7, 1\]"):
                self.run_signals(flags, ~self.above)
        missing = self.above.astype(object)
        missing[0, 0] = None
        with self.assertRaisesRegex(ValueError, "neither True nor False|nan"):
            self.run_signals(missing, ~self.above)

    def test_a_run_without_a_plan_decides_by_what_it_is_given(self):
        by_plan = self.run_signals(self.above, ~self.above)
        options = cr.backtest_options(keep_equity=1)
        self.assert_same(by_plan, cr.simulate(
            self.market, self.btc, options=options, enter_long=self.above,
            exit_long=~self.above))
        targets = np.where(self.above, 0.9, 0.0)
        runs = [cr.simulate(self.market, self.btc, plan, options=options,
                            targets=targets)
                for plan in (None, cr.plan(decides=cr.DECIDE_TARGETS))]
        self.assert_same(*runs)

    def test_what_was_not_kept_is_asked_for_by_name(self):
        run = cr.simulate(self.market, self.btc, enter_long=self.above)
        with self.assertRaisesRegex(AttributeError, "keep_equity=1"):
            run.equity
        with self.assertRaisesRegex(AttributeError, "keep_drawdowns=1"):
            run.drawdowns
        with self.assertRaisesRegex(AttributeError, "no attribute 'stats'"):
            run.stats

    def test_dates_and_data_frames_are_bars(self):
        class Frame:  # what is used of pandas.DataFrame
            def __init__(self, index, **named):
                self.index, self.columns, self._named = index, list(named), named

            def __getitem__(self, name):
                return self._named[name]

        values = {n: getattr(self.bars, n) for n in (
            "open", "high", "low", "close", "volume")}
        dates = self.bars.open_time_ms.astype("datetime64[ms]")
        titled = {n.title(): v for n, v in values.items()}
        for made in (
                cr.series(dates.astype("datetime64[ns]"), *values.values(), "5m"),
                cr.from_frame(Frame(dates, **titled)),
                cr.from_frame(Frame(np.arange(len(dates)), open_time=dates,
                                    **values))):
            np.testing.assert_array_equal(made.open_time_ms,
                                          self.bars.open_time_ms)
            np.testing.assert_array_equal(made.low, self.bars.low)
            self.assertEqual(made.timeframe_ms, 300_000)
        run = cr.simulate(Frame(dates, **values),
                          cr.continuous_instrument("BTCUSDT", 0.001),
                          enter_long=self.above, exit_long=~self.above,
                          slippage=0.0)
        self.assertGreater(len(run.trades["result"]), 10)
        with self.assertRaisesRegex(ValueError, "no column volume"):
            cr.from_frame(Frame(dates, **{n: values[n] for n in (
                "open", "high", "low", "close")}))
        with self.assertRaisesRegex(ValueError, "no open times"):
            cr.from_frame(Frame(np.arange(len(dates)), **values))


    def test_bad_input_is_refused_or_rejected_with_its_reason(self):
        n, enter = len(self.bars), np.zeros(len(self.bars), bool)
        enter[[5, 600]] = True
        close = self.bars.close.copy()
        close[7] = np.nan
        with self.assertRaisesRegex(cr.Error, "bar 7: close nan"):
            cr.market(cr.series(
                self.bars.open_time_ms, self.bars.open, self.bars.high,
                self.bars.low, close, self.bars.volume,
                self.bars.timeframe_ms, "X"), self.sigma, self.volume)
        for text, fields in (
                ("taker_fee is -0.1 at bar 0", dict(taker_fee=-0.1)),
                ("price is 1 at bar 0.*low is", dict(price=1.0)),
                ("size has 3 columns", dict(size=np.ones((n, 3)), n_columns=2))):
            with self.assertRaisesRegex((cr.Error, ValueError), text):
                self.run_signals(enter, ~enter, **fields)
        with self.assertRaisesRegex(cr.Error, "enter_short.*plan.side"):
            self.run_signals(enter, ~enter, enter_short=enter)
        with self.assertRaisesRegex(cr.Error, "targets is -0.5.*LONG_SHORT"):
            cr.simulate(self.market, self.btc,
                        cr.plan(decides=cr.DECIDE_TARGETS),
                        targets=np.full(n, -0.5))
        cold = cr.market(self.bars, np.full(n, np.nan), self.volume)
        still = cr.market(self.bars, np.full(n, 0.001), np.zeros(n))
        for market, reason in ((cold, cr.REASON_NO_FORECAST),
                               (still, cr.REASON_NO_VOLUME)):
            run = cr.simulate(market, self.btc,
                              cr.plan(decides=cr.DECIDE_SIGNALS),
                              options=cr.backtest_options(participation=0.1),
                              enter_long=enter)
            self.assertEqual(run.orders["reason"].tolist(), [reason] * 2)

    def test_an_order_whose_id_is_at_work_is_rejected(self):
        far = float(self.bars.low.min()) / 2
        ask = [cr.request(bar=b, side=1, kind=cr.KIND_LIMIT, limit=far,
                          size=0.003, id=4) for b in (600, 601)]
        orders = cr.simulate(self.market, self.btc,
                             cr.plan(decides=cr.DECIDE_ORDERS), requests=ask
                             ).orders
        self.assertEqual(orders["reason"][0], cr.REASON_SAME_ID)
        with self.assertRaisesRegex(cr.Error, "bar 99999"):
            cr.simulate(self.market, self.btc,
                        cr.plan(decides=cr.DECIDE_ORDERS),
                        requests=[cr.request(bar=99999, side=1, size=1)])


if __name__ == "__main__":
    unittest.main()
