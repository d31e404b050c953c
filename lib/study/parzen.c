/* SPDX-License-Identifier: Apache-2.0 */
#include "study/parzen.h"

void crucible__parzen_init(crucible__parzen *p, const int32_t *kinds,
                           size_t n_axes, int keeps_age) {
  *p = (crucible__parzen){.kinds = kinds,
                          .n_axes = n_axes,
                          .is_line = !keeps_age && n_axes == 1 &&
                                     kinds[0] != CRUCIBLE__PARZEN_CHOICE};
}

void crucible__parzen_free(crucible__parzen *p) {
  if (p->is_line)
    crucible__line_free(&p->as.line);
  else
    crucible__joint_free(&p->as.joint);
}

crucible_status crucible__parzen_insert(crucible__parzen *p, size_t rank,
                                        const double *centres) {
  return p->is_line ? crucible__line_insert(p, rank, centres[0])
                    : crucible__joint_insert(p, rank, centres);
}

void crucible__parzen_remove(crucible__parzen *p, size_t rank,
                             const double *centres) {
  if (p->is_line)
    crucible__line_remove(p, rank, centres[0]);
  else
    crucible__joint_remove(p, rank);
}

void crucible__parzen_refresh(crucible__parzen *p, double floor_width) {
  if (p->is_line)
    crucible__line_refresh(p, floor_width);
  else
    crucible__joint_refresh(p, floor_width);
  p->floor_width = floor_width;
}

void crucible__parzen_add(const crucible__parzen *p,
                          const crucible__parzen_weights *weights,
                          crucible__parzen_query *queries, size_t n_queries) {
  const size_t n_blocks =
      (p->n + CRUCIBLE__PARZEN_LANES - 1) / CRUCIBLE__PARZEN_LANES;
  if (p->is_line)
    crucible__line_add(p, weights, queries, n_queries);
  else
    crucible__parzen_calls_now()->add(p->as.joint.blocks, n_blocks, p->kinds,
                                      p->n_axes, weights, queries, n_queries);
}
