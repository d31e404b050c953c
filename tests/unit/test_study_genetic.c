/* SPDX-License-Identifier: Apache-2.0 */
/* The genetic sampler: who breeds, what comes out, and that it repeats. */
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

static crucible_genetic_options defaults(void) {
  crucible_genetic_options o;
  crucible_genetic_options_init(&o, sizeof o);
  return o;
}

static crucible_sampler *make_sampler(const crucible_genetic_options *o) {
  crucible_sampler *sampler;
  assert_ok(crucible_sampler_genetic(o, &sampler));
  return sampler;
}

static crucible_study *make_study(const crucible_space *of, uint64_t seed,
                                  const crucible_sampler *sampler) {
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = of;
  o.seed = seed;
  o.sampler = sampler;
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

/* Adds n known points of value i, drawn. */
static void add_known(crucible_study *study, size_t n) {
  double point[STUDY_PARAMS];
  for (size_t i = 0; i < n; ++i) {
    assert_ok(crucible_space_draw(space, 5, i, point));
    assert_ok(crucible_study_add_known(study, point, (double)i, 0, NULL));
  }
}

static void points_are_drawn_until_enough_trials_are_complete(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.max_duplicates = 0; /* a redraw may be made in another way */
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  for (int i = 0; i < 30; ++i)
    assert_int_equal(trial_of(study, ask(study)).how, CRUCIBLE_BRED_DRAWN);
  add_known(study, 7);
  for (int i = 0; i < 30; ++i)
    assert_int_equal(trial_of(study, ask(study)).how, CRUCIBLE_BRED_DRAWN);
  for (uint64_t i = 0; i < 30; ++i)
    assert_ok(crucible_study_tell(study, i, CRUCIBLE_TRIAL_FAILED, 0, 0));
  for (int i = 0; i < 30; ++i)
    assert_int_equal(trial_of(study, ask(study)).how, CRUCIBLE_BRED_DRAWN);
  assert_ok(crucible_study_tell(study, 40, CRUCIBLE_TRIAL_COMPLETE, 1, 0));
  int how[4] = {0};
  for (int i = 0; i < 2000; ++i)
    ++how[trial_of(study, ask(study)).how];
  /* 15 %, and half of the rest: three standard deviations */
  assert_in_range(how[CRUCIBLE_BRED_DRAWN], 300 - 48, 300 + 48);
  assert_in_range(how[CRUCIBLE_BRED_MUTATED], 850 - 67, 850 + 67);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void
the_best_trials_breed_and_the_better_parent_is_named_first(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.population = 5;
  o.fresh = 0;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  add_known(study, 40);
  int seen[40] = {0};
  for (int i = 0; i < 1000; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    assert_int_equal(t.n_parents, t.how - CRUCIBLE_BRED_DRAWN);
    assert_in_range(t.n_parents, 1, 2);
    for (uint32_t p = 0; p < t.n_parents; ++p) {
      assert_in_range(t.parents[p], 35, 39);
      ++seen[t.parents[p]];
    }
    if (t.n_parents == 2)
      assert_true(t.parents[0] > t.parents[1]); /* higher values */
  }
  for (int i = 35; i < 39; ++i)
    assert_true(seen[i] > 10 && seen[i] < seen[i + 1]);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void feasible_trials_breed_before_infeasible_ones(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.population = 4;
  o.fresh = 0;
  o.startup = 1;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  double point[STUDY_PARAMS];
  static const double violations[] = {3, 1, 2, 1, 9, 0, 5};
  static const double values[] = {9, 7, 9, 8, 9, -9, 9};
  for (uint64_t i = 0; i < 7; ++i) {
    assert_ok(crucible_space_draw(space, 5, i, point));
    assert_ok(
        crucible_study_add_known(study, point, values[i], violations[i], NULL));
  }
  /* in order: 5 (feasible), 3 and 1 (violation 1), 2 */
  int seen[7] = {0};
  for (int i = 0; i < 500; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    for (uint32_t p = 0; p < t.n_parents; ++p)
      ++seen[t.parents[p]];
  }
  assert_int_equal(seen[0] + seen[4] + seen[6], 0);
  assert_true(seen[5] > seen[3] && seen[3] > seen[1] && seen[1] > seen[2] &&
              seen[2] > 0);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void
one_point_is_in_the_population_once_with_its_best_value(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.population = 3;
  o.fresh = 0;
  o.startup = 1;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  add_known(study, 3);
  double point[STUDY_PARAMS];
  memcpy(point, trial_of(study, 0).point, sizeof point);
  for (int i = 0; i < 4; ++i) /* 3, 4, 5, 6: the last two are equal */
    assert_ok(
        crucible_study_add_known(study, point, i < 3 ? 10 + i : 12, 0, NULL));
  int seen[7] = {0};
  for (int i = 0; i < 300; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    for (uint32_t p = 0; p < t.n_parents; ++p)
      ++seen[t.parents[p]];
  }
  assert_int_equal(seen[0] + seen[3] + seen[4] + seen[6], 0);
  assert_true(seen[5] > 0 && seen[1] > 0 && seen[2] > 0);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void a_lone_trial_has_mutants_only(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.fresh = 0;
  o.startup = 1;
  o.crossover = 1;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  add_known(study, 1);
  int n_same[STUDY_PARAMS] = {0};
  for (int i = 0; i < 400; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    assert_int_equal(t.how, CRUCIBLE_BRED_MUTATED);
    assert_true(t.parents[0] == 0 && t.duplicate_of == t.number);
    const double *parent = trial_of(study, 0).point;
    for (size_t p = 0; p < STUDY_PARAMS; ++p)
      n_same[p] += near_holds(t.point[p], parent[p], 0, 0);
  }
  for (size_t p = 0; p < STUDY_PARAMS; ++p)
    assert_in_range(n_same[p], 100, 399);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void a_child_of_two_has_the_values_of_both(void **state) {
  (void)state;
  crucible_genetic_options o = defaults();
  o.fresh = 0;
  o.startup = 1;
  o.crossover = 1;
  crucible_sampler *sampler = make_sampler(&o);
  crucible_study *study = make_study(space, 3, sampler);
  const double nan = (double)NAN;
  const double a[STUDY_PARAMS] = {0, 5, 0.1, nan, 0.5, 1, -1.5, 200000};
  const double b[STUDY_PARAMS] = {1, nan, 0.2, 32, 0.6, 0, nan, 400000};
  assert_ok(crucible_study_add_known(study, a, 2, 0, NULL));
  assert_ok(crucible_study_add_known(study, b, 1, 0, NULL));
  int from_a = 0, from_b = 0, from_none = 0;
  for (int i = 0; i < 300; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    assert_int_equal(t.how, CRUCIBLE_BRED_CROSSED);
    assert_ok(crucible_space_check(space, t.point));
    for (size_t p = 0; p < STUDY_PARAMS; ++p) {
      if (near_holds(a[p], b[p], 0, 0) || isnan(t.point[p]))
        continue;
      if (near_holds(t.point[p], a[p], 0, 0))
        ++from_a;
      else if (near_holds(t.point[p], b[p], 0, 0))
        ++from_b;
      else
        ++from_none;
    }
  }
  /* about six genes each; the 80 possible children without mutation run out,
     so more are mutated than one in two */
  assert_true(from_a > 500 && from_b > 400);
  assert_in_range(from_none, 200, 600);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

/* Numbers of trials and what was told decide: not the order of tells, nor what
   else was asked of the sampler. */
static void told_history_and_number_decide_everything(void **state) {
  (void)state;
  crucible_sampler *sampler = make_sampler(NULL);
  enum { N = 24 };
  crucible_study *forth = make_study(space, 9, sampler);
  crucible_study *back = make_study(space, 9, sampler);
  crucible_study *other = make_study(space, 10, sampler);
  uint64_t a[N], b[N], c[N];
  int differs = 0;
  for (int round = 0; round < 6; ++round) {
    assert_ok(crucible_study_ask(forth, N, a));
    assert_ok(crucible_study_ask(other, N, c));
    for (size_t i = 0; i < N; ++i)
      b[i] = ask(back);
    for (size_t i = 0; i < N; ++i) {
      crucible_trial x = trial_of(forth, a[i]), y = trial_of(back, b[i]);
      assert_same_bits_n(x.point, y.point, STUDY_PARAMS);
      assert_true(x.how == y.how && x.parents[0] == y.parents[0] &&
                  x.parents[1] == y.parents[1]);
      differs += !near_holds(trial_of(other, c[i]).point[STUDY_BIG],
                             x.point[STUDY_BIG], 0, 0);
    }
    for (size_t i = 0; i < N; ++i) {
      size_t j = N - 1 - i;
      assert_ok(crucible_study_tell(forth, a[i], CRUCIBLE_TRIAL_COMPLETE,
                                    (double)(a[i] * 7 % 13),
                                    (double)(a[i] % 3)));
      assert_ok(crucible_study_tell(back, b[j], CRUCIBLE_TRIAL_COMPLETE,
                                    (double)(b[j] * 7 % 13),
                                    (double)(b[j] % 3)));
      assert_ok(
          crucible_study_tell(other, c[i], CRUCIBLE_TRIAL_COMPLETE, 1, 0));
    }
  }
  assert_true(differs > 6 * N / 2);
  crucible_study_destroy(forth);
  crucible_study_destroy(back);
  crucible_study_destroy(other);
  crucible_sampler_destroy(sampler);
}

static crucible_space *small_space(void) {
  static const char *const choices[] = {"a", "b", "c", "d", "e"};
  crucible_space *s;
  assert_ok(crucible_space_create(&s));
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.kind = CRUCIBLE_PARAM_CATEGORICAL;
  p.choices = choices;
  p.n_choices = 5;
  p.name = "x";
  assert_ok(crucible_space_add(s, &p));
  p.name = "y";
  assert_ok(crucible_space_add(s, &p));
  return s;
}

/* 25 points: all are found before one comes again. */
static void a_point_that_was_there_is_redrawn(void **state) {
  (void)state;
  crucible_space *small = small_space();
  int n_first[2] = {0};
  for (int without = 0; without < 2; ++without) {
    crucible_genetic_options o = defaults();
    o.max_duplicates = without ? 0 : 500;
    crucible_sampler *sampler = make_sampler(&o);
    crucible_study *study = make_study(small, 1, sampler);
    for (uint64_t i = 0; i < 25; ++i) {
      crucible_trial t = trial_of(study, ask(study));
      n_first[without] += t.duplicate_of == i;
      assert_ok(
          crucible_study_tell(study, i, CRUCIBLE_TRIAL_COMPLETE, (double)i, 0));
    }
    assert_true(trial_of(study, ask(study)).duplicate_of < 25);
    crucible_study_destroy(study);
    crucible_sampler_destroy(sampler);
  }
  assert_int_equal(n_first[0], 25);
  assert_true(n_first[1] < 20);
  crucible_space_destroy(small);
}

typedef struct varied {
  int n[3];
  crucible_status status;
  const double *first_parent;
} varied;

static crucible_status vary(const crucible_space *of,
                            const double *const *parents, uint32_t n_parents,
                            uint64_t seed, uint64_t id, double *child,
                            void *user_data) {
  varied *v = user_data;
  ++v->n[n_parents];
  if (v->status != CRUCIBLE_OK)
    return v->status;
  assert_ok(crucible_space_draw(of, seed, id, child));
  if (n_parents > 0)
    child[STUDY_SHARE] = parents[0][STUDY_SHARE];
  return CRUCIBLE_OK;
}

static void the_callers_variation_makes_the_points(void **state) {
  (void)state;
  varied v = {.status = CRUCIBLE_OK};
  crucible_variation variation = {
      .struct_size = sizeof variation, .vary = vary, .user_data = &v};
  crucible_genetic_options o = defaults();
  o.variation = &variation;
  crucible_sampler *sampler = make_sampler(&o);
  variation.vary = NULL; /* it was copied */
  crucible_study *study = make_study(space, 3, sampler);
  add_known(study, 20);
  for (int i = 0; i < 300; ++i) {
    crucible_trial t = trial_of(study, ask(study));
    if (t.n_parents > 0)
      assert_same_bits(t.point[STUDY_SHARE],
                       trial_of(study, t.parents[0]).point[STUDY_SHARE]);
  }
  assert_true(v.n[0] > 20 && v.n[1] > 90 && v.n[2] > 90);
  v.status = CRUCIBLE_E_MODEL;
  uint64_t number;
  assert_int_equal(crucible_study_ask(study, 1, &number), CRUCIBLE_E_MODEL);
  assert_true(crucible_study_count(study) == 320);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void an_option_out_of_range_is_refused_by_name(void **state) {
  (void)state;
  crucible_variation no_function = {.struct_size = sizeof no_function};
  static const char *const names[] = {"population", "tournament", "fresh",
                                      "crossover",  "fresh",      "tournament",
                                      "variation",  "max_dup"};
  for (size_t i = 0; i < 8; ++i) {
    crucible_genetic_options o = defaults();
    crucible_sampler *sampler = (crucible_sampler *)&o;
    if (i == 0)
      o.population = 0;
    if (i == 1)
      o.tournament = 0;
    if (i == 2)
      o.fresh = 1.5;
    if (i == 3)
      o.crossover = -0.1;
    if (i == 4)
      o.fresh = (double)NAN;
    if (i == 5)
      o.tournament = 1000000;
    if (i == 6)
      o.variation = &no_function;
    if (i == 7)
      o.max_duplicates = 1000000;
    assert_int_equal(crucible_sampler_genetic(&o, &sampler),
                     CRUCIBLE_E_INVALID);
    assert_null(sampler);
    if (strstr(crucible_last_error(), names[i]) == NULL)
      fail_msg("\"%s\" does not name %s", crucible_last_error(), names[i]);
  }
  assert_int_equal(crucible_sampler_genetic(NULL, NULL), CRUCIBLE_E_INVALID);
}

static crucible_status use_genetic(void *data) {
  (void)data;
  crucible_sampler *sampler = NULL;
  crucible_study *study = NULL;
  uint64_t number;
  double point[STUDY_PARAMS];
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = space;
  crucible_status status = crucible_sampler_genetic(NULL, &sampler);
  o.sampler = sampler;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&o, &study);
  for (uint64_t i = 0; i < 20 && status == CRUCIBLE_OK; ++i) {
    assert_ok(crucible_space_draw(space, 5, i, point));
    status = crucible_study_add_known(study, point, (double)i, 0, NULL);
  }
  for (int i = 0; i < 3 && status == CRUCIBLE_OK; ++i)
    status = crucible_study_ask(study, 1, &number);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
  return status;
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_genetic, NULL) > 10);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_are_drawn_until_enough_trials_are_complete),
      cmocka_unit_test(
          the_best_trials_breed_and_the_better_parent_is_named_first),
      cmocka_unit_test(feasible_trials_breed_before_infeasible_ones),
      cmocka_unit_test(one_point_is_in_the_population_once_with_its_best_value),
      cmocka_unit_test(a_lone_trial_has_mutants_only),
      cmocka_unit_test(a_child_of_two_has_the_values_of_both),
      cmocka_unit_test(told_history_and_number_decide_everything),
      cmocka_unit_test(a_point_that_was_there_is_redrawn),
      cmocka_unit_test(the_callers_variation_makes_the_points),
      cmocka_unit_test(an_option_out_of_range_is_refused_by_name),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, make_space, drop_space);
}
