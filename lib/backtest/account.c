/* SPDX-License-Identifier: Apache-2.0 */
/* An account from outside: its start, what it is worth, its ledger. */
#include <math.h>
#include <string.h>

#include "backtest/leave.h"
#include "backtest/ledger.h"
#include "backtest/sizing.h"

#define NONE ((double)NAN)

/* Checkpoints and comparisons take them as bytes. */
_Static_assert(sizeof(crucible__fills) == 6 * sizeof(double),
               "crucible__fills has padding");
_Static_assert(sizeof(crucible__order) ==
                   15 * sizeof(double) + sizeof(int64_t) + 12 * sizeof(int32_t),
               "crucible__order has padding");
_Static_assert(sizeof(crucible__account) ==
                   65 * sizeof(double) + sizeof(crucible__order) +
                       (CRUCIBLE_RUNGS_MOST + 1) * sizeof(crucible__fills) +
                       6 * sizeof(int32_t),
               "crucible__account has padding");

const crucible__outlook crucible__outlook_none = {NONE, NONE, NONE, NONE,
                                                  NONE, NONE, NONE, NONE};
const crucible__wish crucible__wish_none = {.score = NONE,
                                            .target = NONE,
                                            .size = NONE,
                                            .stop = NONE,
                                            .take = NONE,
                                            .trail = NONE,
                                            .limit = NONE,
                                            .trigger = NONE};

void crucible__account_init(crucible__account *account,
                            const crucible__terms *terms) {
  memset(account, 0, sizeof *account);
  account->cash = account->equity = terms->options.initial_cash;
  account->room = (double)INFINITY;
  crucible__take_outlook(account, terms, &crucible__outlook_none);
}

double crucible__account_free(const crucible__account *account,
                              const crucible__terms *terms, double quote) {
  if (account->side == 0 || (account->side > 0 && terms->margin >= 1))
    return account->cash;
  double value = account->position * quote, notional = fabs(value);
  return account->cash + value - notional * account->taker_fee -
         terms->margin * notional;
}

double crucible__account_equity_at(const crucible__account *account,
                                   const crucible__terms *terms,
                                   const crucible_bar *bar) {
  crucible__account marked = *account;
  crucible__mark(&marked, bar->close,
                 crucible__half_spread(account, terms, bar->open));
  return marked.equity;
}

int crucible__account_can_enter(const crucible__account *account,
                                const crucible__terms *terms, double price) {
  double rate = terms->plan.entry == CRUCIBLE_ENTRY_POST_ONLY
                    ? account->maker_fee
                    : account->taker_fee;
  double rate_in_cash = terms->is_fee_in_base || rate < 0 ? 0 : rate;
  double paid = account->cash / (price * (terms->margin + rate_in_cash));
  double most = crucible__largest_entry(account, terms, price);
  return crucible__find_fault(account, terms, most < paid ? most : paid, price,
                              rate) == CRUCIBLE_REASON_NONE;
}

void crucible__account_close(crucible__account *account, int32_t purpose) {
  account->is_stopped = 1;
  if (account->side == 0)
    return;
  if (account->exit_purpose == 0) /* else it is under way already */
    crucible__send_exit(account, purpose);
  account->exit_purpose = purpose;
}

static int is_order_sound(const crucible__order *order) {
  return order->state >= CRUCIBLE__ORDER_NONE &&
         order->state <= CRUCIBLE__ORDER_CARRIED && order->side >= -1 &&
         order->side <= 1;
}

int crucible__account_is_sound(const crucible__account *account) {
  return account->side >= -1 && account->side <= 1 &&
         is_order_sound(&account->entry) && isfinite(account->cash) &&
         isfinite(account->equity) && isfinite(account->position) &&
         (account->side == 0) == (account->position == 0);
}

void crucible__account_ledger(const crucible__account *account,
                              const crucible__terms *terms,
                              crucible_ledger *ledger) {
  int is_flat = account->side == 0;
  *ledger = (crucible_ledger){
      .struct_size = sizeof *ledger,
      .initial_cash = terms->options.initial_cash,
      .cash = account->cash,
      .position = account->position,
      .dust = account->dust,
      .entry_price = is_flat ? NONE : account->entry_price,
      .mark_price = is_flat ? NONE : account->mark_price,
      .exit_fee = account->exit_fee,
      .reserved_margin =
          fabs(account->position * account->mark_price) * terms->margin,
      .equity = account->equity,
      .trade_results = account->trade_results,
      .open_result = account->equity - terms->options.initial_cash -
                     account->trade_results,
      .costs = account->costs,
      .n_bars = account->n_bars,
      .n_bars_in_position = account->n_bars_in_position,
      .n_orders = account->n_orders,
      .n_rejected = account->n_rejected,
      .n_trades = account->n_trades,
      .traded_notional = account->traded_notional,
      .is_stopped = account->is_stopped,
  };
}
