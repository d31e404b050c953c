/* SPDX-License-Identifier: Apache-2.0 */
/* Positions from flat to flat, put together from the trades that left them. */
#ifndef CRUCIBLE__RECORD_POSITIONS_H
#define CRUCIBLE__RECORD_POSITIONS_H

#include "backtest/record_table.h"

/* What is left of an account's position as a trade that ends now, at the mark:
   quantity 0 when it is flat. open_ms: open time of the last bar. */
void crucible__account_open_trade(const crucible__account *account,
                                  const crucible__terms *terms, int64_t open_ms,
                                  crucible__trade_event *trade);

/*
 * All positions of a run. trades are sorted by column; open[c] is what is left
 * in column c (NULL: nothing anywhere), its bars counted from the run's first.
 * positions is empty before and, after a failure, again.
 */
crucible_status crucible__positions_of(const crucible__trade_table *trades,
                                       const crucible__trade_event *open,
                                       size_t n_columns,
                                       crucible__position_table *positions);

#endif
