# SPDX-License-Identifier: Apache-2.0
crucible_test(regime LABELS unit SOURCES test_regime.c
              ../support/failing_alloc.c)
crucible_test(regime_golden LABELS golden SOURCES test_regime_golden.c
              ../support/golden_rows.c)
crucible_test(segment LABELS unit SOURCES test_segment.c
              ../support/failing_alloc.c)
