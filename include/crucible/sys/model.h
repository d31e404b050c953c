/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sys/model.h
 * @brief Extension point: a kind of model as a table of functions.
 *
 * Stable within a minor version only. The library wraps a backend's bytes with
 * kind, version and checksum, checks arguments before it calls, and always
 * predicts with what load() made. Threads: fit() and load() from any thread at
 * once; predict() from any number of threads on one handle.
 */
#ifndef CRUCIBLE_SYS_MODEL_H
#define CRUCIBLE_SYS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/model.h>

CRUCIBLE_BEGIN_DECLS

/**
 * Takes the bytes of a trained model.
 *
 * @param bytes      [n_bytes], valid during the call.
 * @param n_bytes    Their number.
 * @param user_data  As given with the function.
 * @return 0, or non-zero to stop with CRUCIBLE_E_CALLBACK.
 */
typedef int32_t (*crucible_bytes_cb)(const void *bytes, size_t n_bytes,
                                     void *user_data);

/** A kind of model. Strings and table must outlive the library's use. */
typedef struct crucible_model_backend {
  size_t struct_size; /**< sizeof(crucible_model_backend) */
  const char *kind;   /**< such as "xgboost": 1 to 31 of a-z, 0-9, _ */
  uint32_t version;   /**< of the bytes that fit() makes */
  uint32_t reserved;  /**< 0 */
  /** [n_params] hyper-parameters; names without prefix, no conditions. */
  const crucible_param *params;
  size_t n_params; /**< how many */
  /** Trains on checked arguments and gives the bytes to sink. */
  crucible_status (*fit)(const double *params, const crucible_model_task *task,
                         crucible_model_report *report, crucible_bytes_cb sink,
                         void *sink_data);
  /** Makes a handle that predicts from bytes of the given version. */
  crucible_status (*load)(const void *bytes, size_t n_bytes, uint32_t version,
                          void **handle, size_t *n_cols);
  /** Predicts; a row's bits do not depend on the other rows. */
  crucible_status (*predict)(const void *handle,
                             const crucible_matrix *features, double *values);
  /** JSON members (without braces) that describe the handle; writes at most
      capacity bytes and returns the length needed. */
  size_t (*describe)(const void *handle, char *text, size_t capacity);
  /** Frees a handle. */
  void (*unload)(void *handle);
} crucible_model_backend;

/**
 * Adds a kind. Call it before any thread uses models.
 *
 * @param[in] backend  Lent for good.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or function, or a kind that is there
 *                            already.
 * @retval CRUCIBLE_E_STATE   No room for another kind (16).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_model_register(const crucible_model_backend *backend);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SYS_MODEL_H */
