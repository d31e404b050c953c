#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""This library and other back-testers on the same workload, side by side.

    tests/bench/peers/backtest.py [--write docs/benchmarks.md]

One command: it makes a virtual environment per peer under build/peers (pinned
versions, from PyPI), builds the workload, checks that the engines that mean the
same say the same (order counts, fees and final equity, to 1e-9), then measures.
Every engine runs in a process of its own on one core (--core) and all take turns;
CPU time is that of the process, all threads. --write puts the tables into the
page. --parity only compares. --only limits peers, --cases limits cases.

The price path is recorded (the first bars of BTCUSDT-5m-2023.csv.gz under
--shared); --path gbm takes a random walk, as published figures do.
"""
import argparse
import os
import pathlib
import platform
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from environments import NOT_RUN, PINS, python_of  # noqa: E402

# peer: environment, module, variables
PEERS = {
    "libcrucible": ("crucible", "peer_crucible", {}),
    "vectorbt Numba": ("vectorbt", "peer_vectorbt",
                       {"CRUCIBLE_PEER_ENGINE": "numba"}),
    "vectorbt Rust": ("vectorbt", "peer_vectorbt",
                      {"CRUCIBLE_PEER_ENGINE": "rust"}),
    "RaptorBT": ("raptorbt", "peer_raptorbt", {}),
    "backtesting.py": ("backtesting", "peer_backtesting", {}),
    "NautilusTrader": ("nautilus", "peer_nautilus", {}),
    "backtrader": ("backtrader", "peer_backtrader", {}),
    "PyBroker": ("pybroker", "peer_pybroker", {}),
    "bt": ("bt", "peer_bt", {}),
    "lrvx (FLOX)": ("lrvx", "peer_lrvx", {}),
}

# Whose figures differ from vectorbt's on purpose, and why.
DIFFERS = {
    "backtesting.py": "its slippage is a spread, paid on entry alone",
    "NautilusTrader": "no slippage; money in 8 decimals",
    "PyBroker": "fills at the next bar; no slippage; money in cents",
    "bt": "slippage given as a fee: the price stays",
    "lrvx (FLOX)": "a fixed size for each order; no slippage",
}

CASES = {
    "long": "long only, one price column, signals row by row; records",
    "long_f": "the same, signals column by column",
    "long_2d_c": "the same, a price per column, row by row",
    "long_2d_f": "the same, a price per column, column by column",
    "long_short": "long and short, one price column; records",
    "stops": "stop 1 %, target 2 % on OHLC, one price column; records",
    "stops_2d_c": "the same, prices per column, row by row",
    "stops_2d_f": "the same, prices per column, column by column",
    "targets": "target weights said at crosses, NaN elsewhere; records",
    "targets_f": "the same, column by column",
    "targets_dense": "a new target weight on every bar (10 M orders); records",
    "targets_dense_f": "the same, column by column",
    "api": "public call from Python, long only; records",
    "six": "public call and six figures (return, Sharpe, drawdown, trades, "
           "wins, profit factor)",
    "full": "public call, equity per bar and all metrics of each column",
    "stops_full": "the same with stop 1 %, target 2 %",
    "egarch": "full, with spread, EGARCH slippage by order size and volume",
    "pipeline": "200 averages, crosses, run, three figures",
    "threads": "full on two threads (CPU seconds of both)",
    "one": "one column, equity and all metrics",
    "one_stops": "one column with stop 1 %, target 2 %",
}
PARITY = ("long", "long_f", "long_2d_c", "long_short", "targets",
          "targets_dense", "full", "one")
MEMORY = ("long", "six", "full", "pipeline")


def starters(options, folder, log):
    """{peer: function that starts its process}, and why others are not there."""
    out, missing = {}, {}
    for name, (environment, module, variables) in PEERS.items():
        if options.only and not any(o in name for o in options.only):
            continue
        python, reason = python_of(environment, options.environments)
        if python is None:
            missing[name] = reason
            continue
        variables = dict(variables, PYTHONPATH=str(ROOT / "examples/python"),
                         CRUCIBLE_LIBRARY=str(options.library),
                         NUMBA_CACHE_DIR=str(folder / "numba"))

        def start(core=options.core, python=python, module=module,
                  variables=variables, **more):
            from measure import Process
            return Process(python, module, folder / "w", core,
                           {**variables, **more}, log)

        out[name] = start
    return out, missing


def figures_of(start, case, folder, name):
    import numpy as np

    from measure import once
    path = folder / f"{name.replace(' ', '_')}-{case}.npz"
    answer = once(start, "check", case=case, path=str(path))
    return (np.load(path) if "columns" in answer else None), answer


def check_parity(started, cases, folder):
    """Lines for the page; whether ours agrees everywhere."""
    import parity
    rows, fine = [], True
    for case in cases:
        truth, answer = figures_of(started["vectorbt Numba"], case, folder,
                                   "vectorbt Numba")
        if truth is None:
            continue
        for name, start in started.items():
            if name == "vectorbt Numba":
                continue
            theirs, answer = figures_of(start, case, folder, name)
            if theirs is None:
                if "error" in answer and name == "libcrucible":
                    fine, text = False, answer["error"]
                    rows.append([f"`{case}`", name, text, ""])
                continue
            faults = parity.compare(truth, theirs)
            n = int(theirs["orders"].sum())
            if faults and name in DIFFERS:
                faults = [DIFFERS[name]]
            rows.append([f"`{case}`", name, f"{n:,}",
                         f"{parity.worst(truth, theirs):.1g}" if not faults
                         else "; ".join(faults)])
            fine = fine and (not faults or name != "libcrucible")
            print(*rows[-1], file=sys.stderr)
    return rows, fine


def measure_all(options, started, folder, facts):
    from measure import cold, in_turns, once
    wanted = options.cases or CASES
    bars = facts["bars"]
    speeds = []
    for case in wanted:
        chosen = started
        if case == "threads":
            chosen = {n: (lambda s=s: s(core=None)) for n, s in started.items()}
        rows = in_turns(chosen, case, options.repetitions, bars)
        speeds.append((case, CASES[case], rows))
        print(case, {n: round(r["speed"], 2) for n, r in rows.items()
                     if "speed" in r}, {n: r["error"] for n, r in rows.items()
                                        if "error" in r}, file=sys.stderr)
    if options.cases:
        return speeds, {}, {}, {}
    memory = {case: {n: once(s, "memory", case=case) for n, s in started.items()}
              for case in MEMORY}
    colds = {}
    for name, start in started.items():
        for what in (("", " again, its caches on disk filled")
                     if "Numba" in name or "PyBroker" in name else ("",)):
            case = "full" if "full" in CASES and "one" not in name else "one"
            with tempfile.TemporaryDirectory() as empty:
                cache = {} if what else {"NUMBA_CACHE_DIR": empty}
                answer = cold(lambda: start(**cache), case)
                if "skip" in answer:
                    case = "one"
                    answer = cold(lambda: start(**cache), case)
            colds[f"{name}{what}, `{case}`"] = answer
    growth = {n: once(s, "growth", case="short_runs", n=options.runs)
              for n, s in started.items()}
    return speeds, memory, colds, growth


def page(options, facts, versions, missing, parity_rows, measured):
    import report
    speeds, memory, colds, growth = measured
    command = "tests/bench/peers/backtest.py --write docs/benchmarks.md"
    if facts["path"] == "gbm":
        command += " --path gbm"
    lines = [
        f"`{command}` on {report.processor()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}; other work on the machine: "
        f"load {os.getloadavg()[1]:.1f}. {facts['bars']:,} bars x "
        f"{facts['columns']} columns, {facts['source']}: {facts['entries']:,} "
        f"entries, {facts['exits']:,} exits. Medians of {options.repetitions} "
        "turns; \"spread\": how far the median is from the best.", "",
        "Versions: " + "; ".join(versions) + ".", ""]
    if parity_rows:
        lines += ["### The same figures", ""] + report.table(
            ["case", "engine", "orders", "largest relative difference from "
             "vectorbt Numba, or what differs"], parity_rows)
    lines += ["### Speed", ""] + report.speeds(speeds)
    if memory:
        lines += ["### Memory", "", "How far the first run raises the resident "
                  "memory above inputs and imports, MB.", ""]
        names = [n for n in next(iter(memory.values()))]
        rows = [[n] + [report.number(max(memory[c][n]["mb"], 0.001))
                       if "mb" in memory[c][n] else "" for c in memory]
                for n in names if any("mb" in memory[c][n] for c in memory)]
        lines += report.table(["engine"] + [f"`{c}`" for c in memory], rows)
        lines += [f"What {options.runs:,} more runs of 1,000 bars leave behind "
                  "in a process:", ""]
        lines += report.plain(["engine", "MB", "CPU ms a run"], growth, lambda r: [
            f"{r['mb']:.1f}", report.number(r["cpu"] * 1e3)])
    if colds:
        lines += ["### Cold start", "", "From the start of Python to the first "
                  "result: imports, reading the arrays, compiling.", ""]
        lines += report.plain(["engine and case", "CPU s", "wall s"], colds,
                              lambda r: [report.number(r["cpu"]),
                                         report.number(r["wall"])])
    lines += ["### Not run", ""]
    lines += [f"- {name}: {why}." for name, why in
              {**NOT_RUN, **{n: f"did not install: {w}"
                             for n, w in missing.items()}}.items()]
    if options.write:
        report.write(options.write, lines)
    else:
        print("\n".join(lines))


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--library", type=pathlib.Path, help="libcrucible.so to measure",
        default=ROOT / "build/release/lib/libcrucible.so")
    add("--shared", default=os.environ.get("CRUCIBLE_SHARED", ""),
        help="folder of the shared market data (default: $CRUCIBLE_SHARED)")
    add("--environments", type=pathlib.Path, default=ROOT / "build/peers")
    add("--path", choices=("recorded", "gbm"), default="recorded")
    add("--bars", type=int, default=100_000)
    add("--repetitions", type=int, default=7)
    add("--runs", type=int, default=1000)
    add("--core", type=int, default=max(os.sched_getaffinity(0)))
    add("--only", nargs="*", help="parts of the names of peers")
    add("--cases", nargs="*", choices=list(CASES))
    add("--parity", action="store_true", help="compare, measure nothing")
    add("--write", metavar="PAGE.md")
    return parser.parse_args()


def main():
    options = arguments()
    if options.path == "recorded" and not options.shared:
        raise SystemExit("--shared FOLDER or --path gbm is needed")
    # NumPy is in the environments, not in the system's Python.
    python, reason = python_of("crucible", options.environments)
    if python is None:
        print(f"NumPy did not install: {reason}", file=sys.stderr)
        raise SystemExit(77)
    if pathlib.Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])
    import workload
    from measure import once
    with tempfile.TemporaryDirectory() as temporary, \
            open(options.environments / "log.txt", "w") as log:
        folder = pathlib.Path(temporary)
        facts = workload.write(folder / "w", options.path, options.shared,
                               options.bars)
        started, missing = starters(options, folder, log)
        versions = {}
        for start in started.values():
            versions.update({f"{p} {v}": 1 for p, v in
                             once(start, "versions").items()})
        rows, fine = check_parity(started, PARITY if not options.cases else [
            c for c in options.cases if c in PARITY], folder) \
            if "vectorbt Numba" in started else ([], True)
        if not options.parity:
            page(options, facts, versions, missing, rows,
                 measure_all(options, started, folder, facts))
    if options.parity and not rows:
        print("nothing to compare to:", missing, file=sys.stderr)
        raise SystemExit(77)
    if not fine:
        raise SystemExit("libcrucible differs where it should not: see above")


if __name__ == "__main__":
    main()
