# SPDX-License-Identifier: Apache-2.0
crucible_test(
  features
  LABELS
  unit
  SOURCES
  test_features.c
  ../support/failing_alloc.c
  ../support/made_bars.c)
