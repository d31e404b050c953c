/* SPDX-License-Identifier: Apache-2.0 */
/* One forging, and what its parts know of each other. */
#ifndef CRUCIBLE__FORGE_JOB_H
#define CRUCIBLE__FORGE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/forge.h>

enum {
  CRUCIBLE__MIN_TRAIN_ROWS = 100, /* a model is learnt from */
  CRUCIBLE__MIN_INNER_ROWS = 20   /* that stop it */
};

/* Everything all folds share; the same while they run. */
typedef struct crucible__forge {
  const crucible_genome *genome;
  crucible_genes genes;
  crucible_plan plan; /* the genes', its thetas 0 until they are set */
  crucible_forge_options options;
  crucible_backtest_options backtest;
  const crucible_instrument *instrument;
  const crucible_cancel *cancel;
  crucible_market market; /* its bars point to .bars */
  crucible_bars bars;     /* from the series' start to the window's end */
  size_t begin, end;      /* the window */
  size_t usable;          /* its first bar that is warm with warm forecasts */

  double *features;  /* [end x n_features] column-major */
  uint8_t *is_warm;  /* [end] 1: no feature is NaN */
  double *label;     /* [end] NaN: none; nothing before begin */
  size_t *label_end; /* [end] last bar the label has seen */
} crucible__forge;

/* Bars [begin, end) of the market, with room for its own view of the bars. */
typedef struct crucible__market_part {
  crucible_market market;
  crucible_bars bars;
} crucible__market_part;

void crucible__forge_part(const crucible__forge *forge, size_t begin,
                          size_t end, crucible__market_part *part);

/* ---- labels ---- */

/*
 * Labels of all bars of the window; no bar at or after its end is read. Long:
 * the outcome of entering long. Long and short: half the difference of both
 * outcomes, which is what going long is better than staying out, and short
 * worse, with the costs of both directions cancelled.
 */
crucible_status crucible__forge_label(crucible__forge *forge,
                                      crucible_pool *pool);

/* ---- folds ---- */

/* Bars of a training and of the test after it. */
typedef struct crucible__fold_span {
  size_t train_begin, inner_begin, train_end; /* inner tail up to train_end */
  size_t test_end; /* the test begins at train_end; equal: none */
} crucible__fold_span;

/*
 * Fold number k < n_folds, or the deployed model's for k = n_folds. What is
 * tested depends on window and options alone, so that genomes are compared on
 * the same bars; training begins where features and forecasts are warm.
 */
crucible__fold_span crucible__fold_span_of(const crucible__forge *forge,
                                           size_t k);

/* Rows that a fold may use, by bar number. */
typedef struct crucible__fold_rows {
  size_t *train, *inner; /* inner: to stop early */
  size_t n_train, n_inner, n_purged;
} crucible__fold_rows;

/*
 * A row of the training part is kept if its label interval ends before the
 * inner tail, one of the inner tail if it ends before the test.
 */
crucible_status crucible__fold_rows_of(const crucible__forge *forge,
                                       const crucible__fold_span *span,
                                       crucible__fold_rows *rows);
void crucible__fold_rows_free(crucible__fold_rows *rows);

/* Finds the first usable bar; E_TOO_SHORT if a fold has too few bars for any
   genome. That one genome finds too few of them is no failure. */
crucible_status crucible__folds_prepare(crucible__forge *forge);

/* ---- training ---- */

/* What a fold, or the deployed model, came to. */
typedef struct crucible__fold_result {
  crucible_fold fold;
  crucible_model *model;
  crucible_backtest *backtest; /* of the test; NULL for the deployed */
  int is_trained;              /* 0: too few rows with a label */
  int is_constant; /* it predicts the same all over its inner tail */
  size_t n_inner;
} crucible__fold_result;

crucible_status crucible__fold_run(const crucible__forge *forge, size_t k,
                                   crucible__fold_result *result);
void crucible__fold_result_free(crucible__fold_result *result);

/*
 * A threshold that the value at quantile q of n >= 1 sorted values exceeds, and
 * all above it: halfway to the next smaller one. Trees predict few distinct
 * values; with the quantile itself the highest of them would never be above
 * it. Where all are equal none exceeds the threshold.
 */
double crucible__threshold(const double *sorted, size_t n, double q);

/* ---- report ---- */

struct crucible_forged {
  crucible_forge_report report;
  crucible_plan plan;
  void *bytes; /* of the deployed model; NULL: there is none */
  size_t n_bytes;
  void *trade_columns; /* one block that trades points into */
  crucible_trades trades;
};

/* Fills all of forged but the deployed model from the folds' results. */
crucible_status crucible__forge_report(const crucible__forge *forge,
                                       const crucible__fold_result *results,
                                       crucible_forged *forged);

/* "" or why no order of the plan would be taken now. */
void crucible__forge_order_check(const crucible__forge *forge, char *reason,
                                 size_t size);

#endif
