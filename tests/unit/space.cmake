# SPDX-License-Identifier: Apache-2.0
crucible_test(space LABELS unit property SOURCES test_space.c
              ../support/failing_alloc.c)
