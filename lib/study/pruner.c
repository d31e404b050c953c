/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/sys/pruner.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
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
