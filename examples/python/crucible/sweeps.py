# SPDX-License-Identifier: Apache-2.0
"""Grids of rule strategies, from indicators to signals without matrices.

    fast, slow = cr.grid([5, 10, 15], [40, 60], below=[(0, 1)])
    a, b = cr.feature("SMA", fast), cr.feature("SMA", slow)
    sweep = cr.Sweep(bars, enter_long=a.crosses_above(b) & (cr.bar("volume") > 0),
                     exit_long=a.crosses_below(b))
    run = cr.simulate(market, btc, cr.plan(decides=cr.DECIDE_SIGNALS),
                      source=sweep)
"""
import ctypes as ct

import numpy as np

from .arrays import Owned, pointer
from .library import call, defaults_of, destructor, lib, out_p, p, size, void_p
from .market import pool_of
from .structures import (Bars, GridAxis, GridOrder, Operand, Rule, RuleProgram,
                         SignalSource, SweepInfo, SweepSpec, double_p,
                         uint32_p, uint64_p)

_spec = defaults_of("crucible_sweep_spec_init", SweepSpec)
_create = call("crucible_sweep_create", p(p(Bars)), size, p(SweepSpec), void_p,
               out_p)
_describe = call("crucible_sweep_describe", void_p, p(SweepInfo))
_flags = call("crucible_sweep_flags", void_p, size, size, *4 * [uint64_p])
_source = call("crucible_sweep_source", void_p, size, p(SignalSource))
_grid = call("crucible_sweep_grid", p(GridAxis), size, p(GridOrder), size, size,
             double_p, p(size))
_free = destructor("crucible_sweep_destroy")

FEATURE, BAR, NUMBER = 1, 2, 3
ABOVE, BELOW, AT_LEAST, AT_MOST, CROSSES_ABOVE, CROSSES_BELOW = range(1, 7)
AND, OR, NOT = -1, -2, -3
BAR_COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume",
               "trades", "taker_buy_base")


class Rules:
    """Comparisons joined by &, | and ~."""

    def __init__(self, steps):
        self.steps = steps  # of comparisons and AND, OR, NOT

    def __and__(self, other):
        return Rules(self.steps + other.steps + (AND,))

    def __or__(self, other):
        return Rules(self.steps + other.steps + (OR,))

    def __invert__(self):
        return Rules(self.steps + (NOT,))

    def __bool__(self):
        raise TypeError("join rules with &, | and ~, each in parentheses")


class Side:
    """One side of a comparison; parameters may be arrays, one per column."""

    def __init__(self, kind, params=(), feature=None, bar=0):
        self.kind, self.feature, self.bar = kind, feature, bar
        self.params = [np.asarray(value, dtype=np.float64, order="C")
                       for value in params]

    def _against(self, comparison, other):
        if not isinstance(other, Side):
            other = Side(NUMBER, (other,))
        return Rules(((self, comparison, other),))

    def __gt__(self, other):
        return self._against(ABOVE, other)

    def __lt__(self, other):
        return self._against(BELOW, other)

    def __ge__(self, other):
        return self._against(AT_LEAST, other)

    def __le__(self, other):
        return self._against(AT_MOST, other)

    def crosses_above(self, other):
        return self._against(CROSSES_ABOVE, other)

    def crosses_below(self, other):
        return self._against(CROSSES_BELOW, other)

    def columns(self):
        return [len(value) for value in self.params if value.ndim]

    def operand(self):
        made = Operand(kind=self.kind, bar=self.bar)
        made.feature = self.feature.encode() if self.feature else None
        made.value[:] = 4 * [np.nan]
        for i, value in enumerate(self.params):
            if value.ndim:
                made.values[i] = pointer(value)
            else:
                made.value[i] = float(value)
        return made


def feature(name, *params):
    """A feature of the registry; each parameter a number or one per column."""
    if len(params) > 4:
        raise ValueError(f"{name} is given {len(params)} parameters: no feature "
                         "has more than 4")
    return Side(FEATURE, params, feature=name)


def bar(column):
    """A column of the bars, such as "close"."""
    if column not in BAR_COLUMNS:
        raise ValueError(f"bars have no column {column!r}: give one of "
                         f"{', '.join(BAR_COLUMNS)}")
    return Side(BAR, bar=1 + BAR_COLUMNS.index(column))


def grid(*axes, below=()):
    """Every combination of the axes' values, one array per axis, the last axis
    running fastest; below: pairs of axes, the first to be less."""
    kept = [np.ascontiguousarray(values, dtype=np.float64) for values in axes]
    given = (GridAxis * len(kept))(*[GridAxis(values=pointer(values),
                                              n=len(values)) for values in kept])
    orders = (GridOrder * len(below))(*[
        GridOrder(less=less, greater=greater) for less, greater in below])
    n = size()
    _grid(given, len(kept), orders, len(below), 0, None, n)
    points = np.empty((len(kept), n.value))
    _grid(given, len(kept), orders, len(below), n.value, pointer(points), n)
    return points


class Sweep:
    """Strategies over one series or several of the same times: source= of
    simulate(), or flags() as arrays."""

    def __init__(self, series, enter_long=None, exit_long=None,
                 enter_short=None, exit_short=None, n_columns=None,
                 series_of=None, pool=None):
        series = list(series) if isinstance(series, (list, tuple)) else [series]
        rules, programs = [], []
        for joined in (enter_long, exit_long, enter_short, exit_short):
            programs.append(self._program(joined, rules))
        sides = [side for left, _, right in rules for side in (left, right)]
        widths = {n for side in sides for n in side.columns()}
        if n_columns is None:
            n_columns = max(widths, default=len(series))
        if widths - {n_columns}:
            raise ValueError(f"parameters are given for {sorted(widths)} columns, "
                             f"wanted are {n_columns}")
        made = (Rule * len(rules))(*[
            Rule(left=left.operand(), comparison=comparison,
                 right=right.operand()) for left, comparison, right in rules])
        spec = _spec(n_columns=n_columns, rules=made, n_rules=len(rules),
                     enter_long=programs[0], exit_long=programs[1],
                     enter_short=programs[2], exit_short=programs[3])
        if series_of is not None:
            series_of = np.ascontiguousarray(series_of, dtype=np.uint32)
            if len(series_of) != n_columns:
                raise ValueError(f"series_of has {len(series_of)} entries for "
                                 f"{n_columns} columns")
            spec.series_of = series_of.ctypes.data_as(uint32_p)
        bars = (p(Bars) * len(series))(*[ct.pointer(s.bars) for s in series])
        handle = void_p()
        _create(bars, len(series), spec, pool_of(pool), handle)
        self._owner, self._kept = Owned(handle, _free), (series, pool)
        self.info = SweepInfo()
        _describe(handle, self.info)

    @staticmethod
    def _program(joined, rules):
        """Postfix steps; a comparison met before keeps its number."""
        steps = []
        for step in joined.steps if joined is not None else ():
            if isinstance(step, tuple):
                if step not in rules:
                    rules.append(step)
                step = rules.index(step)
            steps.append(step)
        array = (ct.c_int32 * len(steps))(*steps)
        return RuleProgram(steps=array, n=len(steps))

    def __len__(self):
        return self.info.n_columns

    def source(self, first_bar=0):
        """For a simulation whose bar 0 is bar first_bar, a multiple of 64."""
        made = SignalSource()
        _source(self._owner.handle, first_bar, made)
        made.kept = self
        return made

    def flags(self, first_column=0, n_columns=None):
        """Four arrays of bool, [bars x columns]: enter long, exit long, enter
        short, exit short."""
        n = len(self) - first_column if n_columns is None else n_columns
        words = np.empty((4, n, self.info.n_words), dtype=np.uint64)
        _flags(self._owner.handle, first_column, n,
               *[part.ctypes.data_as(uint64_p) for part in words])
        bits = np.unpackbits(words.view(np.uint8), axis=2, bitorder="little")
        return tuple(part[:, :self.info.n_bars].astype(bool).T for part in bits)
