/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/kd_scan.h"

#include "base/simd.h"

extern const crucible__kd_scan crucible__kd_scan_baseline[3];
extern const crucible__kd_scan crucible__kd_scan_avx2[3];
extern const crucible__kd_scan crucible__kd_scan_avx512[3];

const crucible__kd_scan *crucible__kd_scan_now(int32_t metric) {
#if CRUCIBLE__SIMD_X86
  static const crucible__kd_scan *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = crucible__kd_scan_baseline,
      [CRUCIBLE__SIMD_AVX2] = crucible__kd_scan_avx2,
      [CRUCIBLE__SIMD_AVX512] = crucible__kd_scan_avx512,
  };
  return &levels[crucible__simd_level()][metric - 1];
#else
  return &crucible__kd_scan_baseline[metric - 1];
#endif
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
