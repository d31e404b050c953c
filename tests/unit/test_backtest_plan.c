/* SPDX-License-Identifier: Apache-2.0 */
/* Plans and options: what they accept and refuse, each by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/backtest.h>

#include "support/error_names.h"
#include "support/played.h"
#include "support/recorded.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_refused(const played *p, const char *field) {
  assert_int_equal(crucible_plan_check(&p->plan, &p->instrument, &p->options),
                   CRUCIBLE_E_INVALID);
  assert_error_names(field);
}

/* A field of played and what it must not be. */
typedef struct wrong_number {
  const char *field;
  size_t offset;
  double value;
} wrong_number;

typedef struct wrong_choice {
  const char *field;
  size_t offset;
  int32_t value;
} wrong_choice;

static void assert_numbers_refused(const wrong_number *wrong, size_t n) {
  for (size_t c = 0; c < n; ++c) {
    played p = played_future();
    memcpy((char *)&p + wrong[c].offset, &wrong[c].value, sizeof(double));
    assert_refused(&p, wrong[c].field);
  }
}

static void assert_choices_refused(const wrong_choice *wrong, size_t n) {
  for (size_t c = 0; c < n; ++c) {
    played p = played_future();
    memcpy((char *)&p + wrong[c].offset, &wrong[c].value, sizeof(int32_t));
    assert_refused(&p, wrong[c].field);
  }
}

static void plan_out_of_range_is_refused_by_field(void **state) {
  (void)state;
  const double nan = (double)NAN, inf = (double)INFINITY;
  const wrong_number numbers[] = {
#define CASE(field, value) {#field, offsetof(played, plan.field), value}
      CASE(theta_in, -0.1),
      CASE(theta_in, nan),
      CASE(theta_in, inf),
      CASE(theta_out, 0.1),
      CASE(theta_out, nan),
      CASE(limit_offset_sigma, -1),
      CASE(stop_sigma, -1),
      CASE(stop_sigma, nan),
      CASE(target_sigma, inf),
      CASE(target_sigma, -1),
      CASE(sizing_value, 0),
      CASE(sizing_value, -1),
      CASE(sizing_value, nan),
      CASE(sizing_value, inf),
      CASE(offset_fraction, -0.1),
      CASE(offset_fraction, 1),
      CASE(stop_limit_fraction, nan),
      CASE(stop_limit_fraction, 1),
      CASE(stop_fraction, -0.1),
      CASE(stop_fraction, 1),
      CASE(stop_fraction, nan),
      CASE(target_fraction, inf),
      CASE(target_fraction, -0.1),
      CASE(trail_sigma, nan),
      CASE(trail_sigma, -1),
      CASE(trail_fraction, 1),
      CASE(trail_fraction, -0.1),
#undef CASE
  };
  assert_numbers_refused(numbers, COUNT(numbers));
  const wrong_choice choices[] = {
#define CASE(field, value) {#field, offsetof(played, plan.field), value}
      CASE(side, 0),        CASE(side, 3),           CASE(entry, 0),
      CASE(entry, 6),       CASE(sizing, 0),         CASE(sizing, 5),
      CASE(reserved, 1),    CASE(limit_ttl_bars, 0), CASE(decides, -1),
      CASE(decides, 4),     CASE(on_opposite, 3),    CASE(on_opposite, -1),
      CASE(target_unit, 3), CASE(target_unit, -1),   CASE(n_rungs, 5),
#undef CASE
  };
  assert_choices_refused(choices, COUNT(choices));
}

static void plan_that_the_market_cannot_do_is_refused(void **state) {
  (void)state;
  played p = played_future();
  p.plan.sizing = CRUCIBLE_SIZE_RISK;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("stop");
  p.plan.stop_sigma = 1;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_OK);
  p.plan.sizing_value = 1.5;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  p = played_spot();
  p.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("sold short");
  p = played_future();
  p.instrument.lot_step = 0;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_error_names("lot_step");
  assert_int_equal(crucible_plan_check(NULL, &p.instrument, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_plan_check(&p.plan, NULL, NULL),
                   CRUCIBLE_E_INVALID);
}

static void perpetual_without_funding_is_refused_unless_accepted(void **state) {
  (void)state;
  played p = played_future();
  p.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
  p.instrument.funding_interval_ms = 8 * 3600000;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, NULL),
                   CRUCIBLE_E_UNSUPPORTED);
  assert_error_names("funding");
  p.options.funding = CRUCIBLE_FUNDING_UNAVAILABLE;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_OK);
}

static void options_out_of_range_are_refused_by_field(void **state) {
  (void)state;
  const double nan = (double)NAN;
  const wrong_number numbers[] = {
#define CASE(field, value) {#field, offsetof(played, options.field), value}
      CASE(initial_cash, 0),       CASE(initial_cash, nan),
      CASE(leverage, 0.5),         CASE(leverage, 11),
      CASE(leverage, nan),         CASE(periods_per_year, -1),
      CASE(periods_per_year, nan), CASE(costs.spread_bps, -1),
      CASE(costs.impact_y, nan),   CASE(costs.impact_exponent, 2),
#undef CASE
  };
  assert_numbers_refused(numbers, COUNT(numbers));
  const wrong_choice choices[] = {
#define CASE(field, value) {#field, offsetof(played, options.field), value}
      CASE(path, 0),        CASE(path, 6),          CASE(funding, 3),
      CASE(keep_equity, 2), CASE(keep_records, -1),
#undef CASE
  };
  assert_choices_refused(choices, COUNT(choices));
  played p = played_future();
  p.options.costs.struct_size = 0;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_E_INVALID);
  p = played_future();
  p.instrument.maintenance_margin = 0.2;
  p.options.leverage = 5;
  assert_int_equal(crucible_plan_check(&p.plan, &p.instrument, &p.options),
                   CRUCIBLE_E_INVALID);
  assert_error_names("leverage");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plan_out_of_range_is_refused_by_field),
      cmocka_unit_test(plan_that_the_market_cannot_do_is_refused),
      cmocka_unit_test(perpetual_without_funding_is_refused_unless_accepted),
      cmocka_unit_test(options_out_of_range_are_refused_by_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
