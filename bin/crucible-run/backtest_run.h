/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over bars, one account per combination of swept values. */
#ifndef BACKTEST_RUN_H
#define BACKTEST_RUN_H

#include <crucible/crucible.h>

#include "args.h"
#include "backtest_strategy.h"
#include "run_config.h"
#include "run_input.h"
#include "run_market.h"
#include "run_report.h"
#include "run_sweep.h"
#include "run_text.h"

/* Tables that the library writes: orders, positions, drawdowns. */
enum { BACKTEST_TABLES = 3 };
extern const char *const BACKTEST_TABLE_OPTIONS[BACKTEST_TABLES];

/* What the command line says. */
typedef struct backtest_options {
  input_options input;
  const char *config;
  arg_list set;
  const char *timeframe;
  const char *funding;           /* CSV file of a perpetual's rates, or NULL */
  const char *rules[RULE_KINDS]; /* NULL: none */
  const char *scores;            /* a file with scores instead of rules */
  const char *program;           /* a command that computes them */
  double theta_in, theta_out;    /* for such scores */
  int is_both;                   /* shorts by them as well */
  arg_list sweep;
  const char *entry;
  const char *offset; /* a distance: "3" sigma or "1%" */
  uint64_t ttl;
  uint64_t horizon;
  double stop, target;                        /* sigma */
  const char *stop_at, *target_at, *trail_at; /* distances, instead */
  double size;
  const char *size_in;
  const char *path, *fill, *remainder;
  double participation;              /* 0: no cap */
  const char *taker_fee, *maker_fee; /* instead of the profile's */
  const char *rungs;                 /* "0.5:0.3,1:0.5" */
  const char *limit_beyond;          /* a share: "0.1%" */
  const char *trades;                /* CSV file of the trades, or NULL */
  const char *equity;                /* likewise of the equity at each close */
  const char *tables[BACKTEST_TABLES]; /* files of these, or NULL */
  uint64_t top;                        /* rows that are printed of a sweep */
  uint64_t threads;
  int json;
  int check_lookahead, check_warmup;
  uint64_t cuts; /* of the look-ahead check */
} backtest_options;

/* What one combination came to. */
typedef struct backtest_column {
  size_t column;
  crucible_summary summary;
} backtest_column;

/* A run and its results. */
typedef struct backtest_run {
  run_config config;
  run_input input;
  run_funding funding;
  run_market market;
  run_sweep sweep;
  strategy strategy;
  crucible_plan plan;
  crucible_backtest_options how;
  crucible_pool *pool;
  backtest_column *columns;     /* [sweep.n_columns] best equity first */
  crucible_viability viability; /* of a run without a sweep */
  int has_viability;
  uint64_t reasons[RUN_REASONS]; /* orders not filled, by CRUCIBLE_REASON_* */
  size_t best_sharpe;            /* its place in columns, of a sweep */
  crucible_dsr_result dsr;       /* of that one, among all of them */
  int has_dsr;
  run_text trades; /* CSV */
  run_text equity; /* likewise, of a run without a sweep */
} backtest_run;

/* Reads all inputs and parses all rules; exit code. Freed by backtest_free()
   in every case. */
int backtest_prepare(const backtest_options *given, backtest_run *run);

/* Runs it all; exit code. Freed by backtest_free() in every case. */
int backtest_go(const backtest_options *given, backtest_run *run);
void backtest_free(backtest_run *run);

/* Prints the result on stdout; exit code. */
int backtest_print(const backtest_options *given, const backtest_run *run);
int backtest_print_json(const backtest_options *given, const backtest_run *run);

#endif
