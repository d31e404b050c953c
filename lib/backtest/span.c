/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/span.h"

#include "base/simd.h"

extern const crucible__span_calls crucible__span_baseline;
extern const crucible__span_calls crucible__span_avx2;
extern const crucible__span_calls crucible__span_avx512;

const crucible__span_calls *crucible__span_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__span_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__span_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__span_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__span_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__span_baseline;
#endif
}
