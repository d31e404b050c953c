/* SPDX-License-Identifier: Apache-2.0 */
/* Fits of the slippage's law: against statsmodels, and against planted laws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/impact.h>

#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

static void must(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

static crucible_impact_options plain(void) {
  crucible_impact_options options;
  crucible_impact_options_init(&options, sizeof options);
  return options;
}

static crucible_impact_stream *made(const crucible_impact_options *options) {
  crucible_impact_stream *stream;
  must(crucible_impact_stream_create(options, &stream));
  return stream;
}

static crucible_impact_fit fit_of(const crucible_impact_stream *stream) {
  crucible_impact_fit fit = {.struct_size = sizeof fit};
  must(crucible_impact_stream_fit(stream, &fit));
  return fit;
}

/* orders_of() of tests/data/gen/gen_impact.py, the same bits. */
static void push_golden(crucible_impact_stream *stream, uint32_t seed, size_t n,
                        double spread) {
  uint32_t state = seed;
  for (size_t i = 0; i < n; ++i) {
    const double sigma = 0.001 * (0.5 + lcg_next(&state));
    const double mantissa = 1 + lcg_next(&state);
    const double share = ldexp(mantissa, -1 - (int)(lcg_next(&state) * spread));
    double noise = 4 * lcg_next(&state);
    for (int k = 0; k < 3; ++k)
      noise = noise * lcg_next(&state);
    if (lcg_next(&state) < 0.5)
      noise = -0.125 * noise;
    must(crucible_impact_stream_push_order(
        stream, (int64_t)i * 1000, sigma, share, 1,
        sigma * (sqrt(share) + 0.25 * share) * noise));
  }
}

static void fits_are_those_of_statsmodels(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("costs/impact.csv");
  for (size_t k = 0; k < rows.n; ++k) {
    const double *cell = rows.row[k].cell;
    crucible_impact_options options = plain();
    options.horizon_ms = 10000;
    options.errors = (int32_t)cell[3];
    options.exponent = cell[4];
    crucible_impact_stream *stream = made(&options);
    push_golden(stream, (uint32_t)cell[0], (size_t)cell[1], cell[2]);
    const crucible_impact_fit fit = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_int_equal(fit.kind, cell[4] > 0 ? CRUCIBLE_IMPACT_FIT_Y
                                           : CRUCIBLE_IMPACT_FIT_BOTH);
    assert_int_equal(fit.reasons, 0);
    assert_int_equal(fit.n_orders, (uint64_t)cell[1]);
    if (cell[5] != 0) { /* the same bins */
      assert_near(fit.y, cell[6], 1e-9, 0);
      assert_near(fit.exponent, cell[7], 1e-9, 0);
      assert_near(fit.y_se, cell[8], 1e-8, 0);
      assert_near(fit.exponent_se, cell[9], 1e-8, 0);
      assert_near(fit.covariance, cell[10], 1e-8, 0);
    } else { /* what the bins change */
      assert_near(fit.y, cell[6], 0, 0.1 * cell[8]);
      assert_near(fit.exponent, cell[7], 0, 0.1 * cell[9]);
      assert_near(fit.y_se, cell[8], 0.03, 0);
      assert_near(fit.exponent_se, cell[9], 0.03, 0);
    }
  }
  golden_rows_free(&rows);
}

/* A planted law, met exactly. */
static void an_exact_law_is_found_exactly(void **state) {
  (void)state;
  const struct {
    double y, e;
  } law[] = {{1, 0.5}, {0.3, 0.7}, {2.5, 0.2}, {40, 1}, {0.01, 0.05}};
  for (size_t k = 0; k < sizeof law / sizeof *law; ++k) {
    crucible_impact_stream *stream = made(NULL);
    for (int i = 0; i < 400; ++i) {
      const double share = ldexp(1, -(i % 17));
      const double sigma = 1e-4 * (1 + i % 5);
      must(crucible_impact_stream_push_order(
          stream, i * 60000, sigma, 3 * share, 3,
          law[k].y * sigma * pow(share, law[k].e)));
    }
    const crucible_impact_fit fit = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_BOTH);
    assert_near(fit.y, law[k].y, 1e-10, 0);
    assert_near(fit.exponent, law[k].e, 1e-10, 1e-12);
    assert_near(fit.y_se / fit.y, 0, 0, 1e-9);
    assert_near(fit.r2, 1, 1e-9, 0);
    assert_int_equal(fit.n_free, 0);
    assert_near(fit.share_low, ldexp(1, -16), 0, 0);
    assert_near(fit.share_high, 1, 0, 0);
  }
}

/* Uniform numbers of which no two draws share the low bits of one generator. */
static double draw(uint64_t *state) {
  *state += 0x9e3779b97f4a7c15u;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

/* Orders of a law whose costs are mostly nothing, rarely much, and share a part
   with the other orders of the same hour. */
static void push_noisy(crucible_impact_stream *stream, uint64_t *state,
                       double y, double e, double shared) {
  for (int hour = 0; hour < 48; ++hour) {
    /* exponential: mean 1 */
    const double level = 1 - shared - shared * log(draw(state));
    for (int i = 0; i < 120; ++i) {
      const double share = exp2(-12 * draw(state));
      const double sigma = 0.001 * (0.5 + draw(state));
      const double hit = draw(state) < 0.3 ? -log(draw(state)) / 0.3 : 0;
      must(crucible_impact_stream_push_order(
          stream, (int64_t)hour * 3600000 + i * 30000, sigma, share, 1,
          y * sigma * pow(share, e) * hit * level));
    }
  }
}

/* How often |estimate - truth| <= 1.96 standard errors. */
static void coverage(double shared, int32_t errors, double *of_y, double *of_e,
                     double *bias) {
  enum { RUNS = 400 };
  uint64_t state = 11;
  const double y = 0.8, e = 0.6;
  *of_y = *of_e = *bias = 0;
  for (int run = 0; run < RUNS; ++run) {
    crucible_impact_options options = plain();
    options.horizon_ms = 3600000;
    options.errors = errors;
    crucible_impact_stream *stream = made(&options);
    push_noisy(stream, &state, y, e, shared);
    const crucible_impact_fit fit = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_BOTH);
    assert_int_equal(fit.n_blocks, 48);
    *of_y += fabs(fit.y - y) <= 1.96 * fit.y_se;
    *of_e += fabs(fit.exponent - e) <= 1.96 * fit.exponent_se;
    *bias += fit.exponent - e;
  }
  *of_y /= RUNS;
  *of_e /= RUNS;
  *bias /= RUNS;
}

/* Costs are skew and blocks few, so that 95 % are not reached quite. */
static void standard_errors_cover_the_planted_law(void **state) {
  (void)state;
  double of_y, of_e, bias;
  coverage(0, CRUCIBLE_IMPACT_ERRORS_INDEPENDENT, &of_y, &of_e, &bias);
  assert_true(of_y > 0.9 && of_y < 0.98);
  assert_true(of_e > 0.92 && of_e < 0.98);
  assert_true(fabs(bias) < 0.01);
  coverage(0.3, CRUCIBLE_IMPACT_ERRORS_BLOCKS, &of_y, &of_e, &bias);
  assert_true(of_y > 0.89 && of_y < 0.98);
  assert_true(of_e > 0.9 && of_e < 0.98);
  assert_true(fabs(bias) < 0.01);
  coverage(0.9, CRUCIBLE_IMPACT_ERRORS_BLOCKS, &of_y, &of_e, &bias);
  assert_true(of_y > 0.87 && of_y < 0.98);
  assert_true(of_e > 0.87 && of_e < 0.98);
  assert_true(fabs(bias) < 0.02);
  /* what is shared in an hour makes an order's own error too small */
  coverage(0.9, CRUCIBLE_IMPACT_ERRORS_INDEPENDENT, &of_y, &of_e, &bias);
  assert_true(of_y < 0.83);
}

static void the_default_stands_where_data_do_not_tell(void **state) {
  (void)state;
  crucible_impact_options options = plain();
  options.horizon_ms = 1000;
  crucible_impact_stream *stream = made(&options);
  crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_NONE);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_FEW_ORDERS |
                                    CRUCIBLE_IMPACT_FEW_BLOCKS |
                                    CRUCIBLE_IMPACT_NO_COST);
  assert_true(fit.y == 1 && fit.exponent == 0.5 && fit.y_se == 0);
  /* all within one second, then of no cost, then of one size */
  for (int i = 0; i < 150; ++i)
    must(crucible_impact_stream_push_order(stream, 5, 0.01, 1 + i, 1e4, 1e-4));
  fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_NONE);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_FEW_BLOCKS);
  crucible_impact_stream_destroy(stream);
  stream = made(&options);
  for (int i = 0; i < 150; ++i)
    must(crucible_impact_stream_push_order(stream, i * 1000, 0.01, 1 + i, 1e4,
                                           0));
  fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_NONE);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_NO_COST);
  assert_int_equal(fit.n_free, 150);
  assert_true(fit.y == 1 && fit.exponent == 0.5);
  crucible_impact_stream_destroy(stream);
  stream = made(&options);
  for (int i = 0; i < 150; ++i)
    must(crucible_impact_stream_push_order(stream, i * 1000, 0.01, 1, 16,
                                           i % 3 * 1e-3));
  fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_Y);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_EXPONENT);
  assert_near(fit.y, 1e-3 / (0.01 * 0.25), 1e-12, 0);
  assert_true(fit.exponent == 0.5 && fit.exponent_se == 0 && fit.y_se > 0);
  crucible_impact_stream_destroy(stream);
}

/* Sizes too alike to tell, costs that fall with size, costs that grow faster
   than size. */
static void an_exponent_that_is_none_is_told(void **state) {
  (void)state;
  crucible_impact_options options = plain();
  options.horizon_ms = 1000;
  crucible_impact_stream *stream = made(&options);
  uint64_t seed = 3;
  for (int i = 0; i < 300; ++i)
    must(crucible_impact_stream_push_order(stream, i * 1000, 0.01, 1 + i % 2,
                                           1e3, -1e-4 * log(draw(&seed))));
  crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_BOTH);
  crucible_impact_stream_destroy(stream);
  options.max_exponent_se = 0.01;
  stream = made(&options);
  for (int i = 0; i < 300; ++i)
    must(crucible_impact_stream_push_order(stream, i * 1000, 0.01, 1 + i % 2,
                                           1e3, -1e-4 * log(draw(&seed))));
  fit = fit_of(stream);
  assert_int_equal(fit.kind, CRUCIBLE_IMPACT_FIT_Y);
  assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_EXPONENT);
  assert_true(fit.exponent == 0.5);
  crucible_impact_stream_destroy(stream);
  crucible_cost_options costs;
  crucible_cost_options_init(&costs, sizeof costs);
  for (int k = 0; k < 2; ++k) {
    const double e = k == 0 ? -0.3 : 1.4;
    stream = made(NULL);
    for (int i = 0; i < 300; ++i) {
      const double share = ldexp(1, -(i % 13));
      must(crucible_impact_stream_push_order(stream, i * 100000, 0.01, share, 1,
                                             0.01 * pow(share, e)));
    }
    fit = fit_of(stream);
    crucible_impact_stream_destroy(stream);
    assert_near(fit.exponent, e, 1e-9, 0);
    assert_int_equal(fit.reasons, CRUCIBLE_IMPACT_OUT_OF_RANGE);
    assert_int_equal(crucible_impact_apply(&fit, 300000, &costs),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "hold it"));
    assert_true(costs.impact_y == 1 && costs.impact_exponent == 0.5);
  }
}

/* A fit changes nothing, and blocks double when there are 64. */
static void a_fit_may_be_asked_at_any_time(void **state) {
  (void)state;
  crucible_impact_options options = plain();
  options.horizon_ms = 500;
  crucible_impact_fit fit[2];
  for (int ask = 0; ask < 2; ++ask) {
    crucible_impact_stream *stream = made(&options);
    uint64_t seed = 5;
    for (int i = 0; i < 3000; ++i) {
      must(crucible_impact_stream_push_order(stream, i * 1000, 0.01,
                                             exp2(-9 * draw(&seed)), 1,
                                             draw(&seed) * 1e-4));
      if (ask && i % 7 == 0)
        (void)fit_of(stream);
    }
    fit[ask] = fit_of(stream);
    crucible_impact_stream_destroy(stream);
  }
  assert_memory_equal(&fit[0], &fit[1], sizeof fit[0]);
  assert_int_equal(fit[0].block_ms, 64000);
  assert_int_equal(fit[0].n_blocks, 47);
}

static void a_cost_has_the_standard_error_of_its_size(void **state) {
  (void)state;
  const crucible_impact_fit fit = {.struct_size = sizeof fit,
                                   .y = 2,
                                   .exponent = 0.5,
                                   .y_se = 0.2,
                                   .exponent_se = 0.05,
                                   .covariance = 0.008,
                                   .horizon_ms = 60000};
  double cost, se;
  must(crucible_impact_cost(&fit, 0.01, &cost, &se));
  assert_near(cost, 0.2, 1e-14, 0);
  const double l = log(0.01);
  assert_near(se, 0.1 * sqrt(0.04 + 2 * 2 * l * 0.008 + 4 * l * l * 0.0025),
              1e-12, 0);
  must(crucible_impact_cost(&fit, 1, &cost, NULL));
  assert_near(cost, 2, 1e-14, 0);
  assert_int_equal(crucible_impact_cost(&fit, 0, &cost, &se),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_cost(&fit, (double)NAN, &cost, &se),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_cost(NULL, 1, &cost, &se),
                   CRUCIBLE_E_INVALID);
}

static void a_law_goes_into_the_options_of_costs(void **state) {
  (void)state;
  crucible_impact_fit fit = {
      .struct_size = sizeof fit, .y = 2, .exponent = 0.75, .horizon_ms = 60000};
  crucible_cost_options costs;
  crucible_cost_options_init(&costs, sizeof costs);
  costs.spread_bps = 3;
  costs.impact_law = CRUCIBLE_IMPACT_LINEAR;
  must(crucible_impact_apply(&fit, 60000, &costs));
  assert_near(costs.impact_y, 2, 1e-15, 0);
  assert_true(costs.impact_exponent == 0.75 && costs.spread_bps == 3);
  assert_int_equal(costs.impact_law, CRUCIBLE_IMPACT_POWER);
  /* one order by the law of a minute, and of bars of 16 minutes with four times
     the sigma and 16 times the volume */
  crucible_cost_options longer;
  crucible_cost_options_init(&longer, sizeof longer);
  must(crucible_impact_apply(&fit, 16 * 60000, &longer));
  double minute, quarter;
  must(crucible_slippage(&costs, 0.001, 2, 100, &minute));
  must(crucible_slippage(&longer, 0.004, 2, 1600, &quarter));
  assert_near(quarter, minute, 1e-12, 0);
  const double wrong[] = {-0.1, (double)NAN, (double)INFINITY, 1e7};
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    fit.y = wrong[k];
    assert_int_equal(crucible_impact_apply(&fit, 60000, &costs),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "fit.y"));
  }
  fit.y = 2;
  assert_int_equal(crucible_impact_apply(&fit, 0, &costs), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_apply(NULL, 1, &costs), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_impact_apply(&fit, 1, NULL), CRUCIBLE_E_INVALID);
  fit.horizon_ms = 0;
  assert_int_equal(crucible_impact_apply(&fit, 1, &costs), CRUCIBLE_E_INVALID);
  assert_near(costs.impact_y, 2, 1e-15, 0);
}

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
    must(crucible_impact_stream_push_quote(stream, &quote));
    must(crucible_impact_stream_push_quote(stream, &late));
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
      cmocka_unit_test(fits_are_those_of_statsmodels),
      cmocka_unit_test(an_exact_law_is_found_exactly),
      cmocka_unit_test(standard_errors_cover_the_planted_law),
      cmocka_unit_test(the_default_stands_where_data_do_not_tell),
      cmocka_unit_test(an_exponent_that_is_none_is_told),
      cmocka_unit_test(a_fit_may_be_asked_at_any_time),
      cmocka_unit_test(a_cost_has_the_standard_error_of_its_size),
      cmocka_unit_test(a_law_goes_into_the_options_of_costs),
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
