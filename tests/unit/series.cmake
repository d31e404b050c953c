# SPDX-License-Identifier: Apache-2.0
crucible_test(
  series_data
  LABELS
  unit
  golden
  SOURCES
  test_series_data.c
  ../support/series_files.c
  INTERNAL)
