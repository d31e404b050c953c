# SPDX-License-Identifier: Apache-2.0
crucible_test(
  features_property
  LABELS
  property
  SOURCES
  test_features_property.c
  ../support/made_bars.c
  TIMEOUT
  300)
crucible_test(
  recorded_features # zlib: not for MemorySanitizer, which runs features_*
  LABELS
  property
  golden
  SOURCES
  test_features_recorded.c
  ../support/series_files.c)
crucible_test(
  features_blocks
  LABELS
  property
  SOURCES
  test_features_blocks.c
  ../support/made_bars.c
  INTERNAL
  TIMEOUT
  300)
