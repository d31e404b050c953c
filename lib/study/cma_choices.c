/* SPDX-License-Identifier: Apache-2.0 */
#include "study/cma_choices.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

static const double ALPHA = 1.5, FIRST_RATE = 1;

void crucible__cma_choices_free(crucible__cma_choices *c) {
  crucible__free(c->from);
  crucible__free(c->p);
  crucible__free(c->first);
  crucible__free(c->least);
  crucible__free(c->gradient);
  crucible__free(c->whitened);
  crucible__free(c->path);
  *c = (crucible__cma_choices){.n = 0};
}

void crucible__cma_choices_restart(crucible__cma_choices *c) {
  const size_t n = c->n > 0 ? c->from[c->n] : 0;
  if (n == 0)
    return;
  memcpy(c->p, c->first, n * sizeof *c->p);
  memset(c->path, 0, n * sizeof *c->path);
  c->length = 1;
  c->rate = FIRST_RATE;
  c->expected = 0;
}

/* Of a parameter: probabilities by weight, and the least one. */
static void set_first(crucible__cma_choices *c, size_t i,
                      const crucible_param *p) {
  double sum = 0, drawn = 0;
  double *first = c->first + c->from[i];
  for (uint32_t k = 0; k < p->n_choices; ++k) {
    first[k] = p->weights == NULL ? 1 : p->weights[k];
    sum += first[k];
    drawn += first[k] > 0;
  }
  for (uint32_t k = 0; k < p->n_choices; ++k)
    first[k] /= sum;
  c->least[i] = drawn > 1 ? (1 - pow(0.73, 1 / (double)c->n)) / (drawn - 1) : 0;
}

crucible_status crucible__cma_choices_init(crucible__cma_choices *c,
                                           const crucible_param *const *params,
                                           size_t n) {
  *c = (crucible__cma_choices){.n = n};
  size_t total = 0;
  for (size_t i = 0; i < n; ++i)
    total += params[i]->n_choices;
  c->from = crucible__alloc_zero(n + 1, sizeof *c->from);
  c->least = crucible__alloc(n, sizeof *c->least);
  c->p = crucible__alloc(total, sizeof *c->p);
  c->first = crucible__alloc(total, sizeof *c->first);
  c->gradient = crucible__alloc(total, sizeof *c->gradient);
  c->whitened = crucible__alloc(total, sizeof *c->whitened);
  c->path = crucible__alloc(total, sizeof *c->path);
  if (c->from == NULL || c->least == NULL || c->p == NULL || c->first == NULL ||
      c->gradient == NULL || c->whitened == NULL || c->path == NULL) {
    crucible__cma_choices_free(c);
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = 0; i < n; ++i) {
    c->from[i + 1] = c->from[i] + params[i]->n_choices;
    set_first(c, i, params[i]);
  }
  crucible__cma_choices_restart(c);
  return CRUCIBLE_OK;
}

/* Lifts the probabilities of a parameter to the least one. */
static void lift(crucible__cma_choices *c, size_t i) {
  const double least = c->least[i];
  double sum = 0, n = 0, total = 0;
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k) {
    if (!(c->first[k] > 0)) {
      c->p[k] = 0;
      continue;
    }
    c->p[k] = fmax(c->p[k], least);
    sum += c->p[k];
    ++n;
  }
  const double room = sum - least * n;
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k) {
    if (c->first[k] > 0 && room > 0)
      c->p[k] -= (sum - 1) * (c->p[k] - least) / room;
    total += c->p[k];
  }
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k)
    c->p[k] /= total;
}

void crucible__cma_choices_lean(crucible__cma_choices *c, size_t i,
                                const double *seen) {
  double total = 1; /* of the first distribution as one more trial */
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k)
    total += seen[k - c->from[i]];
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k)
    c->p[k] = (c->first[k] + seen[k - c->from[i]]) / total;
  lift(c, i);
}

double crucible__cma_choices_draw(const crucible__cma_choices *c, size_t i,
                                  double u) {
  double sum = 0;
  size_t last = c->from[i];
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k) {
    sum += c->p[k];
    if (c->p[k] > 0)
      last = k;
    if (u < sum)
      break;
  }
  return (double)(last - c->from[i]);
}

/* The square root of Fisher's information times the gradient of a parameter:
   appendix B of Akimoto et al.; the last choice that can be drawn is the one
   that the others are measured against. */
static void whiten(crucible__cma_choices *c, size_t i) {
  size_t last = c->from[i + 1];
  while (last > c->from[i] && !(c->p[last - 1] > 0))
    --last;
  double sum = 0;
  for (size_t k = c->from[i]; k < c->from[i + 1]; ++k) {
    c->whitened[k] = 0;
    if (k + 1 < last)
      sum += c->gradient[k];
  }
  const double p_last = c->p[last - 1];
  for (size_t k = c->from[i]; k + 1 < last; ++k)
    if (c->p[k] > 0)
      c->whitened[k] = c->gradient[k] / sqrt(c->p[k]) +
                       sqrt(c->p[k]) * sum / (p_last + sqrt(p_last));
}

void crucible__cma_choices_tell(crucible__cma_choices *c, const double *choices,
                                const double *weights, size_t parents) {
  if (c->n == 0)
    return;
  const size_t n = c->from[c->n];
  double square = 0, n_free = 0, inner = 0;
  for (size_t k = 0; k < n; ++k)
    c->gradient[k] = 0;
  for (size_t k = 0; k < parents; ++k)
    for (size_t i = 0; i < c->n; ++i)
      for (size_t j = c->from[i]; j < c->from[i + 1]; ++j)
        c->gradient[j] +=
            weights[k] *
            ((choices[k * c->n + i] == (double)(j - c->from[i])) - c->p[j]);
  for (size_t i = 0; i < c->n; ++i) {
    whiten(c, i);
    n_free += (double)(c->from[i + 1] - c->from[i] - 1);
  }
  for (size_t k = 0; k < n; ++k)
    square += c->whitened[k] * c->whitened[k];
  const double norm = sqrt(square) + 1e-30;
  for (size_t k = 0; k < n; ++k)
    c->p[k] += c->rate / norm * c->gradient[k];
  c->rate = FIRST_RATE / c->length;
  const double beta = c->rate / sqrt(n_free);
  for (size_t k = 0; k < n; ++k) {
    c->path[k] = (1 - beta) * c->path[k] +
                 sqrt(beta * (2 - beta)) * c->whitened[k] / norm;
    inner += c->path[k] * c->path[k];
  }
  c->expected = (1 - beta) * (1 - beta) * c->expected + beta * (2 - beta);
  c->length *= exp(beta * (c->expected - inner / ALPHA));
  for (size_t i = 0; i < c->n; ++i)
    lift(c, i);
}
