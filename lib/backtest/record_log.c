/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_log.h"

#include "base/base_alloc.h"
#include "base/base_status.h"

enum { FIRST_ROWS = 64 };

/* Room for n more than the used ones, at least twice what there is. */
static crucible_status grow(void **rows, size_t *room, size_t used, size_t n,
                            size_t width) {
  if (*room - used >= n)
    return CRUCIBLE_OK;
  if (n > SIZE_MAX / 4 - used)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu records", n);
  size_t more = *room > 0 ? 2 * *room : FIRST_ROWS;
  if (more < used + n)
    more = used + n;
  void *grown = crucible__realloc(*rows, more, width);
  if (grown == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__prefer_large_pages(grown, more * width);
  *rows = grown;
  *room = more;
  return CRUCIBLE_OK;
}

crucible_status crucible__log_grow(crucible__log *log, size_t n_orders,
                                   size_t n_trades) {
  void *orders = log->orders, *trades = log->trades;
  crucible_status status = grow(&orders, &log->order_room, log->n_orders,
                                n_orders, sizeof *log->orders);
  log->orders = orders;
  if (status == CRUCIBLE_OK)
    status = grow(&trades, &log->trade_room, log->n_trades, n_trades,
                  sizeof *log->trades);
  log->trades = trades;
  return status;
}

void crucible__log_free(crucible__log *log) {
  crucible__free(log->orders);
  crucible__free(log->trades);
  crucible__table_free(&log->drawdowns, &crucible__drawdown_kind);
  *log = (crucible__log){.orders = NULL};
}
