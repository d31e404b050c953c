/* SPDX-License-Identifier: Apache-2.0 */
#include "study/parzen_kernel.h"

#include "base/simd.h"

extern const crucible__parzen_calls crucible__parzen_baseline;
extern const crucible__parzen_calls crucible__parzen_avx2;
extern const crucible__parzen_calls crucible__parzen_avx512;

const crucible__parzen_calls *crucible__parzen_calls_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__parzen);
}
