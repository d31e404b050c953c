# SPDX-License-Identifier: Apache-2.0
crucible_test(
  volatility
  LABELS
  unit
  SOURCES
  test_volatility.c
  ../support/failing_alloc.c
  INTERNAL)
crucible_test(volatility_law LABELS unit SOURCES test_volatility_law.c INTERNAL)
crucible_test(volatility_fit LABELS unit SOURCES test_volatility_fit.c INTERNAL)
crucible_test(
  volatility_golden
  LABELS
  golden
  SOURCES
  test_volatility_golden.c
  ../support/golden_rows.c
  ../support/csv_column.c
  LIBRARIES
  PkgConfig::ZLIB)
crucible_test(
  volatility_forecast
  LABELS
  unit
  SOURCES
  test_volatility_forecast.c
  ../support/failing_alloc.c
  ../support/golden_rows.c
  INTERNAL)
