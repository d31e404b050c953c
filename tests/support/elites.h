/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of elites, and what is offered to them. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_ELITES_H
#define TESTS_SUPPORT_ELITES_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/genome.h>

#include "support/some_dna.h"

enum { STRANGERS = 40 };

typedef struct world {
  crucible_space *space;
  crucible_genome *strangers[STRANGERS]; /* not related, far apart */
} world;

static inline int set_up(void **state) {
  static world w;
  w.space = dna_space(8);
  for (uint64_t i = 0; i < STRANGERS; ++i)
    w.strangers[i] = dna_drawn(w.space, i);
  *state = &w;
  return 0;
}

static inline int tear_down(void **state) {
  world *w = *state;
  for (uint64_t i = 0; i < STRANGERS; ++i)
    crucible_genome_destroy(w->strangers[i]);
  crucible_space_destroy(w->space);
  return 0;
}

static inline crucible_elite elite(const crucible_genome *genome, int32_t label,
                                   uint32_t agent, double z, uint64_t bar) {
  crucible_elite e = {.struct_size = sizeof e,
                      .genome = genome,
                      .label = label,
                      .agent = agent,
                      .z = z,
                      .dsr = 0.5,
                      .n_bars = 2016,
                      .bar = bar};
  return e;
}

static inline crucible_elite_pool *make(const crucible_elite_options *o) {
  crucible_elite_pool *pool;
  assert_ok(crucible_elite_pool_create(o, &pool));
  return pool;
}

static inline crucible_elite member(const crucible_elite_pool *pool, size_t i) {
  crucible_elite e = {.struct_size = sizeof e};
  assert_ok(crucible_elite_pool_get(pool, i, &e));
  return e;
}

#define PROMOTED CRUCIBLE_ELITE_PROMOTED
#define TERMINATED CRUCIBLE_ELITE_TERMINATED
#define PROVISIONAL CRUCIBLE_ELITE_PROVISIONAL

#endif
