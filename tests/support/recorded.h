/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded bars with what is known at each close, and plans drawn at random,
 * for tests of backtest. Bars come from examples/data of the tree or from the
 * shared folder; forecasts are plain windows over them.
 */
#ifndef TESTS_SUPPORT_RECORDED_H
#define TESTS_SUPPORT_RECORDED_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/series.h>

enum { RECORDED_WINDOW = 12 };

typedef struct recorded {
  crucible_series *series;
  crucible_bars bars;
  double *sigma, *forecast, *spread; /* [n]; spread in every second market */
  crucible_market market;
} recorded;

/* At most limit bars (0: all) of a CSV file; stops the program on failure. */
recorded *recorded_read(const char *path, size_t limit, int has_spread);
void recorded_free(recorded *r);

/* [n x columns] column-major: waves with noise, some NaN and infinite. */
double *recorded_scores(const recorded *r, size_t columns, uint64_t seed);

/* A market of its kind near a price, what it costs, and a plan for it. */
typedef struct drawn {
  crucible_instrument instrument;
  crucible_plan plan;
  crucible_backtest_options options;
} drawn;

drawn drawn_plan(uint64_t seed, double price);

/* Binance's BTC/USDT: tick 0.01, lot 0.00001, 10 dollars at least, 0.1 % in
   what is received. */
crucible_instrument recorded_bitcoin(void);

#endif
