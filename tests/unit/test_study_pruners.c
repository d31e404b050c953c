/* SPDX-License-Identifier: Apache-2.0 */
/* What pruners refuse, and decisions that no golden file has. */
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
#include <crucible/study.h>

#include "support/failing_alloc.h"
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

static crucible_study *make_study(const crucible_pruner *pruner) {
  crucible_study_options o;
  crucible_study *study;
  crucible_study_options_init(&o, sizeof o);
  o.space = space;
  o.pruner = pruner;
  assert_ok(crucible_study_create(&o, &study));
  return study;
}

static uint64_t ask(crucible_study *study) {
  uint64_t number;
  assert_ok(crucible_study_ask(study, 1, &number));
  return number;
}

static int prunes_after(crucible_study *study, uint64_t number, uint32_t step,
                        double value) {
  int32_t answer;
  assert_ok(crucible_study_report(study, number, step, value));
  assert_ok(crucible_study_should_prune(study, number, &answer));
  return answer;
}

/* Phi((0.02 - 0.1) * sqrt(399)) is about 0.055, with 500 observations 0.037. */
static void a_ratio_that_can_hardly_be_good_enough_is_pruned(void **state) {
  (void)state;
  crucible_psr_options o;
  crucible_pruner *pruner;
  crucible_psr_options_init(&o, sizeof o);
  o.observations = 100;
  assert_ok(crucible_pruner_psr(&o, &pruner));
  crucible_study *study = make_study(pruner);
  uint64_t number = ask(study);
  assert_int_equal(prunes_after(study, number, 9, -5), 0); /* none is better */
  assert_ok(
      crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE, 0.1, 0));
  number = ask(study);
  assert_int_equal(prunes_after(study, number, 0, -5), 0);
  assert_int_equal(prunes_after(study, number, 4, 0.02), 0);
  assert_int_equal(prunes_after(study, number, 5, 0.02), 1);
  assert_int_equal(prunes_after(study, number, 6, 0.1), 0);
  assert_int_equal(prunes_after(study, number, 7, (double)NAN), 1);
  crucible_study_destroy(study);
  crucible_pruner_destroy(pruner);
  o.benchmark = 0;
  o.n_warmup_steps = 3;
  assert_ok(crucible_pruner_psr(&o, &pruner));
  study = make_study(pruner);
  number = ask(study);
  assert_int_equal(prunes_after(study, number, 2, -1), 0);
  assert_int_equal(prunes_after(study, number, 3, -1), 1);
  crucible_study_destroy(study);
  crucible_pruner_destroy(pruner);
}

/* Trials side by side are compared with those that have ended, whatever the
   order in which they report. */
static void halving_does_not_depend_on_who_reports_first(void **state) {
  (void)state;
  crucible_halving_options o;
  crucible_pruner *pruner;
  crucible_halving_options_init(&o, sizeof o);
  o.min_resource = 1;
  o.reduction_factor = 2;
  assert_ok(crucible_pruner_halving(&o, &pruner));
  int decisions[2][6];
  for (int backwards = 0; backwards < 2; ++backwards) {
    crucible_study *study = make_study(pruner);
    uint64_t numbers[6];
    for (int i = 0; i < 4; ++i) {
      const uint64_t number = ask(study);
      (void)prunes_after(study, number, 1, i);
      assert_ok(
          crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE, i, 0));
    }
    assert_ok(crucible_study_ask(study, 6, numbers));
    for (int k = 0; k < 6; ++k) {
      const int i = backwards ? 5 - k : k;
      decisions[backwards][i] =
          prunes_after(study, numbers[i], 1, 0.5 + 0.5 * i);
    }
    crucible_study_destroy(study);
  }
  assert_memory_equal(decisions[0], decisions[1], sizeof decisions[0]);
  /* of 0, 1, 2, 3 and itself the best two pass: maximised, above 2 */
  for (int i = 0; i < 6; ++i)
    assert_int_equal(decisions[0][i], 0.5 + 0.5 * i < 2);
  crucible_pruner_destroy(pruner);
}

#define ASSERT_REFUSED(kind, change, field)                                    \
  do {                                                                         \
    crucible_##kind##_options o;                                               \
    crucible_pruner *pruner = (crucible_pruner *)&o;                           \
    crucible_##kind##_options_init(&o, sizeof o);                              \
    change;                                                                    \
    assert_fails(crucible_pruner_##kind(&o, &pruner), CRUCIBLE_E_INVALID,      \
                 field);                                                       \
    assert_null(pruner);                                                       \
    assert_fails(crucible_pruner_##kind(&o, NULL), CRUCIBLE_E_INVALID,         \
                 "pruner");                                                    \
  } while (0)

static void an_option_out_of_range_is_refused_by_name(void **state) {
  (void)state;
  ASSERT_REFUSED(percentile, o.percentile = 101, "percentile");
  ASSERT_REFUSED(percentile, o.interval_steps = 0, "interval_steps");
  ASSERT_REFUSED(percentile, o.n_min_trials = 0, "n_min_trials");
  ASSERT_REFUSED(halving, o.reduction_factor = 1, "reduction_factor");
  ASSERT_REFUSED(halving, o.bootstrap_count = 1, "min_resource");
  ASSERT_REFUSED(hyperband, o.reduction_factor = 0, "reduction_factor");
  ASSERT_REFUSED(hyperband, o.bootstrap_count = 1, "max_resource");
  ASSERT_REFUSED(hyperband, o.min_resource = 0, "min_resource");
  ASSERT_REFUSED(hyperband, (o.min_resource = 5, o.max_resource = 4),
                 "max_resource");
  ASSERT_REFUSED(patient, o.min_delta = -1, "min_delta");
  ASSERT_REFUSED(threshold, (void)o, "lower");
  ASSERT_REFUSED(threshold, (o.lower = 2, o.upper = 1), "lower");
  ASSERT_REFUSED(threshold, (o.lower = 0, o.interval_steps = 0),
                 "interval_steps");
  ASSERT_REFUSED(wilcoxon, o.p_threshold = 1.5, "p_threshold");
  ASSERT_REFUSED(psr, o.least_probability = 0, "least_probability");
  ASSERT_REFUSED(psr, o.observations = 0, "observations");
  ASSERT_REFUSED(psr, o.benchmark = (double)INFINITY, "benchmark");
}

static crucible_status use_hyperband(void *data) {
  (void)data;
  crucible_pruner *pruner = NULL;
  crucible_study *study = NULL;
  crucible_study_options o;
  int32_t answer;
  uint64_t number;
  crucible_study_options_init(&o, sizeof o);
  o.space = space;
  crucible_status status = crucible_pruner_hyperband(NULL, &pruner);
  o.pruner = pruner;
  if (status == CRUCIBLE_OK)
    status = crucible_study_create(&o, &study);
  for (uint32_t i = 0; i < 6 && status == CRUCIBLE_OK; ++i) {
    status = crucible_study_ask(study, 1, &number);
    for (uint32_t step = 0; step < 9 && status == CRUCIBLE_OK; ++step) {
      status = crucible_study_report(study, number, step, i);
      if (status == CRUCIBLE_OK)
        status = crucible_study_should_prune(study, number, &answer);
    }
    if (status == CRUCIBLE_OK)
      status =
          crucible_study_tell(study, number, CRUCIBLE_TRIAL_COMPLETE, i, 0);
  }
  crucible_study_destroy(study);
  crucible_pruner_destroy(pruner);
  return status;
}

static void running_out_of_memory_is_reported_and_leaks_nothing(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_hyperband, NULL) > 20);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_ratio_that_can_hardly_be_good_enough_is_pruned),
      cmocka_unit_test(halving_does_not_depend_on_who_reports_first),
      cmocka_unit_test(an_option_out_of_range_is_refused_by_name),
      cmocka_unit_test(running_out_of_memory_is_reported_and_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, make_space, drop_space);
}
