/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/pbo_kernel.h"

#include "base/simd.h"

extern const crucible__pbo_calls crucible__pbo_baseline;
extern const crucible__pbo_calls crucible__pbo_avx2;
extern const crucible__pbo_calls crucible__pbo_avx512;

const crucible__pbo_calls *crucible__pbo_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__pbo_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__pbo_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__pbo_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__pbo_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__pbo_baseline;
#endif
}
