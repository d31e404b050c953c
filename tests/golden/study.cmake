# SPDX-License-Identifier: Apache-2.0
crucible_test(
  study_golden
  LABELS
  golden
  unit
  SOURCES
  test_study_golden.c
  ../support/golden_rows.c
  ../support/study_space.c)
crucible_test(
  tpe_golden
  LABELS
  golden
  unit
  SOURCES
  test_tpe_golden.c
  ../support/golden_rows.c)
