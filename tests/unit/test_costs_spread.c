/* SPDX-License-Identifier: Apache-2.0 */
/* The spread from bars, against the package of the estimator's authors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/costs.h>

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

static void estimates_agree_with_the_authors_package(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  golden_rows rows = golden_rows_read("costs/edge.csv");
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    size_t window = (size_t)cell[0], end = (size_t)cell[1];
    crucible_bars part = slice(&r->bars, end - window, end);
    double spread;
    crucible_status status = crucible_spread_estimate(&part, &spread);
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
    assert_int_equal(crucible_spread_estimate(&part, &made), CRUCIBLE_OK);
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
  enum { N = 10000 };
  if (CRUCIBLE_SHARED_DIR[0] == 0)
    skip();
  FILE *file = fopen(CRUCIBLE_SHARED_DIR "/golden/edge_ohlc.csv", "r");
  assert_non_null(file);
  static double price[4][N], volume[N];
  static int64_t time[N];
  char line[256];
  size_t n = 0;
  assert_non_null(fgets(line, sizeof line, file));
  while (n < N && fgets(line, sizeof line, file) != NULL) {
    char *at = line;
    for (int c = 0; c < 4; ++c) {
      price[c][n] = strtod(at, &at);
      ++at;
    }
    time[n] = (int64_t)n * 60000;
    ++n;
  }
  assert_int_equal(fclose(file), 0);
  assert_int_equal(n, N);
  const crucible_bars bars = {.struct_size = sizeof bars,
                              .n = N,
                              .open_time_ms = time,
                              .open = price[0],
                              .high = price[1],
                              .low = price[2],
                              .close = price[3],
                              .volume = volume,
                              .timeframe_ms = 60000};
  double spread;
  if (crucible_spread_estimate(&bars, &spread) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  assert_near(spread, 0.0101849034905478, 1e-12, 0);
}

static void what_has_no_spread_is_refused(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 20, 0);
  double spread = -7, many[20];
  crucible_bars part = slice(&r->bars, 0, 2);
  assert_int_equal(crucible_spread_estimate(&part, &spread),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_spread_estimate(NULL, &spread), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_estimate(&r->bars, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 2, 1, many),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 5, 0, many),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_spread_forecast(&r->bars, 5, 1, NULL),
                   CRUCIBLE_E_INVALID);
  /* all at one price */
  double flat[20];
  for (size_t i = 0; i < 20; ++i)
    flat[i] = 3;
  part = slice(&r->bars, 0, 20);
  part.open = part.high = part.low = part.close = flat;
  assert_int_equal(crucible_spread_estimate(&part, &spread), CRUCIBLE_E_DOMAIN);
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
  crucible_status status = crucible_spread_estimate(&r->bars, spread);
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
      cmocka_unit_test(what_has_no_spread_is_refused),
      cmocka_unit_test(estimates_survive_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
