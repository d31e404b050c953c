#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""This library and other back-testers on the same workload, side by side.

    tests/bench/peers/backtest.py [--write docs/benchmarks.md]

One command: it makes a virtual environment per peer under build/peers (pinned
versions, from PyPI), builds the workload, checks that the engines that mean the
same say the same (order counts, fees and final equity, to 1e-9), then measures.
Every engine runs in a process of its own on one core (--core) and all take turns;
CPU time is that of the process, all threads. --write puts the tables into the
page. --parity only compares. --only limits peers, --stages and --cases what is
done; --list names them. An engine's runs of a case end after --seconds.

The price path is recorded (ETH/USDT, 5-minute bars from September 2024 on,
under --shared); --path gbm takes a random walk, as published figures do.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
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
# Of these, those that run many columns in a call; others have ONE_COLUMN only.
WIDE = ("libcrucible", "vectorbt Numba", "vectorbt Rust", "RaptorBT")
ONE_COLUMN = ("one", "one_stops", "short_runs")

# Whose figures differ from vectorbt's on purpose, and why.
OTHER_SUMS = ("averages are added up in another order: those that are equal "
              "in one are not in the other")
DIFFERS = {
    ("libcrucible", "pipeline"): OTHER_SUMS,
    ("vectorbt Rust", "pipeline"): OTHER_SUMS,
    ("libcrucible", "sweep"): OTHER_SUMS,
    ("libcrucible", "long_short"): "a short from flat is sized at the quote, "
    "vectorbt's at the slipped price: columns that begin long agree",
    ("libcrucible", "targets_dense"): "weights are of the equity less the fee "
    "that leaving would cost",
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
    "egarch_records": "long only, with spread, EGARCH slippage by order size "
                      "and volume; records",
    "egarch": "the same, equity per bar and all metrics",
    "egarch_stops": "with stop 1 %, target 2 %; records",
    "pipeline": "averages, crosses, run, three figures",
    "sweep": "the same by rules, without matrices of signals",
    "threads_records": "long on two threads, speed by the wall; records",
    "threads": "full on two threads, speed by the wall",
    "one": "one column, equity and all metrics",
    "one_stops": "one column with stop 1 %, target 2 %",
}
STAGES = ("parity", "speed", "memory", "cold", "growth")
PARITY = ("long", "long_f", "long_2d_c", "long_short", "targets",
          "targets_dense", "full", "pipeline", "sweep", "one")
TRUTH = {"sweep": "pipeline"}  # a case that vectorbt has in another form only
MEMORY = ("long", "six", "stops", "full", "sweep")
COLD = ("api", "full", "one")  # a peer's first that it has; ours the second, too


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


def able(started, case):
    return {name: start for name, start in started.items()
            if name in WIDE or case in ONE_COLUMN}


def figures_of(process, case, folder):
    import numpy as np
    path = folder / "figures.npz"
    answer = process.ask("check", case=case, path=str(path))
    if "columns" not in answer:
        return None, answer
    with np.load(path) as file:
        return dict(file), answer


def parity_rows(processes, case, folder):
    """Lines of a case for the page; whether ours agrees."""
    import parity
    rows, fine = [], True
    truth, _ = figures_of(processes["vectorbt Numba"], TRUTH.get(case, case),
                          folder)
    for name, process in able(processes, case).items():
        if truth is None or name == "vectorbt Numba":
            continue
        theirs, answer = figures_of(process, case, folder)
        if theirs is None:
            if "error" in answer and name == "libcrucible":
                fine = False
                rows.append([f"`{case}`", name, answer["error"], ""])
            continue
        faults = parity.compare(truth, theirs)
        differs = DIFFERS.get(name) or DIFFERS.get((name, case))
        fine = fine and (not faults or bool(differs) or name != "libcrucible")
        if faults and differs:
            faults = [differs]
        rows.append([f"`{case}`", name, f"{int(theirs['orders'].sum()):,}",
                     f"{parity.worst(truth, theirs):.1g}" if not faults
                     else "; ".join(faults)])
    return rows, fine


def check_parity(started, cases, folder):
    """{case: lines for the page}; whether ours agrees everywhere."""
    from measure import all_of
    out, fine = {}, True
    with all_of(started) as processes:
        for case in cases:
            out[case], agrees = parity_rows(processes, case, folder)
            fine = fine and agrees
            for row in out[case]:
                print(*row, file=sys.stderr)
    return out, fine


def cold_starts(options, started):
    from measure import cold
    out = {}
    for name, start in started.items():
        found = 0
        for case in COLD:
            if name not in able(started, case):
                continue
            with tempfile.TemporaryDirectory() as cache:
                for again in ("", " again, compiled code on disk"):
                    if again and "Numba" not in name and "PyBroker" not in name:
                        continue
                    answer = cold(lambda: start(NUMBA_CACHE_DIR=cache), case,
                                  options.repetitions if again or not (
                                      "vectorbt" in name or name == "PyBroker")
                                  else 1, options.seconds)
                    out[f"{name}{again}, `{case}`"] = answer
            found += "skip" not in answer
            if found == (2 if name == "libcrucible" else 1):
                break
    return out


# Programs of docs/porting_from_vectorbt.md: rows of their tables, and what is
# run with vectorbt and with this library.
EXAMPLES = {"port_ma_cross": (9, ["port_ma_cross_vectorbt.py", "{bars}"],
                              ["port_ma_cross.py", "{bars}", "{instruments}"]),
            "port_rsi_stop": (6, ["port_rsi_stop.py", "{bars}", "vectorbt"],
                              ["port_rsi_stop.py", "{bars}"])}


def check_examples(options):
    """The programs print the same tables with either engine."""
    folder = ROOT / "examples"
    places = {"bars": sorted((folder / "data").glob("BTCUSDT-5m-*.csv"))[0],
              "instruments": folder / "data/instruments.json"}
    python, fine = python_of("vectorbt", options.environments)[0], True
    for name, (n_rows, *commands) in EXAMPLES.items():
        printed = []
        for program, *words in commands:
            run = subprocess.run(
                [python, folder / "python" / program,
                 *(word.format(**places) for word in words)],
                env=dict(os.environ, PYTHONPATH=str(folder / "python"),
                         CRUCIBLE_LIBRARY=str(options.library)),
                capture_output=True, text=True)
            rows = [line.split("|")[0].split()
                    for line in run.stdout.splitlines()]
            printed.append([row for row in rows if row and row[0].isdigit()])
            if run.returncode:
                print(run.stderr, file=sys.stderr)
        is_same = len(printed[0]) == n_rows and printed[0] == printed[1]
        print(f"{name}:", len(printed[0]), "rows,",
              "the same" if is_same else printed, file=sys.stderr)
        fine = fine and is_same
    return fine


def measure_speeds(options, started, bars, note):
    from measure import all_of, in_turns
    cases = [case for case in CASES if case in (options.cases or CASES)]
    threaded = [case for case in cases if case.startswith("threads")]
    pinned = [case for case in cases if case not in threaded]
    free = {n: (lambda s=s: s(core=None)) for n, s in started.items()
            if n in WIDE}
    for some, starts in ((pinned, started), (threaded, free)):
        if not some:
            continue
        if not set(some) & set(ONE_COLUMN):
            starts = able(starts, some[0])
        with all_of(starts) as processes:
            for case in some:
                chosen = able(processes, case)
                rows = in_turns(chosen, case, options.repetitions,
                                options.seconds, bars)
                for name in set(able(processes, case)) - set(chosen):
                    del processes[name]
                print(case, {n: round(r["speed"], 2) for n, r in rows.items()
                             if "speed" in r},
                      {n: r["error"] for n, r in rows.items() if "error" in r},
                      file=sys.stderr)
                note("speed", {case: rows})


def measure_rest(options, started, note):
    from measure import once
    if "memory" in options.stages:
        for case in MEMORY:
            if case in (options.cases or MEMORY):
                note("memory", {case: {n: once(s, "memory", case=case) for n, s
                                       in able(started, case).items()}})
    if "cold" in options.stages:
        note("cold", cold_starts(options, started))
    if "growth" in options.stages:
        for name, start in started.items():
            limit = 600 if name == "libcrucible" else options.seconds
            note("growth", {name: once(start, "growth", case="short_runs",
                                       n=options.runs, seconds=limit)})


class Results:
    """What was measured so far, in a file beside the environments, so that a
    run that is cut off, or one of a stage alone, leaves what it has."""

    def __init__(self, options, head):
        self.path = options.environments / f"results-{options.path}.json"
        self.head = head

    def read(self):
        found = (json.loads(self.path.read_text()) if self.path.is_file()
                 else {})
        if found.get("cold") and any(
                "cpu" in row and "runs" not in row for row in found["cold"].values()):
            return {}  # of an earlier form of this program
        return found if found.get("facts") == self.head["facts"] else {}

    def note(self, stage, part):
        before = self.read()
        found = {**before, **self.head}
        found["versions"] = list(dict.fromkeys(
            before.get("versions", []) + self.head["versions"]))
        found.setdefault(stage, {}).update(part)
        self.path.write_text(json.dumps(found))


def parity_table(compared):
    import report
    return report.table(
        ["case", "engine", "orders", "largest relative difference from vectorbt "
         "Numba, or why it differs"],
        [row for case in PARITY for row in compared.get(case, [])])


def page(options, found):
    """The lines of the page from all results there are."""
    import report
    facts = found["facts"]
    command = "tests/bench/peers/backtest.py --write docs/benchmarks.md"
    if facts["path"] == "gbm":
        command += " --path gbm"
    lines = [
        f"`{command}` on {report.processor()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, load of the machine while it ran "
        f"{found['load']:.1f}. {facts['bars']:,} bars x {facts['columns']} "
        f"columns, {facts['source']}: {facts['entries']:,} entries, "
        f"{facts['exits']:,} exits. Medians of {options.repetitions} turns, of "
        f"fewer where those took {options.seconds:g} s; \"spread\": how far the "
        "median is from the best.", "",
        "Versions: " + "; ".join(found["versions"]) + ".", ""]
    if "parity" in found:
        lines += ["### The same figures", ""] + parity_table(found["parity"])
    speeds = found.get("speed", {})
    lines += ["### Speed", ""] + report.speeds(
        [(case, CASES[case], speeds[case]) for case in CASES if case in speeds])
    if "memory" in found:
        lines += ["### Memory", "", "How far the first run raises the resident "
                  "memory above inputs and imports, MB.", ""]
        lines += report.matrix("engine", found["memory"], "mb")
    if "growth" in found:
        lines += ["What further runs of 1,000 bars leave behind in a process:",
                  ""]
        lines += report.plain(
            ["engine", "runs", "MB", "CPU ms a run"], found["growth"],
            lambda r: [f"{r['runs']:,}", f"{r['mb']:.1f}",
                       report.number(r["cpu"] * 1e3)])
    if "cold" in found:
        lines += ["### Cold start", "", "From the start of Python to the first "
                  "result: imports, reading the arrays, compiling.", ""]
        lines += report.plain(
            ["engine and case", "CPU s", "wall s", "spread", "runs"],
            found["cold"],
            lambda r: [report.number(r["cpu"]), report.number(r["wall"]),
                       f"{r['spread']:.0%}", str(r["runs"])])
    lines += ["### Not run", ""]
    lines += [f"- {name}: {why}." for name, why in
              {**NOT_RUN, **{n: f"did not install: {w}"
                             for n, w in found["missing"].items()}}.items()]
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
    add("--repetitions", type=int, default=5)
    add("--seconds", type=float, default=3,
        help="an engine's turns in a case end after that; default 3")
    add("--runs", type=int, default=10_000, help="of the stage growth")
    add("--core", type=int, default=max(os.sched_getaffinity(0)))
    add("--only", nargs="*", help="parts of the names of peers")
    add("--cases", nargs="*", choices=list(CASES), metavar="CASE")
    add("--list", action="store_true", help="name the stages, cases and peers")
    add("--parity", action="store_true", help="compare, measure nothing")
    add("--stages", nargs="*", choices=STAGES, default=STAGES,
        help="those to run; the page has the others' last results")
    add("--write", metavar="PAGE.md")
    return parser.parse_args()


def main():
    options = arguments()
    if options.list:
        print("stages:", *STAGES, "\npeers:", ", ".join(PEERS), "\ncases:")
        print("\n".join(f"  {case:16} {what}" for case, what in CASES.items()))
        return
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
        results = Results(options, {
            "facts": facts, "missing": missing, "versions": list(versions),
            "load": os.getloadavg()[1]})
        compared, fine = {}, True
        if "parity" in options.stages and "vectorbt Numba" in started:
            compared, fine = check_parity(started, [
                c for c in PARITY if c in (options.cases or PARITY)], folder)
            fine = check_examples(options) and fine
            if not options.parity:
                results.note("parity", compared)
        if not options.parity:
            if "speed" in options.stages:
                measure_speeds(options, started, facts["bars"], results.note)
            measure_rest(options, started, results.note)
            page(options, results.read())
    if options.parity and not any(compared.values()):
        print("nothing to compare to:", missing, file=sys.stderr)
        raise SystemExit(77)
    if options.parity:
        print("\n".join(parity_table(compared)))
    if not fine:
        raise SystemExit("libcrucible differs where it should not: see above")


if __name__ == "__main__":
    main()
