/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "stats/bootstrap.h"
#include "stats/order.h"
#include "stats/trials_matrix.h"

typedef struct job {
  crucible_bootstrap_options options;
  const double *returns; /* [n] */
  size_t n;
  double estimate, error; /* of the record */
  double *value;          /* [n_resamples] */
  double *distance;       /* [n_resamples] in standard errors, or NULL */
  double *x;              /* [threads][n] */
  uint32_t *index;        /* [threads][n] */
} job;

static crucible_bootstrap_options bootstrap_defaults(void) {
  return (crucible_bootstrap_options){.struct_size =
                                          sizeof(crucible_bootstrap_options),
                                      .confidence = 0.95,
                                      .n_resamples = 2000,
                                      .statistic = CRUCIBLE_STATISTIC_SHARPE,
                                      .interval = CRUCIBLE_INTERVAL_PERCENTILE};
}

void crucible_bootstrap_options_init(crucible_bootstrap_options *options,
                                     size_t struct_size) {
  const crucible_bootstrap_options defaults = bootstrap_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

typedef struct two_moments {
  double mean, stddev; /* divisor n - 1 */
} two_moments;

static two_moments moments_of(const double *x, size_t n) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i];
  const double mean = sum / (double)n;
  for (size_t i = 0; i < n; ++i)
    squares += (x[i] - mean) * (x[i] - mean);
  return (two_moments){mean, sqrt(squares / (double)(n - 1))};
}

static crucible_status statistic_of(const job *j, const double *x,
                                    double *value) {
  const crucible_bootstrap_options *o = &j->options;
  double found = (double)NAN;
  if (o->callback != NULL) {
    const int32_t failed = o->callback(x, j->n, &found, o->user_data);
    if (failed != 0)
      return crucible__fail(CRUCIBLE_E_CALLBACK, "the callback returned %d",
                            failed);
    if (!isfinite(found))
      return crucible__fail(CRUCIBLE_E_CALLBACK,
                            "the callback gave %g: give a finite statistic",
                            found);
  } else {
    const two_moments m = moments_of(x, j->n);
    found = m.mean;
    if (o->statistic == CRUCIBLE_STATISTIC_SHARPE)
      found /= m.stddev;
    if (!isfinite(found))
      return crucible__fail(CRUCIBLE_E_DOMAIN,
                            "all returns of a resample are equal, which has no "
                            "Sharpe ratio: shorter blocks, a longer record");
  }
  *value = found;
  return CRUCIBLE_OK;
}

/* What each return adds to the statistic of x, in place; of mean 0. */
static void influence(const job *j, double *x) {
  const two_moments m = moments_of(x, j->n);
  const int is_sharpe = j->options.statistic == CRUCIBLE_STATISTIC_SHARPE;
  double sum = 0;
  for (size_t i = 0; i < j->n; ++i) {
    const double z = (x[i] - m.mean) / m.stddev;
    x[i] = is_sharpe ? z - m.mean / m.stddev / 2 * (z * z - 1) : x[i] - m.mean;
    sum += x[i];
  }
  for (size_t i = 0; i < j->n; ++i)
    x[i] -= sum / (double)j->n;
}

/* Variance of the mean of x from the sums over its blocks. */
static double block_variance(const double *x, const uint32_t *index, size_t n) {
  double sum = x[0], squares = 0;
  for (size_t i = 1; i < n; ++i) {
    if (index[i] != (index[i - 1] + 1) % n) {
      squares += sum * sum;
      sum = 0;
    }
    sum += x[i];
  }
  squares += sum * sum;
  return squares / ((double)n * (double)n);
}

static crucible_status resample(size_t item, uint32_t worker, void *data) {
  job *j = data;
  double *x = j->x + (size_t)worker * j->n;
  uint32_t *index = j->index + (size_t)worker * j->n;
  crucible__bootstrap_draw(j->options.seed, item, j->n, j->options.block_length,
                           index);
  for (size_t i = 0; i < j->n; ++i)
    x[i] = j->returns[index[i]];
  CRUCIBLE__TRY(statistic_of(j, x, &j->value[item]));
  if (j->distance == NULL)
    return CRUCIBLE_OK;
  influence(j, x);
  const double error = sqrt(block_variance(x, index, j->n));
  j->distance[item] = (j->value[item] - j->estimate) / error;
  if (!isfinite(j->distance[item]))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "resample %zu is one block, which has no standard "
                          "error: shorter blocks, a longer record",
                          item);
  return CRUCIBLE_OK;
}

static crucible_status check(const crucible_bootstrap_options *o,
                             const double *returns, size_t n) {
  const crucible_matrix column = {returns, n, 1, 1, 1};
  CRUCIBLE__TRY(crucible__bootstrap_check("crucible_bootstrap_options", n,
                                          o->block_length, o->n_resamples));
  if (!(o->confidence > 0 && o->confidence < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_bootstrap_options.confidence is %g: give "
                          "one inside (0, 1)",
                          o->confidence);
  if (o->statistic != CRUCIBLE_STATISTIC_MEAN &&
      o->statistic != CRUCIBLE_STATISTIC_SHARPE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_bootstrap_options.statistic is %d: give a "
                          "CRUCIBLE_STATISTIC_...",
                          o->statistic);
  if ((o->interval != CRUCIBLE_INTERVAL_PERCENTILE &&
       o->interval != CRUCIBLE_INTERVAL_STUDENTISED) ||
      o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_bootstrap_options.interval is %d, reserved "
                          "%u: give a CRUCIBLE_INTERVAL_... and 0",
                          o->interval, o->reserved);
  if (o->callback != NULL && o->interval == CRUCIBLE_INTERVAL_STUDENTISED)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "a callback's statistic has no standard error: ask "
                          "for CRUCIBLE_INTERVAL_PERCENTILE");
  CRUCIBLE__TRY(
      crucible__trials_check(&column, "returns", CRUCIBLE__BOOTSTRAP_MIN, 1));
  return crucible__trials_vary(&column, "returns", 0);
}

static crucible_status allocate(job *j) {
  const size_t threads = crucible_pool_threads(j->options.pool);
  j->value = crucible__alloc(j->options.n_resamples, sizeof *j->value);
  if (j->value == NULL)
    return CRUCIBLE_E_NOMEM;
  j->x = crucible__alloc(threads * j->n, sizeof *j->x);
  if (j->x == NULL)
    return CRUCIBLE_E_NOMEM;
  j->index = crucible__alloc(threads * j->n, sizeof *j->index);
  if (j->index == NULL)
    return CRUCIBLE_E_NOMEM;
  if (j->options.interval == CRUCIBLE_INTERVAL_PERCENTILE)
    return CRUCIBLE_OK;
  j->distance = crucible__alloc(j->options.n_resamples, sizeof *j->distance);
  return j->distance != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

static void sum_up(job *j, crucible_bootstrap_result *found) {
  const double tail = (1 - j->options.confidence) / 2;
  const size_t n = j->options.n_resamples;
  found->estimate = j->estimate;
  found->standard_error = moments_of(j->value, n).stddev;
  found->block_length = j->options.block_length;
  if (j->distance != NULL) {
    found->low = j->estimate -
                 j->error * crucible__order_quantile(j->distance, n, 1 - tail);
    found->high =
        j->estimate - j->error * crucible__order_quantile(j->distance, n, tail);
  } else {
    found->low = crucible__order_quantile(j->value, n, tail);
    found->high = crucible__order_quantile(j->value, n, 1 - tail);
  }
}

static crucible_status run(job *j, crucible_bootstrap_result *result,
                           double *resamples) {
  crucible_bootstrap_result found = {.struct_size = sizeof found};
  CRUCIBLE__TRY(allocate(j));
  CRUCIBLE__TRY(statistic_of(j, j->returns, &j->estimate));
  if (j->options.block_length == 0) {
    double length = 0;
    CRUCIBLE__TRY(crucible_block_length(j->returns, j->n, &length, NULL));
    j->options.block_length = length > 1 ? length : 1;
  }
  if (j->distance != NULL) {
    memcpy(j->x, j->returns, j->n * sizeof *j->x);
    influence(j, j->x);
    j->error =
        sqrt(crucible__bootstrap_variance(j->x, j->n, j->options.block_length) /
             (double)j->n);
  }
  CRUCIBLE__TRY(crucible__pool_run(j->options.pool, j->options.n_resamples,
                                   resample, j, j->options.cancel));
  if (result->struct_size < sizeof(size_t))
    return crucible__result_write(result, &found, sizeof found,
                                  "crucible_bootstrap_result");
  if (resamples != NULL)
    memcpy(resamples, j->value, j->options.n_resamples * sizeof *resamples);
  sum_up(j, &found);
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_bootstrap_result");
}

crucible_status crucible_bootstrap(const double *returns, size_t n,
                                   const crucible_bootstrap_options *options,
                                   crucible_bootstrap_result *result,
                                   double *resamples, size_t capacity) {
  job j = {.options = bootstrap_defaults(), .returns = returns, .n = n};
  if (returns == NULL || result == NULL || (resamples == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give %s",
                          returns == NULL  ? "returns"
                          : result == NULL ? "result"
                                           : "resamples",
                          returns == NULL ? "returns" : "a place for results");
  CRUCIBLE__TRY(crucible__options_read(&j.options, sizeof j.options, options,
                                       "crucible_bootstrap_options"));
  CRUCIBLE__TRY(check(&j.options, returns, n));
  if (capacity > 0 && capacity < j.options.n_resamples)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "capacity is %zu: there are %u resamples", capacity,
                          j.options.n_resamples);
  const crucible_status status = run(&j, result, capacity ? resamples : NULL);
  crucible__free(j.distance);
  crucible__free(j.index);
  crucible__free(j.x);
  crucible__free(j.value);
  return status;
}
