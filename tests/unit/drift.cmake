# SPDX-License-Identifier: Apache-2.0
crucible_test(drift LABELS unit golden SOURCES test_drift.c
              ../support/failing_alloc.c ../support/golden_rows.c)
crucible_test(drift_state LABELS unit SOURCES test_drift_state.c
              ../support/failing_alloc.c)
