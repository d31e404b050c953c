/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/sizing.h"

#include <math.h>

#include "backtest/execution.h"
#include "costs/cost_model.h"

/* What a unit loses if it is stopped right where its stop stands: the distance,
   both fees, the spread and the rounding of both fills; moved is the slippage
   of each, a fraction of the price. */
static double loss_at_stop(const crucible__account *account,
                           const crucible__terms *terms, double price,
                           double sigma, double moved) {
  double distance = terms->plan.stop_sigma * sigma;
  double half = crucible__half_spread(account, terms, price);
  return price * (distance + 2 * terms->instrument.taker_fee + 2 * moved) +
         2 * half + 2 * terms->tick.value;
}

/* The size whose loss at the stop is value. The slippage counted is that of
   the larger order which one would take without it. */
static double risked_quantity(const crucible__account *account,
                              const crucible__terms *terms, double value,
                              double price, double sigma) {
  double quantity = value / loss_at_stop(account, terms, price, sigma, 0);
  if (!(quantity > 0) || !crucible__can_take(account))
    return quantity;
  double moved = crucible__slippage_fraction(
      &terms->options.costs, sigma, quantity, account->volume_forecast);
  return value / loss_at_stop(account, terms, price, sigma, moved);
}

static double wanted_quantity(const crucible__account *account,
                              const crucible__terms *terms, double price,
                              double sigma) {
  const crucible_plan *plan = &terms->plan;
  double value = plan->sizing_value;
  switch (plan->sizing) {
  case CRUCIBLE_SIZE_FRACTION:
    return value * account->equity / price;
  case CRUCIBLE_SIZE_RISK:
    return risked_quantity(account, terms, value * account->equity, price,
                           sigma);
  case CRUCIBLE_SIZE_CASH:
    return value / price;
  default:
    return value;
  }
}

double crucible__largest_entry(const crucible__account *account,
                               const crucible__terms *terms, double price) {
  double wanted = wanted_quantity(account, terms, price, 0);
  double most = account->equity / (price * terms->margin);
  return wanted < most ? wanted : most;
}

/* What is wrong with the order is found on arrival, when it reaches the venue;
   only that its size, stop or limit cannot be told is known before. */
void crucible__send_entry(crucible__account *account,
                          const crucible__terms *terms, double close,
                          int32_t side) {
  const crucible_plan *plan = &terms->plan;
  double sigma = account->sigma < 0 ? 0 : account->sigma;
  double price = close;
  account->order_limit = side * (double)INFINITY;
  if (plan->entry != CRUCIBLE_ENTRY_MARKET) {
    price -= side * (plan->limit_offset_sigma * sigma * price);
    price = crucible__step_round(&terms->tick, price, -side);
    if (price < terms->tick.value)
      price = terms->tick.value;
    account->order_limit = price;
  }
  double wanted = wanted_quantity(account, terms, price, sigma);
  double most = account->equity / (price * terms->margin);
  double capped = wanted < most ? wanted : most;
  double quantity = capped > 0 ? crucible__sellable(terms, capped) : 0;
  account->order_quantity = quantity;
  account->order_affordable = 0;
  account->order_sigma = sigma;
  account->order_placed_ms = account->last_close_ms;
  account->order_state = CRUCIBLE__ENTRY_SENT;
  account->order_side = side;
  account->order_bars_left = plan->limit_ttl_bars;
  account->order_reason = CRUCIBLE_REASON_NONE;
  if (account->sigma < 0)
    account->order_reason = CRUCIBLE_REASON_NO_FORECAST;
  else if (quantity < terms->lot.value)
    account->order_reason = wanted >= terms->lot.value || !(account->equity > 0)
                                ? CRUCIBLE_REASON_NO_CASH
                                : CRUCIBLE_REASON_BELOW_LOT;
}
