# SPDX-License-Identifier: Apache-2.0
crucible_test(
  forge
  LABELS
  unit
  property
  SOURCES
  test_forge.c
  ../support/failing_alloc.c
  INTERNAL
  LIBRARIES
  Threads::Threads
  TIMEOUT
  240)
