/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__BITS_H
#define CRUCIBLE__BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether [n] doubles are the same to the bit: a NaN is itself, 0 is not -0. */
static inline int crucible__same_bits(const double *a, const double *b,
                                      size_t n) {
  uint64_t differ = 0;
  for (size_t i = 0; i < n; ++i) {
    uint64_t x, y;
    memcpy(&x, &a[i], sizeof x);
    memcpy(&y, &b[i], sizeof y);
    differ |= x ^ y;
  }
  return differ == 0;
}

#endif
