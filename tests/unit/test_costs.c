/* SPDX-License-Identifier: Apache-2.0 */
/* How far an order moves the price, and the forecast of volume behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <crucible/costs.h>

#include "costs/cost_model.h"
#include "costs/power.h"
#include "support/error_names.h"
#include "support/near.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- slippage ---- */

static void slippage_is_the_square_root_law(void **state) {
  (void)state;
  double fraction;
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  assert_same_bits(options.spread_bps, 1);
  assert_int_equal(crucible_slippage(NULL, 0.002, 4, 100, &fraction),
                   CRUCIBLE_OK);
  assert_near(fraction, 0.002 * 0.2, 1e-15, 0);
  options.impact_y = 3;
  options.impact_exponent = 1;
  assert_int_equal(crucible_slippage(&options, 0.002, 4, 100, &fraction),
                   CRUCIBLE_OK);
  assert_near(fraction, 3 * 0.002 * 0.04, 1e-15, 0);
  assert_int_equal(crucible_slippage(NULL, 0.002, 0, 0, &fraction),
                   CRUCIBLE_OK);
  assert_same_bits(fraction, 0);
}

/* Table 3 of the paper: a tenth of a day's volume in a tenth, a fifth and half
   a day; the figures are in units of a day's sigma, and the paper prints them
   to a thousandth. Inverse turnover 263 (IBM) and 87 (DRI). */
static void almgren_reproduces_the_example_of_2005(void **state) {
  (void)state;
  const struct {
    double inverse_turnover, permanent, days[3], temporary[3];
  } cases[] = {
      {263, 0.126, {0.1, 0.2, 0.5}, {0.142, 0.094, 0.054}},
      {87, 0.096, {0.1, 0.2, 0.5}, {0.142, 0.094, 0.054}},
  };
  for (size_t c = 0; c < COUNT(cases); ++c)
    for (size_t k = 0; k < 3; ++k) {
      double day = cases[c].days[k], volume = 1e6, sigma = 0.0157;
      crucible_cost_options options;
      crucible_impact impact = {.struct_size = sizeof impact};
      crucible_cost_options_init(&options, sizeof options);
      options.impact_law = CRUCIBLE_IMPACT_ALMGREN;
      options.almgren_gamma *= pow(cases[c].inverse_turnover, 0.25);
      options.bars_per_day = 1 / day;
      assert_int_equal(crucible_price_impact(&options, sigma * sqrt(day),
                                             volume / 10, volume * day,
                                             &impact),
                       CRUCIBLE_OK);
      assert_near(impact.slippage / sigma, cases[c].temporary[k], 0, 5e-4);
      assert_near(2 * impact.permanent / sigma, cases[c].permanent, 0, 5e-4);
    }
}

static void each_law_is_its_formula(void **state) {
  (void)state;
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  assert_int_equal(options.impact_law, CRUCIBLE_IMPACT_POWER);
  assert_same_bits(options.almgren_gamma, 0.314);
  assert_same_bits(options.almgren_eta, 0.142);
  options.impact_y = 3;
  options.bars_per_day = 288;
  options.almgren_gamma = 0.5;
  options.almgren_eta = 0.25;
  const double share = 0.04, sigma = 0.002;
  const struct {
    double slippage, permanent;
  } expected[] = {{3 * sigma * 0.2, 0},
                  {3 * sigma * share, 0},
                  {0.25 * sqrt(288) * sigma * pow(share, 0.6),
                   0.25 / sqrt(288) * sigma * share},
                  {0.0007, 0}};
  for (int32_t law = 0; law < 4; ++law) {
    crucible_impact impact = {.struct_size = sizeof impact};
    double fraction;
    options.impact_law = law;
    options.fixed_slippage = law == CRUCIBLE_IMPACT_FIXED ? 0.0007 : 0;
    assert_int_equal(crucible_price_impact(&options, sigma, 4, 100, &impact),
                     CRUCIBLE_OK);
    assert_near(impact.slippage, expected[law].slippage, 1e-13, 0);
    assert_near(impact.permanent, expected[law].permanent, 1e-13, 0);
    assert_int_equal(crucible_slippage(&options, sigma, 4, 100, &fraction),
                     CRUCIBLE_OK);
    assert_same_bits(fraction, impact.slippage);
    assert_int_equal(crucible_price_impact(&options, sigma, 0, 0, &impact),
                     CRUCIBLE_OK);
    assert_same_bits(impact.slippage, 0);
    assert_same_bits(impact.permanent, 0);
  }
}

/* The two halves of a distance that a limit cut short keep their proportion,
   and without a permanent part nothing is taken off. */
static void what_a_limit_cuts_short_keeps_its_proportions(void **state) {
  (void)state;
  crucible__move move = {.slippage = 0.003, .impact = 0.001};
  assert_near(crucible__impact_part(move, 2), 0.5, 1e-15, 0);
  move.impact = 0;
  assert_same_bits(crucible__impact_part(move, 2), 0);
  move.slippage = 0;
  assert_same_bits(crucible__impact_part(move, 2), 0);
}

/* Both parts together: how far off the quote an order is filled. */
static double moved_by(const crucible_cost_options *options, double sigma,
                       double quantity, double volume) {
  crucible_impact impact = {.struct_size = sizeof impact};
  assert_int_equal(
      crucible_price_impact(options, sigma, quantity, volume, &impact),
      CRUCIBLE_OK);
  return impact.slippage + impact.permanent;
}

/* The step and the vectorised kernel rely on these very bits. */
static void the_square_root_law_has_the_bits_of_its_formula(void **state) {
  (void)state;
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  options.impact_y = 0.7;
  for (double q = 1e-5; q < 1e5; q *= 1.7)
    assert_same_bits(moved_by(&options, 0.0013, q, 37.5),
                     0.7 * 0.0013 * sqrt(q / 37.5));
  options.impact_exponent = 1;
  double power = moved_by(&options, 0.0013, 3, 37.5);
  options.impact_law = CRUCIBLE_IMPACT_LINEAR;
  options.impact_exponent = 0.5;
  assert_same_bits(moved_by(&options, 0.0013, 3, 37.5), power);
}

static void overflow_of_each_law_is_refused(void **state) {
  (void)state;
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  options.bars_per_day = 1;
  for (int32_t law = 0; law < 3; ++law) {
    crucible_impact impact = {.struct_size = sizeof impact, .slippage = -7};
    options.impact_law = law;
    assert_int_equal(
        crucible_price_impact(&options, 1e300, 1e300, 1e-300, &impact),
        CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_price_impact(&options, 1e300, 1e9, 1, &impact),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_price_impact(&options, 0.1, 1, 0, &impact),
                     CRUCIBLE_E_DOMAIN);
    assert_same_bits(impact.slippage, -7);
    /* inside a run there is no one to refuse: such a price is far away */
    crucible__move far = crucible__price_move(&options, 0, 1e300, 1e-300);
    assert_true(far.slippage + far.impact >= CRUCIBLE__SLIPPAGE_MOST);
  }
}

static void slippage_refuses_what_has_no_price(void **state) {
  (void)state;
  double fraction = -7;
  const double bad[] = {-1, (double)NAN, (double)INFINITY};
  assert_int_equal(crucible_slippage(NULL, 0.1, 1, 0, &fraction),
                   CRUCIBLE_E_DOMAIN);
  for (size_t i = 0; i < COUNT(bad); ++i) {
    assert_int_equal(crucible_slippage(NULL, bad[i], 1, 1, &fraction),
                     CRUCIBLE_E_INVALID);
    assert_error_names("sigma");
    assert_int_equal(crucible_slippage(NULL, 1, bad[i], 1, &fraction),
                     CRUCIBLE_E_INVALID);
    assert_error_names("quantity");
    assert_int_equal(crucible_slippage(NULL, 1, 1, bad[i], &fraction),
                     CRUCIBLE_E_INVALID);
    assert_error_names("volume");
  }
  assert_int_equal(crucible_slippage(NULL, 1e300, 1e300, 1e-300, &fraction),
                   CRUCIBLE_E_INVALID);
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  options.impact_exponent = 0.3; /* not the square root's own way */
  assert_int_equal(crucible_slippage(&options, 1, 1e300, 1e-300, &fraction),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_slippage(NULL, 1, 1, 1, NULL), CRUCIBLE_E_INVALID);
  assert_same_bits(fraction, -7);
}

static void wrong_cost_options_are_refused_by_field(void **state) {
  (void)state;
  const struct {
    size_t offset;
    double value;
    const char *field;
  } cases[] = {
      {offsetof(crucible_cost_options, spread_bps), -1, "spread_bps"},
      {offsetof(crucible_cost_options, spread_bps), 10000, "spread_bps"},
      {offsetof(crucible_cost_options, impact_y), -1, "impact_y"},
      {offsetof(crucible_cost_options, impact_y), (double)NAN, "impact_y"},
      {offsetof(crucible_cost_options, impact_exponent), 0, "impact_exponent"},
      {offsetof(crucible_cost_options, impact_exponent), 1.01,
       "impact_exponent"},
      {offsetof(crucible_cost_options, fixed_slippage), -1e-9,
       "fixed_slippage"},
      {offsetof(crucible_cost_options, fixed_slippage), 1, "fixed_slippage"},
      {offsetof(crucible_cost_options, fixed_slippage), 0.1, "no effect"},
      {offsetof(crucible_cost_options, almgren_gamma), -1, "almgren_gamma"},
      {offsetof(crucible_cost_options, almgren_gamma), (double)NAN,
       "almgren_gamma"},
      {offsetof(crucible_cost_options, almgren_eta), (double)INFINITY,
       "almgren_eta"},
      {offsetof(crucible_cost_options, bars_per_day), -1, "bars_per_day"},
      {offsetof(crucible_cost_options, bars_per_day), (double)NAN,
       "bars_per_day"},
  };
  double fraction;
  for (size_t c = 0; c < COUNT(cases); ++c) {
    crucible_cost_options options;
    crucible_cost_options_init(&options, sizeof options);
    memcpy((char *)&options + cases[c].offset, &cases[c].value, sizeof(double));
    assert_int_equal(crucible_slippage(&options, 1, 1, 1, &fraction),
                     CRUCIBLE_E_INVALID);
    assert_error_names(cases[c].field);
  }
  crucible_cost_options options;
  crucible_cost_options_init(&options, sizeof options);
  options.impact_law = 4;
  assert_int_equal(crucible_slippage(&options, 1, 1, 1, &fraction),
                   CRUCIBLE_E_INVALID);
  assert_error_names("impact_law");
  options.impact_law = CRUCIBLE_IMPACT_ALMGREN; /* of what day? */
  assert_int_equal(crucible_slippage(&options, 1, 1, 1, &fraction),
                   CRUCIBLE_E_INVALID);
  assert_error_names("bars_per_day");
  options.bars_per_day = 1;
  assert_int_equal(crucible_slippage(&options, 1, 1, 1, &fraction),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_price_impact(&options, 1, 1, 1, NULL),
                   CRUCIBLE_E_INVALID);
  /* an older caller's options end before the law */
  options.struct_size = offsetof(crucible_cost_options, impact_law);
  assert_int_equal(crucible_slippage(&options, 0.1, 1, 4, &fraction),
                   CRUCIBLE_OK);
  assert_near(fraction, 0.05, 1e-15, 0);
}

static void power_agrees_with_the_c_library(void **state) {
  (void)state;
  const double exponents[] = {1e-3, 0.1, 1.0 / 3, 0.4, 0.6, 0.7, 0.999};
  for (size_t e = 0; e < COUNT(exponents); ++e) {
    double before = 0;
    for (double x = 1e-300; x < 1e300; x *= 1.0371) {
      double y = crucible__power(x, exponents[e]);
      assert_near(y, pow(x, exponents[e]), 1e-13, 0);
      assert_true(y > before);
      before = y;
    }
  }
  assert_same_bits(crucible__power(2, 0.5), sqrt(2));
  assert_same_bits(crucible__power(0.37, 1), 0.37);
  assert_same_bits(crucible__power(1, 0.3), 1);
  assert_same_bits(crucible__power(0, 0.3), 0);
  assert_near(crucible__power(DBL_MIN, 0.25), pow(DBL_MIN, 0.25), 1e-13, 0);
  assert_near(crucible__power(DBL_MAX, 0.75), pow(DBL_MAX, 0.75), 1e-13, 0);
  /* either side of where a whole power of two changes */
  for (int k = -20; k <= 20; ++k) {
    double x = ldexp(0.70710678118654752, k);
    assert_near(crucible__power(nextafter(x, 0), 0.6), pow(x, 0.6), 1e-13, 0);
    assert_near(crucible__power(nextafter(x, 1e300), 0.6), pow(x, 0.6), 1e-13,
                0);
  }
}

/* ---- volume forecast ---- */

static void volume_forecast_is_the_mean_of_the_last_window(void **state) {
  (void)state;
  const double volume[] = {3, 5, 1, 0, 8, 2};
  const double expected[] = {(double)NAN, (double)NAN, 3, 2, 3, 10.0 / 3};
  double forecast[6], one[6];
  assert_int_equal(crucible_volume_forecast(volume, 6, 3, forecast),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < 6; ++i)
    assert_near(forecast[i], expected[i], 1e-15, 0);
  assert_int_equal(crucible_volume_forecast(volume, 6, 1, one), CRUCIBLE_OK);
  assert_same_bits_n(one, volume, 6);
  assert_int_equal(crucible_volume_forecast(volume, 2, 3, forecast),
                   CRUCIBLE_OK);
  assert_true(isnan(forecast[1]));
  assert_int_equal(crucible_volume_forecast(NULL, 0, 3, NULL), CRUCIBLE_OK);
}

static void volume_that_left_the_window_changes_no_bit(void **state) {
  (void)state;
  double volume[40], a[40], b[40];
  for (size_t i = 0; i < 40; ++i)
    volume[i] = 1e-7 * (double)(i * i % 17);
  assert_int_equal(crucible_volume_forecast(volume, 40, 12, a), CRUCIBLE_OK);
  volume[5] = 1e15;
  assert_int_equal(crucible_volume_forecast(volume, 40, 12, b), CRUCIBLE_OK);
  assert_same_bits_n(b + 17, a + 17, 23);
  assert_true(a[16] < b[16]);
}

static void volume_forecast_refuses_bad_arguments(void **state) {
  (void)state;
  double volume[] = {1, 2, 3}, forecast[3] = {-7, -7, -7};
  const double bad[] = {-1, (double)NAN, (double)INFINITY, 1e308};
  for (size_t i = 0; i < COUNT(bad); ++i) {
    volume[2] = bad[i];
    assert_int_equal(crucible_volume_forecast(volume, 3, 2, forecast),
                     CRUCIBLE_E_INVALID);
    assert_error_names("volume[2]");
    assert_same_bits(forecast[1], -7);
  }
  volume[2] = 3;
  assert_int_equal(crucible_volume_forecast(volume, 3, 0, forecast),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_volume_forecast(NULL, 3, 2, forecast),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_volume_forecast(volume, 3, 2, NULL),
                   CRUCIBLE_E_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slippage_is_the_square_root_law),
      cmocka_unit_test(almgren_reproduces_the_example_of_2005),
      cmocka_unit_test(each_law_is_its_formula),
      cmocka_unit_test(what_a_limit_cuts_short_keeps_its_proportions),
      cmocka_unit_test(the_square_root_law_has_the_bits_of_its_formula),
      cmocka_unit_test(overflow_of_each_law_is_refused),
      cmocka_unit_test(slippage_refuses_what_has_no_price),
      cmocka_unit_test(wrong_cost_options_are_refused_by_field),
      cmocka_unit_test(power_agrees_with_the_c_library),
      cmocka_unit_test(volume_forecast_is_the_mean_of_the_last_window),
      cmocka_unit_test(volume_that_left_the_window_changes_no_bit),
      cmocka_unit_test(volume_forecast_refuses_bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
