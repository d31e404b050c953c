# SPDX-License-Identifier: Apache-2.0
"""Peers' processes, and repetitions of one case in turns over all of them."""
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


def in_turns(starters, case, repetitions, bars):
    """{peer: row} of a case: every peer runs once to warm up, then all run one
    after another, repetitions times. starters: {peer: function that makes its
    Process}. A row has cpu and wall (medians, seconds), best (least CPU),
    spread, speed (million bars times columns per CPU second) or skip or error."""
    ready, rows = {}, {}
    try:
        for name, start in starters.items():
            process = start()
            answer = process.ask("prepare", case=case)
            if "columns" in answer:
                ready[name] = (process, answer["columns"])
            else:
                rows[name] = answer
                process.close()
        taken = {name: [] for name in ready}
        for _ in range(repetitions):
            for name, (process, _) in list(ready.items()):
                answer = process.ask("run", case=case)
                if "error" in answer:
                    rows[name] = answer
                    ready.pop(name)[0].close()
                else:
                    taken[name].append((answer["cpu"], answer["wall"]))
        for name, (process, columns) in ready.items():
            cpu, wall = zip(*taken[name])
            middle = statistics.median(cpu)
            rows[name] = {"cpu": middle, "best": min(cpu), "spread": spread(cpu),
                          "wall": statistics.median(wall), "columns": columns,
                          "speed": bars * columns / middle / 1e6}
    finally:
        for process, _ in ready.values():
            process.close()
    return rows


def cold(start, case):
    """CPU seconds of a process from its start to its first result."""
    with start() as process:
        answer = process.ask("cold", case=case)
        if "cpu" in answer:
            answer["wall"] = time.perf_counter() - process.begin
        return answer


def once(start, op, **fields):
    with start() as process:
        return process.ask(op, **fields)
