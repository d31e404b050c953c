#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up test runs; the last line is "N passed, N failed, N skipped".

Usage: summary.py [--none-skipped] RESULTS.xml...

Reads what ctest --output-junit wrote. A cmocka program or a Python unittest
counts as the cases that it reports, any other test as one. With --none-skipped
a skipped case is a failure of the run.
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

CASE = re.compile(r"^\[ +(RUN|OK|FAILED|SKIPPED) +\] (\w+)", re.M)
PYTHON = re.compile(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED)(?: \((.*)\))?$",
                    re.M)


def cmocka(output):
    """(case, outcome) of each case; cmocka lists the bad ones again at last."""
    found, running = [], None
    for match in CASE.finditer(output):
        outcome, case = match.groups()
        if outcome == "RUN":
            running = case
        elif case == running:
            found.append((case, outcome))
            running = None
    return found


def count(test, skipped):
    """Passed and failed cases of one ctest test; adds the skipped by name."""
    name = test.get("name")
    output = test.findtext("system-out") or ""
    bad = test.get("status") == "fail"
    if test.find("skipped") is not None or test.get("status") in (
            "notrun", "disabled"):
        skipped.append(name)
        return 0, 0
    cases = cmocka(output)
    passed = sum(outcome == "OK" for _, outcome in cases)
    failed = sum(outcome == "FAILED" for _, outcome in cases)
    before = len(skipped)
    skipped += [f"{name}: {case}" for case, outcome in cases
                if outcome == "SKIPPED"]
    for match in PYTHON.finditer(output):
        words = dict(re.findall(r"(\w+)=(\d+)", match.group(2) or ""))
        n_bad = int(words.get("failures", 0)) + int(words.get("errors", 0))
        n_skipped = int(words.get("skipped", 0))
        skipped += [f"{name}: a Python case"] * n_skipped
        failed += n_bad
        passed += int(match.group(1)) - n_bad - n_skipped
    if bad and failed == 0:
        failed = 1
    elif not bad and passed + len(skipped) - before == 0:
        passed = 1
    return passed, failed


def main():
    none_skipped = "--none-skipped" in sys.argv[1:]
    passed, failed, skipped, failing = 0, 0, [], []
    for path in [a for a in sys.argv[1:] if a != "--none-skipped"]:
        try:
            tests = ElementTree.parse(path).getroot().findall("testcase")
        except (OSError, ElementTree.ParseError) as error:
            print(f"{path}: {error}")
            failing.append(path)
            failed += 1
            continue
        for test in tests:
            good, bad = count(test, skipped)
            passed += good
            failed += bad
            if bad:
                failing.append(f"{path}: {test.get('name')}")
    for name in failing:
        print(f"failed: {name}")
    for name in skipped:
        print(f"skipped: {name}")
    if skipped and none_skipped:
        print("the shared data are there: no test may be skipped")
    elif skipped:
        print(f"{len(skipped)} tests were skipped for want of shared data "
              "(CRUCIBLE_SHARED)")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed or (skipped and none_skipped) else 0


if __name__ == "__main__":
    sys.exit(main())
