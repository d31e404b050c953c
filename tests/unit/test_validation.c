/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <crucible/validation.h>

#include "base/rng.h"
#include "stats/combinations.h"
#include "support/failing_alloc.h"

enum { MOST = 400 };

static crucible_splits_options defaults(void) {
  crucible_splits_options options;
  crucible_splits_options_init(&options, sizeof options);
  return options;
}

static crucible_splits *make(size_t n, const crucible_splits_options *options) {
  crucible_splits *splits;
  assert_int_equal(crucible_splits_create(n, options, &splits), CRUCIBLE_OK);
  return splits;
}

static uint64_t count_of(const crucible_splits *splits) {
  uint64_t n;
  assert_int_equal(crucible_splits_count(splits, &n, NULL), CRUCIBLE_OK);
  return n;
}

static void assert_train(const crucible_splits *splits, uint64_t split,
                         const size_t *expected, size_t n) {
  size_t train[MOST], n_train, n_test;
  assert_int_equal(
      crucible_splits_get(splits, split, train, &n_train, NULL, &n_test),
      CRUCIBLE_OK);
  assert_int_equal(n_train, n);
  for (size_t i = 0; i < n; ++i)
    assert_int_equal(train[i], expected[i]);
}

/* ---- golden.json, area "cv" ---- */

static void cpcv_trains_on_what_skfolio_s_docstring_trains_on(void **state) {
  (void)state;
  static const size_t train[3][4] = {
      {8, 9, 10, 11}, {4, 5, 6, 7}, {0, 1, 2, 3}};
  crucible_splits_options options = defaults();
  options.n_folds = 3;
  options.n_test_folds = 2;
  crucible_splits *splits = make(12, &options);
  assert_int_equal(count_of(splits), 3);
  for (uint64_t k = 0; k < 3; ++k)
    assert_train(splits, k, train[k], 4);
  crucible_splits_destroy(splits);
}

/* Advances in Financial Machine Learning, 12.3: phi[N, k] = k / N C(N, k). */
static void cpcv_has_as_many_splits_and_paths_as_its_book_says(void **state) {
  (void)state;
  static const uint64_t golden[][4] = {
      {6, 2, 15, 5}, {10, 2, 45, 9}, {10, 8, 45, 36}, {16, 8, 12870, 6435}};
  for (size_t i = 0; i < 4; ++i) {
    uint64_t n_splits, n_paths;
    assert_int_equal(crucible_splits_combinations((uint32_t)golden[i][0],
                                                  (uint32_t)golden[i][1],
                                                  &n_splits, &n_paths),
                     CRUCIBLE_OK);
    assert_int_equal(n_splits, golden[i][2]);
    assert_int_equal(n_paths, golden[i][3]);
  }
}

/* ---- combinations ---- */

static void choices_are_counted_without_overflow(void **state) {
  (void)state;
  assert_int_equal(crucible__choose(62, 31), UINT64_C(465428353255261088));
  assert_int_equal(crucible__choose(60, 30), UINT64_C(118264581564861424));
  for (uint32_t n = 1; n <= 62; ++n) /* Pascal's triangle */
    for (uint32_t k = 1; k < n; ++k)
      assert_int_equal(crucible__choose(n, k),
                       crucible__choose(n - 1, k) +
                           crucible__choose(n - 1, k - 1));
}

static void choices_ascend_and_count_what_went_before(void **state) {
  (void)state;
  uint64_t seen[9] = {0};
  uint32_t before[4] = {0}, chosen[4];
  for (uint64_t i = 0; i < crucible__choose(9, 4); ++i) {
    crucible__combination(9, 4, i, chosen);
    int order = 0;
    for (int k = 0; k < 4 && order == 0; ++k)
      order = (chosen[k] > before[k]) - (chosen[k] < before[k]);
    assert_true(i == 0 || order > 0);
    for (uint32_t item = 0; item < 9; ++item)
      assert_int_equal(crucible__combinations_before(9, 4, chosen, item),
                       seen[item]);
    for (int k = 0; k < 4; ++k)
      ++seen[chosen[k]];
    memcpy(before, chosen, sizeof before);
  }
}

/* ---- by hand ---- */

static void purge_goes_both_ways_and_embargo_behind_only(void **state) {
  (void)state;
  static const size_t train[] = {0, 1, 2, 8, 9, 10, 11};
  crucible_splits_options options = defaults();
  options.n_folds = 6;
  options.n_test_folds = 1;
  options.purge = 1;
  options.embargo = 1;
  crucible_splits *splits = make(12, &options);
  unsigned char roles[12];
  assert_train(splits, 2, train, 7);
  assert_int_equal(crucible_splits_roles(splits, 2, roles), CRUCIBLE_OK);
  assert_int_equal(roles[3], CRUCIBLE_ROLE_PURGED);
  assert_int_equal(roles[5], CRUCIBLE_ROLE_TEST);
  assert_int_equal(roles[6], CRUCIBLE_ROLE_PURGED);
  assert_int_equal(roles[7], CRUCIBLE_ROLE_EMBARGOED);
  crucible_splits_destroy(splits);
}

/* Labels that begin within, end within, envelop (7.4.1), or just miss. */
static void labels_that_overlap_the_test_are_purged(void **state) {
  (void)state;
  /* test: observations 4 and 5, labels [40, 55] and [50, 62] */
  static const int64_t begin[] = {0, 10, 20, 30, 40, 50, 60, 62, 63, 70};
  static const int64_t end[] = {99, 39, 40, 31, 55, 62, 61, 70, 80, 90};
  static const size_t train[] = {1, 3, 8, 9};
  static const size_t embargoed[] = {1, 3, 9};
  crucible_splits_options options = defaults();
  options.n_folds = 5;
  options.n_test_folds = 1;
  options.label_begin = begin;
  options.label_end = end;
  crucible_splits *splits = make(10, &options);
  assert_train(splits, 2, train, 4);
  crucible_splits_destroy(splits);
  options.embargo = 1;
  splits = make(10, &options);
  assert_train(splits, 2, embargoed, 3);
  crucible_splits_destroy(splits);
}

static void walk_forward_rolls_or_grows(void **state) {
  (void)state;
  static const size_t rolling[] = {3, 4, 5, 6}, grown[] = {0, 1, 2, 3, 4, 5, 6};
  crucible_splits_options options = defaults();
  options.kind = CRUCIBLE_SPLITS_WALK_FORWARD;
  options.train_size = 4;
  options.test_size = 3;
  options.purge = 2;
  crucible_splits *splits = make(13, &options); /* tests at 6 and 9 */
  assert_int_equal(count_of(splits), 2);
  assert_train(splits, 1, rolling, 4);
  crucible_splits_destroy(splits);
  options.is_anchored = 1;
  options.takes_partial = 1;
  splits = make(13, &options);
  assert_int_equal(count_of(splits), 3);
  assert_train(splits, 1, grown, 7);
  crucible_test_fold fold;
  size_t n;
  assert_int_equal(crucible_splits_test_folds(splits, 2, &fold, 1, &n),
                   CRUCIBLE_OK);
  assert_int_equal(fold.begin, 12);
  assert_int_equal(fold.end, 13);
  crucible_splits_destroy(splits);
}

/* ---- properties over drawn settings ---- */

typedef struct drawn {
  crucible_splits_options options;
  int64_t begin[MOST], end[MOST];
  size_t n;
} drawn;

static void draw(uint64_t seed, drawn *d) {
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_TEST, 0);
  d->options = defaults();
  d->n = 60 + crucible__rng_below(&rng, MOST - 60);
  d->options.purge = crucible__rng_below(&rng, 4);
  if (crucible__rng_below(&rng, 2) == 0) {
    d->options.kind = CRUCIBLE_SPLITS_WALK_FORWARD;
    d->options.train_size = 1 + crucible__rng_below(&rng, 30);
    d->options.test_size = 1 + crucible__rng_below(&rng, 20);
    d->options.is_anchored = (int32_t)crucible__rng_below(&rng, 2);
    d->options.takes_partial = (int32_t)crucible__rng_below(&rng, 2);
  } else {
    d->options.n_folds = 2 + (uint32_t)crucible__rng_below(&rng, 7);
    d->options.n_test_folds =
        1 + (uint32_t)crucible__rng_below(&rng, d->options.n_folds - 1);
    d->options.embargo = crucible__rng_below(&rng, 9);
  }
  for (size_t i = 0; i < d->n; ++i) {
    d->begin[i] =
        (i > 0 ? d->begin[i - 1] : -50) + (int64_t)crucible__rng_below(&rng, 3);
    d->end[i] = d->begin[i] + (int64_t)crucible__rng_below(&rng, 12);
  }
  if (crucible__rng_below(&rng, 3) > 0) {
    d->options.label_begin = d->begin;
    d->options.label_end = d->end;
  }
}

static void no_label_that_trains_overlaps_one_that_tests(void **state) {
  (void)state;
  static drawn d;
  unsigned char roles[MOST];
  size_t n_trained = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    draw(seed, &d);
    d.options.label_begin = d.begin;
    d.options.label_end = d.end;
    crucible_splits *splits = make(d.n, &d.options);
    for (uint64_t k = 0; k < count_of(splits); ++k) {
      assert_int_equal(crucible_splits_roles(splits, k, roles), CRUCIBLE_OK);
      for (size_t i = 0; i < d.n; ++i)
        for (size_t t = 0; roles[i] == CRUCIBLE_ROLE_TRAIN && t < d.n; ++t) {
          n_trained += t == 0;
          if (roles[t] == CRUCIBLE_ROLE_TEST)
            assert_true(d.end[i] < d.begin[t] || d.begin[i] > d.end[t]);
        }
    }
    crucible_splits_destroy(splits);
  }
  assert_true(n_trained > 10000);
}

/* Every observation is tested once on each path. */
static void paths_test_every_observation_once(void **state) {
  (void)state;
  static drawn d;
  static unsigned char seen[200][MOST];
  for (uint64_t seed = 0; seed < 150; ++seed) {
    uint64_t n_splits, n_paths;
    draw(seed, &d);
    crucible_splits *splits = make(d.n, &d.options);
    assert_int_equal(crucible_splits_count(splits, &n_splits, &n_paths),
                     CRUCIBLE_OK);
    memset(seen, 0, sizeof seen);
    for (uint64_t k = 0; k < n_splits; ++k) {
      crucible_test_fold folds[62];
      unsigned char roles[MOST];
      size_t n_folds, n_tested = 0, n_roles = 0;
      assert_int_equal(
          crucible_splits_test_folds(splits, k, folds, 62, &n_folds),
          CRUCIBLE_OK);
      assert_int_equal(crucible_splits_roles(splits, k, roles), CRUCIBLE_OK);
      for (size_t f = 0; f < n_folds; ++f)
        for (size_t i = folds[f].begin; i < folds[f].end; ++i, ++n_tested) {
          assert_true(folds[f].path < n_paths);
          assert_int_equal(roles[i], CRUCIBLE_ROLE_TEST);
          assert_int_equal(seen[folds[f].path][i]++, 0);
        }
      for (size_t i = 0; i < d.n; ++i)
        n_roles += roles[i] == CRUCIBLE_ROLE_TEST;
      assert_int_equal(n_roles, n_tested);
    }
    if (d.options.kind == CRUCIBLE_SPLITS_COMBINATORIAL)
      for (uint64_t p = 0; p < n_paths; ++p)
        for (size_t i = 0; i < d.n; ++i)
          assert_int_equal(seen[p][i], 1);
    crucible_splits_destroy(splits);
  }
}

/* A label as long as the purge is purged as the fixed count purges. */
static void labels_of_a_fixed_horizon_purge_as_counts_do(void **state) {
  (void)state;
  static drawn d;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    unsigned char by_count[MOST], by_label[MOST];
    draw(seed, &d);
    d.options.label_begin = d.options.label_end = NULL;
    crucible_splits *counts = make(d.n, &d.options);
    for (size_t i = 0; i < d.n; ++i) {
      d.begin[i] = (int64_t)i;
      d.end[i] = (int64_t)(i + d.options.purge);
    }
    d.options.label_begin = d.begin;
    d.options.label_end = d.end;
    if (d.options.kind == CRUCIBLE_SPLITS_COMBINATORIAL)
      d.options.purge = 0;
    crucible_splits *labels = make(d.n, &d.options);
    for (uint64_t k = 0; k < count_of(counts); ++k) {
      assert_int_equal(crucible_splits_roles(counts, k, by_count), CRUCIBLE_OK);
      assert_int_equal(crucible_splits_roles(labels, k, by_label), CRUCIBLE_OK);
      assert_memory_equal(by_count, by_label, d.n);
    }
    crucible_splits_destroy(counts);
    crucible_splits_destroy(labels);
  }
}

/* ---- refusals, memory ---- */

static void assert_refused(size_t n, const crucible_splits_options *options,
                           crucible_status status, const char *text) {
  crucible_splits *splits = (crucible_splits *)&n;
  assert_int_equal(crucible_splits_create(n, options, &splits), status);
  assert_null(splits);
  assert_non_null(strstr(crucible_last_error(), text));
}

static void what_cannot_be_split_is_refused(void **state) {
  (void)state;
  int64_t begin[12] = {0}, end[12] = {0};
  crucible_splits_options o = defaults();
  uint64_t a, b;
  assert_refused(9, NULL, CRUCIBLE_E_TOO_SHORT, "10 folds");
  o.n_folds = 63;
  assert_refused(99, &o, CRUCIBLE_E_INVALID, "n_folds is 63");
  o = defaults(), o.n_test_folds = 10;
  assert_refused(99, &o, CRUCIBLE_E_INVALID, "n_test_folds is 10");
  o = defaults(), o.train_size = 3;
  assert_refused(99, &o, CRUCIBLE_E_INVALID, "WALK_FORWARD");
  o = defaults(), o.kind = 3;
  assert_refused(99, &o, CRUCIBLE_E_INVALID, "kind is 3");
  o = defaults(), o.reserved = 1;
  assert_refused(99, &o, CRUCIBLE_E_INVALID, "reserved");
  o = defaults(), o.label_begin = begin;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "label_end is NULL");
  o.label_end = end, end[3] = -1;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "label_end[3] is -1");
  end[3] = 0, begin[7] = -1;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "label_begin[7] is -1");
  o = defaults(), o.kind = CRUCIBLE_SPLITS_WALK_FORWARD;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "train_size is 0");
  o.train_size = 5, o.test_size = 6, o.purge = 2;
  assert_refused(12, &o, CRUCIBLE_E_TOO_SHORT, "5 to train, 2 to purge and 6");
  o.purge = SIZE_MAX;
  assert_refused(12, &o, CRUCIBLE_E_TOO_SHORT, "n is 12");
  o.purge = 0, o.embargo = 1;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "embargo is 1");
  o.embargo = 0, o.is_anchored = 2;
  assert_refused(12, &o, CRUCIBLE_E_INVALID, "is_anchored");
  assert_int_equal(crucible_splits_combinations(5, 0, &a, &b),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_create(12, NULL, NULL), CRUCIBLE_E_INVALID);
}

static void what_is_not_there_is_refused(void **state) {
  (void)state;
  crucible_splits *splits = make(20, NULL);
  crucible_test_fold fold;
  unsigned char roles[20];
  size_t n, m;
  assert_int_equal(crucible_splits_roles(splits, 45, roles),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_roles(splits, 0, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_get(NULL, 0, NULL, &n, NULL, &m),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_get(splits, 0, NULL, NULL, NULL, &m),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_test_folds(splits, 0, &fold, 1, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_splits_test_folds(splits, 0, NULL, 0, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 2);
  assert_int_equal(crucible_splits_count(splits, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_splits_destroy(splits);
  crucible_splits_destroy(NULL);
}

/* Sizes near the largest number do not wrap. */
static void a_huge_purge_leaves_no_training(void **state) {
  (void)state;
  crucible_splits_options options = defaults();
  size_t n_train, n_test;
  options.purge = options.embargo = SIZE_MAX;
  crucible_splits *splits = make(20, &options);
  assert_int_equal(
      crucible_splits_get(splits, 3, NULL, &n_train, NULL, &n_test),
      CRUCIBLE_OK);
  assert_int_equal(n_train, 0);
  assert_int_equal(n_test, 4);
  crucible_splits_destroy(splits);
}

static crucible_status create_and_get(void *data) {
  crucible_splits *splits;
  size_t n_train, n_test;
  crucible_status status = crucible_splits_create(12, data, &splits);
  if (status == CRUCIBLE_OK)
    status = crucible_splits_get(splits, 0, NULL, &n_train, NULL, &n_test);
  crucible_splits_destroy(splits);
  return status;
}

static void splits_survive_every_failing_allocation(void **state) {
  (void)state;
  int64_t labels[12] = {0};
  crucible_splits_options options = defaults();
  options.label_begin = options.label_end = labels;
  assert_int_equal(failing_alloc_run(create_and_get, &options), 4);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cpcv_trains_on_what_skfolio_s_docstring_trains_on),
      cmocka_unit_test(cpcv_has_as_many_splits_and_paths_as_its_book_says),
      cmocka_unit_test(choices_are_counted_without_overflow),
      cmocka_unit_test(choices_ascend_and_count_what_went_before),
      cmocka_unit_test(purge_goes_both_ways_and_embargo_behind_only),
      cmocka_unit_test(labels_that_overlap_the_test_are_purged),
      cmocka_unit_test(walk_forward_rolls_or_grows),
      cmocka_unit_test(no_label_that_trains_overlaps_one_that_tests),
      cmocka_unit_test(paths_test_every_observation_once),
      cmocka_unit_test(labels_of_a_fixed_horizon_purge_as_counts_do),
      cmocka_unit_test(what_cannot_be_split_is_refused),
      cmocka_unit_test(what_is_not_there_is_refused),
      cmocka_unit_test(a_huge_purge_leaves_no_training),
      cmocka_unit_test(splits_survive_every_failing_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
