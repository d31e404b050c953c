/* SPDX-License-Identifier: Apache-2.0 */
/* Choices of k out of n in lexicographic order, as itertools.combinations has
   them. n <= 62, where every count fits. */
#ifndef CRUCIBLE__COMBINATIONS_H
#define CRUCIBLE__COMBINATIONS_H

#include <stdint.h>

enum { CRUCIBLE__COMBINATIONS_MAX = 62 };

/* C(n, k); 0 if k > n. */
uint64_t crucible__choose(uint32_t n, uint32_t k);

/* Choice number index < C(n, k), ascending. */
void crucible__combination(uint32_t n, uint32_t k, uint64_t index,
                           uint32_t *chosen);

/* Of the choices before this one, how many have item among them. */
uint64_t crucible__combinations_before(uint32_t n, uint32_t k,
                                       const uint32_t *chosen, uint32_t item);

#endif
