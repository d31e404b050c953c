# SPDX-License-Identifier: Apache-2.0
crucible_test(selection LABELS unit golden SOURCES test_selection.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(validation LABELS unit golden property SOURCES test_validation.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(
  selection_bootstrap
  LABELS
  unit
  golden
  SOURCES
  test_selection_bootstrap.c
  ../support/failing_alloc.c
  ../support/golden_rows.c
  INTERNAL)
crucible_test(selection_trials LABELS unit SOURCES test_selection_trials.c
              ../support/failing_alloc.c INTERNAL)
