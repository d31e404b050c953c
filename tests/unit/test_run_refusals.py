#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""crucible-run: bad input gives one message with place and remedy, the right
exit code, and leaves nothing half-written."""
import ctypes
import gzip
import json
import os
import shutil
import sqlite3
import stat
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from run_program import (BTC, DATA, INSTRUMENTS, QUICK,  # noqa: E402
                         RunCase, recorded_lines, run, small_files)


class Bars(RunCase):
    def refuse_bars(self, content, *wanted, words=()):
        """Both commands that read bars; neither leaves a file."""
        path = self.write("BTCUSDT-bad.csv", content)
        common = ["--replay", path, "--instruments", INSTRUMENTS, *words]
        self.refuse(3, ["BTCUSDT-bad.csv", *wanted], "tournament", *common,
                    "--db", self.path("x.db"), "--report",
                    self.path("x.html"), *QUICK)
        self.refuse(3, ["BTCUSDT-bad.csv", *wanted], "backtest", *common,
                    "--enter", "RSI(14) < 30", "--trades", self.path("t.csv"))
        self.assertEqual(os.listdir(self.folder), ["BTCUSDT-bad.csv"])

    def changed(self, line, column, value):
        """The recorded file with one field replaced; line counts from 1."""
        lines = recorded_lines()
        fields = lines[line - 1].split(",")
        fields[column] = value
        lines[line - 1] = ",".join(fields)
        return "\n".join(lines) + "\n"

    def test_a_price_that_is_no_number_is_refused_with_line_and_column(self):
        self.refuse_bars(self.changed(100, 4, "nan"), ":100:")
        self.refuse_bars(self.changed(7, 5, ""), ":7:")

    def test_a_duplicate_time_is_refused_with_its_line(self):
        lines = recorded_lines()
        lines.insert(50, lines[49])
        self.refuse_bars("\n".join(lines) + "\n", ":51:")

    def test_a_descending_time_is_refused_with_its_line(self):
        lines = recorded_lines()
        lines[60], lines[61] = lines[61], lines[60]
        self.refuse_bars("\n".join(lines) + "\n", ":62:")

    def test_a_high_below_the_low_is_refused_with_its_line(self):
        self.refuse_bars(self.changed(200, 2, "1.0"), ":200:")

    def test_a_negative_volume_is_refused_with_its_line(self):
        self.refuse_bars(self.changed(201, 5, "-1"), ":201:")

    def test_a_gzip_that_is_cut_off_is_refused(self):
        packed = gzip.compress("\n".join(recorded_lines()).encode() + b"\n")
        self.refuse_bars(packed[:len(packed) // 2])

    def test_an_empty_file_is_refused(self):
        self.refuse_bars("")
        self.refuse_bars(recorded_lines()[0] + "\n")

    def test_a_gap_is_refused_on_request(self):
        with open(BTC, encoding="ascii") as file:
            whole = file.read()
        self.refuse_bars(whole, "2023-03-24", words=["--gaps", "refuse"])

    def test_a_file_that_is_not_there_is_refused(self):
        self.refuse(3, ["none.csv"], "tournament", "--replay",
                    self.path("none.csv"), "--db", self.path("x.db"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_other_columns_are_read_by_name_and_a_missing_one_is_named(self):
        lines = recorded_lines()[1:]
        text = "moment;first;top;bottom;final;amount\n" + "".join(
            ";".join(line.split(",")[:6]) + "\n" for line in lines)
        path = self.write("BTCUSDT-other.csv", text)
        columns = ("open_time=moment,open=first,high=top,low=bottom,"
                   "close=final,volume=amount")
        words = ["--instruments", INSTRUMENTS, "--set", "volatility.first=300",
                 "--enter", "RSI(14) < 30"]
        self.succeed("backtest", "--replay", path, "--columns", columns,
                     *words)
        self.refuse(2, ["amuont"], "backtest", "--replay", path, "--columns",
                    columns.replace("amount", "amuont"), *words)

    def test_files_that_overlap_or_of_two_symbols_are_refused(self):
        self.refuse(3, ["joining"], "tournament", "--replay", BTC, BTC, "--db",
                    self.path("x.db"))
        other = os.path.join(DATA, "ETHUSDT-5m-2023-03-20_2023-03-28.csv")
        self.refuse(3, ["joining", "symbol"], "tournament", "--replay", BTC,
                    other, "--db", self.path("x.db"))

    def test_part_of_the_bars_is_cut_by_time_and_an_empty_part_refused(self):
        words = ["--enter", "RSI(14) < 30", "--set", "volatility.first=100"]
        result = json.loads(self.succeed(
            "backtest", "--replay", BTC, *words, "--from", "2023-03-21",
            "--until", "2023-03-22T12:00", "--json"))
        self.assertEqual(result["bars"], 36 * 12)
        self.refuse(2, ["--from", "2023-13-01"], "backtest", "--replay", BTC,
                    *words, "--from", "2023-13-01")
        self.refuse(2, ["--from"], "backtest", "--replay", BTC, *words,
                    "--from", "2023-03-22", "--until", "2023-03-21")
        self.refuse(3, [], "backtest", "--replay", BTC, *words, "--from",
                    "2024-03-22")

    def test_too_few_bars_are_refused_and_leave_no_database(self):
        short = self.write("BTCUSDT-short.csv",
                           "\n".join(recorded_lines()[:200]) + "\n")
        self.refuse(3, ["bars"], "tournament", "--replay", short,
                    "--instruments", INSTRUMENTS, "--db", self.path("x.db"))
        self.refuse(3, ["train_bars"], "tournament", "--replay", BTC, "--db",
                    self.path("x.db"), "--set", "tournament.train_bars=2576")
        self.assertEqual(os.listdir(self.folder), ["BTCUSDT-short.csv"])


class Instruments(RunCase):
    def refuse_profile(self, change, *wanted):
        with open(INSTRUMENTS, encoding="utf-8") as file:
            content = json.load(file)
        change(content["instruments"][0])
        path = self.write("i.json", json.dumps(content))
        self.refuse(3, ["i.json", *wanted], "tournament", "--replay", BTC,
                    "--instruments", path, "--db", self.path("x.db"))
        self.assertEqual(os.listdir(self.folder), ["i.json"])

    def test_an_instrument_without_a_fee_is_refused(self):
        self.refuse_profile(lambda i: i.pop("taker_fee"), "taker_fee")
        self.refuse_profile(lambda i: i.pop("maker_fee"), "maker_fee")

    def test_an_instrument_without_lot_or_tick_is_refused(self):
        self.refuse_profile(lambda i: i.pop("lot_step"), "lot_step")
        self.refuse_profile(lambda i: i.update(price_tick=0), "price_tick")

    def test_an_unknown_symbol_or_a_missing_file_is_refused(self):
        self.refuse(3, ["XRPUSDT", "BTCUSDT"], "tournament", "--replay", BTC,
                    "--symbol", "XRPUSDT", "--db", self.path("x.db"))
        copy = self.path("BTCUSDT-5m.csv")
        shutil.copy(BTC, copy)
        self.refuse(3, ["instruments.json", "--instruments"], "tournament",
                    "--replay", copy, "--db", self.path("x.db"))


def without_override():
    """Root obeys permissions too: CAP_DAC_OVERRIDE leaves the bounding set."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


class Databases(RunCase):
    def test_a_file_of_something_else_is_refused_and_stays(self):
        text = self.write("text.db", "something of mine")
        foreign = self.path("foreign.db")
        with sqlite3.connect(foreign) as database:
            database.execute("CREATE TABLE mine (a INTEGER)")
        database.close()
        for path, name in ((text, "text.db"), (foreign, "foreign.db")):
            with open(path, "rb") as file:
                before = file.read()
            self.refuse(1, [name, "give the file of a tournament"],
                        "tournament", "--replay", BTC, "--db", path, *QUICK)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), before, name)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["foreign.db", "text.db"])

    def test_a_file_that_was_only_created_is_completed(self):
        self.write("x.db", "")
        self.assertEqual(self.succeed("digest", "--db",
                                      self.tournament("x.db")),
                         self.succeed("digest", "--db", self.tournament()))

    def test_a_file_that_is_no_database_is_refused(self):
        text = self.write("x.db", "x" * 5000)
        for command in ("report", "digest"):
            self.refuse(1, ["x.db"], command, "--db", text)
            self.refuse(1, ["none.db"], command, "--db",
                        self.path("none.db"))
        foreign = self.path("f.db")
        with sqlite3.connect(foreign) as database:
            database.execute("CREATE TABLE tournament (id INTEGER)")
        database.close()
        self.refuse(1, ["f.db"], "report", "--db", foreign)

    def test_a_database_of_a_newer_schema_is_refused(self):
        db = self.tournament()
        database = sqlite3.connect(db)
        database.execute("UPDATE schema_versions SET version = version + 1")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        for command in ("report", "digest"):
            self.refuse(1, ["run.db", "newer"], command, "--db", db)

    def test_a_folder_that_cannot_be_written_is_refused(self):
        os.mkdir(self.path("fixed"))
        os.chmod(self.path("fixed"), stat.S_IRUSR | stat.S_IXUSR)
        for option, path in (("--db", "fixed/x.db"), ("--db", "none/x.db"),
                             ("--report", "fixed/x.html")):
            words = {"--db": self.path("x.db"), option: self.path(path)}
            self.refuse(2, [option, os.path.dirname(path)], "tournament",
                        "--replay", BTC, *QUICK,
                        *(w for pair in words.items() for w in pair),
                        limit=without_override)
        self.assertEqual(os.listdir(self.path("fixed")), [])
        self.assertEqual(os.listdir(self.folder), ["fixed"])

    def test_a_database_in_a_folder_that_cannot_be_written_is_read(self):
        os.mkdir(self.path("fixed"))
        shutil.move(self.tournament(), self.path("fixed/run.db"))
        os.chmod(self.path("fixed"), stat.S_IRUSR | stat.S_IXUSR)
        for command in ("report", "digest"):
            self.succeed(command, "--db", self.path("fixed/run.db"),
                         limit=without_override)

    def test_no_output_takes_the_place_of_another_file(self):
        db, bars = self.path("x.db"), self.path("BTCUSDT-1.csv")
        shutil.copy(BTC, bars)
        common = ["--replay", bars, "--instruments", INSTRUMENTS]
        for other in (db, os.path.join(self.folder, ".", "x.db"), bars):
            self.refuse(2, ["--report", other], "tournament", *common, *QUICK,
                        "--db", db, "--report", other)
        self.refuse(2, ["--trades", bars], "backtest", *common, "--enter",
                    "RSI(14) < 30", "--trades", bars)
        self.assertEqual(os.listdir(self.folder), ["BTCUSDT-1.csv"])
        with open(bars, "rb") as copy, open(BTC, "rb") as original:
            self.assertEqual(copy.read(), original.read())
        db = self.tournament()
        self.refuse(2, ["--report", db], "report", "--db", db, "--report", db)
        self.succeed("digest", "--db", db)

    def test_a_full_disk_is_told_and_the_report_is_whole_or_not_there(self):
        db = self.tournament()
        page = self.path("x.html")
        self.refuse(1, ["x.html"], "report", "--db", db, "--report", page,
                    limit=small_files(4096))
        self.assertEqual(os.listdir(self.folder), ["run.db"])
        self.write("x.html", "an older report")
        self.refuse(1, ["x.html"], "report", "--db", db, "--report", page,
                    limit=small_files(4096))
        with open(page, encoding="ascii") as file:
            self.assertEqual(file.read(), "an older report")

    def test_a_disk_that_fills_up_before_anybody_trades_leaves_nothing(self):
        db = self.path("x.db")
        for limit in (8192, 400000):
            out, errors, code = run("tournament", "--replay", BTC, "--db", db,
                                    *QUICK, "--quiet",
                                    limit=small_files(limit))
            self.assertEqual((out, code), ("", 1), errors)
            self.assertEqual(errors.count("crucible-run: "), 1, errors)
            self.assertEqual(os.listdir(self.folder), [])


class Digests(RunCase):
    """Every table and column: an edit of any of them changes the line."""

    def digest(self, db):
        out, _, code = run("digest", "--db", db)
        return out if code == 0 else f"refused with {code}"

    @staticmethod
    def other(value):
        if value is None:
            return 1
        if isinstance(value, (int, float)):
            return value + 1 if value != value + 1 else 0
        if isinstance(value, bytes):
            return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
        return value + "x"

    # empty where no study was short of winners, no genome was turned down, no
    # model refitted, nobody eligible ended, or the last bar was a checkpoint's
    MAY_BE_EMPTY = {"events", "turned_down", "models", "offers", "pool",
                    "searches", "verdicts"}

    def test_editing_any_field_of_any_table_changes_the_digest(self):
        db = self.tournament("run.db", "--set", "tournament.agents=2",
                             "--until", "2023-03-28T12:00")
        copy = self.path("copy.db")
        shutil.copy(db, copy)
        before = self.digest(db)
        database = sqlite3.connect(copy, isolation_level=None)
        database.execute("PRAGMA journal_mode = DELETE")
        self.assertEqual(self.digest(copy), before)
        tables = [name for name, in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'")]
        self.assertGreater(len(tables), 25)
        edits = 0
        empty = set()
        for table in tables:
            columns = [row[1] for row in
                       database.execute(f"PRAGMA table_info({table})")]
            ids = [i for i, in database.execute(
                f"SELECT rowid FROM {table} ORDER BY rowid")]
            if not ids:
                empty.add(table)
                continue
            for column in columns:
                rows = {ids[len(ids) // 2]}
                if column in ("detail", "filled", "result", "cash"):
                    rows |= {ids[0], ids[-1]}
                for rowid in rows:
                    edits += self.check_edit(database, copy, before, table,
                                             column, rowid)
        self.assertEqual(self.digest(copy), before)
        self.assertLessEqual(empty, self.MAY_BE_EMPTY)
        self.assertGreater(edits, 300)
        database.close()

    def check_edit(self, database, copy, before, table, column, rowid):
        value, = database.execute(
            f"SELECT {column} FROM {table} WHERE rowid = ?",
            (rowid,)).fetchone()
        try:
            database.execute(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                (self.other(value), rowid))
        except sqlite3.IntegrityError:
            return 0  # the table itself refuses
        changed = self.digest(copy)
        if self.is_rowid(database, table, column):
            rowid = self.other(value)
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                         (value, rowid))
        if table.startswith("about_"):
            self.assertEqual(changed, before, f"{table}.{column}")
        else:
            self.assertNotEqual(changed, before, f"{table}.{column}")
        return 1

    @staticmethod
    def is_rowid(database, table, column):
        return any(row[1] == column and row[5] == 1 and row[2] == "INTEGER"
                   for row in database.execute(f"PRAGMA table_info({table})"))

    def test_a_row_that_is_removed_or_added_changes_the_digest(self):
        db = self.tournament("run.db", "--set", "tournament.agents=2")
        before = self.digest(db)
        for sql in ("DELETE FROM orders WHERE seq = (SELECT max(seq) FROM "
                    "orders)",
                    "INSERT INTO events SELECT max(seq) + 1, bar, time_ms, "
                    "agent, kind, detail FROM events"):
            copy = self.path("copy.db")
            shutil.copy(db, copy)
            database = sqlite3.connect(copy, isolation_level=None)
            database.execute(sql)
            database.close()
            self.assertNotEqual(self.digest(copy), before, sql)


if __name__ == "__main__":
    unittest.main()
