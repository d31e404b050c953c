/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/span.h"

#include "base/simd.h"

extern const crucible__span_calls crucible__span_baseline, crucible__span_avx2,
    crucible__span_avx512;

const crucible__span_calls *crucible__span_calls_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__span);
}
