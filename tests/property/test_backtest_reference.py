# SPDX-License-Identifier: Apache-2.0
"""Random plans over recorded bars: the library against backtest_reference.py.

usage: test_backtest_reference.py LIBRARY FOLDER_OF_CSV [--plans N] [--seed N]
Exit 0 if every order, trade and equity agrees.
"""
import argparse
import ctypes as ct
import glob
import math
import os
import random
import sys

import numpy as np

import backtest_reference as ref

D, I, U, L, Z, P = (ct.c_double, ct.c_int32, ct.c_uint32, ct.c_int64,
                    ct.c_size_t, ct.c_void_p)


def struct(name, *fields):
    return type(name, (ct.Structure,), {"_fields_": [
        (f, kind) for kind, names in fields for f in names.split()]})


Name = ct.c_char * 32
Instrument = struct(
    "Instrument", (Z, "struct_size"),
    (Name, "venue symbol base_currency quote_currency"),
    (I, "market_type fee_asset"),
    (D, "maker_fee taker_fee price_tick lot_step min_quantity min_notional "
        "max_leverage maintenance_margin"),
    (L, "funding_interval_ms"), (I, "is_shortable reserved"))
Plan = struct(
    "Plan", (Z, "struct_size"), (I, "side entry"), (D, "theta_in theta_out"),
    (U, "horizon_bars limit_ttl_bars"),
    (D, "limit_offset_sigma stop_sigma target_sigma"), (I, "sizing reserved"),
    (D, "sizing_value"))
CostOptions = struct("CostOptions", (Z, "struct_size"),
                     (D, "spread_bps impact_y impact_exponent"),
                     (I, "impact_law reserved"),
                     (D, "fixed_slippage almgren_gamma almgren_eta "
                         "bars_per_day"))
Options = struct("Options", (Z, "struct_size"), (D, "initial_cash leverage"),
                 (CostOptions, "costs"),
                 (I, "path funding keep_equity keep_records"),
                 (D, "periods_per_year"))
Bars = struct(
    "Bars", (Z, "struct_size n"), (P, "open_time_ms open high low close volume "
                                      "quote_volume trades taker_buy_base"),
    (L, "timeframe_ms"), (ct.c_char_p, "symbol"), (D, "price_tick lot_step"))
Market = struct("Market", (Z, "struct_size"),
                (P, "bars sigma volume_forecast spread"))
Matrix = struct("Matrix", (P, "data"), (Z, "rows cols"),
                (ct.c_ssize_t, "row_stride col_stride"))
B = ct.c_int8
ORDER = dict(column=U, side=B, purpose=B, entry=B, status=B, reason=B,
             liquidity=B, placed_ms=L, ended_ms=L, quantity=D, limit_price=D,
             filled=D, fill_price=D, fee=D, spread=D, slippage=D)
TRADE = dict(column=U, side=B, exit=B, entry_ms=L, exit_ms=L, bars=U,
             quantity=D, entry_price=D, exit_price=D, result=D, gross=D, fee=D,
             spread=D, slippage=D, impact=D, funding=D, dust=D)
Bar = struct("Bar", (L, "open_time_ms"),
             (D, "open high low close volume quote_volume trades "
                 "taker_buy_base"))
Ledger = struct(
    "Ledger", (Z, "struct_size"),
    (D, "initial_cash cash position dust entry_price mark_price exit_fee "
        "reserved_margin equity trade_results open_result fee spread slippage "
        "impact funding dust_cost"),
    (ct.c_uint64, "n_bars n_bars_in_position n_orders n_rejected n_trades"),
    (D, "traded_notional"), (I, "is_stopped reserved"))
Orders = struct("Orders", (Z, "struct_size n"), (P, " ".join(ORDER)))
Trades = struct("Trades", (Z, "struct_size n"), (P, " ".join(TRADE)))


class Library:
    def __init__(self, path):
        self.lib = ct.CDLL(path)
        self.lib.crucible_last_error.restype = ct.c_char_p
        for name in "crucible_backtest_destroy", "crucible_trader_destroy":
            getattr(self.lib, name).argtypes = [P]
            getattr(self.lib, name).restype = None
        self.lib.crucible_trader_push.argtypes = [P, P, D, D, D, D]

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.lib.crucible_last_error().decode())

    @staticmethod
    def rows(view, columns):
        out = {}
        for name, kind in columns.items():
            values = (kind * view.n).from_address(getattr(view, name)) \
                if view.n else []
            out[name] = list(values)
        return [dict(zip(out, row)) for row in zip(*out.values())]

    def prepare(self, instrument, plan, options):
        c_plan, c_options = Plan(), Options()
        self.lib.crucible_plan_init(ct.byref(c_plan), Z(ct.sizeof(Plan)))
        for name, value in plan.items():
            setattr(c_plan, name, value)
        self.lib.crucible_backtest_options_init(ct.byref(c_options),
                                                Z(ct.sizeof(Options)))
        for name, value in options.items():
            inner = name in ("spread_bps", "impact_y", "impact_exponent")
            setattr(c_options.costs if inner else c_options, name, value)
        c_options.keep_equity = 1
        c_options.funding = 1
        c_instrument = Instrument(ct.sizeof(Instrument), b"venue", b"SYMBOL",
                                  b"BASE", b"QUOTE")
        for name, value in instrument.items():
            setattr(c_instrument, name, value)
        return c_instrument, c_plan, c_options

    def records(self, call, owner):
        orders, trades = Orders(ct.sizeof(Orders)), Trades(ct.sizeof(Trades))
        self.check(call(owner, ct.byref(orders), ct.byref(trades)))
        return self.rows(orders, ORDER), self.rows(trades, TRADE)

    def batch(self, market, instrument, plan, options):
        """Orders, trades and equity of one column of scores."""
        columns = [np.ascontiguousarray(market[k]) for k in
                   "time open high low close volume".split()]
        bars = Bars(ct.sizeof(Bars), len(market["time"]),
                    *[c.ctypes.data for c in columns], None, None, None,
                    market["timeframe_ms"])
        view = Market(ct.sizeof(Market), ct.addressof(bars),
                      market["sigma"].ctypes.data,
                      market["forecast"].ctypes.data,
                      market["spread"].ctypes.data)
        instrument, plan, options = self.prepare(instrument, plan, options)
        score = market["score"]
        scores = Matrix(score.ctypes.data, len(score), 1, 1, len(score))
        result = P()
        self.check(self.lib.crucible_backtest_run(
            ct.byref(view), ct.byref(instrument), ct.byref(scores),
            ct.byref(plan), Z(1), ct.byref(options), None, None,
            ct.byref(result)))
        found = self.records(self.lib.crucible_backtest_records, result)
        curve = Matrix()
        self.check(self.lib.crucible_backtest_equity(result, ct.byref(curve)))
        equity = list((D * curve.rows).from_address(curve.data))
        self.lib.crucible_backtest_destroy(result)
        return (*found, equity)

    def trader(self, market, instrument, plan, options, end, purpose):
        """The same bar by bar, closed after bar number end."""
        instrument, plan, options = self.prepare(instrument, plan, options)
        trader, equity, ledger = P(), [], Ledger(ct.sizeof(Ledger))
        self.check(self.lib.crucible_trader_create(
            ct.byref(plan), ct.byref(instrument), L(market["timeframe_ms"]),
            ct.byref(options), ct.byref(trader)))
        for i, row in enumerate(rows_of(market)):
            bar = Bar(*row[:6], *[math.nan] * 3)
            self.check(self.lib.crucible_trader_push(
                trader, ct.addressof(bar), *row[6:]))
            if i == end:
                self.check(self.lib.crucible_trader_close(trader, I(purpose)))
            self.check(self.lib.crucible_trader_ledger(trader,
                                                       ct.byref(ledger)))
            equity.append(ledger.equity)
        found = self.records(self.lib.crucible_trader_records, trader)
        self.lib.crucible_trader_destroy(trader)
        return (*found, equity)


def rows_of(market):
    return zip(*[market[k].tolist() for k in
                 "time open high low close volume sigma forecast spread "
                 "score".split()])


def near(a, b):
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return abs(a - b) <= 1e-8 + 1e-9 * abs(b)
    return a == b


def compare(kind, found, expected):
    for i, (f, e) in enumerate(zip(found, expected)):
        for name, value in e.items():
            if not near(f[name], value):
                return (f"{kind} {i}: {name} is {f[name]!r}, expected "
                        f"{value!r}\n  library   {f}\n  reference {e}")
    if len(found) != len(expected):
        more = (found if len(found) > len(expected) else expected)
        return (f"{len(found)} {kind}s, expected {len(expected)}; the first "
                f"that one lacks: {more[min(len(found), len(expected))]}")
    return None


def read(path):
    table = np.genfromtxt(path, delimiter=",", names=True)
    columns = {k: np.ascontiguousarray(table[k]) for k in
               "open high low close volume".split()}
    columns["time"] = table["open_time"].astype(np.int64)
    return columns


def piece(draw, series):
    """A stretch of recorded bars with what is known at each close; some bars
    are taken out or emptied, and some forecasts are cold."""
    n = draw.randrange(200, 900)
    first = draw.randrange(len(series["time"]) - n)
    market = {k: v[first:first + n].copy() for k, v in series.items()}
    market["timeframe_ms"] = 300000
    change = np.diff(np.log(market["close"]), prepend=np.nan)
    sigma, forecast = np.full(n, np.nan), np.full(n, np.nan)
    for i in range(12, n):
        sigma[i] = np.std(change[i - 11:i + 1])
        forecast[i] = np.mean(market["volume"][i - 11:i + 1])
    rng = np.random.RandomState(draw.randrange(2 ** 31))
    if draw.random() < 0.4:
        market["volume"][rng.rand(n) < 0.1] = 0
    if draw.random() < 0.3:
        forecast[rng.rand(n) < 0.05] = 0
        sigma[rng.rand(n) < 0.03] = np.nan
    market["sigma"], market["forecast"] = sigma, forecast
    market["spread"] = np.full(n, np.nan)
    if draw.random() < 0.4:
        market["spread"] = rng.rand(n) * draw.choice([1e-4, 1e-3, 1e-2])
        market["spread"][rng.rand(n) < 0.1] = np.nan
    wave = np.sin(np.arange(n) / draw.uniform(1, 20))
    market["score"] = wave + draw.uniform(0, 1) * rng.randn(n)
    market["score"][rng.rand(n) < 0.02] = np.nan
    market["score"][rng.rand(n) < 0.01] = np.inf
    if draw.random() < 0.4:
        keep = rng.rand(n) > 0.05
        for k, v in market.items():
            if isinstance(v, np.ndarray):
                market[k] = np.ascontiguousarray(v[keep])
    return market


def draw_case(draw, price):
    kind = draw.choice([ref.SPOT, ref.SPOT, ref.FUTURE, ref.PERPETUAL])
    spot = kind == ref.SPOT
    leverage = 1 if spot else draw.choice([1, 1, 2, 5, 50])
    magnitude = 10.0 ** math.floor(math.log10(price))
    instrument = dict(
        market_type=kind,
        fee_asset=draw.choice([1, 2]) if spot else 1,
        taker_fee=draw.choice([0, 0.0004, 0.001, 0.01]),
        maker_fee=draw.choice([-0.0001, 0, 0.0002, 0.001]),
        price_tick=float(f"{magnitude * draw.choice([1e-6, 1e-5, 5e-4]):.6g}"),
        lot_step=float(f"{draw.choice([0.1, 1, 20]) / magnitude:.6g}"),
        min_quantity=0, min_notional=draw.choice([0, 5, 10]),
        max_leverage=leverage, is_shortable=int(not spot),
        maintenance_margin=0 if spot else draw.choice([0, 0.02]) / leverage)
    instrument["min_quantity"] = instrument["lot_step"] * draw.choice([0, 1, 3])
    theta = draw.choice([0, 0, 0.3, 0.8])
    plan = dict(
        side=ref.LONG if spot else draw.choice([1, 2, 2]),
        entry=draw.choice([1, 1, 2, 3]), theta_in=theta,
        theta_out=draw.choice([theta, 0, -0.5, -math.inf]),
        horizon_bars=draw.choice([0, 1, 2, 6, 24]),
        limit_ttl_bars=draw.choice([1, 1, 2, 5]),
        limit_offset_sigma=draw.choice([0, 0, 0.5, 1]),
        stop_sigma=draw.choice([0, 0.5, 1, 3]),
        target_sigma=draw.choice([0, 0.5, 1, 3]),
        sizing=draw.choice([1, 1, 2, 3, 4]))
    cash = draw.choice([9, 101, 200, 1e3, 1e5])
    if plan["sizing"] == ref.RISK and plan["stop_sigma"] == 0:
        plan["stop_sigma"] = 1
    plan["sizing_value"] = {
        ref.FRACTION: draw.choice([0.1, 0.95, 1, 3, 0.9 * leverage]),
        ref.RISK: draw.choice([0.001, 0.01, 0.1]),
        ref.CASH: cash * draw.choice([0.3, 0.99, 1.5]),
        ref.UNITS: cash / price * draw.choice([0.3, 0.99, 1.5]),
    }[plan["sizing"]]
    if leverage > 2 and draw.random() < 0.5:  # on the way to liquidation
        plan.update(sizing=ref.FRACTION, sizing_value=0.9 * leverage,
                    stop_sigma=0, horizon_bars=0, theta_out=-math.inf)
    options = dict(
        initial_cash=cash, leverage=leverage,
        path=draw.choice([1, 1, 1, 2, 3]), spread_bps=draw.choice([0, 1, 10]),
        impact_y=draw.choice([0, 1, 5]),
        impact_exponent=draw.choice([0.5, 0.5, 0.5, 0.6, 1]))
    return instrument, plan, options


def play(market, instrument, plan, options, end=None, purpose=None):
    account = ref.Account(plan, instrument, options, market["timeframe_ms"])
    equity = []
    for i, row in enumerate(rows_of(market)):
        account.push(*row)
        if i == end:
            account.stop(purpose)
        equity.append(account.equity)
    return account.orders, account.trades, equity


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("folder")
    parser.add_argument("--plans", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    files = sorted(glob.glob(os.path.join(args.folder, "*.csv")))
    if not files:
        sys.exit(f"no CSV in {args.folder}")
    library, series = Library(args.library), [read(f) for f in files]
    seen = {}
    for k in range(args.plans):
        draw = random.Random(args.seed * 1000003 + k)
        market = piece(draw, draw.choice(series))
        case = draw_case(draw, float(market["close"][0]))
        if k % 4 == 0:
            end = draw.randrange(len(market["time"]))
            purpose = draw.choice([ref.LIQUIDATION, ref.END])
            found = library.trader(market, *case, end, purpose)
            expected = play(market, *case, end, purpose)
        else:
            found = library.batch(market, *case)
            expected = play(market, *case)
        orders, trades, equity = found
        wrong = compare("order", orders, expected[0]) or \
            compare("trade", trades, expected[1])
        for i, (a, b) in enumerate(zip(equity, expected[2])):
            if not wrong and not near(a, b):
                wrong = f"equity at bar {i} is {a!r}, expected {b!r}"
        if wrong:
            sys.exit(f"plan {k} (seed {args.seed}): {wrong}\n  " +
                     "\n  ".join(str(c) for c in case))
        for o in orders:
            key = (o["purpose"], o["status"], o["reason"], o["liquidity"])
            seen[key] = seen.get(key, 0) + 1
    for key in sorted(seen):
        print("purpose %d status %d reason %2d liquidity %d: %d" %
              (*key, seen[key]))
    # a test that never saw a kind of order has not tested it
    purposes = {k[0] for k in seen if k[1] == ref.FILLED}
    reasons = {k[2] for k in seen}
    missing = (set(range(1, 8)) - purposes, set(range(0, 12)) - reasons)
    if args.plans >= 400 and any(missing):
        sys.exit(f"never seen: purposes {missing[0]}, reasons {missing[1]}")
    print(f"{args.plans} plans, {sum(seen.values())} orders agree")


if __name__ == "__main__":
    main()
