/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counter-based random streams: Philox4x32-10 (Salmon, Moraes, Dror, Shaw,
 * SC'11). A stream is named by (seed, purpose, id); its k-th block depends on
 * nothing else, so results do not depend on threads or on the order of calls.
 */
#ifndef CRUCIBLE__RNG_H
#define CRUCIBLE__RNG_H

#include <stdint.h>

#include "base/internal.h"

/* What a stream is for. Values are part of stored results: never renumber. */
enum {
  CRUCIBLE__RNG_GENOME = 1,  /* drawing and varying DNA */
  CRUCIBLE__RNG_MODEL = 2,   /* training of one model */
  CRUCIBLE__RNG_SAMPLER = 3, /* a study's sampler */
  CRUCIBLE__RNG_BOOTSTRAP = 4,
  CRUCIBLE__RNG_FORGE = 5,
  CRUCIBLE__RNG_GUARD = 6,         /* where guards cut */
  CRUCIBLE__RNG_EGARCH = 7,        /* futures and innovations of an EGARCH */
  CRUCIBLE__RNG_CLUSTER = 8,       /* first centres of clusters */
  CRUCIBLE__RNG_NULL_MARKET = 9,   /* a market without skill in it */
  CRUCIBLE__RNG_NULL_SIGNALS = 10, /* what is traded on it */
  CRUCIBLE__RNG_TEST = 1000
};

typedef struct crucible__rng {
  uint32_t key[2];     /* from seed */
  uint32_t counter[4]; /* block number (64 bits), id, purpose */
  uint32_t block[4];   /* present output */
  uint32_t used;       /* words of block handed out */
} crucible__rng;

/* One block of Philox4x32-10: the published function. */
CRUCIBLE__SHARED void crucible__philox4x32(const uint32_t counter[4],
                                           const uint32_t key[2],
                                           uint32_t out[4]);

/* purpose < 2^16, id < 2^48. */
CRUCIBLE__SHARED void crucible__rng_init(crucible__rng *rng, uint64_t seed,
                                         uint32_t purpose, uint64_t id);
CRUCIBLE__SHARED uint32_t crucible__rng_u32(crucible__rng *rng);
CRUCIBLE__SHARED uint64_t crucible__rng_u64(crucible__rng *rng);
/* Uniform in [0, 1), 53 bits. */
CRUCIBLE__SHARED double crucible__rng_uniform(crucible__rng *rng);
/* Uniform integer in [0, n), n >= 1, without modulo bias. */
CRUCIBLE__SHARED uint64_t crucible__rng_below(crucible__rng *rng, uint64_t n);
/* Standard normal (inverse distribution function of one uniform). */
CRUCIBLE__SHARED double crucible__rng_normal(crucible__rng *rng);

#endif
