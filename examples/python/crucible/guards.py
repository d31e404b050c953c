# SPDX-License-Identifier: Apache-2.0
"""Does a NumPy function know the future, and how much history does it need?

    import crucible as cr
    print(cr.check_lookahead(lambda bars: my_signals(bars.close), bars))

What the tests do and cannot do is in docs/modules/guards.md.
"""
import ctypes as ct

import numpy as np

from .arrays import pointer
from .library import call, defaults_of, Error, p, void_p
from .market import Series, series_create
from .structures import (Bars, ColumnSource, LookaheadFinding,
                         LookaheadOptions, LookaheadResult, WarmupFinding,
                         WarmupOptions, WarmupResult, columns_cb, double_p)

_lookahead_options = defaults_of("crucible_lookahead_options_init",
                                 LookaheadOptions)
_warmup_options = defaults_of("crucible_warmup_options_init", WarmupOptions)
_lookahead = call("crucible_lookahead_check", p(ColumnSource), p(Bars),
                  p(LookaheadOptions), void_p, void_p, p(LookaheadResult),
                  p(LookaheadFinding))
_warmup = call("crucible_warmup_check", p(ColumnSource), p(Bars),
               p(WarmupOptions), void_p, void_p, p(WarmupResult),
               p(WarmupFinding), double_p)

TOO_SHORT = -4  # status of a call that needs more bars
NEVER = 2**(8 * ct.sizeof(ct.c_size_t)) - 1  # of WarmupFinding.bars


def _named(result, n):
    """Names of columns, and [n x columns] column-major floats or flags."""
    if hasattr(result, "items"):  # dict, pandas.DataFrame
        names = [str(name) for name, _ in result.items()]
        columns = [np.asarray(column) for _, column in result.items()]
    else:
        table = np.asarray(result)
        table = table[:, None] if table.ndim == 1 else table
        columns = list(table.T) if table.ndim == 2 else []
        names = [f"column {i}" for i in range(len(columns))]
    if not columns:
        raise ValueError("the function must return [bars], [bars x columns] or "
                         f"a dict of columns, not {type(result).__name__} of "
                         f"shape {np.shape(result)}")
    for name, column in zip(names, columns):
        if column.shape != (n,):
            raise ValueError(f"{name} has shape {column.shape} for {n} bars: "
                             "give one value per bar, NaN while warming up")
    is_flags = all(column.dtype == bool for column in columns)
    kind = np.uint8 if is_flags else np.float64
    return names, np.asfortranarray(np.column_stack(columns).astype(kind))


class _Source:
    """A Python function as the library calls it."""

    def __init__(self, function, series, least):
        self.function, self.least, self.error = function, least, None
        self.names, table = _named(function(series), len(series))
        self.kind = table.dtype
        self._callback = columns_cb(self._compute)  # as long as it is used
        self.source = ColumnSource(compute=self._callback,
                                   n_columns=len(self.names),
                                   kind=int(table.dtype == np.uint8))

    def _compute(self, bars, values, _):
        n = bars.contents.n
        if n < self.least:
            return TOO_SHORT
        try:
            handle = void_p()
            series_create(bars.contents, handle)  # a copy of its own
            names, table = _named(self.function(Series(handle)), n)
            if names != self.names or table.dtype != self.kind:
                raise ValueError(f"the function returned {names} of "
                                 f"{table.dtype} for {n} bars, {self.names} of "
                                 f"{self.kind} for all")
            ct.memmove(values, table.ctypes.data, table.nbytes)
            return 0
        except Error as error:
            if error.status == TOO_SHORT:
                return TOO_SHORT
            self.error = error
        except BaseException as error:  # comes out of the call below
            self.error = error
        return 1

    def run(self, check, *args):
        try:
            check(self.source, *args)
        except Error:
            if self.error is not None:
                raise self.error
            raise


def _time(ms):
    return str(np.datetime64(ms, "ms"))[:16].replace("T", " ")


class Lookahead:
    """What check_lookahead found; str() says it in words. result and findings
    (by the column's name) are the library's structures."""

    def __init__(self, names, result, findings):
        self.result = result
        self.is_found = bool(result.is_found)
        self.findings = dict(zip(names, findings))
        self._first = names[result.column]

    def __str__(self):
        r = self.result
        if not r.is_repeatable:
            return (f"not repeatable: asked again for the same bars, "
                    f"{self._first} is {r.first.without_future:.10g} where it "
                    f"was {r.first.with_future:.10g} (bar {r.first.bar})")
        cuts = f"{r.n_cuts} cuts" + (", all there are" if r.is_exhaustive else "")
        if not self.is_found:
            return f"no look-ahead: nothing changed at {cuts}"
        lines = [f"LOOK-AHEAD in {r.n_columns_changed} of {len(self.findings)} "
                 f"columns ({cuts}):"]
        for name, f in self.findings.items():
            if f.n_cuts_changed:
                needs = (f"; it needs {r.needs} bar{'s' * (r.needs > 1)} of the "
                         "future" if name == self._first else "")
                lines.append(
                    f"  {name}: bar {f.bar} ({_time(f.open_time_ms)}) is "
                    f"{f.with_future:.10g} with all bars, "
                    f"{f.without_future:.10g} with the first {f.cut}{needs}")
        return "\n".join(lines)


def check_lookahead(function, series, cuts=None, least=1, relative=1e-9,
                    **options):
    """Does what function(series) returns know the future? It returns one value
    per bar: [bars], [bars x columns], or a dict (DataFrame) of columns; floats
    or flags. It is called with the first m bars for many m, and never for fewer
    than least. cuts: m that must be tried; max_cuts=len(series) tries all;
    relative=0 asks for equal bits. Gives a Lookahead."""
    source = _Source(function, series, least)
    chosen = _sizes(cuts if cuts is not None else [])
    made = _lookahead_options(relative=relative, n_cuts=len(chosen),
                                 **options)
    made.cuts = chosen
    result = LookaheadResult()
    findings = (LookaheadFinding * len(source.names))()
    source.run(_lookahead, series.bars, made, None, None, result, findings)
    return Lookahead(source.names, result, findings)


def _sizes(numbers):
    return (ct.c_size_t * len(numbers))(*numbers)


class Warmup:
    """What check_warmup found. bars: by column, the history it needs (None:
    never enough); differences: [startups x columns]; str() is a table."""

    def __init__(self, names, startups, result, findings, differences):
        self.result, self.startups = result, startups
        self.findings = dict(zip(names, findings))
        self.bars = {name: None if f.bars == NEVER else f.bars
                     for name, f in self.findings.items()}
        self.differences = differences

    def __str__(self):
        width = max(map(len, self.findings))
        lines = ["largest relative difference after so many bars of history",
                 f"{'':{width}}  {'needs':>7}" +
                 "".join(f"{s:>9}" for s in self.startups)]
        for (name, bars), row in zip(self.bars.items(), self.differences.T):
            cells = ["" if np.isnan(x) else f"{x:.1e}" for x in row]
            lines.append(f"{name:{width}}  {'never' if bars is None else bars:>7}"
                         + "".join(f"{cell:>9}" for cell in cells))
        return "\n".join(lines)


def check_warmup(function, series, startups=None, least=1, **options):
    """How many bars of history does what function(series) returns need? It is
    called as by check_lookahead, with bars that begin later. Gives a Warmup."""
    source = _Source(function, series, least)
    made = _warmup_options(**options)
    if startups is not None:
        made.startups, made.n_startups = _sizes(startups), len(startups)
    startups = made.startups[:made.n_startups]
    result = WarmupResult()
    findings = (WarmupFinding * len(source.names))()
    apart = np.empty((made.n_startups, len(source.names)), order="F")
    source.run(_warmup, series.bars, made, None, None, result, findings,
               pointer(apart))
    return Warmup(source.names, startups, result, findings, apart)
