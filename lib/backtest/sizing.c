/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/sizing.h"

#include <math.h>

#include "backtest/deal.h"

/* An entry being decided. */
typedef struct draft {
  double price;        /* that the size is reckoned at */
  double sigma;        /* 0 while it is cold */
  double value;        /* of the plan's sizing */
  double stop, target; /* fractions of the entry price; < 0: none */
  double trailing;     /* fraction of the best price; < 0: none */
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
  draft entry = {price, sigma, plan->sizing_value, -1, -1, -1};
  if (terms->has_bracket) {
    entry.stop = distance(plan->stop_sigma, sigma, plan->stop_fraction);
    entry.target = distance(plan->target_sigma, sigma, plan->target_fraction);
    entry.trailing = distance(plan->trail_sigma, sigma, plan->trail_fraction);
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
  if (!isnan(wish->trail))
    entry->trailing = wish->trail > 0 ? wish->trail : -1;
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

/* Of the entry order all but its size and its prices. */
static void send(crucible__account *account, const draft *entry, int32_t side,
                 int32_t kind, int32_t purpose) {
  crucible__order *order = &account->entry;
  order->stop = entry->stop;
  order->target = entry->target;
  order->trailing = entry->trailing;
  order->placed_ms = account->last_close_ms;
  order->state = CRUCIBLE__ORDER_SENT;
  order->side = side;
  order->kind = kind;
  order->purpose = purpose;
  if (order->done.quantity > 0)
    order->done = (crucible__fills){0};
  order->liquidity = CRUCIBLE_LIQUIDITY_NONE;
}

/* A price of an order on the tick; direction: CRUCIBLE__ROUND_*. */
static double on_tick(const crucible__terms *terms, double price,
                      int direction) {
  price = crucible__step_rounded(&terms->tick, price, direction);
  return price < terms->tick.value ? terms->tick.value : price;
}

/* Where the order stands off the close: a limit on this side of it, a trigger
   beyond it, both rounded away from the market. */
static __attribute__((noinline)) void set_prices(crucible__account *account,
                                                 const crucible__terms *terms,
                                                 draft *entry, double close,
                                                 int32_t side,
                                                 const crucible__wish *wish) {
  const crucible_plan *plan = &terms->plan;
  crucible__order *order = &account->entry;
  int is_stop = plan->entry == CRUCIBLE_ENTRY_STOP ||
                plan->entry == CRUCIBLE_ENTRY_STOP_LIMIT;
  int32_t away = is_stop ? side : -side;
  double price = close;
  price += away * (plan->limit_offset_sigma * entry->sigma * close);
  if (plan->offset_fraction > 0)
    price += away * (plan->offset_fraction * close);
  if (is_stop) {
    if (wish->has_own && !isnan(wish->trigger))
      price = wish->trigger;
    order->trigger = entry->price = on_tick(terms, price, side);
    price =
        order->trigger + side * (plan->stop_limit_fraction * order->trigger);
  }
  if (plan->entry == CRUCIBLE_ENTRY_STOP)
    return;
  if (wish->has_own && !isnan(wish->limit))
    price = wish->limit;
  order->limit = entry->price = on_tick(terms, price, -side);
}

/* What is wrong with the order is found on arrival, when it reaches the venue;
   only that its size, stop or limit cannot be told is known before. */
void crucible__send_entry(crucible__account *account,
                          const crucible__terms *terms, double close,
                          int32_t side, const crucible__wish *wish) {
  const crucible_plan *plan = &terms->plan;
  crucible__order *order = &account->entry;
  draft entry = draft_entry(account, terms, close, wish);
  order->limit = order->trigger = side * (double)INFINITY;
  order->bars_left = 0;
  if (plan->entry != CRUCIBLE_ENTRY_MARKET) {
    set_prices(account, terms, &entry, close, side, wish);
    order->bars_left = plan->limit_ttl_bars;
  }
  order->quantity = size_of(account, terms, &entry, &order->reason);
  order->left = order->quantity;
  send(account, &entry, side, plan->entry, CRUCIBLE_PURPOSE_ENTRY);
}

static void send_market(crucible__account *account, const draft *entry,
                        double quantity, int32_t side, int32_t purpose) {
  crucible__order *order = &account->entry;
  order->quantity = order->left = quantity;
  order->limit = order->trigger = side * (double)INFINITY;
  order->reason = CRUCIBLE_REASON_NONE;
  order->bars_left = 0;
  send(account, entry, side, CRUCIBLE_ENTRY_MARKET, purpose);
}

void crucible__send_reversal(crucible__account *account,
                             const crucible__terms *terms, double close,
                             const crucible__wish *wish) {
  int32_t fault;
  draft entry = draft_entry(account, terms, close, wish);
  double opens = size_of(account, terms, &entry, &fault);
  double held = fabs(account->position);
  double quantity = fault == CRUCIBLE_REASON_NONE
                        ? crucible__lots(terms, held + opens)
                        : held;
  send_market(account, &entry, quantity, -account->side,
              CRUCIBLE_PURPOSE_REVERSE);
}

void crucible__send_change(crucible__account *account,
                           const crucible__terms *terms, double close,
                           double change, const crucible__wish *wish) {
  draft entry = draft_entry(account, terms, close, wish);
  send_market(account, &entry, fabs(change), change > 0 ? 1 : -1,
              CRUCIBLE_PURPOSE_REBALANCE);
  if (account->sigma < 0 && terms->needs_sigma)
    account->entry.reason = CRUCIBLE_REASON_NO_FORECAST;
}
