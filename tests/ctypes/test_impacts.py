# SPDX-License-Identifier: Apache-2.0
"""Impact from Python, against the same thing written down in NumPy, on made and
on recorded trades; and the example from file to figures."""
import contextlib
import gzip
import io
import os
import pathlib
import tempfile
import unittest

import numpy as np

import crucible as cr
import impact

SHARED = os.environ.get("CRUCIBLE_SHARED_DIR", "")
RECORDED = [
    ("spot-PEPEUSDT-aggTrades-2024-10-27", 60000),
    ("spot-PEPEUSDT-aggTrades-2024-10-27", 300000),
    ("usdm-btcusdt_20240808-trade", 5000),
    ("spot-ethusdt_20240808-trade", 2000)]


def made_trades(n=20000, seed=4):
    """A walk by ticks; orders of up to three prints, their later ones worse."""
    draw = np.random.default_rng(seed)
    new = draw.random(n) < 0.6
    new[0] = True
    order = np.cumsum(new) - 1
    time = 1_700_000_000_123 + np.cumsum(draw.integers(0, 400, n))[new][order]
    side = draw.choice([-1, 1], n)[new][order]
    step = np.where(new, draw.integers(-2, 3, n), side * draw.integers(0, 2, n))
    price = np.round(0.01 * (50000 + np.cumsum(step)), 2)
    return time, price, np.round(draw.exponential(2, n) + 0.001, 3), side


def bars_of(trades, horizon):
    """Of each bar from the first to the last: volume, signed volume, middle at
    its close (NaN before there is one)."""
    time, price, quantity, side = trades
    bar = time // horizon - time[0] // horizon
    n = int(bar[-1]) + 1
    buys = np.where(side > 0, price, np.nan)
    sells = np.where(side < 0, price, np.nan)

    def filled(x):
        last = np.maximum.accumulate(np.where(np.isnan(x), -1,
                                              np.arange(len(x))))
        return np.where(last < 0, np.nan, x[np.maximum(last, 0)])
    middle = (filled(buys) + filled(sells)) / 2
    close = np.full(n, np.nan)
    close[bar] = middle  # the last print of a bar wins
    return (bar, np.bincount(bar, quantity, n),
            np.bincount(bar, quantity * side, n), filled(close))


def scales(volume, close, window):
    """Sigma and V before each bar; NaN where window bars have not closed since
    the first, of which not all was seen."""
    move = np.full(len(close), np.nan)
    move[1:] = np.log(close[1:] / close[:-1])
    sigma, mean = (np.full(len(close), np.nan) for _ in range(2))
    for b in range(window + 1, len(close)):
        sigma[b] = np.sqrt(np.mean(move[b - window:b] ** 2))
        mean[b] = np.mean(volume[b - window:b])
    return move, sigma, mean


def orders_of(trades):
    """Row where each order begins, and one past the last."""
    time, price, _, side = trades
    same = (np.diff(time) == 0) & (np.diff(side) == 0)
    worse = np.diff(price) * side[1:] >= 0
    return np.r_[0, np.flatnonzero(~(same & worse)) + 1, len(time)]


def reference(trades, horizon, window, measure):
    """(sigma, share, cost) of each observation."""
    bar, volume, flow, close = bars_of(trades, horizon)
    move, sigma, mean = scales(volume, close, window)
    if measure == "flow":
        here = np.flatnonzero(flow[:-1])  # the last bar is still open
        here = here[~np.isnan(move[here]) & ~np.isnan(sigma[here])]
        table = sigma[here], abs(flow[here]) / mean[here], \
            np.sign(flow[here]) * move[here]
    else:
        time, price, quantity, side = trades
        begin = orders_of(trades)
        size = np.add.reduceat(quantity, begin[:-1])
        first = np.repeat(price[begin[:-1]], np.diff(begin))
        excess = np.add.reduceat(quantity * (price - first) * side, begin[:-1])
        at = bar[begin[:-1]]
        table = sigma[at], size / mean[at], excess / size / price[begin[:-1]]
        table = tuple(x[:-1] for x in table)  # the last order is open
    return tuple(x[~np.isnan(table[0])] for x in table)


def law(sigma, share, cost):
    """Y and e of the two equations, by bisection; binned as the library does."""
    l = np.log(share)
    bins = np.floor(4 * np.log2(share)).astype(int)
    bins -= bins.min()
    weight = np.bincount(bins, sigma)
    with np.errstate(invalid="ignore"):
        l = (np.bincount(bins, sigma * l) / weight)[bins]
    target, low, high = np.sum(cost * l) / np.sum(cost), -8.0, 8.0
    for _ in range(100):
        e = (low + high) / 2
        lean = sigma * np.exp(e * l)
        if np.sum(lean * l) / np.sum(lean) < target:
            low = e
        else:
            high = e
    return np.sum(cost) / np.sum(sigma * np.exp(e * l)), e


class Impacts(unittest.TestCase):
    def same(self, trades, horizon, measure):
        fit = cr.impact_estimate(
            *trades, measure=measure, horizon_ms=horizon, min_orders=3,
            share_min=1e-12, share_max=1e6, max_exponent_se=1e9)
        sigma, share, cost = reference(trades, horizon, 12, measure)
        used = sigma > 0
        self.assertEqual(fit.n_still, np.sum(~used))
        sigma, share, cost = sigma[used], share[used], cost[used]
        self.assertEqual(fit.n_orders, len(cost))
        self.assertEqual(fit.n_free, np.sum(cost <= 0))
        self.assertAlmostEqual(fit.mean_cost / np.mean(cost), 1, places=7)
        self.assertAlmostEqual(fit.share_low / share.min(), 1, places=9)
        self.assertAlmostEqual(fit.share_high / share.max(), 1, places=9)
        self.assertEqual(fit.kind, 2)
        y, e = law(sigma, share, cost)
        self.assertAlmostEqual(fit.y / y, 1, places=6)
        self.assertAlmostEqual(fit.exponent, e, places=6)
        return fit

    def test_made_trades_give_what_numpy_makes_of_them(self):
        for seed in range(5):
            self.same(made_trades(seed=seed), 30000, "orders")
            self.same(made_trades(seed=seed), 5000, "orders")

    @unittest.skipUnless(SHARED, "needs the recorded trades")
    def test_recorded_trades_give_what_numpy_makes_of_them(self):
        for name, horizon in RECORDED:
            path = f"{SHARED}/data/trades/binance-{name}.csv.gz"
            trades = impact.read_trades(path)
            for measure in ("orders", "flow"):
                with self.subTest(name=name, measure=measure):
                    self.same(trades, horizon, measure)

    def test_a_law_goes_into_the_options_of_costs(self):
        fit = cr.impact_estimate(*made_trades(), horizon_ms=5000, exponent=0.5)
        costs = cr.cost_options()
        cr.impact_apply(fit, 300000, costs)
        self.assertEqual((costs.impact_y, costs.impact_exponent), (fit.y, 0.5))
        with self.assertRaisesRegex(cr.Error, "fit.y is -1"):
            fit.y = -1
            cr.impact_apply(fit, 300000, costs)

    def test_books_and_own_orders_are_taken(self):
        stream = cr.ImpactStream(measure="book", horizon_ms=1000, window=2,
                                 share_max=4)
        for i in range(40):
            middle = 100 + i % 2
            stream.push_print(i * 1000, middle + 1, 8, 1)
            stream.push_book(i * 1000 + 5, ([middle - 1, middle - 2], [4, 90]),
                             ([middle + 1, middle + 3], [4, 90]))
        fit = stream.fit()
        self.assertEqual(fit.kind, 2)
        self.assertEqual(sum(n for *_, n in stream.curve()), fit.n_orders)
        stream.push_quote(60000, 99, 101)
        stream.push_order(60001, 0.01, 1, 10, 1e-4)
        self.assertEqual(stream.fit().n_orders, fit.n_orders + 1)


class Example(unittest.TestCase):
    """Files of each layout are the same trades."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.trades = made_trades(3000)
        self.rows = list(zip(*self.trades))

    def run_on(self, name, lines, *more):
        path = pathlib.Path(self.folder.name, name)
        text = "\n".join(",".join(map(str, line)) for line in lines) + "\n"
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            fit = impact.main([str(path), "--horizon", "30", *more])
        self.assertIn("exponent", printed.getvalue())
        return fit.as_dict()

    def test_every_layout_gives_the_same_fit(self):
        maker = {1: "false", -1: "true"}
        expected = cr.impact_estimate(*self.trades, horizon_ms=30000).as_dict()
        self.assertGreater(expected["n_orders"], 500)
        agg = [(i, p, q, i, i, t, maker[s], "true")
               for i, (t, p, q, s) in enumerate(self.rows)]
        names = ("agg_trade_id", "price", "quantity", "first_trade_id",
                 "last_trade_id", "transact_time", "is_buyer_maker", "x")
        plain = [(i, p, q, p * q, t * 1000, maker[s].capitalize(), "True")
                 for i, (t, p, q, s) in enumerate(self.rows)]
        own = [("Side", "Timestamp", "Price", "Qty")] + [
            ("BUY" if s > 0 else "SELL", t, p, q) for t, p, q, s in self.rows]
        for name, lines in (("agg.csv", agg), ("agg.csv.gz", [names] + agg),
                            ("trades.csv", plain), ("own.csv", own)):
            with self.subTest(name):
                self.assertEqual(self.run_on(name, lines), expected)

    def test_what_cannot_be_read_is_told(self):
        with self.assertRaisesRegex(SystemExit, "price"):
            self.run_on("wrong.csv", [("a", "b"), (1, 2)])
        with self.assertRaisesRegex(SystemExit, r"prints\[0\]: print has price"):
            self.run_on("none.csv", [("time", "price", "quantity", "side"),
                                     (1700000000000, 0, 1, "buy")])


if __name__ == "__main__":
    unittest.main()
