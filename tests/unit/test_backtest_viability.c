/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>

#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"
#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

/* ---- ceiling ---- */

static crucible_ceiling ceiling_of(const crucible_market *market,
                                   uint32_t hold_bars, double notional) {
  crucible_ceiling ceiling = {.struct_size = sizeof ceiling};
  crucible_instrument instrument = recorded_bitcoin();
  crucible_cost_options costs;
  crucible_cost_options_init(&costs, sizeof costs);
  costs.spread_bps = 2;
  assert_int_equal(crucible_viability_ceiling(market, &instrument, hold_bars,
                                              notional, &costs, &ceiling),
                   CRUCIBLE_OK);
  return ceiling;
}

static void ceiling_agrees_with_numpy_over_recorded_bars(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 0);
  for (size_t i = 0; i < r->bars.n; ++i)
    r->sigma[i] = r->bars.high[i] / r->bars.low[i] - 1;
  golden_rows rows = golden_rows_read("backtest/ceiling.csv");
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    crucible_ceiling c = ceiling_of(&r->market, (uint32_t)cell[0], 200);
    assert_near((double)c.n, cell[1], 0, 0);
    assert_near(c.mean_absolute_move, cell[2], 1e-12, 0);
    assert_near(c.round_trip_cost, cell[3], 1e-12, 0);
    assert_near(c.fee_cost, cell[4], 1e-12, 0);
    assert_near(c.spread_cost, cell[5], 1e-12, 0);
    assert_near(c.slippage_cost, cell[6], 1e-12, 0);
    assert_near(c.ratio, cell[7], 1e-12, 0);
    assert_near(c.hit_rate_needed, cell[8], 1e-12, 0);
  }
  golden_rows_free(&rows);
  recorded_free(r);
}

static void larger_orders_cost_more_and_longer_holds_move_more(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 0, 1);
  crucible_ceiling before = {0};
  for (uint32_t hold = 1; hold <= 64; hold *= 4) {
    crucible_ceiling c = ceiling_of(&r->market, hold, 200);
    crucible_ceiling big = ceiling_of(&r->market, hold, 2e6);
    assert_true(c.mean_absolute_move > before.mean_absolute_move);
    assert_true(c.ratio > before.ratio && c.n <= r->bars.n);
    assert_near(big.slippage_cost, 100 * c.slippage_cost, 1e-12, 0);
    assert_near(big.fee_cost, c.fee_cost, 0, 0);
    before = c;
  }
  recorded_free(r);
}

static void ceiling_refuses_bad_arguments(void **state) {
  (void)state;
  recorded *r = recorded_read(BITCOIN, 40, 0);
  crucible_instrument instrument = recorded_bitcoin();
  crucible_ceiling c = {.struct_size = sizeof c}, before = c;
  const struct {
    uint32_t hold_bars;
    double notional;
    crucible_status status;
  } cases[] = {{0, 200, CRUCIBLE_E_INVALID},
               {1, 0, CRUCIBLE_E_INVALID},
               {1, (double)NAN, CRUCIBLE_E_INVALID},
               {1, (double)INFINITY, CRUCIBLE_E_INVALID},
               {27, 200, CRUCIBLE_E_TOO_SHORT},
               {UINT32_MAX, 200, CRUCIBLE_E_TOO_SHORT}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
    assert_int_equal(crucible_viability_ceiling(&r->market, &instrument,
                                                cases[i].hold_bars,
                                                cases[i].notional, NULL, &c),
                     cases[i].status);
  assert_int_equal(
      crucible_viability_ceiling(NULL, &instrument, 1, 200, NULL, &c),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_viability_ceiling(&r->market, NULL, 1, 200, NULL, &c),
      CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_viability_ceiling(&r->market, &instrument, 1, 200, NULL, NULL),
      CRUCIBLE_E_INVALID);
  assert_memory_equal(&c, &before, sizeof c);
  assert_int_equal(
      crucible_viability_ceiling(&r->market, &instrument, 26, 200, NULL, &c),
      CRUCIBLE_OK);
  assert_int_equal(c.n, 1);
  recorded_free(r);
}

/* ---- what was realised ---- */

enum { TRADES_MAX = 1000 };

/* The trades of gen_backtest.py. */
static void make_trades(double drift, size_t n, double *gross, double *cost) {
  uint32_t state = 11;
  double last = 0;
  for (size_t i = 0; i < n; ++i) {
    double noise = 2 * lcg_next(&state) - 1;
    gross[i] = drift + noise + 0.5 * last;
    cost[i] = 0.1 + 0.1 * lcg_next(&state);
    last = noise;
  }
}

static crucible_viability realised(const double *gross, const double *cost,
                                   size_t n, double confidence, uint64_t seed) {
  crucible_viability v = {.struct_size = sizeof v};
  assert_int_equal(
      crucible_viability_realised(gross, cost, n, confidence, seed, &v),
      CRUCIBLE_OK);
  return v;
}

static void lower_bound_agrees_with_a_bootstrap_in_numpy(void **state) {
  (void)state;
  static double gross[TRADES_MAX], cost[TRADES_MAX];
  golden_rows rows = golden_rows_read("backtest/viability.csv");
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    size_t n = (size_t)cell[1];
    make_trades(cell[0], n, gross, cost);
    crucible_viability v = realised(gross, cost, n, cell[2], 9);
    assert_int_equal(v.n, n);
    assert_near(v.mean_gross, cell[3], 1e-12, 0);
    assert_near(v.mean_cost, cell[4], 1e-12, 0);
    assert_near(v.ratio, cell[5], 1e-12, 0);
    /* 2,000 resamples against 100,000: four standard deviations */
    assert_near(v.ratio_low, cell[6], 0, 4 * cell[7]);
    assert_int_equal(v.is_viable, v.ratio_low >= 2);
    assert_true(v.ratio_low < v.ratio);
  }
  golden_rows_free(&rows);
}

static void lower_bound_depends_on_the_seed_alone(void **state) {
  (void)state;
  double gross[50], cost[50];
  make_trades(0.4, 50, gross, cost);
  crucible_viability a = realised(gross, cost, 50, 0.95, 1);
  crucible_viability b = realised(gross, cost, 50, 0.95, 1);
  crucible_viability c = realised(gross, cost, 50, 0.95, 2);
  crucible_viability strict = realised(gross, cost, 50, 0.99, 1);
  assert_memory_equal(&a, &b, sizeof a);
  assert_true(a.ratio_low != c.ratio_low);
  assert_true(strict.ratio_low < a.ratio_low);
  for (size_t i = 0; i < 50; ++i) {
    gross[i] *= 1024;
    cost[i] *= 1024;
  }
  b = realised(gross, cost, 50, 0.95, 1);
  assert_same_bits(b.ratio_low, a.ratio_low);
}

static void equal_trades_have_their_ratio_as_bound(void **state) {
  (void)state;
  double gross[10], cost[10];
  for (size_t i = 0; i < 10; ++i) {
    gross[i] = 3;
    cost[i] = 1.5;
  }
  crucible_viability v = realised(gross, cost, 10, 0.95, 1);
  assert_same_bits(v.ratio, 2);
  assert_same_bits(v.ratio_low, 2);
  assert_int_equal(v.is_viable, 1);
  cost[4] = -0.5; /* dust that became a lot */
  v = realised(gross, cost, 10, 0.95, 1);
  assert_same_bits(v.ratio, 30 / 13.0);
  assert_same_bits(v.ratio_low, 2);
  memset(cost, 0, sizeof cost);
  cost[4] = 1; /* many resamples miss the only cost: they are free of it */
  v = realised(gross, cost, 10, 0.95, 1);
  assert_true(v.ratio_low > 0);
}

static void realised_refuses_bad_arguments(void **state) {
  (void)state;
  double gross[10], cost[10] = {0};
  crucible_viability v = {.struct_size = sizeof v}, before = v;
  make_trades(0.4, 10, gross, cost);
  const double confidences[] = {0.5, 1, 0, (double)NAN};
  for (size_t i = 0; i < 4; ++i)
    assert_int_equal(
        crucible_viability_realised(gross, cost, 10, confidences[i], 1, &v),
        CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_realised(gross, cost, 9, 0.95, 1, &v),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_viability_realised(NULL, cost, 10, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_realised(gross, NULL, 10, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_viability_realised(gross, cost, 10, 0.95, 1, NULL),
                   CRUCIBLE_E_INVALID);
  cost[3] = (double)INFINITY;
  assert_int_equal(crucible_viability_realised(gross, cost, 10, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  cost[3] = -5;
  assert_int_equal(crucible_viability_realised(gross, cost, 10, 0.95, 1, &v),
                   CRUCIBLE_E_DOMAIN);
  cost[3] = 1;
  gross[7] = (double)NAN;
  assert_int_equal(crucible_viability_realised(gross, cost, 10, 0.95, 1, &v),
                   CRUCIBLE_E_INVALID);
  memset(cost, 0, sizeof cost);
  gross[7] = 1;
  assert_int_equal(crucible_viability_realised(gross, cost, 10, 0.95, 1, &v),
                   CRUCIBLE_E_DOMAIN);
  assert_memory_equal(&v, &before, sizeof v);
}

static crucible_status realise_any(void *data) {
  double gross[20], cost[20];
  (void)data;
  make_trades(0.4, 20, gross, cost);
  crucible_viability v = {.struct_size = sizeof v};
  return crucible_viability_realised(gross, cost, 20, 0.95, 1, &v);
}

static void realised_survives_want_of_memory(void **state) {
  (void)state;
  failing_alloc_run(realise_any, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ceiling_agrees_with_numpy_over_recorded_bars),
      cmocka_unit_test(larger_orders_cost_more_and_longer_holds_move_more),
      cmocka_unit_test(ceiling_refuses_bad_arguments),
      cmocka_unit_test(lower_bound_agrees_with_a_bootstrap_in_numpy),
      cmocka_unit_test(lower_bound_depends_on_the_seed_alone),
      cmocka_unit_test(equal_trades_have_their_ratio_as_bound),
      cmocka_unit_test(realised_refuses_bad_arguments),
      cmocka_unit_test(realised_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
