/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the room model that its files share. */
#ifndef CRUCIBLE__MODEL_KINDS_H
#define CRUCIBLE__MODEL_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/model.h>
#include <crucible/sys/model.h>

/* E_INVALID with the kinds there are, unless the kind is one. */
crucible_status crucible__model_kind(const char *kind,
                                     const crucible_model_backend **backend);

/* Checks all that crucible_model_fit() promises to check. */
crucible_status crucible__model_check_task(const crucible_model_task *task);
crucible_status
crucible__model_check_params(const crucible_model_backend *backend,
                             const double *params, size_t n_params);

/* E_INVALID unless each element is NaN or fits into single precision. */
crucible_status crucible__model_check_features(const char *name,
                                               const crucible_matrix *m);

/* What goes around a backend's bytes. */
typedef struct crucible__model_wrap {
  const crucible_model_backend *backend;
  uint32_t version;
  const uint8_t *payload; /* lent */
  size_t n_payload;
} crucible__model_wrap;

enum { CRUCIBLE__MODEL_HEAD = 56, CRUCIBLE__MODEL_TAIL = 32 };

/* Fills head and tail of bytes [n] around a payload that is there already. */
void crucible__model_wrap_bytes(const crucible_model_backend *backend,
                                uint8_t *bytes, size_t n);
crucible_status crucible__model_unwrap(const uint8_t *bytes, size_t n,
                                       crucible__model_wrap *wrap);

#endif
