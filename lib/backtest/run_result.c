/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/run_result.h"

#include "base/base_alloc.h"
#include "base/base_status.h"

void crucible_backtest_destroy(crucible_backtest *backtest) {
  if (backtest == NULL || !crucible__backtest_let_go(backtest))
    return;
  crucible__records_free(&backtest->records);
  crucible__table_free(&backtest->positions, &crucible__position_kind);
  crucible__free(backtest->summaries);
  crucible__free(backtest->columns);
  crucible__free(backtest->books);
  crucible__free(backtest->tails);
  crucible__free(backtest->equity);
  crucible__free(backtest);
}

crucible_status crucible_backtest_summary(const crucible_backtest *backtest,
                                          size_t column,
                                          crucible_summary *summary) {
  if (backtest == NULL || summary == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : "summary");
  if (column >= backtest->n_columns)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "column is %zu: the run had %zu, from 0", column,
                          backtest->n_columns);
  return crucible__result_write(summary, &backtest->summaries[column],
                                sizeof *summary, "summary");
}

crucible_status crucible_backtest_records(const crucible_backtest *backtest,
                                          crucible_orders *orders,
                                          crucible_trades *trades) {
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  if (!backtest->keeps_records)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the run kept no records: set options.keep_records");
  return crucible__records_lend(&backtest->records, orders, trades);
}

crucible_status crucible_backtest_equity(const crucible_backtest *backtest,
                                         crucible_matrix *equity) {
  if (backtest == NULL || equity == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : "equity");
  if (backtest->equity == NULL)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the run kept no equity: set options.keep_equity");
  *equity = (crucible_matrix){
      .data = backtest->equity + 1,
      .rows = backtest->n_bars,
      .cols = backtest->n_columns,
      .row_stride = 1,
      .col_stride = (ptrdiff_t)backtest->n_bars + 1,
  };
  return CRUCIBLE_OK;
}
