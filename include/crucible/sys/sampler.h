/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sys/sampler.h
 * @brief Extension point: a sampler as a table of functions.
 *
 * Stable within a minor version only. A sampler holds options and never
 * changes; what it learns of one study is the state that open() makes for that
 * study. The study calls ask() on one thread at a time and checks the point
 * that comes back. To learn, ask() reads what has ended since it was called
 * last: crucible_study_finished().
 *
 * A point should depend on nothing but the seed, the trial's number and what
 * has been told, so that a search can be repeated.
 */
#ifndef CRUCIBLE_SYS_SAMPLER_H
#define CRUCIBLE_SYS_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/study.h>

CRUCIBLE_BEGIN_DECLS

/** What a sampler is asked for; the study fills it. */
typedef struct crucible_sampler_request {
  size_t struct_size;  /**< sizeof(crucible_sampler_request) */
  uint64_t number;     /**< of the trial */
  uint64_t seed;       /**< random, made from the study's seed and number */
  const double *fixed; /**< [n] values that were enqueued, NaN where free;
                             NULL: all free. The study puts them into the
                             point afterwards and draws what they make active */
} crucible_sampler_request;

/** Where a point came from; zeros beforehand. */
typedef struct crucible_sampler_origin {
  size_t struct_size;  /**< sizeof(crucible_sampler_origin) */
  uint64_t parents[2]; /**< [n_parents] numbers of trials */
  uint32_t n_parents;  /**< <= 2 */
  int32_t how;         /**< CRUCIBLE_BRED_* */
} crucible_sampler_origin;

/** A kind of sampler; the table must outlive the samplers made of it. */
typedef struct crucible_sampler_backend {
  size_t struct_size; /**< sizeof(crucible_sampler_backend) */
  const char *name;   /**< such as "genetic" */
  /** Makes the state for one study; NULL: none is needed. */
  crucible_status (*open)(const void *self, const crucible_study *study,
                          void **state);
  /** A point [n] of the study's space. Must not change the study. */
  crucible_status (*ask)(const void *self, void *state,
                         const crucible_study *study,
                         const crucible_sampler_request *request, double *point,
                         crucible_sampler_origin *origin);
  /** Frees the state; NULL: nothing to free. */
  void (*close)(const void *self, void *state);
  /** Frees self; NULL: nothing to free. */
  void (*destroy)(void *self);
} crucible_sampler_backend;

/**
 * Makes a sampler of a table.
 *
 * @param[in]  backend  Lent for the sampler's life.
 * @param[in]  self     Passed to each function; owned by the sampler from
 *                      success on.
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no name or ask, or a table of
 *                            another size.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sampler_create(const crucible_sampler_backend *backend, void *self,
                        crucible_sampler **sampler);

/**
 * Trials that have ended, in the order in which they did.
 *
 * @param[in]  study   Not NULL.
 * @param[in]  index   0 is the first that ended.
 * @param[out] number  Of the trial, or CRUCIBLE_TRIAL_NONE if fewer have.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_finished(
    const crucible_study *study, uint64_t index, uint64_t *number);

/**
 * Trials that are running, in the order of their numbers; the trial that is
 * asked for is among them unless it was enqueued.
 *
 * @param[in]  study   Not NULL.
 * @param[in]  index   0 is the first of them.
 * @param[out] number  Of the trial, or CRUCIBLE_TRIAL_NONE if fewer run.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_study_running(
    const crucible_study *study, uint64_t index, uint64_t *number);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SYS_SAMPLER_H */
