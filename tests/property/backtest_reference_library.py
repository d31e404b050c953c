# SPDX-License-Identifier: Apache-2.0
"""The library's accounts as the reference sees them: dicts in, dicts out.

The structures are those of examples/python/crucible.py, whose layout a test of
its own compares with the headers.
"""
import ctypes as ct
import math

import numpy as np

COST_OPTIONS = ("spread_bps", "impact_y", "impact_exponent", "impact_law",
                "fixed_slippage", "almgren_gamma", "almgren_eta",
                "bars_per_day")
WISH = ("score", "target", "size", "stop", "take", "trail", "limit", "trigger")
FORECASTS = dict.fromkeys(("sigma", "volume", "spread"))
OUTLOOK = dict(sigma="sigma", volume="volume_forecast", spread="spread",
               taker_fee="taker_fee", maker_fee="maker_fee",
               slippage="slippage", funding="funding", price="price")


def structure(name, *fields):
    return type(name, (ct.Structure,), {"_fields_": [
        (f, kind) for kind, names in fields for f in names.split()]})


# include/crucible/portfolio.h: what a trader's step takes
Wish = structure(
    "Wish", (ct.c_size_t, "struct_size"), (ct.c_uint32, "signals reserved"),
    (ct.c_double, "score target size stop take trail limit trigger"),
    (ct.c_void_p, "requests"), (ct.c_size_t, "n_requests"))
Outlook = structure(
    "Outlook", (ct.c_size_t, "struct_size"),
    (ct.c_double, "sigma volume_forecast spread taker_fee maker_fee slippage "
                  "funding price"))


def set_fields(struct, values):
    for name, value in values.items():
        assert hasattr(struct, name), f"{struct} has no {name}"
        if isinstance(value, (list, tuple)):
            field = getattr(struct, name)
            for i, x in enumerate(value):
                field[i] = x
        else:
            setattr(struct, name, value)


def rows(table):
    """Records of a columnar struct as dicts."""
    columns = {name: getattr(table, name)[:table.n] if table.n else []
               for name, *_ in table._fields_[2:]}
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


class Library:
    def __init__(self, cr):
        self.cr, self.lib = cr, cr.lib
        handle, out = ct.c_void_p, ct.POINTER(ct.c_void_p)
        p, d, i = ct.POINTER, ct.c_double, ct.c_int32
        self.create = cr.call(
            "crucible_trader_create", p(cr.Plan), p(cr.Instrument),
            ct.c_int64, p(cr.BacktestOptions), out)
        self.push = cr.call("crucible_trader_push", handle, p(cr.Bar),
                             d, d, d, d)
        self.step = cr.call("crucible_trader_step", handle, p(cr.Bar),
                             p(Outlook), p(Wish))
        self.close = cr.call("crucible_trader_close", handle, i)
        self.ledger = cr.call("crucible_trader_ledger", handle, p(cr.Ledger))
        self.records = cr.call("crucible_trader_records", handle,
                                p(cr.Orders), p(cr.Trades))
        self.run = cr.call(
            "crucible_backtest_run", p(cr.Market), p(cr.Instrument),
            p(cr.Matrix), p(cr.Plan), ct.c_size_t, p(cr.BacktestOptions),
            handle, handle, out)
        self.run_records = cr.call("crucible_backtest_records", handle,
                                    p(cr.Orders), p(cr.Trades))
        self.run_equity = cr.call("crucible_backtest_equity", handle,
                                   p(cr.Matrix))
        self.free_trader = cr.destructor("crucible_trader_destroy")
        self.free_run = cr.destructor("crucible_backtest_destroy")

    def new(self, kind, values):
        struct = dict(Wish=Wish, Outlook=Outlook).get(
            kind, getattr(self.cr, kind, None))()
        init = {"Plan": "crucible_plan_init",
                "BacktestOptions": "crucible_backtest_options_init",
                "Wish": "crucible_wish_init",
                "Outlook": "crucible_outlook_init",
                "Request": "crucible_request_init"}.get(kind)
        if init:
            getattr(self.lib, init)(ct.byref(struct),
                                    ct.c_size_t(ct.sizeof(struct)))
        set_fields(struct, values)
        return struct

    def prepare(self, case):
        costs = {k: v for k, v in case.options.items() if k in COST_OPTIONS}
        options = self.new("BacktestOptions", {
            k: v for k, v in case.options.items() if k not in costs})
        set_fields(options.costs, costs)
        options.keep_equity = 1
        options.funding = case.options.get("funding", 1)
        instrument = self.new("Instrument", case.instrument)
        instrument.venue, instrument.symbol = b"venue", b"SYMBOL"
        instrument.base_currency = b"BASE"
        instrument.quote_currency = b"QUOTE"
        return self.new("Plan", case.plan), instrument, options

    def tables(self, call, owner):
        orders, trades = self.cr.Orders(), self.cr.Trades()
        call(owner, ct.byref(orders), ct.byref(trades))
        return rows(orders), rows(trades)

    def batch(self, case):
        """Orders, trades and equity of one column of scores by
        crucible_backtest_run()."""
        cr, bars = self.cr, case.bars
        p = ct.POINTER(ct.c_double)
        columns = {k: np.ascontiguousarray(v) for k, v in bars.items()}
        view = cr.Bars(n=len(columns["time"]), timeframe_ms=case.timeframe_ms)
        view.open_time_ms = columns["time"].ctypes.data_as(
            ct.POINTER(ct.c_int64))
        for name in "open", "high", "low", "close", "volume":
            setattr(view, name, columns[name].ctypes.data_as(p))
        known = {k: np.array([o.get(k, math.nan) for o in case.outlooks])
                 for k in ("sigma", "volume", "spread")}
        market = cr.Market(bars=ct.pointer(view))
        market.sigma = known["sigma"].ctypes.data_as(p)
        market.volume_forecast = known["volume"].ctypes.data_as(p)
        market.spread = known["spread"].ctypes.data_as(p)
        score = np.array([w.get("score", math.nan) for w in case.wishes])
        scores = cr.Matrix(data=score.ctypes.data_as(p), rows=len(score),
                           cols=1, row_stride=1, col_stride=len(score))
        plan, instrument, options = self.prepare(case)
        result = ct.c_void_p()
        self.run(market, instrument, scores, plan, 1, options, None, None,
                 ct.byref(result))
        found = self.tables(self.run_records, result)
        curve = cr.Matrix()
        self.run_equity(result, curve)
        equity = [dict(equity=e) for e in curve.data[:curve.rows]]
        self.free_run(result)
        return (*found, equity)

    def wish(self, wish):
        struct = self.new("Wish", {k: v for k, v in wish.items()
                                   if k in WISH or k == "signals"})
        requests = [self.new("Request", r) for r in wish.get("requests", ())]
        if requests:
            array = (self.cr.Request * len(requests))(*requests)
            struct.requests = ct.addressof(array)
            struct.n_requests, struct.array = len(requests), array
        return struct

    def trader(self, case):
        """The same bar by bar: orders, trades and the ledger after each."""
        plan, instrument, options = self.prepare(case)
        trader, ledgers, ledger = ct.c_void_p(), [], self.cr.Ledger()
        self.create(plan, instrument, case.timeframe_ms, options,
                    ct.byref(trader))
        names = [name for name, _ in self.cr.Bar._fields_]
        for i, (row, outlook, wish) in enumerate(case.steps()):
            bar = self.cr.Bar(**dict(zip(names, (*row, *[math.nan] * 3))))
            if not set(outlook) - set(FORECASTS) and not set(wish) - {"score"}:
                self.push(trader, bar, *[outlook[k] for k in FORECASTS],
                          wish["score"])
            else:
                self.step(trader, bar, self.new("Outlook", {
                    OUTLOOK[k]: v for k, v in outlook.items()}),
                    self.wish(wish))
            if i == case.end:
                self.close(trader, case.purpose)
            self.ledger(trader, ledger)
            values = ledger.as_dict()
            values.update({"cost_" + k: v for k, v in
                           values.pop("costs").items()})
            ledgers.append(values)
        found = self.tables(self.records, trader)
        self.free_trader(trader)
        return (*found, ledgers)
