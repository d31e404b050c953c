/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep/compare.h"

#include "base/simd.h"

extern const crucible__compare_calls crucible__compare_baseline,
    crucible__compare_avx2, crucible__compare_avx512;

const crucible__compare_calls *crucible__compare_calls_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__compare);
}
