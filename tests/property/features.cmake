# SPDX-License-Identifier: Apache-2.0
crucible_test(
  features_property
  LABELS
  property
  SOURCES
  test_features_property.c
  ../support/made_bars.c)
