/* SPDX-License-Identifier: Apache-2.0 */
/* The CMA-ES sampler: what it finds, alone and side by side, and begins with. */
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

enum { MOST_PARAMS = 12 };

static crucible_space *mixed; /* of study_space() */

static int make_space(void **state) {
  (void)state;
  mixed = study_space();
  return 0;
}

static int drop_space(void **state) {
  (void)state;
  crucible_space_destroy(mixed);
  return 0;
}

static crucible_cma_options defaults(void) {
  crucible_cma_options o;
  crucible_cma_options_init(&o, sizeof o);
  return o;
}

/* n numbers in [-5, 5], the first n_whole of them whole. */
static crucible_space *make_box(size_t n, size_t n_whole) {
  crucible_space *space;
  crucible_param p;
  char name[8];
  assert_ok(crucible_space_create(&space));
  for (size_t i = 0; i < n; ++i) {
    crucible_param_init(&p, sizeof p);
    (void)snprintf(name, sizeof name, "x%zu", i);
    p.name = name;
    p.kind = i < n_whole ? CRUCIBLE_PARAM_INT : CRUCIBLE_PARAM_FLOAT;
    p.low = -5;
    p.high = 5;
    assert_ok(crucible_space_add(space, &p));
  }
  return space;
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

static double ellipsoid(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double d = x[i] - (i % 2 == 0 ? 2 : -1);
    sum += (1 + 9 * (double)i) * d * d;
  }
  return sum;
}

static double rastrigin(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double d = x[i] - 1.3;
    sum += d * d + 10 * (1 - cos(2 * 3.14159265358979 * d));
  }
  return sum;
}

/* The best of n_trials, k side by side that are told from the last. */
static double search(const crucible_space *space, const crucible_cma_options *o,
                     uint64_t seed, size_t n_trials, size_t k,
                     double (*value)(const double *x, size_t n)) {
  crucible_sampler *sampler;
  uint64_t numbers[64], best;
  assert_ok(crucible_sampler_cma(o, &sampler));
  crucible_study *study = make_study(space, seed, sampler);
  assert_true(k <= 64);
  for (size_t i = 0; i < n_trials; i += k) {
    assert_ok(crucible_study_ask(study, k, numbers));
    for (size_t j = k; j-- > 0;)
      assert_ok(crucible_study_tell(
          study, numbers[j], CRUCIBLE_TRIAL_COMPLETE,
          value(trial_of(study, numbers[j]).point, crucible_space_count(space)),
          0));
  }
  assert_ok(crucible_study_best(study, &best));
  const double found = trial_of(study, best).value;
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
  return found;
}

static void it_converges_alone_and_side_by_side(void **state) {
  (void)state;
  crucible_space *box = make_box(8, 0);
  crucible_cma_options o = defaults();
  for (int32_t covariance = 0; covariance <= 2; ++covariance) {
    o.covariance = covariance;
    for (uint64_t seed = 1; seed < 4; ++seed) {
      assert_true(search(box, &o, seed, 2000, 1, ellipsoid) < 1e-8);
      assert_true(search(box, &o, seed, 2000, 10, ellipsoid) < 1e-8);
      /* three generations' worth in flight: slower, but none is wasted */
      assert_true(search(box, &o, seed, 3000, 30, ellipsoid) < 1);
      o.population = 30;
      assert_true(search(box, &o, seed, 4500, 30, ellipsoid) < 1e-6);
      o.population = 0;
    }
  }
  crucible_space_destroy(box);
}

static void whole_numbers_are_found(void **state) {
  (void)state;
  crucible_space *box = make_box(8, 5);
  crucible_cma_options o = defaults();
  for (uint64_t seed = 1; seed < 6; ++seed)
    assert_true(search(box, &o, seed, 2500, 1, ellipsoid) < 1e-8);
  crucible_space_destroy(box);
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_rastrigin(const crucible_space *box, int32_t restarts) {
  crucible_cma_options o = defaults();
  double found[9];
  o.restarts = restarts;
  for (uint64_t seed = 0; seed < 9; ++seed)
    found[seed] = search(box, &o, seed, 10000, 1, rastrigin);
  qsort(found, 9, sizeof *found, compare);
  return found[4];
}

/* Without a restart it stays in the first hole. */
static void restarts_leave_local_optima(void **state) {
  (void)state;
  crucible_space *box = make_box(4, 0);
  const double stay = median_rastrigin(box, CRUCIBLE_CMA_STAY);
  assert_true(stay > 0.9);
  assert_true(median_rastrigin(box, CRUCIBLE_CMA_IPOP) < 0.6 * stay);
  assert_true(median_rastrigin(box, CRUCIBLE_CMA_BIPOP) < 0.6 * stay);
  crucible_space_destroy(box);
}

/* Known trials say where to begin. */
static void it_starts_from_the_best_known_trials(void **state) {
  (void)state;
  crucible_space *box = make_box(4, 0);
  for (int is_warm = 0; is_warm < 2; ++is_warm) {
    crucible_cma_options o = defaults();
    crucible_sampler *sampler;
    double point[4], mean = 0;
    uint64_t number;
    o.warm_share = is_warm ? 0.1 : 0;
    assert_ok(crucible_sampler_cma(&o, &sampler));
    crucible_study *study = make_study(box, 4, sampler);
    for (uint64_t i = 0; i < 40; ++i) {
      assert_ok(crucible_space_draw(box, 4, i, point));
      if (i % 10 == 0)
        for (size_t k = 0; k < 4; ++k)
          point[k] = 3 + 0.01 * (double)i;
      assert_ok(crucible_study_add_known(study, point, i % 10 == 0 ? -1 : 1, 0,
                                         NULL));
    }
    for (int i = 0; i < 8; ++i) {
      assert_ok(crucible_study_ask(study, 1, &number));
      for (size_t k = 0; k < 4; ++k)
        mean += trial_of(study, number).point[k] / 32;
    }
    assert_near(mean, is_warm ? 3.15 : 0, 0, 0.7);
    crucible_study_destroy(study);
    crucible_sampler_destroy(sampler);
  }
  crucible_space_destroy(box);
}

/* Choices, conditions, steps and logarithms. */
static double mixed_value(const crucible_trial *t) {
  const double *x = t->point;
  return fabs(x[STUDY_SHARE] - 0.35) + (x[STUDY_KIND] == 1 ? 0 : 1) +
         (x[STUDY_FLAG] == 1 ? 0 : 0.5) +
         (isnan(x[STUDY_WIDTH]) ? 3 : fabs(log(x[STUDY_WIDTH] / 40)));
}

static void a_mixed_space_is_searched(void **state) {
  (void)state;
  double found[9];
  for (uint64_t seed = 0; seed < 9; ++seed) {
    crucible_sampler *sampler;
    uint64_t number;
    assert_ok(crucible_sampler_cma(NULL, &sampler));
    crucible_study *study = make_study(mixed, seed, sampler);
    for (int i = 0; i < 600; ++i) {
      assert_ok(crucible_study_ask(study, 1, &number));
      const crucible_trial t = trial_of(study, number);
      assert_ok(crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE,
                                    mixed_value(&t), 0));
    }
    assert_ok(crucible_study_best(study, &number));
    found[seed] = trial_of(study, number).value;
    crucible_study_destroy(study);
    crucible_sampler_destroy(sampler);
  }
  qsort(found, 9, sizeof *found, compare);
  assert_true(found[4] < 0.06);
}

/* The same in batches and one by one, with failures, pruning, violations and
   given values. */
static void told_history_and_number_decide_everything(void **state) {
  (void)state;
  enum { N = 7 };
  crucible_sampler *sampler;
  assert_ok(crucible_sampler_cma(NULL, &sampler));
  crucible_study *many = make_study(mixed, 9, sampler);
  crucible_study *single = make_study(mixed, 9, sampler);
  double given[STUDY_PARAMS] = {0};
  uint8_t is_given[STUDY_PARAMS] = {0};
  uint64_t a[N], b[N];
  given[STUDY_SHIFT] = 1.5;
  for (int round = 0; round < 40; ++round) {
    given[STUDY_FLAG] = round % 2;
    is_given[STUDY_FLAG] = 1;
    is_given[STUDY_SHARE] = 0;
    if (round % 5 == 0) {
      assert_ok(crucible_study_enqueue(many, given, is_given, 0, NULL));
      assert_ok(crucible_study_enqueue(single, given, is_given, 0, NULL));
    }
    assert_ok(crucible_study_ask(many, N, a));
    for (size_t k = 0; k < N; ++k) {
      assert_ok(crucible_study_ask(single, 1, &b[k]));
      assert_int_equal(a[k], b[k]);
      assert_same_bits_n(trial_of(many, a[k]).point,
                         trial_of(single, b[k]).point, STUDY_PARAMS);
      if (a[k] % N == 0 &&
          trial_of(many, a[k]).source == CRUCIBLE_TRIAL_ENQUEUED)
        assert_true(trial_of(many, a[k]).point[STUDY_FLAG] ==
                    given[STUDY_FLAG]);
    }
    for (size_t k = N; k-- > 0;) {
      const crucible_trial t = trial_of(many, a[k]);
      const int32_t ended = a[k] % 7 == 3   ? CRUCIBLE_TRIAL_FAILED
                            : a[k] % 7 == 5 ? CRUCIBLE_TRIAL_PRUNED
                                            : CRUCIBLE_TRIAL_COMPLETE;
      const double violation = a[k] % 11 == 0 ? 0.5 : 0;
      assert_ok(
          crucible_study_tell(many, a[k], ended, mixed_value(&t), violation));
      assert_ok(
          crucible_study_tell(single, b[k], ended, mixed_value(&t), violation));
    }
  }
  crucible_study_destroy(many);
  crucible_study_destroy(single);
  crucible_sampler_destroy(sampler);
}

static void an_option_out_of_range_is_refused_by_name(void **state) {
  (void)state;
  static const char *const names[] = {"restarts",  "covariance", "population",
                                      "reserved",  "width",      "warm_share",
                                      "warm_width"};
  for (size_t i = 0; i < 7; ++i) {
    crucible_cma_options o = defaults();
    crucible_sampler *sampler = (crucible_sampler *)&o;
    if (i == 0)
      o.restarts = 0;
    if (i == 1)
      o.covariance = 3;
    if (i == 2)
      o.population = 3;
    if (i == 3)
      o.reserved = 1;
    if (i == 4)
      o.width = 0;
    if (i == 5)
      o.warm_share = (double)NAN;
    if (i == 6)
      o.warm_width = 1.5;
    assert_fails(crucible_sampler_cma(&o, &sampler),
                 i == 3 ? CRUCIBLE_E_VERSION : CRUCIBLE_E_INVALID, names[i]);
    assert_null(sampler);
  }
  assert_fails(crucible_sampler_cma(NULL, NULL), CRUCIBLE_E_INVALID, "sampler");
}

static crucible_status use_cma(void *data) {
  (void)data;
  crucible_sampler *sampler = NULL;
  crucible_study *study = NULL;
  uint64_t number;
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = mixed;
  crucible_status status = crucible_sampler_cma(NULL, &sampler);
  o.sampler = sampler;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&o, &study);
  for (int i = 0; i < 30 && status == CRUCIBLE_OK; ++i) {
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
  assert_true(failing_alloc_run(use_cma, NULL) > 40);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_converges_alone_and_side_by_side),
      cmocka_unit_test(whole_numbers_are_found),
      cmocka_unit_test(restarts_leave_local_optima),
      cmocka_unit_test(it_starts_from_the_best_known_trials),
      cmocka_unit_test(a_mixed_space_is_searched),
      cmocka_unit_test(told_history_and_number_decide_everything),
      cmocka_unit_test(an_option_out_of_range_is_refused_by_name),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, make_space, drop_space);
}
