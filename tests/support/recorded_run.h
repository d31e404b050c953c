/* SPDX-License-Identifier: Apache-2.0 */
/* A run over recorded bars that keeps all its tables. Include after <cmocka.h>;
   link recorded.c and made_bars.c. */
#ifndef TESTS_SUPPORT_RECORDED_RUN_H
#define TESTS_SUPPORT_RECORDED_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "support/recorded.h"

#define BITCOIN                                                                \
  CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv"

enum { BARS = 1500, COLUMNS = 3 };

typedef struct run {
  recorded *market;
  double *scores;
  crucible_backtest *backtest;
} run;

static inline crucible_status run_it(const recorded *market,
                                     const double *scores,
                                     crucible_backtest **backtest) {
  crucible_matrix matrix = {scores, market->bars.n, COLUMNS, 1,
                            (ptrdiff_t)market->bars.n};
  crucible_instrument instrument = recorded_bitcoin();
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_plan_init(&plan, sizeof plan);
  crucible_backtest_options_init(&options, sizeof options);
  options.initial_cash = 10000;
  options.keep_equity = options.keep_positions = options.keep_drawdowns = 1;
  return crucible_backtest_run(&market->market, &instrument, &matrix, &plan, 1,
                               &options, NULL, NULL, backtest);
}

static inline run start(void) {
  run r = {.market = recorded_read(BITCOIN, BARS, 1)};
  r.scores = recorded_scores(r.market, COLUMNS, 3);
  assert_int_equal(run_it(r.market, r.scores, &r.backtest), CRUCIBLE_OK);
  return r;
}

static inline void end(run *r) {
  crucible_backtest_destroy(r->backtest);
  recorded_free(r->market);
  free(r->scores);
}

#endif
