# SPDX-License-Identifier: Apache-2.0
crucible_test(
  sweep
  LABELS
  unit
  golden
  SOURCES
  test_sweep.c
  ../support/failing_alloc.c
  ../support/golden_rows.c
  ../support/made_bars.c)
