/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mean of a resample is a sum over observations, each as often as it was
 * drawn: resamples come in fours as columns of such counts, and a block of
 * trials is read once for all four.
 */
#include <math.h>
#include <string.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "stats/bootstrap.h"
#include "stats/trials_matrix.h"

enum { LANES = 8, TOGETHER = 4 };

typedef struct trial {
  double mean, omega;
  double shift_lower, shift_consistent; /* added to a resample's centred mean */
  double length;                        /* of blocks */
} trial;

/* The largest of all trials in one resample. */
typedef struct largest {
  double white, lower, consistent, upper;
} largest;

typedef struct job {
  crucible_reality_check_options options;
  const crucible_matrix *returns;
  size_t n, n_trials, n_groups;
  double *x;        /* [n_groups][n][LANES] above the benchmark, centred */
  trial *trial;     /* [n_trials] */
  largest *largest; /* [n_resamples] */
  double *work;     /* [threads][n]: one trial */
  uint32_t *index;  /* [threads][n] */
  double *count;    /* [threads][n][TOGETHER] */
} job;

static crucible_reality_check_options reality_check_defaults(void) {
  return (crucible_reality_check_options){
      .struct_size = sizeof(crucible_reality_check_options),
      .n_resamples = 2000,
      .is_studentised = 1};
}

void crucible_reality_check_options_init(
    crucible_reality_check_options *options, size_t struct_size) {
  const crucible_reality_check_options defaults = reality_check_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* What a trial returns above the benchmark. */
static void take(const job *j, size_t k, double *x) {
  const double *benchmark = j->options.benchmark;
  for (size_t t = 0; t < j->n; ++t)
    x[t] =
        crucible__at(j->returns, t, k) - (benchmark != NULL ? benchmark[t] : 0);
}

static crucible_status add_trial(size_t k, uint32_t worker, void *data) {
  job *j = data;
  double *x = j->work + (size_t)worker * j->n, sum = 0, circular;
  const crucible_matrix column = {x, j->n, 1, 1, 1};
  take(j, k, x);
  if (crucible__trials_vary(&column, "returns", 0) != CRUCIBLE_OK)
    return crucible__fail(
        CRUCIBLE_E_DOMAIN,
        "returns: column %zu differs from the benchmark by %g "
        "throughout, which has no variance: leave the trial "
        "out",
        k, x[0]);
  for (size_t t = 0; t < j->n; ++t)
    sum += x[t];
  j->trial[k].mean = sum / (double)j->n;
  double *lane = j->x + k / LANES * (j->n * LANES) + k % LANES;
  for (size_t t = 0; t < j->n; ++t) {
    x[t] -= j->trial[k].mean;
    lane[t * LANES] = x[t];
  }
  if (j->options.block_length == 0)
    crucible__block_length(x, j->n, &j->trial[k].length, &circular);
  return CRUCIBLE_OK;
}

static crucible_status weigh_trial(size_t k, uint32_t worker, void *data) {
  job *j = data;
  double *x = j->work + (size_t)worker * j->n;
  const double *lane = j->x + k / LANES * (j->n * LANES) + k % LANES;
  const double n = (double)j->n;
  trial *t = &j->trial[k];
  for (size_t i = 0; i < j->n; ++i)
    x[i] = lane[i * LANES];
  const double variance =
      crucible__bootstrap_variance(x, j->n, j->options.block_length);
  if (!(variance > 0))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "returns: the mean of column %zu has a variance of "
                          "%g at a block length of %g: shorter blocks",
                          k, variance, j->options.block_length);
  /* Hansen's threshold: what loses by more is not in the race */
  const int counts = t->mean >= -sqrt(variance / n * 2 * log(log(n)));
  t->omega = j->options.is_studentised ? sqrt(variance) : 1;
  t->shift_lower = t->mean < 0 ? t->mean : 0;
  t->shift_consistent = counts ? 0 : t->mean;
  return CRUCIBLE_OK;
}

static void enter(const job *j, size_t k, double centred, largest *most) {
  const trial *t = &j->trial[k];
  const double upper = centred / t->omega;
  const double lower = (centred + t->shift_lower) / t->omega;
  const double consistent = (centred + t->shift_consistent) / t->omega;
  most->white = centred > most->white ? centred : most->white;
  most->upper = upper > most->upper ? upper : most->upper;
  most->lower = lower > most->lower ? lower : most->lower;
  most->consistent =
      consistent > most->consistent ? consistent : most->consistent;
}

/* Sums of one block of trials over four resamples. */
static void add_up(const double *x, const double *count, size_t n,
                   double sum[TOGETHER][LANES]) {
  double a[TOGETHER][LANES] = {{0}};
  for (size_t t = 0; t < n; ++t)
    for (int r = 0; r < TOGETHER; ++r)
      for (int k = 0; k < LANES; ++k)
        a[r][k] += count[t * TOGETHER + (size_t)r] * x[t * LANES + (size_t)k];
  memcpy(sum, a, sizeof a);
}

static void draw(const job *j, size_t first, uint32_t *index, double *count) {
  memset(count, 0, j->n * TOGETHER * sizeof *count);
  for (size_t r = 0; r < TOGETHER; ++r) {
    crucible__bootstrap_draw(j->options.seed, first + r, j->n,
                             j->options.block_length, index);
    for (size_t t = 0; t < j->n; ++t)
      ++count[index[t] * (size_t)TOGETHER + r];
  }
}

static crucible_status resample(size_t item, uint32_t worker, void *data) {
  job *j = data;
  const size_t first = item * TOGETHER;
  uint32_t *index = j->index + (size_t)worker * j->n;
  double *count = j->count + (size_t)worker * j->n * TOGETHER;
  largest most[TOGETHER];
  draw(j, first, index, count);
  for (size_t r = 0; r < TOGETHER; ++r)
    most[r] = (largest){-(double)INFINITY, 0, 0, 0};
  for (size_t g = 0; g < j->n_groups; ++g) {
    double sum[TOGETHER][LANES];
    add_up(j->x + g * j->n * LANES, count, j->n, sum);
    for (size_t k = g * LANES; k < j->n_trials && k < (g + 1) * LANES; ++k)
      for (size_t r = 0; r < TOGETHER; ++r)
        enter(j, k, sum[r][k % LANES] / (double)j->n, &most[r]);
  }
  for (size_t r = 0; r < TOGETHER && first + r < j->options.n_resamples; ++r)
    j->largest[first + r] = most[r];
  return CRUCIBLE_OK;
}

static crucible_reality_check_result sum_up(const job *j) {
  const double n = j->options.n_resamples;
  crucible_reality_check_result found = {
      .struct_size = sizeof found, .block_length = j->options.block_length};
  double best = -(double)INFINITY;
  found.best_mean = best;
  for (size_t k = 0; k < j->n_trials; ++k) {
    const trial *t = &j->trial[k];
    const double ratio = t->mean / t->omega;
    if (ratio > best) {
      best = ratio;
      found.best_trial = k;
    }
    found.best_mean = t->mean > found.best_mean ? t->mean : found.best_mean;
    found.n_considered += t->shift_consistent == 0;
  }
  best = best > 0 ? best : 0;
  for (size_t r = 0; r < j->options.n_resamples; ++r) {
    found.p_white += j->largest[r].white > found.best_mean;
    found.p_lower += j->largest[r].lower > best;
    found.p_consistent += j->largest[r].consistent > best;
    found.p_upper += j->largest[r].upper > best;
  }
  found.p_white /= n, found.p_lower /= n;
  found.p_consistent /= n, found.p_upper /= n;
  found.statistic = best * sqrt((double)j->n);
  return found;
}

static crucible_status check(const crucible_matrix *returns,
                             const crucible_reality_check_options *o) {
  CRUCIBLE__TRY(
      crucible__trials_check(returns, "returns", CRUCIBLE__BOOTSTRAP_MIN, 1));
  CRUCIBLE__TRY(crucible__bootstrap_check("crucible_reality_check_options",
                                          returns->rows, o->block_length,
                                          o->n_resamples));
  if ((o->is_studentised | 1) != 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_reality_check_options.is_studentised is "
                          "%d: give 0 or 1",
                          o->is_studentised);
  if (o->benchmark != NULL) {
    const crucible_matrix column = {o->benchmark, returns->rows, 1, 1, 1};
    return crucible__trials_check(&column, "benchmark", CRUCIBLE__BOOTSTRAP_MIN,
                                  1);
  }
  return CRUCIBLE_OK;
}

static crucible_status allocate(job *j) {
  const size_t threads = crucible_pool_threads(j->options.pool);
  j->trial = crucible__alloc_zero(j->n_trials, sizeof *j->trial);
  if (j->trial == NULL)
    return CRUCIBLE_E_NOMEM;
  j->x = crucible__alloc_zero(j->n_groups * LANES, j->n * sizeof *j->x);
  if (j->x == NULL)
    return CRUCIBLE_E_NOMEM;
  j->largest = crucible__alloc(j->options.n_resamples, sizeof *j->largest);
  if (j->largest == NULL)
    return CRUCIBLE_E_NOMEM;
  j->work = crucible__alloc(threads, j->n * sizeof *j->work);
  if (j->work == NULL)
    return CRUCIBLE_E_NOMEM;
  j->index = crucible__alloc(threads, j->n * sizeof *j->index);
  if (j->index == NULL)
    return CRUCIBLE_E_NOMEM;
  j->count = crucible__alloc(threads * TOGETHER, j->n * sizeof *j->count);
  return j->count != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

static crucible_status run(job *j, crucible_reality_check_result *result) {
  crucible_pool *pool = j->options.pool;
  const crucible_cancel *cancel = j->options.cancel;
  CRUCIBLE__TRY(allocate(j));
  CRUCIBLE__TRY(crucible__pool_run(pool, j->n_trials, add_trial, j, cancel));
  if (j->options.block_length == 0) {
    double sum = 0;
    for (size_t k = 0; k < j->n_trials; ++k)
      sum += j->trial[k].length;
    sum /= (double)j->n_trials;
    j->options.block_length = sum > 1 ? sum : 1;
  }
  CRUCIBLE__TRY(crucible__pool_run(pool, j->n_trials, weigh_trial, j, cancel));
  const size_t n_items =
      (j->options.n_resamples + (size_t)TOGETHER - 1) / TOGETHER;
  CRUCIBLE__TRY(crucible__pool_run(pool, n_items, resample, j, cancel));
  const crucible_reality_check_result found = sum_up(j);
  return crucible__result_write(result, &found, sizeof found,
                                "crucible_reality_check_result");
}

crucible_status
crucible_reality_check(const crucible_matrix *returns,
                       const crucible_reality_check_options *options,
                       crucible_reality_check_result *result) {
  job j = {.options = reality_check_defaults(), .returns = returns};
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__options_read(&j.options, sizeof j.options, options,
                                       "crucible_reality_check_options"));
  CRUCIBLE__TRY(check(returns, &j.options));
  j.n = returns->rows;
  j.n_trials = returns->cols;
  j.n_groups = (j.n_trials - 1) / LANES + 1;
  const crucible_status status = run(&j, result);
  crucible__free(j.count);
  crucible__free(j.index);
  crucible__free(j.work);
  crucible__free(j.largest);
  crucible__free(j.x);
  crucible__free(j.trial);
  return status;
}
