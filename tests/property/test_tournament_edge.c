/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A planted edge is found, promoted and bred. The bars are recorded ones; one
 * column, the takers' share of the volume, is replaced by the next bar's real
 * return plus noise. The same noise without the return promotes nobody.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "base/rng.h"
#include "store/store_sql.h"
#include "support/statuses.h"
#include "support/tournament_run.h"

enum { N_BARS = 9000, TRAIN_BARS = 3000 };

static const char file[] = "edge_test.db";
static const char recording[] = CRUCIBLE_SHARED_DIR
    "/data/klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz";

static const char config[] =
    "{\"tournament\": {\"agents\": 4, \"train_bars\": 3000, \"bench\": 1},"
    " \"costs\": {\"spread_bps\": 0.1},"
    " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 1000},"
    " \"genome\": {\"min_horizon_bars\": 1, \"max_horizon_bars\": 6,"
    "              \"min_train_bars\": 1000, \"max_train_bars\": 2500},"
    " \"forge\": {\"folds\": 3, \"max_rounds\": 40, \"patience\": 6,"
    "             \"holdout\": 288},"
    " \"study\": {\"trials\": 16},"
    " \"watchtower\": {\"rules\": [\"blueprint\"], \"min_bars\": 300,"
    "                  \"window\": 1000,"
    "                  \"inactive\": 288, \"expired\": 2016}}";

typedef struct outcome {
  uint32_t n_promoted;
  uint64_t n_bred;         /* agents with a parent that was promoted */
  uint64_t n_seeded;       /* elites of searches that were promoted DNA */
  uint64_t n_with_feature; /* promoted genomes that look at the column */
  uint64_t n_refilled; /* slots of the promoted, taken while they trade on */
} outcome;

static uint64_t count(crucible_store *store, const char *sql) {
  crucible__statement *s;
  int has_row;
  assert_ok(crucible__statement_prepare(store, sql, &s));
  assert_ok(crucible__statement_next(s, &has_row));
  uint64_t n = (uint64_t)crucible__column_int(s, 0);
  crucible__statement_destroy(s);
  return n;
}

/* Uniform in [-1, 1] by the test's own stream. */
static double noise(crucible__rng *rng) {
  return 2 * ((double)(crucible__rng_u64(rng) >> 11) * 0x1p-53) - 1;
}

/* The takers' share of bar i from the return of bar i + 1, three times as large
   as the noise: half as much is found or not as the last digits of a forecast
   will have it. */
static double *plant(const crucible_bars *bars, int has_edge) {
  double *takers = calloc(bars->n, sizeof *takers);
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 77);
  for (size_t i = 0; i < bars->n; ++i) {
    double share = noise(&rng);
    if (has_edge && i + 1 < bars->n)
      share += 3 * log(bars->close[i + 1] / bars->close[i]) / 0.001;
    takers[i] = bars->volume[i] * (0.5 + 0.5 * tanh(0.5 * share));
  }
  return takers;
}

static outcome replay(int has_edge) {
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  run r = run_begin(file, 2, 3, config);
  assert_ok(crucible_series_read_csv(recording, NULL, &series));
  assert_ok(crucible_series_view(series, &bars));
  assert_true(bars.n > N_BARS);
  bars.n = N_BARS;
  double *takers = plant(&bars, has_edge);
  bars.taker_buy_base = takers;
  r.bars = bars;
  r.options.has = CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  r.instrument.taker_fee = r.instrument.maker_fee = 0.00002;
  run_remove(file);
  if (run_open(&r, CRUCIBLE_STORE_CREATE) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  assert_ok(run_push(&r, 0, bars.n));
  assert_ok(run_stop(&r, 0));
  outcome o = {
      .n_promoted =
          (uint32_t)count(r.store, "SELECT count(*) FROM offers WHERE "
                                   "label = 1 AND outcome = 0"),
      .n_bred =
          count(r.store, "SELECT count(*) FROM agents a JOIN genomes g ON "
                         "g.id = a.genome JOIN offers o ON o.label = 1 AND "
                         "instr(g.json, '\"' || o.genome || '\"') > 0 AND "
                         "o.genome != a.genome AND a.from_bar > o.at_bar"),
      .n_seeded =
          count(r.store, "SELECT count(*) FROM study_elites WHERE label = 1"),
      .n_with_feature =
          count(r.store, "SELECT count(*) FROM offers o JOIN genomes g ON "
                         "g.id = o.genome WHERE o.label = 1 AND "
                         "o.outcome = 0 AND instr(g.json, 'TAKER_') > 0"),
      .n_refilled =
          count(r.store, "SELECT count(*) FROM offers o JOIN agents a ON "
                         "a.agent = o.agent JOIN agents b ON b.slot = a.slot "
                         "WHERE o.label = 1 AND b.from_bar >= o.at_bar AND "
                         "b.from_bar < a.until_bar"),
  };
  (void)printf(
      "edge %d: %u promoted (%llu look at the column), %llu agents "
      "bred from them, seeds %llu; %llu agents, %llu searches\n",
      has_edge, o.n_promoted, (unsigned long long)o.n_with_feature,
      (unsigned long long)o.n_bred, (unsigned long long)o.n_seeded,
      (unsigned long long)count(r.store, "SELECT count(*) FROM agents"),
      (unsigned long long)count(r.store, "SELECT count(*) FROM studies"));
  free(takers);
  crucible_series_destroy(series);
  run_end(&r);
  return o;
}

static void a_planted_edge_is_found_promoted_and_bred(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == '\0')
    skip();
  outcome o = replay(1);
  assert_true(o.n_promoted > 0);
  assert_int_equal(o.n_with_feature, o.n_promoted);
  assert_true(o.n_seeded > 0);
  assert_true(o.n_bred > 0);
  assert_true(o.n_refilled > 0);
}

static void noise_in_its_place_promotes_nobody(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == '\0')
    skip();
  outcome o = replay(0);
  assert_int_equal(o.n_promoted, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_planted_edge_is_found_promoted_and_bred),
      cmocka_unit_test(noise_in_its_place_promotes_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
