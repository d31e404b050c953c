# SPDX-License-Identifier: Apache-2.0
"""Random plans, wishes and outlooks over recorded and made bars."""
import math

import numpy as np

from reference import words as w

MINUTE_MS = 60000
# what may be switched on in a case
FEATURES = ["impact", "trail", "rungs", "stop entry", "offset", "own price",
            "price", "path", "borrow", "funding", "close", "outlook",
            "participation", "fine"]
# what plays the cases besides the trader: "simulate", "groups"
ALSO = ["simulate", "groups"]
SIMULATED = ["scores", "signals", "targets", "orders"]



class Case:
    """One account's life: what it is given at each bar."""

    def __init__(self, bars, timeframe_ms):
        self.bars, self.timeframe_ms = bars, timeframe_ms
        self.instrument, self.plan, self.options = {}, {}, {}
        self.outlooks, self.wishes = [], []
        self.end = self.purpose = None  # closed from outside after that bar
        self.fine = None  # per bar: (time, open, high, low, close, volume)
        self.fine_ms = None  # their timeframe
        self.funding = False  # is there a history of rates?

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


def timeframe_of(bars):
    return int(np.diff(bars["time"]).min())


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
    return bars, tick


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


def finer(draw, case):
    """Five bars inside each: a walk that keeps its open, high, low and close;
    some of them or all are missing, some are empty."""
    b, found, step_ms = case.bars, [], case.timeframe_ms // 5
    for i, t in enumerate(b["time"].tolist()):
        o, h, l, c = (float(b[k][i]) for k in ("open", "high", "low", "close"))
        inner = [draw.choice([h, l, o, c, l + draw.random() * (h - l)])
                 for _ in range(4)]
        first = draw.randrange(4)
        inner[first], inner[(first + 1) % 4] = h, l
        stations = [o, *inner, c]
        minutes = []
        for k in range(5):
            a, z = stations[k], stations[k + 1]
            if k and draw.random() < 0.3:  # a jump between two minutes
                a = l + draw.random() * (h - l)
            top = min(max(a, z) + draw.choice([0, 0, (h - l) * 0.1]), h)
            low = max(min(a, z) - draw.choice([0, 0, (h - l) * 0.1]), l)
            minutes.append((t + k * step_ms, a, top, low, z,
                            draw.choice([1.0, 1.0, 1.0, 1.0, 0.0])))
        # the first and the last have to be there, if any is
        for _ in range(draw.choice([0, 0, 0, 0, draw.randrange(4)])):
            minutes.pop(draw.randrange(1, len(minutes) - 1))
        if draw.random() < 0.1:
            minutes = []
        found.append(minutes)
    return found


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
    grid = None
    if draw.random() < 0.25:
        bars, grid = made(draw, n)
    else:
        bars = stretch(draw, draw.choice(series), n)
    rng = rng_of(draw)
    case = Case(bars, timeframe_of(bars))
    case.outlooks = forecasts(draw, bars, rng)
    price = float(bars["close"][0])
    cash = draw.choice([9, 101, 200, 1e3, 1e5])
    case.instrument = instrument(draw, price)
    case.plan = plan(draw, case.instrument, price, cash)
    case.options = options(draw, case.instrument, cash)
    if grid is not None and draw.random() < 0.7:
        # half a tick off the grid: quotes meet triggers and limits exactly
        case.instrument["price_tick"] = 2 * grid
        case.options["spread_bps"] = 0
        for outlook in case.outlooks:
            outlook["spread"] = math.nan
    return case, rng


def finish(draw, case, rng):
    more(draw, case, rng, FEATURES)
    thin_out(draw, case, rng)
    if "price" in FEATURES and draw.random() < 0.25:
        within_bars(case, rng)
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


def distances(draw, case):
    """Stop, target, trail and ladder: in sigma, fractions, or none."""
    plan = case.plan
    if draw.random() < 0.5:
        return
    wide = draw.choice([0.3, 1, 3])  # in sigmas of a usual bar
    usual = [o["sigma"] for o in case.outlooks if o["sigma"] > 0] or [0.01]
    usual = min(usual[len(usual) // 2] * wide, 0.3)
    for name in "stop", "target", "trail":
        if name == "trail" and name not in FEATURES:
            continue
        plan[name + "_sigma"] = plan[name + "_fraction"] = 0
        how = draw.choice(["sigma", "fraction", "fraction", None])
        if how:
            plan[f"{name}_{how}"] = wide if how == "sigma" else usual
    if plan["sizing"] == w.RISK and not (plan["stop_sigma"] or
                                         plan["stop_fraction"]):
        plan["stop_fraction"] = usual
    if (plan["target_sigma"] or plan["target_fraction"]) and \
            draw.random() < 0.5 and "rungs" in FEATURES:
        plan["n_rungs"] = n = draw.randrange(1, 5)
        plan["rung_at"] = sorted(draw.sample([0.25, 0.5, 0.75, 1, 1.5, 2], n))
        plan["rung_share"] = [draw.choice([1, 0.5, 0.9, 0.3]) / n
                              for _ in range(n)]


def entries(draw, case):
    """All kinds of entries, and offsets in fractions."""
    plan = case.plan
    plan["entry"] = draw.choice([1, 1, 1, 2, 3, 4, 5])
    if "stop entry" not in FEATURES:
        plan["entry"] = min(plan["entry"], w.POST_ONLY)
    if plan["entry"] != w.MARKET and "offset" in FEATURES:
        plan["offset_fraction"] = draw.choice([0, 0, 0.0005, 0.002])
        plan["limit_ttl_bars"] = draw.choice([1, 2, 5])
    if plan["entry"] == w.STOP_LIMIT:
        plan["stop_limit_fraction"] = draw.choice([0, 0.0005, 0.002])


def by_signals(draw, series):
    case, rng = start(draw, series)
    case.plan.update(decides=w.SIGNALS, theta_in=0, theta_out=0,
                     on_opposite=draw.choice([0, 0, 1, 2]))
    entries(draw, case)
    distances(draw, case)
    chance = draw.choice([0.02, 0.1, 0.3])
    bits = rng.rand(len(case.outlooks), 4) < chance
    flags = (bits * [1, 2, 4, 8]).sum(axis=1).tolist()
    heard = 3 if case.plan["side"] == w.LONG else 15  # of shorts: refused
    case.wishes = [dict(signals=f & heard) for f in flags]
    if draw.random() < 0.3:
        own_prices(draw, case, rng)
    return finish(draw, case, rng)


def own_prices(draw, case, rng):
    """Decisions that bring size, distances and prices of their own."""
    closes = case.bars["close"].tolist()
    for wish, close, r in zip(case.wishes, closes,
                              rng.rand(len(closes), 6).tolist()):
        if r[0] < 0.3:
            wish["size"] = case.plan["sizing_value"] * (0.5 + r[0])
        for name, x in zip(("stop", "take", "trail"), r[1:4]):
            if name == "trail" and name not in FEATURES:
                continue
            if x < 0.2 and (name != "stop" or
                            case.plan["sizing"] != w.RISK or x > 0.05):
                wish[name] = 0.0 if x < 0.05 else x / 50
        if "own price" not in FEATURES:
            continue
        if r[4] < 0.3 and case.plan["entry"] not in (w.MARKET, w.STOP_ORDER):
            wish["limit"] = close * (1 + (r[5] - 0.5) / 100)
        if r[5] < 0.3 and case.plan["entry"] in (w.STOP_ORDER, w.STOP_LIMIT):
            wish["trigger"] = close * (1 + (r[4] - 0.15) / 100)


def by_targets(draw, series):
    case, rng = start(draw, series)
    unit = draw.choice([w.OF_EQUITY, w.OF_EQUITY, w.OF_CASH, w.OF_UNITS])
    case.plan.update(decides=w.TARGETS, target_unit=unit, entry=w.MARKET,
                     theta_in=0, theta_out=0, limit_offset_sigma=0,
                     sizing=w.FRACTION)
    case.plan["sizing_value"] = 1
    case.plan["horizon_bars"] = draw.choice([0, 0, 0, 6, 24])
    distances(draw, case)
    cash, most = case.options["initial_cash"], case.options["leverage"]
    full = {w.OF_EQUITY: most, w.OF_CASH: most * cash,
            w.OF_UNITS: most * cash / float(case.bars["close"][0])}[unit]
    n = len(case.outlooks)
    wave = np.sin(np.arange(n) / draw.uniform(1, 30)) * full * \
        draw.choice([0.2, 0.7, 1.2])
    wave[rng.rand(n) < draw.choice([0.1, 0.8])] = np.nan
    wave[rng.rand(n) < 0.03] = 0
    if case.plan["side"] == w.LONG:
        wave = np.maximum(wave, 0)  # NaN stays
    case.wishes = [dict(target=t) for t in wave.tolist()]
    return finish(draw, case, rng)


def one_request(draw, case, number, close, n_ids):
    """A random explicit order near the close."""
    tick = case.instrument["price_tick"]
    kind = draw.choice([1, 1, 2, 2, 2, 3, 4, 4, 5, 6, 7])
    if kind == w.CANCEL:
        return dict(kind=kind, id=draw.randrange(1, n_ids + 2))
    side, far = draw.choice([1, -1]), close * draw.choice([0, 0.001, 0.004])
    toward = draw.choice([1, 1, 1, -1])
    request = dict(kind=kind, id=number, side=side,
                   reduce_only=int(draw.random() < 0.3))
    sizing = draw.choice([w.FRACTION, w.CASH, w.UNITS, w.UNITS, w.RISK])
    cash = case.options["initial_cash"]
    request["size"] = {
        w.FRACTION: draw.choice([0.2, 0.5, 1.1]), w.CASH: cash * 0.4,
        w.UNITS: cash / close * draw.choice([0.3, 0.9]), w.RISK: 0.01}[sizing]
    request["sizing"] = sizing
    if request["reduce_only"] and sizing == w.UNITS and draw.random() < 0.5:
        request["size"] = math.inf
    if kind in (w.LIMIT, w.POST_ONLY):
        request["limit"] = close - side * toward * far
    if kind in (w.STOP_ORDER, w.STOP_LIMIT):
        request["trigger"] = close + side * toward * far
    if kind == w.STOP_LIMIT:
        request["limit"] = request["trigger"] + side * draw.choice(
            [0, 1, -1]) * close * 0.0005
    if kind == w.TRAILING_STOP:
        request["trail"] = close * draw.choice([0.001, 0.004]) + tick
        if draw.random() < 0.3:
            request["trigger"] = close + side * far
    if sizing == w.RISK or draw.random() < 0.3:
        request["stop"] = close * (1 - side * draw.choice([0.001, 0.005]))
    if draw.random() < 0.3:
        request["target"] = close * (1 + side * draw.choice([0.001, 0.005]))
    request["ttl_bars"] = draw.choice([0, 0, 1, 3, 10])
    request["oco"] = draw.choice([0, 0, 0, 1, 2])
    return request


def by_orders(draw, series):
    case, rng = start(draw, series)
    case.plan.update(decides=w.ORDERS, entry=w.MARKET, theta_in=0,
                     theta_out=0, horizon_bars=0, stop_sigma=0,
                     target_sigma=0, limit_offset_sigma=0, sizing=w.FRACTION)
    case.plan["sizing_value"] = 1
    closes, number = case.bars["close"].tolist(), 0
    chance = draw.choice([0.05, 0.2, 0.6])
    for close in closes:
        requests = []
        while draw.random() < chance:
            number += 1
            requests.append(one_request(draw, case, number, close, number))
        case.wishes.append(dict(requests=requests))
    return finish(draw, case, rng)


def within_bars(case, rng):
    """Market orders fill somewhere in the bar instead of at its open."""
    highs, lows = case.bars["high"].tolist(), case.bars["low"].tolist()
    draws = rng.rand(len(highs)).tolist()
    for outlook, r, h, l in zip(case.outlooks, draws, highs[1:], lows[1:]):
        if r < 0.6:
            outlook["price"] = min(l + r * 1.6 * (h - l), h)


# ---- what may come on top of every suite ----

def more(draw, case, rng, features):
    """Switches on some of the features."""
    n, found = len(case.outlooks), case.options
    on = [f for f in features if draw.random() < 0.25]
    if "participation" in on:
        found["participation"] = draw.choice([0.3, 0.05, 0.005, 0.0005])
        found["remainder"] = draw.choice([0, 0, 1])
    if "impact" in on:
        law = found["impact_law"] = draw.choice([1, 2, 3])
        if law == w.FIXED:
            found["fixed_slippage"] = draw.choice([0, 0.0005])
        found.update(almgren_gamma=0.314, almgren_eta=0.142, bars_per_day=0)
    if "outlook" in on:
        for outlook, r in zip(case.outlooks, rng.rand(n, 3).tolist()):
            outlook["taker_fee"] = 0.002 * r[0] if r[0] < 0.5 else math.nan
            outlook["maker_fee"] = 0.001 * r[1] if r[1] < 0.5 else math.nan
            outlook["slippage"] = 0.001 * r[2] if r[2] < 0.5 else math.nan
    if "path" in on:
        found["path"] = w.ADAPTIVE
    if "fine" in on:
        found["path"] = w.FINE
        case.fine, case.fine_ms = finer(draw, case), case.timeframe_ms // 5
    if "close" in on:
        found["fill_at"] = w.SAME_CLOSE
    case.funding = "funding" in on
    if "funding" in on and case.instrument["market_type"] == w.PERPETUAL:
        for i, outlook in enumerate(case.outlooks):
            outlook["funding"] = draw.choice([0, 1e-4, -3e-4, 0.01]) \
                if i % 7 == 0 else math.nan
    if "borrow" in on and case.instrument["is_shortable"]:
        found["borrow_rate"] = draw.choice([0.02, 0.5, 5])
        found["borrow_interval_ms"] = draw.choice([60000, 3600000, 86400000])


def group_of(draw, series):
    """Two or three accounts with one cash: all decide alike, on markets of
    their own whose bars open together."""
    by = draw.choice([SUITES[name] for name in SUITES])
    members, n = [], draw.choice([2, 2, 3])
    first = by(draw, series)
    first.end = None
    members.append(first)
    while len(members) < n:
        other = by(draw, series)
        rows = min(len(other.outlooks), len(first.outlooks))
        for case in [other, *members]:
            case.bars = {k: np.ascontiguousarray(v[:rows])
                         for k, v in case.bars.items()}
            case.outlooks, case.wishes = (case.outlooks[:rows],
                                          case.wishes[:rows])
        members.append(other)
    for case in members:
        case.end = None
        case.bars["time"] = members[0].bars["time"]
        case.timeframe_ms = members[0].timeframe_ms
        found = min((c.instrument for c in members),
                    key=lambda i: i["max_leverage"])
        case.options = dict(members[0].options,
                            leverage=found["max_leverage"])
        case.fine = None
        if case.options["path"] == w.FINE:
            case.fine, case.fine_ms = finer(draw, case), \
                case.timeframe_ms // 5
    return members


SUITES = dict(scores=by_scores, signals=by_signals, targets=by_targets,
              orders=by_orders)

# what all suites together must have seen
PURPOSES = range(1, 13)  # filled
REASONS = (*range(0, 12), w.PARTICIPATION, w.OCO, w.REDUCE_ONLY, w.NO_MARGIN,
           w.NOT_SHORTABLE, w.BOOK_FULL, w.REQUESTED)
