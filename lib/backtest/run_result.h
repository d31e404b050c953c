/* SPDX-License-Identifier: Apache-2.0 */
/* What a run over columns leaves behind. */
#ifndef CRUCIBLE__RUN_RESULT_H
#define CRUCIBLE__RUN_RESULT_H

#include "backtest/record_table.h"

struct crucible_backtest {
  size_t n_bars, n_columns;
  int keeps_records, keeps_equity, keeps_positions, keeps_drawdowns;
  crucible_summary *summaries; /* [n_columns] */
  crucible__records records;
  crucible__position_table positions;
  double *equity; /* [n_columns][n_bars + 1], the initial cash first */
};

#endif
