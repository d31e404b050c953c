/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logarithm of a ratio of neighbouring prices, for numbers of any kind num,
 * as of costs/spread_edge_body.h; may be included for several kinds, with another
 * name log_of_near for each.
 *
 * Prices a and b differ little, and then log(a / b) = 2 atanh(z),
 * z = (a - b) / (a + b), is exact to the last digits of the logarithm itself:
 * a - b has no rounding error.
 */
static inline num log_of_near(num z) {
  const num s = mul(z, z);
  num sum = add(mul(s, all(1. / 15)), all(1. / 13));
  sum = add(mul(sum, s), all(1. / 11));
  sum = add(mul(sum, s), all(1. / 9));
  sum = add(mul(sum, s), all(1. / 7));
  sum = add(mul(sum, s), all(1. / 5));
  sum = add(mul(sum, s), all(1. / 3));
  return mul(all(2), add(z, mul(z, mul(s, sum))));
}
