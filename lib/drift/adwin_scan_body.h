/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at all cuts for the level a file is compiled for; SCAN_NAME names the
 * function. Only adwin_scan_baseline.c, adwin_scan_avx2.c and
 * adwin_scan_avx512.c include this.
 */
#include "drift/adwin_scan.h"

#include "base/lanes.h"

_Static_assert((int)CRUCIBLE__ADWIN_LANES == (int)CRUCIBLE__LANE_COUNT,
               "a vector holds as many cuts");

crucible__adwin_scan SCAN_NAME;

int SCAN_NAME(const crucible__adwin_plain *plain) {
  const crucible__lanes most = crucible__lanes_all(plain->most);
  const crucible__lanes allowance = crucible__lanes_all(plain->allowance);
  const crucible__lanes width = crucible__lanes_all(plain->width);
  const crucible__lanes total = crucible__lanes_all(plain->total);
  for (uint32_t k = 0; k < plain->n; k += CRUCIBLE__LANE_COUNT) {
    const crucible__lanes n0 = crucible__lanes_load(plain->widths + k);
    const crucible__lanes u0 = crucible__lanes_load(plain->sums + k);
    const crucible__lanes apart = crucible__lanes_add(
        crucible__lanes_abs(crucible__lanes_sub(
            crucible__lanes_mul(u0, width), crucible__lanes_mul(total, n0))),
        allowance);
    const uint32_t none = crucible__lanes_less(
        crucible__lanes_mul(apart, apart),
        crucible__lanes_mul(crucible__lanes_mul(n0, most),
                            crucible__lanes_sub(width, n0)));
    const uint32_t asked =
        plain->n - k < CRUCIBLE__LANE_COUNT ? (1u << (plain->n - k)) - 1 : 0xff;
    if ((none & asked) != asked)
      return 0;
  }
  return 1;
}
