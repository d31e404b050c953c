/* SPDX-License-Identifier: Apache-2.0 */
/* Spreads from bars, against the package bidask and its formulas; from quotes
   and trades, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/spread.h>

#include "support/edge_ohlc.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

/* Bars [begin, end) of a view. */
static crucible_bars slice(const crucible_bars *bars, size_t begin,
                           size_t end) {
  crucible_bars part = *bars;
  part.n = end - begin;
  part.open_time_ms += begin;
  part.open += begin;
  part.high += begin;
  part.low += begin;
  part.close += begin;
  part.volume += begin;
  part.quote_volume = part.trades = part.taker_buy_base = NULL;
  return part;
}

static crucible_spread_options with(int32_t method) {
  crucible_spread_options options;
  crucible_spread_options_init(&options, sizeof options);
  options.method = method;
  return options;
}

/* Bars without every 7th and its second next. */
typedef struct holey {
  crucible_bars bars;
  int64_t time[3000];
  double price[4][3000], volume[3000];
} holey;

static void take_out(const crucible_bars *all, holey *h) {
  size_t n = 0;
  for (size_t i = 0; i < all->n; ++i) {
    if (i % 7 == 3 || i % 7 == 5)
      continue;
    assert_true(n < 3000);
    h->time[n] = all->open_time_ms[i];
    h->price[0][n] = all->open[i];
    h->price[1][n] = all->high[i];
    h->price[2][n] = all->low[i];
    h->price[3][n] = all->close[i];
    h->volume[n++] = all->volume[i];
  }
  h->bars = *all;
  h->bars.n = n;
  h->bars.open_time_ms = h->time;
  h->bars.open = h->price[0];
  h->bars.high = h->price[1];
  h->bars.low = h->price[2];
  h->bars.close = h->price[3];
  h->bars.volume = h->volume;
  h->bars.quote_volume = h->bars.trades = h->bars.taker_buy_base = NULL;
}

static void estimates_agree_with_the_authors_package(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  golden_rows rows = golden_rows_read("costs/edge.csv");
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    size_t window = (size_t)cell[0], end = (size_t)cell[1];
    crucible_bars part = slice(&r->bars, end - window, end);
    double spread;
    crucible_status status = crucible_spread_estimate(&part, NULL, &spread);
    if (isnan(cell[2])) {
      assert_int_equal(status, CRUCIBLE_E_DOMAIN);
      continue;
    }
    assert_int_equal(status, CRUCIBLE_OK);
    assert_near(spread, cell[2], 1e-9, 1e-10);
  }
  golden_rows_free(&rows);
  recorded_free(r);
}

/* The forecast at a close is the estimate of the window that ends there, never
   negative, and held until the next. */
static void forecasts_are_estimates_of_closed_bars(void **state) {
  (void)state;
  enum { N = 700, WINDOW = 100, REFIT = 7 };
  recorded *r = recorded_read(BITCOIN, N, 0);
  static double spread[N], shorter[N];
  size_t n_zero = 0;
  assert_int_equal(crucible_spread_forecast(&r->bars, WINDOW, REFIT, spread),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < N; ++i) {
    if (i + 1 < WINDOW) {
      assert_true(isnan(spread[i]));
      continue;
    }
    size_t end = i + 1 - (i + 1 - WINDOW) % REFIT;
    crucible_bars part = slice(&r->bars, end - WINDOW, end);
    double made;
    assert_int_equal(crucible_spread_estimate(&part, NULL, &made), CRUCIBLE_OK);
    assert_same_bits(spread[i], made < 0 ? 0 : made);
    n_zero += made < 0;
  }
  assert_true(n_zero > 20 && n_zero < N / 2);
  crucible_bars part = slice(&r->bars, 0, 333);
  assert_int_equal(crucible_spread_forecast(&part, WINDOW, REFIT, shorter),
                   CRUCIBLE_OK);
  assert_memory_equal(spread, shorter, 333 * sizeof *spread);
  recorded_free(r);
}

/* The paper's simulated prices, whose spread is 1 %. */
static void the_spread_of_simulated_prices_is_found(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == 0)
    skip();
  edge_ohlc *paper = edge_ohlc_read();
  const crucible_bars bars = paper->bars;
  const double expected[6] = {0.01018490349054777, /* golden.json, spread */
                              -0.0031512455838896146, 0.00392710352058551,
                              0.007213334963528655,   0.010979966825471529,
                              0.009107493858303119};
  for (int32_t method = 0; method < 6; ++method) {
    crucible_spread_options options = with(method);
    double spread;
    if (crucible_spread_estimate(&bars, &options, &spread) != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    assert_near(spread, expected[method], 1e-12, 0);
    options.negative = CRUCIBLE_SPREAD_ZERO;
    assert_int_equal(crucible_spread_estimate(&bars, &options, &spread),
                     CRUCIBLE_OK);
    assert_near(spread, fmax(0, expected[method]), 1e-12, 0);
    options.negative = CRUCIBLE_SPREAD_ABSOLUTE;
    assert_int_equal(crucible_spread_estimate(&bars, &options, &spread),
                     CRUCIBLE_OK);
    assert_near(spread, fabs(expected[method]), 1e-12, 0);
  }
  crucible_bars ten = bars;
  ten.n = 10;
  double spread;
  assert_int_equal(crucible_spread_estimate(&ten, NULL, &spread), CRUCIBLE_OK);
  assert_near(spread, -0.016889917516422034, 1e-12, 0);
  edge_ohlc_free(paper);
}

static void every_estimator_agrees_with_its_formula(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  golden_rows rows = golden_rows_read("costs/spread.csv");
  static holey h;
  take_out(&r->bars, &h);
  size_t n_none = 0;
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    const size_t window = (size_t)cell[1], end = (size_t)cell[2];
    const int holes = cell[0] != 0;
    crucible_bars part = slice(holes ? &h.bars : &r->bars, end - window, end);
    for (int32_t method = 0; method < 6; ++method) {
      crucible_spread_options options = with(method);
      options.gaps = holes;
      double spread = (double)NAN;
      crucible_status status =
          crucible_spread_estimate(&part, &options, &spread);
      assert_int_equal(status, isnan(cell[3 + method]) ? CRUCIBLE_E_DOMAIN
                                                       : CRUCIBLE_OK);
      n_none += status != CRUCIBLE_OK;
      /* roots of what nearly cancels keep half of its digits */
      assert_near(spread, cell[3 + method], 1e-8, 2e-9);
    }
  }
  assert_true(rows.n > 70 && n_none > 3);
  golden_rows_free(&rows);
  recorded_free(r);
}

/* What a window says is what its bars say, alone, to the bit; and what a stream
   says that was begun at another bar. */
static void windows_are_of_their_bars_to_the_bit(void **state) {
  (void)state;
  static double spread[2000], later[2000];
  recorded *r = recorded_read(BITCOIN, 2000, 0);
  static holey h;
  take_out(&r->bars, &h);
  const size_t windows[] = {3, 4, 50, 288};
  for (int32_t method = 0; method < 6; ++method)
    for (int k = 0; k < 8; ++k) {
      const size_t window = windows[k / 2];
      const crucible_bars *bars = k % 2 ? &h.bars : &r->bars;
      crucible_spread_options options = with(method);
      options.gaps = k % 2;
      options.negative = method % 3;
      options.price_tick = method % 2 ? 0.5 : 0;
      assert_int_equal(crucible_spread_rolling(bars, &options, window, spread),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < bars->n; i += i < window ? 1 : 13) {
        double made = (double)NAN;
        if (i + 1 >= window) {
          crucible_bars part = slice(bars, i + 1 - window, i + 1);
          (void)!crucible_spread_estimate(&part, &options, &made);
        }
        assert_int_equal(isnan(spread[i]), isnan(made));
        if (!isnan(made))
          assert_same_bits(spread[i], made);
      }
      crucible_bars part = slice(bars, 333, bars->n);
      assert_int_equal(crucible_spread_rolling(&part, &options, window, later),
                       CRUCIBLE_OK);
      assert_memory_equal(later + window, spread + 333 + window,
                          (part.n - window) * sizeof *later);
      crucible_spread_stream *stream;
      assert_int_equal(crucible_spread_stream_create(
                           &options, window, bars->timeframe_ms, &stream),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < bars->n; ++i) {
        double said;
        const crucible_bar bar = {.open_time_ms = bars->open_time_ms[i],
                                  .open = bars->open[i],
                                  .high = bars->high[i],
                                  .low = bars->low[i],
                                  .close = bars->close[i],
                                  .volume = 1};
        assert_int_equal(crucible_spread_stream_push(stream, &bar, &said),
                         CRUCIBLE_OK);
        assert_memory_equal(&said, &spread[i], sizeof said);
      }
      crucible_spread_stream_destroy(stream);
    }
  recorded_free(r);
}

static void no_estimate_is_below_a_tick(void **state) {
  (void)state;
  static double free_of[700], floored[700];
  recorded *r = recorded_read(BITCOIN, 700, 0);
  crucible_spread_options options = with(CRUCIBLE_SPREAD_EDGE);
  size_t n_low = 0;
  assert_int_equal(crucible_spread_rolling(&r->bars, &options, 100, free_of),
                   CRUCIBLE_OK);
  options.price_tick = 2.5;
  assert_int_equal(crucible_spread_rolling(&r->bars, &options, 100, floored),
                   CRUCIBLE_OK);
  for (size_t i = 99; i < 700; ++i) {
    const double floor = 2.5 / r->bars.close[i];
    assert_same_bits(floored[i], free_of[i] < floor ? floor : free_of[i]);
    n_low += free_of[i] < floor;
  }
  assert_true(n_low > 50 && n_low < 600);
  recorded_free(r);
}

static void spreads_of_quotes_and_trades_are_seen(void **state) {
  (void)state;
  const crucible_quote quotes[] = {
      {1000, 99, 101}, {2000, 99.5, 100.5}, {2000, 98, 102}, {4000, 100, 100}};
  double spread;
  size_t n_used;
  assert_int_equal(crucible_spread_quoted(quotes, 4, 5000, &spread),
                   CRUCIBLE_OK);
  assert_near(spread, (0.02 * 1 + 0.01 * 0 + 0.04 * 2 + 0 * 1) / 4, 1e-15, 0);
  const int64_t time[] = {1000, 1001, 2000, 2001, 9000};
  const double price[] = {7, 101, 100.5, 98, 100}, size[] = {5, 1, 2, 3, 4};
  crucible_prints prints = {
      .struct_size = sizeof prints, .n = 5, .time_ms = time, .price = price};
  assert_int_equal(
      crucible_spread_effective(&prints, quotes, 4, &spread, &n_used),
      CRUCIBLE_OK);
  assert_int_equal(n_used, 4); /* the first has no quote before it */
  assert_near(spread, (0.02 + 0.01 + 0.04 + 0) / 4, 1e-15, 0);
  prints.quantity = size;
  assert_int_equal(crucible_spread_effective(&prints, quotes, 4, &spread, NULL),
                   CRUCIBLE_OK);
  assert_near(spread, (0.02 * 1 + 0.01 * 2 + 0.04 * 3) / 10, 1e-15, 0);
  prints.n = 1;
  spread = -7;
  assert_int_equal(
      crucible_spread_effective(&prints, quotes, 4, &spread, &n_used),
      CRUCIBLE_E_TOO_SHORT);
  const crucible_quote crossed[] = {{1, 2, 3}, {2, 3, 2}};
  const crucible_quote behind[] = {{2, 2, 3}, {1, 2, 3}};
  const crucible_quote none[] = {{1, 2, (double)NAN}};
  assert_int_equal(crucible_spread_quoted(crossed, 2, 9, &spread),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "quotes[1]"));
  assert_int_equal(crucible_spread_quoted(behind, 2, 9, &spread),
                   CRUCIBLE_E_DATA);
  assert_int_equal(crucible_spread_quoted(none, 1, 9, &spread),
                   CRUCIBLE_E_DATA);
  assert_int_equal(crucible_spread_quoted(quotes, 4, 3999, &spread),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_quoted(quotes, 0, 3999, &spread),
                   CRUCIBLE_E_INVALID);
  const double wrong[] = {(double)INFINITY};
  prints.price = wrong;
  assert_int_equal(crucible_spread_effective(&prints, quotes, 4, &spread, NULL),
                   CRUCIBLE_E_DATA);
  assert_same_bits(spread, -7);
}

/* An estimate is a number or none, however far prices are apart. */
static void absurd_prices_give_a_number_or_none(void **state) {
  (void)state;
  enum { N = 12 };
  const double levels[] = {1.7e308, 1e-308, 1.6e308, 1.65e308};
  recorded *r = recorded_read(BITCOIN, N, 0);
  for (size_t apart = 0; apart < 4; ++apart) {
    double price[4][N], told[N];
    for (size_t i = 0; i < N; ++i) {
      const double a = levels[0], b = levels[i % 3 == 0 ? apart : 2];
      price[0][i] = i % 2 ? a : b;
      price[3][i] = i % 2 ? b : a;
      price[1][i] = fmax(a, b);
      price[2][i] = fmin(a, b);
    }
    crucible_bars part = slice(&r->bars, 0, N);
    part.open = price[0];
    part.high = price[1];
    part.low = price[2];
    part.close = price[3];
    for (int32_t method = 0; method < 6; ++method) {
      const crucible_spread_options options = with(method);
      double spread = 0;
      const crucible_status status =
          crucible_spread_estimate(&part, &options, &spread);
      assert_true(status == CRUCIBLE_OK || status == CRUCIBLE_E_DOMAIN);
      assert_true(isfinite(spread));
      assert_int_equal(crucible_spread_rolling(&part, &options, 4, told),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < N; ++i)
        assert_true(isfinite(told[i]) || isnan(told[i]));
      if (method == CRUCIBLE_SPREAD_ROLL && apart == 3) /* 3 %, not 0 */
        assert_true(status == CRUCIBLE_OK && spread != 0);
    }
  }
  recorded_free(r);
}

static void wrong_options_and_bars_change_nothing(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 20, 0);
  double spread = -7, many[20] = {-7};
  crucible_spread_options wrong[5];
  for (int k = 0; k < 5; ++k)
    wrong[k] = with(0);
  wrong[0].method = 6;
  wrong[1].negative = -1;
  wrong[2].gaps = 2;
  wrong[3].price_tick = (double)NAN;
  wrong[4].price_tick = -1;
  for (int k = 0; k < 5; ++k) {
    crucible_spread_stream *stream;
    assert_int_equal(crucible_spread_estimate(&r->bars, &wrong[k], &spread),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_spread_rolling(&r->bars, &wrong[k], 5, many),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(
        crucible_spread_stream_create(&wrong[k], 5, 60000, &stream),
        CRUCIBLE_E_INVALID);
    assert_null(stream);
  }
  const double broken[] = {(double)NAN, (double)INFINITY, 0, -1};
  crucible_spread_stream *stream;
  assert_int_equal(crucible_spread_stream_create(NULL, 3, 60000, &stream),
                   CRUCIBLE_OK);
  for (int k = 0; k < 4; ++k) {
    double high[20];
    memcpy(high, r->bars.high, sizeof high);
    high[7] = broken[k];
    crucible_bars bars = r->bars;
    bars.high = high;
    assert_int_equal(crucible_spread_estimate(&bars, NULL, &spread),
                     CRUCIBLE_E_DATA);
    assert_int_equal(crucible_spread_rolling(&bars, NULL, 5, many),
                     CRUCIBLE_E_DATA);
    const crucible_bar bar = {
        .open = 1, .high = broken[k], .low = 1, .close = 1};
    assert_int_equal(crucible_spread_stream_push(stream, &bar, &spread),
                     CRUCIBLE_E_DATA);
  }
  crucible_bar bar = {.open = 1, .high = 2, .low = 1, .close = 1};
  assert_int_equal(crucible_spread_stream_push(stream, &bar, many),
                   CRUCIBLE_OK);
  many[0] = -7;
  assert_int_equal(crucible_spread_stream_push(stream, &bar, &spread),
                   CRUCIBLE_E_DATA); /* the same time again */
  bar.open_time_ms = 60001;
  assert_int_equal(crucible_spread_stream_push(stream, &bar, &spread),
                   CRUCIBLE_E_DATA);
  crucible_spread_stream_destroy(stream);
  assert_true(spread == -7 && many[0] == -7);
  recorded_free(r);
}

static void what_has_no_spread_is_refused(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 20, 0);
  double spread = -7, many[20];
  crucible_bars part = slice(&r->bars, 0, 2);
  assert_int_equal(crucible_spread_estimate(&part, NULL, &spread),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_spread_estimate(NULL, NULL, &spread),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_estimate(&r->bars, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 2, 1, many),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 5, 0, many),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 5, 1, NULL),
                   CRUCIBLE_E_INVALID);
  /* golden.json: one move, and the rest stands still */
  const double opens[] = {18.21, 17.61, 17.61}, lows[] = {17.61, 17.61, 17.61};
  part = slice(&r->bars, 0, 3);
  part.open = part.high = opens;
  part.low = part.close = lows;
  assert_int_equal(crucible_spread_estimate(&part, NULL, &spread),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(crucible_spread_rolling(&part, NULL, 3, many), CRUCIBLE_OK);
  assert_true(isnan(many[2]));
  /* all at one price */
  double flat[20];
  for (size_t i = 0; i < 20; ++i)
    flat[i] = 3;
  part = slice(&r->bars, 0, 20);
  part.open = part.high = part.low = part.close = flat;
  assert_int_equal(crucible_spread_estimate(&part, NULL, &spread),
                   CRUCIBLE_E_DOMAIN);
  assert_same_bits(spread, -7);
  assert_int_equal(crucible_spread_forecast(&part, 5, 1, many), CRUCIBLE_OK);
  for (size_t i = 0; i < 20; ++i)
    assert_true(isnan(many[i]));
  /* a window that nothing fills */
  assert_int_equal(crucible_spread_forecast(&r->bars, SIZE_MAX, 1, many),
                   CRUCIBLE_OK);
  assert_true(isnan(many[19]));
  recorded_free(r);
}

static crucible_status estimate_any(void *data) {
  const recorded *r = data;
  double spread[50];
  crucible_status status = crucible_spread_estimate(&r->bars, NULL, spread);
  return status == CRUCIBLE_OK
             ? crucible_spread_forecast(&r->bars, 10, 1, spread)
             : status;
}

static void estimates_survive_want_of_memory(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 50, 0);
  failing_alloc_run(estimate_any, r);
  recorded_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(estimates_agree_with_the_authors_package),
      cmocka_unit_test(forecasts_are_estimates_of_closed_bars),
      cmocka_unit_test(the_spread_of_simulated_prices_is_found),
      cmocka_unit_test(every_estimator_agrees_with_its_formula),
      cmocka_unit_test(windows_are_of_their_bars_to_the_bit),
      cmocka_unit_test(no_estimate_is_below_a_tick),
      cmocka_unit_test(spreads_of_quotes_and_trades_are_seen),
      cmocka_unit_test(absurd_prices_give_a_number_or_none),
      cmocka_unit_test(wrong_options_and_bars_change_nothing),
      cmocka_unit_test(what_has_no_spread_is_refused),
      cmocka_unit_test(estimates_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
