/* SPDX-License-Identifier: Apache-2.0 */
/* What streams of impact.h make of trades, quotes and books: by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/impact.h>

#include "support/failing_alloc.h"
#include "support/impact_streams.h"
#include "support/near.h"

/* Bars of a second: volume 10 and a move of the middle of one part in 1000, up
   and down, then what the case pushes from 20 s on. */
static crucible_impact_stream *warm(const crucible_impact_options *options) {
  crucible_impact_stream *stream = made(options);
  for (int i = 0; i < 20; ++i) {
    const double middle = i % 2 == 0 ? 1000 : 1001;
    const crucible_quote quote = {i * 1000 + 100, middle - 0.5, middle + 0.5};
    const crucible_print print = {.time_ms = i * 1000 + 500,
                                  .price = middle + 0.5,
                                  .quantity = 10,
                                  .side = 1};
    must(crucible_impact_stream_push_quote(stream, &quote));
    must(crucible_impact_stream_push_print(stream, &print));
  }
  return stream;
}

static crucible_impact_options seconds(int32_t measure) {
  crucible_impact_options options = plain();
  options.measure = measure;
  options.horizon_ms = 1000;
  options.window = 4;
  options.exponent = 0.5;
  options.min_orders = options.min_blocks = 3;
  return options;
}

static const double MOVE = 9.995003330835331e-4; /* ln(1001 / 1000) */

static void prints_of_one_time_and_side_are_one_order(void **state) {
  (void)state;
  for (int32_t reference = 0; reference < 2; ++reference) {
    crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_ORDERS);
    options.reference = reference;
    crucible_impact_stream *stream = warm(&options);
    const crucible_quote quote = {20100, 999.5, 1000.5};
    const crucible_quote late = {20500, 1002, 1003}; /* what the order did */
    const crucible_quote later = {20500, 1002, 1003};
    must(crucible_impact_stream_push_quote(stream, &quote));
    must(crucible_impact_stream_push_quote(stream, &late));
    must(crucible_impact_stream_push_quote(stream, &later));
    const crucible_impact_fit before = fit_of(stream);
    /* an order over three prices; a better print begins another; the other side;
       a later time */
    const crucible_print prints[] = {
        {20500, 1001, 2, 1, 0}, {20500, 1002, 1, 1, 0}, {20500, 1004, 1, 1, 0},
        {20500, 1003, 1, 1, 0}, {20500, 999, 3, -1, 0}, {20500, 998, 1, -1, 0},
        {20501, 998, 5, -1, 0}, {20502, 998, 5, -1, 0}};
    for (size_t i = 0; i < sizeof prints / sizeof *prints; ++i)
      must(crucible_impact_stream_push_print(stream, &prints[i]));
    const crucible_impact_fit fit = fit_of(stream);
    /* the last order is still open */
    assert_int_equal(fit.n_orders, before.n_orders + 4);
    double expected;
    if (reference == CRUCIBLE_IMPACT_FROM_PRINT) {
      expected = (1 + 3) / 4.0 / 1001 + 0 + 1 / 4.0 / 999 + 0;
      assert_int_equal(fit.n_free, before.n_free + 2);
    } else { /* the quote of 20.1 s; the last order's is the one of 20.5 s */
      expected =
          ((0.5 * 2 + 1.5 + 3.5) / 4 + 2.5 + (0.5 * 3 + 1.5) / 4) / 1000 +
          4 / 1002.5;
    }
    assert_near(fit.mean_cost * (double)fit.n_orders -
                    before.mean_cost * (double)before.n_orders,
                expected, 1e-9, 0);
    assert_near(fit.share_low, 0.1, 1e-15, 0);
    crucible_impact_stream_destroy(stream);
  }
}

/* The first bar was not seen whole and has no middle before it: bars 1 to 4 fill
   the window. */
static void sigma_and_volume_are_those_of_closed_bars(void **state) {
  (void)state;
  crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_ORDERS);
  crucible_impact_stream *stream = warm(&options);
  crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.n_warmup, 5);
  assert_int_equal(fit.n_orders, 14);
  assert_int_equal(fit.n_free, 14);
  assert_true(fit.share_low == 1 && fit.share_high == 1);
  crucible_impact_stream_destroy(stream);
  /* Y is told in sigma and V: one order of known cost on top of free ones */
  stream = warm(&options);
  const crucible_print prints[] = {
      {20000, 1000, 5, 1, 0}, {20000, 1001, 5, 1, 0}, {20001, 1001, 1, 1, 0}};
  for (size_t i = 0; i < 3; ++i)
    must(crucible_impact_stream_push_print(stream, &prints[i]));
  fit = fit_of(stream);
  assert_int_equal(fit.n_orders, 16); /* 14, the 15th of 19.5 s, and this */
  assert_near(fit.y, 0.5e-3 / (16 * MOVE), 1e-9, 0);
  /* 100 s without a trade: sigma and V are 0 */
  const crucible_print later = {120001, 1001, 1, 1, 0};
  must(crucible_impact_stream_push_print(stream, &later));
  fit = fit_of(stream);
  assert_int_equal(fit.n_still, 1);
  crucible_impact_stream_destroy(stream);
}

static void walks_pay_what_the_levels_ask(void **state) {
  (void)state;
  crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_BOOK);
  options.share_min = 0.0625;
  options.share_max = 2;
  crucible_impact_stream *stream = warm(&options);
  const double bid[] = {999.5, 999, 990}, bids[] = {1, 3, 20};
  const double ask[] = {1000.5, 1001}, asks[] = {2.5, 7.5};
  const crucible_book book = {.struct_size = sizeof book,
                              .time_ms = 20100,
                              .n_bids = 3,
                              .n_asks = 2,
                              .bid_price = bid,
                              .bid_quantity = bids,
                              .ask_price = ask,
                              .ask_quantity = asks};
  must(crucible_impact_stream_push_book(stream, &book));
  const crucible_impact_fit fit = fit_of(stream);
  /* sizes 0.625 to 20, V = 10: what both sides pay beyond their best */
  assert_int_equal(fit.n_orders, 11);
  assert_int_equal(fit.n_thin, 1); /* 20 of 10 asked */
  crucible_impact_point point[8];
  size_t n;
  must(crucible_impact_stream_curve(stream, point, 8, &n));
  assert_int_equal(n, 6);
  const double cost[6] = {0,
                          0.25 * 0.5 / 1.25 / 2,
                          1.5 * 0.5 / 2.5 / 2,
                          (3 * 0.5 + 9.5) / 5 / 2 + 2.5 * 0.5 / 5 / 2,
                          (1.5 + 6 * 9.5) / 10 / 2 + 7.5 * 0.5 / 10 / 2,
                          (1.5 + 16 * 9.5) / 20};
  for (size_t k = 0; k < 6; ++k) {
    assert_near(point[k].cost_sigma, cost[k] / 1000 / MOVE, 1e-9, 1e-15);
    assert_int_equal(point[k].n_orders, k == 5 ? 1 : 2);
    assert_near(log2(point[k].share), (double)k - 4, 0, 0.126);
  }
  must(crucible_impact_stream_curve(stream, NULL, 0, &n));
  assert_int_equal(n, 6);
  crucible_impact_stream_destroy(stream);
}

static void flow_is_held_against_the_move_of_its_bar(void **state) {
  (void)state;
  crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_FLOW);
  options.share_max = 2;
  crucible_impact_stream *stream = warm(&options);
  /* bars 5 to 18 have closed: bought 10 each, moves up and down */
  crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.n_orders, 14);
  assert_int_equal(fit.n_warmup, 4);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_NO_COST);
  assert_near(fit.mean_cost, 0, 0, 1e-15);
  const crucible_print sold = {20500, 990, 12.5, -1, 0};
  const crucible_quote down = {20600, 989.5, 990.5}, next = {21000, 1, 2};
  must(crucible_impact_stream_push_print(stream, &sold));
  must(crucible_impact_stream_push_quote(stream, &down));
  must(crucible_impact_stream_push_quote(stream, &next));
  fit = fit_of(stream);
  assert_int_equal(fit.n_orders, 16);
  assert_near(fit.mean_cost * 16, MOVE + log(1001 / 990.0), 1e-9, 0);
  assert_near(fit.share_high, 1.25, 1e-15, 0);
  crucible_impact_stream_destroy(stream);
}

typedef struct tape {
  int64_t time[6000];
  double price[6000], quantity[6000];
  int8_t side[6000];
  crucible_quote quote[6000];
  crucible_prints prints;
} tape;

/* A walk of the middle by ticks with orders that take several levels. */
static void tape_of(tape *t, double price_unit, double quantity_unit) {
  uint64_t seed = 7;
  double middle = 5000;
  int64_t now = 1000000;
  for (size_t i = 0; i < 6000; ++i) {
    now += draw(&seed) < 0.4 ? 0 : 137;
    middle += floor(draw(&seed) * 3) - 1;
    t->quote[i] = (crucible_quote){now, (middle - 1) * price_unit,
                                   (middle + 1) * price_unit};
    t->side[i] = draw(&seed) < 0.5 ? 1 : -1;
    t->time[i] = now;
    t->quantity[i] = floor(1 + 64 * draw(&seed)) * quantity_unit;
    t->price[i] =
        (middle + t->side[i] * floor(1 + 4 * draw(&seed))) * price_unit;
  }
  t->prints = (crucible_prints){.struct_size = sizeof t->prints,
                                .n = 6000,
                                .time_ms = t->time,
                                .price = t->price,
                                .quantity = t->quantity,
                                .side = t->side};
}

static crucible_impact_options every(int32_t measure, int32_t reference) {
  crucible_impact_options options = plain();
  options.measure = measure;
  options.reference = reference;
  options.horizon_ms = 5000;
  options.exponent = measure == CRUCIBLE_IMPACT_OF_FLOW ? 0.5 : 0;
  options.min_orders = 3;
  options.share_max = 100;
  return options;
}

static void the_batch_is_the_stream(void **state) {
  (void)state;
  static tape t;
  tape_of(&t, 1, 1);
  for (int32_t kind = 0; kind < 6; ++kind) {
    const crucible_impact_options options = every(kind % 2 * 2, kind / 2 % 2);
    const size_t n_quotes = kind < 4 ? 6000 : 0;
    crucible_impact_fit batch = {.struct_size = sizeof batch};
    must(crucible_impact_estimate(&t.prints, t.quote, n_quotes, &options,
                                  &batch));
    crucible_impact_stream *stream = made(&options);
    size_t q = 0;
    for (size_t i = 0; i < 6000; ++i) {
      for (; q < n_quotes && t.quote[q].time_ms < t.time[i]; ++q)
        must(crucible_impact_stream_push_quote(stream, &t.quote[q]));
      const crucible_print print = {t.time[i], t.price[i], t.quantity[i],
                                    t.side[i], 0};
      must(crucible_impact_stream_push_print(stream, &print));
      (void)fit_of(stream);
    }
    for (; q < n_quotes; ++q)
      must(crucible_impact_stream_push_quote(stream, &t.quote[q]));
    const crucible_impact_fit one = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_memory_equal(&batch, &one, sizeof one);
    assert_true(one.n_orders > 50 && one.n_warmup > 0);
  }
}

/* Prices in cents and lots of 1024 are the same market. */
static void units_do_not_matter(void **state) {
  (void)state;
  static tape t;
  for (int32_t measure = 0; measure <= 2; measure += 2) {
    const crucible_impact_options options =
        every(measure, CRUCIBLE_IMPACT_FROM_QUOTE);
    crucible_impact_fit fit[2] = {{.struct_size = sizeof fit[0]},
                                  {.struct_size = sizeof fit[0]}};
    tape_of(&t, 1, 1);
    must(crucible_impact_estimate(&t.prints, t.quote, 6000, &options, &fit[0]));
    tape_of(&t, 0.01, 1024);
    must(crucible_impact_estimate(&t.prints, t.quote, 6000, &options, &fit[1]));
    assert_int_not_equal(fit[0].kind, CRUCIBLE_IMPACT_FIT_NONE);
    assert_near(fit[1].y, fit[0].y, 1e-8, 0);
    assert_near(fit[1].exponent, fit[0].exponent, 1e-8, 0);
    assert_near(fit[1].y_se, fit[0].y_se, 1e-7, 0);
    assert_int_equal(fit[1].n_orders, fit[0].n_orders);
  }
}

static void wrong_options_are_refused_with_their_names(void **state) {
  (void)state;
  crucible_impact_stream *stream;
  const struct {
    const char *text;
    size_t at;
    double number;
    int64_t whole;
  } wrong[] = {
      {"horizon_ms", offsetof(crucible_impact_options, horizon_ms), 0, 0},
      {"horizon_ms", offsetof(crucible_impact_options, horizon_ms), 0, -1},
      {"window", offsetof(crucible_impact_options, window), 0, 0},
      {"window", offsetof(crucible_impact_options, window), 0, 100001},
      {"exponent", offsetof(crucible_impact_options, exponent), 1.5, 0},
      {"exponent", offsetof(crucible_impact_options, exponent), -0.1, 0},
      {"exponent", offsetof(crucible_impact_options, exponent), (double)NAN, 0},
      {"share_min", offsetof(crucible_impact_options, share_min), 2, 0},
      {"share_min", offsetof(crucible_impact_options, share_min), -1, 0},
      {"share_max", offsetof(crucible_impact_options, share_max), (double)NAN,
       0},
      {"max_exponent_se", offsetof(crucible_impact_options, max_exponent_se),
       -1, 0},
      {"min_orders", offsetof(crucible_impact_options, min_orders), 0, 2},
      {"min_blocks", offsetof(crucible_impact_options, min_blocks), 0, 33},
      {"min_blocks", offsetof(crucible_impact_options, min_blocks), 0, 2}};
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    crucible_impact_options options = plain();
    if (wrong[k].number != 0 || isnan(wrong[k].number))
      memcpy((char *)&options + wrong[k].at, &wrong[k].number, 8);
    else
      memcpy((char *)&options + wrong[k].at, &wrong[k].whole, 8);
    assert_int_equal(crucible_impact_stream_create(&options, &stream),
                     CRUCIBLE_E_INVALID);
    assert_null(stream);
    assert_non_null(strstr(crucible_last_error(), wrong[k].text));
  }
  for (int k = 0; k < 6; ++k) {
    crucible_impact_options options = plain();
    int32_t *field[] = {&options.measure, &options.reference, &options.errors};
    *field[k / 2] = k % 2 == 0 ? -1 : 3;
    assert_int_equal(crucible_impact_stream_create(&options, &stream),
                     CRUCIBLE_E_INVALID);
  }
  crucible_impact_options options = plain();
  options.reserved = 1;
  assert_int_equal(crucible_impact_stream_create(&options, &stream),
                   CRUCIBLE_E_VERSION);
  assert_int_equal(crucible_impact_stream_create(NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_impact_stream_destroy(NULL);
}

/* What is refused leaves no trace. */
static void bad_data_are_refused_and_change_nothing(void **state) {
  (void)state;
  crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_BOOK);
  crucible_impact_stream *stream = warm(&options);
  const crucible_impact_fit before = fit_of(stream);
  const double nan = (double)NAN, inf = (double)INFINITY;
  const crucible_quote quote[] = {{30000, 2, 1},   {30000, 0, 1},
                                  {30000, nan, 1}, {30000, 1, inf},
                                  {1000, 1, 2},    {INT64_MAX, 1, 2}};
  for (size_t k = 0; k < sizeof quote / sizeof *quote; ++k)
    assert_int_equal(crucible_impact_stream_push_quote(stream, &quote[k]),
                     CRUCIBLE_E_DATA);
  const crucible_print print[] = {
      {30000, 0, 1, 1, 0},   {30000, 1, 0, 1, 0},    {30000, nan, 1, 1, 0},
      {30000, 1, nan, 1, 0}, {30000, 1, -1, 1, 0},   {30000, inf, 1, 1, 0},
      {30000, 1, 1, 0, 0},   {30000, 1, 1, 2, 0},    {30000, 1, 1, 1, 9},
      {19499, 1, 1, 1, 0},   {INT64_MIN, 1, 1, 1, 0}};
  for (size_t k = 0; k < sizeof print / sizeof *print; ++k)
    assert_int_equal(crucible_impact_stream_push_print(stream, &print[k]),
                     CRUCIBLE_E_DATA);
  const double good[] = {10, 9}, rising[] = {11, 12}, flat[] = {10, 10},
               one[] = {1, 1}, none[] = {1, 0};
  const struct {
    const double *bid, *bids, *ask, *asks;
    size_t n_bids, n_asks;
    int64_t time_ms;
  } book[] = {{good, one, good, one, 2, 2, 30000},
              {rising, one, rising, one, 2, 2, 30000},
              {flat, one, rising, one, 2, 2, 30000},
              {good, none, rising, one, 2, 2, 30000},
              {good, one, rising, none, 2, 2, 30000},
              {good, one, rising, one, 0, 2, 30000},
              {good, one, rising, one, 2, 0, 30000},
              {rising, one, rising, one, 1, 1, 30000},
              {good, one, rising, one, 2, 2, 10}};
  for (size_t k = 0; k < sizeof book / sizeof *book; ++k) {
    const crucible_book wrong = {.struct_size = sizeof wrong,
                                 .time_ms = book[k].time_ms,
                                 .n_bids = book[k].n_bids,
                                 .n_asks = book[k].n_asks,
                                 .bid_price = book[k].bid,
                                 .bid_quantity = book[k].bids,
                                 .ask_price = book[k].ask,
                                 .ask_quantity = book[k].asks};
    assert_int_equal(crucible_impact_stream_push_book(stream, &wrong),
                     CRUCIBLE_E_DATA);
  }
  const double order[][4] = {
      {0, 1, 1, 0},   {nan, 1, 1, 0},       {1, 0, 1, 0},   {1, 1, 0, 0},
      {1, 1, 1, inf}, {1, 1, 1, 2e6},       {1, 1, nan, 0}, {1, 1, 1, nan},
      {2e6, 1, 1, 0}, {1, 1e-149, 1e200, 0}};
  for (size_t k = 0; k < sizeof order / sizeof *order; ++k)
    assert_int_equal(
        crucible_impact_stream_push_order(
            stream, 30000, order[k][0], order[k][1], order[k][2], order[k][3]),
        CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_stream_push_order(stream, 0, 1, 1, 1, 0),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "in order of time"));
  const crucible_impact_fit after = fit_of(stream);
  assert_memory_equal(&before, &after, sizeof after);
  crucible_impact_stream_destroy(stream);
}

static void the_text_of_a_batch_names_the_row(void **state) {
  (void)state;
  static tape t;
  tape_of(&t, 1, 1);
  crucible_impact_fit fit = {.struct_size = sizeof fit};
  t.quote[77].bid = (double)NAN;
  assert_int_equal(
      crucible_impact_estimate(&t.prints, t.quote, 6000, NULL, &fit),
      CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "quotes[77]"));
  t.side[9] = 0;
  assert_int_equal(crucible_impact_estimate(&t.prints, NULL, 0, NULL, &fit),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "prints[9]"));
  assert_true(fit.y == 0 && fit.n_orders == 0);
  crucible_impact_options options = plain();
  options.measure = CRUCIBLE_IMPACT_OF_BOOK;
  assert_int_equal(crucible_impact_estimate(&t.prints, NULL, 0, &options, &fit),
                   CRUCIBLE_E_INVALID);
  t.prints.side = NULL;
  assert_int_equal(crucible_impact_estimate(&t.prints, NULL, 0, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "prints.side"));
  t.prints.n = 0;
  must(crucible_impact_estimate(&t.prints, NULL, 0, NULL, &fit));
  assert_true(fit.y == 1 && fit.exponent == 0.5);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_NONE);
  assert_int_equal(crucible_impact_estimate(NULL, NULL, 0, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_estimate(&t.prints, NULL, 1, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  fit.struct_size = 0;
  assert_int_equal(crucible_impact_estimate(&t.prints, NULL, 0, NULL, &fit),
                   CRUCIBLE_E_INVALID);
}

/* Prices and sizes at the ends of what is taken: no infinity, no NaN. */
static void absurd_markets_do_not_break_a_fit(void **state) {
  (void)state;
  crucible_impact_options options = seconds(CRUCIBLE_IMPACT_OF_ORDERS);
  options.exponent = 0;
  options.share_min = 1e-300;
  options.share_max = 1e6;
  options.max_exponent_se = 1e9;
  uint64_t seed = 1;
  for (int run = 0; run < 200; ++run) {
    crucible_impact_stream *stream = made(&options);
    for (int i = 0; i < 300; ++i) {
      const int wide = draw(&seed) < 0.2;
      const crucible_print print = {
          i / 3 * 700, exp2(wide ? 900 * draw(&seed) - 450 : draw(&seed)),
          exp2(wide ? 900 * draw(&seed) - 450 : draw(&seed)),
          draw(&seed) < 0.5 ? 1 : -1, 0};
      must(crucible_impact_stream_push_print(stream, &print));
    }
    const crucible_impact_fit fit = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_true(isfinite(fit.y) && isfinite(fit.exponent) &&
                isfinite(fit.y_se) && isfinite(fit.exponent_se) &&
                isfinite(fit.r2) && isfinite(fit.mean_cost));
  }
}

static crucible_status estimate_a_tape(void *data) {
  const tape *t = data;
  crucible_impact_fit fit = {.struct_size = sizeof fit};
  return crucible_impact_estimate(&t->prints, t->quote, 6000, NULL, &fit);
}

static void memory_that_is_missing_is_told(void **state) {
  (void)state;
  static tape t;
  tape_of(&t, 1, 1);
  assert_true(failing_alloc_run(estimate_a_tape, &t) >= 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prints_of_one_time_and_side_are_one_order),
      cmocka_unit_test(sigma_and_volume_are_those_of_closed_bars),
      cmocka_unit_test(walks_pay_what_the_levels_ask),
      cmocka_unit_test(flow_is_held_against_the_move_of_its_bar),
      cmocka_unit_test(the_batch_is_the_stream),
      cmocka_unit_test(units_do_not_matter),
      cmocka_unit_test(wrong_options_are_refused_with_their_names),
      cmocka_unit_test(bad_data_are_refused_and_change_nothing),
      cmocka_unit_test(the_text_of_a_batch_names_the_row),
      cmocka_unit_test(absurd_markets_do_not_break_a_fit),
      cmocka_unit_test(memory_that_is_missing_is_told),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
