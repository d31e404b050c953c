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
crucible_test(series_csv LABELS unit SOURCES test_series_csv.c
              ../support/series_files.c)
crucible_test(series_csv_refusals LABELS unit SOURCES
              test_series_csv_refusals.c ../support/series_files.c)
crucible_test(
  series_gzip
  LABELS
  unit
  SOURCES
  test_series_gzip.c
  ../support/series_files.c
  LIBRARIES
  PkgConfig::ZLIB)
crucible_test(
  series_bars
  LABELS
  unit
  SOURCES
  test_series_bars.c
  ../support/series_files.c
  INTERNAL)
crucible_test(
  series_resample
  LABELS
  unit
  SOURCES
  test_series_resample.c
  ../support/series_files.c
  INTERNAL)
crucible_test(series_write LABELS unit SOURCES test_series_write.c
              ../support/series_files.c)
crucible_test(
  series_memory
  LABELS
  unit
  SOURCES
  test_series_memory.c
  ../support/series_files.c
  ../support/failing_alloc.c)
