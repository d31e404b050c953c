# SPDX-License-Identifier: Apache-2.0
crucible_test(
  study
  LABELS
  unit
  SOURCES
  test_study.c
  ../support/failing_alloc.c
  ../support/study_space.c)
crucible_test(
  study_genetic
  LABELS
  unit
  SOURCES
  test_study_genetic.c
  ../support/failing_alloc.c
  ../support/study_space.c)
