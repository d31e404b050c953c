# SPDX-License-Identifier: Apache-2.0
crucible_test(
  eigenvectors
  LABELS
  unit
  SOURCES
  test_eigenvectors.c
  INTERNAL)
