#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How long a tournament takes to go on after kill -9.

Usage: recovery.py PROGRAM SHARE [ARGUMENT...]

Runs PROGRAM tournament --db X ARGUMENT... until SHARE (such as 0.8) of the bars
are traded, kills it, starts it again and prints the seconds from the start to
the first line about a bar that is new; then kills that, too.
"""
import os
import re
import subprocess
import sys
import tempfile
import time


def start(program, db, arguments):
    return subprocess.Popen([program, "tournament", "--db", db, *arguments],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True)


def main():
    program, share, arguments = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder:
        db = os.path.join(folder, "run.db")
        with start(program, db, arguments) as child:
            for line in child.stderr:
                at = re.search(r"bar ([0-9,]+) of ([0-9,]+)", line)
                bar, n = (int(x.replace(",", "")) for x in
                          at.groups()) if at else (0, 1)
                if bar >= share * n:
                    break
            child.kill()
        begin = time.monotonic()
        with start(program, db, arguments) as child:
            for line in child.stderr:
                if re.search(r"bar [0-9,]+ of", line):
                    break
            seconds = time.monotonic() - begin
            child.kill()
        print(f"killed at bar {bar} of {n}; goes on after {seconds:.2f} s")


main()
