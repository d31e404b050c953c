/* SPDX-License-Identifier: Apache-2.0 */
#include "math/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "math/spectrum_kernel.h"

enum {
  BLOCK = 32,  /* rows of a block of inner products */
  PART = 512,  /* of their length: two blocks of it stay in the cache */
  BANDS = 8,   /* that a Householder step is cut into */
  SMALL = 192, /* rows below which it is one */
  SWEEPS = 60  /* for one eigenvalue; two are usual */
};

typedef struct gram_job {
  const crucible__spectrum_calls *calls;
  const double *x;
  double *gram;
  size_t n, stride;
} gram_job;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Blocks of the lower triangle, row by row. */
static crucible_status gram_block(size_t item, uint32_t worker, void *data) {
  const gram_job *j = data;
  const size_t out_stride = crucible__row_stride(j->n);
  size_t row = 0;
  (void)worker;
  for (; item > row; ++row)
    item -= row + 1;
  const size_t from_x = row * BLOCK, from_y = item * BLOCK;
  const size_t n_x = least(BLOCK, j->n - from_x);
  const size_t n_y = least(BLOCK, j->n - from_y);
  double *out = j->gram + from_x * out_stride + from_y;
  for (size_t i = 0; i < n_x; ++i)
    memset(out + i * out_stride, 0, n_y * sizeof *out);
  for (size_t t = 0; t < j->stride; t += PART)
    j->calls->dot_rows(j->x + from_x * j->stride + t, n_x,
                       j->x + from_y * j->stride + t, n_y, j->stride,
                       least(PART, j->stride - t), out, out_stride);
  return CRUCIBLE_OK;
}

crucible_status crucible__gram(const double *x, size_t n, size_t stride,
                               double *gram, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  const size_t n_blocks = (n + BLOCK - 1) / BLOCK;
  gram_job j = {crucible__spectrum_calls_now(), x, gram, n, stride};
  return crucible__pool_run(pool, n_blocks * (n_blocks + 1) / 2, gram_block, &j,
                            cancel);
}

/*
 * Householder's reduction from the last row up, as EISPACK's tred1: row i of the
 * lower triangle gives the vector that makes all of it zero but the neighbour of
 * the diagonal. Taking u q' + q u' off the rest and multiplying the rest by the
 * next vector are one pass over memory: the next row is brought up to date
 * first.
 */
typedef struct reduction {
  const crucible__spectrum_calls *calls;
  double *a;
  size_t stride;
  size_t n;      /* rows of the present step */
  double *u, *q; /* of the step before */
  double *v;     /* of the present one */
  double *p;     /* [BANDS][stride] */
} reduction;

static size_t band_count(size_t n) { return n < SMALL ? 1 : BANDS; }

/* Bands of equal area, and of whole groups of four rows. */
static size_t band_begin(size_t n, size_t band) {
  const size_t n_bands = band_count(n);
  if (band == n_bands)
    return n;
  return (size_t)((double)n * sqrt((double)band / (double)n_bands)) / 4 * 4;
}

static crucible_status reflect_band(size_t band, uint32_t worker, void *data) {
  const reduction *r = data;
  double *p = r->p + band * r->stride;
  const crucible__reflection step = {r->u, r->q, r->v, p};
  (void)worker;
  memset(p, 0, r->n * sizeof *p);
  r->calls->reflect_rows(r->a, r->stride, band_begin(r->n, band),
                         band_begin(r->n, band + 1), &step);
  return CRUCIBLE_OK;
}

/* The vector of row i, whose norm becomes the neighbour of the diagonal; 0 if
   there is nothing to do. */
static double take_vector(const double *row, size_t n, double *v,
                          double *next) {
  double scale = 0, square = 0;
  for (size_t c = 0; c + 1 < n; ++c)
    scale = fabs(row[c]) > scale ? fabs(row[c]) : scale;
  *next = row[n - 1];
  if (scale == 0)
    return 0;
  scale = fabs(row[n - 1]) > scale ? fabs(row[n - 1]) : scale;
  for (size_t c = 0; c < n; ++c) {
    v[c] = row[c] / scale;
    square += v[c] * v[c];
  }
  const double norm = v[n - 1] < 0 ? sqrt(square) : -sqrt(square);
  *next = norm * scale;
  const double half = square - v[n - 1] * norm; /* half of v'v */
  v[n - 1] -= norm;
  return half;
}

/* q = p / h - k v, so that the rest becomes itself - v q' - q v'. */
static void take_q(reduction *r, double half) {
  double k = 0;
  for (size_t c = 0; c < r->n; ++c) {
    double sum = 0;
    for (size_t band = 0; band < band_count(r->n); ++band)
      sum += r->p[band * r->stride + c];
    r->q[c] = sum / half;
    k += r->q[c] * r->v[c];
  }
  k /= 2 * half;
  for (size_t c = 0; c < r->n; ++c) {
    r->q[c] -= k * r->v[c];
    r->u[c] = r->v[c];
  }
}

static crucible_status reduce(reduction *r, size_t n, double *diagonal,
                              double *next, crucible_pool *pool,
                              const crucible_cancel *cancel) {
  for (size_t i = n; i-- > 0;) {
    double *row = r->a + i * r->stride;
    for (size_t c = 0; c <= i; ++c)
      row[c] -= r->u[i] * r->q[c] + r->q[i] * r->u[c];
    diagonal[i] = row[i];
    next[i] = 0;
    if (i == 0)
      break;
    memset(r->v, 0, i * sizeof *r->v);
    const double half = take_vector(row, i, r->v, &next[i]);
    r->n = i;
    CRUCIBLE__TRY(
        crucible__pool_run(pool, band_count(i), reflect_band, r, cancel));
    if (half > 0) {
      take_q(r, half);
    } else {
      memset(r->q, 0, i * sizeof *r->q);
      memset(r->u, 0, i * sizeof *r->u);
    }
  }
  return CRUCIBLE_OK;
}

/* One implicit QL sweep over [l, m] (EISPACK's imtql1). */
static void sweep(double *d, double *e, size_t l, size_t m) {
  double g = (d[l + 1] - d[l]) / (2 * e[l]);
  double r = hypot(g, 1), s = 1, c = 1, p = 0;
  g = d[m] - d[l] + e[l] / (g + copysign(r, g));
  for (size_t i = m; i-- > l;) {
    const double f = s * e[i], b = c * e[i];
    r = hypot(f, g);
    e[i + 1] = r;
    if (r == 0) { /* the matrix has come apart */
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

static size_t end_of_part(const double *d, const double *e, size_t l,
                          size_t n) {
  for (; l + 1 < n; ++l)
    if (fabs(e[l]) <= DBL_EPSILON * (fabs(d[l]) + fabs(d[l + 1])))
      break;
  return l;
}

/* e[i] stands between d[i] and d[i + 1]. */
static crucible_status solve(double *d, double *e, size_t n) {
  for (size_t l = 0; l < n; ++l) {
    for (int k = 0;; ++k) {
      const size_t m = end_of_part(d, e, l, n);
      if (m == l)
        break;
      if (k == SWEEPS)
        return crucible__fail(CRUCIBLE_E_DOMAIN,
                              "eigenvalue %zu of %zu was not found in %d "
                              "sweeps: the matrix is out of scale",
                              l, n, SWEEPS);
      sweep(d, e, l, m);
    }
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__eigenvalues(double *a, size_t n, double *values,
                                      crucible_pool *pool,
                                      const crucible_cancel *cancel) {
  const size_t stride = crucible__row_stride(n);
  double *work = crucible__alloc_zero(4 + BANDS, stride * sizeof *work);
  if (work == NULL)
    return CRUCIBLE_E_NOMEM;
  reduction r = {.calls = crucible__spectrum_calls_now(),
                 .a = a,
                 .stride = stride,
                 .u = work,
                 .q = work + stride,
                 .v = work + 2 * stride,
                 .p = work + 4 * stride};
  double *next = work + 3 * stride;
  crucible_status status = reduce(&r, n, values, next, pool, cancel);
  if (status == CRUCIBLE_OK) {
    memmove(next, next + 1, (n - 1) * sizeof *next);
    next[n - 1] = 0;
    status = solve(values, next, n);
  }
  crucible__free(work);
  return status;
}
