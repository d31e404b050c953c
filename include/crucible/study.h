/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/study.h
 * @brief Ask-and-tell search of a space: trials, samplers, pruners.
 *
 * A study asks for points, hears how they did and asks for better ones. Trial
 * numbers, states, enqueued trials and the median pruner have Optuna's
 * meanings. Points come in batches: crucible_study_ask() gives k trials that
 * know only what was told before, so a result does not depend on how many of
 * them run side by side, if they are told in order of their numbers after all
 * of them have ended.
 *
 * Threads: one at a time per study; but as long as no other function of the
 * study runs, crucible_study_report(), crucible_study_should_prune() and
 * crucible_study_trial() may be called from any number of threads at once, one
 * per trial. Samplers and pruners are never changed by a study: any number of
 * studies may use one.
 */
#ifndef CRUCIBLE_STUDY_H
#define CRUCIBLE_STUDY_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/space.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** States of a trial. */
enum {
  CRUCIBLE_TRIAL_RUNNING = 0,  /**< asked, not told */
  CRUCIBLE_TRIAL_COMPLETE = 1, /**< told with a value */
  CRUCIBLE_TRIAL_PRUNED = 2,   /**< stopped early */
  CRUCIBLE_TRIAL_FAILED = 3,   /**< ended without a value */
  CRUCIBLE_TRIAL_WAITING = 4   /**< enqueued, not asked yet */
};

/** Which values are better. */
enum { CRUCIBLE_MINIMIZE = 1, CRUCIBLE_MAXIMIZE = 2 };

/** Where a trial's point comes from. */
enum {
  CRUCIBLE_TRIAL_SAMPLED = 1,  /**< from the sampler */
  CRUCIBLE_TRIAL_ENQUEUED = 2, /**< crucible_study_enqueue() */
  CRUCIBLE_TRIAL_GIVEN = 3     /**< crucible_study_add_known() */
};

/** How a sampled point was made. */
enum {
  CRUCIBLE_BRED_NOT = 0,     /**< not sampled, or the sampler does not say */
  CRUCIBLE_BRED_DRAWN = 1,   /**< drawn anew */
  CRUCIBLE_BRED_MUTATED = 2, /**< from one parent */
  CRUCIBLE_BRED_CROSSED = 3  /**< from two parents */
};

/** No such trial. */
#define CRUCIBLE_TRIAL_NONE UINT64_MAX

/** A search. */
typedef struct crucible_study crucible_study;

/** Where points come from; own ones: crucible/sys/sampler.h. */
typedef struct crucible_sampler crucible_sampler;

/** What stops trials early; own ones: crucible/sys/pruner.h. */
typedef struct crucible_pruner crucible_pruner;

/** Options of a study; start from crucible_study_options_init(). */
typedef struct crucible_study_options {
  size_t struct_size;          /**< set by init */
  const crucible_space *space; /**< searched; lent for the study's life */
  int32_t direction; /**< CRUCIBLE_MAXIMIZE (default) or CRUCIBLE_MINIMIZE */
  uint32_t reserved; /**< 0 */
  uint64_t seed;     /**< of all that is random; default 1 */
  const crucible_sampler *sampler; /**< lent; NULL (default): random */
  const crucible_pruner *pruner; /**< lent; NULL (default): nothing is pruned */
} crucible_study_options;

/** A trial; set struct_size to sizeof before the call. */
typedef struct crucible_trial {
  size_t struct_size;    /**< set by the caller */
  uint64_t number;       /**< its place in the study, from 0 */
  int32_t state;         /**< CRUCIBLE_TRIAL_RUNNING ... */
  int32_t source;        /**< CRUCIBLE_TRIAL_SAMPLED ... */
  double value;          /**< NaN unless it has one */
  double violation;      /**< of constraints, > 0; 0: feasible */
  int32_t is_feasible;   /**< 1 unless a violation > 0 was told */
  int32_t how;           /**< CRUCIBLE_BRED_* */
  uint32_t n_parents;    /**< trials it was bred from, <= 2 */
  uint32_t reserved;     /**< 0 */
  uint64_t parents[2];   /**< [n_parents] their numbers */
  uint64_t duplicate_of; /**< first trial that had this point; its own number
                              if it is the first */
  const double *point;   /**< [n of the space] lent until the next ask, enqueue
                              or add_known; of a waiting trial NaN where the
                              sampler is going to choose */
  const uint32_t *steps; /**< [n_reports] ascending; lent until its next
                              report */
  const double *reports; /**< [n_reports] reported values */
  size_t n_reports;      /**< how many */
} crucible_trial;

/** A study in numbers; set struct_size to sizeof before the call. */
typedef struct crucible_study_summary {
  size_t struct_size;          /**< set by the caller */
  const crucible_space *space; /**< as given */
  int32_t direction;           /**< as given */
  uint32_t reserved;           /**< 0 */
  uint64_t seed;               /**< as given */
  uint64_t n_trials;           /**< all; the sum of the next five */
  uint64_t n_waiting;          /**< enqueued, not asked */
  uint64_t n_running;          /**< asked, not told */
  uint64_t n_complete;         /**< with a value, known ones included */
  uint64_t n_pruned;           /**< stopped early */
  uint64_t n_failed;           /**< without a value */
  uint64_t n_infeasible;       /**< finished ones that violate a constraint */
  uint64_t n_distinct;         /**< different points; one of a trial that waits
                                    counts once it is chosen in full */
} crucible_study_summary;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_study_options_init(crucible_study_options *options,
                                              size_t struct_size);

/**
 * A study without trials.
 *
 * @param[in]  options  Copied; what it points to is lent.
 * @param[out] study    NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a space without parameters, or a
 *                            direction that is none.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_create(
    const crucible_study_options *options, crucible_study **study);

/**
 * Frees a study.
 *
 * @param[in] study  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_study_destroy(crucible_study *study);

/**
 * Puts a point in the queue: the next asks take waiting trials first, oldest
 * first. A value that is not given is chosen by the sampler then; a given one
 * whose parameter turns out not to be active is not used.
 *
 * With skip_if_exists nothing happens if a trial in any state has the same
 * point in Optuna's sense: the same parameters (an enqueued trial counts with
 * those that were given, any other with its active ones), equal choices, and
 * numbers with |new - old| <= 1e-5 * |old|. It takes the same time however
 * many trials there are.
 *
 * Unlike Optuna, which warns and goes on, a value outside its range is refused:
 * a point outside the space has no meaning here.
 *
 * @param[in]  study           Not NULL; unchanged on failure.
 * @param[in]  point           [n of the space]; NaN where not active.
 * @param[in]  is_given        [n] 0 where the sampler is to choose; NULL: the
 *                             whole point is given.
 * @param[in]  skip_if_exists  1: not if it exists already.
 * @param[out] number          Of the new trial, or of the one that it equals;
 *                             may be NULL.
 * @retval CRUCIBLE_OK        Done, or skipped.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that the space refuses;
 *                            the text names it.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_enqueue(
    crucible_study *study, const double *point, const uint8_t *is_given,
    int32_t skip_if_exists, uint64_t *number);

/**
 * Adds a trial that ended elsewhere; it is COMPLETE and the sampler learns from
 * it.
 *
 * @param[in]  study      Not NULL; unchanged on failure.
 * @param[in]  point      [n of the space].
 * @param[in]  value      Its value; not NaN.
 * @param[in]  violation  As in crucible_study_tell().
 * @param[out] number     Of the trial; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a point outside the space, or a
 *                            value that is NaN.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_study_add_known(crucible_study *study, const double *point,
                         double value, double violation, uint64_t *number);

/**
 * A batch of trials to run: those that wait, in order of their numbers, then
 * new ones. They know nothing of each other but that their points are taken.
 *
 * @param[in]  study    Not NULL; unchanged on failure.
 * @param[in]  k        How many, >= 1.
 * @param[out] numbers  [k] of the trials, now RUNNING.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, k is 0, or the sampler gave a point
 *                            outside the space; the text names the parameter.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @return Otherwise what the sampler returned.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_study_ask(crucible_study *study, size_t k, uint64_t *numbers);

/**
 * Reports how a running trial does so far. A second report of the same step is
 * ignored. Steps may come in any order.
 *
 * @param[in] study   Not NULL.
 * @param[in] number  A running trial.
 * @param[in] step    Such as the number of folds done.
 * @param[in] value   NaN and infinities are allowed.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such trial.
 * @retval CRUCIBLE_E_STATE   It is not running.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_report(
    crucible_study *study, uint64_t number, uint32_t step, double value);

/**
 * Asks the pruner whether to stop a running trial. What other running trials
 * report does not matter, only what has been told.
 *
 * @param[in]  study         Not NULL.
 * @param[in]  number        A running trial.
 * @param[out] should_prune  1: stop it and tell CRUCIBLE_TRIAL_PRUNED.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such trial.
 * @retval CRUCIBLE_E_STATE   It is not running.
 * @return Otherwise what the pruner returned.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_should_prune(
    const crucible_study *study, uint64_t number, int32_t *should_prune);

/**
 * Ends a running trial.
 *
 * @param[in] study      Not NULL; unchanged on failure.
 * @param[in] number     A running trial.
 * @param[in] state      CRUCIBLE_TRIAL_COMPLETE, _PRUNED or _FAILED.
 * @param[in] value      Of a COMPLETE one, not NaN. Not read otherwise: a
 *                       PRUNED trial has the value of its last step (NaN if
 *                       there is none), a FAILED one has none.
 * @param[in] violation  By how much it violates constraints, in all; > 0 makes
 *                       it infeasible: never the best, and worse than any
 *                       feasible one as a parent. <= 0 or NaN: feasible.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such trial, a state that ends
 *                            nothing, or COMPLETE without a value.
 * @retval CRUCIBLE_E_STATE   The trial is not running.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_study_tell(crucible_study *study, uint64_t number, int32_t state,
                    double value, double violation);

/**
 * Number of trials, those that wait included.
 *
 * @param[in] study  NULL counts as empty.
 * @return The number; trials are 0 to that less one.
 * @since 0.1
 */
CRUCIBLE_API uint64_t crucible_study_count(const crucible_study *study);

/**
 * One trial.
 *
 * @param[in]     study   Not NULL.
 * @param[in]     number  Below crucible_study_count().
 * @param[in,out] trial   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such trial, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_trial(
    const crucible_study *study, uint64_t number, crucible_trial *trial);

/**
 * The best trial: COMPLETE and feasible; of equal ones the oldest.
 *
 * @param[in]  study   Not NULL.
 * @param[out] number  Of the trial.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STATE   There is none.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_study_best(const crucible_study *study, uint64_t *number);

/**
 * How many trials there are of each kind, and what the study was made with.
 *
 * @param[in]     study    Not NULL.
 * @param[in,out] summary  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_summarize(
    const crucible_study *study, crucible_study_summary *summary);

/**
 * The first trial that has a point, bit by bit (a trial that waits for values
 * has none). It takes the same time however many trials there are.
 *
 * @param[in]  study   Not NULL.
 * @param[in]  point   [n of the space].
 * @param[out] number  Of the trial, or CRUCIBLE_TRIAL_NONE.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_find(
    const crucible_study *study, const double *point, uint64_t *number);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_STUDY_H */
