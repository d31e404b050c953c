/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sys/pruner.h
 * @brief Extension point: a pruner as a table of functions.
 *
 * Stable within a minor version only. A pruner holds options and never
 * changes: should_prune() is called from any number of threads at once.
 */
#ifndef CRUCIBLE_SYS_PRUNER_H
#define CRUCIBLE_SYS_PRUNER_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/study.h>

CRUCIBLE_BEGIN_DECLS

/** A kind of pruner; the table must outlive the pruners made of it. */
typedef struct crucible_pruner_backend {
  size_t struct_size; /**< sizeof(crucible_pruner_backend) */
  const char *name;   /**< such as "median" */
  /** Decides on a running trial. Must not change the study, and should read no
      other trial that runs: its reports come at any time. */
  crucible_status (*should_prune)(const void *self, const crucible_study *study,
                                  const crucible_trial *trial,
                                  int32_t *should_prune);
  /** Frees self; NULL: nothing to free. */
  void (*destroy)(void *self);
} crucible_pruner_backend;

/**
 * Makes a pruner of a table.
 *
 * @param[in]  backend  Lent for the pruner's life.
 * @param[in]  self     Passed to each function; owned by the pruner from
 *                      success on.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no name or should_prune, or a table
 *                            of another size.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_pruner_create(const crucible_pruner_backend *backend, void *self,
                       crucible_pruner **pruner);

/**
 * What the COMPLETE trials reported at exactly one step. Found by bisection.
 *
 * @param[in]  study       Not NULL.
 * @param[in]  step        The step.
 * @param[out] values      [n] ascending, without NaN; lent until the next tell.
 * @param[out] n           Their number.
 * @param[out] n_reported  The same with those that are NaN.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_study_at_step(const crucible_study *study, uint32_t step,
                       const double **values, size_t *n, size_t *n_reported);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SYS_PRUNER_H */
