/* SPDX-License-Identifier: Apache-2.0 */
#include "math/spectrum_kernel.h"

#include "base/simd.h"

extern const crucible__spectrum_calls crucible__spectrum_baseline;
extern const crucible__spectrum_calls crucible__spectrum_avx2;
extern const crucible__spectrum_calls crucible__spectrum_avx512;

const crucible__spectrum_calls *crucible__spectrum_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__spectrum_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__spectrum_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__spectrum_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__spectrum_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__spectrum_baseline;
#endif
}
