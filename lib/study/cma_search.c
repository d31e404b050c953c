/* SPDX-License-Identifier: Apache-2.0 */
#include "study/cma_search.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "math/small_matrix.h"

enum { FULL_UP_TO = 200 };
static const uint64_t FIRST_RUN_STREAM = (uint64_t)1 << 40;

void crucible__cma_search_free(crucible__cma_search *s) {
  crucible__cma_free(&s->cma);
  crucible__cma_choices_free(&s->choices);
  crucible__free(s->margin.low);
  crucible__free(s->margin.step);
  crucible__free(s->margin.last);
  crucible__free(s->margin.stretch);
  s->margin = (crucible__cma_margin){.n = 0};
}

/* A distribution for a population of so many, not started. */
static crucible_status set_population(crucible__cma_search *s,
                                      size_t population) {
  crucible__cma made;
  const int is_diagonal = s->options.covariance == 0
                              ? s->n > FULL_UP_TO
                              : s->options.covariance == CRUCIBLE_CMA_DIAGONAL;
  CRUCIBLE__TRY(crucible__cma_init(&made, s->n, population, is_diagonal));
  crucible__cma_free(&s->cma);
  s->cma = made;
  s->margin.margin = 1 / ((double)s->n * (double)population);
  for (size_t i = 0; i < s->n; ++i)
    s->margin.stretch[i] = 1;
  return CRUCIBLE_OK;
}

static crucible_status make_margin(crucible__cma_search *s,
                                   const double *cells) {
  crucible__cma_margin *m = &s->margin;
  m->n = s->n;
  m->low = crucible__alloc(s->n, sizeof *m->low);
  m->step = crucible__alloc(s->n, sizeof *m->step);
  m->last = crucible__alloc(s->n, sizeof *m->last);
  m->stretch = crucible__alloc(s->n, sizeof *m->stretch);
  if (m->low == NULL || m->step == NULL || m->last == NULL ||
      m->stretch == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < s->n; ++i) {
    m->step[i] = cells[i] > 0 ? 1 / cells[i] : 0;
    m->low[i] = m->step[i] / 2;
    m->last[i] = cells[i] > 0 ? cells[i] - 1 : 0;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__cma_search_init(crucible__cma_search *s,
                                          const crucible_cma_options *options,
                                          uint64_t seed, const double *cells,
                                          size_t n,
                                          const crucible_param *const *params,
                                          size_t n_choices) {
  *s = (crucible__cma_search){.options = *options, .seed = seed, .n = n};
  s->first_population = options->population > 0
                            ? options->population
                            : crucible__cma_population(n + n_choices);
  s->large_population = s->first_population;
  crucible_status status = make_margin(s, cells);
  if (status == CRUCIBLE_OK)
    status = crucible__cma_choices_init(&s->choices, params, n_choices);
  if (status == CRUCIBLE_OK)
    status = set_population(s, s->first_population);
  if (status != CRUCIBLE_OK)
    crucible__cma_search_free(s);
  return status;
}

/* Mean and covariance [n * n] of the points, with width^2 on the diagonal. */
static void find_moments(const crucible__cma_search *s, const double *points,
                         size_t n_best, double *mean, double *covariance) {
  const size_t n = s->n;
  memset(mean, 0, n * sizeof *mean);
  for (size_t k = 0; k < n_best; ++k)
    for (size_t i = 0; i < n; ++i)
      mean[i] += points[k * n + i] / (double)n_best;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (size_t k = 0; k < n_best; ++k)
        sum += (points[k * n + i] - mean[i]) * (points[k * n + j] - mean[j]);
      covariance[i * n + j] =
          sum / (double)n_best +
          (i == j ? s->options.warm_width * s->options.warm_width : 0);
    }
}

/* The logarithm of the determinant; work: [n * n]. */
static double log_determinant(const crucible__cma_search *s,
                              const double *covariance, double *work) {
  const size_t n = s->n;
  double sum = 0;
  memcpy(work, covariance, n * n * sizeof *work);
  const int has_factor = !s->cma.is_diagonal && crucible__cholesky(work, n);
  for (size_t i = 0; i < n; ++i)
    sum += has_factor ? 2 * log(work[i * n + i]) : log(covariance[i * n + i]);
  return sum;
}

static void lean_choices(crucible__cma_search *s, const double *picks,
                         size_t n_best, double *seen) {
  crucible__cma_choices *c = &s->choices;
  for (size_t i = 0; i < c->n; ++i) {
    memset(seen, 0, (c->from[i + 1] - c->from[i]) * sizeof *seen);
    for (size_t k = 0; k < n_best; ++k)
      ++seen[(size_t)picks[k * c->n + i]];
    crucible__cma_choices_lean(c, i, seen);
  }
}

crucible_status crucible__cma_search_start(crucible__cma_search *s,
                                           const double *points,
                                           const double *picks, size_t n_best) {
  const size_t n = s->n,
               n_all = s->choices.n > 0 ? s->choices.from[s->choices.n] : 0;
  double *mean = crucible__alloc(n, sizeof *mean);
  double *covariance = crucible__alloc(n * n, sizeof *covariance);
  double *work = crucible__alloc(n * n + n_all, sizeof *work);
  crucible_status status = mean == NULL || covariance == NULL || work == NULL
                               ? CRUCIBLE_E_NOMEM
                               : CRUCIBLE_OK;
  if (status == CRUCIBLE_OK && n_best == 0) {
    for (size_t i = 0; i < n; ++i)
      mean[i] = 0.5;
    crucible__cma_start(&s->cma, mean, s->options.width, NULL);
  } else if (status == CRUCIBLE_OK) {
    find_moments(s, points, n_best, mean, covariance);
    const double size = exp(log_determinant(s, covariance, work) / (double)n);
    for (size_t i = 0; i < n * n; ++i)
      covariance[i] /= size;
    crucible__cma_start(&s->cma, mean, sqrt(size), covariance);
    lean_choices(s, picks, n_best, work);
  }
  s->run = status == CRUCIBLE_OK;
  s->limit = UINT64_MAX;
  crucible__free(mean);
  crucible__free(covariance);
  crucible__free(work);
  return status;
}

/* Population and width of the next run: Hansen (2009) for the small ones. */
static void plan_run(crucible__cma_search *s, crucible__rng *rng,
                     size_t *population, double *width) {
  *width = s->options.width;
  s->limit = UINT64_MAX;
  s->is_small = s->options.restarts == CRUCIBLE_CMA_BIPOP &&
                s->large_population > s->first_population &&
                s->spent_small < s->spent_large;
  if (!s->is_small) {
    s->large_population *= 2;
    *population = s->large_population;
    return;
  }
  const double u = crucible__rng_uniform(rng), v = crucible__rng_uniform(rng);
  const double first = (double)s->first_population;
  *population = (size_t)floor(
      first * pow(0.5 * (double)s->large_population / first, u * u));
  *population = *population < 4 ? 4 : *population;
  *width *= pow(10, -2 * v);
  s->limit = s->spent_large / 2;
}

crucible_status crucible__cma_search_restart(crucible__cma_search *s) {
  crucible__rng rng;
  size_t population;
  double width;
  const crucible__cma_search before = *s;
  crucible__rng_init(&rng, s->seed, CRUCIBLE__RNG_SAMPLER,
                     FIRST_RUN_STREAM + s->run);
  *(s->is_small ? &s->spent_small : &s->spent_large) += s->spent;
  plan_run(s, &rng, &population, &width);
  double *mean = crucible__alloc(s->n, sizeof *mean);
  const crucible_status status =
      mean == NULL ? CRUCIBLE_E_NOMEM : set_population(s, population);
  if (status != CRUCIBLE_OK) {
    crucible__free(mean);
    *s = before;
    return status;
  }
  for (size_t i = 0; i < s->n; ++i)
    mean[i] = crucible__rng_uniform(&rng);
  crucible__cma_start(&s->cma, mean, width, NULL);
  crucible__cma_choices_restart(&s->choices);
  crucible__free(mean);
  s->spent = 0;
  ++s->run;
  return CRUCIBLE_OK;
}

void crucible__cma_search_tell(crucible__cma_search *s, const double *points,
                               const double *picks, const uint8_t *is_foreign,
                               double best, double worst) {
  crucible__cma_tell(&s->cma, points, is_foreign, best, worst);
  crucible__cma_margin_correct(&s->margin, &s->cma);
  crucible__cma_choices_tell(&s->choices, picks, s->cma.weights,
                             s->cma.parents);
  s->spent += s->cma.population;
}

int crucible__cma_search_is_over(crucible__cma_search *s) {
  return s->options.restarts != CRUCIBLE_CMA_STAY && s->spent > 0 &&
         (s->spent >= s->limit || crucible__cma_should_stop(&s->cma));
}
