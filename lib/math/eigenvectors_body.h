/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included once for each vector level, with EIGENVECTORS_NAME: Householder's
 * reduction to three diagonals, then implicit QL steps (Golub, Van Loan, Matrix
 * Computations, 8.3), whose rotations turn rows.
 */
#include <float.h>

#include "base/lanes.h"
#include "math/eigenvectors_kernel.h"

enum { LANES = CRUCIBLE__LANE_COUNT, STEPS = 60 };

/* Columns from `from` on, a multiple of the lanes, to the row's end. */
static double dot(const double *x, const double *y, size_t from, size_t end) {
  double part[LANES];
  crucible__lanes sum = crucible__lanes_all(0);
  for (size_t c = from; c < end; c += LANES)
    sum = crucible__lanes_add(sum,
                              crucible__lanes_mul(crucible__lanes_load(x + c),
                                                  crucible__lanes_load(y + c)));
  crucible__lanes_store(part, sum);
  return ((part[0] + part[4]) + (part[2] + part[6])) +
         ((part[1] + part[5]) + (part[3] + part[7]));
}

/* x += factor * y */
static void add(double *x, const double *y, double factor, size_t from,
                size_t end) {
  const crucible__lanes f = crucible__lanes_all(factor);
  for (size_t c = from; c < end; c += LANES)
    crucible__lanes_store(
        x + c, crucible__lanes_add(
                   crucible__lanes_load(x + c),
                   crucible__lanes_mul(f, crucible__lanes_load(y + c))));
}

/* x += f * y + g * z */
static void add_two(double *x, const double *y, double f, const double *z,
                    double g, size_t from, size_t end) {
  const crucible__lanes a = crucible__lanes_all(f), b = crucible__lanes_all(g);
  for (size_t c = from; c < end; c += LANES)
    crucible__lanes_store(
        x + c, crucible__lanes_add(
                   crucible__lanes_add(
                       crucible__lanes_load(x + c),
                       crucible__lanes_mul(a, crucible__lanes_load(y + c))),
                   crucible__lanes_mul(b, crucible__lanes_load(z + c))));
}

/* (x, y) becomes (cosine x + sine y, cosine y - sine x). */
static void rotate(double *x, double *y, double cosine, double sine,
                   size_t end) {
  const crucible__lanes c = crucible__lanes_all(cosine);
  const crucible__lanes s = crucible__lanes_all(sine);
  for (size_t k = 0; k < end; k += LANES) {
    const crucible__lanes a = crucible__lanes_load(x + k);
    const crucible__lanes b = crucible__lanes_load(y + k);
    crucible__lanes_store(x + k,
                          crucible__lanes_add(crucible__lanes_mul(c, a),
                                              crucible__lanes_mul(s, b)));
    crucible__lanes_store(y + k,
                          crucible__lanes_sub(crucible__lanes_mul(c, b),
                                              crucible__lanes_mul(s, a)));
  }
}

/*
 * Row k of a, from column k + 1 on, is reflected onto its first element. Leaves
 * the reflection's vector v in the row (1 - beta v v'), beta in betas[k] and the
 * element in side[k].
 */
static void reflect(double *a, size_t n, size_t stride, size_t k, double *side,
                    double *betas, double *q) {
  double *v = a + k * stride;
  const size_t from = (k + 1) / LANES * LANES;
  const double diagonal = v[k];
  double below[LANES];
  for (size_t c = from; c <= k; ++c) { /* left of v: 0 for the sums */
    below[c - from] = v[c];
    v[c] = 0;
  }
  double scale = 0;
  for (size_t c = k + 1; c < n; ++c)
    scale = fabs(v[c]) > scale ? fabs(v[c]) : scale;
  betas[k] = 0;
  side[k] = v[k + 1];
  if (scale > 0) {
    for (size_t c = k + 1; c < n; ++c)
      v[c] /= scale;
    const double norm = sqrt(dot(v, v, from, stride));
    const double alpha = v[k + 1] > 0 ? -norm : norm;
    side[k] = alpha * scale;
    v[k + 1] -= alpha;
    const double square = dot(v, v, from, stride);
    if (square > 0) {
      betas[k] = 2 / square;
      double inner = 0;
      for (size_t i = k + 1; i < n; ++i) {
        q[i] = betas[k] * dot(a + i * stride, v, from, stride);
        inner += q[i] * v[i];
      }
      for (size_t c = from; c <= k; ++c)
        q[c] = 0;
      for (size_t c = n; c < stride; ++c)
        q[c] = 0;
      add(q, v, -0.5 * betas[k] * inner, from, stride);
      for (size_t i = k + 1; i < n; ++i)
        add_two(a + i * stride, v, -q[i], q, -v[i], from, stride);
    }
  }
  for (size_t c = from; c < k; ++c)
    v[c] = below[c - from]; /* unused ones, kept finite */
  v[k] = diagonal;
}

/* The product of the reflections, the last one first: rows that the QL steps
   turn. */
static void collect(double *a, size_t n, size_t stride, const double *betas,
                    double *vectors) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t c = 0; c < stride; ++c)
      vectors[i * stride + c] = 0;
    vectors[i * stride + i] = 1;
  }
  for (size_t k = n - 2; k-- > 0;) {
    double *v = a + k * stride;
    const size_t from = (k + 1) / LANES * LANES;
    for (size_t c = from; c <= k; ++c)
      v[c] = 0;
    for (size_t i = k + 1; i < n && betas[k] > 0; ++i) {
      double *row = vectors + i * stride;
      add(row, v, -betas[k] * dot(row, v, from, stride), from, stride);
    }
  }
}

/* One implicit QL step on rows from..to of three diagonals. */
static void step(double *d, double *e, size_t from, size_t to, size_t stride,
                 double *vectors) {
  const double half = (d[from + 1] - d[from]) / (2 * e[from]);
  const double root = sqrt(half * half + 1);
  double g = d[to] - d[from] + e[from] / (half + (half < 0 ? -root : root));
  double s = 1, c = 1, p = 0;
  for (size_t i = to; i-- > from;) {
    const double f = s * e[i], b = c * e[i];
    const double r = sqrt(f * f + g * g);
    e[i + 1] = r;
    if (!(r > 0)) { /* underflow: start again without this part */
      d[i + 1] -= p;
      e[to] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    const double t = (d[i] - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    /* new row i + 1: s row i + c row i + 1 */
    rotate(vectors + (i + 1) * stride, vectors + i * stride, c, s, stride);
  }
  d[from] -= p;
  e[from] = g;
  e[to] = 0;
}

static int decompose(double *a, size_t n, size_t stride, double *values,
                     double *vectors, double *scratch) {
  double *e = scratch, *betas = scratch + stride, *q = scratch + 2 * stride;
  double size = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t c = 0; c < n; ++c) {
      if (!isfinite(a[i * stride + c]))
        return 0;
      size = fabs(a[i * stride + c]) > size ? fabs(a[i * stride + c]) : size;
    }
  int exponent = 0; /* the largest number lies in [1/2, 1): squares stay so */
  (void)frexp(size, &exponent);
  exponent = exponent < -1000 ? -1000 : exponent > 1000 ? 1000 : exponent;
  const double up = ldexp(1, -exponent), down = ldexp(1, exponent);
  for (size_t i = 0; i < n * stride; ++i)
    a[i] *= up;
  for (size_t k = 0; k + 2 < n; ++k)
    reflect(a, n, stride, k, e, betas, q);
  if (n > 1)
    e[n - 2] = a[(n - 2) * stride + n - 1];
  e[n - 1] = 0;
  for (size_t i = 0; i < n; ++i)
    values[i] = a[i * stride + i];
  if (n > 2) {
    collect(a, n, stride, betas, vectors);
  } else {
    for (size_t i = 0; i < n * stride; ++i)
      vectors[i] = 0;
    for (size_t i = 0; i < n; ++i)
      vectors[i * stride + i] = 1;
  }
  for (size_t from = 0; from < n; ++from)
    for (int steps = 0;; ++steps) {
      size_t to = from;
      while (to + 1 < n &&
             fabs(e[to]) >
                 DBL_EPSILON * (fabs(values[to]) + fabs(values[to + 1])) &&
             fabs(e[to]) > DBL_MIN)
        ++to;
      if (to == from)
        break;
      if (steps == STEPS)
        return 0;
      step(values, e, from, to, stride, vectors);
    }
  for (size_t i = 0; i < n; ++i)
    values[i] *= down;
  return 1;
}

extern const crucible__eigenvector_call EIGENVECTORS_NAME;
const crucible__eigenvector_call EIGENVECTORS_NAME = decompose;
