# SPDX-License-Identifier: Apache-2.0
"""What every peer's process has in common: it is told over standard input which
case to prepare, to run, to check or to weigh, and answers in lines of JSON.

A module peer_NAME.py has PACKAGES (whose versions the table names) and a class
Peer with prepare(case, w), which returns a function without arguments (what is
timed) and the number of columns that it runs, and figures(case, result): what
the parity checks compare. serve() does the rest.
"""
import gc
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np

CASH, FEE, SLIPPAGE, STOP, TARGET = 200.0, 0.001, 0.0005, 0.01, 0.02


class Skip(Exception):
    """This peer has no such case; the text says why."""


class Workload:
    """The arrays of workload.py, read from its folder on first use."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.facts = json.loads((self.folder / "facts.json").read_text())

    def __getattr__(self, name):
        value = np.load(self.folder / f"{name}.npy")
        setattr(self, name, value)
        return value

    def forget(self):
        """Lets go of the arrays that were read."""
        for name in set(vars(self)) - {"folder", "facts"}:
            delattr(self, name)

    @property
    def bars(self):
        return self.facts["bars"]

    @property
    def columns(self):
        return self.facts["columns"]


def memory_mb(field):
    """VmRSS or VmHWM of this process, MB."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def timed(run):
    """CPU seconds of all threads, seconds on the wall, and the result."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    return (time.process_time() - cpu, time.perf_counter() - wall, result)


def weighed(run):
    """How far the resident memory rises above what it was before, MB."""
    gc.collect()
    before = memory_mb("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
    result = run()
    peak = memory_mb("VmHWM")
    del result
    return peak - before


def growth(run, n, seconds):
    """What n more runs, or as many as fit into so many seconds, leave behind
    after a tenth as many to settle: MB, CPU seconds a run, runs."""
    begin = time.perf_counter()
    for settled in range(1, n // 10 + 1):
        run()
        if time.perf_counter() - begin > seconds / 10 and settled >= 10:
            break
    gc.collect()
    before, cpu = memory_mb("VmRSS"), time.process_time()
    begin = time.perf_counter()
    for done in range(1, n + 1):
        run()
        if time.perf_counter() - begin > seconds:
            break
    cpu = time.process_time() - cpu
    gc.collect()
    return memory_mb("VmRSS") - before, cpu / done, done


class Session:
    """One process: prepared cases and the answers to requests."""

    def __init__(self, peer, packages, folder):
        self.peer, self.packages = peer, packages
        self.w, self.prepared = Workload(folder), {}

    def prepare(self, case):
        """The case's function; nothing of it has run yet."""
        if case not in self.prepared:
            self.prepared = {}
            self.w.forget()
            gc.collect()
            self.prepared = {case: self.peer.prepare(case, self.w)}
        return self.prepared[case]

    def answer(self, op, case=None, n=0, seconds=0, path=None):
        if op == "versions":
            import importlib.metadata  # not when a cold start is timed
            return {p: importlib.metadata.version(p) for p in self.packages}
        run, columns = self.prepare(case)
        if op == "cold":  # the first request: import, read, first result
            run()
            return {"cpu": used_seconds()}
        if op == "prepare":
            run()  # compiles, warms caches
            return {"columns": columns}
        if op == "run":
            cpu, wall, _ = timed(run)
            return {"cpu": cpu, "wall": wall}
        if op == "memory":
            return {"mb": weighed(run)}
        if op == "growth":
            mb, cpu, n = growth(run, n, seconds)
            return {"mb": mb, "cpu": cpu, "runs": n}
        if op == "check":
            figures = self.peer.figures(case, run())
            np.savez(path, **{k: np.asarray(v) for k, v in figures.items()})
            return {"columns": columns}
        raise ValueError(f"no such request: {op}")


def serve(peer, packages):
    """peer_NAME.py FOLDER: answers until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints does not mix with the answers
    session = Session(peer, packages, sys.argv[1])
    for line in sys.stdin:
        try:
            answer = session.answer(**json.loads(line))
        except Skip as reason:
            answer = {"skip": str(reason)}
        except Exception as error:  # the driver shows it and goes on
            import traceback
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def used_seconds():
    """CPU seconds since this process began, its start-up included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
