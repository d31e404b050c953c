# SPDX-License-Identifier: Apache-2.0
crucible_test(
  sweep_property
  LABELS
  property
  SOURCES
  test_sweep_property.c
  ../support/made_bars.c
  INTERNAL
  TIMEOUT
  300)
