# SPDX-License-Identifier: Apache-2.0
crucible_test(costs LABELS unit SOURCES test_costs.c INTERNAL)
crucible_test(costs_instrument LABELS unit SOURCES test_costs_instrument.c
              ../support/failing_alloc.c)
crucible_test(costs_funding LABELS unit SOURCES test_costs_funding.c
              ../support/failing_alloc.c)
crucible_test(impact LABELS unit golden SOURCES test_impact.c
              ../support/golden_rows.c)
crucible_test(impact_stream LABELS unit SOURCES test_impact_stream.c
              ../support/failing_alloc.c)
crucible_test(costs_spread LABELS unit golden SOURCES test_costs_spread.c
              ../support/failing_alloc.c ../support/golden_rows.c
              ../support/made_bars.c ../support/recorded.c)
crucible_test(costs_spread_lanes LABELS unit golden SOURCES
              test_costs_spread_lanes.c INTERNAL)
