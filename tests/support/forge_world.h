/* SPDX-License-Identifier: Apache-2.0 */
/* What a genome is forged on in tests: recorded bars, BTCUSDT, 5 minutes, March
   2023 (examples/data), with forecasts. Included after cmocka.h. */
#ifndef CRUCIBLE_TESTS_FORGE_WORLD_H
#define CRUCIBLE_TESTS_FORGE_WORLD_H

#include <stdio.h>
#include <string.h>

#include <crucible/forge.h>
#include <crucible/series.h>
#include <crucible/volatility.h>

#include "support/an_instrument.h"
#include "support/some_dna.h"
#include "support/statuses.h"

#define BARS                                                                   \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { BARS_MAX = 4096 };

/* A market with forecasts, and what it is traded on. */
typedef struct world {
  crucible_series *series;
  crucible_bars bars;
  double sigma[BARS_MAX], volume[BARS_MAX];
  crucible_market market;
  crucible_instrument instrument;
  crucible_forge_data data;
  crucible_forge_options options;
} world;

static inline int open_world(void **state) {
  static world w;
  crucible_csv_options csv;
  crucible_csv_options_init(&csv, sizeof csv);
  csv.symbol = "BTCUSDT";
  assert_ok(crucible_series_read_csv(BARS, &csv, &w.series));
  w.bars.struct_size = sizeof w.bars;
  assert_ok(crucible_series_view(w.series, &w.bars));
  assert_in_range(w.bars.n, 2500, BARS_MAX);
  crucible_egarch_rolling_options rolling;
  crucible_egarch_rolling_options_init(&rolling, sizeof rolling);
  assert_ok(crucible_egarch_rolling_forecasts(&rolling, w.bars.close, w.bars.n,
                                              w.sigma));
  assert_ok(crucible_volume_forecast(w.bars.volume, w.bars.n, 12, w.volume));
  w.market = (crucible_market){.struct_size = sizeof w.market,
                               .bars = &w.bars,
                               .sigma = w.sigma,
                               .volume_forecast = w.volume};
  w.instrument = btcusdt_future();
  w.data = (crucible_forge_data){.struct_size = sizeof w.data,
                                 .market = &w.market,
                                 .instrument = &w.instrument,
                                 .begin = 1000,
                                 .end = w.bars.n};
  crucible_forge_options_init(&w.options, sizeof w.options);
  w.options.n_folds = 3;
  w.options.max_rounds = 40;
  w.options.patience = 8;
  *state = &w;
  return 0;
}

static inline int close_world(void **state) {
  world *w = *state;
  crucible_series_destroy(w->series);
  return 0;
}

/* ---- genomes ---- */

static const char usual[] =
    "{\"version\":1,\"symbol\":\"BTCUSDT\",\"timeframe_ms\":300000,"
    "\"side\":\"long\",\"horizon_bars\":8,"
    "\"entry\":{\"kind\":\"market\",\"quantile\":0.8},"
    "\"exit\":{\"quantile\":0.3,\"stop_sigma\":6,\"target_sigma\":8},"
    "\"sizing\":{\"kind\":\"fraction\",\"value\":0.9},"
    "\"train\":{\"horizon\":\"fixed\",\"bars\":900},"
    "\"features\":{\"RSI\":{\"timeperiod\":14},\"ROC\":{\"timeperiod\":5},"
    "\"NATR\":{\"timeperiod\":20},\"HOUR_SIN\":{},\"TAKER_IMBALANCE\":{}},"
    "\"model\":{\"kind\":\"xgboost\",\"params\":{\"colsample_bytree\":0.8,"
    "\"gamma\":0.02,\"grow_policy\":\"depthwise\",\"learning_rate\":0.1,"
    "\"max_bin\":64,\"max_leaves\":8,\"min_child_weight\":20,"
    "\"reg_alpha\":0.05,\"reg_lambda\":1,\"subsample\":0.8}}}";

/* The usual genome with a part of its text replaced. */
static inline crucible_genome *with(const char *from, const char *to) {
  char text[DNA_TEXT_MAX];
  dna_reword(usual, from, to, text);
  return dna_parse(text);
}

static inline crucible_forged *
forge_it(const world *w, const crucible_genome *genome, crucible_pool *pool) {
  crucible_forged *forged;
  assert_ok(
      crucible_forge_run(genome, &w->data, &w->options, pool, NULL, &forged));
  return forged;
}

static inline crucible_forge_report report_of(const crucible_forged *forged) {
  crucible_forge_report r = {.struct_size = sizeof r};
  assert_ok(crucible_forged_report(forged, &r));
  return r;
}

static inline crucible_trades trades_of(const crucible_forged *forged) {
  crucible_trades t = {.struct_size = sizeof t};
  assert_ok(crucible_forged_trades(forged, &t));
  return t;
}

/* Everything that a forging gives out, as bytes. */
static inline int is_same(const crucible_forged *a, const crucible_forged *b) {
  crucible_forge_report x = report_of(a), y = report_of(b);
  crucible_trades t = trades_of(a), u = trades_of(b);
  const void *p, *q;
  size_t n, m;
  assert_ok(crucible_forged_model(a, &p, &n));
  assert_ok(crucible_forged_model(b, &q, &m));
  return memcmp(&x, &y, sizeof x) == 0 && n == m && memcmp(p, q, n) == 0 &&
         t.n == u.n && memcmp(t.result, u.result, t.n * 8) == 0 &&
         memcmp(t.entry_ms, u.entry_ms, t.n * 8) == 0 &&
         memcmp(t.column, u.column, t.n * 4) == 0;
}

#endif
