# SPDX-License-Identifier: Apache-2.0
"""The closing line of bin/check says what happened. Usage: test_summary.py"""
import os
import subprocess
import sys
import tempfile
import unittest

SUMMARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                       ".ci", "summary.py")
CMOCKA_GOOD = """[==========] Running 3 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[       OK ] two
[ RUN      ] three
[  SKIPPED ] three
[==========] 3 test(s) run.
[  PASSED  ] 2 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] three
"""
CMOCKA_BAD = """[==========] Running 2 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
[  ERROR   ] --- 1 != 2
[  FAILED  ] two
[==========] 2 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] two

 1 FAILED TEST(S)
"""
CMOCKA_CRASH = """[==========] Running 3 test(s).
[ RUN      ] one
[       OK ] one
[ RUN      ] two
"""
PYTHON = """....s
----------------------------------------------------------------------
Ran 5 tests in 0.010s

OK (skipped=1)
"""
PYTHON_BAD = """..FE
----------------------------------------------------------------------
Ran 4 tests in 0.010s

FAILED (failures=1, errors=1)
"""


class Summary(unittest.TestCase):

    def summary(self, tests, *arguments, runs=1):
        """Exit status and closing line for (status, output) of some tests."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "results.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write("<testsuite>")
                for i, (status, output) in enumerate(tests):
                    file.write(f'<testcase name="t{i}" status="{status}">'
                               f"<system-out>{output}</system-out>"
                               "</testcase>")
                file.write("</testsuite>")
            done = subprocess.run(
                [sys.executable, SUMMARY, *arguments] + [path] * runs,
                capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_cases_of_cmocka_are_counted_and_not_twice(self):
        self.assertEqual(self.summary([("run", CMOCKA_GOOD)]),
                         (0, "2 passed, 0 failed, 1 skipped"))

    def test_a_failing_case_fails_the_run(self):
        self.assertEqual(self.summary([("fail", CMOCKA_BAD)]),
                         (1, "1 passed, 1 failed, 0 skipped"))

    def test_a_crash_counts_as_a_failure(self):
        self.assertEqual(self.summary([("fail", CMOCKA_CRASH)]),
                         (1, "1 passed, 1 failed, 0 skipped"))

    def test_a_leak_after_good_cases_counts_as_a_failure(self):
        self.assertEqual(self.summary([("fail", CMOCKA_GOOD)]),
                         (1, "2 passed, 1 failed, 1 skipped"))

    def test_another_program_counts_as_one(self):
        self.assertEqual(self.summary([("run", "right"), ("fail", "wrong")]),
                         (1, "1 passed, 1 failed, 0 skipped"))

    def test_python_cases_are_counted(self):
        self.assertEqual(self.summary([("run", PYTHON)]),
                         (0, "4 passed, 0 failed, 1 skipped"))
        self.assertEqual(self.summary([("fail", PYTHON_BAD)]),
                         (1, "2 passed, 2 failed, 0 skipped"))

    def test_a_test_that_did_not_run_is_skipped(self):
        self.assertEqual(self.summary([("notrun", "")]),
                         (0, "0 passed, 0 failed, 1 skipped"))

    def test_a_skipped_case_fails_when_the_data_are_there(self):
        self.assertEqual(
            self.summary([("run", CMOCKA_GOOD)], "--none-skipped"),
            (1, "2 passed, 0 failed, 1 skipped"))

    def test_runs_are_added_up(self):
        self.assertEqual(self.summary([("run", CMOCKA_GOOD)], runs=2),
                         (0, "4 passed, 0 failed, 2 skipped"))

    def test_results_that_are_missing_count_as_a_failure(self):
        done = subprocess.run([sys.executable, SUMMARY, "nowhere.xml"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("0 passed, 1 failed, 0 skipped", done.stdout)


if __name__ == "__main__":
    unittest.main()
