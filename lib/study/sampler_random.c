/* SPDX-License-Identifier: Apache-2.0 */
/* Each point drawn on its own. */
#include "study/study_state.h"

static crucible_status ask(const void *self, void *state,
                           const crucible_study *study,
                           const crucible_sampler_request *request,
                           double *point, crucible_sampler_origin *origin) {
  (void)self;
  (void)state;
  origin->how = CRUCIBLE_BRED_DRAWN;
  return crucible_space_draw(study->space, request->seed, 0, point);
}

static const crucible_sampler_backend random_backend = {
    .struct_size = sizeof random_backend, .name = "random", .ask = ask};

const crucible_sampler crucible__random_sampler = {&random_backend, NULL};

crucible_status crucible_sampler_random(crucible_sampler **sampler) {
  return crucible_sampler_create(&random_backend, NULL, sampler);
}
