/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tournament_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST(call) must((call), #call)

const char run_config[] =
    "{\"tournament\": {\"agents\": 4, \"train_bars\": 1300, \"bench\": 1,"
    "                  \"bench_age\": 150, \"retry\": 48,"
    "                  \"forging_delay\": 3},"
    " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 500},"
    " \"genome\": {\"min_train_bars\": 300, \"max_train_bars\": 900,"
    "              \"max_horizon_bars\": 12},"
    " \"forge\": {\"folds\": 3, \"max_rounds\": 15, \"patience\": 4,"
    "             \"min_trades\": 3, \"holdout\": 144},"
    " \"study\": {\"trials\": 8, \"batch\": 4, \"population\": 6,"
    "             \"prior\": 6},"
    " \"elites\": {\"capacity\": 6, \"recent\": 400, \"half_life\": 200,"
    "              \"shrink\": 100, \"terminated\": 3, \"provisional\": 2},"
    " \"watchtower\": {\"min_bars\": 60, \"min_trades\": 4, \"window\": 120,"
    "                  \"inactive\": 80, \"expired\": 320,"
    "                  \"promote_dsr\": 0.9, \"decay_dsr\": 0.5}}";

static void must(crucible_status status, const char *call) {
  if (status == CRUCIBLE_OK)
    return;
  (void)fprintf(stderr, "%s: %s\n", call, crucible_last_error());
  abort();
}

static uint32_t columns_of(const crucible_bars *bars) {
  return (bars->quote_volume ? CRUCIBLE_NEEDS_QUOTE_VOLUME : 0u) |
         (bars->trades ? CRUCIBLE_NEEDS_TRADES : 0u) |
         (bars->taker_buy_base ? CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0u);
}

run run_begin(const char *file, uint32_t n_threads, uint64_t seed,
              const char *config) {
  run r = {.file = file};
  MUST(crucible_series_read_csv(
      CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv",
      NULL, &r.series));
  r.bars.struct_size = sizeof r.bars;
  MUST(crucible_series_view(r.series, &r.bars));
  r.instrument.struct_size = sizeof r.instrument;
  MUST(crucible_instrument_read(CRUCIBLE_SOURCE_DIR
                                "/examples/data/instruments.json",
                                "BTCUSDT", &r.instrument));
  MUST(crucible_pool_create(n_threads, &r.pool));
  MUST(crucible_cancel_create(&r.cancel));
  crucible_tournament_options_init(&r.options, sizeof r.options);
  r.options.config = config;
  r.options.timeframe_ms = r.bars.timeframe_ms;
  r.options.has = columns_of(&r.bars);
  r.options.seed = seed;
  r.options.pool = r.pool;
  r.options.cancel = r.cancel;
  return r;
}

crucible_status run_open(run *r, int32_t mode) {
  r->options.instrument = &r->instrument;
  crucible_status status = crucible_store_open(r->file, mode, &r->store);
  if (status == CRUCIBLE_OK)
    status = crucible_tournament_create(r->store, &r->options, &r->tournament);
  if (status != CRUCIBLE_OK)
    run_drop(r);
  return status;
}

void run_drop(run *r) {
  crucible_tournament_destroy(r->tournament);
  crucible_store_close(r->store);
  r->tournament = NULL;
  r->store = NULL;
}

void run_remove(const char *file) {
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  char name[512];
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
    (void)snprintf(name, sizeof name, "%s%s", file, suffixes[i]);
    (void)unlink(name);
  }
}

void run_end(run *r) {
  run_drop(r);
  crucible_cancel_destroy(r->cancel);
  crucible_pool_destroy(r->pool);
  crucible_series_destroy(r->series);
  run_remove(r->file);
}

crucible_event run_bar(const run *r, size_t i) {
  const crucible_bars *b = &r->bars;
  return (crucible_event){.struct_size = sizeof(crucible_event),
                          .kind = CRUCIBLE_EVENT_BAR,
                          .bar = {b->open_time_ms[i], b->open[i], b->high[i],
                                  b->low[i], b->close[i], b->volume[i],
                                  b->quote_volume[i], b->trades[i],
                                  b->taker_buy_base[i]}};
}

crucible_status run_push(run *r, size_t from, size_t until) {
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = from; i < until && status == CRUCIBLE_OK; ++i) {
    crucible_event event = run_bar(r, i);
    status = crucible_tournament_push(r->tournament, &event);
  }
  return status;
}

crucible_status run_stop(run *r, int32_t is_early) {
  crucible_event stop = {.struct_size = sizeof stop,
                         .kind = CRUCIBLE_EVENT_STOP,
                         .is_early = is_early};
  return crucible_tournament_push(r->tournament, &stop);
}

crucible_progress run_progress_of(const run *r) {
  crucible_progress progress = {.struct_size = sizeof progress};
  MUST(crucible_tournament_progress(r->tournament, &progress));
  return progress;
}

void run_digest(const run *r, uint8_t digest[32]) {
  MUST(crucible_store_digest(r->store, digest));
}
