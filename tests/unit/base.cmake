# SPDX-License-Identifier: Apache-2.0
crucible_test(
  base_numtext
  LABELS
  unit
  golden
  SOURCES
  test_base_numtext.c
  ../support/comma_locale.c
  ../support/failing_alloc.c
  INTERNAL)
