/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A factory on recorded bars for tests: BTCUSDT, 5 and 15 minutes, March 2023
 * (examples/data), with small windows so that a search takes a second or two.
 * Include after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_FACTORY_WORLD_H
#define TESTS_SUPPORT_FACTORY_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/crucible.h>

#include "support/statuses.h"

enum { WORLD_BARS = 4096, WORLD_LANES = 2, WORLD_ELITES = 3 };

typedef struct factory_lane {
  crucible_series *series;
  crucible_bars bars;
  double sigma[WORLD_BARS], volume[WORLD_BARS];
} factory_lane;

typedef struct factory_world {
  factory_lane lanes[WORLD_LANES]; /* 5 and 15 minutes */
  crucible_market markets[WORLD_LANES];
  crucible_instrument instrument;
  crucible_space *space;
  crucible_forge_options forge;
  crucible_factory_options options;
  crucible_genome *elite_genomes[WORLD_ELITES];
  crucible_elite elites[WORLD_ELITES];
  crucible_factory_request request; /* study 1, 3 places, all elites */
} factory_world;

void open_factory_world(factory_world *w);
void close_factory_world(factory_world *w);

/* For cmocka: the state is a world of the program. */
int set_up_factory_world(void **state);
int tear_down_factory_world(void **state);

/* The world's own options: a copy of a world has other parts than the first. */
crucible_factory_options factory_options_of(const factory_world *w);
crucible_factory *make_factory(const factory_world *w);

/* Getters that cannot fail here. */
crucible_search *search_in(const factory_world *w,
                           const crucible_factory *factory,
                           crucible_pool *pool);
crucible_search_report report_of_search(const crucible_search *search);
crucible_factory_trial trial_of(const crucible_search *search, uint64_t number);
crucible_replacement winner_of(const crucible_search *search, uint32_t index);
crucible_turned_down down_of(const crucible_search *search, uint64_t index);
crucible_lineage lineage_of(const crucible_genome *genome);
/* 1: it trades bars of 15 minutes, else of 5. */
int is_slow(const crucible_genome *genome);
/* 1: the same id. */
int is_same_genome(const crucible_genome *a, const crucible_genome *b);

#endif
