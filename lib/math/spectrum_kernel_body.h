/* SPDX-License-Identifier: Apache-2.0 */
/* Included once for each vector level, with SPECTRUM_KERNEL_NAME. A sum has the
   same order at each level, whatever the shape of the tile it is found in. */
#include "base/lanes.h"
#include "math/spectrum_kernel.h"

enum {
  LANES = CRUCIBLE__LANE_COUNT,
#ifdef __AVX512F__
  TILE = 4, /* so that a tile's sums stay in registers */
#else
  TILE = 2,
#endif
  ROWS = 4
};

static double total(crucible__lanes a) {
  double x[LANES];
  crucible__lanes_store(x, a);
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

static void dot_tile(const double *x, const double *y, size_t stride,
                     size_t length, double *out, size_t out_stride) {
  crucible__lanes sum[TILE][TILE];
  for (int i = 0; i < TILE; ++i)
    for (int j = 0; j < TILE; ++j)
      sum[i][j] = crucible__lanes_all(0);
  for (size_t t = 0; t < length; t += LANES) {
    crucible__lanes a[TILE];
    _Pragma("GCC unroll 4") for (int i = 0; i < TILE; ++i) a[i] =
        crucible__lanes_load(x + (size_t)i * stride + t);
    _Pragma("GCC unroll 4") for (int j = 0; j < TILE; ++j) {
      const crucible__lanes b =
          crucible__lanes_load(y + (size_t)j * stride + t);
      _Pragma("GCC unroll 4") for (int i = 0; i < TILE; ++i) sum[i][j] =
          crucible__lanes_add(sum[i][j], crucible__lanes_mul(a[i], b));
    }
  }
  for (size_t i = 0; i < TILE; ++i)
    for (size_t j = 0; j < TILE; ++j)
      out[i * out_stride + j] += total(sum[i][j]);
}

static double dot_one(const double *x, const double *y, size_t length) {
  crucible__lanes sum = crucible__lanes_all(0);
  for (size_t t = 0; t < length; t += LANES)
    sum = crucible__lanes_add(sum,
                              crucible__lanes_mul(crucible__lanes_load(x + t),
                                                  crucible__lanes_load(y + t)));
  return total(sum);
}

static void dot_rows(const double *x, size_t n_x, const double *y, size_t n_y,
                     size_t stride, size_t length, double *out,
                     size_t out_stride) {
  const size_t whole_x = n_x / TILE * TILE, whole_y = n_y / TILE * TILE;
  for (size_t i = 0; i < whole_x; i += TILE)
    for (size_t j = 0; j < whole_y; j += TILE)
      dot_tile(x + i * stride, y + j * stride, stride, length,
               out + i * out_stride + j, out_stride);
  for (size_t i = 0; i < n_x; ++i)
    for (size_t j = i < whole_x ? whole_y : 0; j < n_y; ++j)
      out[i * out_stride + j] +=
          dot_one(x + i * stride, y + j * stride, length);
}

/* Columns [0, n) of four rows, n a multiple of the lanes; their dots with v. */
static void reflect_four(double *a, size_t stride, size_t row, size_t n,
                         const crucible__reflection *step, double dot[ROWS]) {
  crucible__lanes u[ROWS], q[ROWS], v[ROWS], sum[ROWS];
  for (size_t r = 0; r < ROWS; ++r) {
    u[r] = crucible__lanes_all(step->u[row + r]);
    q[r] = crucible__lanes_all(step->q[row + r]);
    v[r] = crucible__lanes_all(step->v[row + r]);
    sum[r] = crucible__lanes_all(0);
  }
  for (size_t c = 0; c < n; c += LANES) {
    const crucible__lanes u_c = crucible__lanes_load(step->u + c);
    const crucible__lanes q_c = crucible__lanes_load(step->q + c);
    const crucible__lanes v_c = crucible__lanes_load(step->v + c);
    crucible__lanes p_c = crucible__lanes_load(step->p + c);
    _Pragma("GCC unroll 4") for (size_t r = 0; r < ROWS; ++r) {
      double *at = a + (row + r) * stride + c;
      const crucible__lanes off = crucible__lanes_add(
          crucible__lanes_mul(u[r], q_c), crucible__lanes_mul(q[r], u_c));
      const crucible__lanes x =
          crucible__lanes_sub(crucible__lanes_load(at), off);
      crucible__lanes_store(at, x);
      sum[r] = crucible__lanes_add(sum[r], crucible__lanes_mul(x, v_c));
      p_c = crucible__lanes_add(p_c, crucible__lanes_mul(x, v[r]));
    }
    crucible__lanes_store(step->p + c, p_c);
  }
  for (size_t r = 0; r < ROWS; ++r)
    dot[r] = total(sum[r]);
}

/* The columns of a row from the given one to its diagonal. */
static void reflect_rest(double *row, size_t i, size_t from,
                         const crucible__reflection *step, double dot) {
  for (size_t c = from; c < i; ++c) {
    row[c] -= step->u[i] * step->q[c] + step->q[i] * step->u[c];
    dot += row[c] * step->v[c];
    step->p[c] += row[c] * step->v[i];
  }
  row[i] -= step->u[i] * step->q[i] + step->q[i] * step->u[i];
  step->p[i] += dot + row[i] * step->v[i];
}

static void reflect_rows(double *a, size_t stride, size_t from, size_t to,
                         const crucible__reflection *step) {
  size_t i = from;
  for (; i + ROWS <= to; i += ROWS) {
    const size_t whole = i / LANES * LANES;
    double dot[ROWS];
    reflect_four(a, stride, i, whole, step, dot);
    for (size_t r = 0; r < ROWS; ++r)
      reflect_rest(a + (i + r) * stride, i + r, whole, step, dot[r]);
  }
  for (; i < to; ++i)
    reflect_rest(a + i * stride, i, 0, step, 0);
}

extern const crucible__spectrum_calls SPECTRUM_KERNEL_NAME;
const crucible__spectrum_calls SPECTRUM_KERNEL_NAME = {
    .dot_rows = dot_rows, .reflect_rows = reflect_rows};
