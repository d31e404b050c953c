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

#include "support/golden_rows.h"
#include "support/impact_streams.h"
#include "support/lcg_series.h"
#include "support/near.h"

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

/* Orders in every second block alone, and then in every fourth: a block with
   orders is one however blocks are joined. */
static void blocks_without_orders_are_none(void **state) {
  (void)state;
  crucible_impact_options options = plain();
  options.horizon_ms = 1000;
  crucible_impact_stream *stream = made(&options);
  for (int i = 0; i < 30; ++i)
    must(crucible_impact_stream_push_order(stream, 4000 + i * 2000, 0.01, 1, 9,
                                           1e-4));
  crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.n_blocks, 30);
  assert_int_equal(fit.block_ms, 1000);
  must(crucible_impact_stream_push_order(stream, 4000 + 70000, 0.01, 1, 9, 0));
  fit = fit_of(stream);
  assert_int_equal(fit.n_blocks, 31);
  assert_int_equal(fit.block_ms, 2000);
  must(crucible_impact_stream_push_order(stream, 4000 + 255999, 0.01, 1, 9, 0));
  fit = fit_of(stream);
  assert_int_equal(fit.n_blocks, 17);
  assert_int_equal(fit.block_ms, 4000);
  crucible_impact_stream_destroy(stream);
  /* none of them in the first of two blocks that become one */
  stream = made(&options);
  must(crucible_impact_stream_push_order(stream, 0, 0.01, 1, 9, 1e-4));
  for (int i = 1; i < 30; ++i)
    must(crucible_impact_stream_push_order(stream, i * 2000 + 1000, 0.01, 1, 9,
                                           1e-4));
  must(crucible_impact_stream_push_order(stream, 65000, 0.01, 1, 9, 1e-4));
  fit = fit_of(stream);
  assert_int_equal(fit.n_blocks, 31);
  crucible_impact_stream_destroy(stream);
}

/* The ends of the range are in it. */
static void sizes_out_of_range_are_left_out_and_counted(void **state) {
  (void)state;
  crucible_impact_options options = plain();
  options.share_min = 0.25;
  options.share_max = 0.5;
  crucible_impact_stream *stream = made(&options);
  const double quantity[] = {0.2499, 0.25, 0.5, 0.5001};
  for (size_t i = 0; i < 4; ++i)
    must(crucible_impact_stream_push_order(stream, 0, 0.01, quantity[i], 1, 0));
  const crucible_impact_fit fit = fit_of(stream);
  assert_int_equal(fit.n_orders, 2);
  assert_int_equal(fit.n_outside, 2);
  assert_true(fit.share_low == 0.25 && fit.share_high == 0.5);
  crucible_impact_stream_destroy(stream);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fits_are_those_of_statsmodels),
      cmocka_unit_test(an_exact_law_is_found_exactly),
      cmocka_unit_test(standard_errors_cover_the_planted_law),
      cmocka_unit_test(the_default_stands_where_data_do_not_tell),
      cmocka_unit_test(an_exponent_that_is_none_is_told),
      cmocka_unit_test(a_fit_may_be_asked_at_any_time),
      cmocka_unit_test(blocks_without_orders_are_none),
      cmocka_unit_test(sizes_out_of_range_are_left_out_and_counted),
      cmocka_unit_test(a_cost_has_the_standard_error_of_its_size),
      cmocka_unit_test(a_law_goes_into_the_options_of_costs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
