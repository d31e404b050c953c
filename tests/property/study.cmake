# SPDX-License-Identifier: Apache-2.0
crucible_test(
  study_property
  LABELS
  property
  SOURCES
  test_study_property.c
  ../support/study_space.c
  LIBRARIES
  Threads::Threads
  TIMEOUT
  300)
