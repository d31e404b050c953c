/* SPDX-License-Identifier: Apache-2.0 */
#include "forge/trainer.h"

#include <math.h>
#include <stdlib.h>

#include "backtest/fill.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "forge/folds.h"
#include "series/bars.h"

enum { FIT_ROWS_MIN = 50, INNER_ROWS_MIN = 20 };

void crucible__trained_clear(crucible__trained *trained) {
  crucible_model_destroy(trained->model);
  crucible__records_free(&trained->records);
  crucible__free(trained->equity);
}

/* Rows with their labels, copied together for the model. */
typedef struct sample {
  size_t n;
  size_t *rows;
  double *features; /* [n x n_features] column-major */
  double *label;    /* [n] */
} sample;

static void clear_sample(sample *s) {
  crucible__free(s->rows);
  crucible__free(s->features);
  crucible__free(s->label);
}

static crucible_status take_sample(const crucible__lessons *lessons,
                                   size_t begin, size_t end, size_t until,
                                   sample *s, size_t *n_purged) {
  s->rows = crucible__alloc(end - begin, sizeof *s->rows);
  if (s->rows == NULL)
    return CRUCIBLE_E_NOMEM;
  s->n = crucible__fold_rows(lessons, begin, end, until, s->rows, n_purged);
  s->features = crucible__alloc(s->n, lessons->n_features * sizeof(double));
  s->label = crucible__alloc(s->n, sizeof *s->label);
  if (s->features == NULL || s->label == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t j = 0; j < lessons->n_features; ++j)
    for (size_t i = 0; i < s->n; ++i)
      s->features[j * s->n + i] =
          lessons->features[j * lessons->n + s->rows[i]];
  for (size_t i = 0; i < s->n; ++i)
    s->label[i] = lessons->label[s->rows[i]];
  return CRUCIBLE_OK;
}

static crucible_status fit(const crucible__training *training, uint32_t number,
                           const sample *outer, const sample *inner,
                           crucible__trained *trained) {
  crucible_model_task task;
  crucible_model_report report = {.struct_size = sizeof report};
  crucible__rng rng;
  size_t n_features = training->lessons.n_features;
  crucible__rng_init(&rng, training->options->seed, CRUCIBLE__RNG_MODEL,
                     number);
  crucible_model_task_init(&task, sizeof task);
  task.features = (crucible_matrix){outer->features, outer->n, n_features, 1,
                                    (ptrdiff_t)outer->n};
  task.target = outer->label;
  task.valid_features = (crucible_matrix){inner->features, inner->n, n_features,
                                          1, (ptrdiff_t)inner->n};
  task.valid_target = inner->label;
  task.max_rounds = training->options->max_rounds;
  task.patience = training->options->patience;
  task.seed = crucible__rng_u64(&rng);
  task.cancel = training->cancel;
  CRUCIBLE__TRY(crucible_model_fit(
      training->genes.model_kind,
      crucible_genome_model_params(training->genome),
      training->genes.n_model_params, &task, &trained->model, &report));
  trained->fold->rounds = report.best_rounds;
  return CRUCIBLE_OK;
}

/* Predictions of the bars [begin, end); NaN where a feature is cold. */
static crucible_status predict(const crucible__training *training,
                               const crucible_model *model, size_t begin,
                               size_t end, double *values) {
  const crucible__lessons *lessons = &training->lessons;
  crucible_matrix rows = {lessons->features + begin, end - begin,
                          lessons->n_features, 1, (ptrdiff_t)lessons->n};
  CRUCIBLE__TRY(crucible_model_predict(model, &rows, values));
  for (size_t i = begin; i < end; ++i)
    if (!lessons->is_warm[i])
      values[i - begin] = (double)NAN;
  return CRUCIBLE_OK;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/*
 * A threshold that the value at quantile q, and all above it, exceed: halfway
 * to the next smaller one. Trees predict few distinct values; with the quantile
 * itself the highest of them would never be above it. Where all are equal
 * nothing exceeds the threshold: such a model knows nothing.
 */
static double threshold(const double *sorted, size_t n, double q) {
  size_t k = (size_t)(q * (double)(n - 1)), below = k;
  while (below > 0 && sorted[below] == sorted[k])
    --below;
  return 0.5 * (sorted[below] + sorted[k]);
}

/*
 * Thresholds are quantiles of what the model predicts on its inner tail, where
 * no label is needed. A plan for both sides looks at sizes alone.
 */
static crucible_status set_thresholds(const crucible__training *training,
                                      crucible__trained *trained) {
  const crucible_fold *fold = trained->fold;
  int is_both = training->genes.plan.side == CRUCIBLE_SIDE_LONG_SHORT;
  size_t length = fold->train_end - fold->inner_begin, n = 0;
  double *values = crucible__alloc(length, sizeof *values);
  if (values == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = predict(training, trained->model, fold->inner_begin,
                                   fold->train_end, values);
  if (status == CRUCIBLE_OK) {
    for (size_t i = 0; i < length; ++i)
      if (!isnan(values[i]))
        values[n++] = is_both ? fabs(values[i]) : values[i];
    qsort(values, n, sizeof *values, compare);
    trained->is_constant = values[0] == values[n - 1];
    trained->plan.theta_in =
        threshold(values, n, training->genes.entry_quantile);
    trained->plan.theta_out =
        threshold(values, n, training->genes.exit_quantile);
    trained->fold->theta_in = trained->plan.theta_in;
    trained->fold->theta_out = trained->plan.theta_out;
  }
  crucible__free(values);
  return status;
}

/* The test's bars through a fresh account, by the step that trades live. */
static crucible_status replay(const crucible__training *training,
                              uint32_t number, const double *scores,
                              crucible__trained *trained) {
  const crucible_fold *fold = trained->fold;
  const crucible_market *market = training->data->market;
  crucible__terms terms;
  crucible__account account;
  crucible__events events;
  double peak;
  CRUCIBLE__TRY(crucible__terms_init(
      &terms, &trained->plan, training->data->instrument,
      market->bars->timeframe_ms, training->data->backtest));
  crucible__account_init(&account, &terms);
  peak = terms.options.initial_cash;
  for (size_t i = fold->test_begin; i < fold->test_end; ++i) {
    size_t k = i - fold->test_begin;
    crucible_bar bar = crucible__bars_at(market->bars, i);
    crucible__outlook outlook = {.sigma = market->sigma[i],
                                 .volume_forecast = market->volume_forecast[i],
                                 .spread = market->spread ? market->spread[i]
                                                          : (double)NAN,
                                 .score = scores[k]};
    crucible__account_step(&account, &terms, &bar, &outlook, &events);
    CRUCIBLE__TRY(crucible__records_reserve(&trained->records, events.n_orders,
                                            events.n_trades));
    crucible__records_add(&trained->records, number, &events);
    trained->equity[k] = account.equity;
    peak = account.equity > peak ? account.equity : peak;
    if (1 - account.equity / peak > trained->max_drawdown)
      trained->max_drawdown = 1 - account.equity / peak;
  }
  trained->fold->n_trades = account.n_trades;
  trained->fold->total_return = account.equity / terms.options.initial_cash - 1;
  return CRUCIBLE_OK;
}

static void set_sharpe(const crucible__training *training,
                       crucible__trained *trained, double *returns) {
  size_t n = trained->fold->test_end - trained->fold->test_begin;
  double before =
      training->data->backtest ? training->data->backtest->initial_cash : 200.0;
  for (size_t i = 0; i < n; ++i) {
    returns[i] = trained->equity[i] / before - 1;
    before = trained->equity[i];
  }
  double sharpe;
  if (crucible_sharpe(returns, n, &sharpe) == CRUCIBLE_OK)
    trained->fold->sharpe = sharpe; /* else it stays NaN: it never traded */
}

static crucible_status test(const crucible__training *training, uint32_t number,
                            crucible__trained *trained) {
  const crucible_fold *fold = trained->fold;
  size_t n = fold->test_end - fold->test_begin;
  if (n == 0)
    return CRUCIBLE_OK; /* the deployed model has no test */
  double *scores = crucible__alloc(n, sizeof *scores);
  trained->equity = crucible__alloc(n, sizeof *trained->equity);
  crucible_status status =
      scores && trained->equity ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  if (status == CRUCIBLE_OK)
    status = predict(training, trained->model, fold->test_begin, fold->test_end,
                     scores);
  if (status == CRUCIBLE_OK)
    status = replay(training, number, scores, trained);
  if (status == CRUCIBLE_OK)
    set_sharpe(training, trained, scores);
  crucible__free(scores);
  return status;
}

static crucible_status check_rows(const crucible_fold *fold, size_t n_outer,
                                  size_t n_inner) {
  if (n_outer >= FIT_ROWS_MIN && n_inner >= INNER_ROWS_MIN)
    return CRUCIBLE_OK;
  return crucible__fail(
      CRUCIBLE_E_TOO_SHORT,
      "the training window [%zu, %zu) has %zu labelled rows and %zu in its "
      "inner tail: at least %d and %d are needed; give more bars",
      fold->train_begin, fold->train_end, n_outer, n_inner, (int)FIT_ROWS_MIN,
      (int)INNER_ROWS_MIN);
}

crucible_status crucible__train(const crucible__training *training,
                                uint32_t number, crucible__trained *trained) {
  crucible_fold *fold = trained->fold;
  sample outer = {0}, inner = {0};
  size_t n_outer_purged = 0, n_inner_purged = 0;
  crucible_status status =
      take_sample(&training->lessons, fold->train_begin, fold->inner_begin,
                  fold->inner_begin, &outer, &n_outer_purged);
  if (status == CRUCIBLE_OK)
    status = take_sample(&training->lessons, fold->inner_begin, fold->train_end,
                         fold->train_end, &inner, &n_inner_purged);
  if (status == CRUCIBLE_OK)
    status = check_rows(fold, outer.n, inner.n);
  if (status == CRUCIBLE_OK)
    status = fit(training, number, &outer, &inner, trained);
  fold->n_train = outer.n;
  fold->n_purged = n_outer_purged + n_inner_purged;
  clear_sample(&outer);
  clear_sample(&inner);
  CRUCIBLE__TRY(status);
  trained->plan = training->genes.plan;
  CRUCIBLE__TRY(set_thresholds(training, trained));
  return test(training, number, trained);
}
