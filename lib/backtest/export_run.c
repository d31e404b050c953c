/* SPDX-License-Identifier: Apache-2.0 */
/* Which table of a run is where, and whether it was kept. */
#include "backtest/export_table.h"
#include "backtest/run_result.h"
#include "base/base_status.h"

static crucible_status check_kept(const crucible_backtest *backtest,
                                  const void *view, const char *name,
                                  int is_kept, const char *option) {
  if (backtest == NULL || view == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : name);
  if (!is_kept)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the run kept no %s: set options.%s", name, option);
  return CRUCIBLE_OK;
}

crucible_status crucible_backtest_positions(const crucible_backtest *backtest,
                                            crucible_positions *positions) {
  CRUCIBLE__TRY(check_kept(backtest, positions, "positions",
                           backtest != NULL && backtest->keeps_positions,
                           "keep_positions"));
  return crucible__table_lend(&backtest->positions, &crucible__position_kind,
                              positions);
}

crucible_status crucible_backtest_drawdowns(const crucible_backtest *backtest,
                                            crucible_drawdowns *drawdowns) {
  CRUCIBLE__TRY(check_kept(backtest, drawdowns, "drawdowns",
                           backtest != NULL && backtest->keeps_drawdowns,
                           "keep_drawdowns"));
  return crucible__table_lend(&backtest->records.drawdowns,
                              &crucible__drawdown_kind, drawdowns);
}

crucible_status crucible__export_of_run(const crucible_backtest *backtest,
                                        int32_t table, crucible__export *out) {
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_positions positions = {.struct_size = sizeof positions};
  crucible_drawdowns drawdowns = {.struct_size = sizeof drawdowns};
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  switch (table) {
  case CRUCIBLE_TABLE_ORDERS:
    CRUCIBLE__TRY(crucible_backtest_records(backtest, &orders, NULL));
    return crucible__export_of_view(&orders, &crucible__order_kind, out);
  case CRUCIBLE_TABLE_TRADES:
    CRUCIBLE__TRY(crucible_backtest_records(backtest, NULL, &trades));
    return crucible__export_of_view(&trades, &crucible__trade_kind, out);
  case CRUCIBLE_TABLE_POSITIONS:
    CRUCIBLE__TRY(crucible_backtest_positions(backtest, &positions));
    return crucible__export_of_view(&positions, &crucible__position_kind, out);
  case CRUCIBLE_TABLE_DRAWDOWNS:
    CRUCIBLE__TRY(crucible_backtest_drawdowns(backtest, &drawdowns));
    return crucible__export_of_view(&drawdowns, &crucible__drawdown_kind, out);
  case CRUCIBLE_TABLE_SUMMARIES:
    crucible__export_of_summaries(backtest->summaries, backtest->n_columns,
                                  out);
    return CRUCIBLE_OK;
  default:
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "table is %d: give CRUCIBLE_TABLE_ORDERS, _TRADES, "
                          "_POSITIONS, _DRAWDOWNS or _SUMMARIES",
                          (int)table);
  }
}
