/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DNA codec: whatever is read is a genome that can be trained, and its
 * canonical text is read back to the byte, with the same id; a genome that lies
 * in the space passes through its point and has children, which are genomes at
 * a distance.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/genome.h>
#include <crucible/model.h>

#include "support/an_instrument.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(int holds) {
  if (!holds)
    abort();
}

static crucible_space *make_space(const crucible_instrument *instrument) {
  static const int64_t timeframes[] = {300000, 900000};
  crucible_genome_space_options options;
  crucible_space *space;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  options.has = CRUCIBLE_NEEDS_QUOTE_VOLUME | CRUCIBLE_NEEDS_TRADES |
                CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  require(crucible_genome_space_create(&options, &space) == CRUCIBLE_OK);
  return space;
}

static void check_same(const crucible_genome *a, const crucible_genome *b) {
  uint8_t x[CRUCIBLE_GENOME_ID_BYTES], y[CRUCIBLE_GENOME_ID_BYTES];
  require(strcmp(crucible_genome_json(a, 1), crucible_genome_json(b, 1)) == 0);
  require(crucible_genome_id(a, x) == CRUCIBLE_OK);
  require(crucible_genome_id(b, y) == CRUCIBLE_OK);
  require(memcmp(x, y, sizeof x) == 0);
}

static void check_child(const crucible_genome *genome,
                        const crucible_space *space, const double *point,
                        uint64_t id) {
  const double *parents[1] = {point};
  double distance;
  crucible_genome *born;
  double *child = malloc(crucible_space_count(space) * sizeof *child);
  require(child != NULL);
  require(crucible_genome_vary(space, parents, 1, 1, id, child, NULL) ==
          CRUCIBLE_OK);
  require(crucible_genome_create(space, child, "BTCUSDT", NULL, &born) ==
          CRUCIBLE_OK);
  require(crucible_genome_distance(genome, born, &distance) == CRUCIBLE_OK);
  require(distance > 0 && distance <= 1);
  require(crucible_genome_distance(genome, genome, &distance) == CRUCIBLE_OK);
  require(distance == 0);
  crucible_genome_destroy(born);
  free(child);
}

static void check_point(const crucible_genome *genome,
                        const crucible_space *space) {
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible_lineage lineage = {.struct_size = sizeof lineage};
  crucible_genome *back;
  double *point = malloc(crucible_space_count(space) * sizeof *point);
  require(point != NULL);
  require(crucible_genome_genes(genome, &genes) == CRUCIBLE_OK);
  require(crucible_genome_lineage(genome, &lineage) == CRUCIBLE_OK);
  if (crucible_genome_point(genome, space, point) == CRUCIBLE_OK) {
    require(crucible_genome_create(space, point, genes.symbol, &lineage,
                                   &back) == CRUCIBLE_OK);
    check_same(genome, back);
    crucible_genome_destroy(back);
    for (uint64_t id = 0; id < 4; ++id)
      check_child(genome, space, point, id);
  }
  free(point);
}

/* The genes hold what everything above relies on. */
static void check_genes(const crucible_genome *genome,
                        const crucible_instrument *instrument) {
  crucible_genes genes = {.struct_size = sizeof genes};
  require(crucible_genome_genes(genome, &genes) == CRUCIBLE_OK);
  require(genes.n_features >= 1 && genes.horizon_bars >= 1);
  require(genes.exit_quantile > 0 && genes.entry_quantile < 1 &&
          genes.exit_quantile <= genes.entry_quantile);
  genes.plan.theta_in = genes.plan.theta_out = 0;
  require(crucible_plan_check(&genes.plan, instrument, NULL) == CRUCIBLE_OK);
  for (uint32_t i = 0; i < genes.n_features; ++i) {
    size_t lookback;
    require(crucible_feature_lookback(&crucible_genome_features(genome)[i],
                                      &lookback) == CRUCIBLE_OK);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  crucible_instrument instrument = btcusdt_future();
  crucible_genome *genome, *back;
  if (crucible_genome_parse((const char *)data, n, &genome) != CRUCIBLE_OK) {
    require(genome == NULL && crucible_last_error()[0] != '\0');
    return 0;
  }
  const char *json = crucible_genome_json(genome, 1);
  require(crucible_genome_parse(json, strlen(json), &back) == CRUCIBLE_OK);
  check_same(genome, back);
  check_genes(genome, &instrument);
  crucible_space *space = make_space(&instrument);
  check_point(genome, space);
  crucible_space_destroy(space);
  crucible_genome_destroy(back);
  crucible_genome_destroy(genome);
  return 0;
}
