/* SPDX-License-Identifier: Apache-2.0 */
/* The automatic sampler: it repeats, hands over, and stays out of spaces that a
   CMA-ES is not made for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/samplers.h>
#include <crucible/study.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/statuses.h"
#include "support/study_space.h"

enum { N = 4 };

static crucible_space *mixed, *box;

static int make_spaces(void **state) {
  (void)state;
  char name[8];
  mixed = study_space();
  assert_ok(crucible_space_create(&box));
  for (int i = 0; i < N; ++i) {
    crucible_param p;
    crucible_param_init(&p, sizeof p);
    (void)snprintf(name, sizeof name, "x%d", i);
    p.name = name;
    p.low = -5;
    p.high = 5;
    assert_ok(crucible_space_add(box, &p));
  }
  return 0;
}

static int drop_spaces(void **state) {
  (void)state;
  crucible_space_destroy(mixed);
  crucible_space_destroy(box);
  return 0;
}

static crucible_study *make_study(const crucible_space *of,
                                  const crucible_sampler *sampler) {
  crucible_study_options o;
  crucible_study *study;
  crucible_study_options_init(&o, sizeof o);
  o.space = of;
  o.sampler = sampler;
  o.seed = 11;
  o.direction = CRUCIBLE_MINIMIZE;
  assert_ok(crucible_study_create(&o, &study));
  return study;
}

/* Plays n trials; returns the best value. */
static double play(crucible_study *study, size_t n, double points[][N]) {
  uint64_t number;
  double best = (double)INFINITY;
  for (size_t i = 0; i < n; ++i) {
    crucible_trial t = {.struct_size = sizeof t};
    assert_ok(crucible_study_ask(study, 1, &number));
    assert_ok(crucible_study_trial(study, number, &t));
    double value = 0;
    for (int k = 0; k < N; ++k) {
      const double x = isnan(t.point[k]) ? 3 : t.point[k];
      value += (x - 1.5) * (x - 1.5);
      points[i][k] = t.point[k];
    }
    best = fmin(best, value);
    assert_ok(
        crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE, value, 0));
  }
  return best;
}

static double points[2][900][N];

static void numbers_go_on_with_the_other_sampler(void **state) {
  (void)state;
  crucible_auto_options o;
  crucible_sampler *sampler, *tpe;
  crucible_auto_options_init(&o, sizeof o);
  o.hand_over = 50;
  assert_ok(crucible_sampler_auto(&o, &sampler));
  assert_ok(crucible_sampler_tpe(NULL, &tpe));
  crucible_study *study = make_study(box, sampler);
  crucible_study *alone = make_study(box, tpe);
  const double best = play(study, 900, points[0]);
  const double others = play(alone, 900, points[1]);
  assert_same_bits_n(points[0][0], points[1][0], 50 * N);
  assert_true(memcmp(points[0][50], points[1][50], sizeof points[0][50]) != 0);
  assert_true(best < 1e-8 && best < others);
  crucible_study_destroy(study);
  crucible_study_destroy(alone);
  crucible_sampler_destroy(sampler);
  crucible_sampler_destroy(tpe);
}

/* Half of study_space() are choices and conditions. */
static void choices_and_conditions_stay_with_the_first(void **state) {
  (void)state;
  crucible_sampler *sampler, *tpe;
  assert_ok(crucible_sampler_auto(NULL, &sampler));
  assert_ok(crucible_sampler_tpe(NULL, &tpe));
  crucible_study *study = make_study(mixed, sampler);
  crucible_study *alone = make_study(mixed, tpe);
  (void)play(study, 300, points[0]);
  (void)play(alone, 300, points[1]);
  assert_same_bits_n(points[0][0], points[1][0], 300 * N);
  crucible_study_destroy(study);
  crucible_study_destroy(alone);
  crucible_sampler_destroy(sampler);
  crucible_sampler_destroy(tpe);
}

static void refusals_name_the_field(void **state) {
  (void)state;
  crucible_auto_options o;
  crucible_sampler *sampler = (crucible_sampler *)&o;
  crucible_auto_options_init(&o, sizeof o);
  o.reserved = 1;
  assert_fails(crucible_sampler_auto(&o, &sampler), CRUCIBLE_E_VERSION,
               "reserved");
  assert_null(sampler);
  assert_fails(crucible_sampler_auto(NULL, NULL), CRUCIBLE_E_INVALID,
               "sampler");
}

static crucible_status use_auto(void *data) {
  (void)data;
  crucible_auto_options o;
  crucible_study_options s;
  crucible_sampler *sampler = NULL;
  crucible_study *study = NULL;
  uint64_t number;
  crucible_auto_options_init(&o, sizeof o);
  o.hand_over = 12;
  crucible_status status = crucible_sampler_auto(&o, &sampler);
  crucible_study_options_init(&s, sizeof s);
  s.space = box;
  s.sampler = sampler;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&s, &study);
  for (int i = 0; i < 16 && status == CRUCIBLE_OK; ++i) {
    status = crucible_study_ask(study, 1, &number);
    if (status == CRUCIBLE_OK)
      status =
          crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE, i, 0);
  }
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
  return status;
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_auto, NULL) > 60);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_go_on_with_the_other_sampler),
      cmocka_unit_test(choices_and_conditions_stay_with_the_first),
      cmocka_unit_test(refusals_name_the_field),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, make_spaces, drop_spaces);
}
