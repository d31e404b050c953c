/* SPDX-License-Identifier: Apache-2.0 */
#include "drift/adwin_scan.h"

#include "base/simd.h"

extern crucible__adwin_scan crucible__adwin_scan_baseline;
extern crucible__adwin_scan crucible__adwin_scan_avx2;
extern crucible__adwin_scan crucible__adwin_scan_avx512;

crucible__adwin_scan *crucible__adwin_scan_now(void) {
#if CRUCIBLE__SIMD_X86
  static crucible__adwin_scan *const levels[CRUCIBLE__SIMD_LEVELS] = {
      [CRUCIBLE__SIMD_BASELINE] = crucible__adwin_scan_baseline,
      [CRUCIBLE__SIMD_AVX2] = crucible__adwin_scan_avx2,
      [CRUCIBLE__SIMD_AVX512] = crucible__adwin_scan_avx512,
  };
  return levels[crucible__simd_level()];
#else
  return crucible__adwin_scan_baseline;
#endif
}
