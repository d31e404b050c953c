# SPDX-License-Identifier: Apache-2.0
# XGBoost itself is linked as the reference that predictions are compared with.
crucible_test(
  model
  LABELS
  unit
  golden
  property
  SOURCES
  test_model.c
  ../support/golden_rows.c
  INTERNAL
  LIBRARIES
  PkgConfig::XGBOOST
  Threads::Threads)
crucible_test(
  model_calls
  LABELS
  unit
  property
  SOURCES
  test_model_calls.c
  ../support/failing_alloc.c
  INTERNAL
  LIBRARIES
  PkgConfig::XGBOOST
  Threads::Threads)
