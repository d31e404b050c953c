# SPDX-License-Identifier: Apache-2.0
"""check_lookahead and check_warmup over NumPy functions on recorded bars."""
import os
import pathlib
import unittest

import numpy as np

import crucible as cr

DATA = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"]) / "examples/data"
FILE = sorted(DATA.glob("BTCUSDT-5m-*.csv"))[0]


def hourly(bars):
    """The close of the bar's own hour: joined on the hour's open time."""
    slot = bars.open_time_ms // 3600000
    last = np.flatnonzero(np.append(slot[1:] != slot[:-1], True))
    return bars.close[last[np.searchsorted(slot[last], slot)]]


class Lookahead(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bars = cr.read_csv(FILE)

    def test_planted_leaks_are_found(self):
        n = len(self.bars)
        leaks = {
            "shift(-1)": (lambda b: np.append(b.close[1:], np.nan), 1),
            "roll": (lambda b: np.roll(b.close, -1), None),
            "min-max": (lambda b: (b.close - b.close.min())
                        / (np.ptp(b.close) or 1), None),
            "z-score": (lambda b: (b.close - b.close.mean())
                        / (b.close.std() or 1), n - 1),
            "hour": (hourly, 11),
            "smoothed": (lambda b: np.convolve(b.close, np.ones(5) / 5,
                                               "same")[:len(b)], None),
            "reversed": (lambda b: np.maximum.accumulate(
                b.close[::-1])[::-1], None),
            "share": (  # its bar 0 is 0 in any case
                lambda b: np.arange(len(b)) / len(b), n - 2),
        }
        for name, (leak, needs) in leaks.items():
            with self.subTest(name):
                found = cr.check_lookahead(leak, self.bars, least=5)
                self.assertTrue(found.is_found)
                self.assertIn("LOOK-AHEAD", str(found))
                if needs is not None:
                    self.assertEqual(found.result.needs, needs)

    def test_honest_columns_pass(self):
        def honest(bars):
            close = bars.close
            total = np.cumsum(np.insert(close, 0, 0.0))
            mean = np.full(len(close), np.nan)
            mean[19:] = (total[20:] - total[:-20]) / 20
            return {"mean": mean,
                    "peak": np.maximum.accumulate(close),
                    "change": np.append(np.nan, np.diff(np.log(close)))}

        found = cr.check_lookahead(honest, self.bars, least=20)
        self.assertFalse(found.is_found, str(found))
        self.assertEqual(found.result.n_columns_changed, 0)
        self.assertEqual(list(found.findings), ["mean", "peak", "change"])
        self.assertIn("no look-ahead", str(found))
        self.assertGreater(found.result.n_too_short, 0)

    def test_flags_and_chosen_cuts(self):
        entry = 1234

        def flag(bars):  # one entry, because the bar after it exists
            out = np.zeros(len(bars), dtype=bool)
            out[entry:entry + 1] = len(bars) > entry + 1
            return out

        for options in ({}, {"cuts": [entry + 1], "max_cuts": 1},
                        {"max_cuts": len(self.bars)}):
            found = cr.check_lookahead(flag, self.bars, **options)
            self.assertTrue(found.is_found)
            self.assertEqual(found.result.first.bar, entry)
            self.assertEqual(found.result.first.cut, entry + 1)
            self.assertEqual(found.result.needs, 1)
        self.assertEqual(found.result.is_exhaustive, 1)

    def test_the_bars_of_a_call_are_its_own(self):
        kept = []

        def keep(bars):
            kept.append(bars)
            return bars.close

        cr.check_lookahead(keep, self.bars, max_cuts=20)
        for bars in kept:
            np.testing.assert_array_equal(bars.close,
                                          self.bars.close[:len(bars)])
            self.assertEqual(bars.symbol, "BTCUSDT")
        hours = kept[0].resample("1h")
        self.assertEqual(hours.high[0], kept[0].high[:12].max())

    def test_a_random_function_is_not_repeatable(self):
        rng = np.random.default_rng(1)
        found = cr.check_lookahead(lambda b: rng.random(len(b)), self.bars)
        self.assertEqual(found.result.is_repeatable, 0)
        self.assertIn("not repeatable", str(found))

    def test_errors_of_the_function_come_out(self):
        def fails(bars):
            return {"x": bars.close}["y" if len(bars) < 100 else "x"]

        with self.assertRaises(KeyError):
            cr.check_lookahead(fails, self.bars)
        self.assertFalse(
            cr.check_lookahead(fails, self.bars, least=100).is_found)
        with self.assertRaisesRegex(ValueError, "one value per bar"):
            cr.check_lookahead(lambda b: b.close[1:], self.bars)
        with self.assertRaisesRegex(ValueError, "must return"):
            cr.check_lookahead(lambda b: None, self.bars)
        with self.assertRaisesRegex(cr.Error, r"cuts\[0\]"):
            cr.check_lookahead(lambda b: b.close, self.bars, cuts=[0])
        with self.assertRaises(TypeError):
            cr.check_lookahead(lambda b: b.close, self.bars, max_cut=3)

    def test_calls_of_the_library_that_need_more_bars_are_left_out(self):
        def sigma(bars):
            if len(bars) < 500:
                cr.moments([1.0])  # refused as too short
            return bars.close

        found = cr.check_lookahead(sigma, self.bars)
        self.assertFalse(found.is_found)
        self.assertGreater(found.result.n_too_short, 10)


class Warmup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bars = cr.read_csv(FILE)

    def test_each_column_tells_what_it_needs(self):
        def columns(bars):
            values = cr.features(bars, [("SMA", 50), ("EMA", 50)])
            return {"sma": values[:, 0], "ema": values[:, 1],
                    "sum": np.cumsum(bars.volume), "close": bars.close}

        found = cr.check_warmup(columns, self.bars, startups=[0, 100, 400])
        self.assertEqual(found.bars["sma"], 49)
        self.assertEqual(found.bars["close"], 0)
        self.assertIsNone(found.bars["sum"])
        self.assertTrue(100 < found.bars["ema"] < 400)
        self.assertEqual(found.differences.shape, (3, 4))
        self.assertTrue(np.isinf(found.differences[0, 0]))
        self.assertEqual(found.differences[1, 0], 0)
        self.assertIn("never", str(found))

    def test_flags_and_refusals(self):
        found = cr.check_warmup(lambda b: np.arange(len(b)) % 7 == 0, self.bars)
        self.assertEqual(found.bars, {"column 0": None})
        with self.assertRaisesRegex(cr.Error, "start-up of 9999"):
            cr.check_warmup(lambda b: b.close, self.bars, startups=[9999])


if __name__ == "__main__":
    unittest.main()
