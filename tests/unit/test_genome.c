/* SPDX-License-Identifier: Apache-2.0 */
/* Genomes as JSON and as points, their ids and lineage, and the space of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/genome.h>
#include <crucible/model.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/some_dna.h"

static void assert_same_genome(const crucible_genome *a,
                               const crucible_genome *b) {
  uint8_t x[CRUCIBLE_GENOME_ID_BYTES], y[CRUCIBLE_GENOME_ID_BYTES];
  assert_string_equal(crucible_genome_json(a, 1), crucible_genome_json(b, 1));
  assert_ok(crucible_genome_id(a, x));
  assert_ok(crucible_genome_id(b, y));
  assert_memory_equal(x, y, sizeof x);
}

/* The id is what sha256sum prints for that text, cut to 32 digits. */
static void canonical_json_comes_back_to_the_byte(void **state) {
  (void)state;
  static const uint8_t expected[CRUCIBLE_GENOME_ID_BYTES] = {
      0x27, 0x44, 0x63, 0xb1, 0x2d, 0x58, 0xad, 0xee,
      0xdf, 0x9c, 0x61, 0x64, 0x8c, 0x81, 0x8e, 0xe9};
  crucible_genome *genome = dna_parse(dna_written);
  assert_string_equal(crucible_genome_json(genome, 0), dna_written);
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
  assert_ok(crucible_genome_id(genome, id));
  assert_memory_equal(id, expected, sizeof id);

  crucible_genes g = {.struct_size = sizeof g};
  assert_ok(crucible_genome_genes(genome, &g));
  assert_string_equal(g.symbol, "BTCUSDT");
  assert_string_equal(g.model_kind, "xgboost");
  assert_int_equal(g.timeframe_ms, 300000);
  assert_int_equal(g.horizon_bars, 12);
  assert_int_equal(g.plan.horizon_bars, 12);
  assert_int_equal(g.plan.side, CRUCIBLE_SIDE_LONG);
  assert_int_equal(g.plan.entry, CRUCIBLE_ENTRY_LIMIT);
  assert_int_equal(g.plan.limit_ttl_bars, 2);
  assert_same_bits(g.plan.limit_offset_sigma, 0.25);
  assert_same_bits(g.plan.stop_sigma, 3);
  assert_same_bits(g.plan.target_sigma, 4.5);
  assert_int_equal(g.plan.sizing, CRUCIBLE_SIZE_RISK);
  assert_same_bits(g.plan.sizing_value, 0.01);
  assert_true(isnan(g.plan.theta_in) && isnan(g.plan.theta_out));
  assert_int_equal(g.train_horizon, CRUCIBLE_HORIZON_FIXED);
  assert_int_equal(g.train_bars, 5000);
  assert_int_equal(g.n_features, 2);
  const crucible_feature_spec *f = crucible_genome_features(genome);
  assert_string_equal(f[0].name, "RSI");
  assert_same_bits(f[0].params[0], 14);
  assert_string_equal(f[1].name, "TAKER_IMBALANCE");
  assert_int_equal(g.n_model_params, 10);
  assert_same_bits(crucible_genome_model_params(genome)[0], 1); /* lossguide */
  assert_same_bits(crucible_genome_model_params(genome)[1], 15);
  crucible_lineage l = {.struct_size = sizeof l};
  assert_ok(crucible_genome_lineage(genome, &l));
  assert_int_equal(l.origin, CRUCIBLE_ORIGIN_GIVEN);
  crucible_genome_destroy(genome);
}

static void another_spelling_is_the_same_genome(void **state) {
  (void)state;
  /* other order, blanks, numbers written otherwise, a default left out */
  static const char other[] =
      " {\"version\": 1, \"train\": {\"horizon\": \"fixed\", \"bars\": 5e3},\n"
      "\"timeframe_ms\": 3e5, \"symbol\": \"BTC\\u0055SDT\", \"sizing\":"
      "{\"value\": 1e-2, \"kind\": \"risk\"}, \"side\": \"long\", \"model\": {"
      "\"params\": {\"subsample\": 0.70, \"reg_lambda\": 1.0, \"reg_alpha\":"
      "0.1, \"min_child_weight\": 20, \"max_leaves\": 15, \"max_bin\": 64, "
      "\"learning_rate\": 5e-2, \"grow_policy\": \"lossguide\", \"gamma\": 0.5,"
      "\"colsample_bytree\": 0.8}, \"kind\": \"xgboost\"}, \"horizon_bars\": "
      "12, \"features\": {\"TAKER_IMBALANCE\": {}, \"RSI\": {}}, \"exit\": {"
      "\"target_sigma\": 4.5, \"stop_sigma\": 3.0, \"quantile\": 0.5}, "
      "\"entry\": {\"ttl_bars\": 2, \"quantile\": 0.9, \"offset_sigma\": 0.25,"
      "\"kind\": \"limit\"}}\n";
  crucible_genome *a = dna_parse(dna_written), *b = dna_parse(other);
  assert_same_genome(a, b);
  crucible_genome_destroy(a);
  crucible_genome_destroy(b);
}

static void minus_zero_is_spelt_zero(void **state) {
  (void)state;
  static const char *const zeros[] = {"0", "-0", "-0.0", "0e7"};
  char text[DNA_TEXT_MAX], zero[32];
  for (int i = 0; i < 4; ++i) {
    snprintf(zero, sizeof zero, "\"offset_sigma\":%s", zeros[i]);
    dna_reword(dna_written, "\"offset_sigma\":0.25", zero, text);
    crucible_genome *genome = dna_parse(text);
    assert_non_null(
        strstr(crucible_genome_json(genome, 0), "\"offset_sigma\":0,"));
    crucible_genome_destroy(genome);
  }
}

static void lineage_is_kept_and_is_not_part_of_the_id(void **state) {
  (void)state;
  char text[DNA_TEXT_MAX];
  snprintf(text, sizeof text,
           "{\"genes\":%s,\"lineage\":{\"generation\":3,\"origin\":"
           "\"crossed\",\"parents\":["
           "\"000102030405060708090a0b0c0d0e0f\","
           "\"f0e0d0c0b0a090807060504030201000\"],\"study\":7,\"trial\":9}}",
           dna_written);
  crucible_genome *a = dna_parse(dna_written), *b = dna_parse(text);
  assert_string_equal(crucible_genome_json(b, 1), text);
  assert_string_equal(crucible_genome_json(b, 0), dna_written);
  uint8_t x[CRUCIBLE_GENOME_ID_BYTES], y[CRUCIBLE_GENOME_ID_BYTES];
  assert_ok(crucible_genome_id(a, x));
  assert_ok(crucible_genome_id(b, y));
  assert_memory_equal(x, y, sizeof x);
  crucible_lineage l = {.struct_size = sizeof l};
  assert_ok(crucible_genome_lineage(b, &l));
  assert_int_equal(l.origin, CRUCIBLE_ORIGIN_CROSSED);
  assert_int_equal(l.n_parents, 2);
  assert_int_equal(l.generation, 3);
  assert_int_equal(l.parents[0][15], 0x0f);
  assert_int_equal(l.parents[1][0], 0xf0);
  assert_int_equal(l.study, 7);
  assert_int_equal(l.trial, 9);
  crucible_genome_destroy(a);
  crucible_genome_destroy(b);
}

/* Version 2 has the refit gene: DNA that refits is told as version 1 had it, so
   that it keeps its id. */
static void dna_of_version_1_refits_and_keeps_its_id(void **state) {
  (void)state;
  char retiring[DNA_TEXT_MAX], refitting[DNA_TEXT_MAX], canonical[DNA_TEXT_MAX];
  size_t n = strlen(dna_written) - strlen("\"version\":1}");
  snprintf(retiring, sizeof retiring, "%.*s\"refit\":\"retire\",\"version\":2}",
           (int)n, dna_written);
  snprintf(refitting, sizeof refitting,
           "%.*s\"refit\":\"refit\",\"version\":2}", (int)n, dna_written);
  const char *side = strstr(dna_written, "\"side\"");
  assert_non_null(side);
  snprintf(canonical, sizeof canonical,
           "%.*s\"refit\":\"retire\",%.*s\"version\":2}",
           (int)(side - dna_written), dna_written,
           (int)(dna_written + n - side), side);
  crucible_genome *one = dna_parse(dna_written), *two = dna_parse(refitting),
                  *other = dna_parse(retiring);
  assert_same_genome(one, two);
  assert_string_equal(crucible_genome_json(two, 0), dna_written);
  assert_string_equal(crucible_genome_json(other, 0), canonical);
  crucible_genes g = {.struct_size = sizeof g};
  assert_ok(crucible_genome_genes(one, &g));
  assert_int_equal(g.refit, CRUCIBLE_REFIT_REFIT);
  assert_ok(crucible_genome_genes(other, &g));
  assert_int_equal(g.refit, CRUCIBLE_REFIT_RETIRE);
  uint8_t x[CRUCIBLE_GENOME_ID_BYTES], y[CRUCIBLE_GENOME_ID_BYTES];
  assert_ok(crucible_genome_id(one, x));
  assert_ok(crucible_genome_id(other, y));
  assert_memory_not_equal(x, y, sizeof x);
  crucible_genome_destroy(one);
  crucible_genome_destroy(two);
  crucible_genome_destroy(other);
}

/* A point's value by name; 0 where it is not active. */
static double value_of(const crucible_space *space, const double *point,
                       const char *name) {
  size_t i;
  assert_ok(crucible_space_find(space, name, &i));
  return isnan(point[i]) ? 0 : point[i];
}

/* Each gene holds the value that was drawn for it. */
static void check_against_draw(const crucible_space *space, uint64_t id,
                               const crucible_genome *genome) {
  double point[DNA_POINT_MAX];
  assert_ok(crucible_space_draw(space, 3, id, point));
  crucible_genes g = {.struct_size = sizeof g};
  assert_ok(crucible_genome_genes(genome, &g));
  const crucible_plan *p = &g.plan;
#define DRAWN(name) value_of(space, point, name)
  assert_int_equal(g.timeframe_ms, dna_timeframes[(int)DRAWN("timeframe_ms")]);
  assert_int_equal(p->side, 1 + (int)DRAWN("side"));
  assert_int_equal(p->entry, 1 + (int)DRAWN("entry.kind"));
  assert_int_equal(g.horizon_bars, (int)DRAWN("horizon_bars"));
  assert_same_bits(g.entry_quantile, DRAWN("entry.quantile"));
  assert_same_bits(g.exit_quantile, DRAWN("exit.quantile"));
  assert_same_bits(p->limit_offset_sigma, DRAWN("entry.offset_sigma"));
  assert_int_equal(p->limit_ttl_bars, p->entry == CRUCIBLE_ENTRY_MARKET
                                          ? 1
                                          : (int)DRAWN("entry.ttl_bars"));
  assert_same_bits(p->stop_sigma, DRAWN("exit.stop_sigma"));
  assert_same_bits(p->target_sigma, DRAWN("exit.target_sigma"));
  assert_same_bits(p->sizing_value,
                   DRAWN("sizing.fraction") + DRAWN("sizing.risk"));
  assert_int_equal(p->sizing == CRUCIBLE_SIZE_RISK, DRAWN("exit.stop") == 2);
  assert_int_equal(g.train_horizon, 1 + (int)DRAWN("train.horizon"));
  assert_int_equal(g.refit, 1 + (int)DRAWN("refit.policy"));
  assert_int_equal(g.train_bars, (int)DRAWN("train.bars"));
  assert_same_bits(crucible_genome_model_params(genome)[2],
                   DRAWN("model.xgboost.learning_rate"));
  for (uint32_t i = 0; i < g.n_features; ++i) {
    const crucible_feature_spec *f = &crucible_genome_features(genome)[i];
    crucible_feature_info info = {.struct_size = sizeof info};
    assert_ok(crucible_feature_find(f->name, &info));
    for (uint32_t j = 0; j < info.n_params; ++j) {
      char name[128];
      snprintf(name, sizeof name, "feature.%s.%s", f->name,
               info.params[j].name);
      assert_same_bits(f->params[j], DRAWN(name));
    }
  }
#undef DRAWN
}

static void drawn_genomes_pass_through_json_and_point(void **state) {
  (void)state;
  crucible_instrument future = btcusdt_future();
  crucible_space *space = dna_space_on(&future, 8);
  size_t n = crucible_space_count(space), features = 0;
  size_t seen[4] = {0}, risk = 0, short_too = 0, coarse = 0, fixed = 0;
  enum { DRAWS = 500 };
  for (uint64_t id = 0; id < DRAWS; ++id) {
    crucible_genome *genome = dna_drawn(space, id);
    const char *json = crucible_genome_json(genome, 1);
    crucible_genome *back = dna_parse(json);
    assert_same_genome(genome, back);
    check_against_draw(space, id, genome);

    double point[DNA_POINT_MAX];
    assert_ok(crucible_genome_point(genome, space, point));
    crucible_lineage l = {.struct_size = sizeof l};
    assert_ok(crucible_genome_lineage(genome, &l));
    assert_int_equal(l.trial, id);
    crucible_genome *again;
    assert_ok(crucible_genome_create(space, point, "BTCUSDT", &l, &again));
    assert_same_genome(genome, again);
    double once_more[DNA_POINT_MAX];
    assert_ok(crucible_genome_point(again, space, once_more));
    assert_same_bits_n(once_more, point, n);

    crucible_genes g = {.struct_size = sizeof g};
    assert_ok(crucible_genome_genes(genome, &g));
    assert_true(g.n_features >= 1);
    features += g.n_features;
    ++seen[g.plan.entry];
    risk += g.plan.sizing == CRUCIBLE_SIZE_RISK;
    short_too += g.plan.side == CRUCIBLE_SIDE_LONG_SHORT;
    coarse += g.timeframe_ms == 900000;
    fixed += g.train_horizon == CRUCIBLE_HORIZON_FIXED;
    assert_ok(crucible_instrument_check(&future));
    g.plan.theta_in = g.plan.theta_out = 0;
    assert_ok(crucible_plan_check(&g.plan, &future, NULL));
    crucible_genome_destroy(again);
    crucible_genome_destroy(back);
    crucible_genome_destroy(genome);
  }
  /* 8 expected, standard deviation of the mean below 0.13 */
  assert_in_range(features, 7.4 * DRAWS, 8.6 * DRAWS);
  for (int i = 1; i <= 3; ++i)
    assert_in_range(seen[i], DRAWS / 3 - 50, DRAWS / 3 + 50);
  assert_in_range(risk, DRAWS / 3 - 50, DRAWS / 3 + 50);
  assert_in_range(short_too, DRAWS / 2 - 50, DRAWS / 2 + 50);
  assert_in_range(coarse, DRAWS / 2 - 50, DRAWS / 2 + 50);
  assert_in_range(fixed, DRAWS / 2 - 50, DRAWS / 2 + 50);
  crucible_space_destroy(space);
}

static void the_same_draw_gives_the_same_genome(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot();
  crucible_space *a = dna_space_on(&spot, 8), *b = dna_space_on(&spot, 8);
  for (uint64_t id = 0; id < 20; ++id) {
    crucible_genome *x = dna_drawn(a, id), *y = dna_drawn(b, id),
                    *z = dna_drawn(a, id + 1);
    assert_same_genome(x, y);
    assert_string_not_equal(crucible_genome_json(x, 0),
                            crucible_genome_json(z, 0));
    crucible_genome_destroy(x);
    crucible_genome_destroy(y);
    crucible_genome_destroy(z);
  }
  crucible_space_destroy(a);
  crucible_space_destroy(b);
}

static int has(const crucible_space *space, const char *name) {
  size_t i;
  return crucible_space_find(space, name, &i) == CRUCIBLE_OK;
}

static void the_space_offers_what_series_and_instrument_allow(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot(), future = btcusdt_future();
  crucible_space *space = dna_space_on(&spot, 8);
  assert_false(has(space, "side"));
  assert_true(has(space, "feature.RSI.timeperiod"));
  assert_true(has(space, "feature.TAKER_IMBALANCE"));
  assert_false(has(space, "feature.SMA")); /* moves with the price */
  crucible_space_destroy(space);

  crucible_genome_space_options o;
  crucible_genome_space_options_init(&o, sizeof o);
  o.instrument = &future;
  o.timeframes_ms = dna_timeframes;
  o.n_timeframes = 1;
  o.units |= 1u << CRUCIBLE_UNIT_PRICE;
  o.max_lookback_bars = 50;
  assert_ok(crucible_genome_space_create(&o, &space));
  assert_true(has(space, "side"));
  assert_true(has(space, "feature.SMA"));
  assert_false(has(space, "feature.TAKER_IMBALANCE")); /* column is absent */
  size_t i;
  crucible_param p = {.struct_size = sizeof p};
  assert_ok(crucible_space_find(space, "feature.SMA.timeperiod", &i));
  assert_ok(crucible_space_get(space, i, &p));
  assert_same_bits(p.high, 50);
  crucible_space_destroy(space);
  o.allow_short = 0;
  assert_ok(crucible_genome_space_create(&o, &space));
  assert_false(has(space, "side"));
  crucible_space_destroy(space);
}

static crucible_status draw_and_read(void *data) {
  const crucible_instrument *spot = data;
  crucible_genome_space_options o;
  crucible_genome_space_options_init(&o, sizeof o);
  o.instrument = spot;
  o.timeframes_ms = dna_timeframes;
  o.n_timeframes = 1;
  o.mean_features = 3;
  crucible_space *space = NULL;
  crucible_genome *genome = NULL, *back = NULL;
  double point[DNA_POINT_MAX];
  crucible_status status = crucible_genome_space_create(&o, &space);
  if (status == CRUCIBLE_OK)
    status = crucible_genome_draw(space, 1, 1, "BTCUSDT", &genome);
  if (status == CRUCIBLE_OK) {
    const char *json = crucible_genome_json(genome, 1);
    status = crucible_genome_parse(json, strlen(json), &back);
  }
  if (status == CRUCIBLE_OK)
    status = crucible_genome_point(back, space, point);
  crucible_genome_destroy(back);
  crucible_genome_destroy(genome);
  crucible_space_destroy(space);
  return status;
}

static void a_genome_survives_running_out_of_memory(void **state) {
  (void)state;
  crucible_instrument spot = btcusdt_spot();
  assert_true(failing_alloc_run(draw_and_read, &spot) > 100);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(canonical_json_comes_back_to_the_byte),
      cmocka_unit_test(another_spelling_is_the_same_genome),
      cmocka_unit_test(minus_zero_is_spelt_zero),
      cmocka_unit_test(dna_of_version_1_refits_and_keeps_its_id),
      cmocka_unit_test(lineage_is_kept_and_is_not_part_of_the_id),
      cmocka_unit_test(drawn_genomes_pass_through_json_and_point),
      cmocka_unit_test(the_same_draw_gives_the_same_genome),
      cmocka_unit_test(the_space_offers_what_series_and_instrument_allow),
      cmocka_unit_test(a_genome_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
