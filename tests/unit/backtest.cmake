# SPDX-License-Identifier: Apache-2.0
crucible_test(backtest_fills LABELS unit SOURCES test_backtest_fills.c)
crucible_test(backtest_signals LABELS unit SOURCES test_backtest_signals.c)
crucible_test(backtest_orders LABELS unit SOURCES test_backtest_orders.c)
crucible_test(backtest_plan LABELS unit SOURCES test_backtest_plan.c)
crucible_test(backtest_trader LABELS unit SOURCES test_backtest_trader.c)
crucible_test(backtest_parts LABELS unit SOURCES test_backtest_parts.c)
crucible_test(backtest_exits LABELS unit SOURCES test_backtest_exits.c)
crucible_test(backtest_targets LABELS unit SOURCES test_backtest_targets.c)
crucible_test(backtest_watch LABELS unit INTERNAL SOURCES test_backtest_watch.c
              ../support/recorded.c ../support/made_bars.c)
crucible_test(
  backtest_viability
  LABELS
  unit
  golden
  SOURCES
  test_backtest_viability.c
  ../support/failing_alloc.c
  ../support/golden_rows.c
  ../support/made_bars.c
  ../support/recorded.c)
crucible_test(
  backtest
  LABELS
  unit
  SOURCES
  test_backtest.c
  ../support/failing_alloc.c
  ../support/made_bars.c
  ../support/recorded.c)
crucible_test(
  backtest_span
  LABELS
  unit
  SOURCES
  test_backtest_span.c
  ../support/made_bars.c
  INTERNAL)
crucible_test(viability LABELS unit SOURCES test_viability.c
              ../support/failing_alloc.c ../support/made_bars.c
              ../support/recorded.c)
crucible_test(backtest_metrics LABELS unit SOURCES test_backtest_metrics.c
              ../support/failing_alloc.c ../support/made_bars.c
              ../support/recorded.c)
crucible_test(simulate_refusals LABELS unit SOURCES test_simulate_refusals.c)
