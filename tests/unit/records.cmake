# SPDX-License-Identifier: Apache-2.0
crucible_test(records LABELS unit SOURCES test_records.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(records_made LABELS unit SOURCES test_records_made.c INTERNAL)
crucible_test(records_run LABELS unit SOURCES test_records_run.c
              ../support/made_bars.c ../support/recorded.c)
crucible_test(export_arrow LABELS unit SOURCES test_export_arrow.c
              ../support/failing_alloc.c ../support/made_bars.c
              ../support/recorded.c)
crucible_test(export LABELS unit SOURCES test_export.c
              ../support/failing_alloc.c ../support/made_bars.c
              ../support/recorded.c)
