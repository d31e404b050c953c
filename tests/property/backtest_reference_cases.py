# SPDX-License-Identifier: Apache-2.0
"""Random plans, wishes and outlooks over recorded and made bars."""
import math

import numpy as np

from reference import words as w

MINUTE_MS = 60000


class Case:
    """One account's life: what it is given at each bar."""

    def __init__(self, bars, timeframe_ms):
        self.bars, self.timeframe_ms = bars, timeframe_ms
        self.instrument, self.plan, self.options = {}, {}, {}
        self.outlooks, self.wishes = [], []
        self.end = self.purpose = None  # closed from outside after that bar
        self.fine = None  # per bar: (open, high, low, close, volume) of each

    def steps(self):
        columns = [self.bars[k].tolist() for k in
                   "time open high low close volume".split()]
        return zip(zip(*columns), self.outlooks, self.wishes)

    def __str__(self):
        return "\n  ".join(f"{k} {v}" for k, v in (
            ("instrument", self.instrument), ("plan", self.plan),
            ("options", self.options)))


def read(path):
    """Recorded bars (CSV, perhaps gzipped) and their timeframe."""
    table = np.genfromtxt(path, delimiter=",", names=True)
    bars = {k: np.ascontiguousarray(table[k]) for k in
            "open high low close volume".split()}
    bars["time"] = table["open_time"].astype(np.int64)
    return bars


def stretch(draw, series, n):
    first = draw.randrange(len(series["time"]) - n)
    return {k: v[first:first + n].copy() for k, v in series.items()}


def made(draw, n):
    """Bars that nobody recorded: ticks few and coarse, so that prices meet
    triggers exactly, jumps between bars and none."""
    tick = draw.choice([1, 0.5, 0.25])
    at, rows = 100.0, []
    for i in range(n):
        o = max(at + tick * draw.choice([0, 0, 0, -1, 1, -6, 6]), 10 * tick)
        path = [o]
        for _ in range(draw.randrange(1, 8)):
            path.append(max(path[-1] + tick * draw.choice([-2, -1, 1, 2]),
                            5 * tick))
        at = path[-1]
        rows.append((i * 5 * MINUTE_MS, o, max(path), min(path), at,
                     float(draw.randrange(1, 100))))
    names = "time open high low close volume".split()
    bars = {k: np.array(v) for k, v in zip(names, zip(*rows))}
    bars["time"] = bars["time"].astype(np.int64)
    return bars


def rng_of(draw):
    return np.random.RandomState(draw.randrange(2 ** 31))


def forecasts(draw, bars, rng):
    """What is known at each close; some forecasts are cold, some bars empty."""
    n = len(bars["time"])
    change = np.diff(np.log(bars["close"]), prepend=np.nan)
    sigma, volume = np.full(n, np.nan), np.full(n, np.nan)
    for i in range(12, n):
        sigma[i] = np.std(change[i - 11:i + 1])
        volume[i] = np.mean(bars["volume"][i - 11:i + 1])
    if draw.random() < 0.4:
        bars["volume"][rng.rand(n) < 0.1] = 0
    if draw.random() < 0.3:
        volume[rng.rand(n) < 0.05] = 0
        sigma[rng.rand(n) < 0.03] = np.nan
    spread = np.full(n, np.nan)
    if draw.random() < 0.4:
        spread = rng.rand(n) * draw.choice([1e-4, 1e-3, 1e-2])
        spread[rng.rand(n) < 0.1] = np.nan
    return [dict(sigma=s, volume=v, spread=p) for s, v, p in
            zip(sigma.tolist(), volume.tolist(), spread.tolist())]


def scores(draw, n, rng):
    wave = np.sin(np.arange(n) / draw.uniform(1, 20))
    found = wave + draw.uniform(0, 1) * rng.randn(n)
    found[rng.rand(n) < 0.02] = np.nan
    found[rng.rand(n) < 0.01] = np.inf
    return found.tolist()


def thin_out(draw, case, rng):
    """Takes bars out: gaps."""
    if draw.random() < 0.6:
        return
    keep = np.flatnonzero(rng.rand(len(case.outlooks)) > 0.05).tolist()
    case.bars = {k: np.ascontiguousarray(v[keep])
                 for k, v in case.bars.items()}
    for name in "outlooks", "wishes", "fine":
        values = getattr(case, name)
        if values is not None:
            setattr(case, name, [values[i] for i in keep])


# ---- what is traded, and how ----

def instrument(draw, price):
    kind = draw.choice([w.SPOT, w.SPOT, w.FUTURE, w.PERPETUAL])
    spot = kind == w.SPOT
    leverage = 1 if spot else draw.choice([1, 1, 2, 5, 50])
    magnitude = 10.0 ** math.floor(math.log10(price))
    lot = float(f"{draw.choice([0.1, 1, 20]) / magnitude:.6g}")
    return dict(
        market_type=kind,
        fee_asset=draw.choice([1, 2]) if spot else 1,
        taker_fee=draw.choice([0, 0.0004, 0.001, 0.01]),
        maker_fee=draw.choice([-0.0001, 0, 0.0002, 0.001]),
        price_tick=float(f"{magnitude * draw.choice([1e-6, 1e-5, 5e-4]):.6g}"),
        lot_step=lot, min_quantity=lot * draw.choice([0, 1, 3]),
        min_notional=draw.choice([0, 5, 10]),
        max_leverage=leverage, is_shortable=int(not spot),
        maintenance_margin=0 if spot else draw.choice([0, 0.02]) / leverage)


def plan(draw, found, price, cash):
    spot, leverage = not found["is_shortable"], found["max_leverage"]
    theta = draw.choice([0, 0, 0.3, 0.8])
    plan = dict(
        side=w.LONG if spot else draw.choice([1, 2, 2]),
        entry=draw.choice([1, 1, 2, 3]), theta_in=theta,
        theta_out=draw.choice([theta, 0, -0.5, -math.inf]),
        horizon_bars=draw.choice([0, 1, 2, 6, 24]),
        limit_ttl_bars=draw.choice([1, 1, 2, 5]),
        limit_offset_sigma=draw.choice([0, 0, 0.5, 1]),
        stop_sigma=draw.choice([0, 0.5, 1, 3]),
        target_sigma=draw.choice([0, 0.5, 1, 3]),
        sizing=draw.choice([1, 1, 2, 3, 4]))
    if plan["sizing"] == w.RISK and plan["stop_sigma"] == 0:
        plan["stop_sigma"] = 1
    plan["sizing_value"] = {
        w.FRACTION: draw.choice([0.1, 0.95, 1, 3, 0.9 * leverage]),
        w.RISK: draw.choice([0.001, 0.01, 0.1]),
        w.CASH: cash * draw.choice([0.3, 0.99, 1.5]),
        w.UNITS: cash / price * draw.choice([0.3, 0.99, 1.5]),
    }[plan["sizing"]]
    if leverage > 2 and draw.random() < 0.5:  # on the way to liquidation
        plan.update(sizing=w.FRACTION, sizing_value=0.9 * leverage,
                    stop_sigma=0, horizon_bars=0, theta_out=-math.inf)
    return plan


def options(draw, found, cash):
    return dict(
        initial_cash=cash, leverage=found["max_leverage"],
        path=draw.choice([1, 1, 1, 2, 3]), spread_bps=draw.choice([0, 1, 10]),
        impact_y=draw.choice([0, 1, 5]),
        impact_exponent=draw.choice([0.5, 0.5, 0.5, 0.6, 1]))


def start(draw, series, low=200, high=900):
    """Bars, forecasts, instrument, plan and options; no wishes yet."""
    n = draw.randrange(low, high)
    bars = made(draw, n) if draw.random() < 0.25 else \
        stretch(draw, draw.choice(series), n)
    rng = rng_of(draw)
    case = Case(bars, 5 * MINUTE_MS)
    case.outlooks = forecasts(draw, bars, rng)
    price = float(bars["close"][0])
    cash = draw.choice([9, 101, 200, 1e3, 1e5])
    case.instrument = instrument(draw, price)
    case.plan = plan(draw, case.instrument, price, cash)
    case.options = options(draw, case.instrument, cash)
    return case, rng


def finish(draw, case, rng):
    thin_out(draw, case, rng)
    if draw.random() < 0.1:
        case.end = draw.randrange(len(case.outlooks))
        case.purpose = draw.choice([w.LIQUIDATION, w.END])
    return case


# ---- the suites ----

def by_scores(draw, series):
    case, rng = start(draw, series)
    case.wishes = [dict(score=s) for s in
                   scores(draw, len(case.outlooks), rng)]
    return finish(draw, case, rng)


SUITES = dict(scores=by_scores)
# what all suites together must have seen
PURPOSES = range(1, 8)  # filled
REASONS = range(0, 12)
