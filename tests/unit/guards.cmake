# SPDX-License-Identifier: Apache-2.0
crucible_test(
  guards
  LABELS
  unit
  SOURCES
  test_guards.c
  ../support/failing_alloc.c
  ../support/series_files.c)
crucible_test(guards_leaks LABELS unit SOURCES test_guards_leaks.c
              ../support/series_files.c)
crucible_test(
  guards_warmup
  LABELS
  unit
  SOURCES
  test_guards_warmup.c
  ../support/failing_alloc.c
  ../support/series_files.c)
crucible_test(
  guards_run
  LABELS
  unit
  SOURCES
  test_guards_run.c
  ../support/failing_alloc.c
  ../support/series_files.c)
