/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/validation.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/combinations.h"

struct crucible_splits {
  crucible_splits_options options; /* labels NULL or ours */
  size_t n;
  uint64_t n_splits, n_paths;
  int64_t *begin; /* [n] of labels, or NULL */
  int64_t *end;   /* [n] */
};

/* Observations that are tested next to each other. */
typedef struct block {
  size_t begin, end;
} block;

static crucible_splits_options splits_defaults(void) {
  return (crucible_splits_options){.struct_size =
                                       sizeof(crucible_splits_options),
                                   .kind = CRUCIBLE_SPLITS_COMBINATORIAL,
                                   .n_folds = 10,
                                   .n_test_folds = 2};
}

void crucible_splits_options_init(crucible_splits_options *options,
                                  size_t struct_size) {
  const crucible_splits_options defaults = splits_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_folds(uint32_t n_folds, uint32_t n_test_folds) {
  if (n_folds < 2 || n_folds > CRUCIBLE__COMBINATIONS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_folds is %u: give a number from 2 to %d", n_folds,
                          CRUCIBLE__COMBINATIONS_MAX);
  if (n_test_folds < 1 || n_test_folds >= n_folds)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_test_folds is %u: give a number from 1 to %u, one "
                          "less than n_folds",
                          n_test_folds, n_folds - 1);
  return CRUCIBLE_OK;
}

crucible_status crucible_splits_combinations(uint32_t n_folds,
                                             uint32_t n_test_folds,
                                             uint64_t *n_splits,
                                             uint64_t *n_paths) {
  if (n_splits == NULL || n_paths == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the number",
                          n_splits == NULL ? "n_splits" : "n_paths");
  CRUCIBLE__TRY(check_folds(n_folds, n_test_folds));
  *n_splits = crucible__choose(n_folds, n_test_folds);
  /* k / N * C(N, k): the choices that have a given fold */
  *n_paths = crucible__choose(n_folds - 1, n_test_folds - 1);
  return CRUCIBLE_OK;
}

static crucible_status check_labels(const crucible_splits_options *options,
                                    size_t n) {
  const int64_t *begin = options->label_begin, *end = options->label_end;
  if ((begin == NULL) != (end == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_splits_options.%s is NULL: give both ends "
                          "of the labels or none",
                          begin == NULL ? "label_begin" : "label_end");
  for (size_t i = 0; begin != NULL && i < n; ++i) {
    if (end[i] < begin[i])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "label_end[%zu] is %lld, before label_begin %lld: "
                            "a label ends when it begins or later",
                            i, (long long)end[i], (long long)begin[i]);
    if (i > 0 && begin[i] < begin[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "label_begin[%zu] is %lld, before the %lld of the "
                            "observation before it: sort by time",
                            i, (long long)begin[i], (long long)begin[i - 1]);
  }
  return CRUCIBLE_OK;
}

static crucible_status check_combinatorial(const crucible_splits_options *o,
                                           size_t n) {
  CRUCIBLE__TRY(check_folds(o->n_folds, o->n_test_folds));
  if (o->train_size != 0 || o->test_size != 0 || o->step != 0 ||
      o->is_anchored != 0 || o->takes_partial != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "train_size, test_size, step, is_anchored and "
                          "takes_partial are for CRUCIBLE_SPLITS_WALK_FORWARD: "
                          "leave them 0");
  if (n < o->n_folds)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: %u folds need an observation each", n,
                          o->n_folds);
  return CRUCIBLE_OK;
}

static crucible_status check_walk_forward(const crucible_splits_options *o,
                                          size_t n) {
  if (o->train_size < 1 || o->test_size < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_splits_options.%s is 0: give the "
                          "observations of a window",
                          o->train_size < 1 ? "train_size" : "test_size");
  if (o->embargo != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_splits_options.embargo is %zu: nothing "
                          "trains behind a test window in "
                          "CRUCIBLE_SPLITS_WALK_FORWARD, leave it 0",
                          o->embargo);
  if ((o->is_anchored | 1) != 1 || (o->takes_partial | 1) != 1)
    return crucible__fail(
        CRUCIBLE_E_INVALID, "crucible_splits_options.%s is neither 0 nor 1",
        (o->is_anchored | 1) != 1 ? "is_anchored" : "takes_partial");
  const size_t test = o->takes_partial ? 1 : o->test_size;
  if (o->train_size > n || o->purge > n - o->train_size ||
      test > n - o->train_size - o->purge)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is %zu: the first split needs %zu to train, %zu "
                          "to purge and %zu to test",
                          n, o->train_size, o->purge, test);
  return CRUCIBLE_OK;
}

static crucible_status check(const crucible_splits_options *options, size_t n) {
  if (options->kind == CRUCIBLE_SPLITS_COMBINATORIAL)
    CRUCIBLE__TRY(check_combinatorial(options, n));
  else if (options->kind == CRUCIBLE_SPLITS_WALK_FORWARD)
    CRUCIBLE__TRY(check_walk_forward(options, n));
  else
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_splits_options.kind is %d: give a "
                          "CRUCIBLE_SPLITS_...",
                          options->kind);
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_splits_options.reserved is %u: leave it 0",
                          options->reserved);
  return check_labels(options, n);
}

static void count(crucible_splits *splits) {
  const crucible_splits_options *o = &splits->options;
  if (o->kind == CRUCIBLE_SPLITS_COMBINATORIAL) {
    splits->n_splits = crucible__choose(o->n_folds, o->n_test_folds);
    splits->n_paths = crucible__choose(o->n_folds - 1, o->n_test_folds - 1);
    return;
  }
  const size_t left = splits->n - o->train_size - o->purge;
  const size_t test = o->takes_partial ? 1 : o->test_size;
  const size_t step = o->step > 0 ? o->step : o->test_size;
  splits->n_splits = (left - test) / step + 1;
  splits->n_paths = 1;
}

/* The object keeps labels of its own. */
static crucible_status copy_labels(crucible_splits *splits) {
  crucible_splits_options *o = &splits->options;
  if (o->label_begin == NULL)
    return CRUCIBLE_OK;
  splits->begin = crucible__alloc(splits->n, sizeof *splits->begin);
  if (splits->begin == NULL)
    return CRUCIBLE_E_NOMEM;
  splits->end = crucible__alloc(splits->n, sizeof *splits->end);
  if (splits->end == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < splits->n; ++i) {
    splits->begin[i] = o->label_begin[i];
    splits->end[i] = o->label_end[i];
  }
  o->label_begin = splits->begin;
  o->label_end = splits->end;
  return CRUCIBLE_OK;
}

crucible_status crucible_splits_create(size_t n,
                                       const crucible_splits_options *options,
                                       crucible_splits **splits) {
  crucible_splits_options chosen = splits_defaults();
  if (splits == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "splits is NULL: give the address of a pointer");
  *splits = NULL;
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_splits_options"));
  CRUCIBLE__TRY(check(&chosen, n));
  crucible_splits *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen;
  made->n = n;
  count(made);
  const crucible_status status = copy_labels(made);
  if (status != CRUCIBLE_OK)
    crucible_splits_destroy(made);
  else
    *splits = made;
  return status;
}

void crucible_splits_destroy(crucible_splits *splits) {
  if (splits == NULL)
    return;
  crucible__free(splits->begin);
  crucible__free(splits->end);
  crucible__free(splits);
}

crucible_status crucible_splits_count(const crucible_splits *splits,
                                      uint64_t *n_splits, uint64_t *n_paths) {
  if (splits == NULL || n_splits == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give %s",
                          splits == NULL ? "splits" : "n_splits",
                          splits == NULL ? "splits" : "a place for the number");
  *n_splits = splits->n_splits;
  if (n_paths != NULL)
    *n_paths = splits->n_paths;
  return CRUCIBLE_OK;
}

static size_t fold_begin(const crucible_splits *splits, uint32_t fold) {
  const uint32_t n_folds = splits->options.n_folds;
  return fold < n_folds ? fold * (splits->n / n_folds) : splits->n;
}

static block window_of(const crucible_splits *splits, uint64_t split) {
  const crucible_splits_options *o = &splits->options;
  const size_t step = o->step > 0 ? o->step : o->test_size;
  const size_t begin = o->train_size + o->purge + (size_t)split * step;
  const size_t left = splits->n - begin;
  return (block){begin, begin + (left < o->test_size ? left : o->test_size)};
}

/* The tested folds as blocks, neighbours joined. */
static size_t blocks_of(const crucible_splits *splits, uint64_t split,
                        block blocks[CRUCIBLE__COMBINATIONS_MAX]) {
  const crucible_splits_options *o = &splits->options;
  uint32_t folds[CRUCIBLE__COMBINATIONS_MAX];
  size_t n = 0;
  if (o->kind == CRUCIBLE_SPLITS_WALK_FORWARD) {
    blocks[0] = window_of(splits, split);
    return 1;
  }
  crucible__combination(o->n_folds, o->n_test_folds, split, folds);
  for (uint32_t k = 0; k < o->n_test_folds; ++k) {
    const block b = {fold_begin(splits, folds[k]),
                     fold_begin(splits, folds[k] + 1)};
    if (n > 0 && blocks[n - 1].end == b.begin)
      blocks[n - 1].end = b.end;
    else
      blocks[n++] = b;
  }
  return n;
}

static void drop(uint8_t *roles, size_t begin, size_t end, uint8_t role) {
  for (size_t i = begin; i < end; ++i)
    if (roles[i] == CRUCIBLE_ROLE_TRAIN)
      roles[i] = role;
}

static size_t add_capped(size_t a, size_t b, size_t n) {
  return b < n - a ? a + b : n;
}

/* Drops what overlaps the block's labels; returns the first observation behind
   the block whose label begins after all of them have ended. */
static size_t purge_labels(const crucible_splits *splits, block b,
                           uint8_t *roles) {
  const int64_t first = splits->begin[b.begin];
  int64_t last = splits->end[b.begin];
  size_t behind = b.end;
  for (size_t i = b.begin; i < b.end; ++i)
    last = splits->end[i] > last ? splits->end[i] : last;
  while (behind < splits->n && splits->begin[behind] <= last)
    ++behind;
  for (size_t i = 0; i < splits->n; ++i)
    if (splits->begin[i] <= last && splits->end[i] >= first)
      drop(roles, i, i + 1, CRUCIBLE_ROLE_PURGED);
  return behind;
}

static void drop_around(const crucible_splits *splits, block b,
                        uint8_t *roles) {
  const crucible_splits_options *o = &splits->options;
  const size_t n = splits->n;
  size_t behind = add_capped(b.end, o->purge, n);
  drop(roles, o->purge < b.begin ? b.begin - o->purge : 0, behind,
       CRUCIBLE_ROLE_PURGED);
  if (splits->begin != NULL) {
    const size_t by_label = purge_labels(splits, b, roles);
    behind = by_label > behind ? by_label : behind;
  }
  drop(roles, behind, add_capped(behind, o->embargo, n),
       CRUCIBLE_ROLE_EMBARGOED);
}

static crucible_status check_split(const crucible_splits *splits,
                                   uint64_t split) {
  if (splits == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "splits is NULL: give splits");
  if (split >= splits->n_splits)
    return crucible__fail(
        CRUCIBLE_E_INVALID, "split is %llu: there are %llu, counted from 0",
        (unsigned long long)split, (unsigned long long)splits->n_splits);
  return CRUCIBLE_OK;
}

static void fill_roles(const crucible_splits *splits, uint64_t split,
                       uint8_t *roles) {
  const crucible_splits_options *o = &splits->options;
  block blocks[CRUCIBLE__COMBINATIONS_MAX], train = {0, splits->n};
  const size_t n_blocks = blocks_of(splits, split, blocks);
  if (o->kind == CRUCIBLE_SPLITS_WALK_FORWARD) {
    train.end = blocks[0].begin;
    train.begin = o->is_anchored ? 0 : train.end - o->purge - o->train_size;
  }
  for (size_t i = 0; i < splits->n; ++i)
    roles[i] = i >= train.begin && i < train.end ? CRUCIBLE_ROLE_TRAIN
                                                 : CRUCIBLE_ROLE_UNUSED;
  for (size_t k = 0; k < n_blocks; ++k)
    for (size_t i = blocks[k].begin; i < blocks[k].end; ++i)
      roles[i] = CRUCIBLE_ROLE_TEST;
  for (size_t k = 0; k < n_blocks; ++k)
    drop_around(splits, blocks[k], roles);
}

crucible_status crucible_splits_roles(const crucible_splits *splits,
                                      uint64_t split, uint8_t *roles) {
  CRUCIBLE__TRY(check_split(splits, split));
  if (roles == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "roles is NULL: give a place for n roles");
  fill_roles(splits, split, roles);
  return CRUCIBLE_OK;
}

crucible_status crucible_splits_get(const crucible_splits *splits,
                                    uint64_t split, size_t *train,
                                    size_t *n_train, size_t *test,
                                    size_t *n_test) {
  CRUCIBLE__TRY(check_split(splits, split));
  if (n_train == NULL || n_test == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the number",
                          n_train == NULL ? "n_train" : "n_test");
  uint8_t *roles = crucible__alloc(splits->n, sizeof *roles);
  if (roles == NULL)
    return CRUCIBLE_E_NOMEM;
  fill_roles(splits, split, roles);
  size_t trains = 0, tests = 0;
  for (size_t i = 0; i < splits->n; ++i) {
    if (roles[i] == CRUCIBLE_ROLE_TRAIN) {
      if (train != NULL)
        train[trains] = i;
      ++trains;
    } else if (roles[i] == CRUCIBLE_ROLE_TEST) {
      if (test != NULL)
        test[tests] = i;
      ++tests;
    }
  }
  crucible__free(roles);
  *n_train = trains;
  *n_test = tests;
  return CRUCIBLE_OK;
}

crucible_status crucible_splits_test_folds(const crucible_splits *splits,
                                           uint64_t split,
                                           crucible_test_fold *folds,
                                           size_t capacity, size_t *n_folds) {
  CRUCIBLE__TRY(check_split(splits, split));
  const crucible_splits_options *o = &splits->options;
  const int is_walk = o->kind == CRUCIBLE_SPLITS_WALK_FORWARD;
  const uint32_t n = is_walk ? 1 : o->n_test_folds;
  uint32_t chosen[CRUCIBLE__COMBINATIONS_MAX];
  if (n_folds == NULL || (folds == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the result",
                          n_folds == NULL ? "n_folds" : "folds");
  if (capacity > 0 && capacity < n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "capacity is %zu: the split tests %u folds", capacity,
                          n);
  *n_folds = n;
  if (capacity == 0)
    return CRUCIBLE_OK;
  if (is_walk) {
    const block b = window_of(splits, split);
    folds[0] = (crucible_test_fold){(size_t)split, b.begin, b.end, 0};
    return CRUCIBLE_OK;
  }
  crucible__combination(o->n_folds, n, split, chosen);
  for (uint32_t k = 0; k < n; ++k)
    folds[k] = (crucible_test_fold){
        .fold = chosen[k],
        .begin = fold_begin(splits, chosen[k]),
        .end = fold_begin(splits, chosen[k] + 1),
        .path = crucible__combinations_before(o->n_folds, n, chosen, chosen[k]),
    };
  return CRUCIBLE_OK;
}
