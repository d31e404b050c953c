# SPDX-License-Identifier: Apache-2.0
crucible_test(store LABELS unit SOURCES test_store.c
              ../support/failing_alloc.c INTERNAL)
