# SPDX-License-Identifier: Apache-2.0
crucible_test(series_properties LABELS property SOURCES
              test_series_properties.c ../support/series_files.c)
