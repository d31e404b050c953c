/* SPDX-License-Identifier: Apache-2.0 */
/* What has to happen before an account needs its step again. */
#include <math.h>

#include "backtest/decide.h"
#include "backtest/execution.h"

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
    lower(&watch->until_bar, account->entry_bar + horizon - 2);
  watch->is_busy |= account->exit_purpose != 0 || !crucible__can_take(account);
}

static void watch_entry(const crucible__account *account,
                        crucible__watch *watch) {
  if (account->order_state == CRUCIBLE__ENTRY_SENT) {
    watch->is_busy = 1;
    return;
  }
  if (account->order_side > 0)
    watch->buy_below = fmax(watch->buy_below, account->order_limit);
  else
    watch->sell_above = fmin(watch->sell_above, account->order_limit);
  lower(&watch->until_bar, account->n_bars + account->order_bars_left - 1);
}

void crucible__account_watch(const crucible__account *account,
                             const crucible__book *book,
                             const crucible__terms *terms,
                             crucible__watch *watch) {
  (void)book;
  const double inf = (double)INFINITY;
  *watch = (crucible__watch){-inf, inf, -inf, inf, UINT64_MAX, 0, 0};
  watch->signals = crucible__signals_heard(account, terms);
  if (account->side != 0)
    watch_position(account, terms, watch);
  if (account->order_state != CRUCIBLE__ENTRY_NONE)
    watch_entry(account, watch);
  watch->is_busy |=
      account->is_after_gap &&
      (account->side != 0 || account->order_state != CRUCIBLE__ENTRY_NONE);
}

void crucible__account_skip(crucible__account *account,
                            const crucible__terms *terms, uint64_t n_bars,
                            const crucible_bar *last,
                            const crucible__outlook *before,
                            const crucible__outlook *outlook) {
  if (n_bars > 1)
    crucible__take_outlook(account, terms, before);
  account->n_bars += n_bars;
  account->n_bars_in_position += account->side != 0 ? n_bars : 0;
  account->last_close_ms = last->open_time_ms + terms->timeframe_ms;
  account->is_after_gap = 0;
  if (account->order_state == CRUCIBLE__ENTRY_RESTING)
    account->order_bars_left -= (uint32_t)n_bars;
  crucible__mark(account, last->close,
                 crucible__half_spread(account, terms, last->open));
  crucible__take_outlook(account, terms, outlook);
}
