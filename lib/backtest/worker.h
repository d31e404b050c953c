/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread of a run works with, and how a column gets its course. */
#ifndef CRUCIBLE__WORKER_H
#define CRUCIBLE__WORKER_H

#include "backtest/inputs.h"
#include "backtest/kernel.h"
#include "backtest/panel.h"
#include "backtest/record_gather.h"
#include "backtest/run_result.h"

enum {
  CRUCIBLE__BLOCK_WORDS = 64, /* of signals made as they are used */
  CRUCIBLE__ABREAST = 8       /* columns that a worker has under way */
};

/* The bars of a market as the kernel reads them, as far as the run has come. */
typedef struct crucible__ground {
  crucible__lift lift;
  crucible__bar_line *lines; /* in lines_room, on whole cache lines */
  unsigned char *lines_room;
  crucible__odd_bars odd;
  size_t market, lifted_to; /* SIZE_MAX: no market yet */
} crucible__ground;

typedef struct crucible__worker {
  crucible__ground ground; /* of the market it was on last */
  /* the market's own record over the bars of sums_key, begun with sums_start */
  crucible__market_sums market_sums, sums_start;
  size_t sums_key[3];
  int has_sums;
  double *curve; /* [bars] where it is needed but not kept */
  double *fees;  /* [bars] */
  uint64_t
      *words; /* [CRUCIBLE__ABREAST][4][CRUCIBLE__BLOCK_WORDS] of a source */
  crucible__log logs[CRUCIBLE__ABREAST];
  crucible__events events;
} crucible__worker;

typedef struct crucible__run {
  crucible_backtest *result;
  const crucible_backtest *before; /* or NULL */
  const crucible__inputs *inputs;
  const crucible__span_calls *calls;
  crucible__panel panel;
  crucible__gather gather;
  crucible__worker *workers;
  crucible_metrics_options metrics;
  crucible__ground *grounds; /* [n_markets] of groups, whose members stand on
                                 several at once; else NULL */
  size_t *groups;            /* [n_groups + 1] their first columns */
  size_t first_group;        /* of the panel */
  crucible__log *logs;       /* [n_columns] of a source's columns */
  size_t from, to;           /* bars under way */
  int is_last;               /* they are the last ones */
} crucible__run;

/* Lifts the bars under way of a market. */
crucible_status crucible__ground_take(const crucible__run *job,
                                      crucible__ground *ground, size_t market);
void crucible__ground_free(crucible__ground *ground);

/* Puts a column before its first bar, or where the run before left it. */
void crucible__column_start(const crucible__run *job, size_t column);

/* The bars under way of a column, [*from, *to), and what it reads of them. */
crucible_status crucible__course_make(const crucible__run *job,
                                      crucible__worker *own, size_t column,
                                      const crucible__signals *signals,
                                      crucible__log *log,
                                      crucible__course *course, size_t *from,
                                      size_t *to);

/* Adds the market's own record of those bars to the column's. */
void crucible__worker_sum_market(const crucible__run *job,
                                 crucible__worker *own, size_t column,
                                 const crucible__course *course, size_t from,
                                 size_t to);

/* After a column's last bar: records that are due, equity of bars that are not
   traded any more, its summary. */
crucible_status crucible__column_end(const crucible__run *job, size_t column,
                                     crucible__log *log);

void crucible__worker_free(crucible__worker *own);

#endif
