#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Volatility, drift, spread and regimes beside the reference implementations.

    tests/bench/peers/market_state.py [--write docs/benchmarks.md]

One command: a virtual environment per peer under build/peers (pinned versions,
from PyPI), every engine in a process of its own, all of a case on the same
arrays and in turns; medians of --turns runs after one that is not counted, fewer
where an engine took --seconds already. One thread is one core (--core); two
threads have all. Calls that take long enough go through examples/python; what
costs nanoseconds is taken from crucible_bench, as often, in the same turns. What
the engines say is compared, too: log-likelihoods, sums, means of estimates,
labels by the adjusted Rand index. --cases limits what is done, --list names it;
--write puts the tables into the page.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import report  # noqa: E402
from environments import python_of  # noqa: E402
from measure import Process, spread  # noqa: E402

OURS = "libcrucible"
ENVIRONMENT = {OURS: "crucible", "arch": "arch", "river": "river",
               "bidask": "bidask", "hdbscan": "hdbscan",
               "fast_hdbscan": "hdbscan"}

Case = collections.namedtuple(
    "Case", "what kind sizes unit per engines bench goal", defaults=(None, ""))
# engines: (name, threads); per: seconds into what is shown.
CASES = {
    "egarch_10000": Case(
        "EGARCH(1,1,1)-t fit, n = 10,000", "egarch", [10_000], "ms", 1e3,
        [(OURS, 1), ("arch", 1)], goal="5 ms"),
    "egarch_100000": Case(
        "the same, n = 100,000", "egarch", [100_000], "ms", 1e3,
        [(OURS, 1), ("arch", 1)], goal="50 ms"),
    "egarch_push": Case(
        "EGARCH streaming update", "", [], "ns", 1, [],
        "volatility/egarch_filter_push", "60 ns"),
    "adwin": Case(
        "ADWIN, a value, clock 32", "adwin", [1_000_000], "ns", 1e3,
        [(OURS, 1), ("river", 1)], "drift/adwin_push_clock_32",
        "30 ns, 20 x river's call"),
    "edge": Case(
        "rolling EDGE, a bar, 10,000 bars, window 288", "edge", [10_000], "ns", 1e5,
        [(OURS, 1), ("bidask", 1)], "spread/rolling_edge_hole", "25 ns"),
    "hdbscan_100000x3": Case(
        "HDBSCAN, 100,000 x 3", "hdbscan", [100_000, 3], "s", 1,
        [(OURS, 1), (OURS, 2), ("hdbscan", 1), ("fast_hdbscan", 1),
         ("fast_hdbscan", 2)], goal="0.5 s on 2 threads"),
    "hdbscan_10000x10": Case(
        "HDBSCAN, 10,000 x 10", "hdbscan", [10_000, 10], "s", 1,
        [(OURS, 1), (OURS, 2), ("hdbscan", 1), ("fast_hdbscan", 1),
         ("fast_hdbscan", 2)], goal="0.4 s on 2 threads"),
}
MEMORY = "memory"
HOW = {OURS: "examples/python, one call", "arch": "arch_model().fit()",
       "river": "drift.ADWIN.update() a value",
       "bidask": "edge_rolling()", "hdbscan": "HDBSCAN().fit()",
       "fast_hdbscan": "HDBSCAN().fit()"}
BENCH_HOW = {"egarch_push": "crucible_bench, a push each",
             "adwin": "crucible_bench, a push each",
             "edge": "crucible_bench, recorded bars with a hole"}


class Run:
    """Options, interpreters and the peers that did not install."""

    def __init__(self, options, folder, log):
        self.options, self.folder, self.log = options, folder, log
        self.missing, self.python = {}, {}
        for name, environment in ENVIRONMENT.items():
            python, why = python_of(environment, options.environments)
            if python is None:
                self.missing[name] = why
            self.python[name] = python

    def start(self, name, threads):
        return Process(
            self.python[name], "market_state_worker", self.folder,
            self.options.core if threads == 1 else None,
            {"CRUCIBLE_PEER_ENGINE": name,
             "CRUCIBLE_PEER_THREADS": str(threads),
             "CRUCIBLE_LIBRARY": str(self.options.library),
             "PYTHONPATH": str(ROOT / "examples/python"),
             "NUMBA_CACHE_DIR": str(self.folder / "numba")}, self.log)

    def bench(self, name):
        """Nanoseconds of a case of crucible_bench."""
        path = self.folder / "bench.json"
        subprocess.run(
            ["taskset", "-c", str(self.options.core), self.options.bench,
             "--filter", name, "--json", path], check=True,
            stdout=subprocess.DEVNULL)
        rows = json.loads(path.read_text())["rows"]
        return next(r for r in rows if r["case"] == name)["median"]


def rand_index(a, b):
    """Adjusted, of two labellings."""
    def pairs(counts):
        return sum(math.comb(n, 2) for n in counts)
    both = pairs(collections.Counter(zip(a, b)).values())
    ones, others = (pairs(collections.Counter(x).values()) for x in (a, b))
    chance = ones * others / math.comb(len(a), 2)
    middle = (ones + others) / 2
    return (both - chance) / (middle - chance) if middle != chance else 1.0


def apart(case, ours, theirs):
    """How an engine's figure compares with ours, as text."""
    if case.kind == "egarch":
        return f"log-likelihood {ours:.6f}" if theirs is None else (
            f"log-likelihood {theirs - ours:+.1e} of ours")
    if case.kind == "hdbscan":
        clusters = len(set(ours if theirs is None else theirs) - {-1})
        return f"{clusters} clusters" + ("" if theirs is None else
                                         f", ARI {rand_index(ours, theirs):.4f}")
    return "" if theirs is None else f"figures {abs(theirs / ours - 1):.0e} apart"


def measure(run, name):
    """Rows of a case for the table."""
    case, options = CASES[name], run.options
    processes, runs, figures, rows = {}, {}, {}, []
    try:
        for key in case.engines:
            if run.python[key[0]] is None:
                continue
            processes[key] = run.start(*key)
            answer = processes[key].ask("prepare", case=case.kind,
                                        sizes=case.sizes)
            if "error" in answer:
                rows.append([case.what, key[0], answer["error"][:80]] + [""] * 6)
                continue
            figures[key], runs[key] = answer["figure"], []
        bench = []
        for _ in range(options.turns):
            for key, taken in runs.items():
                if sum(taken) < options.seconds:
                    answer = processes[key].ask("run", case=case.kind)
                    if "seconds" in answer:
                        taken.append(answer["seconds"])
            if case.bench:
                bench.append(run.bench(case.bench))
    finally:
        for process in processes.values():
            process.close()
    runs = {key: taken for key, taken in runs.items() if taken}
    ours = {t: statistics.median(v) for (n, t), v in runs.items() if n == OURS}
    for (engine, threads), taken in runs.items():
        middle = statistics.median(taken)
        is_ours = engine == OURS
        rows.append([
            case.what, engine, HOW[engine], str(threads),
            f"{report.number(middle * case.per)} {case.unit}",
            f"{spread(taken):.0%}", str(len(taken)),
            "" if is_ours or threads not in ours
            else f"{middle / ours[threads]:.0f} x ours",
            apart(case, figures[OURS, 1],
                  None if is_ours and threads == 1
                  else figures[engine, threads])])
    if bench:
        rows.append([case.what, OURS, BENCH_HOW[name], "1",
                     f"{report.number(statistics.median(bench))} ns",
                     f"{spread(bench):.0%}", str(len(bench)), "", ""])
    if rows:
        rows[0][0] += f" (goal: {case.goal})" if case.goal else ""
    return rows


def memory(run):
    with run.start(OURS, 2) as process:
        return process.ask("memory", case="hdbscan", sizes=[1_000_000, 3])


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--library", type=pathlib.Path, help="libcrucible.so to measure",
        default=ROOT / "build/release/lib/libcrucible.so")
    add("--bench", type=pathlib.Path,
        default=ROOT / "build/release/tests/crucible_bench")
    add("--environments", type=pathlib.Path, default=ROOT / "build/peers")
    add("--turns", type=int, default=5)
    add("--seconds", type=float, default=20,
        help="an engine's turns in a case end after that; default 20")
    add("--core", type=int, default=max(os.sched_getaffinity(0)))
    add("--cases", nargs="*", choices=[*CASES, MEMORY], metavar="CASE",
        default=[*CASES, MEMORY])
    add("--list", action="store_true", help="name the cases")
    add("--write", metavar="PAGE.md")
    return parser.parse_args()


def main():
    options = arguments()
    if options.list:
        print("\n".join(f"{n:18} {c.what}" for n, c in CASES.items()))
        print(f"{MEMORY:18} of HDBSCAN, 1,000,000 x 3, ours")
        return
    options.environments.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, \
            open(options.environments / "market_state.txt", "w") as log:
        run = Run(options, pathlib.Path(temporary), log)
        if run.python[OURS] is None:
            raise SystemExit(f"NumPy did not install: {run.missing[OURS]}")
        rows, versions = [], {}
        for name in CASES:
            if name in options.cases:
                rows += measure(run, name)
                print(*rows[-1], file=sys.stderr)
        for engine in ENVIRONMENT:
            if run.python[engine] is not None:
                with run.start(engine, 1) as process:
                    versions.update(process.ask("versions"))
        taken = memory(run) if MEMORY in options.cases else None
        load = os.getloadavg()[1]
    lines = [
        f"`tests/bench/peers/market_state.py --write docs/benchmarks.md` on "
        f"{report.processor()}, Linux {platform.release()}, Python "
        f"{platform.python_version()}, load of the machine while it ran "
        f"{load:.1f}. Medians of {options.turns} turns, of fewer where those took "
        f"{options.seconds:g} s; \"spread\": how far the median is from the best.",
        "", "Versions: " + "; ".join(f"{p} {v}" for p, v in versions.items())
        + ".", ""]
    lines += report.table(["work", "engine", "called", "threads", "median",
                           "spread", "runs", "", "says"], rows)
    if taken is not None:
        lines += ["HDBSCAN of 1,000,000 points in 3 dimensions on two threads "
                  "raises the resident memory of its process by "
                  + (f"{taken['mb']:,.0f} MB at most" if "mb" in taken
                     else taken["error"])
                  + " (goal: 600 MB; points not counted).", ""]
    lines += [f"Not run: {name}, {why}." for name, why in run.missing.items()]
    if options.write:
        report.write(options.write, lines, "market_state.py")
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
