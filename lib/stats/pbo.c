/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistic of a half is made of sums per block. Every pair of halves is
 * looked at once and serves two combinations; sums are added afresh, in the
 * order of the blocks, so that no combination depends on another.
 */
#include <math.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "stats/combinations.h"
#include "stats/pbo_kernel.h"
#include "stats/trials_matrix.h"

enum { PAIRS_PER_ITEM = 16 };

typedef struct job {
  const crucible_matrix *returns;
  const crucible__pbo_calls *calls;
  crucible__pbo_sums sums;
  size_t n_trials;
  uint64_t n_pairs;
  size_t first;               /* row used */
  size_t length;              /* rows of a block */
  double *data;               /* of sums */
  double *work;               /* [threads][2][8 n_groups] */
  crucible_pbo_split *splits; /* [2 n_pairs] */
  unsigned char *is_tied;     /* [2 n_pairs] */
} job;

static crucible_pbo_options pbo_defaults(void) {
  return (crucible_pbo_options){.struct_size = sizeof(crucible_pbo_options),
                                .n_blocks = 16,
                                .statistic = CRUCIBLE_STATISTIC_SHARPE};
}

void crucible_pbo_options_init(crucible_pbo_options *options,
                               size_t struct_size) {
  const crucible_pbo_options defaults = pbo_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

/* The value that all returns of a block have, or NaN. */
static double constant_of(const job *j, size_t trial, size_t block) {
  const size_t from = j->first + block * j->length;
  const double value = crucible__at(j->returns, from, trial);
  for (size_t t = from + 1; t < from + j->length; ++t)
    if (crucible__at(j->returns, t, trial) != value)
      return (double)NAN;
  return value;
}

/* Whether half of the blocks have one value throughout: it, or NaN. */
static double constant_half(const job *j, size_t trial) {
  double value[CRUCIBLE__PBO_BLOCKS];
  const size_t n = j->sums.n_blocks;
  for (size_t b = 0; b < n; ++b)
    value[b] = constant_of(j, trial, b);
  for (size_t b = 0; b < n; ++b) {
    size_t same = 0;
    for (size_t c = 0; c < n; ++c)
      same += value[c] == value[b];
    if (same >= n / 2)
      return value[b];
  }
  return (double)NAN;
}

static double mean_of(const job *j, size_t trial) {
  const size_t n = j->length * j->sums.n_blocks;
  double sum = 0;
  for (size_t t = j->first; t < j->first + n; ++t)
    sum += crucible__at(j->returns, t, trial);
  return sum / (double)n;
}

/* Sums around the mean lose no digits; those of a trial that may rest through a
   whole half stay around 0, so that there they are 0 exactly. */
static crucible_status add_trial(job *j, size_t trial) {
  const size_t n_blocks = j->sums.n_blocks;
  double *group =
      j->data +
      trial / CRUCIBLE__PBO_GROUP * crucible__pbo_group_size(n_blocks) +
      trial % CRUCIBLE__PBO_GROUP;
  double shift = mean_of(j, trial);
  if (j->sums.is_sharpe) {
    const double constant = constant_half(j, trial);
    if (constant == 0)
      shift = 0;
    else if (!isnan(constant))
      return crucible__fail(
          CRUCIBLE_E_DOMAIN,
          "returns: column %zu is %g throughout half of the blocks, which has "
          "no Sharpe ratio: leave the trial out or judge by the mean",
          trial, constant);
  }
  group[0] = shift;
  for (size_t b = 0; b < n_blocks; ++b) {
    double sum = 0, squares = 0;
    for (size_t t = 0; t < j->length; ++t) {
      const double x =
          crucible__at(j->returns, j->first + b * j->length + t, trial) - shift;
      sum += x;
      squares += x * x;
    }
    group[CRUCIBLE__PBO_GROUP * (1 + 2 * b)] = sum;
    group[CRUCIBLE__PBO_GROUP * (2 + 2 * b)] = squares;
  }
  return CRUCIBLE_OK;
}

static crucible_status add_group(size_t g, uint32_t worker, void *data) {
  job *j = data;
  (void)worker;
  for (size_t k = 0; k < CRUCIBLE__PBO_GROUP; ++k) {
    const size_t trial = g * CRUCIBLE__PBO_GROUP + k;
    if (trial < j->n_trials)
      CRUCIBLE__TRY(add_trial(j, trial));
  }
  return CRUCIBLE_OK;
}

/* The best trial of one half, and where it stands in the other. */
static void judge(job *j, uint64_t index, uint64_t blocks, const double *in,
                  const double *out) {
  const size_t n_groups = j->sums.n_groups;
  const size_t padding = n_groups * CRUCIBLE__PBO_GROUP - j->n_trials;
  const double best = j->calls->greatest(in, n_groups);
  size_t less, less_equal, trial = 0;
  j->calls->rank(in, n_groups, best, &less, &less_equal);
  j->is_tied[index] = less_equal - less > 1;
  while (in[trial] != best)
    ++trial;
  j->calls->rank(out, n_groups, out[trial], &less, &less_equal);
  const double rank =
      (double)(less + less_equal - 2 * padding + 1) / 2; /* of 1 .. N */
  j->splits[index] = (crucible_pbo_split){
      .blocks = blocks,
      .trial = trial,
      .in_sample = in[trial],
      .out_of_sample = out[trial],
      .rank = rank,
      .logit = log(rank / ((double)j->n_trials + 1 - rank)),
  };
}

/* Combinations that have block 0 are the first half of all; the complement of
   number i is number n - 1 - i. */
static void judge_pair(job *j, uint64_t pair, double *in, double *out) {
  const uint32_t n = (uint32_t)j->sums.n_blocks;
  uint32_t order[CRUCIBLE__PBO_BLOCKS], rest = n / 2;
  uint64_t chosen = 0;
  crucible__combination(n, n / 2, pair, order);
  for (uint32_t k = 0; k < n / 2; ++k)
    chosen |= (uint64_t)1 << order[k];
  for (uint32_t b = 0; b < n; ++b)
    if (!(chosen >> b & 1))
      order[rest++] = b;
  j->calls->statistics(&j->sums, order, in, out);
  for (size_t k = j->n_trials; k < j->sums.n_groups * CRUCIBLE__PBO_GROUP; ++k)
    in[k] = out[k] = -(double)INFINITY;
  judge(j, pair, chosen, in, out);
  judge(j, 2 * j->n_pairs - 1 - pair, ~chosen & (((uint64_t)1 << n) - 1), out,
        in);
}

static crucible_status judge_pairs(size_t item, uint32_t worker, void *data) {
  job *j = data;
  const size_t size = j->sums.n_groups * CRUCIBLE__PBO_GROUP;
  double *in = j->work + worker * 2 * size, *out = in + size;
  const uint64_t from = (uint64_t)item * PAIRS_PER_ITEM;
  for (uint64_t k = from; k < from + PAIRS_PER_ITEM && k < j->n_pairs; ++k)
    judge_pair(j, k, in, out);
  return CRUCIBLE_OK;
}

static void fit_degradation(const job *j, crucible_pbo_result *found) {
  const uint64_t n = 2 * j->n_pairs;
  const double count = (double)n;
  double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (uint64_t k = 0; k < n; ++k) {
    x += j->splits[k].in_sample / count;
    y += j->splits[k].out_of_sample / count;
  }
  for (uint64_t k = 0; k < n; ++k) {
    const double dx = j->splits[k].in_sample - x;
    const double dy = j->splits[k].out_of_sample - y;
    xx += dx * dx, xy += dx * dy, yy += dy * dy;
  }
  found->degradation_slope = xx > 0 ? xy / xx : (double)NAN;
  found->degradation_intercept = y - found->degradation_slope * x;
  found->degradation_r_squared =
      xx > 0 && yy > 0 ? xy * xy / (xx * yy) : (double)NAN;
}

static crucible_pbo_result sum_up(const job *j) {
  const uint64_t n = 2 * j->n_pairs;
  crucible_pbo_result found = {.struct_size = sizeof found,
                               .n_combinations = n,
                               .n_observations = j->length * j->sums.n_blocks};
  uint64_t overfit = 0, losses = 0;
  for (uint64_t k = 0; k < n; ++k) {
    overfit += j->splits[k].logit <= 0;
    losses += j->splits[k].out_of_sample < 0;
    found.n_tied += j->is_tied[k];
    found.mean_logit += j->splits[k].logit / (double)n;
  }
  found.pbo = (double)overfit / (double)n;
  found.oos_loss_probability = (double)losses / (double)n;
  fit_degradation(j, &found);
  return found;
}

static crucible_status check(const crucible_matrix *returns,
                             const crucible_pbo_options *options) {
  const uint32_t n = options->n_blocks;
  if (n < 2 || n > CRUCIBLE__PBO_BLOCKS || n % 2 != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_pbo_options.n_blocks is %u: give an even "
                          "number from 2 to %d",
                          n, CRUCIBLE__PBO_BLOCKS);
  if (options->statistic != CRUCIBLE_STATISTIC_MEAN &&
      options->statistic != CRUCIBLE_STATISTIC_SHARPE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_pbo_options.statistic is %d: give a "
                          "CRUCIBLE_STATISTIC_...",
                          options->statistic);
  CRUCIBLE__TRY(crucible__trials_check(returns, "returns", 2 * (size_t)n, 2));
  if (options->statistic == CRUCIBLE_STATISTIC_SHARPE)
    CRUCIBLE__TRY(crucible__trials_vary(returns, "returns", returns->rows % n));
  return CRUCIBLE_OK;
}

static crucible_status run(job *j, const crucible_pbo_options *options) {
  const uint32_t threads = crucible_pool_threads(options->pool);
  const size_t n_groups = j->sums.n_groups;
  const size_t n_items =
      (size_t)((j->n_pairs + PAIRS_PER_ITEM - 1) / PAIRS_PER_ITEM);
  j->data = crucible__alloc_zero(
      n_groups, crucible__pbo_group_size(j->sums.n_blocks) * sizeof(double));
  if (j->data == NULL)
    return CRUCIBLE_E_NOMEM;
  j->work = crucible__alloc(2 * threads * n_groups,
                            CRUCIBLE__PBO_GROUP * sizeof(double));
  if (j->work == NULL)
    return CRUCIBLE_E_NOMEM;
  j->is_tied = crucible__alloc((size_t)(2 * j->n_pairs), 1);
  if (j->is_tied == NULL)
    return CRUCIBLE_E_NOMEM;
  j->sums.data = j->data;
  CRUCIBLE__TRY(crucible__pool_run(options->pool, n_groups, add_group, j,
                                   options->cancel));
  return crucible__pool_run(options->pool, n_items, judge_pairs, j,
                            options->cancel);
}

static crucible_status find(job *j, const crucible_pbo_options *options,
                            crucible_pbo_result *result,
                            crucible_pbo_split *splits) {
  const size_t n = (size_t)(2 * j->n_pairs);
  j->splits = crucible__alloc(n, sizeof *j->splits);
  if (j->splits == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(run(j, options));
  const crucible_pbo_result found = sum_up(j);
  CRUCIBLE__TRY(crucible__result_write(result, &found, sizeof found,
                                       "crucible_pbo_result"));
  for (size_t k = 0; splits != NULL && k < n; ++k)
    splits[k] = j->splits[k];
  return CRUCIBLE_OK;
}

crucible_status crucible_pbo(const crucible_matrix *returns,
                             const crucible_pbo_options *options,
                             crucible_pbo_result *result,
                             crucible_pbo_split *splits, size_t capacity) {
  crucible_pbo_options chosen = pbo_defaults();
  if (result == NULL || (splits == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is NULL: give a place for the result",
                          result == NULL ? "result" : "splits");
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_pbo_options"));
  CRUCIBLE__TRY(check(returns, &chosen));
  const uint64_t n = crucible__choose(chosen.n_blocks, chosen.n_blocks / 2);
  if (capacity > 0 && capacity < n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "capacity is %zu: %u blocks have %llu combinations",
                          capacity, chosen.n_blocks, (unsigned long long)n);
  job j = {.returns = returns,
           .calls = crucible__pbo_calls_now(),
           .n_trials = returns->cols,
           .n_pairs = n / 2,
           .length = returns->rows / chosen.n_blocks,
           .first = returns->rows % chosen.n_blocks};
  const size_t half = chosen.n_blocks / 2;
  j.sums = (crucible__pbo_sums){
      .n_groups = (returns->cols - 1) / CRUCIBLE__PBO_GROUP + 1,
      .n_blocks = chosen.n_blocks,
      .n_half = (double)(j.length * half),
      .is_sharpe = chosen.statistic == CRUCIBLE_STATISTIC_SHARPE};
  const crucible_status status =
      find(&j, &chosen, result, capacity > 0 ? splits : NULL);
  crucible__free(j.splits);
  crucible__free(j.is_tied);
  crucible__free(j.work);
  crucible__free(j.data);
  return status;
}
