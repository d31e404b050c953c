# SPDX-License-Identifier: Apache-2.0
"""Tables of a run: views of their columns, files, Arrow."""
import ctypes as ct
import os

from .arrays import lend
from .library import call, p, text, void_p
from .structures import Drawdowns, Orders, Positions, Trades

TABLES = {"orders": 1, "trades": 2, "positions": 3, "drawdowns": 4,
          "summaries": 5}
FORMATS = {".csv": 1, ".json": 2}

_records = call("crucible_backtest_records", void_p, p(Orders), p(Trades))
_positions = call("crucible_backtest_positions", void_p, p(Positions))
_drawdowns = call("crucible_backtest_drawdowns", void_p, p(Drawdowns))
_write = call("crucible_backtest_write", void_p, ct.c_int32, ct.c_int32, text)
_export_arrow = call("crucible_backtest_export_arrow", void_p, ct.c_int32,
                     void_p, void_p)


def _columns(owner, table):
    return {name: lend(owner, getattr(table, name), (table.n,))
            for name, *_ in table._fields_[2:]}


def _number(table):
    if table not in TABLES:
        raise ValueError(f"no table {table!r}: give one of {', '.join(TABLES)}")
    return TABLES[table]


# What a run has only if its options say so, and the option.
KEPT = {"orders": "keep_records", "trades": "keep_records",
        "positions": "keep_positions", "drawdowns": "keep_drawdowns",
        "equity": "keep_equity"}


class Tables:
    """What the options keep: orders, trades, positions, drawdowns, each a dict
    of columns by name."""

    def __init__(self, owner, options):
        self._owner = owner
        handle = owner.handle
        if options.keep_records:
            orders, trades = Orders(), Trades()
            _records(handle, orders, trades)
            self.orders = _columns(owner, orders)
            self.trades = _columns(owner, trades)
        if options.keep_positions:
            positions = Positions()
            _positions(handle, positions)
            self.positions = _columns(owner, positions)
        if options.keep_drawdowns:
            drawdowns = Drawdowns()
            _drawdowns(handle, drawdowns)
            self.drawdowns = _columns(owner, drawdowns)

    def __getattr__(self, name):
        if name in KEPT:
            raise AttributeError(f"this run has no {name}: ask for it with "
                                 f"options=backtest_options({KEPT[name]}=1)")
        raise AttributeError(
            f"{type(self).__name__} has no attribute {name!r}")

    def write(self, table, path):
        """Writes a table, one of TABLES, to a .csv or .json file, whole or not
        at all."""
        suffix = os.path.splitext(os.fspath(path))[1]
        if suffix not in FORMATS:
            raise ValueError(f"{path}: the name must end in .csv or .json")
        _write(self._owner.handle, _number(table), FORMATS[suffix],
               os.fsencode(path))

    def arrow(self, table):
        """A table as a pyarrow.RecordBatch, which shares the run's memory and
        keeps it alive."""
        import pyarrow
        schema, array = (ct.c_int64 * 9)(), (ct.c_int64 * 10)()
        _export_arrow(self._owner.handle, _number(table), schema, array)
        return pyarrow.RecordBatch._import_from_c(ct.addressof(array),
                                                  ct.addressof(schema))
