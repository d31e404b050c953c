/* SPDX-License-Identifier: Apache-2.0 */
/* One part: train, set the thresholds, test. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "base/rng.h"
#include "forge/forge_job.h"

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double crucible__threshold(const double *sorted, size_t n, double q) {
  size_t k = (size_t)(q * (double)(n - 1)), below = k;
  while (below > 0 && sorted[below] == sorted[k])
    --below;
  return sorted[below] + 0.5 * (sorted[k] - sorted[below]);
}

/* Features and labels of the given rows, column-major. */
typedef struct table {
  double *features, *label;
  crucible_matrix matrix;
} table;

static crucible_status make_table(const crucible__forge *forge,
                                  const size_t *rows, size_t n, table *t) {
  size_t cols = forge->genes.n_features;
  t->features = crucible__alloc(n, cols * sizeof *t->features);
  t->label = crucible__alloc(n, sizeof *t->label);
  if (t->features == NULL || t->label == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t j = 0; j < cols; ++j)
    for (size_t i = 0; i < n; ++i)
      t->features[j * n + i] = forge->features[j * forge->end + rows[i]];
  for (size_t i = 0; i < n; ++i)
    t->label[i] = forge->label[rows[i]];
  t->matrix = (crucible_matrix){t->features, n, cols, 1, (ptrdiff_t)n};
  return CRUCIBLE_OK;
}

static void free_table(table *t) {
  crucible__free(t->features);
  crucible__free(t->label);
}

/* The holdout's model is what would have been deployed at its begin: both have
   one stream. */
static uint64_t seed_of(const crucible__forge *forge, size_t k) {
  crucible__rng rng;
  size_t n_folds = forge->options.n_folds;
  crucible__rng_init(&rng, forge->options.seed, CRUCIBLE__RNG_FORGE,
                     k < n_folds ? k : n_folds);
  return crucible__rng_u64(&rng);
}

static crucible_status train(const crucible__forge *forge, size_t k,
                             const crucible__fold_rows *rows,
                             crucible__fold_result *result) {
  table learn = {0}, stop = {0};
  crucible_model_report report = {.struct_size = sizeof report};
  crucible_status status =
      make_table(forge, rows->train, rows->n_train, &learn);
  if (status == CRUCIBLE_OK)
    status = make_table(forge, rows->inner, rows->n_inner, &stop);
  if (status == CRUCIBLE_OK) {
    crucible_model_task task;
    crucible_model_task_init(&task, sizeof task);
    task.features = learn.matrix;
    task.target = learn.label;
    task.valid_features = stop.matrix;
    task.valid_target = stop.label;
    task.max_rounds = forge->options.max_rounds;
    task.patience = forge->options.patience;
    task.seed = seed_of(forge, k);
    task.cancel = forge->cancel;
    status = crucible_model_fit(
        forge->genes.model_kind, crucible_genome_model_params(forge->genome),
        forge->genes.n_model_params, &task, &result->model, &report);
  }
  free_table(&learn);
  free_table(&stop);
  result->fold.rounds = report.best_rounds;
  return status;
}

crucible_status crucible__forge_predict(const crucible__forge *forge,
                                        const crucible_model *model,
                                        size_t begin, size_t end,
                                        double *scores) {
  crucible_matrix rows = {forge->features + begin, end - begin,
                          forge->genes.n_features, 1, (ptrdiff_t)forge->end};
  CRUCIBLE__TRY(crucible_model_predict(model, &rows, scores));
  for (size_t i = begin; i < end; ++i)
    if (!forge->is_warm[i])
      scores[i - begin] = (double)NAN;
  return CRUCIBLE_OK;
}

/*
 * A long-only plan takes the best predictions; one that goes both ways takes
 * those that are furthest from zero, in either direction.
 */
static crucible_status set_thresholds(const crucible__forge *forge,
                                      const crucible__fold_span *span,
                                      crucible__fold_result *result) {
  size_t length = span->train_end - span->inner_begin, n = 0;
  double *scores = crucible__alloc(length, sizeof *scores);
  if (scores == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible__forge_predict(
      forge, result->model, span->inner_begin, span->train_end, scores);
  for (size_t i = 0; status == CRUCIBLE_OK && i < length; ++i) {
    if (isnan(scores[i]))
      continue;
    scores[n++] = forge->plan.side == CRUCIBLE_SIDE_LONG_SHORT ? fabs(scores[i])
                                                               : scores[i];
  }
  if (status == CRUCIBLE_OK) {
    qsort(scores, n, sizeof *scores, ascending);
    result->is_constant = scores[0] == scores[n - 1];
    result->fold.theta_in =
        crucible__threshold(scores, n, forge->genes.entry_quantile);
    result->fold.theta_out =
        crucible__threshold(scores, n, forge->genes.exit_quantile);
  }
  crucible__free(scores);
  return status;
}

static crucible_status test(const crucible__forge *forge, size_t k,
                            const crucible__fold_span *span,
                            crucible__fold_result *result) {
  size_t n = span->test_end - span->train_end;
  double *scores = crucible__alloc(n, sizeof *scores);
  if (scores == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__market_part part;
  crucible_plan plan = forge->plan;
  crucible_backtest_options options = forge->backtest;
  crucible_matrix column = {scores, n, 1, 1, (ptrdiff_t)n};
  plan.theta_in = result->fold.theta_in;
  plan.theta_out = result->fold.theta_out;
  options.keep_equity = options.keep_records = 1;
  crucible__forge_part(forge, span->train_end, span->test_end, &part);
  crucible_status status = crucible__forge_predict(
      forge, result->model, span->train_end, span->test_end, scores);
  if (status == CRUCIBLE_OK)
    status = crucible_backtest_run(&part.market, forge->instrument, &column,
                                   &plan, 1, &options, NULL, forge->cancel,
                                   &result->backtest);
  if (status == CRUCIBLE_OK && k == crucible__holdout_part(forge)) {
    result->positions = crucible__alloc(n, sizeof *result->positions);
    status =
        result->positions == NULL
            ? CRUCIBLE_E_NOMEM
            : crucible__forge_exposures(forge, &plan, scores, span->train_end,
                                        span->test_end, result->positions);
  }
  crucible__free(scores);
  return status;
}

static crucible_status take_test_figures(crucible__fold_result *result) {
  crucible_summary summary = {.struct_size = sizeof summary};
  CRUCIBLE__TRY(crucible_backtest_summary(result->backtest, 0, &summary));
  result->fold.n_trades = summary.ledger.n_trades;
  result->fold.total_return =
      summary.ledger.equity / summary.ledger.initial_cash - 1;
  result->fold.sharpe = summary.metrics.sharpe;
  return CRUCIBLE_OK;
}

static crucible_status train_and_test(const crucible__forge *forge, size_t k,
                                      const crucible__fold_span *span,
                                      const crucible__fold_rows *rows,
                                      crucible__fold_result *result) {
  int64_t start = crucible__clock_monotonic_ns();
  crucible_status status = train(forge, k, rows, result);
  if (status == CRUCIBLE_OK)
    status = set_thresholds(forge, span, result);
  int64_t trained = crucible__clock_monotonic_ns();
  if (status == CRUCIBLE_OK && span->test_end > span->train_end)
    status = test(forge, k, span, result);
  if (status == CRUCIBLE_OK && result->backtest != NULL)
    status = take_test_figures(result);
  result->ns.training = trained - start;
  result->ns.backtest = crucible__clock_monotonic_ns() - trained;
  return status;
}

crucible_status crucible__fold_run(const crucible__forge *forge, size_t k,
                                   crucible__fold_result *result) {
  crucible__fold_span span = crucible__fold_span_of(forge, k);
  crucible__fold_rows rows;
  CRUCIBLE__TRY(crucible__fold_rows_of(forge, &span, &rows));
  *result = (crucible__fold_result){
      .fold = {.train_begin = span.train_begin,
               .train_end = span.train_end,
               .inner_begin = span.inner_begin,
               .test_begin = span.train_end,
               .test_end = span.test_end,
               .n_train = rows.n_train,
               .n_purged = rows.n_purged,
               .sharpe = (double)NAN,
               .theta_in = (double)NAN,
               .theta_out = (double)NAN},
      .n_inner = rows.n_inner,
      .is_trained = rows.n_train >= CRUCIBLE__MIN_TRAIN_ROWS &&
                    rows.n_inner >= CRUCIBLE__MIN_INNER_ROWS,
  };
  crucible_status status = CRUCIBLE_OK;
  if (result->is_trained)
    status = train_and_test(forge, k, &span, &rows, result);
  crucible__fold_rows_free(&rows);
  return status;
}

void crucible__fold_result_free(crucible__fold_result *result) {
  crucible_model_destroy(result->model);
  crucible_backtest_destroy(result->backtest);
  crucible__free(result->positions);
  *result = (crucible__fold_result){0};
}
