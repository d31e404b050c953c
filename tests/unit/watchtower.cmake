# SPDX-License-Identifier: Apache-2.0
crucible_test(
  watchtower_golden
  LABELS
  unit
  golden
  SOURCES
  test_watchtower_golden.c
  ../support/golden_rows.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(watchtower LABELS unit SOURCES test_watchtower.c INTERNAL)
crucible_test(watchtower_calls LABELS unit SOURCES test_watchtower_calls.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(watchtower_luck LABELS unit SOURCES test_watchtower_luck.c
              ../support/made_bars.c)
crucible_test(watchtower_anytime LABELS unit SOURCES test_watchtower_anytime.c
              ../support/made_bars.c INTERNAL)
crucible_test(calibrate LABELS unit SOURCES test_calibrate.c
              ../support/failing_alloc.c INTERNAL)
