/* SPDX-License-Identifier: Apache-2.0 */
#include "math/jet.h"

#include <math.h>

crucible__jet crucible__jet_exp(crucible__jet a) {
  const double value = exp(a.v);
  return crucible__jet_map(a, value, value, value);
}

crucible__jet crucible__jet_log(crucible__jet a) {
  return crucible__jet_map(a, log(a.v), 1 / a.v, -1 / (a.v * a.v));
}

crucible__jet crucible__jet_inverse(crucible__jet a) {
  const double value = 1 / a.v;
  return crucible__jet_map(a, value, -value * value, 2 * value * value * value);
}
