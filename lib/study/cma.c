/* SPDX-License-Identifier: Apache-2.0 */
#include "study/cma.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/eigenvectors.h"
#include "math/spectrum.h"

static const double LEAST_EIGENVALUE = 1e-8; /* in place of negative ones */
static const double LARGEST_STEP = 1e32;
static const double TOL_VALUE = 1e-12, TOL_POINT = 1e-12;
static const double TOL_GROWTH = 1e4, TOL_CONDITION = 1e14;

size_t crucible__cma_population(size_t n) {
  return 4 + (size_t)floor(3 * log((double)n));
}

static double square(double x) { return x * x; }

/* Sums of weights from `from` to `to`, and over their squares. */
static double effective(const double *w, size_t from, size_t to) {
  double sum = 0, squares = 0;
  for (size_t i = from; i < to; ++i) {
    sum += w[i];
    squares += w[i] * w[i];
  }
  return sum * sum / squares;
}

/* Constants of the full matrix; weights are the logarithmic ones so far. */
static void set_full(crucible__cma *c) {
  const double n = (double)c->n;
  c->mu_eff = effective(c->weights, 0, c->parents);
  const double mu_eff_minus = effective(c->weights, c->parents, c->population);
  c->c_one = 2 / (square(n + 1.3) + c->mu_eff);
  c->c_many = fmin(1 - c->c_one - 1e-8, 2 * (c->mu_eff - 2 + 1 / c->mu_eff) /
                                            (square(n + 2) + c->mu_eff));
  const double most = fmin(
      fmin(1 + c->c_one / c->c_many, 1 + 2 * mu_eff_minus / (c->mu_eff + 2)),
      (1 - c->c_one - c->c_many) / (n * c->c_many));
  double positive = 0, negative = 0;
  for (size_t i = 0; i < c->population; ++i) {
    positive += fmax(c->weights[i], 0);
    negative += fmax(-c->weights[i], 0);
  }
  for (size_t i = 0; i < c->population; ++i)
    c->weights[i] *= c->weights[i] >= 0 ? 1 / positive : most / negative;
  c->c_step = (c->mu_eff + 2) / (n + c->mu_eff + 5);
  c->c_path = (4 + c->mu_eff / n) / (n + 4 + 2 * c->mu_eff / n);
}

static void set_diagonal(crucible__cma *c) {
  const double n = (double)c->n;
  double sum = 0;
  for (size_t i = 0; i < c->population; ++i) {
    c->weights[i] =
        i < c->parents ? log((double)c->parents + 1) - log((double)i + 1) : 0;
    sum += c->weights[i];
  }
  for (size_t i = 0; i < c->population; ++i)
    c->weights[i] /= sum;
  c->mu_eff = effective(c->weights, 0, c->parents);
  c->c_one = 2 / (square(n + 1.3) + c->mu_eff);
  const double full =
      2 / c->mu_eff / square(n + sqrt(2)) +
      (1 - 1 / c->mu_eff) *
          fmin(1, (2 * c->mu_eff - 1) / (square(n + 2) + c->mu_eff));
  c->c_many = (n + 2) / 3 * full;
  c->c_step = (c->mu_eff + 2) / (n + c->mu_eff + 3);
  c->c_path = 4 / (n + 4);
}

static void set_constants(crucible__cma *c) {
  const double n = (double)c->n, population = (double)c->population;
  for (size_t i = 0; i < c->population; ++i)
    c->weights[i] = log((population + 1) / 2) - log((double)i + 1);
  if (c->is_diagonal)
    set_diagonal(c);
  else
    set_full(c);
  c->damping = 1 + 2 * fmax(0, sqrt((c->mu_eff - 1) / (n + 1)) - 1) + c->c_step;
  c->mean_norm = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

void crucible__cma_free(crucible__cma *c) {
  crucible__free(c->weights);
  crucible__free(c->mean);
  crucible__free(c->covariance);
  crucible__free(c->axes);
  crucible__free(c->lengths);
  crucible__free(c->path_step);
  crucible__free(c->path_one);
  crucible__free(c->history);
  crucible__free(c->scratch);
  *c = (crucible__cma){.n = 0};
}

crucible_status crucible__cma_init(crucible__cma *c, size_t n,
                                   size_t population, int is_diagonal) {
  const size_t stride = crucible__row_stride(n);
  const size_t rows = is_diagonal ? 1 : n;
  *c = (crucible__cma){
      .n = n,
      .stride = stride,
      .population = population,
      .parents = population / 2,
      .is_diagonal = is_diagonal,
      .n_history = 10 + (size_t)ceil(30 * (double)n / (double)population)};
  c->weights = crucible__alloc(population, sizeof *c->weights);
  c->mean = crucible__alloc_zero(stride, sizeof *c->mean);
  c->covariance = crucible__alloc_zero(rows * stride, sizeof *c->covariance);
  c->axes = crucible__alloc_zero(rows * stride, sizeof *c->axes);
  c->lengths = crucible__alloc_zero(stride, sizeof *c->lengths);
  c->path_step = crucible__alloc_zero(stride, sizeof *c->path_step);
  c->path_one = crucible__alloc_zero(stride, sizeof *c->path_one);
  c->history = crucible__alloc_zero(c->n_history, 2 * sizeof *c->history);
  c->scratch = crucible__alloc_zero((n + 2 * population + 8) * stride,
                                    sizeof *c->scratch);
  if (c->weights == NULL || c->mean == NULL || c->covariance == NULL ||
      c->axes == NULL || c->lengths == NULL || c->path_step == NULL ||
      c->path_one == NULL || c->history == NULL || c->scratch == NULL) {
    crucible__cma_free(c);
    return CRUCIBLE_E_NOMEM;
  }
  set_constants(c);
  return CRUCIBLE_OK;
}

static double *covariance_at(const crucible__cma *c, size_t i, size_t k) {
  return &c->covariance[c->is_diagonal ? i : i * c->stride + k];
}

void crucible__cma_start(crucible__cma *c, const double *mean, double step,
                         const double *covariance) {
  memcpy(c->mean, mean, c->n * sizeof *mean);
  memset(c->path_step, 0, c->n * sizeof *c->path_step);
  memset(c->path_one, 0, c->n * sizeof *c->path_one);
  c->step = c->first_step = step;
  c->has_axes = 0;
  c->generation = 0;
  for (size_t i = 0; i < c->n; ++i)
    for (size_t k = 0; k < c->n; ++k)
      if (i == k || !c->is_diagonal)
        *covariance_at(c, i, k) =
            covariance == NULL ? i == k : covariance[i * c->n + k];
}

/* C = V' diag(lengths^2) V, the rows of V being the axes. */
static void recompose(crucible__cma *c) {
  memset(c->covariance, 0, c->n * c->stride * sizeof *c->covariance);
  for (size_t k = 0; k < c->n; ++k) {
    const double *v = c->axes + k * c->stride;
    for (size_t i = 0; i < c->n; ++i) {
      const double f = square(c->lengths[k]) * v[i];
      for (size_t j = 0; j < c->n; ++j)
        c->covariance[i * c->stride + j] += f * v[j];
    }
  }
}

/* Axes and lengths of the covariance; a matrix that cannot be decomposed gives
   way to the identity. */
static void find_axes(crucible__cma *c) {
  if (c->has_axes)
    return;
  c->has_axes = 1;
  int is_mended = 0;
  double *copy = c->scratch;
  if (c->is_diagonal) {
    memcpy(c->lengths, c->covariance, c->n * sizeof *c->lengths);
  } else {
    memcpy(copy, c->covariance, c->n * c->stride * sizeof *copy);
    if (!crucible__eigenvectors(copy, c->n, c->stride, c->lengths, c->axes,
                                copy + c->n * c->stride)) {
      is_mended = 1;
      for (size_t i = 0; i < c->n; ++i) {
        memset(c->axes + i * c->stride, 0, c->stride * sizeof *c->axes);
        c->axes[i * c->stride + i] = c->lengths[i] = 1;
      }
    }
  }
  for (size_t i = 0; i < c->n; ++i) {
    is_mended |= c->lengths[i] < 0;
    c->lengths[i] = sqrt(c->lengths[i] < 0 ? LEAST_EIGENVALUE : c->lengths[i]);
  }
  if (is_mended && !c->is_diagonal)
    recompose(c);
}

void crucible__cma_draw(crucible__cma *c, const double *z, double *x) {
  find_axes(c);
  if (c->is_diagonal) {
    for (size_t i = 0; i < c->n; ++i)
      x[i] = c->mean[i] + c->step * c->lengths[i] * z[i];
    return;
  }
  memcpy(x, c->mean, c->n * sizeof *x);
  for (size_t k = 0; k < c->n; ++k) {
    const double f = c->step * c->lengths[k] * z[k];
    const double *axis = c->axes + k * c->stride;
    for (size_t i = 0; i < c->n; ++i)
      x[i] += f * axis[i];
  }
}

/* y in the axes' own units: out[k] = axis k . y / length k. */
static void whiten(const crucible__cma *c, const double *y, double *out) {
  if (c->is_diagonal) {
    for (size_t i = 0; i < c->n; ++i)
      out[i] = y[i] / c->lengths[i];
    return;
  }
  for (size_t k = 0; k < c->n; ++k) {
    const double *axis = c->axes + k * c->stride;
    double part[4] = {0};
    for (size_t i = 0; i < c->stride; i += 4)
      for (size_t j = 0; j < 4; ++j)
        part[j] += axis[i + j] * y[i + j];
    out[k] = ((part[0] + part[2]) + (part[1] + part[3])) / c->lengths[k];
  }
}

static double norm_square(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i] * x[i];
  return sum;
}

double crucible__cma_distance(crucible__cma *c, const double *x) {
  find_axes(c);
  double *y = c->scratch, *white = c->scratch + c->stride;
  memset(y, 0, c->stride * sizeof *y);
  for (size_t i = 0; i < c->n; ++i)
    y[i] = (x[i] - c->mean[i]) / c->step;
  whiten(c, y, white);
  return sqrt(norm_square(white, c->n));
}

/* path_step moves by C^(-1/2) y; returns its length. */
static double move_path_step(crucible__cma *c, const double *y,
                             double *scratch) {
  const double f = sqrt(c->c_step * (2 - c->c_step) * c->mu_eff);
  whiten(c, y, scratch);
  for (size_t i = 0; i < c->n; ++i)
    c->path_step[i] *= 1 - c->c_step;
  for (size_t k = 0; k < c->n; ++k) {
    const double *axis = c->axes + k * c->stride;
    if (c->is_diagonal) {
      c->path_step[k] += f * scratch[k];
      continue;
    }
    for (size_t i = 0; i < c->n; ++i)
      c->path_step[i] += f * scratch[k] * axis[i];
  }
  return sqrt(norm_square(c->path_step, c->n));
}

/* C = keep C + c_one path path' + c_many sum of weights y y'. */
static void move_covariance(crucible__cma *c, double keep, const double *ys,
                            const double *weights) {
  for (size_t i = 0; i < c->n; ++i) {
    const double one = c->c_one * c->path_one[i];
    if (c->is_diagonal) {
      double many = 0;
      for (size_t k = 0; k < c->population; ++k)
        many += weights[k] * square(ys[k * c->stride + i]);
      c->covariance[i] =
          keep * c->covariance[i] + one * c->path_one[i] + c->c_many * many;
      continue;
    }
    double *row = c->covariance + i * c->stride;
    for (size_t j = 0; j < c->n; ++j)
      row[j] = keep * row[j] + one * c->path_one[j];
    for (size_t k = 0; k < c->population; ++k) {
      const double *y = ys + k * c->stride;
      const double f = c->c_many * weights[k] * y[i];
      for (size_t j = 0; j < c->n; ++j)
        row[j] += f * y[j];
    }
  }
  c->has_axes = 0;
}

void crucible__cma_tell(crucible__cma *c, const double *points,
                        const uint8_t *is_foreign, double best, double worst) {
  const double n = (double)c->n;
  find_axes(c);
  ++c->generation;
  double *ys = c->scratch, *mean_y = ys + c->population * c->stride;
  double *white = mean_y + c->stride, *weights = white + c->stride;
  const size_t at = 2 * (c->generation % c->n_history);
  c->history[at] = best;
  c->history[at + 1] = worst;
  memset(ys, 0, (c->population + 1) * c->stride * sizeof *ys);
  for (size_t k = 0; k < c->population; ++k)
    for (size_t i = 0; i < c->n; ++i) {
      double *y = &ys[k * c->stride + i];
      *y = (points[k * c->n + i] - c->mean[i]) / c->step;
      if (k < c->parents)
        mean_y[i] += c->weights[k] * *y;
    }
  double weight_sum = 0;
  for (size_t k = 0; k < c->population; ++k) {
    weights[k] = c->weights[k];
    if (weights[k] < 0 && is_foreign != NULL && is_foreign[k])
      weights[k] = 0;
    weight_sum += weights[k];
    if (weights[k] >= 0)
      continue;
    whiten(c, ys + k * c->stride, white);
    weights[k] *= n / (norm_square(white, c->n) + 1e-8);
  }
  for (size_t i = 0; i < c->n; ++i)
    c->mean[i] += c->step * mean_y[i];
  const double length = move_path_step(c, mean_y, white);
  c->step *= exp(c->c_step / c->damping * (length / c->mean_norm - 1));
  c->step = fmin(c->step, LARGEST_STEP);
  const double grown = 1 - pow(1 - c->c_step, 2 * (double)(c->generation + 1));
  const int is_calm = length / sqrt(grown) < (1.4 + 2 / (n + 1)) * c->mean_norm;
  const double f = is_calm ? sqrt(c->c_path * (2 - c->c_path) * c->mu_eff) : 0;
  for (size_t i = 0; i < c->n; ++i)
    c->path_one[i] = (1 - c->c_path) * c->path_one[i] + f * mean_y[i];
  const double missed = is_calm ? 0 : c->c_path * (2 - c->c_path);
  move_covariance(c, 1 + c->c_one * missed - c->c_one - c->c_many * weight_sum,
                  ys, weights);
}

static int is_flat(const crucible__cma *c) {
  double least = c->history[0], most = c->history[0];
  for (size_t i = 1; i < 2 * c->n_history; ++i) {
    least = fmin(least, c->history[i]);
    most = fmax(most, c->history[i]);
  }
  return c->generation > c->n_history && most - least < TOL_VALUE;
}

int crucible__cma_should_stop(crucible__cma *c) {
  find_axes(c);
  double longest = 0, shortest = c->lengths[0], widest = 0;
  for (size_t i = 0; i < c->n; ++i) {
    const double deviation = sqrt(*covariance_at(c, i, i));
    longest = fmax(longest, c->lengths[i]);
    shortest = fmin(shortest, c->lengths[i]);
    widest = fmax(widest, fmax(deviation, c->path_one[i]));
    if (c->mean[i] == c->mean[i] + 0.2 * c->step * deviation)
      return 1; /* the coordinate stands still */
  }
  if (!isfinite(c->step) || !isfinite(longest) || is_flat(c))
    return 1;
  return c->step * widest < TOL_POINT * c->first_step ||
         c->step * longest > TOL_GROWTH ||
         square(longest / shortest) > TOL_CONDITION;
}
