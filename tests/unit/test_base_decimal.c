/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/decimal.h"
#include "base/rng.h"
#include "support/near.h"

static crucible__step step_of(double value) {
  crucible__step step;
  assert_int_equal(crucible__step_init(&step, value), CRUCIBLE_OK);
  return step;
}

static double from_bits(unsigned long long bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static void a_step_is_split_into_whole_units_and_a_scale(void **state) {
  (void)state;
  static const struct {
    double value, units, scale;
  } cases[] = {
      {0.01, 1, 100},       {0.5, 5, 10},
      {25, 25, 1},          {1, 1, 1},
      {0.00005, 5, 100000}, {2.5, 25, 10},
      {1e-8, 1, 1e8},       {1e-22, 1, 1e22},
      {1000, 1000, 1},      {1e15, 1e15, 1},
      {0.125, 125, 1000},   {123456789.012345, 123456789012345, 1e6},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible__step step = step_of(cases[i].value);
    assert_same_bits(step.units, cases[i].units);
    assert_same_bits(step.scale, cases[i].scale);
    assert_same_bits(step.value, cases[i].value);
  }
}

static void a_step_that_is_no_short_decimal_is_refused(void **state) {
  (void)state;
  static const double wrong[] = {0,
                                 -0.01,
                                 (double)NAN,
                                 (double)INFINITY,
                                 -(double)INFINITY,
                                 1.0 / 3,
                                 0.1 + 0.2,
                                 1234567890.1234567,
                                 1e-23,
                                 5e-324,
                                 1e16,
                                 1e300};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    crucible__step step = {7, 7, 7};
    assert_int_equal(crucible__step_init(&step, wrong[i]), CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "step is "));
    assert_same_bits(step.units, 7);
  }
}

static void roundings_are_those_of_rational_arithmetic(void **state) {
  (void)state;
  FILE *file = fopen(CRUCIBLE_SOURCE_DIR "/tests/data/base/decimal.csv", "r");
  assert_non_null(file);
  char line[256], text[64];
  int n = 0;
  while (fgets(line, (int)sizeof line, file) != NULL) {
    if (line[0] == '#')
      continue;
    unsigned long long step_bits, x, result;
    int direction;
    assert_int_equal(sscanf(line, "%63[^,],%llx,%llx,%d,%llx", text, &step_bits,
                            &x, &direction, &result),
                     5);
    crucible__step step = step_of(from_bits(step_bits));
    double rounded = crucible__step_round(&step, from_bits(x), direction);
    if (near_bits(rounded) != result)
      print_error("step %s, x %.17g, direction %d\n", text, from_bits(x),
                  direction);
    assert_same_bits(rounded, from_bits(result));
    ++n;
  }
  assert_int_equal(fclose(file), 0);
  assert_true(n > 3000);
}

static void a_multiple_is_the_double_that_its_decimal_reads_as(void **state) {
  (void)state;
  crucible__step step = step_of(0.01);
  for (int i = 0; i < 200000; ++i) {
    char text[32];
    (void)snprintf(text, sizeof text, "%d.%02d", i / 100, i % 100);
    double x = strtod(text, NULL);
    for (int direction = -1; direction <= 1; ++direction) {
      assert_same_bits(crucible__step_round(&step, x, direction), x);
      assert_same_bits(crucible__step_round(&step, i * 0.01, direction), x);
    }
  }
}

static void multiples_stay_where_noise_is_wider_than_a_step(void **state) {
  (void)state;
  crucible__step step = step_of(0.01);
  for (int i = 0; i < 10000; ++i) {
    char text[32];
    (void)snprintf(text, sizeof text, "4125380%07d.%02d", i * 37, i % 100);
    double x = strtod(text, NULL);
    for (int direction = -1; direction <= 1; ++direction)
      assert_same_bits(crucible__step_round(&step, x, direction), x);
  }
}

static void rounding_is_ordered_close_and_settled_at_once(void **state) {
  (void)state;
  static const double steps[] = {0.01, 0.5, 25, 1e-8, 0.3, 0.00005};
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 1);
  for (int i = 0; i < 200000; ++i) {
    double value = steps[crucible__rng_below(&rng, 6)];
    crucible__step step = step_of(value);
    double x = (crucible__rng_uniform(&rng) - 0.5) * 2e6 * value;
    double down = crucible__step_round(&step, x, CRUCIBLE__ROUND_DOWN);
    double near = crucible__step_round(&step, x, CRUCIBLE__ROUND_NEAREST);
    double up = crucible__step_round(&step, x, CRUCIBLE__ROUND_UP);
    double noise = 2e-9 * value;
    assert_true(down <= near && near <= up);
    assert_true(down <= x + noise && x - noise <= up);
    assert_true(up - down <= value + noise &&
                fabs(near - x) <= value / 2 + noise);
    assert_same_bits(crucible__step_round(&step, down, 1), down);
    assert_same_bits(crucible__step_round(&step, up, -1), up);
    assert_same_bits(crucible__step_round(&step, -x, CRUCIBLE__ROUND_DOWN),
                     up == 0 ? 0 : -up);
  }
}

static void what_has_no_multiples_comes_back(void **state) {
  (void)state;
  crucible__step step = step_of(0.01);
  for (int direction = -1; direction <= 1; ++direction) {
    assert_true(isnan(crucible__step_round(&step, (double)NAN, direction)));
    assert_same_bits(crucible__step_round(&step, 1e300, direction), 1e300);
    assert_same_bits(crucible__step_round(&step, -(double)INFINITY, direction),
                     -(double)INFINITY);
    assert_same_bits(crucible__step_round(&step, -0.0, direction), 0);
  }
  assert_same_bits(crucible__step_round(&step, -0.004, 0), 0);
  assert_same_bits(crucible__step_round(&step, -0.004, 1), 0);
  assert_same_bits(crucible__step_round(&step, -0.004, -1), -0.01);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_split_into_whole_units_and_a_scale),
      cmocka_unit_test(a_step_that_is_no_short_decimal_is_refused),
      cmocka_unit_test(roundings_are_those_of_rational_arithmetic),
      cmocka_unit_test(a_multiple_is_the_double_that_its_decimal_reads_as),
      cmocka_unit_test(multiples_stay_where_noise_is_wider_than_a_step),
      cmocka_unit_test(rounding_is_ordered_close_and_settled_at_once),
      cmocka_unit_test(what_has_no_multiples_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
