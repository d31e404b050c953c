/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look at all cuts of a window, eight at a time: one function per vector
 * level, compiled from adwin_scan_body.h, all with the same result.
 */
#ifndef CRUCIBLE__ADWIN_SCAN_H
#define CRUCIBLE__ADWIN_SCAN_H

#include <stdint.h>

enum { CRUCIBLE__ADWIN_LANES = 8 };

typedef struct crucible__adwin_plain {
  const double *sums, *widths; /* [n and LANES - 1 more, of any kind] of the
                                  values before each cut */
  uint32_t n;
  double total, width;    /* of the window */
  double most, allowance; /* see the test */
} crucible__adwin_plain;

/* Whether (|u0 width - total n0| + allowance)^2 < most n0 (width - n0) at every
   cut. */
typedef int crucible__adwin_scan(const crucible__adwin_plain *plain);

/* That of the level that holds now. */
crucible__adwin_scan *crucible__adwin_scan_now(void);

#endif
