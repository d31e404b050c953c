/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/combinations.h"

#include <assert.h>

uint64_t crucible__choose(uint32_t n, uint32_t k) {
  assert(n <= CRUCIBLE__COMBINATIONS_MAX);
  uint64_t count = 1;
  if (k > n)
    return 0;
  if (k > n - k)
    k = n - k;
  for (uint32_t i = 1; i <= k; ++i) { /* each quotient is a binomial itself */
    const uint64_t factor = n - k + i;
    count = count / i * factor + count % i * factor / i;
  }
  return count;
}

void crucible__combination(uint32_t n, uint32_t k, uint64_t index,
                           uint32_t *chosen) {
  uint32_t next = 0;
  for (uint32_t p = 0; p < k; ++p, ++next) {
    for (;; ++next) {
      const uint64_t with = crucible__choose(n - 1 - next, k - 1 - p);
      if (index < with)
        break;
      index -= with;
    }
    chosen[p] = next;
  }
}

uint64_t crucible__combinations_before(uint32_t n, uint32_t k,
                                       const uint32_t *chosen, uint32_t item) {
  uint64_t count = 0;
  uint32_t next = 0;
  int has = 0; /* item is among those that both begin with */
  for (uint32_t p = 0; p < k; ++p) {
    for (; next < chosen[p]; ++next) { /* what has next here comes before */
      const uint32_t left = k - 1 - p, above = n - 1 - next;
      if (has || next == item)
        count += crucible__choose(above, left);
      else if (item > next && left > 0)
        count += crucible__choose(above - 1, left - 1);
    }
    has |= chosen[p] == item;
    next = chosen[p] + 1;
  }
  return count;
}
