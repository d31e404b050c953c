/* SPDX-License-Identifier: Apache-2.0 */
/* One trial of a study: labels, features, four folds; by its parts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/crucible.h>

#include "bench.h"
#include "support/an_instrument.h"

enum { BARS = 52000, QUICK_BARS = 6000, HOLDOUT = 2016, GENOMES = 12 };

typedef struct forge_case {
  crucible_series *series;
  crucible_bars bars;
  double *sigma, *volume;
  crucible_market market;
  crucible_instrument instrument;
  crucible_genome *genomes[GENOMES];
  size_t n;
  crucible_feature_cache *cache;
  crucible_forge_times times;
  int is_right;
} forge_case;

static void stop(void *data) {
  forge_case *c = data;
  fprintf(stderr,
          "  seconds in all passes: features %.3f, labels %.3f, training %.3f, "
          "backtest %.3f\n",
          c->times.features, c->times.labels, c->times.training,
          c->times.backtest);
  for (size_t i = 0; i < c->n; ++i)
    crucible_genome_destroy(c->genomes[i]);
  crucible_feature_cache_destroy(c->cache);
  crucible_series_destroy(c->series);
  free(c->sigma);
  free(c->volume);
  free(c);
}

static void read_market(forge_case *c, const char *path, size_t most) {
  crucible_csv_options csv;
  crucible_egarch_rolling_options rolling;
  crucible_csv_options_init(&csv, sizeof csv);
  csv.symbol = "BTCUSDT";
  bench_must(crucible_series_read_csv(path, &csv, &c->series));
  c->bars.struct_size = sizeof c->bars;
  bench_must(crucible_series_view(c->series, &c->bars));
  if (c->bars.n > most)
    c->bars.n = most;
  c->sigma = malloc(c->bars.n * sizeof *c->sigma);
  c->volume = malloc(c->bars.n * sizeof *c->volume);
  bench_must(c->sigma && c->volume ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM);
  crucible_egarch_rolling_options_init(&rolling, sizeof rolling);
  bench_must(crucible_egarch_rolling_forecasts(&rolling, c->bars.close,
                                               c->bars.n, c->sigma));
  bench_must(
      crucible_volume_forecast(c->bars.volume, c->bars.n, 12, c->volume));
  c->market = (crucible_market){.struct_size = sizeof c->market,
                                .bars = &c->bars,
                                .sigma = c->sigma,
                                .volume_forecast = c->volume};
}

/* The first draws of a seed that are genomes, as a study draws them. */
static void draw_genomes(forge_case *c, size_t n, uint64_t seed) {
  static const int64_t timeframe_ms = 300000;
  crucible_genome_space_options options;
  crucible_space *space;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = &c->instrument;
  options.timeframes_ms = &timeframe_ms;
  options.n_timeframes = 1;
  bench_must(crucible_genome_space_create(&options, &space));
  double *point = malloc(crucible_space_count(space) * sizeof *point);
  bench_must(point ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM);
  for (uint64_t id = 0; c->n < n; ++id) {
    crucible_lineage lineage = {.struct_size = sizeof lineage,
                                .origin = CRUCIBLE_ORIGIN_DRAWN,
                                .trial = id};
    bench_must(crucible_space_draw(space, seed, id, point));
    crucible_status status = crucible_genome_create(
        space, point, "BTCUSDT", &lineage, &c->genomes[c->n]);
    if (status == CRUCIBLE_E_DOMAIN)
      continue; /* a draw that is no genome */
    bench_must(status);
    ++c->n;
  }
  free(point);
  crucible_space_destroy(space);
}

static void *start(bench_context *context) {
  char path[512];
  if (context->shared == NULL) {
    snprintf(context->reason, sizeof context->reason, "no shared data");
    return NULL;
  }
  forge_case *c = calloc(1, sizeof *c);
  if (c == NULL)
    return NULL;
  snprintf(path, sizeof path, "%s/data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz",
           context->shared);
  read_market(c, path, context->is_quick ? QUICK_BARS : BARS);
  c->instrument = btcusdt_future();
  c->times.struct_size = sizeof c->times;
  draw_genomes(c, context->is_quick ? 2 : GENOMES, context->seed);
  context->work = (double)c->n;
  return c;
}

/* A new cache each time: a study begins without columns. */
static void pass(void *data) {
  forge_case *c = data;
  crucible_forge_data given = {.struct_size = sizeof given,
                               .market = &c->market,
                               .instrument = &c->instrument,
                               .end = c->bars.n,
                               .times = &c->times};
  crucible_forge_options options;
  crucible_forge_options_init(&options, sizeof options);
  options.stages = CRUCIBLE_FORGE_FOLDS;
  options.holdout_bars = c->bars.n > 10 * HOLDOUT ? HOLDOUT : 500;
  crucible_feature_cache_destroy(c->cache);
  c->cache = NULL;
  bench_must(crucible_feature_cache_create(&c->bars, &c->cache));
  given.cache = c->cache;
  c->is_right = 1;
  for (size_t i = 0; i < c->n; ++i) {
    crucible_forged *forged;
    crucible_forge_report report = {.struct_size = sizeof report};
    bench_must(crucible_forge_run(c->genomes[i], &given, &options, NULL, NULL,
                                  &forged));
    bench_must(crucible_forged_report(forged, &report));
    c->is_right &= report.n_folds == 4 && report.n_labels > 1000 &&
                   report.folds[3].test_end == c->bars.n - options.holdout_bars;
    crucible_forged_destroy(forged);
  }
}

static int check(void *data) {
  const forge_case *c = data;
  return c->is_right && c->times.training > 0;
}

const bench_case bench_forge[] = {{.name = "forge_trial_52000_bars",
                                   .unit = "ms",
                                   .start = start,
                                   .pass = pass,
                                   .check = check,
                                   .stop = stop},
                                  {0}};
