/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/record_gather.h"

#include "base/base_alloc.h"
#include "base/base_status.h"

/* So many accounts tell how much all will need, if they are spread over no
   fewer than so many. */
enum { SAMPLE = 8, SPREAD = 32 };

size_t crucible__gather_account(size_t n, size_t item) {
  size_t stride = n / SAMPLE;
  if (n < SPREAD)
    return item;
  if (item < SAMPLE)
    return item * stride + stride / 2;
  size_t account = item - SAMPLE;
  for (size_t k = 0; k < SAMPLE; ++k)
    account += k * stride + stride / 2 <= account;
  return account;
}

crucible_status crucible__gather_init(crucible__gather *gather,
                                      crucible__records *all, size_t n) {
  *gather = (crucible__gather){.all = all, .n = n};
  (void)pthread_mutex_init(&gather->lock, NULL);
  (void)pthread_cond_init(&gather->written, NULL);
  gather->waiting = crucible__alloc_zero(n, sizeof *gather->waiting);
  gather->has_ended = crucible__alloc_zero(n, 1);
  if (gather->waiting != NULL && gather->has_ended != NULL)
    return CRUCIBLE_OK;
  crucible__gather_free(gather);
  return CRUCIBLE_E_NOMEM;
}

void crucible__gather_free(crucible__gather *gather) {
  for (size_t i = gather->next; gather->waiting != NULL && i < gather->n; ++i)
    crucible__records_free(&gather->waiting[i]);
  crucible__free(gather->waiting);
  crucible__free(gather->has_ended);
  gather->waiting = NULL;
  gather->has_ended = NULL;
  (void)pthread_mutex_destroy(&gather->lock);
  (void)pthread_cond_destroy(&gather->written);
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
  double mean = (double)n_ended / (double)gather->n_ended;
  double foretold = mean * (double)gather->n * 1.0625;
  if (foretold > (double)(head->n + n) && foretold < (double)(SIZE_MAX / 2))
    return crucible__table_resize(table, kind, (size_t)foretold);
  return crucible__table_reserve(table, kind, n);
}

/* Whether the next account can go where it belongs; it may wait for others to
   have written, and then one of them may have taken it on. */
static crucible_status make_room(crucible__gather *gather, int *is_ready) {
  const crucible__records *next = &gather->waiting[gather->next];
  crucible__records *all = gather->all;
  *is_ready = 1;
  if (next->orders.table.n <= room_left(&all->orders.table) &&
      next->trades.table.n <= room_left(&all->trades.table) &&
      next->drawdowns.table.n <= room_left(&all->drawdowns.table))
    return CRUCIBLE_OK;
  if (gather->n_copying > 0) { /* they hold pointers into it */
    *is_ready = 0;
    (void)pthread_cond_wait(&gather->written, &gather->lock);
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(grow(gather, &all->orders, &crucible__order_kind,
                     gather->n_orders, next->orders.table.n));
  CRUCIBLE__TRY(grow(gather, &all->trades, &crucible__trade_kind,
                     gather->n_trades, next->trades.table.n));
  return grow(gather, &all->drawdowns, &crucible__drawdown_kind,
              gather->n_drawdowns, next->drawdowns.table.n);
}

/* Copies the next account's records, the lock being let go meanwhile, and
   leaves them empty in *taken. */
static void copy_next(crucible__gather *gather, crucible__records *taken) {
  crucible__records *all = gather->all;
  size_t order = all->orders.table.n, trade = all->trades.table.n;
  size_t drawdown = all->drawdowns.table.n;
  *taken = gather->waiting[gather->next];
  gather->waiting[gather->next++] = (crucible__records){.orders = {.id = NULL}};
  all->orders.table.n += taken->orders.table.n;
  all->trades.table.n += taken->trades.table.n;
  all->drawdowns.table.n += taken->drawdowns.table.n;
  ++gather->n_copying;
  (void)pthread_mutex_unlock(&gather->lock);
  crucible__table_copy(&all->orders, &crucible__order_kind, order,
                       &taken->orders);
  crucible__table_copy(&all->trades, &crucible__trade_kind, trade,
                       &taken->trades);
  crucible__table_copy(&all->drawdowns, &crucible__drawdown_kind, drawdown,
                       &taken->drawdowns);
  crucible__records_clear(taken);
  (void)pthread_mutex_lock(&gather->lock);
  if (--gather->n_copying == 0)
    (void)pthread_cond_broadcast(&gather->written);
}

/* Room for an account like those that ended. */
static crucible_status grow_for_one(crucible__gather *gather) {
  crucible__records *all = gather->all;
  size_t n = gather->n_ended;
  if (n == 0)
    return CRUCIBLE_OK; /* nothing is known: it grows as it goes */
  CRUCIBLE__TRY(grow(gather, &all->orders, &crucible__order_kind,
                     gather->n_orders, gather->n_orders / n));
  CRUCIBLE__TRY(grow(gather, &all->trades, &crucible__trade_kind,
                     gather->n_trades, gather->n_trades / n));
  return grow(gather, &all->drawdowns, &crucible__drawdown_kind,
              gather->n_drawdowns, gather->n_drawdowns / n);
}

crucible_status crucible__gather_place(crucible__gather *gather, size_t i,
                                       crucible__records *own,
                                       crucible__records **place) {
  crucible__records *all = gather->all;
  crucible_status status = CRUCIBLE_OK;
  *place = own;
  (void)pthread_mutex_lock(&gather->lock);
  if (i == gather->next && gather->n_copying == 0 &&
      (gather->n_ended >= SAMPLE || gather->n < SPREAD)) {
    /* until it has ended nobody else goes on, so nobody else writes there */
    status = grow_for_one(gather);
    gather->order = all->orders.table.n;
    gather->trade = all->trades.table.n;
    gather->drawdown = all->drawdowns.table.n;
    *place = all;
  }
  (void)pthread_mutex_unlock(&gather->lock);
  return status;
}

/* Counts an account's rows, wherever it wrote them. */
static void count(crucible__gather *gather, size_t i,
                  crucible__records *records) {
  int is_placed = records == gather->all;
  gather->has_ended[i] = 1;
  ++gather->n_ended;
  gather->n_orders += records->orders.table.n - (is_placed ? gather->order : 0);
  gather->n_trades += records->trades.table.n - (is_placed ? gather->trade : 0);
  gather->n_drawdowns +=
      records->drawdowns.table.n - (is_placed ? gather->drawdown : 0);
  if (is_placed)
    ++gather->next;
  else
    gather->waiting[i] = *records;
}

crucible_status crucible__gather_take(crucible__gather *gather, size_t i,
                                      crucible__records *records) {
  crucible_status status = CRUCIBLE_OK;
  /* of what was copied one table stays, in place of the caller's */
  int has_spare = records == gather->all;
  crucible__records spare = {.orders = {.id = NULL}};
  (void)pthread_mutex_lock(&gather->lock);
  count(gather, i, records);
  while (status == CRUCIBLE_OK && gather->next < gather->n &&
         gather->has_ended[gather->next] &&
         (gather->n_ended >= SAMPLE || gather->n_ended == gather->n)) {
    int is_ready;
    status = make_room(gather, &is_ready);
    if (status != CRUCIBLE_OK || !is_ready)
      continue;
    crucible__records taken;
    copy_next(gather, &taken);
    if (has_spare)
      crucible__records_free(&taken);
    else
      spare = taken;
    has_spare = 1;
  }
  (void)pthread_mutex_unlock(&gather->lock);
  if (records != gather->all)
    *records = spare;
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
