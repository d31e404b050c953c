/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that a bar's volume fills in parts; figures computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fills.h"

static played capped(void) {
  played p = played_by_orders();
  p.options.participation = 0.5;
  return p;
}

/* One bar, and a request (or NULL) at its close. */
static void ask(played *p, double open, double high, double low, double close,
                const crucible_request *request) {
  crucible_outlook outlook = played_outlook(p);
  crucible_wish wish;
  crucible_wish_init(&wish, sizeof wish);
  wish.requests = request;
  wish.n_requests = request != NULL;
  const crucible_bar bar = {.open = open,
                            .high = high,
                            .low = low,
                            .close = close,
                            .volume = p->volume};
  assert_int_equal(played_step(p, &bar, &outlook, &wish), CRUCIBLE_OK);
}

static void is_of(const played *p, size_t i, double quantity, double filled) {
  assert_true(i < p->orders.n);
  assert_near(p->orders.quantity[i], quantity, 0, 0);
  assert_near(p->orders.filled[i], filled, 0, 0);
}

static void
a_stop_that_is_turned_away_shows_no_fills_of_one_that_goes_on(void **state) {
  (void)state;
  played p = capped();
  crucible_request in = played_request(1, CRUCIBLE_KIND_MARKET, 1, 4);
  in.stop = 98;
  ask(&p, 100, 101, 99, 100, &in);
  ask(&p, 100, 101, 99, 100, NULL);
  assert_near(p.ledger.position, 4, 0, 0);
  p.volume = 4; /* room for 2 */
  crucible_request more = played_request(2, CRUCIBLE_KIND_LIMIT, 1, 2);
  more.limit = 96.5;
  more.stop = 90;
  p.volume_forecast = 0; /* what follows has no price for market orders */
  ask(&p, 100, 100, 97, 97, &more);
  assert_near(p.ledger.position, 2, 0, 0);
  ask(&p, 97, 97, 96, 96, NULL); /* the limit fills, the stop waits */
  assert_near(p.ledger.position, 4, 0, 0);
  p.volume_forecast = 100;
  ask(&p, 96, 96, 89, 89, NULL); /* the new stop is reached */
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_ORDER_REJECTED,
                 CRUCIBLE_REASON_NO_VOLUME);
  assert_near(p.orders.limit_price[2], 90, 0, 0);
  is_of(&p, 2, 4, 0);
  p.volume = 100;
  ask(&p, 89, 89, 88, 88, NULL);
  /* the first stop leaves all there is: 2 at 98, 4 at 88.5 */
  assert_int_equal(p.orders.status[3], CRUCIBLE_ORDER_FILLED);
  assert_int_equal(p.orders.purpose[3], CRUCIBLE_PURPOSE_STOP);
  assert_near(p.orders.limit_price[3], 98, 0, 0);
  is_of(&p, 3, 6, 6);
  assert_near(p.orders.fill_price[3], (2 * 98 + 4 * 88.5) / 6, 1e-12, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void what_is_left_of_a_bar_is_a_number_of_lots(void **state) {
  (void)state;
  played p = capped();
  p.instrument.lot_step = 0.1;
  p.volume = 0.6; /* room for 0.3, of which 0.1 leaves 0.2 */
  crucible_request in = played_request(1, CRUCIBLE_KIND_MARKET, 1, 0.3);
  crucible_request less = played_request(2, CRUCIBLE_KIND_MARKET, -1, 0.1);
  in.stop = 98;
  ask(&p, 100, 101, 99, 100, &in);
  ask(&p, 100, 101, 99, 100, &less);
  assert_near(p.ledger.position, 0.3, 0, 0);
  ask(&p, 100, 100, 97, 97, NULL);
  assert_int_equal(p.orders.n, 3);
  is_of(&p, 1, 0.1, 0.1);
  check_filled(&p, 2, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_LIQUIDITY_TAKER, 98);
  is_of(&p, 2, 0.2, 0.2);
  assert_near(p.ledger.position, 0, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void what_can_be_paid_is_settled_with_the_first_part(void **state) {
  (void)state;
  played p = capped();
  p.volume = 10; /* room for 5 */
  crucible_request in = played_request(1, CRUCIBLE_KIND_MARKET, 1, 20);
  ask(&p, 100, 101, 99, 100, &in);
  ask(&p, 100, 101, 50, 50, NULL); /* 1000 / (100.5 * 1.001) = 9.94.. */
  ask(&p, 50, 51, 49, 50, NULL);   /* cash would pay for more by now */
  assert_int_equal(p.orders.n, 1);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ORDER, CRUCIBLE_LIQUIDITY_TAKER,
               (5 * 100.5 + 4.94 * 50.5) / 9.94);
  is_of(&p, 0, 20, 9.94);
  check_ledger(&p);
  played_end(&p);
}

static void an_order_tells_how_its_last_part_filled(void **state) {
  (void)state;
  played p = capped();
  p.volume = 4;
  crucible_request in = played_request(1, CRUCIBLE_KIND_LIMIT, 1, 4);
  crucible_request back = played_request(1, CRUCIBLE_KIND_CANCEL, 1, 0);
  in.limit = 101; /* crosses */
  ask(&p, 100, 101, 99, 100, &in);
  ask(&p, 100, 103, 100, 103, &back);
  ask(&p, 103, 104, 102, 103, NULL);
  check_order(&p, 0, CRUCIBLE_ORDER_CANCELLED, CRUCIBLE_REASON_REQUESTED,
              CRUCIBLE_PURPOSE_ORDER, CRUCIBLE_LIQUIDITY_TAKER, 100.5);
  is_of(&p, 0, 4, 2);
  played_end(&p);
}

static void a_part_whose_fee_leaves_less_than_a_lot_waits(void **state) {
  (void)state;
  played p = capped();
  played spot = played_spot();
  p.instrument = spot.instrument;
  p.plan.side = CRUCIBLE_SIDE_LONG;
  crucible_request in = played_request(1, CRUCIBLE_KIND_MARKET, 1, 1);
  ask(&p, 100, 101, 99, 100, &in);
  p.volume = 0.02; /* 0.01 bought would be 0.00999 */
  ask(&p, 100, 101, 99, 100, NULL);
  assert_near(p.ledger.traded_notional, 0, 0, 0);
  assert_near(p.ledger.position, 0, 0, 0);
  p.volume = 100;
  ask(&p, 100, 101, 99, 100, NULL);
  check_filled(&p, 0, CRUCIBLE_PURPOSE_ORDER, CRUCIBLE_LIQUIDITY_TAKER, 100.5);
  is_of(&p, 0, 1, 1);
  assert_near(p.ledger.position, 0.99, 0, 0);
  check_ledger(&p);
  played_end(&p);
}

static void the_rest_of_a_turn_goes_before_a_stop_met_meanwhile(void **state) {
  (void)state;
  played p = capped();
  p.plan.decides = CRUCIBLE_DECIDE_SIGNALS;
  p.plan.sizing = CRUCIBLE_SIZE_UNITS;
  p.plan.sizing_value = 4;
  p.plan.stop_sigma = 2; /* 100.5 * 0.98 -> 98.5 */
  HEAR(&p, {100, 101, 99, 100, CRUCIBLE_ENTER_LONG},
       {100, 101, 99.5, 100, CRUCIBLE_ENTER_SHORT});
  p.volume = 6; /* 3 of the 8 that turn it; the stop finds no room */
  HEAR(&p, {100, 100, 97, 97, 0});
  assert_near(p.ledger.position, 1, 0, 0);
  p.volume = 100;
  HEAR(&p, {97, 97, 96, 96, 0});
  assert_near(p.ledger.position, -4, 0, 0);
  check_unfilled(&p, 2, CRUCIBLE_PURPOSE_STOP, CRUCIBLE_ORDER_CANCELLED,
                 CRUCIBLE_REASON_CLOSED);
  assert_int_equal(p.orders.purpose[1], CRUCIBLE_PURPOSE_REVERSE);
  is_of(&p, 1, 8, 8);
  check_ledger(&p);
  played_end(&p);
}

static void a_rung_that_a_gap_passed_hides_none_behind_it(void **state) {
  (void)state;
  played p = played_future();
  p.options.path = CRUCIBLE_PATH_OLHC;
  p.plan.target_sigma = 4; /* 100.5 * 0.04 = 4.02 */
  p.plan.n_rungs = 2;
  p.plan.rung_at[0] = 0.5; /* 102.51 -> 103 */
  p.plan.rung_at[1] = 1;   /* 104.52 -> 105 */
  p.plan.rung_share[0] = p.plan.rung_share[1] = 0.5;
  PLAY(&p, {100, 101, 99, 100, 1}, {100, 101, 99, 100, 0});
  p.next_ms += PLAYED_BAR_MS; /* a bar is missing */
  PLAY(&p, {104, 106, 103.5, 105.5, 0});
  assert_int_equal(p.orders.n, 2);
  check_filled(&p, 1, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 105);
  is_of(&p, 1, 2.5, 2.5);
  PLAY(&p, {104, 104, 104, 104, 0}); /* no gap: the other at the open's quote */
  check_filled(&p, 2, CRUCIBLE_PURPOSE_TARGET, CRUCIBLE_LIQUIDITY_MAKER, 103.5);
  check_ledger(&p);
  played_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(
          a_stop_that_is_turned_away_shows_no_fills_of_one_that_goes_on),
      cmocka_unit_test(what_is_left_of_a_bar_is_a_number_of_lots),
      cmocka_unit_test(what_can_be_paid_is_settled_with_the_first_part),
      cmocka_unit_test(an_order_tells_how_its_last_part_filled),
      cmocka_unit_test(a_part_whose_fee_leaves_less_than_a_lot_waits),
      cmocka_unit_test(the_rest_of_a_turn_goes_before_a_stop_met_meanwhile),
      cmocka_unit_test(a_rung_that_a_gap_passed_hides_none_behind_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
