# SPDX-License-Identifier: Apache-2.0
crucible_test(records LABELS unit SOURCES test_records.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(export LABELS unit SOURCES test_export.c
              ../support/failing_alloc.c ../support/made_bars.c
              ../support/recorded.c)
