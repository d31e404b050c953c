/* SPDX-License-Identifier: Apache-2.0 */
#include "math/eigenvectors.h"

#include "base/simd.h"
#include "math/eigenvectors_kernel.h"

extern const crucible__eigenvector_call crucible__eigenvectors_baseline;
extern const crucible__eigenvector_call crucible__eigenvectors_avx2;
extern const crucible__eigenvector_call crucible__eigenvectors_avx512;

static const crucible__eigenvector_call *call_now(void) {
  CRUCIBLE__SIMD_RETURN(crucible__eigenvectors);
}

int crucible__eigenvectors(double *a, size_t n, size_t stride, double *values,
                           double *vectors, double *scratch) {
  return (*call_now())(a, n, stride, values, vectors, scratch);
}
