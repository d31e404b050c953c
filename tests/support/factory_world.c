/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/an_instrument.h"
#include "support/factory_world.h"

#define BARS                                                                   \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { WINDOW = 12 };

/* Root mean square of the last returns: any forecast would do. */
static void fill_lane(factory_lane *lane, crucible_market *market) {
  lane->bars.struct_size = sizeof lane->bars;
  assert_ok(crucible_series_view(lane->series, &lane->bars));
  assert_in_range(lane->bars.n, 800, WORLD_BARS);
  const double *close = lane->bars.close;
  for (size_t i = 0; i < lane->bars.n; ++i) {
    double sum = 0;
    for (size_t k = i + 1 - WINDOW; i >= WINDOW && k <= i; ++k)
      sum += pow(close[k] / close[k - 1] - 1, 2);
    lane->sigma[i] = i >= WINDOW ? sqrt(sum / WINDOW) : (double)NAN;
  }
  assert_ok(crucible_volume_forecast(lane->bars.volume, lane->bars.n, WINDOW,
                                     lane->volume));
  *market = (crucible_market){.struct_size = sizeof *market,
                              .bars = &lane->bars,
                              .sigma = lane->sigma,
                              .volume_forecast = lane->volume};
}

static void make_space(factory_world *w) {
  static const int64_t timeframes[] = {300000, 900000};
  crucible_genome_space_options options;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = &w->instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  options.has = CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  options.max_horizon_bars = 24;
  options.min_train_bars = 250;
  options.max_train_bars = 1500;
  options.max_lookback_bars = 60;
  options.mean_features = 4;
  assert_ok(crucible_genome_space_create(&options, &w->space));
}

void open_factory_world(factory_world *w) {
  crucible_csv_options csv;
  memset(w, 0, sizeof *w);
  crucible_csv_options_init(&csv, sizeof csv);
  csv.symbol = "BTCUSDT";
  assert_ok(crucible_series_read_csv(BARS, &csv, &w->lanes[0].series));
  assert_ok(crucible_series_resample(w->lanes[0].series, 900000,
                                     &w->lanes[1].series));
  for (size_t i = 0; i < WORLD_LANES; ++i)
    fill_lane(&w->lanes[i], &w->markets[i]);
  w->instrument = btcusdt_future();
  make_space(w);
  crucible_forge_options_init(&w->forge, sizeof w->forge);
  w->forge.n_folds = 3;
  w->forge.max_rounds = 12;
  w->forge.patience = 4;
  w->forge.min_trades = 5;
  crucible_factory_options_init(&w->options, sizeof w->options);
  w->options.base_timeframe_ms = 300000;
  w->options.holdout_bars = 288;
  w->options.n_trials = 16;
  for (size_t i = 0; i < WORLD_ELITES; ++i) {
    assert_ok(
        crucible_genome_draw(w->space, 77, i, "BTCUSDT", &w->elite_genomes[i]));
    w->elites[i] = (crucible_elite){.struct_size = sizeof w->elites[i],
                                    .genome = w->elite_genomes[i],
                                    .label = CRUCIBLE_ELITE_PROVISIONAL,
                                    .agent = (uint32_t)i};
  }
  w->request = (crucible_factory_request){.struct_size = sizeof w->request,
                                          .study = 1,
                                          .bar = w->lanes[0].bars.n - 1,
                                          .n_wanted = 3,
                                          .n_markets = WORLD_LANES,
                                          .markets = w->markets,
                                          .elites = w->elites,
                                          .n_elites = WORLD_ELITES};
}

void close_factory_world(factory_world *w) {
  for (size_t i = 0; i < WORLD_ELITES; ++i)
    crucible_genome_destroy(w->elite_genomes[i]);
  crucible_space_destroy(w->space);
  for (size_t i = 0; i < WORLD_LANES; ++i)
    crucible_series_destroy(w->lanes[i].series);
}

int set_up_factory_world(void **state) {
  static factory_world w;
  open_factory_world(&w);
  *state = &w;
  return 0;
}

int tear_down_factory_world(void **state) {
  close_factory_world(*state);
  return 0;
}

crucible_factory_options factory_options_of(const factory_world *w) {
  crucible_factory_options options = w->options;
  options.space = w->space;
  options.instrument = &w->instrument;
  options.forge = &w->forge;
  return options;
}

crucible_factory *make_factory(const factory_world *w) {
  crucible_factory_options options = factory_options_of(w);
  crucible_factory *factory;
  assert_ok(crucible_factory_create(&options, &factory));
  return factory;
}

crucible_search *search_in(const factory_world *w,
                           const crucible_factory *factory,
                           crucible_pool *pool) {
  crucible_search *search;
  assert_ok(crucible_factory_search(factory, &w->request, pool, NULL, &search));
  return search;
}

crucible_search_report report_of_search(const crucible_search *search) {
  crucible_search_report r = {.struct_size = sizeof r};
  assert_ok(crucible_search_report_of(search, &r));
  return r;
}

crucible_factory_trial trial_of(const crucible_search *search,
                                uint64_t number) {
  crucible_factory_trial t = {.struct_size = sizeof t};
  assert_ok(crucible_search_trial(search, number, &t));
  return t;
}

crucible_replacement winner_of(const crucible_search *search, uint32_t index) {
  crucible_replacement r = {.struct_size = sizeof r};
  assert_ok(crucible_search_replacement(search, index, &r));
  return r;
}

crucible_turned_down down_of(const crucible_search *search, uint64_t index) {
  crucible_turned_down d = {.struct_size = sizeof d};
  assert_ok(crucible_search_turned_down(search, index, &d));
  return d;
}

crucible_lineage lineage_of(const crucible_genome *genome) {
  crucible_lineage lineage = {.struct_size = sizeof lineage};
  assert_ok(crucible_genome_lineage(genome, &lineage));
  return lineage;
}

int is_slow(const crucible_genome *genome) {
  crucible_genes genes = {.struct_size = sizeof genes};
  assert_ok(crucible_genome_genes(genome, &genes));
  return genes.timeframe_ms == 900000;
}

int is_same_genome(const crucible_genome *a, const crucible_genome *b) {
  return strcmp(crucible_genome_json(a, 0), crucible_genome_json(b, 0)) == 0;
}
