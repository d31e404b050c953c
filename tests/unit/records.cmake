# SPDX-License-Identifier: Apache-2.0
crucible_test(records LABELS unit SOURCES test_records.c
              ../support/failing_alloc.c INTERNAL)
