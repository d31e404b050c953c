/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/sys/pruner.h>

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/pruner_parts.h"
#include "study/study_state.h"

crucible_status crucible_pruner_create(const crucible_pruner_backend *backend,
                                       void *self, crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  if (backend == NULL || backend->struct_size != sizeof *backend)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "backend is NULL or its struct_size is not %zu",
                          sizeof *backend);
  if (backend->name == NULL || backend->should_prune == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backend.%s is NULL",
                          backend->name == NULL ? "name" : "should_prune");
  *pruner = crucible__alloc(1, sizeof **pruner);
  if (*pruner == NULL)
    return CRUCIBLE_E_NOMEM;
  **pruner = (crucible_pruner){backend, self};
  return CRUCIBLE_OK;
}

void crucible_pruner_destroy(crucible_pruner *pruner) {
  if (pruner == NULL)
    return;
  if (pruner->backend->destroy != NULL)
    pruner->backend->destroy(pruner->self);
  crucible__free(pruner);
}

crucible_status crucible__pruner_of(const crucible_pruner_backend *backend,
                                    const void *options, size_t size,
                                    crucible_pruner **pruner) {
  void *self = crucible__alloc(1, size);
  if (self == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(self, options, size);
  crucible_status status = crucible_pruner_create(backend, self, pruner);
  if (status != CRUCIBLE_OK)
    crucible__free(self);
  return status;
}

int crucible__is_first_in_interval(const crucible_trial *trial, uint32_t warmup,
                                   uint32_t interval) {
  if (trial->n_reports < 2)
    return 1;
  uint32_t step = trial->steps[trial->n_reports - 1];
  uint32_t start = (step - warmup) / interval * interval + warmup;
  return trial->steps[trial->n_reports - 2] < start;
}
