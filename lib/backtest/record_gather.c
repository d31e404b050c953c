/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_gather.h"

#include "base/base_alloc.h"
#include "base/base_status.h"

/* So many accounts tell how much all will need. */
enum { SAMPLE = 8 };

crucible_status crucible__gather_init(crucible__gather *gather,
                                      crucible__records *all, size_t n) {
  *gather = (crucible__gather){.all = all, .n = n};
  (void)pthread_mutex_init(&gather->lock, NULL);
  (void)pthread_cond_init(&gather->written, NULL);
  gather->waiting = crucible__alloc_zero(n, sizeof *gather->waiting);
  gather->has_ended = crucible__alloc_zero(n, 1);
  gather->weight = crucible__alloc(n, sizeof *gather->weight);
  if (gather->waiting != NULL && gather->has_ended != NULL &&
      gather->weight != NULL) {
    for (size_t i = 0; i < n; ++i)
      gather->weight[i] = 1;
    gather->weight_all = (double)n;
    return CRUCIBLE_OK;
  }
  crucible__gather_free(gather);
  return CRUCIBLE_E_NOMEM;
}

void crucible__gather_free(crucible__gather *gather) {
  for (size_t i = gather->next; gather->waiting != NULL && i < gather->n; ++i)
    crucible__log_free(&gather->waiting[i]);
  for (size_t i = 0; i < gather->n_spares; ++i)
    crucible__log_free(&gather->spares[i]);
  gather->n_spares = 0;
  crucible__free(gather->waiting);
  crucible__free(gather->has_ended);
  crucible__free(gather->weight);
  gather->waiting = NULL;
  gather->has_ended = NULL;
  gather->weight = NULL;
  (void)pthread_mutex_destroy(&gather->lock);
  (void)pthread_cond_destroy(&gather->written);
}

void crucible__gather_weigh(crucible__gather *gather, size_t i, double weight) {
  gather->weight_all += weight - gather->weight[i];
  gather->weight[i] = weight;
}

static size_t room_left(const crucible__table *table) {
  return table->capacity - table->n;
}

/* Room for n more rows of a table, and for what the accounts to come will
   bring if they are like those that ended, and a little more. */
static crucible_status grow(const crucible__gather *gather, void *table,
                            const crucible__record_kind *kind, size_t n_ended,
                            size_t n) {
  const crucible__table *head = table;
  if (n <= room_left(head))
    return CRUCIBLE_OK;
  double by_weight = (double)n_ended / gather->weight_ended;
  double foretold = by_weight * gather->weight_all * 1.0625;
  if (foretold > (double)(head->n + n) && foretold < (double)(SIZE_MAX / 2))
    return crucible__table_resize(table, kind, (size_t)foretold);
  return crucible__table_reserve(table, kind, n);
}

/* Whether the next account can go where it belongs; it may wait for others to
   have written, and then one of them may have taken it on. */
static crucible_status make_room(crucible__gather *gather, int *is_ready) {
  const crucible__log *next = &gather->waiting[gather->next];
  crucible__records *all = gather->all;
  *is_ready = 1;
  if (next->n_orders <= room_left(&all->orders.table) &&
      next->n_trades <= room_left(&all->trades.table) &&
      next->drawdowns.table.n <= room_left(&all->drawdowns.table))
    return CRUCIBLE_OK;
  if (gather->n_copying > 0) { /* they hold pointers into it */
    *is_ready = 0;
    (void)pthread_cond_wait(&gather->written, &gather->lock);
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(grow(gather, &all->orders, &crucible__order_kind,
                     gather->n_orders, next->n_orders));
  CRUCIBLE__TRY(grow(gather, &all->trades, &crucible__trade_kind,
                     gather->n_trades, next->n_trades));
  return grow(gather, &all->drawdowns, &crucible__drawdown_kind,
              gather->n_drawdowns, next->drawdowns.table.n);
}

/* Copies the next account's log, the lock being let go meanwhile, and leaves it
   empty in *taken. */
static void copy_next(crucible__gather *gather, crucible__log *taken) {
  crucible__records *all = gather->all;
  uint32_t column = (uint32_t)gather->next;
  size_t order = all->orders.table.n, trade = all->trades.table.n;
  size_t drawdown = all->drawdowns.table.n;
  *taken = gather->waiting[gather->next];
  gather->waiting[gather->next++] = (crucible__log){.orders = NULL};
  all->orders.table.n += taken->n_orders;
  all->trades.table.n += taken->n_trades;
  all->drawdowns.table.n += taken->drawdowns.table.n;
  ++gather->n_copying;
  (void)pthread_mutex_unlock(&gather->lock);
  crucible__orders_write(&all->orders, order, column, taken->orders,
                         taken->n_orders);
  crucible__trades_write(&all->trades, trade, column, taken->trades,
                         taken->n_trades);
  crucible__table_copy(&all->drawdowns, &crucible__drawdown_kind, drawdown,
                       &taken->drawdowns);
  crucible__log_clear(taken);
  (void)pthread_mutex_lock(&gather->lock);
  if (--gather->n_copying == 0)
    (void)pthread_cond_broadcast(&gather->written);
}

/* A log that was copied: its memory has been touched, others can use it. */
static void spare(crucible__gather *gather, crucible__log *log) {
  if (gather->n_spares < CRUCIBLE__SPARES)
    gather->spares[gather->n_spares++] = *log;
  else
    crucible__log_free(log);
}

crucible_status crucible__gather_take(crucible__gather *gather, size_t i,
                                      crucible__log *log) {
  crucible_status status = CRUCIBLE_OK;
  (void)pthread_mutex_lock(&gather->lock);
  gather->has_ended[i] = 1;
  ++gather->n_ended;
  gather->weight_ended += gather->weight[i];
  gather->n_orders += log->n_orders;
  gather->n_trades += log->n_trades;
  gather->n_drawdowns += log->drawdowns.table.n;
  gather->waiting[i] = *log;
  while (status == CRUCIBLE_OK && gather->next < gather->n &&
         gather->has_ended[gather->next] &&
         (gather->n_ended >= SAMPLE || gather->n_ended == gather->n)) {
    int is_ready;
    status = make_room(gather, &is_ready);
    if (status != CRUCIBLE_OK || !is_ready)
      continue;
    crucible__log taken;
    copy_next(gather, &taken);
    spare(gather, &taken);
  }
  *log = (crucible__log){.orders = NULL};
  if (gather->n_spares > 0)
    *log = gather->spares[--gather->n_spares];
  (void)pthread_mutex_unlock(&gather->lock);
  return status;
}

/* Not for a little: the columns would be moved together. */
static crucible_status give_back(void *table,
                                 const crucible__record_kind *kind) {
  const crucible__table *head = table;
  return head->capacity / 4 > head->n
             ? crucible__table_resize(table, kind, head->n)
             : CRUCIBLE_OK;
}

crucible_status crucible__gather_finish(crucible__gather *gather) {
  crucible__records *all = gather->all;
  CRUCIBLE__TRY(give_back(&all->orders, &crucible__order_kind));
  CRUCIBLE__TRY(give_back(&all->trades, &crucible__trade_kind));
  return give_back(&all->drawdowns, &crucible__drawdown_kind);
}
