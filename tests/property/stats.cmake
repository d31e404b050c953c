# SPDX-License-Identifier: Apache-2.0
crucible_test(
  sequential_rates
  LABELS
  property
  SOURCES
  test_sequential_rates.c
  ../support/null_tracks.c
  INTERNAL
  TIMEOUT
  300)
