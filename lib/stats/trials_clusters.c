/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trials as vectors x of length 1: two are |x - y|^2 = 2 (1 - correlation)
 * apart. With s the sum of a cluster's vectors, the mean of (1 - correlation) /
 * 2 of x and the cluster is (1 - x s / n) / 2: silhouettes need no distances
 * between trials.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "base/rng.h"
#include "math/spectrum.h"
#include "math/spectrum_kernel.h"
#include "stats/trials_matrix.h"

enum { ROUNDS = 100 };

typedef struct job {
  crucible_trials_clusters_options options;
  const crucible_matrix *returns;
  const crucible__spectrum_calls *calls;
  size_t n, stride;    /* trials, and the distance of two in x */
  uint32_t most;       /* clusters */
  double *x;           /* [n][stride] */
  struct start *tries; /* [(most - 1) n_starts] */
} job;

/* One run of k-means. */
typedef struct start {
  uint32_t k;
  double spread;              /* sum of (1 - correlation with its centre) */
  double silhouette, quality; /* NaN: it has an empty cluster */
  uint32_t *label;            /* [n] */
} start;

typedef struct work {
  double *centre; /* [k][stride] sums, then means */
  double *dot;    /* [n][k] */
  double *far;    /* [n] */
  size_t *count;  /* [k] */
} work;

static crucible_trials_clusters_options clusters_defaults(void) {
  return (crucible_trials_clusters_options){
      .struct_size = sizeof(crucible_trials_clusters_options),
      .max_clusters = 10,
      .n_starts = 4};
}

void crucible_trials_clusters_options_init(
    crucible_trials_clusters_options *options, size_t struct_size) {
  const crucible_trials_clusters_options defaults = clusters_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static void dots(const job *j, const work *w, uint32_t k) {
  memset(w->dot, 0, j->n * k * sizeof *w->dot);
  j->calls->dot_rows(j->x, j->n, w->centre, k, j->stride, j->stride, w->dot, k);
}

/* k-means++: each further centre is a trial drawn by its squared distance to
   the nearest one so far. */
static void first_centres(const job *j, const work *w, uint32_t k,
                          crucible__rng *rng) {
  const size_t bytes = j->stride * sizeof *w->centre;
  size_t pick = (size_t)crucible__rng_below(rng, j->n);
  for (size_t i = 0; i < j->n; ++i)
    w->far[i] = DBL_MAX;
  for (uint32_t c = 0; c < k; ++c) {
    double *centre = w->centre + c * j->stride, sum = 0, reached = 0;
    memcpy(centre, j->x + pick * j->stride, bytes);
    memset(w->dot, 0, j->n * sizeof *w->dot);
    j->calls->dot_rows(j->x, j->n, centre, 1, j->stride, j->stride, w->dot, 1);
    for (size_t i = 0; i < j->n; ++i) {
      const double d = w->dot[i] < 1 ? 2 * (1 - w->dot[i]) : 0;
      w->far[i] = d < w->far[i] ? d : w->far[i];
      sum += w->far[i];
    }
    const double aim = crucible__rng_uniform(rng) * sum;
    for (pick = 0; pick + 1 < j->n; ++pick) {
      reached += w->far[pick];
      if (reached > aim)
        break;
    }
  }
}

/* The nearest centre of each trial; how many changed. */
static size_t assign(const job *j, const work *w, start *t) {
  double *half = w->far; /* half of each centre's squared length */
  size_t changed = 0;
  for (uint32_t c = 0; c < t->k; ++c) {
    const double *centre = w->centre + c * j->stride;
    half[c] = 0;
    for (size_t i = 0; i < j->stride; ++i)
      half[c] += centre[i] * centre[i] / 2;
  }
  dots(j, w, t->k);
  for (size_t i = 0; i < j->n; ++i) {
    const double *dot = w->dot + i * t->k;
    uint32_t best = 0;
    for (uint32_t c = 1; c < t->k; ++c)
      if (dot[c] - half[c] > dot[best] - half[best])
        best = c;
    changed += t->label[i] != best;
    t->label[i] = best;
  }
  return changed;
}

static void add_clusters(const job *j, const work *w, const start *t) {
  memset(w->centre, 0, t->k * j->stride * sizeof *w->centre);
  memset(w->count, 0, t->k * sizeof *w->count);
  for (size_t i = 0; i < j->n; ++i) {
    double *sum = w->centre + t->label[i] * j->stride;
    const double *x = j->x + i * j->stride;
    ++w->count[t->label[i]];
    for (size_t c = 0; c < j->stride; ++c)
      sum[c] += x[c];
  }
}

static int has_empty(const work *w, uint32_t k) {
  for (uint32_t c = 0; c < k; ++c)
    if (w->count[c] == 0)
      return 1;
  return 0;
}

static void centre_clusters(const job *j, const work *w, const start *t) {
  add_clusters(j, w, t);
  for (uint32_t c = 0; c < t->k; ++c)
    for (size_t i = 0; w->count[c] > 0 && i < j->stride; ++i)
      w->centre[c * j->stride + i] /= (double)w->count[c];
}

static double silhouette_of(const double *dot, const size_t *count, uint32_t k,
                            uint32_t own) {
  double near = DBL_MAX;
  if (count[own] == 1)
    return 0;
  double inside = (1 - (dot[own] - 1) / (double)(count[own] - 1)) / 2;
  inside = inside > 0 ? inside : 0;
  for (uint32_t c = 0; c < k; ++c) {
    const double mean = (1 - dot[c] / (double)count[c]) / 2;
    if (c != own && mean < near)
      near = mean;
  }
  near = near > 0 ? near : 0;
  const double most = near > inside ? near : inside;
  return most > 0 ? (near - inside) / most : 0;
}

/* Sums of the clusters stand in w->centre. */
static void judge(const job *j, const work *w, start *t) {
  const double n = (double)j->n;
  double sum = 0, squares = 0, mean;
  dots(j, w, t->k);
  t->spread = 0;
  for (size_t i = 0; i < j->n; ++i) {
    const double *dot = w->dot + i * t->k;
    w->far[i] = silhouette_of(dot, w->count, t->k, t->label[i]);
    t->spread += 1 - dot[t->label[i]] / (double)w->count[t->label[i]];
    sum += w->far[i];
  }
  mean = sum / n;
  for (size_t i = 0; i < j->n; ++i)
    squares += (w->far[i] - mean) * (w->far[i] - mean);
  const double deviation = sqrt(squares / n);
  t->silhouette = mean;
  t->quality = mean / (deviation > 1e-12 ? deviation : 1e-12);
}

static void k_means(const job *j, const work *w, size_t id, start *t) {
  crucible__rng rng;
  crucible__rng_init(&rng, j->options.seed, CRUCIBLE__RNG_CLUSTER, id);
  t->spread = t->quality = t->silhouette = (double)NAN;
  for (size_t i = 0; i < j->n; ++i)
    t->label[i] = UINT32_MAX;
  first_centres(j, w, t->k, &rng);
  for (int round = 0; round < ROUNDS && assign(j, w, t) > 0; ++round)
    centre_clusters(j, w, t);
  add_clusters(j, w, t);
  if (!has_empty(w, t->k))
    judge(j, w, t);
}

static crucible_status run_try(size_t item, uint32_t worker, void *data) {
  job *j = data;
  start *t = &j->tries[item];
  work w = {.centre = NULL};
  crucible_status status = CRUCIBLE_E_NOMEM;
  (void)worker;
  t->k = 2 + (uint32_t)(item / j->options.n_starts);
  t->label = crucible__alloc(j->n, sizeof *t->label);
  w.centre = t->label != NULL
                 ? crucible__alloc(t->k * j->stride, sizeof *w.centre)
                 : NULL;
  w.dot = w.centre != NULL ? crucible__alloc(j->n * t->k, sizeof *w.dot) : NULL;
  w.far = w.dot != NULL ? crucible__alloc(j->n, sizeof *w.far) : NULL;
  w.count = w.far != NULL ? crucible__alloc(t->k, sizeof *w.count) : NULL;
  if (w.count != NULL) {
    k_means(j, &w, item, t);
    status = CRUCIBLE_OK;
  }
  crucible__free(w.count);
  crucible__free(w.far);
  crucible__free(w.dot);
  crucible__free(w.centre);
  return status;
}

static crucible_status add_trial(size_t k, uint32_t worker, void *data) {
  job *j = data;
  (void)worker;
  crucible__trials_standardise(j->returns, k, j->x + k * j->stride, 1);
  return CRUCIBLE_OK;
}

/* The tightest try of each number, then the number of the best quality. */
static const start *best_try(const job *j) {
  const start *best = NULL;
  for (uint32_t k = 2; k <= j->most; ++k) {
    const start *first = &j->tries[(size_t)(k - 2) * j->options.n_starts];
    const start *tightest = NULL;
    for (const start *t = first; t < first + j->options.n_starts; ++t)
      if (!isnan(t->spread) &&
          (tightest == NULL || t->spread < tightest->spread))
        tightest = t;
    if (tightest != NULL && (best == NULL || tightest->quality > best->quality))
      best = tightest;
  }
  return best;
}

/* Numbers clusters in the order of their first trials. */
static crucible_status renumber(const start *t, size_t n) {
  uint32_t *name = crucible__alloc(t->k, sizeof *name), next = 0;
  if (name == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t c = 0; c < t->k; ++c)
    name[c] = UINT32_MAX;
  for (size_t i = 0; i < n; ++i) {
    if (name[t->label[i]] == UINT32_MAX)
      name[t->label[i]] = next++;
    t->label[i] = name[t->label[i]];
  }
  crucible__free(name);
  return CRUCIBLE_OK;
}

static double variance_of(const double *x, size_t n, double *mean) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i];
  *mean = sum / (double)n;
  for (size_t i = 0; i < n; ++i)
    squares += (x[i] - *mean) * (x[i] - *mean);
  return squares / (double)(n - 1);
}

/* Each cluster as one record: its trials, weighted by 1 / variance. */
static crucible_status add_records(const job *j, const start *t, double *record,
                                   double *one) {
  const size_t rows = j->returns->rows;
  for (size_t i = 0; i < j->n; ++i) {
    double *sum = record + t->label[i] * rows, mean;
    for (size_t r = 0; r < rows; ++r)
      one[r] = crucible__at(j->returns, r, i);
    const double weight = 1 / variance_of(one, rows, &mean);
    for (size_t r = 0; r < rows; ++r)
      sum[r] += weight * one[r];
  }
  for (uint32_t c = 0; c < t->k; ++c) {
    double mean;
    const double deviation = sqrt(variance_of(record + c * rows, rows, &mean));
    one[c] = mean / deviation;
    if (!isfinite(one[c]) || deviation <= 1e-14 * fabs(mean))
      return crucible__fail(CRUCIBLE_E_DOMAIN,
                            "returns: the trials of cluster %u cancel to a "
                            "constant return, which has no Sharpe ratio",
                            c);
  }
  return CRUCIBLE_OK;
}

static crucible_status take_sharpes(const job *j, const start *t,
                                    crucible_trials_clusters_result *found) {
  const size_t rows = j->returns->rows;
  double *record = crucible__alloc_zero(t->k, rows * sizeof *record);
  double *one = record != NULL
                    ? crucible__alloc(rows > t->k ? rows : t->k, sizeof *one)
                    : NULL;
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (one != NULL)
    status = add_records(j, t, record, one);
  if (status == CRUCIBLE_OK)
    found->sharpe_variance = variance_of(one, t->k, &found->sharpe_mean);
  crucible__free(one);
  crucible__free(record);
  return status;
}

static crucible_status run(job *j, crucible_trials_clusters_result *result,
                           uint32_t *labels) {
  const size_t n_tries = (size_t)(j->most - 1) * j->options.n_starts;
  crucible_trials_clusters_result found = {.struct_size = sizeof found};
  j->x = crucible__alloc_zero(j->n, j->stride * sizeof *j->x);
  if (j->x == NULL)
    return CRUCIBLE_E_NOMEM;
  j->tries = crucible__alloc_zero(n_tries, sizeof *j->tries);
  if (j->tries == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(crucible__pool_run(j->options.pool, j->n, add_trial, j,
                                   j->options.cancel));
  CRUCIBLE__TRY(crucible__pool_run(j->options.pool, n_tries, run_try, j,
                                   j->options.cancel));
  const start *best = best_try(j);
  if (best == NULL)
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "returns: the %zu trials do not fall into two "
                          "clusters, they are copies of one",
                          j->n);
  CRUCIBLE__TRY(renumber(best, j->n));
  CRUCIBLE__TRY(take_sharpes(j, best, &found));
  found.n_clusters = best->k;
  found.silhouette = best->silhouette;
  found.quality = best->quality;
  CRUCIBLE__TRY(crucible__result_write(result, &found, sizeof found,
                                       "crucible_trials_clusters_result"));
  if (labels != NULL)
    memcpy(labels, best->label, j->n * sizeof *labels);
  return CRUCIBLE_OK;
}

static crucible_status check(const crucible_matrix *returns,
                             const crucible_trials_clusters_options *o) {
  if (o->max_clusters < 2 || o->max_clusters > 1000)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_trials_clusters_options.max_clusters is "
                          "%u: give a number from 2 to 1000",
                          o->max_clusters);
  if (o->n_starts < 1 || o->n_starts > 1000)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "crucible_trials_clusters_options.n_starts is %u: "
                          "give a number from 1 to 1000",
                          o->n_starts);
  CRUCIBLE__TRY(crucible__trials_check(returns, "returns", 2, 3));
  return crucible__trials_vary(returns, "returns", 0);
}

crucible_status
crucible_trials_clusters(const crucible_matrix *returns,
                         const crucible_trials_clusters_options *options,
                         crucible_trials_clusters_result *result,
                         uint32_t *labels) {
  job j = {.options = clusters_defaults(), .returns = returns};
  if (result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "result is NULL: give a place for the result");
  CRUCIBLE__TRY(crucible__options_read(&j.options, sizeof j.options, options,
                                       "crucible_trials_clusters_options"));
  CRUCIBLE__TRY(check(returns, &j.options));
  j.calls = crucible__spectrum_calls_now();
  j.n = returns->cols;
  j.stride = crucible__row_stride(returns->rows);
  j.most = j.options.max_clusters < j.n - 1 ? j.options.max_clusters
                                            : (uint32_t)(j.n - 1);
  const crucible_status status = run(&j, result, labels);
  const size_t n_tries = (size_t)(j.most - 1) * j.options.n_starts;
  for (size_t i = 0; j.tries != NULL && i < n_tries; ++i)
    crucible__free(j.tries[i].label);
  crucible__free(j.tries);
  crucible__free(j.x);
  return status;
}
