/* SPDX-License-Identifier: Apache-2.0 */
/* A space of DNA and genomes from it, for tests of what is done with them. */
#ifndef TESTS_SUPPORT_SOME_DNA_H
#define TESTS_SUPPORT_SOME_DNA_H

#include <stdio.h>
#include <string.h>

#include <crucible/genome.h>

#include "support/an_instrument.h"
#include "support/statuses.h"

enum { DNA_POINT_MAX = 512, DNA_TEXT_MAX = 8192 };

static const int64_t dna_timeframes[] = {300000, 900000};

/* Everything that can be a gene is one. */
static inline crucible_space *
dna_space_on(const crucible_instrument *instrument, double mean_features) {
  crucible_genome_space_options o;
  crucible_genome_space_options_init(&o, sizeof o);
  o.instrument = instrument;
  o.timeframes_ms = dna_timeframes;
  o.n_timeframes = 2;
  o.has = CRUCIBLE_NEEDS_QUOTE_VOLUME | CRUCIBLE_NEEDS_TRADES |
          CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  o.mean_features = mean_features;
  crucible_space *space;
  assert_ok(crucible_genome_space_create(&o, &space));
  assert_true(crucible_space_count(space) < DNA_POINT_MAX);
  return space;
}

static inline crucible_space *dna_space(double mean_features) {
  crucible_instrument future = btcusdt_future();
  return dna_space_on(&future, mean_features);
}

static inline crucible_genome *dna_drawn(const crucible_space *space,
                                         uint64_t id) {
  crucible_genome *genome;
  assert_ok(crucible_genome_draw(space, 3, id, "BTCUSDT", &genome));
  return genome;
}

/* A child with its lineage; without parents a fresh draw. */
static inline crucible_genome *dna_child(const crucible_space *space,
                                         const crucible_genome *mother,
                                         const crucible_genome *father,
                                         uint64_t id) {
  double points[2][DNA_POINT_MAX], child[DNA_POINT_MAX];
  const double *parents[2] = {points[0], points[1]};
  const crucible_genome *from[2] = {mother, father};
  crucible_lineage lineage = {.struct_size = sizeof lineage,
                              .origin = CRUCIBLE_ORIGIN_DRAWN,
                              .trial = id};
  uint32_t n = 0;
  for (; n < 2 && from[n] != NULL; ++n) {
    crucible_lineage l = {.struct_size = sizeof l};
    assert_ok(crucible_genome_point(from[n], space, points[n]));
    assert_ok(crucible_genome_id(from[n], lineage.parents[n]));
    assert_ok(crucible_genome_lineage(from[n], &l));
    if (l.generation >= lineage.generation)
      lineage.generation = l.generation + 1;
  }
  lineage.n_parents = n;
  if (n > 0)
    lineage.origin = n == 1 ? CRUCIBLE_ORIGIN_MUTATED : CRUCIBLE_ORIGIN_CROSSED;
  crucible_genome *genome;
  assert_ok(crucible_genome_vary(space, parents, n, 5, id, child, NULL));
  assert_ok(crucible_genome_create(space, child, "BTCUSDT", &lineage, &genome));
  return genome;
}

static inline int dna_is_same(const crucible_genome *a,
                              const crucible_genome *b) {
  return strcmp(crucible_genome_json(a, 0), crucible_genome_json(b, 0)) == 0;
}

static inline crucible_genome *dna_parse(const char *text) {
  crucible_genome *genome;
  assert_ok(crucible_genome_parse(text, strlen(text), &genome));
  return genome;
}

/* Canonical. */
static const char dna_written[] =
    "{\"entry\":{\"kind\":\"limit\",\"offset_sigma\":0.25,\"quantile\":0.9,"
    "\"ttl_bars\":2},\"exit\":{\"quantile\":0.5,\"stop_sigma\":3,"
    "\"target_sigma\":4.5},\"features\":{\"RSI\":{\"timeperiod\":14},"
    "\"TAKER_IMBALANCE\":{}},\"horizon_bars\":12,\"model\":{\"kind\":"
    "\"xgboost\",\"params\":{\"colsample_bytree\":0.8,\"gamma\":0.5,"
    "\"grow_policy\":\"lossguide\",\"learning_rate\":0.05,\"max_bin\":64,"
    "\"max_leaves\":15,\"min_child_weight\":20,\"reg_alpha\":0.1,"
    "\"reg_lambda\":1,\"subsample\":0.7}},\"side\":\"long\",\"sizing\":{"
    "\"kind\":\"risk\",\"value\":0.01},\"symbol\":\"BTCUSDT\","
    "\"timeframe_ms\":300000,\"train\":{\"bars\":5000,\"horizon\":\"fixed\"},"
    "\"version\":1}";

/* Text with the first from replaced by to, in [DNA_TEXT_MAX]. */
static inline void dna_reword(const char *text, const char *from,
                              const char *to, char *out) {
  const char *at = strstr(text, from);
  assert_non_null(at);
  int n = snprintf(out, DNA_TEXT_MAX, "%.*s%s%s", (int)(at - text), text, to,
                   at + strlen(from));
  assert_in_range(n, 1, DNA_TEXT_MAX - 1);
}

#endif
