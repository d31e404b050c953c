# SPDX-License-Identifier: Apache-2.0
crucible_test(costs LABELS unit SOURCES test_costs.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(costs_funding LABELS unit SOURCES test_costs_funding.c
              ../support/failing_alloc.c)
