# SPDX-License-Identifier: Apache-2.0
"""Tables of a run as CSV, JSON and Arrow, read by Python's csv and json and by
the Arrow C Data Interface's specification, against the columns that C lends."""
import csv
import ctypes as ct
import datetime
import json
import os
import pathlib
import re
import struct
import tempfile
import unittest

import numpy as np

import crucible as cr
from crucible import library, records, structures

SOURCE = pathlib.Path(os.environ["CRUCIBLE_SOURCE_DIR"])
DATA = SOURCE / "examples/data"
RECORDS = ("orders", "trades", "positions", "drawdowns")
ORDERS_WRITE = library.call("crucible_orders_write",
                            ct.POINTER(structures.Orders), ct.c_int32,
                            ct.c_char_p)


def constants(prefix):
    """The words of a kind of values, from the names of the constants."""
    text = "".join((SOURCE / "include/crucible" / name).read_text("ascii")
                   for name in ("records.h", "backtest.h", "portfolio.h"))
    found = re.findall(rf"CRUCIBLE_{prefix}_(\w+)\s*=\s*(\d+)", text)
    return {int(value): name.lower() for name, value in found}


KINDS = constants("KIND")
del KINDS[max(KINDS)]  # a cancellation is no order
SIDES = {-1: "short", 1: "long"}
FLAGS = {0: "false", 1: "true"}
WORDS = {"side": SIDES, "purpose": constants("PURPOSE"),
         "exit": constants("PURPOSE"), "entry": KINDS,
         "status": constants("ORDER"), "reason": constants("REASON"),
         "liquidity": constants("LIQUIDITY"), "is_last": FLAGS,
         "is_open": FLAGS, "ledger.is_stopped": FLAGS}


def words_of(table, name):
    if (table, name) == ("orders", "side"):
        return {-1: "sell", 1: "buy"}
    return WORDS.get(name)


def utc(ms):
    """ISO 8601, milliseconds only if there are any."""
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    kind = "milliseconds" if ms % 1000 else "seconds"
    return at.isoformat(timespec=kind) + "Z"


def figures(summary, path=""):
    """Every figure of a summary by its path."""
    for name, kind in summary._fields_:
        value = getattr(summary, name)
        if isinstance(value, ct.Structure):
            yield from figures(value, f"{path}{name}.")
        elif name not in ("struct_size", "reserved"):
            yield path + name, kind, value


def integer(digits):
    return -0.0 if digits == "-0" else int(digits)


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def read(path):
    """Rows as dicts of texts, or of JSON values; the names in their order."""
    if path.suffix == ".csv":
        with open(path, newline="", encoding="ascii") as file:
            rows = list(csv.reader(file, strict=True))
        assert all(len(row) == len(rows[0]) for row in rows)
        return rows[0], [dict(zip(rows[0], row)) for row in rows[1:]]
    rows = json.loads(path.read_text("ascii"), parse_int=integer,
                      parse_constant=no_constant)
    return list(rows[0]) if rows else None, rows


class ArrowSchema(ct.Structure):
    pass


class ArrowArray(ct.Structure):
    pass


# The interface's specification, version 1.
ArrowSchema._fields_ = [
    ("format", ct.c_char_p), ("name", ct.c_char_p), ("metadata", ct.c_void_p),
    ("flags", ct.c_int64), ("n_children", ct.c_int64),
    ("children", ct.POINTER(ct.POINTER(ArrowSchema))),
    ("dictionary", ct.c_void_p),
    ("release", ct.CFUNCTYPE(None, ct.POINTER(ArrowSchema))),
    ("private_data", ct.c_void_p)]
ArrowArray._fields_ = [
    (name, ct.c_int64) for name in ("length", "null_count", "offset",
                                    "n_buffers", "n_children")] + [
    ("buffers", ct.POINTER(ct.c_void_p)),
    ("children", ct.POINTER(ct.POINTER(ArrowArray))),
    ("dictionary", ct.c_void_p),
    ("release", ct.CFUNCTYPE(None, ct.POINTER(ArrowArray))),
    ("private_data", ct.c_void_p)]
FORMATS = {b"g": np.float64, b"tsm:UTC": np.int64, b"I": np.uint32,
           b"L": np.uint64, b"i": np.int32, b"c": np.int8}


def metadata_of(address):
    """Pairs of a field: numbers of 32 bits before each text."""
    def number():
        nonlocal address
        value = struct.unpack("=i", ct.string_at(address, 4))[0]
        address += 4
        return value

    def string():
        nonlocal address
        length = number()
        address += length
        return ct.string_at(address - length, length).decode()

    return {string(): string() for _ in range(number())}


def columns_of(schema, array):
    """Name, values, words (or None) of every column; copies."""
    for i in range(schema.n_children):
        field = schema.children[i].contents
        column = array.children[i].contents
        kind = np.dtype(FORMATS[field.format])
        assert (column.length, column.offset) == (array.length, 0)
        assert (column.n_buffers, column.buffers[0]) == (2, None)
        assert (column.null_count, field.flags) == (0, 0)
        values = np.frombuffer(ct.string_at(
            column.buffers[1], column.length * kind.itemsize), kind)
        words = None
        if field.metadata:
            pairs = metadata_of(field.metadata)
            assert list(pairs) == ["crucible.words"]
            words = dict(pair.split("=") for pair in
                         pairs["crucible.words"].split(","))
        yield field.name.decode(), values, words


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bars = cr.read_csv(sorted(DATA.glob("BTCUSDT-5m-*.csv"))[0])
        btc = cr.instrument(DATA / "instruments.json", "BTCUSDT")
        moves = np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))
        cls.run_ = cr.backtest(
            bars, btc, np.column_stack([moves, -moves, np.full(len(bars),
                                                               np.nan)]),
            options=cr.backtest_options(initial_cash=10000, keep_positions=1,
                                        keep_drawdowns=1))
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def tables(self):
        """Every table as columns by name, each with its kind of number."""
        for table in RECORDS:
            yield table, getattr(self.run_, table)
        rows = [list(figures(self.run_.summary(c))) for c in range(3)]
        yield "summaries", {
            name: np.array([row[k][2] for row in rows], np.dtype(kind))
            for k, (name, kind, _) in enumerate(rows[0])}

    def check_value(self, path, name, words, value, row):
        """One value as it stands in a row of a file."""
        is_text = path.suffix == ".csv"
        found = row[name]
        if words is not None:
            word = words.get(int(value), str(int(value)))
            if not is_text and word in ("true", "false"):
                word = word == "true"
            elif not is_text and int(value) not in words:
                word = int(value)
            self.assertEqual((type(found), found), (type(word), word), name)
        elif name.endswith("_ms"):
            self.assertEqual(int(found), value, name)
            self.assertEqual(row[name[:-3] + "_time"], utc(int(value)))
        elif np.isnan(value):
            self.assertEqual(found, "" if is_text else None, name)
        elif np.isinf(value):
            self.assertEqual(float(found) if is_text else found,
                             value if is_text else None, name)
        else:
            self.assertEqual(struct.pack("=d", float(found)),
                             struct.pack("=d", float(value)), name)

    def check_file(self, path, table, columns):
        names, rows = read(path)
        expected = []
        for name in columns:
            expected += [name[:-3] + "_time"] if name.endswith("_ms") else []
            expected.append(name)
        if table == "summaries":  # whose structs are nested: in any order
            names, expected = sorted(names), sorted(expected)
        self.assertEqual(names, expected)
        self.assertEqual({len(c) for c in columns.values()}, {len(rows)})
        for name, column in columns.items():
            words = words_of(table, name)
            for i, value in enumerate(column):
                self.check_value(path, name, words, value, rows[i])

    def test_files_hold_every_value_of_every_table(self):
        for table, columns in self.tables():
            self.assertGreater(len(next(iter(columns.values()))), 2)
            for suffix in ".csv", ".json":
                with self.subTest(table=table, suffix=suffix):
                    path = self.folder / (table + suffix)
                    self.run_.write(table, path)
                    self.check_file(path, table, columns)

    def test_arrow_has_every_value_under_its_type_and_words(self):
        for table, columns in self.tables():
            schema, array = ArrowSchema(), ArrowArray()
            records._export_arrow(self.run_._owner.handle,
                                  records.TABLES[table], ct.byref(schema),
                                  ct.byref(array))
            self.assertEqual((schema.format, schema.name.decode()),
                             (b"+s", table))
            found = list(columns_of(schema, array))
            order = sorted if table == "summaries" else list
            self.assertEqual(order(name for name, *_ in found),
                             order(columns))
            for name, values, words in found:
                with self.subTest(table=table, column=name):
                    self.assertEqual(values.dtype, columns[name].dtype)
                    self.assertEqual(values.tobytes(),
                                     columns[name].tobytes())
                    named = words_of(table, name)
                    self.assertEqual(words, named and {
                        str(value): word for value, word in named.items()})
            schema.release(ct.byref(schema))
            array.release(ct.byref(array))
            self.assertFalse(schema.release or array.release)

    def orders_of(self, columns):
        """A view of columns of one length; what is not given is NULL."""
        orders = structures.Orders(n=len(next(iter(columns.values()))))
        for name, values in columns.items():
            kind = dict(orders._fields_)[name]
            setattr(orders, name, values.ctypes.data_as(kind))
        return orders

    def check_orders(self, columns):
        for suffix, number in records.FORMATS.items():
            path = self.folder / ("made" + suffix)
            ORDERS_WRITE(self.orders_of(columns), number, os.fsencode(path))
            self.check_file(path, "orders", columns)

    def test_values_without_a_word_are_numbers(self):
        values = np.arange(-128, 128).astype(np.int8)
        self.check_orders({name: values for name in (
            "side", "purpose", "entry", "status", "reason", "liquidity")})

    def test_extreme_numbers_come_back(self):
        doubles = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324,
                            np.finfo(float).max, 1 / 3, -1e-7, 2.0**53 + 2])
        times = np.array([0, -1, 1, 999, 1000, -62135596800000,
                          253402300799999, 951782400000, 1e12, -1001],
                         np.int64)
        numbers = np.array([0, 1, 2**31 - 1, 2**31, 2**32 - 1] * 2, np.uint32)
        self.check_orders({"column": numbers, "placed_ms": times,
                           "quantity": doubles, "id": numbers})

    def test_a_struct_without_its_number_of_rows_is_refused(self):
        for size in 0, 8, 15:
            orders = self.orders_of({"quantity": np.ones(1)})
            orders.struct_size = size
            path = self.folder / "none.csv"
            with self.assertRaisesRegex(cr.Error, f"struct_size is {size}"):
                ORDERS_WRITE(orders, 1, os.fsencode(path))
            self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
