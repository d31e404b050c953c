# SPDX-License-Identifier: Apache-2.0
"""Runs crucible-run for the tests: where it is, and short recorded inputs."""
import json
import os
import resource
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("CRUCIBLE_RUN", "crucible-run")
SOURCE = os.environ["CRUCIBLE_SOURCE_DIR"]
SHARED = os.environ.get("CRUCIBLE_SHARED_DIR", "")
DATA = os.path.join(SOURCE, "examples", "data")
BTC = os.path.join(DATA, "BTCUSDT-5m-2023-03-20_2023-03-28.csv")
INSTRUMENTS = os.path.join(DATA, "instruments.json")
DEMO = os.path.join(SOURCE, "examples", "demo.json")

# Small enough for a second, large enough that agents trade.
QUICK = ["--config", DEMO, "--set", "tournament.agents=3", "--set",
         "study.batch=4", "--set", "study.trials=12", "--set",
         "forge.max_rounds=40"]


def run(*words, cwd=None, env=None, limit=None, timeout=300):
    """Output, errors and exit code of one call; limit: called in the child."""
    done = subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, cwd=cwd,
        env={**os.environ, **(env or {})}, preexec_fn=limit, timeout=timeout,
        check=False)
    return done.stdout, done.stderr, done.returncode


def small_files(n_bytes):
    """A limit for run(): files cannot grow beyond it, as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    return limit


def recorded_lines():
    with open(BTC, encoding="ascii") as file:
        return file.read().splitlines()


class RunCase(unittest.TestCase):
    """A case with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(self.path(name), mode) as file:
            file.write(text)
        return self.path(name)

    def succeed(self, *words, **how):
        out, errors, code = run(*words, **how)
        self.assertEqual(code, 0, errors)
        return out

    def refuse(self, code, wanted, *words, **how):
        """One line of error that holds each of wanted, and the exit code."""
        out, errors, got = run(*words, **how)
        self.assertEqual(got, code, f"{words}: {errors}")
        lines = [line for line in errors.splitlines()
                 if line.startswith("crucible-run: ")]
        self.assertEqual(len(lines), 1, errors)
        for text in wanted:
            self.assertIn(text, lines[0])
        self.assertEqual(out, "")
        return lines[0]

    def tournament(self, name="run.db", *words):
        """A quick tournament; the path of its database."""
        self.succeed("tournament", "--replay", BTC, "--db", self.path(name),
                     *QUICK, *words)
        return self.path(name)

    def report(self, db):
        return json.loads(self.succeed("report", "--db", db, "--json"))
