# SPDX-License-Identifier: Apache-2.0
"""Peers' processes, and repetitions of one case in turns over all of them."""
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent


class Process:
    """A peer at work in a process of its own, on one core unless core is None."""

    def __init__(self, python, module, folder, core, environment, log):
        def pin():
            if core is not None:
                os.sched_setaffinity(0, {core})

        settings = dict(os.environ, **environment)
        for threads in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON"):
            settings.setdefault(f"{threads}_NUM_THREADS",
                                "1" if core is not None else "2")
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(
            [python, HERE / f"{module}.py", folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=pin,
            env=settings)

    def ask(self, op, **fields):
        try:
            self.process.stdin.write(json.dumps({"op": op, **fields}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            return {"error": f"the process ended, {self.process.wait()}"}
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def spread(values):
    """How far the median is from the best."""
    return statistics.median(values) / min(values) - 1


def in_turns(processes, case, repetitions, seconds, bars):
    """{peer: row} of a case: every peer runs once to warm up, then all run one
    after another, repetitions times, but for those whose runs took so many
    seconds already. processes: {peer: Process}; one that ends is taken out. A
    row has cpu and wall (medians, seconds), best (least CPU), spread, runs,
    speed (million bars times columns a second, of the CPU's time or, where
    threads are what is measured, on the wall) or skip or error."""
    rows, columns, taken = {}, {}, {}
    for name, process in processes.items():
        answer = process.ask("prepare", case=case)
        if "columns" in answer:
            columns[name], taken[name] = answer["columns"], []
        else:
            rows[name] = answer
    for _ in range(repetitions):
        for name, runs in taken.items():
            if name in rows or sum(wall for _, wall in runs) > seconds:
                continue
            answer = processes[name].ask("run", case=case)
            if "error" in answer:
                rows[name] = answer
            else:
                runs.append((answer["cpu"], answer["wall"]))
    for name, runs in taken.items():
        if name not in rows:
            rows[name] = row_of(runs, columns[name],
                                case.startswith("threads"), bars)
    for name, process in list(processes.items()):
        if process.process.poll() is not None:
            del processes[name]
    return rows


def row_of(runs, columns, of_wall, bars):
    cpu, wall = zip(*runs)
    used = wall if of_wall else cpu
    return {"cpu": statistics.median(cpu), "best": min(used),
            "spread": spread(used), "wall": statistics.median(wall),
            "runs": len(runs), "columns": columns,
            "speed": bars * columns / statistics.median(used) / 1e6}


def cold(start, case, repetitions, seconds):
    """CPU seconds, and on the wall, of a process from its start to its first
    result: medians of as many starts as fit."""
    runs = []
    while len(runs) < repetitions and sum(w for _, w in runs) < seconds:
        with start() as process:
            answer = process.ask("cold", case=case)
            if "cpu" not in answer:
                return answer
            runs.append((answer["cpu"], time.perf_counter() - process.begin))
    cpu, wall = zip(*runs)
    return {"cpu": statistics.median(cpu), "wall": statistics.median(wall),
            "spread": spread(wall), "runs": len(runs)}


@contextlib.contextmanager
def all_of(starters):
    """{peer: Process} of all peers."""
    processes = {name: start() for name, start in starters.items()}
    opened = list(processes.values())
    try:
        yield processes
    finally:
        for process in opened:
            process.close()


def once(start, op, **fields):
    with start() as process:
        return process.ask(op, **fields)
