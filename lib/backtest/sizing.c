/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/sizing.h"

#include <math.h>

#include "backtest/execution.h"
#include "costs/cost_model.h"

/* An entry being decided. */
typedef struct draft {
  double price;        /* that the size is reckoned at */
  double sigma;        /* 0 while it is cold */
  double value;        /* of the plan's sizing */
  double stop, target; /* fractions of the entry price; < 0: none */
} draft;

/* What a unit loses if it is stopped right where its stop stands: the distance,
   both fees, the spread and the rounding of both fills; moved is the slippage
   of each, a fraction of the price. */
static double loss_at_stop(const crucible__account *account,
                           const crucible__terms *terms, const draft *entry,
                           double moved) {
  double price = entry->price;
  double half = crucible__half_spread(account, terms, price);
  return price * (entry->stop + 2 * account->taker_fee + 2 * moved) + 2 * half +
         2 * terms->tick.value;
}

/* The size whose loss at the stop is value. The slippage counted is that of
   the larger order which one would take without it. */
static double risked_quantity(const crucible__account *account,
                              const crucible__terms *terms, const draft *entry,
                              double value) {
  double quantity = value / loss_at_stop(account, terms, entry, 0);
  if (!(quantity > 0) || !crucible__can_take(account))
    return quantity;
  crucible__move move = crucible__moved(account, terms, entry->sigma, quantity);
  return value /
         loss_at_stop(account, terms, entry, move.slippage + move.impact);
}

static double wanted_quantity(const crucible__account *account,
                              const crucible__terms *terms,
                              const draft *entry) {
  double value = entry->value;
  switch (terms->plan.sizing) {
  case CRUCIBLE_SIZE_FRACTION:
    return value * account->equity / entry->price;
  case CRUCIBLE_SIZE_RISK:
    return risked_quantity(account, terms, entry, value * account->equity);
  case CRUCIBLE_SIZE_CASH:
    return value / entry->price;
  default:
    return value;
  }
}

/* Distance in sigmas or as a fraction, whichever the plan has; < 0: none. */
static double distance(double sigmas, double sigma, double fraction) {
  if (sigmas > 0)
    return sigmas * sigma;
  return fraction > 0 ? fraction : -1;
}

static draft plain_draft(const crucible__terms *terms, double price,
                         double sigma) {
  const crucible_plan *plan = &terms->plan;
  draft entry = {price, sigma, plan->sizing_value, -1, -1};
  if (terms->has_bracket) {
    entry.stop = distance(plan->stop_sigma, sigma, plan->stop_fraction);
    entry.target = distance(plan->target_sigma, sigma, plan->target_fraction);
  }
  return entry;
}

/* What the wish says instead of the plan. */
static void take_own(draft *entry, const crucible__wish *wish) {
  if (!isnan(wish->size))
    entry->value = wish->size;
  if (!isnan(wish->stop))
    entry->stop = wish->stop > 0 ? wish->stop : -1;
  if (!isnan(wish->take))
    entry->target = wish->take > 0 ? wish->take : -1;
}

static draft draft_entry(const crucible__account *account,
                         const crucible__terms *terms, double price,
                         const crucible__wish *wish) {
  draft entry =
      plain_draft(terms, price, account->sigma < 0 ? 0 : account->sigma);
  if (wish->has_own)
    take_own(&entry, wish);
  return entry;
}

double crucible__largest_entry(const crucible__account *account,
                               const crucible__terms *terms, double price) {
  draft entry = plain_draft(terms, price, 0);
  double wanted = wanted_quantity(account, terms, &entry);
  double most = account->equity / (price * terms->margin);
  return wanted < most ? wanted : most;
}

/* The lots of an entry, and what is wrong with it. */
static double size_of(const crucible__account *account,
                      const crucible__terms *terms, const draft *entry,
                      int32_t *fault) {
  double wanted = wanted_quantity(account, terms, entry);
  double most = account->equity / (entry->price * terms->margin);
  double capped = wanted < most ? wanted : most;
  double quantity = capped > 0 ? crucible__sellable(terms, capped) : 0;
  *fault = CRUCIBLE_REASON_NONE;
  if (account->sigma < 0 && terms->needs_sigma)
    *fault = CRUCIBLE_REASON_NO_FORECAST;
  else if (quantity < terms->lot.value)
    *fault = wanted >= terms->lot.value || !(account->equity > 0)
                 ? CRUCIBLE_REASON_NO_CASH
                 : CRUCIBLE_REASON_BELOW_LOT;
  return quantity;
}

static void send(crucible__account *account, const draft *entry, int32_t side,
                 int32_t kind, int32_t purpose) {
  account->order_stop = entry->stop;
  account->order_target = entry->target;
  account->order_affordable = 0;
  account->order_sigma = entry->sigma;
  account->order_placed_ms = account->last_close_ms;
  account->order_state = CRUCIBLE__ENTRY_SENT;
  account->order_side = side;
  account->order_kind = kind;
  account->order_purpose = purpose;
}

/* What is wrong with the order is found on arrival, when it reaches the venue;
   only that its size, stop or limit cannot be told is known before. */
void crucible__send_entry(crucible__account *account,
                          const crucible__terms *terms, double close,
                          int32_t side, const crucible__wish *wish) {
  const crucible_plan *plan = &terms->plan;
  draft entry = draft_entry(account, terms, close, wish);
  account->order_limit = side * (double)INFINITY;
  if (plan->entry != CRUCIBLE_ENTRY_MARKET) {
    double price = close;
    price -= side * (plan->limit_offset_sigma * entry.sigma * price);
    price = crucible__step_round(&terms->tick, price, -side);
    if (price < terms->tick.value)
      price = terms->tick.value;
    account->order_limit = entry.price = price;
  }
  account->order_quantity =
      size_of(account, terms, &entry, &account->order_reason);
  account->order_opens = account->order_quantity;
  account->order_bars_left = plan->limit_ttl_bars;
  send(account, &entry, side, plan->entry, CRUCIBLE_PURPOSE_ENTRY);
}

void crucible__send_reversal(crucible__account *account,
                             const crucible__terms *terms, double close,
                             const crucible__wish *wish) {
  int32_t side = -account->side, fault;
  draft entry = draft_entry(account, terms, close, wish);
  double opens = size_of(account, terms, &entry, &fault);
  account->order_opens = fault == CRUCIBLE_REASON_NONE ? opens : 0;
  account->order_quantity = fabs(account->position) + account->order_opens;
  account->order_limit = side * (double)INFINITY;
  account->order_reason = CRUCIBLE_REASON_NONE;
  account->order_bars_left = 0;
  send(account, &entry, side, CRUCIBLE_ENTRY_MARKET, CRUCIBLE_PURPOSE_REVERSE);
}
