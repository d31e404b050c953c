/* SPDX-License-Identifier: Apache-2.0 */
/* One forging, and what its parts know of each other. */
#ifndef CRUCIBLE__FORGE_JOB_H
#define CRUCIBLE__FORGE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/forge.h>

/* One forging: take, columns, labels, parts, report. */
enum {
  CRUCIBLE__MIN_TRAIN_ROWS = 100, /* a model is learnt from */
  CRUCIBLE__MIN_INNER_ROWS = 20   /* that stop it */
};

/* Where the time went, ns; added up in the order of the parts. */
typedef struct crucible__forge_ns {
  int64_t features, labels, training, backtest;
} crucible__forge_ns;

/* Everything all parts share; the same while they run. */
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
  size_t fold_end;        /* where the holdout begins; end: there is none */
  size_t usable;          /* its first bar that is warm with warm forecasts */
  crucible_feature_cache *cache; /* NULL: none */
  crucible_forge_times *times;   /* the caller's; NULL: not wanted */

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

/*
 * Parts by number: below n_folds the folds, then the holdout's, then the model
 * to deploy.
 */
enum { CRUCIBLE__PARTS_MAX = CRUCIBLE_FOLDS_MAX + 2 };

static inline size_t crucible__holdout_part(const crucible__forge *forge) {
  return forge->options.n_folds;
}

static inline size_t crucible__deploy_part(const crucible__forge *forge) {
  return (size_t)forge->options.n_folds + 1;
}

/* Whether a part belongs to a stage that was asked for. */
static inline int crucible__has_part(const crucible__forge *forge, size_t k) {
  uint32_t stage = k == crucible__deploy_part(forge)    ? CRUCIBLE_FORGE_DEPLOY
                   : k == crucible__holdout_part(forge) ? CRUCIBLE_FORGE_HOLDOUT
                                                        : CRUCIBLE_FORGE_FOLDS;
  return (forge->options.stages & stage) != 0;
}

/* Its name, for texts: "fold 2", "the holdout", "the model to deploy". */
enum { CRUCIBLE__PART_NAME = 32 };
void crucible__part_name(const crucible__forge *forge, size_t k,
                         char name[CRUCIBLE__PART_NAME]);

/* Takes genome and data, checks them and what they have to do with each
   other; the options are left at their defaults. */
crucible_status crucible__forge_take(crucible__forge *forge,
                                     const crucible_genome *genome,
                                     const crucible_forge_data *data);

/* Fills features and is_warm. */
crucible_status crucible__forge_columns(crucible__forge *forge,
                                        crucible_pool *pool);
void crucible__forge_free(crucible__forge *forge);

/* Adds to the caller's times. */
void crucible__forge_add_times(const crucible__forge *forge,
                               const crucible__forge_ns *ns);

void crucible__forge_part(const crucible__forge *forge, size_t begin,
                          size_t end, crucible__market_part *part);

/* ---- labels ---- */

/*
 * Labels of all bars of the window that a stage asked for may read; those of
 * bars before fold_end are the same whatever the stages, if they end before
 * it. Long:
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
 * Of part k. What is tested depends on window and options alone, so that
 * genomes are compared on the same bars; training begins where features and
 * forecasts are warm.
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
 * inner tail, one of the inner tail if it ends before the test. A label that
 * is not known before the end of the test does not exist for the fold.
 */
crucible_status crucible__fold_rows_of(const crucible__forge *forge,
                                       const crucible__fold_span *span,
                                       crucible__fold_rows *rows);
void crucible__fold_rows_free(crucible__fold_rows *rows);

/* Finds the first usable bar; E_TOO_SHORT if a part has too few bars for any
   genome. That one genome finds too few of them is no failure. */
crucible_status crucible__folds_prepare(crucible__forge *forge);

/* ---- training ---- */

/* What a part came to. */
typedef struct crucible__fold_result {
  crucible_fold fold;
  crucible_model *model;
  crucible_backtest *backtest; /* of the test; NULL for the deployed */
  int is_trained;              /* 0: too few rows with a label */
  int is_constant; /* it predicts the same all over its inner tail */
  size_t n_inner;
  double *positions; /* of the test, [test bars]; the holdout's alone */
  crucible__forge_ns ns;
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

/* Predictions of bars [begin, end); NaN where a feature is. */
crucible_status crucible__forge_predict(const crucible__forge *forge,
                                        const crucible_model *model,
                                        size_t begin, size_t end,
                                        double *scores);

/* Signed exposure at the close of each bar [begin, end), flat at begin. */
crucible_status crucible__forge_exposures(const crucible__forge *forge,
                                          const crucible_plan *plan,
                                          const double *scores, size_t begin,
                                          size_t end, double *positions);

/* ---- report ---- */

struct crucible_forged {
  crucible_forge_report report;
  crucible_plan plan;
  void *bytes; /* of the deployed model; NULL: there is none */
  size_t n_bytes;
  void *trade_columns; /* one block that trades points into */
  crucible_trades trades;
  double *positions; /* [n_positions]; NULL: no holdout was tested */
  size_t n_positions;
};

/* The report before any part has run. */
void crucible__report_begin(const crucible__forge *forge,
                            crucible_forge_report *report);

/* Figures of the first n_folds results that their test returns give: sharpe,
   sharpe_base, psr, total_return, ...; NaN if one of them has no test. */
crucible_status crucible__report_returns(const crucible__forge *forge,
                                         const crucible__fold_result *results,
                                         uint32_t n_folds,
                                         crucible_forge_report *report);

/* Fills in the folds that were run, and their trades, and judges them. */
crucible_status crucible__report_folds(const crucible__forge *forge,
                                       const crucible__fold_result *results,
                                       uint32_t n_folds,
                                       crucible_forged *forged);

/* Fills in the result of part k after the folds. */
void crucible__report_part(const crucible__forge *forge, size_t k,
                           crucible__fold_result *result,
                           crucible_forged *forged);

/* "" or why no order of the plan would be taken at the close of a bar. */
void crucible__forge_order_check(const crucible__forge *forge, size_t bar,
                                 char *reason, size_t size);

#endif
