# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/benchmarks.md, written between two marks."""
import os
import platform
import re

MARK = "<!-- written by tests/bench/peers/{}: {} -->"


def number(value):
    """Three significant digits, no exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"


def processor():
    names = re.findall(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    flags = open("/proc/cpuinfo").read()
    vector = next((v for f, v in (("avx512f", "AVX-512"), ("avx2", "AVX2"))
                   if f" {f} " in flags), "no AVX2")
    return f"{names[0] if names else platform.machine()}, {vector}, " \
           f"{os.cpu_count()} processors"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "|" + "|".join(" --- " for _ in heads) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def speeds(cases):
    """cases: [(case, what it is, {peer: row})]."""
    rows = []
    for case, what, results in cases:
        for name, row in results.items():
            if "cpu" in row:
                rows.append([f"`{case}`: {what}", name, number(row["cpu"]),
                             number(row["wall"]), number(row["best"]),
                             f"{row['spread']:.0%}", str(row["runs"]),
                             number(row["speed"])])
                what = what.split(";")[0]
            elif "error" in row:
                rows.append([f"`{case}`", name, row["error"][:90], "", "", "",
                             "", ""])
    return table(["case", "engine", "CPU s", "wall s", "best", "spread", "runs",
                  "M bars*columns/s"], rows)


def plain(heads, results, cells):
    """One row per peer that has figures; cells(row) gives the texts."""
    rows = [[name, *cells(row)] if "error" not in row
            else [name, row["error"][:90]] + [""] * (len(heads) - 2)
            for name, row in results.items() if "skip" not in row]
    return table(heads, rows)


def matrix(head, columns, field):
    """columns: {name: {peer: row}}; one row per peer that has the field."""
    peers = [n for n in next(iter(columns.values()))
             if any(field in rows.get(n, {}) for rows in columns.values())]
    return table([head] + [f"`{c}`" for c in columns], [
        [n] + [number(max(rows[n][field], 0.001)) if field in rows.get(n, {})
               else "" for rows in columns.values()] for n in peers])


def write(path, lines, script="backtest.py"):
    """Puts lines between a script's marks of a page."""
    begin, end = MARK.format(script, "begin"), MARK.format(script, "end")
    text = open(path).read()
    if begin not in text or end not in text:
        raise SystemExit(f"{path} lacks the lines {begin} and {end}")
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    body = "\n".join(lines).rstrip()
    with open(path, "w") as file:
        file.write(f"{head}{begin}\n\n{body}\n\n{end}{tail}")
