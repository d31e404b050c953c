/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/book.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "backtest/order_end.h"

/* ---- the list ---- */

/* Orders that ended leave; the others close up. */
static void sweep(crucible__book *book) {
  uint64_t n = 0;
  for (uint64_t i = 0; i < book->n; ++i) {
    if (book->orders[i].state == CRUCIBLE__ORDER_NONE)
      continue;
    if (n < i)
      book->orders[n] = book->orders[i];
    ++n;
  }
  if (n < book->n)
    memset(&book->orders[n], 0, (book->n - n) * sizeof book->orders[0]);
  book->n = n;
}

static void end(const crucible__scene *scene, crucible__order *order,
                int32_t status, int32_t reason) {
  crucible__end_order(scene->account, order, NULL, scene->bar->open_time_ms,
                      status, reason, scene->events);
}

/* ---- requests ---- */

static double wanted_quantity(const crucible__account *account,
                              const crucible__terms *terms,
                              const crucible_request *request, double price) {
  double value = request->size;
  if (request->sizing == CRUCIBLE_SIZE_UNITS)
    return value;
  if (request->sizing == CRUCIBLE_SIZE_CASH)
    return value / price;
  value *= account->equity;
  if (request->sizing == CRUCIBLE_SIZE_FRACTION)
    return value / price;
  double half = crucible__half_spread(account, terms, price);
  double loss = fabs(price - request->stop) + 2 * price * account->taker_fee +
                2 * half + 2 * terms->tick.value;
  double quantity = value / loss;
  if (!(quantity > 0) || !crucible__can_take(account))
    return quantity;
  double sigma = account->sigma < 0 ? 0 : account->sigma;
  crucible__move move = crucible__moved(account, terms, sigma, quantity);
  return value / (loss + 2 * price * (move.slippage + move.impact));
}

static double price_of(const crucible_request *request, double close) {
  switch (request->kind) {
  case CRUCIBLE_KIND_LIMIT:
  case CRUCIBLE_KIND_POST_ONLY:
  case CRUCIBLE_KIND_STOP_LIMIT:
    return request->limit;
  case CRUCIBLE_KIND_STOP:
    return request->trigger;
  default:
    return close;
  }
}

static void set_prices(crucible__order *order, const crucible__terms *terms,
                       const crucible_request *request) {
  int32_t side = order->side, kind = order->kind;
  order->limit = side * (double)INFINITY;
  order->trigger = side * (double)INFINITY;
  if (kind == CRUCIBLE_KIND_LIMIT || kind == CRUCIBLE_KIND_POST_ONLY ||
      kind == CRUCIBLE_KIND_STOP_LIMIT)
    order->limit = crucible__step_rounded(&terms->tick, request->limit, -side);
  if (kind == CRUCIBLE_KIND_STOP || kind == CRUCIBLE_KIND_STOP_LIMIT ||
      (kind == CRUCIBLE_KIND_TRAILING_STOP && !isnan(request->trigger)))
    order->trigger =
        crucible__step_rounded(&terms->tick, request->trigger, side);
  if (kind == CRUCIBLE_KIND_TRAILING_STOP)
    order->trail = request->trail;
  if ((isfinite(order->limit) && order->limit < terms->tick.value) ||
      (isfinite(order->trigger) && order->trigger < terms->tick.value))
    order->reason = CRUCIBLE_REASON_BAD_PRICE;
}

static void size_order(crucible__order *order, const crucible__account *account,
                       const crucible__terms *terms,
                       const crucible_request *request, double price) {
  double wanted = wanted_quantity(account, terms, request, price);
  if (isinf(wanted) && order->is_closing) /* all that is held when it fills */
    wanted = CRUCIBLE__NUMBER_MOST;
  double lots = wanted > 0 ? crucible__sellable(terms, wanted) : 0;
  order->quantity = order->left = lots;
  if (lots < terms->lot.value && order->reason == CRUCIBLE_REASON_NONE)
    order->reason = CRUCIBLE_REASON_BELOW_LOT;
}

static void draw_up(crucible__order *order, const crucible__scene *scene,
                    const crucible_request *request) {
  const crucible__account *account = scene->account;
  const crucible__terms *terms = scene->terms;
  *order = (crucible__order){
      .stop = request->stop,
      .target = request->target,
      .trailing = -1,
      .placed_ms = account->last_close_ms,
      .id = request->id,
      .oco = request->oco,
      .bars_left = request->ttl_bars,
      .state = CRUCIBLE__ORDER_SENT,
      .side = request->side,
      .kind = request->kind,
      .purpose = CRUCIBLE_PURPOSE_ORDER,
      .is_closing = request->reduce_only,
  };
  set_prices(order, terms, request);
  size_order(order, account, terms, request,
             price_of(request, scene->bar->close));
}

static void cancel(crucible__book *book, uint32_t id) {
  for (uint64_t i = 0; i < book->n; ++i)
    if (book->orders[i].id == id)
      book->orders[i].is_cancelled = 1;
}

/* Whether an order of that id is at work and not being taken back. */
static int has_id(const crucible__book *book, uint32_t id) {
  for (uint64_t i = 0; i < book->n && id != 0; ++i)
    if (book->orders[i].id == id && !book->orders[i].is_cancelled)
      return 1;
  return 0;
}

void crucible__book_request(const crucible__scene *scene,
                            const crucible__wish *wish) {
  crucible__book *book = scene->book;
  for (uint32_t i = 0; i < wish->n_requests; ++i) {
    const crucible_request *request = &wish->requests[i];
    int is_same = has_id(book, request->id);
    if (request->kind == CRUCIBLE_KIND_CANCEL) {
      cancel(book, request->id);
    } else if (book->n < CRUCIBLE_WORKING_MOST && !is_same) {
      draw_up(&book->orders[book->n++], scene, request);
    } else {
      crucible__order refused;
      draw_up(&refused, scene, request);
      end(scene, &refused, CRUCIBLE_ORDER_REJECTED,
          is_same ? CRUCIBLE_REASON_SAME_ID : CRUCIBLE_REASON_BOOK_FULL);
    }
  }
}

/* ---- the open ---- */

void crucible__book_clear(const crucible__scene *scene) {
  crucible__book *book = scene->book;
  const crucible__account *account = scene->account;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *order = &book->orders[i];
    int32_t reason = CRUCIBLE_REASON_NONE;
    if (order->is_cancelled)
      reason = CRUCIBLE_REASON_REQUESTED;
    else if (account->is_stopped && !order->is_closing)
      reason = CRUCIBLE_REASON_STOPPED;
    else if (account->is_after_gap && !order->is_closing)
      reason = CRUCIBLE_REASON_GAP;
    if (reason != CRUCIBLE_REASON_NONE)
      end(scene, order, CRUCIBLE_ORDER_CANCELLED, reason);
  }
  sweep(book);
}

static int is_market(const crucible__order *order) {
  return order->kind == CRUCIBLE_KIND_MARKET ||
         order->state == CRUCIBLE__ORDER_CARRIED;
}

void crucible__book_reduce(const crucible__scene *scene,
                           const crucible__market_point *open) {
  crucible__book *book = scene->book;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *order = &book->orders[i];
    if (order->is_closing && is_market(order) && !order->is_cancelled &&
        crucible__order_opposes(scene->account, order))
      crucible__order_arrive(scene, order, open);
  }
  sweep(book);
}

/* Oldest first; a limit before a stop only where it was placed before. */
static void pass_limits(const crucible__scene *scene,
                        const crucible__market_point *open) {
  for (uint64_t i = 0; i < scene->book->n; ++i) {
    crucible__order *order = &scene->book->orders[i];
    int32_t side = order->side;
    double quote = crucible__quote(open->middle, open->half, -side);
    if (order->state == CRUCIBLE__ORDER_RESTING &&
        side * quote <= side * order->limit && !scene->account->is_after_gap &&
        scene->account->room >= scene->terms->lot.value)
      crucible__order_make(
          scene, order, open,
          crucible__step_rounded(&scene->terms->tick, quote, side));
  }
}

static void pass_stops(const crucible__scene *scene,
                       const crucible__market_point *open) {
  for (uint64_t i = 0; i < scene->book->n; ++i) {
    crucible__order *order = &scene->book->orders[i];
    int32_t side = order->side;
    double quote = crucible__quote(open->middle, open->half, -side);
    if (order->state == CRUCIBLE__ORDER_WAITING &&
        side * quote >= side * order->trigger &&
        crucible__can_take(scene->account))
      crucible__order_trigger(scene, order, open, quote);
  }
}

void crucible__book_pass(const crucible__scene *scene,
                         const crucible__market_point *open) {
  pass_limits(scene, open);
  pass_stops(scene, open);
  sweep(scene->book);
  crucible__book_follow(scene, open->middle);
}

static int only_reduces(const crucible__account *account,
                        const crucible__order *order) {
  return crucible__order_opposes(account, order) &&
         (order->is_closing || order->left <= fabs(account->position));
}

static int comes_in_turn(const crucible__account *account,
                         const crucible__order *order, int32_t which) {
  int32_t kind = only_reduces(account, order) ? CRUCIBLE__ARRIVE_REDUCING
                                              : CRUCIBLE__ARRIVE_OTHERS;
  return crucible__order_comes(order) && (which & kind) != 0;
}

void crucible__book_arrive(const crucible__scene *scene,
                           const crucible__market_point *open, int32_t which) {
  crucible__book *book = scene->book;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *order = &book->orders[i];
    if (comes_in_turn(scene->account, order, which))
      crucible__order_arrive(scene, order, open);
  }
  sweep(book);
}

void crucible__book_arrive_at_close(const crucible__scene *scene,
                                    const crucible__market_point *close,
                                    int32_t which) {
  crucible__book *book = scene->book;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *order = &book->orders[i];
    if (order->kind == CRUCIBLE_KIND_MARKET && !order->is_cancelled &&
        comes_in_turn(scene->account, order, which))
      crucible__order_arrive(scene, order, close);
  }
  sweep(book);
}

/* ---- while the bar goes on ---- */

void crucible__book_filled(const crucible__scene *scene,
                           const crucible__order *order, uint32_t oco) {
  crucible__book *book = scene->book;
  if (oco == 0)
    return;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *other = &book->orders[i];
    if (other->oco == oco && other != order &&
        other->state != CRUCIBLE__ORDER_NONE)
      end(scene, other, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_OCO);
  }
}

void crucible__book_trail(const crucible__terms *terms, crucible__order *order,
                          double middle) {
  int32_t side = order->side;
  if (side * middle < side * order->anchor)
    order->anchor = middle;
  double level = crucible__step_rounded(
      &terms->tick, order->anchor + side * order->trail, side);
  if (level > 0 && side * level < side * order->trigger)
    order->trigger = level;
}

void crucible__book_follow(const crucible__scene *scene, double middle) {
  for (uint64_t i = 0; i < scene->book->n; ++i) {
    crucible__order *order = &scene->book->orders[i];
    if (order->state == CRUCIBLE__ORDER_WAITING && order->trail > 0)
      crucible__book_trail(scene->terms, order, middle);
  }
}

void crucible__book_age(const crucible__scene *scene) {
  crucible__book *book = scene->book;
  for (uint64_t i = 0; i < book->n; ++i) {
    crucible__order *order = &book->orders[i];
    if (order->state != CRUCIBLE__ORDER_NONE && order->bars_left > 0 &&
        --order->bars_left == 0)
      end(scene, order, CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE);
  }
  sweep(book);
}

int crucible__book_is_sound(const crucible__book *book) {
  if (book->n > CRUCIBLE_WORKING_MOST)
    return 0;
  for (uint64_t i = 0; i < book->n; ++i) {
    const crucible__order *order = &book->orders[i];
    if (order->state < CRUCIBLE__ORDER_SENT ||
        order->state > CRUCIBLE__ORDER_CARRIED ||
        (order->side != 1 && order->side != -1) || isnan(order->limit) ||
        isnan(order->trigger) || !isfinite(order->left))
      return 0;
  }
  return 1;
}
