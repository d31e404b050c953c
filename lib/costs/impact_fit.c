/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cost = Y sigma x^e + error. With C and S the sums of cost and sigma, and l =
 * ln x, the two equations of the Poisson pseudo-likelihood are
 *
 *   sum C = Y sum S x^e,   sum C l / sum C = sum S x^e l / sum S x^e.
 *
 * The right side of the second is a mean of l whose weights lean towards large x
 * as e grows: its derivative by e is the variance under those weights, > 0 where
 * there are two sizes. So there is one root, between its limits the least and
 * greatest l, or none.
 */
#include "costs/impact_fit.h"

#include <float.h>
#include <math.h>

#define EXPONENT_DEFAULT 0.5
#define Y_DEFAULT 1.0
#define EXPONENT_MOST 8.0 /* either way: no market's */
#define COST_LEAST 1e-60  /* of all orders; its square is above 0 */

/* The bins that have orders. */
typedef struct table {
  size_t n;
  size_t bin[CRUCIBLE__IMPACT_BINS];
  double l[CRUCIBLE__IMPACT_BINS]; /* mean ln x, weighted by sigma */
  double s[CRUCIBLE__IMPACT_BINS];
  double model[CRUCIBLE__IMPACT_BINS]; /* of the cost per sigma */
  double cost, target; /* sum C, and the left side of the second equation */
} table;

static void tabulate(const crucible__impact_sums *sums, table *t) {
  double costs_l = 0;
  t->n = 0;
  t->cost = 0;
  for (size_t k = 0; k < CRUCIBLE__IMPACT_BINS; ++k) {
    const crucible__impact_bin *bin = &sums->bin[k];
    if (bin->n == 0)
      continue;
    t->bin[t->n] = k;
    t->l[t->n] = bin->sl / bin->s;
    t->s[t->n] = bin->s;
    t->cost += bin->c;
    costs_l += bin->c * t->l[t->n];
    ++t->n;
  }
  t->target = costs_l / t->cost;
}

/* Sum of S x^e and mean and variance of l under these weights, all relative to
   the greatest x so that nothing overflows. */
static void lean(const table *t, double e, double *sum, double *mean,
                 double *variance) {
  const double top = t->l[t->n - 1];
  double w = 0, wl = 0, wll = 0;
  for (size_t k = 0; k < t->n; ++k) {
    const double l = t->l[k] - top, weight = t->s[k] * exp(e * l);
    w += weight;
    wl += weight * l;
  }
  *mean = wl / w;
  for (size_t k = 0; k < t->n; ++k) {
    const double l = t->l[k] - top, d = l - *mean;
    wll += t->s[k] * exp(e * l) * d * d;
  }
  *sum = w;
  *mean += top;
  *variance = wll / w;
}

/* The second equation: bisection, with Newton's step where that stays inside.
   Whether there is a root. */
static int solve_exponent(const table *t, double *exponent) {
  double low = -EXPONENT_MOST, high = EXPONENT_MOST, e = EXPONENT_DEFAULT;
  double sum, mean, variance;
  lean(t, low, &sum, &mean, &variance);
  if (!(mean < t->target))
    return 0;
  lean(t, high, &sum, &mean, &variance);
  if (!(mean > t->target))
    return 0;
  for (int i = 0; i < 200; ++i) {
    lean(t, e, &sum, &mean, &variance);
    const double off = t->target - mean;
    *(off > 0 ? &low : &high) = e;
    double next = e + off / variance;
    if (!(next > low && next < high))
      next = low + (high - low) / 2;
    const double step = fabs(next - e);
    e = next;
    if (step <= 4 * DBL_EPSILON)
      break;
  }
  *exponent = e;
  return 1;
}

/* Y to e, and what the law says of each bin. */
static double solve_y(table *t, double e) {
  const double top = t->l[t->n - 1];
  double sum, mean, variance;
  lean(t, e, &sum, &mean, &variance);
  for (size_t k = 0; k < t->n; ++k)
    t->model[k] = t->cost / sum * exp(e * (t->l[k] - top));
  return exp(log(t->cost / sum) - e * top);
}

/* Sums of products of the scores (u, u l) of ln Y and e: by block, ... */
static size_t meat_of_blocks(const crucible__impact_sums *sums, const table *t,
                             double meat[3]) {
  size_t n_blocks = 0;
  for (size_t b = 0; b < CRUCIBLE__IMPACT_BLOCKS; ++b) {
    double u = 0, ul = 0;
    if (sums->in_block[b] == 0)
      continue;
    for (size_t k = 0; k < t->n; ++k) {
      const crucible__impact_cell *cell = &sums->cell[b][t->bin[k]];
      const double off = cell->c - t->model[k] * cell->s;
      u += off;
      ul += off * t->l[k];
    }
    meat[0] += u * u;
    meat[1] += u * ul;
    meat[2] += ul * ul;
    ++n_blocks;
  }
  return n_blocks;
}

/* ... and by order; returns the sum of the squared errors. */
static double meat_of_orders(const crucible__impact_sums *sums, const table *t,
                             double meat[3]) {
  double squares = 0;
  for (size_t k = 0; k < t->n; ++k) {
    const crucible__impact_bin *bin = &sums->bin[t->bin[k]];
    const double m = t->model[k], l = t->l[k];
    const double off = fmax(0, bin->cc - 2 * m * bin->sc + m * m * bin->ss);
    meat[0] += off;
    meat[1] += off * l;
    meat[2] += off * l * l;
    squares += off;
  }
  return squares;
}

/* Covariance of (ln Y, e): bread meat bread, small-sample factors as in
   Stata and statsmodels. */
static void sandwich(const crucible__impact_sums *sums,
                     const crucible_impact_options *options, const table *t,
                     int n_parameters, double covariance[3]) {
  double orders[3] = {0}, blocks[3] = {0}, a = 0, b = 0, c = 0;
  const double n = (double)sums->n;
  double factor = n / (n - n_parameters);
  (void)meat_of_orders(sums, t, orders);
  const double *meat = orders;
  if (options->errors == CRUCIBLE_IMPACT_ERRORS_BLOCKS) {
    const double groups = (double)meat_of_blocks(sums, t, blocks);
    factor = groups / (groups - 1) * (n - 1) / (n - n_parameters);
    meat = blocks;
  }
  for (size_t k = 0; k < t->n; ++k) {
    const double weight = t->model[k] * t->s[k];
    a += weight;
    b += weight * t->l[k];
  }
  if (n_parameters == 1) {
    covariance[0] = factor * meat[0] / (a * a);
    covariance[1] = covariance[2] = 0;
    return;
  }
  /* about the mean of l, where the bread is diagonal: nothing cancels */
  const double centre = b / a;
  for (size_t k = 0; k < t->n; ++k) {
    const double d = t->l[k] - centre;
    c += t->model[k] * t->s[k] * d * d;
  }
  const double m01 = meat[1] - centre * meat[0];
  const double m11 = meat[2] - 2 * centre * meat[1] + centre * centre * meat[0];
  const double v00 = factor * meat[0] / (a * a);
  const double v01 = factor * m01 / (a * c);
  const double v11 = factor * fmax(0, m11) / (c * c);
  covariance[0] = v00 - 2 * centre * v01 + centre * centre * v11;
  covariance[1] = v01 - centre * v11;
  covariance[2] = v11;
}

/* What is known without an estimate. */
static void describe(const crucible__impact_sums *sums, const table *t,
                     const crucible_impact_options *options,
                     crucible_impact_fit *fit) {
  fit->y = Y_DEFAULT;
  fit->exponent = options->exponent > 0 ? options->exponent : EXPONENT_DEFAULT;
  fit->kind = CRUCIBLE_IMPACT_FIT_NONE;
  fit->n_orders = sums->n;
  fit->n_free = sums->n_free;
  fit->block_ms = sums->block_ms;
  fit->share_low = sums->low;
  fit->share_high = sums->high;
  fit->mean_cost = sums->n > 0 ? t->cost / (double)sums->n : 0;
  for (size_t b = 0; b < CRUCIBLE__IMPACT_BLOCKS; ++b)
    fit->n_blocks += sums->in_block[b] > 0;
  if (sums->n < options->min_orders)
    fit->reasons |= CRUCIBLE_IMPACT_FEW_ORDERS;
  if (fit->n_blocks < options->min_blocks)
    fit->reasons |= CRUCIBLE_IMPACT_FEW_BLOCKS;
  if (!(t->cost > COST_LEAST))
    fit->reasons |= CRUCIBLE_IMPACT_NO_COST;
}

static double r_squared(const crucible__impact_sums *sums, const table *t) {
  double unused[3] = {0}, squares = 0;
  for (size_t k = 0; k < t->n; ++k)
    squares += sums->bin[t->bin[k]].cc;
  const double total = squares - t->cost * t->cost / (double)sums->n;
  return total > 0 ? 1 - meat_of_orders(sums, t, unused) / total : 0;
}

void crucible__impact_fit_sums(const crucible__impact_sums *sums,
                               const crucible_impact_options *options,
                               crucible_impact_fit *fit) {
  table t;
  double covariance[3] = {0};
  tabulate(sums, &t);
  describe(sums, &t, options, fit);
  if (fit->reasons != 0)
    return;
  double e = fit->exponent, y = 0;
  if (options->exponent == 0) {
    if (solve_exponent(&t, &e)) {
      y = solve_y(&t, e);
      sandwich(sums, options, &t, 2, covariance);
      if (sqrt(covariance[2]) <= options->max_exponent_se && isfinite(y))
        fit->kind = CRUCIBLE_IMPACT_FIT_BOTH;
    }
    if (fit->kind == CRUCIBLE_IMPACT_FIT_NONE)
      fit->reasons |= CRUCIBLE_IMPACT_EXPONENT;
  }
  if (fit->kind == CRUCIBLE_IMPACT_FIT_NONE) {
    fit->kind = CRUCIBLE_IMPACT_FIT_Y;
    e = fit->exponent;
    y = solve_y(&t, e);
    sandwich(sums, options, &t, 1, covariance);
  }
  const double y_se = y * sqrt(fmax(0, covariance[0]));
  if (!isfinite(y) || !isfinite(y_se)) {
    fit->kind = CRUCIBLE_IMPACT_FIT_NONE;
    fit->reasons |= CRUCIBLE_IMPACT_OUT_OF_RANGE;
    return;
  }
  fit->y = y;
  fit->exponent = e;
  fit->y_se = y_se;
  fit->covariance = y * covariance[1];
  fit->exponent_se = sqrt(covariance[2]);
  fit->r2 = r_squared(sums, &t);
  if (!(e > 0 && e <= 1))
    fit->reasons |= CRUCIBLE_IMPACT_OUT_OF_RANGE;
}
