/* SPDX-License-Identifier: Apache-2.0 */
#include "features/feature_kernel.h"

#include "base/simd.h"

extern const crucible__feature_kernel crucible__feature_kernel_baseline,
    crucible__feature_kernel_avx2, crucible__feature_kernel_avx512;

const crucible__feature_kernel *crucible__feature_kernel_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__feature_kernel);
}
