/* SPDX-License-Identifier: Apache-2.0 */
#include "features/feature_kernel.h"

#include "base/simd.h"

extern const crucible__feature_kernel crucible__feature_kernel_baseline;
extern const crucible__feature_kernel crucible__feature_kernel_avx2;
extern const crucible__feature_kernel crucible__feature_kernel_avx512;

const crucible__feature_kernel *crucible__feature_kernel_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__feature_kernel *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__feature_kernel_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__feature_kernel_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__feature_kernel_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__feature_kernel_baseline;
#endif
}
