# SPDX-License-Identifier: Apache-2.0
crucible_test(
  features_golden
  LABELS
  golden
  SOURCES
  test_features_golden.c
  ../support/made_bars.c)
