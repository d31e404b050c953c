/* SPDX-License-Identifier: Apache-2.0 */
/* A tournament fed by a loop of your own, here over a file of bars. Run it from
   the root of the source tree, or give a CSV file and instruments.json. The
   journal goes to own_feed.db, which is removed at the end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/crucible.h>

static void must(crucible_status status) {
  if (status == CRUCIBLE_OK)
    return;
  fprintf(stderr, "%s\n", crucible_last_error());
  exit(1);
}

/* Bar i as it would come from a feed; absent columns are NaN. */
static crucible_event bar_event(const crucible_bars *bars, size_t i) {
  crucible_event event = {.struct_size = sizeof event,
                          .kind = CRUCIBLE_EVENT_BAR};
  event.bar =
      (crucible_bar){bars->open_time_ms[i], bars->open[i],  bars->high[i],
                     bars->low[i],          bars->close[i], bars->volume[i],
                     (double)NAN,           (double)NAN,    (double)NAN};
  return event;
}

int main(int argc, char **argv) {
  const char *file = argc > 1 ? argv[1]
                              : "examples/data/"
                                "BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  const char *profiles = argc > 2 ? argv[2] : "examples/data/instruments.json";
  const char *config =
      "{\"tournament\": {\"agents\": 3, \"train_bars\": 1440},"
      " \"volatility\": {\"window\": 1440, \"first\": 432, \"refit\": 288},"
      " \"genome\": {\"min_train_bars\": 600, \"max_train_bars\": 1440},"
      " \"forge\": {\"folds\": 2, \"max_rounds\": 50, \"min_trades\": 3,"
      "             \"holdout\": 288},"
      " \"study\": {\"trials\": 12}}";
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_instrument btc = {.struct_size = sizeof btc};
  must(crucible_series_read_csv(file, NULL, &series));
  must(crucible_series_view(series, &bars));
  must(crucible_instrument_read(profiles, bars.symbol, &btc));

  crucible_store *store;
  crucible_pool *pool;
  crucible_tournament *tournament;
  crucible_tournament_options options;
  must(crucible_store_open("own_feed.db", CRUCIBLE_STORE_CREATE, &store));
  must(crucible_pool_create(0, &pool));
  crucible_tournament_options_init(&options, sizeof options);
  options.config = config;
  options.instrument = &btc;
  options.timeframe_ms = bars.timeframe_ms;
  options.pool = pool;
  must(crucible_tournament_create(store, &options, &tournament));

  for (size_t i = 0; i < bars.n; ++i) { /* your loop */
    crucible_event event = bar_event(&bars, i);
    must(crucible_tournament_push(tournament, &event));
  }
  crucible_event stop = {.struct_size = sizeof stop,
                         .kind = CRUCIBLE_EVENT_STOP};
  must(crucible_tournament_push(tournament, &stop));

  crucible_report *report;
  crucible_report_head head = {.struct_size = sizeof head};
  must(crucible_report_create(store, &report));
  must(crucible_report_get_head(report, &head));
  printf("%u agents: %.2f of %.2f %s left; holding: %.2f\n",
         (unsigned)head.n_agents, head.equity, head.capital,
         head.instrument.quote_currency, head.buy_and_hold);
  crucible_report_destroy(report);
  crucible_tournament_destroy(tournament);
  crucible_store_close(store);
  crucible_pool_destroy(pool);
  crucible_series_destroy(series);
  return remove("own_feed.db");
}
