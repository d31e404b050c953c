/* SPDX-License-Identifier: Apache-2.0 */
/* The Mersenne Twister, seeded and read as numpy.random.RandomState does. */
#ifndef CRUCIBLE__MT19937_H
#define CRUCIBLE__MT19937_H

#include <stdint.h>

enum { CRUCIBLE__MT_WORDS = 624 };

typedef struct crucible__mt19937 {
  uint32_t word[CRUCIBLE__MT_WORDS];
  uint32_t used;
} crucible__mt19937;

void crucible__mt_init(crucible__mt19937 *mt, uint32_t seed);

/* RandomState.random_sample(): in [0, 1), 53 bits. */
double crucible__mt_uniform(crucible__mt19937 *mt);

#endif
