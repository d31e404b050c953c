/* SPDX-License-Identifier: Apache-2.0 */
/* Explicit orders, and a trader's state as bytes; fills computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "support/fills.h"

static const double NOTHING = (double)NAN;

static crucible_request market_of(uint32_t id, int32_t side, double size) {
  return played_request(id, CRUCIBLE_KIND_MARKET, side, size);
}

static crucible_request limit_of(uint32_t id, int32_t side, double size,
                                 double limit) {
  crucible_request request =
      played_request(id, CRUCIBLE_KIND_LIMIT, side, size);
  request.limit = limit;
  return request;
}

static crucible_request stop_of(uint32_t id, int32_t side, double size,
                                double trigger) {
  crucible_request request = played_request(id, CRUCIBLE_KIND_STOP, side, size);
  request.trigger = trigger;
  return request;
}

/* One bar, and requests at its close. */
static void ask(played *p, double open, double high, double low, double close,
                const crucible_request *requests, size_t n) {
  crucible_outlook outlook = played_outlook(p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.requests = requests;
  wish.n_requests = n;
  const crucible_bar bar = {.open = open,
                            .high = high,
                            .low = low,
                            .close = close,
                            .volume = p->volume};
  assert_int_equal(played_step(p, &bar, &outlook, &wish), CRUCIBLE_OK);
}

static void quiet(played *p, double price) {
  ask(p, price, price + 1, price - 1, price, NULL, 0);
}

static void check(const played *p, size_t i, uint32_t id, int32_t status,
                  int32_t reason, double filled, double price) {
  assert_true(i < p->orders.n);
  assert_int_equal(p->orders.id[i], id);
  assert_int_equal(p->orders.status[i], status);
  assert_int_equal(p->orders.reason[i], reason);
  assert_int_equal(p->orders.purpose[i], CRUCIBLE_PURPOSE_ORDER);
  assert_near(p->orders.filled[i], filled, 1e-12, 0);
  assert_near(p->orders.fill_price[i], price, 1e-12, 0);
}

static void filled(const played *p, size_t i, uint32_t id, double quantity,
                   double price) {
  check(p, i, id, CRUCIBLE_ORDER_FILLED, CRUCIBLE_REASON_NONE, quantity, price);
}

static void unfilled(const played *p, size_t i, uint32_t id, int32_t status,
                     int32_t reason) {
  check(p, i, id, status, reason, 0, NOTHING);
}

static void market_orders_open_add_reduce_turn_and_close(void **state) {
  (void)state;
  played p = played_by_orders();
  const crucible_request in = market_of(7, 1, 2), more = market_of(8, 1, 1),
                         less = market_of(9, -1, 1),
                         turn = market_of(10, -1, 3), out = market_of(11, 1, 1);
  ask(&p, 100, 101, 99, 100, &in, 1);
  ask(&p, 100, 101, 99, 100, &more, 1);
  ask(&p, 103, 104, 102, 103, &less, 1);
  ask(&p, 103, 104, 102, 103, &turn, 1);
  ask(&p, 103, 104, 102, 103, &out, 1);
  assert_near(p.ledger.position, -1, 0, 0);
  quiet(&p, 103);
  filled(&p, 0, 7, 2, 100.5);
  filled(&p, 1, 8, 1, 103.5);
  filled(&p, 2, 9, 1, 102.5);
  filled(&p, 3, 10, 3, 102.5);
  filled(&p, 4, 11, 1, 103.5);
  assert_near(p.ledger.position, 0, 0, 0);
  assert_int_equal(p.trades.n, 3);
  assert_near(p.trades.result[0], 102.5 * 0.999 - 101.5 * 1.001, 1e-12, 0);
  check_ledger(&p);
  played_end(&p);
}

static void limits_rest_cross_and_are_rejected_when_post_only(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {limit_of(1, 1, 1, 98), limit_of(2, 1, 1, 102),
                             limit_of(3, 1, 1, 102)};
  some[2].kind = CRUCIBLE_KIND_POST_ONLY;
  ask(&p, 100, 101, 99, 100, some, 3);
  quiet(&p, 100);
  filled(&p, 0, 2, 1, 100.5); /* a taker, not beyond its limit */
  unfilled(&p, 1, 3, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_WOULD_CROSS);
  assert_int_equal(p.orders.n, 2);
  ask(&p, 100, 101, 97, 100, NULL, 0);
  filled(&p, 2, 1, 1, 98);
  assert_int_equal(p.orders.liquidity[2], CRUCIBLE_LIQUIDITY_MAKER);
  assert_near(p.ledger.position, 2, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void stops_trigger_on_the_path_and_at_the_open(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {stop_of(1, 1, 1, 104), stop_of(2, 1, 1, 108)};
  ask(&p, 100, 101, 99, 100, some, 2);
  ask(&p, 100, 105, 99, 105, NULL, 0);
  filled(&p, 0, 1, 1, 104);
  assert_near(p.orders.limit_price[0], 104, 0, 0);
  quiet(&p, 110); /* a jump over 108: ask 110.25 */
  filled(&p, 1, 2, 1, 110.5);
  played_end(&p);
  p = played_by_orders();
  crucible_request limited = stop_of(3, 1, 1, 104);
  limited.kind = CRUCIBLE_KIND_STOP_LIMIT;
  limited.limit = 105;
  ask(&p, 100, 101, 99, 100, &limited, 1);
  quiet(&p, 110);
  assert_int_equal(p.orders.n, 0); /* rests at 105 now */
  ask(&p, 110, 111, 104, 106, NULL, 0);
  filled(&p, 0, 3, 1, 105);
  check_ledger(&p);
  played_end(&p);
}

static void trailing_order_follows_from_the_open_it_arrives_at(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request both[] = {
      market_of(1, 1, 2),
      played_request(2, CRUCIBLE_KIND_TRAILING_STOP, -1, 2)};
  both[1].trail = 5;
  both[1].reduce_only = 1;
  ask(&p, 100, 101, 99, 100, both, 2);
  ask(&p, 100, 110, 99, 109, NULL, 0);
  assert_int_equal(p.orders.n, 1);
  ask(&p, 109, 109, 104, 104.5, NULL, 0); /* 110 - 5, sold at its bid */
  filled(&p, 1, 2, 2, 105);
  assert_near(p.ledger.position, 0, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void a_fill_cancels_the_other_orders_of_its_group(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {market_of(1, 1, 2), limit_of(2, -1, 2, 105),
                             stop_of(3, -1, 2, 95)};
  for (int i = 1; i < 3; ++i) {
    some[i].oco = 5;
    some[i].reduce_only = 1;
  }
  ask(&p, 100, 101, 99, 100, some, 3);
  quiet(&p, 100);
  ask(&p, 100, 106, 90, 91, NULL, 0); /* O-L-H-C: the stop first */
  filled(&p, 1, 3, 2, 95);
  unfilled(&p, 2, 2, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_OCO);
  assert_int_equal(p.orders.n, 3);
  check_ledger(&p);
  played_end(&p);
}

static void orders_expire_and_are_taken_back(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {limit_of(1, 1, 1, 90), limit_of(2, 1, 1, 91)};
  some[0].ttl_bars = 2;
  ask(&p, 100, 101, 99, 100, some, 2);
  quiet(&p, 100);
  assert_int_equal(p.orders.n, 0);
  quiet(&p, 100);
  unfilled(&p, 0, 1, CRUCIBLE_ORDER_EXPIRED, CRUCIBLE_REASON_TIME_TO_LIVE);
  crucible_request back[] = {played_request(2, CRUCIBLE_KIND_CANCEL, 0, 0),
                             played_request(99, CRUCIBLE_KIND_CANCEL, 0, 0)};
  ask(&p, 100, 101, 99, 100, back, 2);
  assert_int_equal(p.orders.n, 1);
  ask(&p, 80, 81, 79, 80, NULL, 0); /* before the open could fill it */
  unfilled(&p, 1, 2, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_REQUESTED);
  assert_int_equal(p.orders.n, 2);
  assert_int_equal(p.orders.ended_ms[1], 4 * PLAYED_BAR_MS);
  played_end(&p);
}

static void orders_that_only_reduce_never_open(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {market_of(1, 1, 2), market_of(2, -1, 1),
                             stop_of(3, -1, (double)INFINITY, 95)};
  some[1].reduce_only = some[2].reduce_only = 1;
  ask(&p, 100, 101, 99, 100, &some[1], 1);
  quiet(&p, 100);
  unfilled(&p, 0, 2, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_REDUCE_ONLY);
  ask(&p, 100, 101, 99, 100, some, 1);
  ask(&p, 100, 101, 99, 100, &some[2], 1);
  ask(&p, 100, 101, 94, 96, &some[2], 1);
  filled(&p, 2, 3, 2, 95);
  assert_near(p.orders.quantity[2], 2, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  quiet(&p, 96);
  unfilled(&p, 3, 3, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_REDUCE_ONLY);
  check_ledger(&p);
  played_end(&p);
}

static void spot_sells_only_what_it_holds(void **state) {
  (void)state;
  played p = played_by_orders();
  p.plan.side = CRUCIBLE_SIDE_LONG;
  const crucible_request in = market_of(1, 1, 2), out = market_of(2, -1, 5);
  ask(&p, 100, 101, 99, 100, &out, 1);
  ask(&p, 100, 101, 99, 100, &in, 1);
  unfilled(&p, 0, 2, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_NOT_SHORTABLE);
  ask(&p, 100, 101, 99, 100, &out, 1);
  quiet(&p, 100);
  filled(&p, 2, 2, 2, 99.5);
  assert_near(p.orders.quantity[2], 5, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void bracket_of_a_request_becomes_the_position_s(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request in = market_of(1, 1, 0);
  in.sizing = CRUCIBLE_SIZE_RISK;
  in.size = 0.02;
  in.stop = 95;
  in.target = 110;
  ask(&p, 100, 101, 99, 100, &in, 1);
  /* 20 / (5 + 2 * 0.1 + 0.5 + 1): 2.98 */
  quiet(&p, 100);
  filled(&p, 0, 1, 2.98, 100.5);
  ask(&p, 100, 111, 99, 111, NULL, 0);
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_TARGET);
  assert_near(p.orders.fill_price[1], 110, 0, 0);
  assert_int_equal(p.orders.purpose[2], CRUCIBLE_PURPOSE_STOP);
  assert_int_equal(p.orders.status[2], CRUCIBLE_ORDER_CANCELLED);
  assert_near(p.orders.limit_price[2], 95, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void book_takes_sixteen_orders_and_says_so_of_the_next(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[CRUCIBLE_WORKING_MOST + 1];
  for (uint32_t i = 0; i <= CRUCIBLE_WORKING_MOST; ++i)
    some[i] = limit_of(i, 1, 0.1, 50 + i);
  ask(&p, 100, 101, 99, 100, some, CRUCIBLE_WORKING_MOST + 1);
  unfilled(&p, 0, CRUCIBLE_WORKING_MOST, CRUCIBLE_ORDER_REJECTED,
           CRUCIBLE_REASON_BOOK_FULL);
  assert_int_equal(p.orders.n, 1);
  ask(&p, 100, 101, 40, 100, NULL, 0);
  assert_int_equal(p.orders.n, 1 + CRUCIBLE_WORKING_MOST);
  assert_near(p.orders.fill_price[1], 65, 0, 0); /* the nearest first */
  assert_near(p.orders.fill_price[CRUCIBLE_WORKING_MOST], 50, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void id_that_is_at_work_is_rejected_until_it_is_free(void **state) {
  (void)state;
  played p = played_by_orders();
  const crucible_request twice[] = {limit_of(7, 1, 1, 90),
                                    limit_of(7, 1, 2, 80)};
  ask(&p, 100, 101, 99, 100, twice, 2);
  unfilled(&p, 0, 7, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_SAME_ID);
  assert_near(p.orders.quantity[0], 2, 0, 0);
  ask(&p, 100, 101, 99, 100, &twice[1], 1);
  unfilled(&p, 1, 7, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_SAME_ID);
  /* taken back and placed anew at one close: both are of that id */
  const crucible_request moved[] = {
      played_request(7, CRUCIBLE_KIND_CANCEL, 0, 0), limit_of(7, 1, 1, 95)};
  ask(&p, 100, 101, 99, 100, moved, 2);
  quiet(&p, 100);
  unfilled(&p, 2, 7, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_REQUESTED);
  ask(&p, 100, 101, 94, 96, NULL, 0);
  filled(&p, 3, 7, 1, 95);
  ask(&p, 96, 97, 95, 96, &twice[1], 1); /* the id is free again */
  ask(&p, 96, 97, 79, 96, NULL, 0);
  filled(&p, 4, 7, 2, 80);
  assert_int_equal(p.orders.n, 5);
  check_ledger(&p);
  played_end(&p);
}

static void
orders_without_an_id_are_any_number_and_cancel_one_another(void **state) {
  (void)state;
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_by_orders();
  crucible_request some[] = {limit_of(0, 1, 1, 90), limit_of(0, 1, 1, 95),
                             limit_of(0, 1, 1, 80)};
  some[0].oco = some[1].oco = 1;
  ask(&p, 100, 101, 99, 100, some, 3);
  ask(&p, 100, 101, 94, 96, NULL, 0);
  filled(&p, 0, 0, 1, 95);
  unfilled(&p, 1, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_OCO);
  assert_int_equal(p.orders.n, 2);
  const crucible_request cancel = played_request(0, CRUCIBLE_KIND_CANCEL, 0, 0);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.requests = &cancel;
  wish.n_requests = 1;
  assert_int_equal(played_step(&p, &bar, NULL, &wish), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "request.id is 0"));
  check_ledger(&p);
  played_end(&p);
}

static void orders_without_forecast_size_or_price_are_rejected(void **state) {
  (void)state;
  played p = played_by_orders();
  p.sigma = NOTHING;
  crucible_request some[] = {market_of(1, 1, 1), stop_of(2, 1, 1, 105),
                             limit_of(3, 1, 1, 95), market_of(4, 1, 0.001),
                             limit_of(5, 1, 1, 0.1)};
  ask(&p, 100, 101, 99, 100, some, 3);
  p.sigma = 0.01;
  ask(&p, 100, 101, 99, 100, &some[3], 2);
  unfilled(&p, 0, 1, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_NO_FORECAST);
  unfilled(&p, 1, 2, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_NO_FORECAST);
  assert_int_equal(p.orders.n, 2); /* the limit rests */
  quiet(&p, 100);
  unfilled(&p, 2, 4, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_BELOW_LOT);
  unfilled(&p, 3, 5, CRUCIBLE_ORDER_REJECTED, CRUCIBLE_REASON_BAD_PRICE);
  played_end(&p);
}

static void missing_bars_take_back_what_opens(void **state) {
  (void)state;
  played p = played_by_orders();
  crucible_request some[] = {market_of(1, 1, 2), limit_of(2, 1, 1, 90),
                             limit_of(3, -1, 2, 105), stop_of(4, -1, 2, 80)};
  some[2].reduce_only = some[3].reduce_only = 1;
  ask(&p, 100, 101, 99, 100, some, 4);
  quiet(&p, 100);
  p.next_ms += 5 * PLAYED_BAR_MS;
  ask(&p, 107, 108, 106, 107, NULL, 0);
  unfilled(&p, 1, 2, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_GAP);
  assert_int_equal(p.orders.n, 2); /* the jump does not fill the sale */
  quiet(&p, 107);
  filled(&p, 2, 3, 2, 106.5);
  check_ledger(&p);
  played_end(&p);
}

static void request_out_of_range_is_refused_by_field(void **state) {
  (void)state;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } numbers[] = {
#define CASE(field, value) {#field, offsetof(crucible_request, field), value}
      CASE(size, 0),
      CASE(size, -1),
      CASE(size, (double)INFINITY),
      CASE(size, NOTHING),
      CASE(limit, 100),
      CASE(trigger, 100),
      CASE(trail, 1),
      CASE(stop, 0),
      CASE(target, -1)
#undef CASE
  };
  const crucible_bar bar = {
      .open = 100, .high = 101, .low = 99, .close = 100, .volume = 100};
  played p = played_by_orders();
  crucible_wish wish;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    crucible_request request = market_of(1, 1, 1);
    memcpy((char *)&request + numbers[i].offset, &numbers[i].value,
           sizeof(double));
    crucible_wish_init(&wish, sizeof wish);
    wish.requests = &request;
    wish.n_requests = 1;
    assert_int_equal(played_step(&p, &bar, NULL, &wish), CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), numbers[i].field));
  }
  crucible_request odd[] = {
      played_request(1, 0, 1, 1),
      played_request(1, 8, 1, 1),
      played_request(1, 1, 0, 1),
      limit_of(1, 1, 1, NOTHING),
      stop_of(1, 1, 1, NOTHING),
      played_request(1, CRUCIBLE_KIND_TRAILING_STOP, 1, 1)};
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; ++i) {
    crucible_wish_init(&wish, sizeof wish);
    wish.requests = &odd[i];
    wish.n_requests = 1;
    assert_int_equal(played_step(&p, &bar, NULL, &wish), CRUCIBLE_E_INVALID);
  }
  wish.n_requests = CRUCIBLE_REQUESTS_MOST + 1;
  assert_int_equal(played_step(&p, &bar, NULL, &wish), CRUCIBLE_E_INVALID);
  assert_int_equal(p.ledger.n_bars, 0);
  played_end(&p);
}

/* ---- as bytes ---- */

static crucible_request drawn(uint64_t *random, uint32_t id) {
  uint64_t r = *random = *random * 6364136223846793005u + 1442695040888963407u;
  int32_t side = (r >> 40) % 2 ? 1 : -1;
  double price = 95 + 0.5 * (double)((r >> 20) % 20);
  crucible_request request =
      played_request(id, (int32_t)(1 + (r >> 33) % 6), side,
                     0.5 + 0.01 * (double)((r >> 50) % 300));
  if (request.kind == CRUCIBLE_KIND_LIMIT ||
      request.kind == CRUCIBLE_KIND_POST_ONLY ||
      request.kind == CRUCIBLE_KIND_STOP_LIMIT)
    request.limit = price;
  if (request.kind == CRUCIBLE_KIND_STOP ||
      request.kind == CRUCIBLE_KIND_STOP_LIMIT)
    request.trigger = price;
  if (request.kind == CRUCIBLE_KIND_TRAILING_STOP)
    request.trail = 3;
  request.ttl_bars = (uint32_t)((r >> 44) % 8);
  request.oco = (uint32_t)((r >> 36) % 3);
  request.reduce_only = (r >> 30) % 4 == 0;
  if ((r >> 28) % 3 == 0) {
    request.stop = side > 0 ? 90 : 112;
    request.target = side > 0 ? 112 : 90;
  }
  return request;
}

/* Bar i of a walk, and at times a few random requests. */
static void play_random(played *p, uint64_t *random, int i) {
  crucible_request some[3];
  size_t n = 0;
  double open = 100 + 4 * sin(i * 0.7), close = 100 + 4 * sin((i + 1) * 0.7);
  double high = fmax(open, close) + 1 + i % 3, low = fmin(open, close) - 1;
  if (i % 2 == 0)
    for (; n < 3; ++n)
      some[n] = drawn(random, (uint32_t)(3 * i) + (uint32_t)n);
  if (i % 17 == 0)
    p->next_ms += 3 * PLAYED_BAR_MS;
  ask(p, open, high, low, close, some, n);
  const crucible_ledger *l = &p->ledger;
  double marked = l->position == 0 ? 0 : l->position * l->mark_price;
  assert_near(l->cash + marked - l->exit_fee, l->equity, 0, 1e-9);
  assert_near(l->trade_results + l->open_result, l->equity - l->initial_cash, 0,
              1e-9);
}

static void trader_goes_on_from_bytes_as_if_it_had_not_stopped(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    played whole = played_by_orders(), part = played_by_orders();
    whole.options.path = part.options.path = CRUCIBLE_PATH_PESSIMISTIC;
    if (seed % 2)
      whole.options.participation = part.options.participation = 0.02;
    uint64_t r = seed, s = seed;
    for (int i = 0; i < 60; ++i)
      play_random(&whole, &r, i);
    for (int i = 0; i < 30; ++i)
      play_random(&part, &s, i);
    size_t needed, n;
    assert_int_equal(crucible_trader_save(part.trader, NULL, 0, &needed),
                     CRUCIBLE_OK);
    unsigned char *bytes = malloc(needed);
    assert_int_equal(crucible_trader_save(part.trader, bytes, needed, &n),
                     CRUCIBLE_OK);
    assert_int_equal(n, needed);
    int64_t next_ms = part.next_ms;
    played_end(&part);
    part.next_ms = next_ms;
    assert_int_equal(crucible_trader_create(&part.plan, &part.instrument,
                                            PLAYED_BAR_MS, &part.options,
                                            &part.trader),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_trader_load(part.trader, bytes, n - 1),
                     CRUCIBLE_E_STORE);
    assert_int_equal(crucible_trader_load(part.trader, bytes, n), CRUCIBLE_OK);
    for (int i = 30; i < 60; ++i)
      play_random(&part, &s, i);
    assert_memory_equal(&part.ledger, &whole.ledger, sizeof whole.ledger);
    assert_true(whole.trades.n > 5);
    check_ledger(&whole);
    free(bytes);
    played_end(&part);
    played_end(&whole);
  }
}

static void bytes_of_another_trader_are_refused(void **state) {
  (void)state;
  played p = played_by_orders(), other = played_by_orders();
  unsigned char bytes[16384];
  size_t n;
  other.plan.sizing_value = 0.25;
  quiet(&p, 100);
  quiet(&other, 100);
  assert_int_equal(crucible_trader_save(p.trader, bytes, sizeof bytes, &n),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_trader_load(other.trader, bytes, n),
                   CRUCIBLE_E_STORE);
  assert_int_equal(crucible_trader_load(p.trader, bytes, n), CRUCIBLE_OK);
  assert_int_equal(crucible_trader_load(p.trader, NULL, n), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_trader_save(NULL, bytes, sizeof bytes, &n),
                   CRUCIBLE_E_INVALID);
  played_end(&p);
  played_end(&other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(market_orders_open_add_reduce_turn_and_close),
      cmocka_unit_test(limits_rest_cross_and_are_rejected_when_post_only),
      cmocka_unit_test(stops_trigger_on_the_path_and_at_the_open),
      cmocka_unit_test(trailing_order_follows_from_the_open_it_arrives_at),
      cmocka_unit_test(a_fill_cancels_the_other_orders_of_its_group),
      cmocka_unit_test(orders_expire_and_are_taken_back),
      cmocka_unit_test(orders_that_only_reduce_never_open),
      cmocka_unit_test(spot_sells_only_what_it_holds),
      cmocka_unit_test(bracket_of_a_request_becomes_the_position_s),
      cmocka_unit_test(book_takes_sixteen_orders_and_says_so_of_the_next),
      cmocka_unit_test(id_that_is_at_work_is_rejected_until_it_is_free),
      cmocka_unit_test(
          orders_without_an_id_are_any_number_and_cancel_one_another),
      cmocka_unit_test(orders_without_forecast_size_or_price_are_rejected),
      cmocka_unit_test(missing_bars_take_back_what_opens),
      cmocka_unit_test(request_out_of_range_is_refused_by_field),
      cmocka_unit_test(trader_goes_on_from_bytes_as_if_it_had_not_stopped),
      cmocka_unit_test(bytes_of_another_trader_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
