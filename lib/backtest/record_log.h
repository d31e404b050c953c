/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one account leaves behind while it runs, event by event: rows side by
 * side, which are cheap to write. They become columns when they are gathered.
 */
#ifndef CRUCIBLE__RECORD_LOG_H
#define CRUCIBLE__RECORD_LOG_H

#include "backtest/record_table.h"

/* All zero at the start. Bars of trades are those of the run. */
typedef struct crucible__log {
  size_t n_orders, n_trades;
  size_t order_room, trade_room;
  crucible__order_event *orders;
  crucible__trade_event *trades;
  crucible__drawdown_table drawdowns;
} crucible__log;

crucible_status crucible__log_grow(crucible__log *log, size_t n_orders,
                                   size_t n_trades);

/* Makes room for that many more; E_NOMEM changes nothing that is seen. */
static inline crucible_status
crucible__log_reserve(crucible__log *log, size_t n_orders, size_t n_trades) {
  return log->order_room - log->n_orders >= n_orders &&
                 log->trade_room - log->n_trades >= n_trades
             ? CRUCIBLE_OK
             : crucible__log_grow(log, n_orders, n_trades);
}

/* Asks for the lines that the next rows will be written to. */
static inline void crucible__log_ahead(const crucible__log *log) {
  enum { LINE = 64 };
  if (log->n_orders == log->order_room || log->n_trades == log->trade_room)
    return;
  const unsigned char *order = (const void *)(log->orders + log->n_orders);
  const unsigned char *trade = (const void *)(log->trades + log->n_trades);
  for (size_t at = 0; at < 2 * sizeof *log->orders; at += LINE)
    __builtin_prefetch(order + at, 1);
  for (size_t at = 0; at < sizeof *log->trades; at += LINE)
    __builtin_prefetch(trade + at, 1);
}

/* Forgets the rows and keeps the room. */
static inline void crucible__log_clear(crucible__log *log) {
  log->n_orders = log->n_trades = 0;
  log->drawdowns.table.n = 0;
}

void crucible__log_free(crucible__log *log);

#endif
