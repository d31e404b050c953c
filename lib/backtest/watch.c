/* SPDX-License-Identifier: Apache-2.0 */
/* What has to happen before an account needs its step again. */
#include <math.h>

#include "backtest/decide.h"
#include "backtest/leave.h"
#include "backtest/ledger.h"

static void lower(uint64_t *until, uint64_t bar) {
  if (bar < *until)
    *until = bar;
}

static void watch_position(const crucible__account *account,
                           const crucible__terms *terms,
                           crucible__watch *watch) {
  double guard = crucible__guard_of(account), target = account->target;
  uint32_t horizon = terms->plan.horizon_bars;
  if (account->side > 0) {
    watch->sell_below = guard;
    watch->sell_above = target;
  } else {
    watch->buy_above = guard;
    watch->buy_below = target;
  }
  /* the close at which its time is up belongs to bar entry_bar + horizon - 1 */
  if (horizon > 0)
    lower(&watch->until_bar, account->entry_bar + horizon +
                                 (uint64_t)account->entered_at_close - 2);
  watch->is_busy |= account->exit_purpose != 0 || account->trailing >= 0;
}

static void watch_order(const crucible__order *order, uint64_t n_bars,
                        crucible__watch *watch) {
  if (crucible__order_comes(order) || order->trail > 0 || order->is_cancelled)
    watch->is_busy = 1;
  else if (order->state == CRUCIBLE__ORDER_RESTING && order->side > 0)
    watch->buy_below = fmax(watch->buy_below, order->limit);
  else if (order->state == CRUCIBLE__ORDER_RESTING)
    watch->sell_above = fmin(watch->sell_above, order->limit);
  else if (order->side > 0)
    watch->buy_above = fmin(watch->buy_above, order->trigger);
  else
    watch->sell_below = fmax(watch->sell_below, order->trigger);
  if (order->bars_left > 0)
    lower(&watch->until_bar, n_bars + order->bars_left - 1);
}

/* The first bar whose open is beyond an instant at which borrowing is paid. */
static uint64_t next_charge(const crucible__account *account,
                            const crucible__terms *terms) {
  int64_t interval = terms->options.borrow_interval_ms;
  int64_t open_ms = account->last_close_ms - terms->timeframe_ms;
  int64_t due = open_ms / interval - (open_ms % interval < 0);
  int64_t wait_ms = (due + 1) * interval - open_ms;
  return account->n_bars +
         (uint64_t)((wait_ms + terms->timeframe_ms - 1) / terms->timeframe_ms) -
         1;
}

void crucible__account_watch(const crucible__account *account,
                             const crucible__book *book,
                             const crucible__terms *terms,
                             crucible__watch *watch) {
  const double inf = (double)INFINITY;
  *watch = (crucible__watch){-inf, inf, -inf, inf, UINT64_MAX, 0, 0};
  watch->signals = crucible__signals_heard(account, terms);
  if (account->side != 0)
    watch_position(account, terms, watch);
  if (account->side < 0 && terms->borrow_per_interval > 0)
    lower(&watch->until_bar, next_charge(account, terms));
  if (account->entry.state != CRUCIBLE__ORDER_NONE)
    watch_order(&account->entry, account->n_bars, watch);
  for (uint64_t i = 0; book != NULL && i < book->n; ++i)
    watch_order(&book->orders[i], account->n_bars, watch);
  int waits = account->side != 0 ||
              account->entry.state != CRUCIBLE__ORDER_NONE ||
              (book != NULL && book->n > 0);
  /* what is stopped ends its orders at the next open */
  watch->is_busy |= waits && (account->is_after_gap || account->is_stopped ||
                              !crucible__can_take(account));
}

static void age(crucible__order *order, uint64_t n_bars) {
  if (order->state != CRUCIBLE__ORDER_NONE && order->bars_left > 0)
    order->bars_left -= (uint32_t)n_bars;
}

void crucible__account_skip(crucible__account *account, crucible__book *book,
                            const crucible__terms *terms, uint64_t n_bars,
                            const crucible_bar *last,
                            const crucible__outlook *before,
                            const crucible__outlook *outlook) {
  if (n_bars > 1)
    crucible__take_outlook(account, terms, before);
  if (account->side != 0)
    crucible__ledger_take_fee(account, terms);
  account->n_bars += n_bars;
  account->n_bars_in_position += account->side != 0 ? n_bars : 0;
  account->last_close_ms = last->open_time_ms + terms->timeframe_ms;
  account->is_after_gap = 0;
  account->room = (double)INFINITY;
  if (terms->options.participation > 0)
    account->room =
        crucible__sellable(terms, terms->options.participation * last->volume);
  age(&account->entry, n_bars);
  for (uint64_t i = 0; book != NULL && i < book->n; ++i)
    age(&book->orders[i], n_bars);
  crucible__mark(account, last->close,
                 crucible__half_spread(account, terms, last->open));
  crucible__take_outlook(account, terms, outlook);
}
