/* SPDX-License-Identifier: Apache-2.0 */
/* Options, points and JSON that make no genome, each refused by name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/genome.h>

#include "support/some_dna.h"

static void wrong_options_are_refused_by_name(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot();
  crucible_space *space;
  crucible_genome_space_options o;
#define FRESH()                                                                \
  crucible_genome_space_options_init(&o, sizeof o);                            \
  o.instrument = &spot;                                                        \
  o.timeframes_ms = dna_timeframes;                                            \
  o.n_timeframes = 2
#define REFUSED(part)                                                          \
  assert_fails(crucible_genome_space_create(&o, &space), CRUCIBLE_E_INVALID,   \
               part);                                                          \
  assert_null(space);                                                          \
  FRESH()
  FRESH();
  o.instrument = NULL;
  REFUSED("instrument");
  o.n_timeframes = 0;
  REFUSED("timeframes_ms");
  static const int64_t negative[] = {300000, -1}, twice[] = {60000, 60000};
  o.timeframes_ms = negative;
  REFUSED("timeframes_ms[1] is -1");
  o.timeframes_ms = twice;
  REFUSED("\"60000\" is there twice");
  o.min_horizon_bars = 0;
  REFUSED("min_horizon_bars 0");
  o.max_horizon_bars = 2;
  REFUSED("max_horizon_bars 2");
  o.min_train_bars = 50000;
  REFUSED("min_train_bars 50000");
  o.mean_features = 0;
  REFUSED("mean_features");
  o.units = 0;
  REFUSED("no feature is left");
#undef REFUSED
#undef FRESH
}

static void a_point_that_is_no_genome_is_told_from_a_wrong_one(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot();
  crucible_space *space = dna_space_on(&spot, 8);
  crucible_genome *genome = dna_drawn(space, 1), *other;
  double point[DNA_POINT_MAX];
  assert_ok(crucible_genome_point(genome, space, point));
  for (size_t i = 0; i < crucible_space_count(space); ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(space, i, &p));
    if (strncmp(p.name, "feature.", 8) == 0)
      point[i] = p.parent >= 0 ? (double)NAN : 0;
  }
  assert_fails(crucible_genome_create(space, point, "BTCUSDT", NULL, &other),
               CRUCIBLE_E_DOMAIN, "at least one");
  assert_null(other);
  point[0] = 7;
  assert_fails(crucible_genome_create(space, point, "BTCUSDT", NULL, &other),
               CRUCIBLE_E_INVALID, "timeframe_ms is 7");
  assert_ok(crucible_genome_point(genome, space, point));
  assert_fails(crucible_genome_create(space, point,
                                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL,
                                      &other),
               CRUCIBLE_E_INVALID, "symbol");
  crucible_lineage l = {.struct_size = sizeof l,
                        .origin = CRUCIBLE_ORIGIN_CROSSED,
                        .n_parents = 1};
  assert_fails(crucible_genome_create(space, point, "BTCUSDT", &l, &other),
               CRUCIBLE_E_INVALID, "lineage.parents has 1");
  crucible_genome_destroy(genome);
  crucible_space_destroy(space);
}

static void a_genome_outside_of_a_space_is_refused_by_gene(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot();
  crucible_space *space = dna_space_on(&spot, 8);
  static const struct {
    const char *from, *to, *part;
  } cases[] = {
      {"", "", NULL},
      {"\"RSI\":{\"timeperiod\":14}", "\"SMA\":{\"timeperiod\":14}",
       "feature.SMA"},
      {"\"RSI\":{\"timeperiod\":14}", "\"RSI\":{\"timeperiod\":300}",
       "feature.RSI.timeperiod is 300"},
      {"\"side\":\"long\"", "\"side\":\"long_short\"", "side"},
      {"\"kind\":\"risk\",\"value\":0.01", "\"kind\":\"cash\",\"value\":50",
       "sizing.kind"},
      {"\"timeframe_ms\":300000", "\"timeframe_ms\":60000", "timeframe_ms"},
      {"\"horizon_bars\":12", "\"horizon_bars\":100", "horizon_bars is 100"},
      {"\"quantile\":0.9,", "\"quantile\":0.901,", "entry.quantile is 0.901"},
      {"\"bars\":5000", "\"bars\":100", "train.bars is 100"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[DNA_TEXT_MAX];
    dna_reword(dna_written, cases[i].from, cases[i].to, text);
    crucible_genome *genome = dna_parse(text);
    double point[DNA_POINT_MAX];
    crucible_status status = crucible_genome_point(genome, space, point);
    if (cases[i].part == NULL)
      assert_ok(status);
    else
      assert_fails(status, CRUCIBLE_E_INVALID, cases[i].part);
    crucible_genome_destroy(genome);
  }
  crucible_space_destroy(space);
}

static void json_that_is_no_genome_is_refused_with_its_path(void **state) {
  (void)state;
  static const struct {
    const char *from, *to, *part;
    crucible_status status;
  } cases[] = {
      {"{\"entry\"", "[\"entry\"", "1", CRUCIBLE_E_DATA},
      {"\"version\":1", "\"version\":3", "version 3", CRUCIBLE_E_VERSION},
      {"\"version\":1", "\"version\":2", "\"refit\" is missing",
       CRUCIBLE_E_DATA},
      {"\"version\":1", "\"version\":2,\"refit\":\"never\"", "$.refit",
       CRUCIBLE_E_DATA},
      {"\"version\":1", "\"version\":1,\"refit\":\"retire\"", "refit",
       CRUCIBLE_E_DATA},
      {"\"version\":1", "\"version\":0", "$.version", CRUCIBLE_E_DATA},
      {",\"version\":1", "", "\"version\" is missing", CRUCIBLE_E_DATA},
      {"\"version\":1", "\"version\":1,\"colour\":2", "colour",
       CRUCIBLE_E_DATA},
      {"\"horizon_bars\":12,", "", "\"horizon_bars\" is missing",
       CRUCIBLE_E_DATA},
      {"\"horizon_bars\":12", "\"horizon_bars\":0", "$.horizon_bars",
       CRUCIBLE_E_DATA},
      {"\"horizon_bars\":12", "\"horizon_bars\":1.5", "$.horizon_bars",
       CRUCIBLE_E_DATA},
      {"\"horizon_bars\":12", "\"horizon_bars\":\"12\"", "$.horizon_bars",
       CRUCIBLE_E_DATA},
      {"\"horizon_bars\":12", "\"horizon_bars\":12,\"horizon_bars\":12",
       "horizon_bars", CRUCIBLE_E_DATA},
      {"\"kind\":\"limit\"", "\"kind\":\"iceberg\"", "$.entry.kind",
       CRUCIBLE_E_DATA},
      {"\"kind\":\"limit\"", "\"kind\":\"market\"", "offset_sigma",
       CRUCIBLE_E_DATA},
      {"\"offset_sigma\":0.25", "\"offset_sigma\":-1", "entry.offset_sigma",
       CRUCIBLE_E_DATA},
      {"\"quantile\":0.9,", "\"quantile\":1,", "entry.quantile is 1",
       CRUCIBLE_E_DATA},
      {"\"quantile\":0.5,", "\"quantile\":0.95,", "exit.quantile is 0.95",
       CRUCIBLE_E_DATA},
      {"\"stop_sigma\":3", "\"stop_sigma\":0", "$.exit.stop_sigma",
       CRUCIBLE_E_DATA},
      {"\"stop_sigma\":3,", "", "sizing by risk needs a stop", CRUCIBLE_E_DATA},
      {"\"value\":0.01", "\"value\":1.5", "sizing.value is 1.5",
       CRUCIBLE_E_DATA},
      {"\"value\":0.01", "\"value\":1e400", "too large", CRUCIBLE_E_DATA},
      {"\"value\":0.01", "\"value\":NaN", "", CRUCIBLE_E_DATA},
      {"\"RSI\"", "\"RSJ\"", "$.features.RSJ", CRUCIBLE_E_DATA},
      {"\"timeperiod\":14", "\"timeperiod\":1", "$.features.RSI.timeperiod",
       CRUCIBLE_E_DATA},
      {"\"timeperiod\":14", "\"timeperiod\":14.5", "features.RSI",
       CRUCIBLE_E_DATA},
      {"\"timeperiod\":14", "\"period\":14", "period", CRUCIBLE_E_DATA},
      {"\"features\":{\"RSI\":{\"timeperiod\":14},\"TAKER_IMBALANCE\":{}}",
       "\"features\":{}", "features is empty", CRUCIBLE_E_DATA},
      {"\"xgboost\"", "\"forest\"", "there are: xgboost", CRUCIBLE_E_DATA},
      {"\"subsample\":0.7", "\"subsample\":0.1", "$.model.params.subsample",
       CRUCIBLE_E_DATA},
      {",\"subsample\":0.7", "", "\"subsample\" is missing", CRUCIBLE_E_DATA},
      {"\"max_bin\":64", "\"max_bin\":64.5", "max_bin", CRUCIBLE_E_DATA},
      {"\"bars\":5000,\"horizon\":\"fixed\"",
       "\"bars\":5000,\"horizon\":\"expanding\"", "bars", CRUCIBLE_E_DATA},
      {"\"BTCUSDT\"", "\"\"", "symbol is empty", CRUCIBLE_E_DATA},
      {"\"BTCUSDT\"", "\"BTC\\nUSDT\"", "symbol", CRUCIBLE_E_DATA},
      {"\"BTCUSDT\"", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", "$.symbol",
       CRUCIBLE_E_DATA},
      {"\"timeframe_ms\":300000", "\"timeframe_ms\":0", "$.timeframe_ms",
       CRUCIBLE_E_DATA},
      {"\"version\":1}", "\"version\":1}}", "", CRUCIBLE_E_DATA},
      {"\"version\":1}", "\"version\":1", "", CRUCIBLE_E_DATA},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[DNA_TEXT_MAX];
    dna_reword(dna_written, cases[i].from, cases[i].to, text);
    crucible_genome *genome = (crucible_genome *)&genome;
    assert_fails(crucible_genome_parse(text, strlen(text), &genome),
                 cases[i].status, cases[i].part);
    assert_null(genome);
  }
  crucible_genome *genome;
  assert_fails(crucible_genome_parse("", 0, &genome), CRUCIBLE_E_DATA, "");
  assert_fails(crucible_genome_parse(NULL, 0, &genome), CRUCIBLE_E_INVALID,
               "text is NULL");
}

static void a_wrong_lineage_is_refused_with_its_path(void **state) {
  (void)state;
  static const struct {
    const char *lineage, *part;
  } cases[] = {
      {"{\"origin\":\"drawn\",\"parents\":[],\"study\":0,\"trial\":0}", NULL},
      {"{\"generation\":1,\"origin\":\"drawn\",\"parents\":[],\"study\":0,"
       "\"trial\":0}",
       "lineage.generation is 1"},
      {"{\"generation\":0,\"origin\":\"drawn\",\"parents\":[],\"study\":0,"
       "\"trial\":0}",
       "$.lineage.generation"},
      {"{\"origin\":\"born\",\"parents\":[],\"study\":0,\"trial\":0}",
       "$.lineage.origin"},
      {"{\"origin\":\"mutated\",\"parents\":[],\"study\":0,\"trial\":0}",
       "lineage.parents has 0, mutated has 1"},
      {"{\"origin\":\"mutated\",\"parents\":[\"00\"],\"study\":0,\"trial\":0}",
       "$.lineage.parents[0]"},
      {"{\"origin\":\"drawn\",\"parents\":[],\"study\":-1,\"trial\":0}",
       "$.lineage.study"},
      {"{\"origin\":\"drawn\",\"parents\":[],\"trial\":0}",
       "\"study\" is missing"},
      {"{\"origin\":\"drawn\",\"parents\":[],\"study\":0,\"trial\":0,\"x\":1}",
       "x"},
      {"7", "$.lineage"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[DNA_TEXT_MAX];
    snprintf(text, sizeof text, "{\"genes\":%s,\"lineage\":%s}", dna_written,
             cases[i].lineage);
    crucible_genome *genome;
    crucible_status status = crucible_genome_parse(text, strlen(text), &genome);
    if (cases[i].part == NULL)
      assert_ok(status);
    else
      assert_fails(status, CRUCIBLE_E_DATA, cases[i].part);
    crucible_genome_destroy(genome);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wrong_options_are_refused_by_name),
      cmocka_unit_test(a_point_that_is_no_genome_is_told_from_a_wrong_one),
      cmocka_unit_test(a_genome_outside_of_a_space_is_refused_by_gene),
      cmocka_unit_test(json_that_is_no_genome_is_refused_with_its_path),
      cmocka_unit_test(a_wrong_lineage_is_refused_with_its_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
