# SPDX-License-Identifier: Apache-2.0
"""Cases through crucible_simulate(): columns, groups, runs in several pieces."""
import ctypes as ct
import math

import numpy as np

Z, P, D = ct.c_size_t, ct.c_void_p, ct.c_double
FLAG_NAMES = "enter_long", "exit_long", "enter_short", "exit_short"
OF_DECISION = dict(size="size", limit="limit", trigger="trigger", stop="stop",
                   take="take", trail="trail", scores="score",
                   targets="target")
OF_FILL = dict(price="price", taker_fee="taker_fee", maker_fee="maker_fee",
               slippage="slippage")


class Simulator:
    def __init__(self, library):
        self.library, self.cr, self.lib = library, library.cr, library.lib
        out, s = ct.POINTER(P), ct.POINTER(self.cr.Simulation)
        self.run = self.cr.call("crucible_simulate", s, P, P, out)
        self.go_on = self.cr.call("crucible_simulate_next", s, P, P, P, out)

    def keep(self, thing):
        self.kept.append(thing)
        return thing

    def pointer(self, values, kind=np.float64):
        return self.keep(np.ascontiguousarray(values, dtype=kind)).ctypes.data

    def matrix(self, columns):
        """[bars x columns] from lists; one that says nothing is not given."""
        table = np.array(columns, dtype=np.float64).T
        if np.isnan(table).all():
            return self.cr.Matrix()
        table = self.keep(np.asfortranarray(table))
        return self.cr.Matrix(
            data=table.ctypes.data_as(ct.POINTER(D)), rows=table.shape[0],
            cols=table.shape[1], row_stride=1, col_stride=table.shape[0])

    def market(self, case, a, b):
        """Bars a to b of a case, with what was known at each close."""
        cr, bars = self.cr, case.bars
        known = {k: [o.get(k, math.nan) for o in case.outlooks] for k in
                 ("sigma", "volume", "spread", "funding")}
        view = self.bars_of({k: v[a:b] for k, v in bars.items()},
                            case.timeframe_ms)
        market = cr.Market(bars=ct.pointer(view))
        p = ct.POINTER(D)
        for field, name in ("sigma", "sigma"), ("volume_forecast", "volume"), \
                ("spread", "spread"):
            setattr(market, field, ct.cast(self.pointer(known[name][a:b]), p))
        if case.instrument["market_type"] == 2 and hasattr(market, "funding"):
            rates = ([math.nan] + known["funding"])[a:b]  # at its open
            if case.funding:
                market.funding = ct.cast(self.pointer(rates), p)
        if case.fine is not None:
            rows = [r for bar in case.fine for r in bar]
            names = "time open high low close volume".split()
            fine = self.bars_of(dict(zip(names, map(np.array, zip(*rows)))),
                                case.fine_ms)
            market.fine = ct.pointer(fine)
        return market

    def bars_of(self, bars, timeframe_ms):
        view = self.keep(self.cr.Bars(n=len(bars["time"]),
                                      timeframe_ms=timeframe_ms))
        p = ct.POINTER(D)
        view.open_time_ms = ct.cast(self.pointer(bars["time"], np.int64),
                                    ct.POINTER(ct.c_int64))
        for name in "open", "high", "low", "close", "volume":
            setattr(view, name, ct.cast(self.pointer(bars[name]), p))
        return view

    def build(self, members, a, b, grouped):
        """A simulation of bars a to b, one column a member."""
        prepared = [self.library.prepare(c) for c in members]
        self.kept = [prepared]
        n = len(members)
        s = self.cr.Simulation()
        self.lib.crucible_simulation_init(ct.byref(s), Z(ct.sizeof(s)))
        s.markets = self.keep(
            (self.cr.Market * n)(*[self.market(c, a, b) for c in members]))
        s.instruments = self.keep(
            (self.cr.Instrument * n)(*[p[1] for p in prepared]))
        s.plans = self.keep((self.cr.Plan * n)(*[p[0] for p in prepared]))
        s.n_markets = s.n_columns = s.n_plans = n
        s.options = ct.pointer(prepared[0][2])
        if grouped:
            s.group_of = ct.cast(self.pointer([0] * n, np.uint32),
                                 ct.POINTER(ct.c_uint32))
        decides = members[0].plan.get("decides", 0)
        wishes = [c.wishes[a:b] for c in members]
        for field, name in OF_DECISION.items():
            if field in ("scores", "targets") and \
                    decides != dict(scores=0, targets=2)[field]:
                continue
            setattr(s, field, self.matrix(
                [[w.get(name, math.nan) for w in c] for c in wishes]))
        for field, name in OF_FILL.items():
            setattr(s, field, self.matrix(
                [([math.nan] + [o.get(name, math.nan) for o in c.outlooks])
                 [a:b] for c in members]))
        if decides == 1:
            shorts = any(c.plan["side"] == 2 for c in members)
            self.set_flags(s, wishes, FLAG_NAMES if shorts else FLAG_NAMES[:2])
        if decides == 3:
            self.set_requests(s, wishes)
        return s

    def set_flags(self, s, wishes, names):
        for bit, name in enumerate(names):
            table = np.array([[w.get("signals", 0) >> bit & 1 for w in c]
                              for c in wishes], dtype=np.uint8).T
            table = self.keep(np.asfortranarray(table))
            setattr(s, name, self.cr.Flags(
                data=table.ctypes.data, rows=table.shape[0],
                cols=table.shape[1], row_stride=1,
                col_stride=table.shape[0]))

    def set_requests(self, s, wishes):
        requests = [self.library.new("Request", dict(r, bar=i, column=column))
                    for column, c in enumerate(wishes)
                    for i, w in enumerate(c) for r in w.get("requests", ())]
        if requests:
            array = self.keep((self.cr.Request * len(requests))(*requests))
            s.requests, s.n_requests = array, len(requests)

    def play(self, members, grouped=False, cuts=()):
        """(orders, trades, equity) of all columns, of a run in the pieces
        between the cuts."""
        n = len(members[0].outlooks)
        ends = [0, *sorted(set(cuts)), n]
        orders, trades, equity, before = [], [], [], None
        for a, b in zip(ends, ends[1:]):
            s = self.build(members, a, b, grouped)
            result = P()
            if before is None:
                self.run(s, None, None, ct.byref(result))
            else:
                self.go_on(s, before, None, None, ct.byref(result))
                self.library.free_run(before)
            found = self.library.tables(self.library.run_records, result)
            orders += found[0]
            trades += found[1]
            curve = self.cr.Matrix()
            self.library.run_equity(result, curve)
            equity += [[curve.data[r * curve.row_stride + c * curve.col_stride]
                        for c in range(len(members))]
                       for r in range(b - a)]
            before = result
        self.library.free_run(before)
        return orders, trades, equity


