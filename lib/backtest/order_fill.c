/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/order_fill.h"

#include <math.h>

#include "backtest/book.h"
#include "backtest/ledger.h"
#include "backtest/order_end.h"

/* ---- what can be paid ---- */

/* Lots that so much cash can bind at a price and a fee. */
static double payable(double cash, const crucible__terms *terms, double price,
                      double fee_rate) {
  double per_unit = price * (terms->margin + fee_rate);
  if (!(cash > 0))
    return 0;
  double lots = crucible__step_rounded(&terms->lot, cash / per_unit,
                                       CRUCIBLE__ROUND_DOWN);
  /* the rounding forgives 1e-9 of a lot, the cash does not */
  if (lots * per_unit > cash)
    lots = crucible__step_round(&terms->lot, lots - terms->lot.value,
                                CRUCIBLE__ROUND_NEAREST);
  return lots;
}

/* What could be spent once all that opposes the order is closed at a price, or
   beside the position that it adds to. */
static double cash_at(const crucible__account *account,
                      const crucible__terms *terms, int32_t side,
                      double price) {
  if (account->side == 0)
    return account->cash + account->others_free;
  if (account->side == side)
    return crucible__account_free(account, terms, price) + account->others_free;
  double value = account->position * price;
  return account->cash + value - fabs(value) * account->taker_fee +
         account->others_free;
}

int32_t crucible__find_fault(const crucible__account *account,
                             const crucible__terms *terms, double quantity,
                             double price, double fee_rate) {
  const crucible_instrument *instrument = &terms->instrument;
  if (quantity < terms->lot.value)
    return CRUCIBLE_REASON_NO_CASH;
  if (quantity < instrument->min_quantity)
    return CRUCIBLE_REASON_MIN_QUANTITY;
  if (quantity * price < instrument->min_notional)
    return CRUCIBLE_REASON_MIN_NOTIONAL;
  if (terms->is_fee_in_base) {
    double held = quantity - quantity * fee_rate + account->dust;
    if (crucible__sellable(terms, held) < terms->lot.value)
      return CRUCIBLE_REASON_BELOW_LOT;
  }
  return CRUCIBLE_REASON_NONE;
}

/* The part of a fee that cash has to pay on top of a purchase. */
static double fee_in_cash(const crucible__terms *terms, double rate) {
  return terms->is_fee_in_base || rate < 0 ? 0 : rate;
}

/* An order that never got a fill was never in the market. */
static void refuse(const crucible__scene *scene, crucible__order *order,
                   int32_t reason) {
  if (reason == CRUCIBLE_REASON_NONE)
    reason = CRUCIBLE_REASON_BELOW_LOT;
  crucible__end_order(scene->account, order, NULL, scene->bar->open_time_ms,
                      order->done.quantity > 0 ? CRUCIBLE_ORDER_CANCELLED
                                               : CRUCIBLE_ORDER_REJECTED,
                      reason, scene->events);
}

/* ---- a fill in full, from flat ---- */

/* What cash cannot pay is left out: first at the quote, then at the price it
   would really fill at. */
static void open_whole(const crucible__scene *scene, crucible__order *order,
                       const crucible__market_point *point, double quote) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  int32_t side = order->side;
  double cash = account->cash + account->others_free;
  double rate = account->taker_fee;
  double rate_in_cash = terms->is_fee_in_base ? 0 : rate;
  double quantity = order->left, enough = cash * (1 - 1e-9);
  if (!(quantity * quote * (terms->margin + rate_in_cash) <= enough)) {
    double most = payable(cash, terms, quote, rate_in_cash);
    if (most < quantity)
      quantity = most;
  }
  crucible__deal deal = crucible__deal_taker(
      account, terms, side, quantity, quote, point->middle, order->limit);
  if (side > 0 &&
      !(quantity * deal.price * (terms->margin + rate_in_cash) <= enough)) {
    double most = payable(cash, terms, deal.price, rate_in_cash);
    if (most < quantity)
      deal = crucible__deal_taker(account, terms, side, most, quote,
                                  point->middle, order->limit);
  }
  int32_t fault =
      crucible__find_fault(account, terms, deal.quantity, deal.price, rate);
  if (fault != CRUCIBLE_REASON_NONE) {
    refuse(scene, order, fault);
    return;
  }
  crucible__end_order(account, order, &deal, point->open_ms,
                      CRUCIBLE_ORDER_FILLED, CRUCIBLE_REASON_NONE,
                      scene->events);
  crucible__ledger_enter(account, terms, point, &deal, order);
}

/* ---- any fill ---- */

/* How much of an order closes, how much opens or adds. */
typedef struct parts {
  double closing, opening;
  int32_t fault; /* why less opens than was wanted */
} parts;

static parts split(const crucible__account *account,
                   const crucible__terms *terms, const crucible__order *order) {
  double held = account->side == -order->side ? fabs(account->position) : 0;
  parts p = {order->left < held ? order->left : held, 0, CRUCIBLE_REASON_NONE};
  if (order->left > p.closing)
    p.opening = crucible__lots(terms, order->left - p.closing);
  if (p.opening > 0 && order->is_closing) {
    p.opening = 0;
    p.fault = CRUCIBLE_REASON_REDUCE_ONLY;
  } else if (p.opening > 0 && order->side < 0 &&
             terms->plan.side == CRUCIBLE_SIDE_LONG) {
    p.opening = 0;
    p.fault = CRUCIBLE_REASON_NOT_SHORTABLE;
  }
  return p;
}

/* Leaves out of the opening part what cannot be paid at a price. */
static void pay(const crucible__account *account, const crucible__terms *terms,
                const crucible__order *order, double price, double rate,
                parts *p) {
  double cash = cash_at(account, terms, order->side, price);
  double most = payable(cash, terms, price, fee_in_cash(terms, rate));
  if (most < p->opening)
    p->opening = most;
}

/* Minimums count for what opens, once. */
static void judge(const crucible__account *account,
                  const crucible__terms *terms, const crucible__order *order,
                  double price, double rate, parts *p) {
  int32_t fault;
  if (order->done.quantity > 0)
    fault = p->opening < terms->lot.value ? CRUCIBLE_REASON_NO_CASH
                                          : CRUCIBLE_REASON_NONE;
  else
    fault = crucible__find_fault(account, terms, p->opening, price, rate);
  if (fault == CRUCIBLE_REASON_NONE)
    return;
  p->opening = 0;
  p->fault = fault == CRUCIBLE_REASON_NO_CASH && account->side == order->side
                 ? CRUCIBLE_REASON_NO_MARGIN
                 : fault;
}

static double sum_of(const crucible__terms *terms, const parts *p) {
  if (p->closing == 0)
    return p->opening;
  return p->opening == 0 ? p->closing
                         : crucible__lots(terms, p->closing + p->opening);
}

/* Whether a purchase from flat, its fee taken off, would leave less than a lot:
   a position that is none. */
static int is_nothing(const crucible__account *account,
                      const crucible__terms *terms,
                      const crucible__order *order, double quantity,
                      double rate) {
  return terms->is_fee_in_base && order->side > 0 && account->side == 0 &&
         crucible__sellable(terms, quantity - quantity * rate + account->dust) <
             terms->lot.value;
}

/* What the bar's volume leaves of it; 0 where that would be worth nothing. */
static double ration(const crucible__account *account,
                     const crucible__terms *terms, const crucible__order *order,
                     double quantity, double rate) {
  if (quantity <= account->room)
    return quantity;
  return is_nothing(account, terms, order, account->room, rate) ? 0
                                                                : account->room;
}

/* One deal does to the ledger what its parts are. */
static void settle(const crucible__scene *scene, const crucible__order *order,
                   const crucible__market_point *point,
                   const crucible__deal *deal, double closing) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  crucible__deal part = *deal;
  crucible__use_room(account, terms, deal->quantity);
  if (closing > 0) {
    part.quantity = closing < deal->quantity ? closing : deal->quantity;
    crucible__ledger_leave(account, terms, point, &part, order->purpose,
                           scene->events);
    part.quantity = part.quantity < deal->quantity
                        ? crucible__lots(terms, deal->quantity - part.quantity)
                        : 0;
  }
  if (part.quantity > 0)
    crucible__ledger_enter(account, terms, point, &part, order);
}

/* What the volume left of an order goes on: a limit in the book, anything else
   as a market order. */
static void carry_on(crucible__order *order) {
  if (isfinite(order->limit)) {
    order->state = CRUCIBLE__ORDER_RESTING;
  } else {
    order->state = CRUCIBLE__ORDER_CARRIED;
    order->bars_left = 0;
  }
}

static int is_given_up(const crucible__scene *scene,
                       const crucible__order *order) {
  return scene->terms->options.remainder == CRUCIBLE_REMAINDER_CANCEL &&
         !isfinite(order->limit);
}

/* The deal is done: the order ends, or goes on with what is left of wanted. */
static void conclude(const crucible__scene *scene, crucible__order *order,
                     const crucible__market_point *point,
                     const crucible__deal *deal, double wanted,
                     double closing) {
  crucible__account *account = scene->account;
  if (order->quantity >= CRUCIBLE__NUMBER_MOST) /* all, as it begins */
    order->quantity = wanted;
  const crucible__order as_filled = *order;
  const crucible__deal *whole = deal;
  if (deal->quantity < wanted || order->done.quantity > 0) {
    crucible__note_part(scene->terms, &order->done, deal);
    order->liquidity = deal->liquidity;
    whole = NULL;
  }
  if (!(deal->quantity < wanted)) {
    crucible__end_order(account, order, whole, point->open_ms,
                        CRUCIBLE_ORDER_FILLED, CRUCIBLE_REASON_NONE,
                        scene->events);
  } else if (is_given_up(scene, order)) {
    crucible__end_order(account, order, whole, point->open_ms,
                        CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_PARTICIPATION,
                        scene->events);
  } else {
    order->left = crucible__lots(scene->terms, wanted - deal->quantity);
    carry_on(order);
  }
  settle(scene, &as_filled, point, deal, closing);
  if (scene->book != NULL)
    crucible__book_filled(scene, order, as_filled.oco);
}

/* Nothing of it can fill in this bar. */
static void put_off(const crucible__scene *scene, crucible__order *order) {
  if (is_given_up(scene, order))
    crucible__end_order(scene->account, order, NULL, scene->bar->open_time_ms,
                        CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_PARTICIPATION,
                        scene->events);
  else
    carry_on(order);
}

static __attribute__((noinline)) void
take_parts(const crucible__scene *scene, crucible__order *order,
           const crucible__market_point *point, double quote) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double rate = account->taker_fee, middle = point->middle;
  int32_t side = order->side;
  parts p = split(account, terms, order);
  int opens = p.opening > 0;
  if (opens)
    pay(account, terms, order, quote, rate, &p);
  crucible__deal deal = crucible__deal_taker(
      account, terms, side, sum_of(terms, &p), quote, middle, order->limit);
  if (opens) {
    pay(account, terms, order, deal.price, rate, &p);
    judge(account, terms, order, deal.price, rate, &p);
  }
  double wanted = sum_of(terms, &p);
  if (wanted < terms->lot.value) {
    refuse(scene, order, p.fault);
    return;
  }
  double quantity = ration(account, terms, order, wanted, rate);
  if (quantity < terms->lot.value) {
    put_off(scene, order);
    return;
  }
  if (quantity != deal.quantity)
    deal = crucible__deal_taker(account, terms, side, quantity, quote, middle,
                                order->limit);
  conclude(scene, order, point, &deal, wanted, p.closing);
}

/* A market order, or one that has become one, fills at a quote, never beyond
   its limit. */
static void order_take(const crucible__scene *scene, crucible__order *order,
                       const crucible__market_point *point, double quote) {
  const crucible__account *account = scene->account;
  if (account->side == 0 && isinf(account->room) && scene->book == NULL)
    open_whole(scene, order, point, quote);
  else
    take_parts(scene, order, point, quote);
}

void crucible__order_make(const crucible__scene *scene, crucible__order *order,
                          const crucible__market_point *point, double price) {
  crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double rate = account->maker_fee;
  parts p = split(account, terms, order);
  /* a plan's limit was paid for when it came to rest; since then fees or the
     group's cash may have changed */
  int is_paid =
      scene->book == NULL && account->side == 0 && !account->in_group &&
      (order->side < 0 ||
       p.opening * price * (terms->margin + fee_in_cash(terms, rate)) <=
           account->cash);
  if (p.opening > 0 && !is_paid) {
    pay(account, terms, order, price, rate, &p);
    if (p.opening < terms->lot.value)
      p.fault = CRUCIBLE_REASON_NO_CASH;
  }
  if (p.opening > 0 && p.closing == 0 &&
      is_nothing(account, terms, order, p.opening, rate)) {
    p.opening = 0;
    p.fault = CRUCIBLE_REASON_BELOW_LOT;
  }
  double wanted = sum_of(terms, &p);
  if (wanted < terms->lot.value) {
    crucible__end_order(account, order, NULL, point->open_ms,
                        CRUCIBLE_ORDER_CANCELLED, p.fault, scene->events);
    return;
  }
  double quantity = ration(account, terms, order, wanted, rate);
  if (quantity < terms->lot.value)
    return;
  crucible__deal deal = crucible__deal_maker(account, order->side, quantity,
                                             price, point->middle);
  conclude(scene, order, point, &deal, wanted, p.closing);
}

/* ---- arriving ---- */

/* An explicit order is held against cash when it fills, so that a ladder or a
   bracket can be placed before there is cash or a position for it; a plan's
   now. */
static int32_t check_resting(const crucible__scene *scene,
                             crucible__order *order) {
  const crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  double rate = account->maker_fee;
  parts p = split(account, terms, order);
  if (order->purpose == CRUCIBLE_PURPOSE_ORDER) {
    int32_t fault = p.opening > 0
                        ? crucible__find_fault(account, terms, order->left,
                                               order->limit, rate)
                        : CRUCIBLE_REASON_NONE;
    return fault == CRUCIBLE_REASON_NO_CASH ? CRUCIBLE_REASON_BELOW_LOT : fault;
  }
  if (p.opening > 0) {
    pay(account, terms, order, order->limit, rate, &p);
    judge(account, terms, order, order->limit, rate, &p);
  }
  order->left = sum_of(terms, &p);
  return order->left < terms->lot.value ? p.fault : CRUCIBLE_REASON_NONE;
}

/* A limit comes into the book, or takes at once what stands against it. */
static void place_limit(const crucible__scene *scene, crucible__order *order,
                        const crucible__market_point *point, double quote) {
  const crucible__account *account = scene->account;
  int32_t side = order->side, reason = CRUCIBLE_REASON_NONE;
  int crosses = side * quote <= side * order->limit;
  if (!crosses)
    reason = check_resting(scene, order);
  else if (order->kind == CRUCIBLE_KIND_POST_ONLY)
    reason = CRUCIBLE_REASON_WOULD_CROSS;
  else if (!crucible__can_take(account))
    reason = crucible__no_price_reason(account);
  if (reason != CRUCIBLE_REASON_NONE)
    refuse(scene, order, reason);
  else if (crosses)
    order_take(scene, order, point, quote);
  else
    order->state = CRUCIBLE__ORDER_RESTING;
}

void crucible__order_trigger(const crucible__scene *scene,
                             crucible__order *order,
                             const crucible__market_point *point,
                             double quote) {
  if (order->kind == CRUCIBLE_KIND_STOP_LIMIT)
    place_limit(scene, order, point, quote);
  else
    order_take(scene, order, point, quote);
}

/* Waits for its trigger, unless the open is beyond it. */
static void place_stop(const crucible__scene *scene, crucible__order *order,
                       const crucible__market_point *open, double quote) {
  int32_t side = order->side;
  if (order->trail > 0) {
    order->anchor = open->middle;
    crucible__book_trail(scene->terms, order, open->middle);
  }
  order->state = CRUCIBLE__ORDER_WAITING;
  if (side * quote >= side * order->trigger)
    crucible__order_trigger(scene, order, open, quote);
}

/* Why the order cannot come into the market at all. */
static int32_t check_arriving(const crucible__account *account,
                              const crucible__order *order) {
  int is_explicit = order->purpose == CRUCIBLE_PURPOSE_ORDER;
  int can_take = crucible__can_take(account);
  if (order->reason != CRUCIBLE_REASON_NONE)
    return can_take || account->sigma >= 0 ? order->reason
                                           : CRUCIBLE_REASON_NO_FORECAST;
  if (is_explicit && order->is_closing && account->side != -order->side)
    return CRUCIBLE_REASON_REDUCE_ONLY;
  /* an explicit limit needs no forecast unless it crosses */
  if (can_take || (is_explicit && (order->kind == CRUCIBLE_KIND_LIMIT ||
                                   order->kind == CRUCIBLE_KIND_POST_ONLY)))
    return CRUCIBLE_REASON_NONE;
  return crucible__no_price_reason(account);
}

void crucible__order_arrive(const crucible__scene *scene,
                            crucible__order *order,
                            const crucible__market_point *open) {
  int32_t reason = check_arriving(scene->account, order);
  if (reason != CRUCIBLE_REASON_NONE) {
    refuse(scene, order, reason);
    return;
  }
  double half = open->half;
  if (order->kind == CRUCIBLE_KIND_MARKET ||
      order->state == CRUCIBLE__ORDER_CARRIED) {
    crucible__market_point point = *open;
    point.middle = crucible__market_middle(scene->account, scene->bar);
    order_take(scene, order, &point,
               crucible__quote(point.middle, half, -order->side));
    return;
  }
  double quote = crucible__quote(open->middle, half, -order->side);
  if (order->kind == CRUCIBLE_KIND_LIMIT ||
      order->kind == CRUCIBLE_KIND_POST_ONLY)
    place_limit(scene, order, open, quote);
  else
    place_stop(scene, order, open, quote);
}
