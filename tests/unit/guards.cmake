# SPDX-License-Identifier: Apache-2.0
crucible_test(
  guards
  LABELS
  unit
  SOURCES
  test_guards.c
  ../support/failing_alloc.c
  ../support/series_files.c)
