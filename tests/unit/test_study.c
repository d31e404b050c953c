/* SPDX-License-Identifier: Apache-2.0 */
/* Trials: asked, told, enqueued, known, found again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/pruners.h>
#include <crucible/samplers.h>
#include <crucible/study.h>
#include <crucible/sys/sampler.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/statuses.h"
#include "support/study_space.h"

#define NONE ((double)NAN)

static const double whole_point[STUDY_PARAMS] = {0,   5, 0.1,  NONE,
                                                 0.5, 1, -1.5, 200000};

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

static crucible_study_options options_of(uint64_t seed) {
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = space;
  o.seed = seed;
  return o;
}

static crucible_study *make_study(uint64_t seed) {
  crucible_study_options o = options_of(seed);
  crucible_study *study;
  assert_int_equal(crucible_study_create(&o, &study), CRUCIBLE_OK);
  return study;
}

static crucible_trial trial_of(const crucible_study *study, uint64_t number) {
  crucible_trial t = {.struct_size = sizeof t};
  assert_int_equal(crucible_study_trial(study, number, &t), CRUCIBLE_OK);
  assert_true(t.number == number);
  return t;
}

static crucible_study_summary summary_of(const crucible_study *study) {
  crucible_study_summary s = {.struct_size = sizeof s};
  assert_int_equal(crucible_study_summarize(study, &s), CRUCIBLE_OK);
  assert_true(s.n_trials == s.n_waiting + s.n_running + s.n_complete +
                                s.n_pruned + s.n_failed);
  return s;
}

static uint64_t enqueue(crucible_study *study, const double *point,
                        const uint8_t *is_given, int32_t skip) {
  uint64_t number;
  assert_ok(crucible_study_enqueue(study, point, is_given, skip, &number));
  return number;
}

static uint64_t ask(crucible_study *study) {
  uint64_t number;
  assert_ok(crucible_study_ask(study, 1, &number));
  return number;
}

static void a_sampled_trial_runs_and_ends(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  uint64_t numbers[3], best;
  assert_fails(crucible_study_best(study, &best), CRUCIBLE_E_STATE, "none");
  assert_ok(crucible_study_ask(study, 3, numbers));
  for (uint64_t i = 0; i < 3; ++i) {
    assert_true(numbers[i] == i);
    crucible_trial t = trial_of(study, i);
    assert_int_equal(t.state, CRUCIBLE_TRIAL_RUNNING);
    assert_int_equal(t.source, CRUCIBLE_TRIAL_SAMPLED);
    assert_int_equal(t.how, CRUCIBLE_BRED_DRAWN);
    assert_true(isnan(t.value) && t.duplicate_of == i && t.is_feasible);
    assert_ok(crucible_space_check(space, t.point));
  }
  assert_ok(crucible_study_tell(study, 1, CRUCIBLE_TRIAL_COMPLETE, 2, 0));
  assert_ok(crucible_study_tell(study, 0, CRUCIBLE_TRIAL_COMPLETE, 1, 0));
  assert_ok(crucible_study_tell(study, 2, CRUCIBLE_TRIAL_FAILED, 9, 0));
  assert_true(isnan(trial_of(study, 2).value));
  assert_ok(crucible_study_best(study, &best));
  assert_true(best == 1);
  crucible_study_summary s = summary_of(study);
  assert_true(s.n_complete == 2 && s.n_failed == 1 && s.n_running == 0);
  assert_true(s.space == space && s.direction == CRUCIBLE_MAXIMIZE);
  uint64_t number;
  assert_ok(crucible_study_finished(study, 0, &number));
  assert_true(number == 1);
  assert_ok(crucible_study_finished(study, 3, &number));
  assert_true(number == CRUCIBLE_TRIAL_NONE);
  crucible_study_destroy(study);
}

static void equal_values_leave_the_oldest_best(void **state) {
  (void)state;
  for (int32_t direction = 1; direction <= 2; ++direction) {
    crucible_study_options o = options_of(1);
    o.direction = direction;
    crucible_study *study;
    assert_ok(crucible_study_create(&o, &study));
    uint64_t numbers[4], best;
    assert_ok(crucible_study_ask(study, 4, numbers));
    static const double values[] = {0, 5, 5, -5};
    for (uint64_t i = 4; i-- > 0;)
      assert_ok(crucible_study_tell(
          study, i, CRUCIBLE_TRIAL_COMPLETE,
          direction == CRUCIBLE_MAXIMIZE ? values[i] : -values[i], 0));
    assert_ok(crucible_study_best(study, &best));
    assert_true(best == 1);
    crucible_study_destroy(study);
  }
}

static void an_infeasible_trial_is_never_best(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  uint64_t numbers[4], best;
  assert_ok(crucible_study_ask(study, 4, numbers));
  assert_ok(crucible_study_tell(study, 0, CRUCIBLE_TRIAL_COMPLETE, 100, 1e-9));
  assert_fails(crucible_study_best(study, &best), CRUCIBLE_E_STATE, "none");
  assert_ok(crucible_study_tell(study, 1, CRUCIBLE_TRIAL_COMPLETE, 1, 0));
  assert_ok(crucible_study_tell(study, 2, CRUCIBLE_TRIAL_COMPLETE, 2, NONE));
  assert_ok(crucible_study_tell(study, 3, CRUCIBLE_TRIAL_COMPLETE, 3,
                                (double)INFINITY));
  assert_ok(crucible_study_best(study, &best));
  assert_true(best == 2);
  crucible_trial t = trial_of(study, 0);
  assert_true(!t.is_feasible && t.violation > 0 && t.value > 99);
  assert_true(trial_of(study, 2).is_feasible &&
              !(trial_of(study, 2).violation > 0));
  assert_true(summary_of(study).n_infeasible == 2);
  crucible_study_destroy(study);
}

static void a_pruned_trial_has_the_value_of_its_last_step(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  uint64_t numbers[3], best;
  assert_ok(crucible_study_ask(study, 3, numbers));
  assert_ok(crucible_study_report(study, 0, 5, 50));
  assert_ok(crucible_study_report(study, 0, 2, 20));
  assert_ok(crucible_study_report(study, 0, 9, 90));
  assert_ok(crucible_study_report(study, 0, 9, 91)); /* ignored */
  assert_ok(crucible_study_report(study, 0, 7, NONE));
  crucible_trial t = trial_of(study, 0);
  static const uint32_t steps[] = {2, 5, 7, 9};
  static const double reports[] = {20, 50, NONE, 90};
  assert_int_equal(t.n_reports, 4);
  assert_memory_equal(t.steps, steps, sizeof steps);
  for (size_t i = 0; i < 4; ++i)
    assert_near(t.reports[i], reports[i], 0, 0);
  assert_ok(crucible_study_report(study, 1, 0, 3));
  assert_ok(crucible_study_report(study, 1, 4, NONE));
  for (uint64_t i = 0; i < 3; ++i)
    assert_ok(crucible_study_tell(study, i, CRUCIBLE_TRIAL_PRUNED, 1000, 0));
  assert_near(trial_of(study, 0).value, 90, 0, 0);
  assert_true(isnan(trial_of(study, 1).value));
  assert_true(isnan(trial_of(study, 2).value));
  assert_fails(crucible_study_best(study, &best), CRUCIBLE_E_STATE, "none");
  assert_true(summary_of(study).n_pruned == 3);
  crucible_study_destroy(study);
}

static void waiting_trials_are_asked_first_and_in_order(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  uint64_t numbers[4];
  assert_true(ask(study) == 0);
  double other[STUDY_PARAMS];
  memcpy(other, whole_point, sizeof other);
  other[STUDY_DEPTH] = 6;
  assert_true(enqueue(study, whole_point, NULL, 0) == 1);
  assert_ok(crucible_study_add_known(study, whole_point, 3, 0, NULL));
  assert_true(enqueue(study, other, NULL, 0) == 3);
  assert_int_equal(trial_of(study, 1).state, CRUCIBLE_TRIAL_WAITING);
  assert_true(summary_of(study).n_waiting == 2);
  assert_ok(crucible_study_ask(study, 4, numbers));
  assert_true(numbers[0] == 1 && numbers[1] == 3 && numbers[2] == 4 &&
              numbers[3] == 5);
  assert_same_bits_n(trial_of(study, 1).point, whole_point, STUDY_PARAMS);
  assert_same_bits_n(trial_of(study, 3).point, other, STUDY_PARAMS);
  assert_int_equal(trial_of(study, 3).source, CRUCIBLE_TRIAL_ENQUEUED);
  assert_int_equal(trial_of(study, 3).how, CRUCIBLE_BRED_NOT);
  assert_true(enqueue(study, whole_point, NULL, 0) == 6);
  assert_true(ask(study) == 6);
  crucible_study_destroy(study);
}

static void what_is_not_given_comes_from_the_sampler(void **state) {
  (void)state;
  uint8_t is_given[STUDY_PARAMS] = {0};
  double point[STUDY_PARAMS] = {0};
  int seen_kind[3] = {0};
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    crucible_study *study = make_study(seed), *free_study = make_study(seed);
    is_given[STUDY_WIDTH] = is_given[STUDY_SHARE] = 1;
    point[STUDY_WIDTH] = 32;
    point[STUDY_SHARE] = 0.35;
    assert_true(enqueue(study, point, is_given, 0) == 0);
    crucible_trial t = trial_of(study, 0);
    assert_true(isnan(t.point[STUDY_KIND]) && isnan(t.point[STUDY_BIG]));
    assert_near(t.point[STUDY_WIDTH], 32, 0, 0);
    assert_true(ask(study) == 0 && ask(free_study) == 0);
    t = trial_of(study, 0);
    crucible_trial drawn = trial_of(free_study, 0);
    assert_ok(crucible_space_check(space, t.point));
    assert_near(t.point[STUDY_SHARE], 0.35, 0, 0);
    for (size_t i = 0; i < STUDY_PARAMS; ++i)
      if (!is_given[i])
        assert_same_bits(t.point[i], drawn.point[i]);
    int kind = (int)t.point[STUDY_KIND];
    seen_kind[kind] = 1;
    if (kind == 1) /* given for a parameter that only a net has */
      assert_near(t.point[STUDY_WIDTH], 32, 0, 0);
    crucible_study_destroy(study);
    crucible_study_destroy(free_study);
  }
  assert_true(seen_kind[0] && seen_kind[1] && seen_kind[2]);
}

static void a_given_choice_draws_what_it_makes_active(void **state) {
  (void)state;
  uint8_t is_given[STUDY_PARAMS] = {1};
  double point[STUDY_PARAMS] = {0};
  double low = 9, high = 2;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    crucible_study *study = make_study(seed);
    enqueue(study, point, is_given, 0);
    ask(study);
    crucible_trial t = trial_of(study, 0);
    assert_ok(crucible_space_check(space, t.point));
    assert_near(t.point[STUDY_KIND], 0, 0, 0);
    low = fmin(low, t.point[STUDY_DEPTH]);
    high = fmax(high, t.point[STUDY_DEPTH]);
    crucible_study_destroy(study);
  }
  assert_true(low <= 3 && high >= 8);
}

static void a_point_outside_the_space_is_refused_by_name(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  double p[STUDY_PARAMS];
  memcpy(p, whole_point, sizeof p);
  p[STUDY_DEPTH] = 10;
  assert_fails(crucible_study_enqueue(study, p, NULL, 0, NULL),
               CRUCIBLE_E_INVALID, "depth is 10");
  assert_fails(crucible_study_add_known(study, p, 1, 0, NULL),
               CRUCIBLE_E_INVALID, "depth is 10");
  p[STUDY_DEPTH] = NONE;
  assert_fails(crucible_study_enqueue(study, p, NULL, 0, NULL),
               CRUCIBLE_E_INVALID, "depth has no value");
  p[STUDY_DEPTH] = 3;
  p[STUDY_WIDTH] = 3;
  assert_fails(crucible_study_enqueue(study, p, NULL, 1, NULL),
               CRUCIBLE_E_INVALID, "width is 3: must be NaN, for kind");
  p[STUDY_WIDTH] = NONE;
  p[STUDY_SHARE] = 0.51;
  assert_fails(crucible_study_enqueue(study, p, NULL, 1, NULL),
               CRUCIBLE_E_INVALID, "share is 0.51");
  uint8_t is_given[STUDY_PARAMS] = {0, 1};
  p[STUDY_DEPTH] = 1;
  assert_fails(crucible_study_enqueue(study, p, is_given, 0, NULL),
               CRUCIBLE_E_INVALID, "depth is 1");
  assert_fails(crucible_study_add_known(study, whole_point, NONE, 0, NULL),
               CRUCIBLE_E_INVALID, "value is NaN");
  assert_true(crucible_study_count(study) == 0);
  crucible_study_destroy(study);
}

static void wrong_arguments_are_refused_by_name(void **state) {
  (void)state;
  crucible_study_options o = options_of(1);
  crucible_study *study = NULL;
  uint64_t n = 77;
  int32_t prune;
  crucible_trial t = {.struct_size = sizeof t};
  assert_fails(crucible_study_create(&o, NULL), CRUCIBLE_E_INVALID, "study");
  assert_fails(crucible_study_create(NULL, &study), CRUCIBLE_E_INVALID,
               "options.space is NULL");
  o.direction = 3;
  assert_fails(crucible_study_create(&o, &study), CRUCIBLE_E_INVALID,
               "direction is 3");
  o = options_of(1);
  o.reserved = 1;
  assert_fails(crucible_study_create(&o, &study), CRUCIBLE_E_VERSION,
               "reserved");
  crucible_space *empty;
  assert_ok(crucible_space_create(&empty));
  o = options_of(1);
  o.space = empty;
  assert_fails(crucible_study_create(&o, &study), CRUCIBLE_E_INVALID,
               "no parameters");
  crucible_space_destroy(empty);
  assert_null(study);
  study = make_study(1);
  assert_fails(crucible_study_ask(study, 0, &n), CRUCIBLE_E_INVALID, "k is 0");
  assert_fails(crucible_study_ask(NULL, 1, &n), CRUCIBLE_E_INVALID, "study");
  assert_fails(crucible_study_ask(study, SIZE_MAX / 8, &n), CRUCIBLE_E_NOMEM,
               "memory");
  assert_fails(crucible_study_tell(study, 0, 1, 1, 0), CRUCIBLE_E_INVALID,
               "number is 0");
  assert_fails(crucible_study_trial(study, 5, &t), CRUCIBLE_E_INVALID,
               "number is 5");
  assert_true(n == 77);
  enqueue(study, whole_point, NULL, 0);
  assert_fails(crucible_study_report(study, 0, 0, 1), CRUCIBLE_E_STATE,
               "trial 0 is not running, it is waiting");
  ask(study);
  assert_fails(crucible_study_tell(study, 0, CRUCIBLE_TRIAL_COMPLETE, NONE, 0),
               CRUCIBLE_E_INVALID, "value is NaN");
  assert_fails(crucible_study_tell(study, 0, CRUCIBLE_TRIAL_WAITING, 1, 0),
               CRUCIBLE_E_INVALID, "state is 4");
  assert_fails(crucible_study_should_prune(study, 0, NULL), CRUCIBLE_E_INVALID,
               "should_prune");
  assert_ok(crucible_study_should_prune(study, 0, &prune));
  assert_int_equal(prune, 0);
  assert_ok(crucible_study_tell(study, 0, CRUCIBLE_TRIAL_COMPLETE, 1, 0));
  assert_fails(crucible_study_tell(study, 0, 1, 1, 0), CRUCIBLE_E_STATE,
               "it is complete");
  assert_fails(crucible_study_should_prune(study, 0, &prune), CRUCIBLE_E_STATE,
               "it is complete");
  t.struct_size = 3;
  assert_int_equal(crucible_study_trial(study, 0, &t), CRUCIBLE_E_INVALID);
  crucible_study_destroy(study);
  crucible_study_destroy(NULL);
}

static void the_same_point_again_names_the_first(void **state) {
  (void)state;
  crucible_study *study = make_study(7);
  uint64_t found;
  assert_ok(crucible_study_find(study, whole_point, &found));
  assert_true(found == CRUCIBLE_TRIAL_NONE);
  ask(study);
  enqueue(study, whole_point, NULL, 0);
  assert_ok(crucible_study_add_known(study, whole_point, 1, 0, NULL));
  uint8_t is_given[STUDY_PARAMS] = {1, 1, 1, 1, 1, 1, 1, 0};
  enqueue(study, whole_point, is_given, 0);
  assert_true(trial_of(study, 1).duplicate_of == 1);
  assert_true(trial_of(study, 2).duplicate_of == 1);
  assert_true(trial_of(study, 3).duplicate_of == 3);
  assert_true(summary_of(study).n_distinct == 2);
  uint64_t numbers[2];
  assert_ok(crucible_study_ask(study, 2, numbers));
  assert_ok(
      crucible_study_add_known(study, trial_of(study, 3).point, 1, 0, NULL));
  assert_true(trial_of(study, 4).duplicate_of == 3);
  assert_true(summary_of(study).n_distinct == 3);
  for (uint64_t i = 0; i < 5; ++i) {
    assert_ok(crucible_study_find(study, trial_of(study, i).point, &found));
    assert_true(found == trial_of(study, i).duplicate_of);
  }
  crucible_study_destroy(study);
}

static crucible_status drift_ask(const void *self, void *state,
                                 const crucible_study *study,
                                 const crucible_sampler_request *request,
                                 double *point,
                                 crucible_sampler_origin *origin) {
  (void)state;
  (void)study;
  const uint64_t *bad = self;
  memcpy(point, whole_point, sizeof whole_point);
  point[STUDY_BIG] = (double)(request->number / 2 + 1);
  if (request->number == bad[0])
    point[STUDY_SHARE] = 7;
  origin->n_parents = 1;
  origin->parents[0] = 42;
  return CRUCIBLE_OK;
}

static void a_failed_ask_changes_nothing(void **state) {
  (void)state;
  uint64_t bad = 6, numbers[6] = {9, 9, 9, 9, 9, 9}, found;
  static const crucible_sampler_backend table = {
      .struct_size = sizeof table, .name = "drift", .ask = drift_ask};
  crucible_sampler *sampler;
  assert_ok(crucible_sampler_create(&table, &bad, &sampler));
  crucible_study_options o = options_of(1);
  o.sampler = sampler;
  crucible_study *study;
  assert_ok(crucible_study_create(&o, &study));
  assert_true(ask(study) == 0 && ask(study) == 1);
  assert_true(trial_of(study, 1).duplicate_of == 0);
  assert_true(trial_of(study, 1).parents[0] == 42);
  uint8_t is_given[STUDY_PARAMS] = {1, 1};
  enqueue(study, whole_point, NULL, 0);
  enqueue(study, whole_point, is_given, 0);
  crucible_study_summary before = summary_of(study);
  assert_fails(crucible_study_ask(study, 6, numbers), CRUCIBLE_E_INVALID,
               "sampler drift for trial 6: share is 7");
  assert_true(numbers[0] == 9);
  crucible_study_summary after = summary_of(study);
  assert_memory_equal(&before, &after, sizeof before);
  assert_true(isnan(trial_of(study, 3).point[STUDY_BIG]));
  double drawn[STUDY_PARAMS];
  memcpy(drawn, whole_point, sizeof drawn);
  drawn[STUDY_BIG] = 3;
  assert_ok(crucible_study_find(study, drawn, &found));
  assert_true(found == CRUCIBLE_TRIAL_NONE);
  bad = 99;
  assert_ok(crucible_study_ask(study, 6, numbers));
  assert_true(numbers[0] == 2 && numbers[1] == 3 && numbers[2] == 4 &&
              numbers[5] == 7);
  assert_true(trial_of(study, 5).duplicate_of == 4);
  crucible_study_destroy(study);
  crucible_sampler_destroy(sampler);
}

static void a_batch_is_the_same_as_single_asks(void **state) {
  (void)state;
  crucible_study *batch = make_study(3), *single = make_study(3);
  enum { N = 40 };
  uint64_t numbers[N];
  assert_ok(crucible_study_ask(batch, N, numbers));
  for (uint64_t i = 0; i < N; ++i) {
    assert_true(ask(single) == i);
    assert_same_bits_n(trial_of(batch, i).point, trial_of(single, i).point,
                       STUDY_PARAMS);
  }
  crucible_study_destroy(batch);
  crucible_study_destroy(single);
}

static crucible_status use_all(void *data) {
  (void)data;
  crucible_study_options o = options_of(7);
  crucible_study *study = NULL;
  crucible_sampler *sampler = NULL;
  crucible_pruner *pruner = NULL;
  uint64_t numbers[40], number;
  uint8_t is_given[STUDY_PARAMS] = {1, 1};
  crucible_status status = crucible_sampler_random(&sampler);
  if (status == CRUCIBLE_OK)
    status = crucible_pruner_percentile(NULL, &pruner);
  o.sampler = sampler;
  o.pruner = pruner;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&o, &study);
  if (status == CRUCIBLE_OK)
    status = crucible_study_add_known(study, whole_point, 1, 0, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_study_enqueue(study, whole_point, is_given, 1, &number);
  if (status == CRUCIBLE_OK)
    status = crucible_study_enqueue(study, whole_point, is_given, 1, &number);
  if (status == CRUCIBLE_OK)
    status = crucible_study_ask(study, 40, numbers);
  for (uint64_t i = 1; i <= 40 && status == CRUCIBLE_OK; ++i) {
    for (uint32_t step = 0; step < 3 && status == CRUCIBLE_OK; ++step)
      status = crucible_study_report(study, i, step * (uint32_t)i, 1);
    if (status == CRUCIBLE_OK)
      status = crucible_study_tell(study, i, CRUCIBLE_TRIAL_COMPLETE, 1, 0);
  }
  if (status == CRUCIBLE_OK)
    status = crucible_study_enqueue(study, whole_point, NULL, 1, &number);
  crucible_study_destroy(study);
  crucible_pruner_destroy(pruner);
  crucible_sampler_destroy(sampler);
  return status;
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_all, NULL) > 60);
}

/* Every call that fails for want of memory can be repeated: the study goes
   on as if nothing had been. */
static void a_call_without_memory_changes_nothing(void **state) {
  (void)state;
  crucible_study *study = make_study(7), *whole = make_study(7);
  uint8_t is_given[STUDY_PARAMS] = {1, 1};
  size_t n_failed = 0;
  for (uint64_t i = 0; i < 60; ++i) {
    double p[STUDY_PARAMS];
    memcpy(p, whole_point, sizeof p);
    p[STUDY_BIG] = (double)(1 + i % 7);
    uint64_t number = 0;
    for (int call = 0; call < 5; ++call) {
      uint64_t number2;
      int32_t skip = i % 2 == 0;
      for (size_t at = 1;; ++at) {
        failing_alloc_at(at, 0);
        crucible_status status =
            call == 0   ? crucible_study_enqueue(study, p, is_given, skip, NULL)
            : call == 1 ? crucible_study_add_known(study, p, (double)i, 0, NULL)
            : call == 2 ? crucible_study_ask(study, 1, &number)
            : call == 3 ? crucible_study_report(study, number, (uint32_t)i, 1)
                        : crucible_study_tell(study, number,
                                              CRUCIBLE_TRIAL_COMPLETE, 1, 0);
        failing_alloc_at(0, 0);
        if (status == CRUCIBLE_OK)
          break;
        assert_int_equal(status, CRUCIBLE_E_NOMEM);
        ++n_failed;
      }
      number2 = number;
      if (call == 0)
        assert_ok(crucible_study_enqueue(whole, p, is_given, skip, NULL));
      else if (call == 1)
        assert_ok(crucible_study_add_known(whole, p, (double)i, 0, NULL));
      else if (call == 2)
        assert_ok(crucible_study_ask(whole, 1, &number2));
      else if (call == 3)
        assert_ok(crucible_study_report(whole, number, (uint32_t)i, 1));
      else
        assert_ok(
            crucible_study_tell(whole, number, CRUCIBLE_TRIAL_COMPLETE, 1, 0));
      assert_true(number2 == number);
    }
  }
  assert_true(n_failed > 100);
  crucible_study_summary a = summary_of(study), b = summary_of(whole);
  assert_memory_equal(&a, &b, sizeof a);
  for (uint64_t i = 0; i < a.n_trials; ++i) {
    crucible_trial x = trial_of(study, i), y = trial_of(whole, i);
    assert_same_bits_n(x.point, y.point, STUDY_PARAMS);
    assert_true(x.state == y.state && x.duplicate_of == y.duplicate_of &&
                x.n_reports == y.n_reports);
  }
  crucible_study_destroy(study);
  crucible_study_destroy(whole);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sampled_trial_runs_and_ends),
      cmocka_unit_test(equal_values_leave_the_oldest_best),
      cmocka_unit_test(an_infeasible_trial_is_never_best),
      cmocka_unit_test(a_pruned_trial_has_the_value_of_its_last_step),
      cmocka_unit_test(waiting_trials_are_asked_first_and_in_order),
      cmocka_unit_test(what_is_not_given_comes_from_the_sampler),
      cmocka_unit_test(a_given_choice_draws_what_it_makes_active),
      cmocka_unit_test(a_point_outside_the_space_is_refused_by_name),
      cmocka_unit_test(wrong_arguments_are_refused_by_name),
      cmocka_unit_test(the_same_point_again_names_the_first),
      cmocka_unit_test(a_failed_ask_changes_nothing),
      cmocka_unit_test(a_batch_is_the_same_as_single_asks),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
      cmocka_unit_test(a_call_without_memory_changes_nothing),
  };
  return cmocka_run_group_tests(tests, make_space, drop_space);
}
