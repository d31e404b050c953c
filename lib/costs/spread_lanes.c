/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/spread_lanes.h"

#include <math.h>

#include "base/simd.h"

extern const crucible__spread_calls crucible__spread_baseline;
extern const crucible__spread_calls crucible__spread_avx2;
extern const crucible__spread_calls crucible__spread_avx512;

const crucible__spread_calls *crucible__spread_calls_now(void) {
#if CRUCIBLE__SIMD_X86
  static const crucible__spread_calls *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = &crucible__spread_baseline,
      [CRUCIBLE__SIMD_AVX2] = &crucible__spread_avx2,
      [CRUCIBLE__SIMD_AVX512] = &crucible__spread_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return &crucible__spread_baseline;
#endif
}

double crucible__spread_far(double a, double b) { return log(a / b); }
