/* SPDX-License-Identifier: Apache-2.0 */
/* What a run over columns leaves behind. */
#ifndef CRUCIBLE__RUN_RESULT_H
#define CRUCIBLE__RUN_RESULT_H

#include <stdatomic.h>

#include "backtest/kernel.h"
#include "backtest/record_table.h"

/* What a market's next bar has to know of its last one. */
typedef struct crucible__market_tail {
  int64_t open_ms;
  double close, spread;
} crucible__market_tail;

struct crucible_backtest {
  atomic_size_t n_sharing; /* beside the owner: arrays that lie in it */
  size_t n_bars, n_columns, n_markets;
  int64_t timeframe_ms;
  int32_t decides;
  int keeps_records, keeps_positions, keeps_drawdowns;
  crucible_summary *summaries;  /* [n_columns] */
  crucible__column *columns;    /* [n_columns] for a run that goes on */
  crucible__book *books;        /* likewise; NULL: no explicit orders */
  crucible__market_tail *tails; /* [n_markets] */
  crucible__records records;
  crucible__position_table positions;
  double *equity; /* [n_columns][n_bars + 1], the equity before the first bar
                     first; NULL: not kept */
};

/* One more that has to destroy the run before it ends. */
static inline crucible_backtest *
crucible__backtest_hold(const crucible_backtest *backtest) {
  crucible_backtest *held = (crucible_backtest *)(uintptr_t)backtest;
  atomic_fetch_add(&held->n_sharing, 1);
  return held;
}

/* Whether this was the last: then it ends. */
static inline int crucible__backtest_let_go(crucible_backtest *backtest) {
  return atomic_fetch_sub(&backtest->n_sharing, 1) == 0;
}

#endif
