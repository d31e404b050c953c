/* SPDX-License-Identifier: Apache-2.0 */
/* The TPE sampler: what a point depends on, and that it finds better ones. */
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
#include <crucible/sys/sampler.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/statuses.h"
#include "support/study_space.h"

static crucible_space *space;

static int make_space(void **state) {
  (void)state;
  space = study_space();
  return 0;
}

static int drop_space(void **state) {
  (void)state;
  crucible_space_destroy(space);
  return 0;
}

static crucible_tpe_options defaults(void) {
  crucible_tpe_options o;
  crucible_tpe_options_init(&o, sizeof o);
  return o;
}

static crucible_sampler *make_sampler(const crucible_tpe_options *o) {
  crucible_sampler *sampler;
  assert_ok(crucible_sampler_tpe(o, &sampler));
  return sampler;
}

static crucible_study *make_study(const crucible_space *of, uint64_t seed,
                                  const crucible_sampler *sampler) {
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = of;
  o.seed = seed;
  o.sampler = sampler;
  o.direction = CRUCIBLE_MINIMIZE;
  crucible_study *study;
  assert_ok(crucible_study_create(&o, &study));
  return study;
}

static crucible_trial trial_of(const crucible_study *study, uint64_t number) {
  crucible_trial t = {.struct_size = sizeof t};
  assert_ok(crucible_study_trial(study, number, &t));
  return t;
}

static uint64_t ask(crucible_study *study) {
  uint64_t number;
  assert_ok(crucible_study_ask(study, 1, &number));
  return number;
}

/* A value that prefers tall trees and a middling share. */
static double value_of(const crucible_trial *t) {
  const double *x = t->point;
  return fabs(x[STUDY_SHARE] - 0.35) + (x[STUDY_KIND] == 0 ? 0 : 1) +
         (isnan(x[STUDY_DEPTH]) ? 1 : 0.1 * fabs(x[STUDY_DEPTH] - 7));
}

static void tell(crucible_study *study, uint64_t number) {
  const crucible_trial t = trial_of(study, number);
  const int32_t state = number % 7 == 3   ? CRUCIBLE_TRIAL_FAILED
                        : number % 7 == 5 ? CRUCIBLE_TRIAL_PRUNED
                                          : CRUCIBLE_TRIAL_COMPLETE;
  assert_ok(crucible_study_tell(study, number, state, value_of(&t),
                                number % 11 == 0 ? 0.5 : 0));
}

/* Trials side by side, told from the last or from the first, in every joint
   model and both modes: the same points. */
static void told_history_and_number_decide_everything(void **state) {
  (void)state;
  enum { N = 9 };
  for (int32_t i = 0; i < 6; ++i) {
    crucible_tpe_options o = defaults();
    o.joint = 1 + i / 2;
    o.mode = 1 + i % 2;
    crucible_sampler *sampler = make_sampler(&o);
    crucible_study *forth = make_study(space, 9, sampler);
    crucible_study *back = make_study(space, 9, sampler);
    uint64_t a[N], b[N];
    for (int round = 0; round < 12; ++round) {
      assert_ok(crucible_study_ask(forth, N, a));
      for (size_t k = 0; k < N; ++k) {
        b[k] = ask(back);
        assert_same_bits_n(trial_of(forth, a[k]).point,
                           trial_of(back, b[k]).point, STUDY_PARAMS);
      }
      for (size_t k = 0; k < N; ++k) {
        tell(forth, a[k]);
        tell(back, b[N - 1 - k]);
      }
    }
    crucible_study_destroy(forth);
    crucible_study_destroy(back);
    crucible_sampler_destroy(sampler);
  }
}

static void running_trials_are_listed_by_number(void **state) {
  (void)state;
  crucible_study *study = make_study(space, 1, NULL);
  uint64_t numbers[5], running;
  assert_ok(crucible_study_ask(study, 5, numbers));
  tell(study, numbers[1]);
  tell(study, numbers[4]);
  static const uint64_t expected[] = {0, 2, 3, CRUCIBLE_TRIAL_NONE};
  for (uint64_t i = 0; i < 4; ++i) {
    assert_ok(crucible_study_running(study, i, &running));
    assert_int_equal(running, expected[i]);
  }
  assert_fails(crucible_study_running(NULL, 0, &running), CRUCIBLE_E_INVALID,
               "study");
  assert_fails(crucible_study_running(study, 0, NULL), CRUCIBLE_E_INVALID,
               "number");
  crucible_study_destroy(study);
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Median over 15 seeds of the best of 120 trials. */
static double median_best(const crucible_sampler *sampler) {
  double best[15];
  for (uint64_t seed = 0; seed < 15; ++seed) {
    crucible_study *study = make_study(space, seed, sampler);
    uint64_t number;
    for (int i = 0; i < 120; ++i) {
      number = ask(study);
      const crucible_trial t = trial_of(study, number);
      assert_ok(crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE,
                                    value_of(&t), 0));
    }
    assert_ok(crucible_study_best(study, &number));
    best[seed] = trial_of(study, number).value;
    crucible_study_destroy(study);
  }
  qsort(best, 15, sizeof *best, compare);
  return best[7];
}

static void it_finds_better_points_than_chance(void **state) {
  (void)state;
  crucible_tpe_options o = defaults();
  const double chance = median_best(NULL);
  assert_true(chance > 0);
  for (int32_t i = 0; i < 6; ++i) {
    o.joint = 1 + i / 2;
    o.mode = 1 + i % 2;
    crucible_sampler *sampler = make_sampler(&o);
    assert_true(median_best(sampler) < chance);
    crucible_sampler_destroy(sampler);
  }
}

/* Trials that end otherwise, or violate, are worse than any that is feasible
   and complete: nothing else is copied. */
static void feasible_and_complete_trials_are_the_best(void **state) {
  (void)state;
  crucible_sampler *sampler = make_sampler(NULL);
  crucible_study *study = make_study(space, 3, sampler);
  double flags = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    const uint64_t number = ask(study);
    const crucible_trial t = trial_of(study, number);
    const int is_good = t.point[STUDY_FLAG] == 1;
    if (i >= 60)
      flags += is_good;
    assert_ok(crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE,
                                  is_good ? 1 : -1, is_good ? 0 : 0.5));
  }
  assert_true(flags > 45);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

/* A choice of weight 0 is not drawn, an enqueued one is learnt from. */
static void choices_of_no_weight_are_not_drawn(void **state) {
  (void)state;
  static const char *const choices[] = {"a", "b", "c"};
  static const double weights[] = {1, 0, 3};
  crucible_space *weighted;
  crucible_param p;
  assert_ok(crucible_space_create(&weighted));
  crucible_param_init(&p, sizeof p);
  p.name = "c";
  p.kind = CRUCIBLE_PARAM_CATEGORICAL;
  p.choices = choices;
  p.n_choices = 3;
  p.weights = weights;
  assert_ok(crucible_space_add(weighted, &p));
  crucible_param_init(&p, sizeof p);
  p.name = "x";
  p.high = 1;
  assert_ok(crucible_space_add(weighted, &p));
  for (int is_told = 0; is_told < 2; ++is_told) {
    crucible_sampler *sampler = make_sampler(NULL);
    crucible_study *study = make_study(weighted, 3, sampler);
    const double point[] = {1, 0.5};
    int drawn[3] = {0};
    if (is_told)
      assert_ok(crucible_study_add_known(study, point, -9, 0, NULL));
    for (int i = 0; i < 100; ++i) {
      const uint64_t number = ask(study);
      const crucible_trial t = trial_of(study, number);
      ++drawn[(int)t.point[0]];
      assert_ok(crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE,
                                    t.point[1] - 2 * (t.point[0] == 1), 0));
    }
    assert_true(is_told ? drawn[1] > 20 : drawn[1] == 0);
    assert_true(drawn[2] > 0);
    crucible_study_destroy(study);
    crucible_sampler_destroy(sampler);
  }
  crucible_space_destroy(weighted);
}

static void an_option_out_of_range_is_refused_by_name(void **state) {
  (void)state;
  static const char *const names[] = {"mode", "joint", "candidates",
                                      "uses_running", "reserved"};
  for (size_t i = 0; i < 5; ++i) {
    crucible_tpe_options o = defaults();
    crucible_sampler *sampler = (crucible_sampler *)&o;
    if (i == 0)
      o.mode = 3;
    if (i == 1)
      o.joint = 4;
    if (i == 2)
      o.candidates = 10001;
    if (i == 3)
      o.uses_running = 2;
    if (i == 4)
      o.reserved = 1;
    assert_fails(crucible_sampler_tpe(&o, &sampler),
                 i == 4 ? CRUCIBLE_E_VERSION : CRUCIBLE_E_INVALID, names[i]);
    assert_null(sampler);
  }
  assert_fails(crucible_sampler_tpe(NULL, NULL), CRUCIBLE_E_INVALID, "sampler");
}

/* Points after a failed call are those of a study where nothing failed. */
static void a_failed_ask_changes_no_point(void **state) {
  (void)state;
  crucible_tpe_options o = defaults();
  o.startup = 4;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *calm = make_study(space, 5, sampler);
  crucible_study *shaken = make_study(space, 5, sampler);
  uint64_t a[3], b[3];
  int n_failed = 0;
  for (size_t i = 0; i < 60; ++i) {
    assert_ok(crucible_study_ask(calm, 3, a));
    failing_alloc_at(1 + i % 9, 0);
    crucible_status status = crucible_study_ask(shaken, 3, b);
    failing_alloc_at(0, 0);
    if (status != CRUCIBLE_OK) {
      ++n_failed;
      assert_int_equal(status, CRUCIBLE_E_NOMEM);
      assert_ok(crucible_study_ask(shaken, 3, b));
    }
    for (size_t k = 0; k < 3; ++k) {
      assert_same_bits_n(trial_of(calm, a[k]).point,
                         trial_of(shaken, b[k]).point, STUDY_PARAMS);
      tell(calm, a[k]);
      tell(shaken, b[k]);
    }
  }
  assert_true(n_failed > 5);
  crucible_study_destroy(calm);
  crucible_study_destroy(shaken);
  crucible_sampler_destroy(sampler);
}

static crucible_status use_tpe(void *data) {
  (void)data;
  crucible_sampler *sampler = NULL;
  crucible_study *study = NULL;
  uint64_t numbers[4];
  double point[STUDY_PARAMS];
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = space;
  crucible_status status = crucible_sampler_tpe(NULL, &sampler);
  o.sampler = sampler;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&o, &study);
  for (uint64_t i = 0; i < 20 && status == CRUCIBLE_OK; ++i) {
    assert_ok(crucible_space_draw(space, 5, i, point));
    status = crucible_study_add_known(study, point, (double)i, 0, NULL);
  }
  if (status == CRUCIBLE_OK)
    status = crucible_study_ask(study, 4, numbers);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
  return status;
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_tpe, NULL) > 50);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(told_history_and_number_decide_everything),
      cmocka_unit_test(running_trials_are_listed_by_number),
      cmocka_unit_test(it_finds_better_points_than_chance),
      cmocka_unit_test(feasible_and_complete_trials_are_the_best),
      cmocka_unit_test(choices_of_no_weight_are_not_drawn),
      cmocka_unit_test(an_option_out_of_range_is_refused_by_name),
      cmocka_unit_test(a_failed_ask_changes_no_point),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, make_space, drop_space);
}
