/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a simulation refuses before it trades, and what it trades and records as
 * a rejection: nothing that was given has no effect without a word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/simulate.h>

#include "support/an_instrument.h"

enum { BARS = 8, COLUMNS = 2, FINE = 5, BAR_MS = 300000 };

/* Eight bars about 100 with five finer ones in each, and all that trades
   them. */
typedef struct world {
  int64_t time[BARS], fine_time[BARS * FINE];
  double open[BARS], high[BARS], low[BARS], close[BARS], volume[BARS];
  double fine_open[BARS * FINE], fine_high[BARS * FINE], fine_low[BARS * FINE];
  double fine_close[BARS * FINE], fine_volume[BARS * FINE];
  double sigma[BARS], forecast[BARS], values[BARS * COLUMNS];
  unsigned char flags[BARS * COLUMNS];
  crucible_bars bars, fine;
  crucible_market market;
  crucible_instrument instrument;
  crucible_plan plans[COLUMNS];
  crucible_backtest_options options;
  crucible_simulation simulation;
} world;

static void make_bars(world *w) {
  for (int i = 0; i < BARS; ++i) {
    w->time[i] = (int64_t)i * BAR_MS;
    w->open[i] = w->close[i] = 100;
    w->high[i] = 102;
    w->low[i] = 98;
    w->volume[i] = 100;
    w->sigma[i] = 0.01;
    w->forecast[i] = 100;
    for (int k = 0; k < FINE; ++k) {
      int at = i * FINE + k;
      w->fine_time[at] = w->time[i] + k * BAR_MS / FINE;
      w->fine_open[at] = w->fine_close[at] = 100;
      w->fine_high[at] = k == 1 ? 102 : 100;
      w->fine_low[at] = k == 3 ? 98 : 100;
      w->fine_volume[at] = 20;
    }
  }
  w->bars = (crucible_bars){.struct_size = sizeof w->bars,
                            .n = BARS,
                            .timeframe_ms = BAR_MS,
                            .open_time_ms = w->time,
                            .open = w->open,
                            .high = w->high,
                            .low = w->low,
                            .close = w->close,
                            .volume = w->volume};
  w->fine = w->bars;
  w->fine.n = BARS * FINE;
  w->fine.timeframe_ms = BAR_MS / FINE;
  w->fine.open_time_ms = w->fine_time;
  w->fine.open = w->fine_open;
  w->fine.high = w->fine_high;
  w->fine.low = w->fine_low;
  w->fine.close = w->fine_close;
  w->fine.volume = w->fine_volume;
}

static void make_world(world *w, int32_t decides) {
  memset(w, 0, sizeof *w);
  make_bars(w);
  w->market = (crucible_market){.struct_size = sizeof w->market,
                                .bars = &w->bars,
                                .sigma = w->sigma,
                                .volume_forecast = w->forecast};
  w->instrument = round_future();
  for (int c = 0; c < COLUMNS; ++c) {
    crucible_plan_init(&w->plans[c], sizeof w->plans[c]);
    w->plans[c].decides = decides;
  }
  crucible_backtest_options_init(&w->options, sizeof w->options);
  crucible_simulation *s = &w->simulation;
  crucible_simulation_init(s, sizeof *s);
  s->markets = &w->market;
  s->instruments = &w->instrument;
  s->options = &w->options;
  s->plans = w->plans;
  s->n_plans = s->n_columns = COLUMNS;
  for (size_t i = 0; i < BARS * COLUMNS; ++i)
    w->values[i] = (double)NAN;
}

static crucible_matrix values_of(const world *w) {
  return (crucible_matrix){w->values, BARS, COLUMNS, COLUMNS, 1};
}

static crucible_flags flags_of(const world *w) {
  return (crucible_flags){.data = w->flags,
                          .rows = BARS,
                          .cols = COLUMNS,
                          .row_stride = COLUMNS,
                          .col_stride = 1};
}

/* The text names each of the parts. */
static void refused(const world *w, crucible_status status, const char *a,
                    const char *b, const char *c) {
  crucible_backtest *result = NULL;
  const char *const parts[] = {a, b, c};
  assert_int_equal(crucible_simulate(&w->simulation, NULL, NULL, &result),
                   status);
  assert_null(result);
  for (int i = 0; i < 3; ++i)
    if (strstr(crucible_last_error(), parts[i]) == NULL)
      fail_msg("\"%s\" does not say %s", crucible_last_error(), parts[i]);
}

/* Runs, and holds one record of an order against what is expected. */
static void rejected(const world *w, size_t i, int32_t reason) {
  crucible_backtest *result = NULL;
  crucible_orders orders = {.struct_size = sizeof orders};
  assert_int_equal(crucible_simulate(&w->simulation, NULL, NULL, &result),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_records(result, &orders, NULL),
                   CRUCIBLE_OK);
  assert_true(i < orders.n);
  assert_int_equal(orders.status[i], CRUCIBLE_ORDER_REJECTED);
  assert_int_equal(orders.reason[i], reason);
  assert_true(orders.filled[i] == 0);
  crucible_backtest_destroy(result);
}

static void price_that_is_no_number_is_refused_with_its_bar(void **state) {
  (void)state;
  world w;
  const size_t columns[] = {offsetof(world, open), offsetof(world, high),
                            offsetof(world, low), offsetof(world, close),
                            offsetof(world, volume)};
  static const char *const names[] = {"open", "high", "low", "close", "volume"};
  for (size_t i = 0; i < 5; ++i) {
    make_world(&w, CRUCIBLE_DECIDE_SCORES);
    w.simulation.scores = values_of(&w);
    ((double *)(void *)((char *)&w + columns[i]))[3] = (double)NAN;
    refused(&w, CRUCIBLE_E_DATA, "bar 3", names[i], "nan");
  }
}

static void shapes_that_do_not_fit_are_refused_with_both(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_SCORES);
  w.simulation.scores = values_of(&w);
  w.simulation.size = values_of(&w);
  w.simulation.size.rows = BARS - 1;
  refused(&w, CRUCIBLE_E_INVALID, "simulation.size", "7 x 2", "8 bars");
  w.simulation.size.rows = BARS;
  w.simulation.size.cols = 3;
  refused(&w, CRUCIBLE_E_INVALID, "simulation.size", "8 x 3", "2 columns");
  make_world(&w, CRUCIBLE_DECIDE_SIGNALS);
  w.simulation.enter_long = flags_of(&w);
  w.simulation.enter_long.rows = 2;
  refused(&w, CRUCIBLE_E_INVALID, "simulation.enter_long", "2 x 2", "8 bars");
}

static void fees_below_zero_are_refused(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_SCORES);
  w.simulation.scores = values_of(&w);
  w.instrument.taker_fee = -0.001;
  refused(&w, CRUCIBLE_E_INVALID, "taker_fee", "-0.001", "0.1");
  w.instrument.taker_fee = 0.001;
  w.simulation.taker_fee = (crucible_matrix){w.values, BARS, COLUMNS, 2, 1};
  w.values[2 * COLUMNS + 1] = -0.002;
  refused(&w, CRUCIBLE_E_DATA, "simulation.taker_fee is -0.002", "bar 2",
          "column 1");
}

static void fills_beyond_the_data_are_refused(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_SIGNALS);
  w.simulation.enter_long = flags_of(&w);
  w.simulation.price = values_of(&w);
  w.values[4 * COLUMNS] = 103; /* above the bar's high */
  refused(&w, CRUCIBLE_E_DATA, "simulation.price is 103", "bar 4", "high 102");
  make_world(&w, CRUCIBLE_DECIDE_ORDERS);
  crucible_request request;
  crucible_request_init(&request, sizeof request);
  request.side = 1;
  request.size = 1;
  request.bar = BARS;
  w.simulation.requests = &request;
  w.simulation.n_requests = 1;
  refused(&w, CRUCIBLE_E_INVALID, "request 0", "bar 8", "8 bars");
  const size_t end[] = {BARS, BARS + 1};
  request.bar = 0;
  w.simulation.end_bar = end;
  refused(&w, CRUCIBLE_E_INVALID, "column 1", "[0, 9)", "8");
}

static void orders_of_warm_up_bars_are_rejected_with_a_reason(void **state) {
  (void)state;
  world w;
  crucible_request request;
  make_world(&w, CRUCIBLE_DECIDE_ORDERS);
  crucible_request_init(&request, sizeof request);
  request.side = 1;
  request.size = 0.1;
  w.simulation.requests = &request;
  w.simulation.n_requests = 1;
  w.sigma[0] = (double)NAN;
  rejected(&w, 0, CRUCIBLE_REASON_NO_FORECAST);
  make_world(&w, CRUCIBLE_DECIDE_SIGNALS);
  w.simulation.enter_long = flags_of(&w);
  w.flags[0] = 1;
  w.forecast[0] = (double)NAN;
  rejected(&w, 0, CRUCIBLE_REASON_NO_FORECAST);
}

/* A bar without volume fills nothing: the order waits, and where it is not
   carried it ends with the cap as its reason. */
static void no_volume_under_a_cap_is_told(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_SIGNALS);
  w.simulation.enter_long = flags_of(&w);
  w.flags[0] = 1;
  w.forecast[0] = 0;
  w.options.participation = 0.1;
  rejected(&w, 0, CRUCIBLE_REASON_NO_VOLUME);
  w.forecast[0] = 100;
  w.volume[1] = 0.001; /* less than a lot of it may be taken */
  w.high[1] = w.low[1] = 100;
  w.options.remainder = CRUCIBLE_REMAINDER_CANCEL;
  crucible_backtest *result = NULL;
  crucible_orders orders = {.struct_size = sizeof orders};
  assert_int_equal(crucible_simulate(&w.simulation, NULL, NULL, &result),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_backtest_records(result, &orders, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(orders.n, 1);
  assert_int_equal(orders.status[0], CRUCIBLE_ORDER_CANCELLED);
  assert_int_equal(orders.reason[0], CRUCIBLE_REASON_PARTICIPATION);
  assert_true(orders.filled[0] == 0);
  crucible_backtest_destroy(result);
}

static void shorts_of_plans_that_are_long_alone_are_refused(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_TARGETS);
  w.plans[0].side = CRUCIBLE_SIDE_LONG_SHORT;
  w.simulation.targets = values_of(&w);
  w.values[5 * COLUMNS] = -0.5; /* of the plan that may */
  crucible_backtest *result = NULL;
  assert_int_equal(crucible_simulate(&w.simulation, NULL, NULL, &result),
                   CRUCIBLE_OK);
  crucible_backtest_destroy(result);
  w.values[6 * COLUMNS + 1] = -0.25;
  refused(&w, CRUCIBLE_E_DATA, "simulation.targets is -0.25 at bar 6",
          "column 1", "CRUCIBLE_SIDE_LONG_SHORT");
  w.simulation.targets = (crucible_matrix){&w.values[5 * COLUMNS], 1, 1, 0, 0};
  refused(&w, CRUCIBLE_E_DATA, "simulation.targets is -0.5 at bar 0",
          "column 1", "CRUCIBLE_SIDE_LONG");
}

static void
short_signals_of_plans_that_are_long_alone_are_refused(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_SIGNALS);
  w.simulation.enter_short = flags_of(&w);
  refused(&w, CRUCIBLE_E_INVALID, "enter_short", "no plan trades short",
          "plan.side");
  w.plans[0].side = CRUCIBLE_SIDE_LONG_SHORT;
  w.flags[3 * COLUMNS] = 1; /* of the plan that may */
  crucible_backtest *result = NULL;
  assert_int_equal(crucible_simulate(&w.simulation, NULL, NULL, &result),
                   CRUCIBLE_OK);
  crucible_backtest_destroy(result);
  w.flags[4 * COLUMNS + 1] = 1;
  refused(&w, CRUCIBLE_E_DATA, "simulation.enter_short is set at bar 4",
          "column 1", "CRUCIBLE_SIDE_LONG_SHORT");
  const uint64_t words[] = {0, 1U << 6};
  w.simulation.enter_short = (crucible_flags){.data = words,
                                              .rows = BARS,
                                              .cols = COLUMNS,
                                              .col_stride = 1,
                                              .layout = CRUCIBLE_FLAGS_BITS};
  refused(&w, CRUCIBLE_E_DATA, "simulation.enter_short is set at bar 6",
          "column 1", "clear it");
  w.simulation.exit_short = w.simulation.enter_short;
  w.simulation.enter_short = (crucible_flags){.data = NULL};
  refused(&w, CRUCIBLE_E_DATA, "simulation.exit_short is set at bar 6",
          "column 1", "clear it");
}

static void two_orders_of_one_id_are_one_order_and_a_rejection(void **state) {
  (void)state;
  world w;
  make_world(&w, CRUCIBLE_DECIDE_ORDERS);
  crucible_request requests[2];
  for (int i = 0; i < 2; ++i) {
    crucible_request_init(&requests[i], sizeof requests[i]);
    requests[i].kind = CRUCIBLE_KIND_LIMIT;
    requests[i].side = 1;
    requests[i].size = 0.1;
    requests[i].limit = 50;
    requests[i].id = 9;
    requests[i].bar = (uint64_t)i;
  }
  w.simulation.requests = requests;
  w.simulation.n_requests = 2;
  rejected(&w, 0, CRUCIBLE_REASON_SAME_ID);
  requests[1].kind = CRUCIBLE_KIND_CANCEL;
  requests[1].id = 0;
  refused(&w, CRUCIBLE_E_INVALID, "request 1", "request.id is 0", "id > 0");
}

static void fine_bars_that_are_not_of_these_bars_are_refused(void **state) {
  (void)state;
  world w;
  crucible_backtest *result = NULL;
  static const struct {
    size_t column, at;
    double value;
    const char *field;
  } wrong[] = {{offsetof(world, fine_open), 2 * FINE, 99.5, "open is 99.5"},
               {offsetof(world, fine_high), 2 * FINE + 1, 103, "high is 103"},
               {offsetof(world, fine_low), 2 * FINE + 3, 97, "low is 97"},
               {offsetof(world, fine_close), 2 * FINE + 4, 99, "close is 99"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    make_world(&w, CRUCIBLE_DECIDE_SCORES);
    w.simulation.scores = values_of(&w);
    w.options.path = CRUCIBLE_PATH_FINE;
    w.market.fine = &w.fine;
    w.fine_low[2 * FINE] = w.fine_low[2 * FINE + 4] = 98;
    assert_int_equal(crucible_simulate(&w.simulation, NULL, NULL, &result),
                     CRUCIBLE_OK);
    crucible_backtest_destroy(result);
    ((double *)(void *)((char *)&w + wrong[i].column))[wrong[i].at] =
        wrong[i].value;
    refused(&w, CRUCIBLE_E_DATA, wrong[i].field, "bar 2 (600000 ms)",
            "crucible_series_resample");
    /* what did not trade is not walked, and tells nothing of the extremes */
    w.fine_volume[wrong[i].at] = 0;
    if (i == 1 || i == 2) {
      assert_int_equal(crucible_simulate(&w.simulation, NULL, NULL, &result),
                       CRUCIBLE_OK);
      crucible_backtest_destroy(result);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(price_that_is_no_number_is_refused_with_its_bar),
      cmocka_unit_test(shapes_that_do_not_fit_are_refused_with_both),
      cmocka_unit_test(fees_below_zero_are_refused),
      cmocka_unit_test(fills_beyond_the_data_are_refused),
      cmocka_unit_test(orders_of_warm_up_bars_are_rejected_with_a_reason),
      cmocka_unit_test(no_volume_under_a_cap_is_told),
      cmocka_unit_test(shorts_of_plans_that_are_long_alone_are_refused),
      cmocka_unit_test(short_signals_of_plans_that_are_long_alone_are_refused),
      cmocka_unit_test(two_orders_of_one_id_are_one_order_and_a_rejection),
      cmocka_unit_test(fine_bars_that_are_not_of_these_bars_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
