/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/validation.h
 * @brief Which observations train and which test: walk-forward, purged k-fold
 * and combinatorial purged cross-validation of a time series.
 *
 * Splits are data: numbers of observations, 0 the oldest. A training
 * observation whose label looks into a test block is purged; with label
 * intervals by their times, with fixed counts by numbers. An object is used by
 * one thread at a time to create it and by any number to read it.
 */
#ifndef CRUCIBLE_VALIDATION_H
#define CRUCIBLE_VALIDATION_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Ways to split. */
enum {
  CRUCIBLE_SPLITS_WALK_FORWARD = 1, /**< train, then test what follows */
  CRUCIBLE_SPLITS_COMBINATORIAL = 2 /**< each choice of n_test_folds out of
                                         n_folds is tested once; with one test
                                         fold this is purged k-fold */
};

/** What an observation is in one split. */
enum {
  CRUCIBLE_ROLE_UNUSED = 0,   /**< outside of the split's windows */
  CRUCIBLE_ROLE_TRAIN = 1,    /**< trained on */
  CRUCIBLE_ROLE_TEST = 2,     /**< tested on */
  CRUCIBLE_ROLE_PURGED = 3,   /**< its label overlaps a test block */
  CRUCIBLE_ROLE_EMBARGOED = 4 /**< follows a test block too closely */
};

/** Options of crucible_splits_create(); start from
    crucible_splits_options_init(). */
typedef struct crucible_splits_options {
  size_t struct_size; /**< set by init */
  size_t purge;       /**< observations left out of training before and (where
                           training follows) after each test block; default 0 */
  size_t embargo;     /**< observations left out after a test block, behind what
                           is purged there; COMBINATORIAL only; default 0 */
  size_t train_size; /**< WALK_FORWARD: observations in a training window before
                           labels are looked at, >= 1 */
  size_t test_size;  /**< WALK_FORWARD: observations in a test window, >= 1 */
  size_t step; /**< WALK_FORWARD: from one test window to the next; 0 (default):
                    test_size */
  const int64_t *label_begin; /**< [n] when an observation's label begins, not
                                   descending, any unit; NULL (default): no
                                   labels */
  const int64_t *label_end;   /**< [n] when it ends, >= its beginning; given if
                                   and only if label_begin is */
  int32_t kind;               /**< CRUCIBLE_SPLITS_...; default COMBINATORIAL */
  int32_t
      is_anchored; /**< WALK_FORWARD: 1: training windows grow from the first
                            observation; 0 (default): they roll */
  int32_t takes_partial; /**< WALK_FORWARD: 1: a last test window that is cut
                              short counts; 0 (default): it does not */
  uint32_t n_folds;      /**< COMBINATORIAL: 2 to 62; default 10 */
  uint32_t n_test_folds; /**< COMBINATORIAL: 1 to n_folds - 1; default 2 */
  uint32_t reserved;     /**< 0 */
} crucible_splits_options;

/** One tested fold of a split. Frozen: no field will ever be added. */
typedef struct crucible_test_fold {
  size_t fold;   /**< its number among all folds; WALK_FORWARD: the split's */
  size_t begin;  /**< first observation */
  size_t end;    /**< behind the last one */
  uint64_t path; /**< the path of tests that it belongs to, from 0 */
} crucible_test_fold;

/** Splits of a series; owns copies of what it was made from. */
typedef struct crucible_splits crucible_splits;

/**
 * Numbers of splits and of paths of combinatorial cross-validation: C(N, k) and
 * k / N * C(N, k).
 *
 * @param[in]  n_folds       N, 2 to 62.
 * @param[in]  n_test_folds  k, 1 to N - 1.
 * @param[out] n_splits      Written only on success.
 * @param[out] n_paths       Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a number out of range.
 * @source Lopez de Prado (2018), Advances in Financial Machine Learning, 12.3.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_splits_combinations(uint32_t n_folds, uint32_t n_test_folds,
                             uint64_t *n_splits, uint64_t *n_paths);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_splits_options_init(crucible_splits_options *options,
                                               size_t struct_size);

/**
 * Splits of n observations.
 *
 * COMBINATORIAL: fold i holds observations i * (n / N) on, the last one the
 * remainder too. Splits are the choices of test folds in lexicographic order;
 * test folds side by side are one block. Before each block `purge` observations
 * do not train, behind it purge + embargo. With labels, an observation does not
 * train if its interval has a moment in common with that of a block, from the
 * block's first beginning to its last end, and the embargo counts from the
 * first observation behind the block whose label begins after that end (from
 * the block's own last observation with fixed counts).
 *
 * WALK_FORWARD: the first test window begins at train_size + purge, the next
 * ones a step later each; the training window is the train_size observations
 * (all, if anchored) that end `purge` before the test window. With labels,
 * those that reach into the test window do not train.
 *
 * @param[in]  n        Observations.
 * @param[in]  options  Not NULL for WALK_FORWARD, which has no default sizes;
 *                      NULL for the defaults.
 * @param[out] splits   NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, an option out of range, one that
 *                              the kind does not have, or labels that descend
 *                              or end before they begin.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer observations than folds, or than the first
 *                              split needs.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @retval CRUCIBLE_E_VERSION   @p options sets a field unknown to this library.
 * @source Lopez de Prado (2018), Advances in Financial Machine Learning, 7.4
 * and 12.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_splits_create(
    size_t n, const crucible_splits_options *options, crucible_splits **splits);

/**
 * Frees splits.
 *
 * @param[in] splits  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_splits_destroy(crucible_splits *splits);

/**
 * How many splits there are, and how many paths they make: runs through all of
 * the tested observations, each in the models that did not train on it.
 *
 * @param[in]  splits   Not NULL.
 * @param[out] n_splits At least 1.
 * @param[out] n_paths  May be NULL; 1 for WALK_FORWARD.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_splits_count(
    const crucible_splits *splits, uint64_t *n_splits, uint64_t *n_paths);

/**
 * What each observation is in a split.
 *
 * @param[in]  splits  Not NULL.
 * @param[in]  split   Below n_splits.
 * @param[out] roles   [n] CRUCIBLE_ROLE_..., written only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or no such split.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_splits_roles(
    const crucible_splits *splits, uint64_t split, uint8_t *roles);

/**
 * The observations of a split by number, ascending.
 *
 * @param[in]  splits   Not NULL.
 * @param[in]  split    Below n_splits.
 * @param[out] train    [n_train]; NULL if only the number is wanted. n places
 *                      are always enough.
 * @param[out] n_train  May be 0: purging can leave nothing.
 * @param[out] test     [n_test]; NULL if only the number is wanted.
 * @param[out] n_test   At least 1.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such split.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_splits_get(
    const crucible_splits *splits, uint64_t split, size_t *train,
    size_t *n_train, size_t *test, size_t *n_test);

/**
 * The tested folds of a split, oldest first, with the path of each: the number
 * of earlier splits that test the same fold. The folds of one path, put side by
 * side, are one test of the whole series.
 *
 * @param[in]  splits    Not NULL.
 * @param[in]  split     Below n_splits.
 * @param[out] folds     [capacity] written only on success; may be NULL if
 *                       capacity is 0.
 * @param[in]  capacity  0, or at least as many as the split tests.
 * @param[out] n_folds   How many it tests: n_test_folds, or 1.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such split, or a capacity that is
 *                            too small.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_splits_test_folds(
    const crucible_splits *splits, uint64_t split, crucible_test_fold *folds,
    size_t capacity, size_t *n_folds);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_VALIDATION_H */
