/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/kd_scan.h"

#include "base/simd.h"

/* One for each metric. */
typedef crucible__kd_scan metrics[3];

extern const metrics crucible__kd_scan_baseline;
extern const metrics crucible__kd_scan_avx2;
extern const metrics crucible__kd_scan_avx512;

static const metrics *of_level(void) {
  CRUCIBLE__SIMD_RETURN(crucible__kd_scan);
}

const crucible__kd_scan *crucible__kd_scan_now(int32_t metric) {
  return &(*of_level())[metric - 1];
}

void crucible__kd_push_near(const crucible__kd_tree *tree,
                            const crucible__kd_scan *scan, const double *box,
                            const crucible__kd_node *of,
                            crucible__kd_node *stack, size_t *n_stack) {
  crucible__kd_node child[2];
  crucible__kd_children(of, child);
  for (int k = 0; k < 2; ++k)
    child[k].near =
        scan->apart(box, crucible__kd_box(tree, child[k].node), tree->dims);
  int last =
      child[0].near < child[1].near ||
              (child[0].near <= child[1].near &&
               tree->least_id[child[0].node] < tree->least_id[child[1].node])
          ? 0
          : 1;
  stack[(*n_stack)++] = child[1 - last];
  stack[(*n_stack)++] = child[last];
}
