/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/space.h>

#include "support/failing_alloc.h"
#include "support/near.h"

static const char *const switch_choices[] = {"off", "on"};
static const char *const kind_choices[] = {"a", "b", "c"};

static crucible_param param_of(const char *name, int32_t kind, double low,
                               double high) {
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = name;
  p.kind = kind;
  p.low = low;
  p.high = high;
  return p;
}

static crucible_param choice_of(const char *name, const char *const *choices,
                                uint32_t n) {
  crucible_param p = param_of(name, CRUCIBLE_PARAM_CATEGORICAL, 0, 0);
  p.choices = choices;
  p.n_choices = n;
  return p;
}

static void assert_refused(crucible_space *space, const crucible_param *p,
                           const char *part) {
  size_t before = crucible_space_count(space);
  assert_int_equal(crucible_space_add(space, p), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_space_count(space), before);
  if (strstr(crucible_last_error(), part) == NULL)
    fail_msg("\"%s\" does not name \"%s\"", crucible_last_error(), part);
}

static void add(crucible_space *space, crucible_param p) {
  if (crucible_space_add(space, &p) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

/*
 * 0 switch {off, on}    1 window INT 5..40 (on)     2 rate FLOAT log (always)
 * 3 kind {a, b, c} (on) 4 share FLOAT step (b or c) 5 count INT log
 */
static crucible_space *make_space(void) {
  static const double mostly_off[] = {0.9, 0.1};
  crucible_space *space;
  assert_int_equal(crucible_space_create(&space), CRUCIBLE_OK);
  crucible_param p = choice_of("switch", switch_choices, 2);
  p.weights = mostly_off;
  add(space, p);
  p = param_of("window", CRUCIBLE_PARAM_INT, 5, 40);
  p.parent = 0;
  p.parent_choices = 2;
  add(space, p);
  p = param_of("rate", CRUCIBLE_PARAM_FLOAT, 1e-3, 10);
  p.is_log = 1;
  add(space, p);
  p = choice_of("kind", kind_choices, 3);
  p.parent = 0;
  p.parent_choices = 2;
  add(space, p);
  p = param_of("share", CRUCIBLE_PARAM_FLOAT, 0.05, 0.95);
  p.step = 0.05;
  p.parent = 3;
  p.parent_choices = 6;
  add(space, p);
  p = param_of("count", CRUCIBLE_PARAM_INT, 1, 100);
  p.is_log = 1;
  add(space, p);
  return space;
}

static void a_parameter_comes_back_as_it_was_added(void **state) {
  (void)state;
  crucible_space *space = make_space();
  assert_int_equal(crucible_space_count(space), 6);
  crucible_param p = {.struct_size = sizeof p};
  assert_int_equal(crucible_space_get(space, 4, &p), CRUCIBLE_OK);
  assert_string_equal(p.name, "share");
  assert_int_equal(p.parent, 3);
  assert_true(p.parent_choices == 6);
  assert_same_bits(p.step, 0.05);
  assert_int_equal(crucible_space_get(space, 0, &p), CRUCIBLE_OK);
  assert_int_equal(p.n_choices, 2);
  assert_string_equal(p.choices[1], "on");
  assert_same_bits(p.weights[1], 0.1);
  assert_true(p.choices != switch_choices);
  size_t index;
  assert_int_equal(crucible_space_find(space, "rate", &index), CRUCIBLE_OK);
  assert_int_equal(index, 2);
  assert_int_equal(crucible_space_find(space, "Rate", &index),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_space_get(space, 6, &p), CRUCIBLE_E_INVALID);
  crucible_space_destroy(space);
}

static void a_parameter_that_makes_no_sense_is_refused_by_name(void **state) {
  (void)state;
  static const char *const twice[] = {"x", "y", "x"};
  static const double negative[] = {1, -1}, zeros[] = {0, 0};
  crucible_space *space = make_space();
  crucible_param p = param_of(NULL, CRUCIBLE_PARAM_FLOAT, 0, 1);
  assert_refused(space, &p, "name");
  p = param_of("rate", CRUCIBLE_PARAM_FLOAT, 0, 1);
  assert_refused(space, &p, "rate is there already");
  p = param_of("new", CRUCIBLE_PARAM_FLOAT, 2, 1);
  assert_refused(space, &p, "new: the range");
  p = param_of("new", CRUCIBLE_PARAM_FLOAT, 0, (double)INFINITY);
  assert_refused(space, &p, "new: the range");
  p = param_of("new", 9, 0, 1);
  assert_refused(space, &p, "kind 9");
  p = param_of("new", CRUCIBLE_PARAM_FLOAT, 0, 1);
  p.is_log = 1;
  assert_refused(space, &p, "low is 0");
  p.low = 0.5;
  p.step = 0.1;
  assert_refused(space, &p, "no step");
  p = param_of("new", CRUCIBLE_PARAM_INT, 0.5, 3);
  assert_refused(space, &p, "whole");
  p = param_of("new", CRUCIBLE_PARAM_FLOAT, 0, 1);
  p.step = 1e-15;
  assert_refused(space, &p, "too small");
  p = choice_of("new", twice, 3);
  assert_refused(space, &p, "\"x\" is there twice");
  p.n_choices = 0;
  assert_refused(space, &p, "needs choices");
  p = choice_of("new", switch_choices, 2);
  p.weights = negative;
  assert_refused(space, &p, "weight of \"on\"");
  p.weights = zeros;
  assert_refused(space, &p, "add up to 0");
  p = param_of("new", CRUCIBLE_PARAM_FLOAT, 0, 1);
  p.parent = 2;
  p.parent_choices = 1;
  assert_refused(space, &p, "rate is not categorical");
  p.parent = 6;
  assert_refused(space, &p, "does not come before");
  p.parent = 0;
  p.parent_choices = 4;
  assert_refused(space, &p, "lacks");
  p.parent_choices = 0;
  assert_refused(space, &p, "no choice");
  assert_int_equal(crucible_space_add(space, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_space_create(NULL), CRUCIBLE_E_INVALID);
  crucible_space_destroy(space);
}

static void every_draw_lies_in_the_space(void **state) {
  (void)state;
  crucible_space *space = make_space();
  double point[6];
  size_t on = 0, ends[2] = {0, 0};
  for (uint64_t id = 0; id < 20000; ++id) {
    assert_int_equal(crucible_space_draw(space, 7, id, point), CRUCIBLE_OK);
    if (crucible_space_check(space, point) != CRUCIBLE_OK)
      fail_msg("draw %d: %s", (int)id, crucible_last_error());
    on += point[0] == 1;
    assert_int_equal(isnan(point[1]), point[0] == 0);
    assert_int_equal(isnan(point[4]), point[0] == 0 || point[3] == 0);
    ends[0] += point[4] == 0.05;
    ends[1] += point[4] == 0.95;
  }
  /* 2,000 expected, standard deviation 42 */
  assert_in_range(on, 1800, 2200);
  /* both ends of a step: 20000 * 0.1 * 2/3 / 19 = 70 expected */
  assert_in_range(ends[0], 35, 105);
  assert_in_range(ends[1], 35, 105);
  crucible_space_destroy(space);
}

static void a_logarithmic_scale_is_drawn_evenly_over_its_decades(void **state) {
  (void)state;
  crucible_space *space = make_space();
  size_t decade[4] = {0}, ones = 0, hundreds = 0;
  double point[6];
  for (uint64_t id = 0; id < 8000; ++id) {
    assert_int_equal(crucible_space_draw(space, 3, id, point), CRUCIBLE_OK);
    ++decade[(int)floor(fmin(log10(point[2] * 1.0000001) + 3, 3))];
    ones += point[5] == 1;
    hundreds += point[5] == 100;
  }
  for (int i = 0; i < 4; ++i)
    assert_in_range(decade[i], 1800, 2200);
  /* the part of [0.5, 100.5] that rounds to 1 is ln 3 / ln 201: 1657 */
  assert_in_range(ones, 1500, 1800);
  assert_in_range(hundreds, 3, 40); /* 15 expected */
  crucible_space_destroy(space);
}

static void a_draw_depends_on_seed_and_id_alone(void **state) {
  (void)state;
  crucible_space *space = make_space();
  double a[6], b[6];
  assert_int_equal(crucible_space_draw(space, 1, 5, a), CRUCIBLE_OK);
  assert_int_equal(crucible_space_draw(space, 1, 6, b), CRUCIBLE_OK);
  assert_true(a[2] != b[2]);
  assert_int_equal(crucible_space_draw(space, 2, 5, b), CRUCIBLE_OK);
  assert_true(a[2] != b[2]);
  assert_int_equal(crucible_space_draw(space, 1, 5, b), CRUCIBLE_OK);
  assert_same_bits_n(a, b, 6);
  assert_int_equal(crucible_space_draw(space, 1, (uint64_t)1 << 48, b),
                   CRUCIBLE_E_INVALID);
  crucible_space_destroy(space);
}

/* What is drawn for "rate" is the same whether the switch is on or off. */
static void a_draw_does_not_depend_on_what_else_is_active(void **state) {
  (void)state;
  static const double always[] = {0, 1}, never[] = {1, 0};
  double drawn[2];
  for (int i = 0; i < 2; ++i) {
    crucible_space *space;
    double point[3];
    assert_int_equal(crucible_space_create(&space), CRUCIBLE_OK);
    crucible_param p = choice_of("switch", switch_choices, 2);
    p.weights = i == 0 ? always : never;
    add(space, p);
    p = param_of("window", CRUCIBLE_PARAM_INT, 5, 40);
    p.parent = 0;
    p.parent_choices = 2;
    add(space, p);
    add(space, param_of("rate", CRUCIBLE_PARAM_FLOAT, 0, 1));
    assert_int_equal(crucible_space_draw(space, 1, 1, point), CRUCIBLE_OK);
    assert_int_equal(isnan(point[1]), i);
    drawn[i] = point[2];
    crucible_space_destroy(space);
  }
  assert_same_bits(drawn[0], drawn[1]);
}

static void values_on_a_step_are_the_nearest_doubles_of_decimals(void **state) {
  (void)state;
  crucible_space *space;
  assert_int_equal(crucible_space_create(&space), CRUCIBLE_OK);
  crucible_param p = param_of("x", CRUCIBLE_PARAM_FLOAT, 0.05, 0.95);
  p.step = 0.05;
  add(space, p);
  for (int i = 1; i <= 19; ++i) {
    char text[8];
    snprintf(text, sizeof text, "0.%02d", 5 * i);
    double x = strtod(text, NULL);
    if (crucible_space_check(space, &x) != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    double off = nextafter(x, 2);
    assert_int_equal(crucible_space_check(space, &off), CRUCIBLE_E_INVALID);
  }
  crucible_space_destroy(space);
}

static void a_point_outside_is_refused_and_the_parameter_named(void **state) {
  (void)state;
  const double nan = (double)NAN;
  static const struct {
    double point[6];
    const char *part;
  } cases[] = {
      {{0, NAN, 0.1, NAN, NAN, 3}, NULL},
      {{1, 5, 0.1, 2, 0.5, 3}, NULL},
      {{2, 5, 0.1, 2, 0.5, 3}, "switch is 2"},
      {{0.5, 5, 0.1, 2, 0.5, 3}, "switch is 0.5"},
      {{-1, 5, 0.1, 2, 0.5, 3}, "switch is -1"},
      {{NAN, NAN, 0.1, NAN, NAN, 3}, "switch is active"},
      {{0, 5, 0.1, NAN, NAN, 3}, "window is 5: must be NaN"},
      {{1, NAN, 0.1, 2, 0.5, 3}, "window is active"},
      {{1, 5.5, 0.1, 2, 0.5, 3}, "window is 5.5"},
      {{1, 41, 0.1, 2, 0.5, 3}, "window is 41"},
      {{0, NAN, 0, NAN, NAN, 3}, "rate is 0"},
      {{0, NAN, INFINITY, NAN, NAN, 3}, "rate is inf"},
      {{1, 5, 0.1, 0, 0.5, 3}, "share is 0.5: must be NaN"},
      {{1, 5, 0.1, 2, 0.51, 3}, "share is 0.51"},
      {{0, NAN, 0.1, NAN, NAN, 0}, "count is 0"},
  };
  crucible_space *space = make_space();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible_status status = crucible_space_check(space, cases[i].point);
    if (cases[i].part == NULL) {
      assert_int_equal(status, CRUCIBLE_OK);
      continue;
    }
    assert_int_equal(status, CRUCIBLE_E_INVALID);
    if (strstr(crucible_last_error(), cases[i].part) == NULL)
      fail_msg("\"%s\" does not name \"%s\"", crucible_last_error(),
               cases[i].part);
  }
  assert_int_equal(crucible_space_check(space, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_space_check(NULL, &nan), CRUCIBLE_E_INVALID);
  crucible_space_destroy(space);
}

static crucible_status build_and_draw(void *data) {
  (void)data;
  static const double mostly_off[] = {0.9, 0.1};
  crucible_space *space;
  crucible_status status = crucible_space_create(&space);
  if (status != CRUCIBLE_OK)
    return status;
  crucible_param p = choice_of("switch", switch_choices, 2);
  p.weights = mostly_off;
  status = crucible_space_add(space, &p);
  p = param_of("rate", CRUCIBLE_PARAM_FLOAT, 1e-3, 10);
  if (status == CRUCIBLE_OK)
    status = crucible_space_add(space, &p);
  double point[2];
  if (status == CRUCIBLE_OK)
    status = crucible_space_draw(space, 1, 1, point);
  crucible_space_destroy(space);
  return status;
}

static void a_space_survives_running_out_of_memory(void **state) {
  (void)state;
  assert_true(failing_alloc_run(build_and_draw, NULL) >= 7);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_parameter_comes_back_as_it_was_added),
      cmocka_unit_test(a_parameter_that_makes_no_sense_is_refused_by_name),
      cmocka_unit_test(every_draw_lies_in_the_space),
      cmocka_unit_test(a_logarithmic_scale_is_drawn_evenly_over_its_decades),
      cmocka_unit_test(a_draw_depends_on_seed_and_id_alone),
      cmocka_unit_test(a_draw_does_not_depend_on_what_else_is_active),
      cmocka_unit_test(values_on_a_step_are_the_nearest_doubles_of_decimals),
      cmocka_unit_test(a_point_outside_is_refused_and_the_parameter_named),
      cmocka_unit_test(a_space_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
