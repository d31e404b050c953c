# SPDX-License-Identifier: Apache-2.0
"""cr.Sweep on the recorded sample: rules against NumPy, the same run fused and
stored, errors."""
import gc
import os
import pathlib
import unittest

import numpy as np

import crucible as cr

DATA = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"]) / "examples/data"
FILE = sorted(DATA.glob("BTCUSDT-5m-*.csv"))[0]


class Sweeps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bars = cr.read_csv(FILE)
        cls.fast, cls.slow = cr.grid([5, 10, 15], [12, 40, 60], below=[(0, 1)])

    def test_a_grid_leaves_out_what_is_in_the_wrong_order(self):
        expected = [(f, s) for f in (5, 10, 15) for s in (12, 40, 60) if f < s]
        self.assertEqual(list(zip(self.fast, self.slow)), expected)

    def test_rules_are_those_of_numpy(self):
        rsi, volume = cr.feature("RSI", 14), cr.bar("volume")
        fast = cr.feature("EMA", self.fast)
        floor = np.linspace(20, 60, len(self.fast))
        sweep = cr.Sweep(self.bars,
                         enter_long=(rsi > floor) & ~(fast <= cr.bar("close")),
                         exit_short=(volume < 100) | (rsi >= floor))
        enter, leave, none, cover = sweep.flags()
        self.assertFalse(leave.any() or none.any())
        own = cr.features(self.bars, [("RSI", 14)])
        averages = cr.features(self.bars, [("EMA", n) for n in self.fast])
        close = self.bars.close[:, None]
        np.testing.assert_array_equal(enter,
                                      (own > floor) & ~(averages <= close))
        np.testing.assert_array_equal(
            cover, (self.bars.volume[:, None] < 100) | (own >= floor))
        self.assertTrue(0.1 < enter.mean() < 0.9)
        np.testing.assert_array_equal(sweep.flags(3, 2)[0], enter[:, 3:5])

    def test_a_run_is_the_same_fused_and_stored(self):
        a, b = cr.feature("SMA", self.fast), cr.feature("SMA", self.slow)
        pool = cr.Pool(2)
        sweep = cr.Sweep(self.bars, enter_long=a.crosses_above(b),
                         exit_long=a.crosses_below(b), pool=pool)
        self.assertEqual(sweep.info.n_features, 6)
        self.assertEqual(sweep.info.look_back, 59)
        enter, leave, *_ = sweep.flags()
        btc = cr.instrument(DATA / "instruments.json", "BTCUSDT")
        market = cr.market(self.bars, np.full(len(self.bars), 0.001),
                           cr.volume_forecast(self.bars.volume))
        plan = cr.plan(decides=cr.DECIDE_SIGNALS)
        fused = cr.simulate(market, btc, plan, source=sweep, pool=pool)
        stored = cr.simulate(market, btc, plan, enter_long=enter,
                             exit_long=leave)
        again = cr.simulate(market, btc, plan, n_columns=len(sweep),
                            source=sweep.source())
        self.assertGreater(len(fused.trades["result"]), 100)
        for name, column in fused.orders.items():
            np.testing.assert_array_equal(column, stored.orders[name], name)
            np.testing.assert_array_equal(column, again.orders[name], name)

    def test_two_series_take_turns(self):
        other = cr.series(self.bars.open_time_ms, *[
            getattr(self.bars, name)[::-1] for name in
            ("close", "high", "low", "open", "volume")], self.bars.timeframe_ms)
        rule = cr.bar("close") > cr.feature("SMA", 20)
        both = cr.Sweep([self.bars, other], enter_long=rule).flags()[0]
        for i, series in enumerate((self.bars, other)):
            alone = cr.Sweep(series, enter_long=rule).flags()[0]
            np.testing.assert_array_equal(both[:, i:i + 1], alone)
        self.assertTrue((both[:, 0] != both[:, 1]).any())

    def test_a_sweep_keeps_its_bars_alive(self):
        sweep = cr.Sweep(cr.read_csv(FILE),
                         enter_long=cr.bar("close") > cr.feature("SMA", 20))
        gc.collect()
        self.assertTrue(sweep.flags()[0].any())

    def test_errors_name_the_place(self):
        with self.assertRaisesRegex(cr.Error, r"rules\[0\].right, column 1"):
            cr.Sweep(self.bars, enter_long=cr.bar("close") >
                     cr.feature("SMA", [5, 5000]))
        with self.assertRaisesRegex(cr.Error, "no feature is called"):
            cr.Sweep(self.bars, enter_long=cr.feature("SNA", 5) > 1)
        with self.assertRaisesRegex(ValueError, r"\[2, 3\] columns"):
            cr.Sweep(self.bars, enter_long=cr.feature("SMA", [5, 6]) >
                     cr.feature("SMA", [7, 8, 9]))
        with self.assertRaisesRegex(TypeError, "join rules"):
            bool(cr.bar("close") > 1)
        with self.assertRaisesRegex(ValueError, "'clse': give one of open"):
            cr.bar("clse")
        with self.assertRaisesRegex(ValueError, "more than 4"):
            cr.feature("SMA", 1, 2, 3, 4, 5)

    def test_bars_that_a_sweep_was_not_made_over_are_refused(self):
        sweep = cr.Sweep(self.bars, enter_long=cr.bar("close") > 1)
        part = cr.read_csv(FILE, until_ms=int(self.bars.open_time_ms[1000]))
        btc = cr.instrument(DATA / "instruments.json", "BTCUSDT")
        market = cr.market(part, np.full(len(part), 0.001),
                           cr.volume_forecast(part.volume))
        plan = cr.plan(decides=cr.DECIDE_SIGNALS)
        with self.assertRaisesRegex(ValueError, "the market has 1000"):
            cr.simulate(market, btc, plan, source=sweep)
        run = cr.simulate(market, btc, plan, source=sweep.source())
        self.assertEqual(run.summary().ledger.n_bars, 1000)
        with self.assertRaisesRegex(ValueError, "no market"):
            cr.simulate([], btc, plan, source=sweep)


if __name__ == "__main__":
    unittest.main()
