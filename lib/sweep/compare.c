/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep/compare.h"

#include "base/simd.h"

extern const crucible__compare_calls crucible__compare_baseline;
extern const crucible__compare_calls crucible__compare_avx2;
extern const crucible__compare_calls crucible__compare_avx512;

const crucible__compare_calls *crucible__compare_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__compare_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__compare_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__compare_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__compare_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__compare_baseline;
#endif
}
