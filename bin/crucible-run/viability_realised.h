/* SPDX-License-Identifier: Apache-2.0 */
/* What trades brought against what they cost, by timeframe: those of a
   tournament's agents, or those of a rule run over each timeframe's bars. */
#ifndef VIABILITY_REALISED_H
#define VIABILITY_REALISED_H

#include <crucible/crucible.h>

#include "backtest_run.h"
#include "run_json.h"
#include "run_text.h"

enum { REALISED_MAX = 64 };

typedef struct realised_row {
  int64_t timeframe_ms;
  uint32_t n_agents; /* 0: trades of the rule */
  int is_skipped;    /* too few bars for the forecasts */
  uint64_t n_trades;
  double gross, cost; /* sums */
  int has_viability;  /* 0: fewer than 10 trades, or free of cost */
  crucible_viability viability;
  uint64_t n_forge_trades;        /* out of sample, before the agents traded */
  double forge_gross, forge_cost; /* sums */
} realised_row;

typedef struct realised_table {
  realised_row rows[REALISED_MAX]; /* shortest timeframe first */
  size_t n;
} realised_table;

/* Reads a database; exit code. */
int realised_read(const char *db, realised_table *table);

/* Runs a rule over the bars of one timeframe, which comes after those that are
   there; exit code. */
int realised_run(const backtest_options *rule, int64_t timeframe_ms,
                 realised_table *table);

/* A timeframe with too few bars for that. */
int realised_skip(int64_t timeframe_ms, realised_table *table);

/* name: what the table is of. Exit code. */
int realised_print(const realised_table *table, const char *name);
/* What it says, in words. */
void realised_print_verdict(const realised_table *table, const char *name);
void realised_add_json(const realised_table *table, const char *key,
                       run_json *json);
void realised_add_csv(const realised_table *table, const char *name,
                      run_text *csv);

#endif
