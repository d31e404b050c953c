/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/model.h
 * @brief Models that learn a number from features, by kind.
 *
 * Kinds are function tables (crucible/sys/model.h); this release has
 * "xgboost". A model that predicts is always one that was loaded from its
 * bytes, also in the process that trained it, so that a restart changes no
 * bit. Training runs on the calling thread alone.
 *
 * Threads: a model may predict from any number of threads at once.
 */
#ifndef CRUCIBLE_MODEL_H
#define CRUCIBLE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/space.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** A trained model. */
typedef struct crucible_model crucible_model;

/** What to learn from; start from crucible_model_task_init(). */
typedef struct crucible_model_task {
  size_t struct_size;       /**< set by init */
  crucible_matrix features; /**< [rows x cols] training rows, any strides; NaN
                                  means missing, infinite is refused */
  const double *target;     /**< [rows] finite */
  const double *weight;     /**< [rows] >= 0, or NULL: all 1 */
  crucible_matrix valid_features; /**< [valid rows x cols] for early stopping;
                                       rows = 0: none, all rounds are used */
  const double *valid_target;     /**< [valid rows] finite */
  uint32_t max_rounds; /**< boosting rounds at most, >= 1; default 300 */
  uint32_t patience;   /**< rounds without a better validation error
                                  before it stops, >= 1; default 20 */
  uint64_t seed;       /**< of everything random in the training */
  const crucible_cancel *cancel; /**< NULL: cannot be cancelled; looked at
                                      after each round */
} crucible_model_task;

/** How a training went; set struct_size before the call. */
typedef struct crucible_model_report {
  size_t struct_size;   /**< set by the caller */
  uint32_t rounds;      /**< trained */
  uint32_t best_rounds; /**< kept: those up to the best validation error */
  double train_error;   /**< root mean square at best_rounds */
  double valid_error;   /**< likewise; NaN without validation rows */
} crucible_model_report;

/**
 * Fills a task with the defaults.
 *
 * @param[out] task         All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *task, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_model_task_init(crucible_model_task *task,
                                           size_t struct_size);

/**
 * Number of kinds of models.
 *
 * @return Constant within a build.
 * @since 0.1
 */
CRUCIBLE_API size_t crucible_model_kind_count(void);

/**
 * Name of kind number index.
 *
 * @param[in] index  Below crucible_model_kind_count().
 * @return A static string, or NULL for another number.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_model_kind_name(size_t index);

/**
 * Adds a kind's hyper-parameters to a space.
 *
 * @param[in]     kind    Such as "xgboost".
 * @param[in,out] space   Gets the parameters at its end.
 * @param[in]     prefix  Put before each name, such as "model.".
 * @param[in]     parent  As in crucible_param: -1 for always active.
 * @param[in]     parent_choices  As in crucible_param.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such kind, or names that are
 *                            there already.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_model_add_space(
    const char *kind, crucible_space *space, const char *prefix, int32_t parent,
    uint64_t parent_choices);

/**
 * Trains, and loads what was trained from its bytes.
 *
 * @param[in]     kind    Such as "xgboost".
 * @param[in]     params  [the kind's parameters, in the order in which
 *                        crucible_model_add_space() adds them] values.
 * @param[in]     n_params  How many they are.
 * @param[in]     task    What to learn from.
 * @param[out]    model   NULL on failure.
 * @param[in,out] report  struct_size in, the rest out; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, no such kind, or a value out of
 *                              range: the text names it.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than two training rows.
 * @retval CRUCIBLE_E_MODEL     The backend failed: the text is its own.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_model_fit(const char *kind, const double *params, size_t n_params,
                   const crucible_model_task *task, crucible_model **model,
                   crucible_model_report *report);

/**
 * Loads a model from its bytes.
 *
 * @param[in]  bytes    [n_bytes] as crucible_model_bytes() gave them.
 * @param[in]  n_bytes  Their number.
 * @param[out] model    NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_VERSION Made by a newer version.
 * @retval CRUCIBLE_E_MODEL   The bytes are damaged or not a model.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_model_load(const void *bytes, size_t n_bytes, crucible_model **model);

/**
 * Frees a model.
 *
 * @param[in] model  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_model_destroy(crucible_model *model);

/**
 * The bytes that make the model, lent until it ends.
 *
 * @param[in]  model    Not NULL.
 * @param[out] bytes    [n_bytes].
 * @param[out] n_bytes  Their number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_model_bytes(
    const crucible_model *model, const void **bytes, size_t *n_bytes);

/**
 * Predicts; a row's prediction has the same bits alone and among others.
 *
 * @param[in]  model     Not NULL.
 * @param[in]  features  [rows x cols] any strides; NaN means missing.
 * @param[out] values    [rows].
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, another number of columns than the
 *                            model was trained on, or an infinite feature.
 * @retval CRUCIBLE_E_MODEL   The backend failed.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_model_predict(const crucible_model *model,
                       const crucible_matrix *features, double *values);

/**
 * Describes a model as JSON: kind, rounds, columns, backend's version.
 *
 * @param[in]  model     Not NULL.
 * @param[out] text      [capacity] with a closing zero; NULL with capacity 0.
 * @param[in]  capacity  Room.
 * @param[out] length    Bytes needed without the closing zero.
 * @retval CRUCIBLE_OK        Done; cut off if length >= capacity.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_model_describe(
    const crucible_model *model, char *text, size_t capacity, size_t *length);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_MODEL_H */
