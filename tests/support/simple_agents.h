/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Equity curves on recorded bars that tests/data/gen/gen_watchtower.py rebuilds
 * to the bit: an agent is long or flat by the sign of a past move. Include
 * after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_SIMPLE_AGENTS_H
#define TESTS_SUPPORT_SIMPLE_AGENTS_H

#include <stddef.h>

#include <crucible/series.h>
#include <crucible/watchtower.h>

typedef struct simple_agent {
  size_t look;  /* long while sign * (close - close look bars before) > 0 */
  double sign;  /* +1, -1; 0: never trades */
  double cost;  /* share of equity per entry and per exit */
  int position; /* 0 at first */
  double equity, entry_equity;
} simple_agent;

/* Bars of the sample in the tree. */
static inline crucible_series *simple_bars(crucible_bars *bars) {
  crucible_series *series = NULL;
  bars->struct_size = sizeof *bars;
  assert_int_equal(
      crucible_series_read_csv(CRUCIBLE_SOURCE_DIR
                               "/examples/data/"
                               "BTCUSDT-5m-2023-03-20_2023-03-28.csv",
                               NULL, &series),
      CRUCIBLE_OK);
  assert_int_equal(crucible_series_view(series, bars), CRUCIBLE_OK);
  return series;
}

/* What agent number did over bar t >= 1. */
static inline crucible_observation simple_step(simple_agent *agent,
                                               uint32_t number,
                                               const double *close, size_t t) {
  crucible_observation seen = {.struct_size = sizeof seen, .agent = number};
  const int wanted =
      t - 1 >= agent->look &&
      agent->sign * (close[t - 1] - close[t - 1 - agent->look]) > 0;
  if (wanted != agent->position) {
    seen.n_fills = 1;
    if (wanted)
      agent->entry_equity = agent->equity;
    agent->equity *= 1 - agent->cost;
    if (!wanted) {
      seen.n_trades = 1;
      seen.trade_result = agent->equity - agent->entry_equity;
    }
    agent->position = wanted;
  }
  if (agent->position)
    agent->equity *= 1 + (close[t] / close[t - 1] - 1);
  seen.equity = agent->equity;
  return seen;
}

#endif
