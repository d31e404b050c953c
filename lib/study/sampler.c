/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/sys/sampler.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/study_state.h"

crucible_status crucible_sampler_create(const crucible_sampler_backend *backend,
                                        void *self,
                                        crucible_sampler **sampler) {
  if (sampler == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sampler is NULL");
  *sampler = NULL;
  if (backend == NULL || backend->struct_size != sizeof *backend)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "backend is NULL or its struct_size is not %zu",
                          sizeof *backend);
  if (backend->name == NULL || backend->ask == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backend.%s is NULL",
                          backend->name == NULL ? "name" : "ask");
  *sampler = crucible__alloc(1, sizeof **sampler);
  if (*sampler == NULL)
    return CRUCIBLE_E_NOMEM;
  **sampler = (crucible_sampler){backend, self};
  return CRUCIBLE_OK;
}

void crucible_sampler_destroy(crucible_sampler *sampler) {
  if (sampler == NULL)
    return;
  if (sampler->backend->destroy != NULL)
    sampler->backend->destroy(sampler->self);
  crucible__free(sampler);
}
