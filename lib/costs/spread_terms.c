/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/spread_terms.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef double two __attribute__((vector_size(2 * sizeof(double))));

static two load_two(const double *from) {
  two value;
  memcpy(&value, from, sizeof value);
  return value;
}

static void store_two(double *to, two value) {
  memcpy(to, &value, sizeof value);
}

/*
 * log(a / b) of two pairs of prices. Neighbouring prices differ little, and
 * then 2 atanh(z), z = (a - b) / (a + b), is exact to the last digits of the
 * logarithm itself: a - b has no rounding error.
 */
static two log_ratios(two a, two b) {
  const two both = a + b, z = (a - b) / both, s = z * z;
  if (fabs(z[0]) > 0.0625 || fabs(z[1]) > 0.0625 || both[0] > DBL_MAX ||
      both[1] > DBL_MAX)
    return (two){log(a[0] / b[0]), log(a[1] / b[1])};
  two sum = s * (1. / 15) + 1. / 13;
  sum = sum * s + 1. / 11;
  sum = sum * s + 1. / 9;
  sum = sum * s + 1. / 7;
  sum = sum * s + 1. / 5;
  sum = sum * s + 1. / 3;
  return 2 * (z + z * (s * sum));
}

static double log_ratio(double a, double b) {
  return log_ratios((two){a, 1}, (two){b, 1})[0];
}

crucible__spread_bar crucible__spread_bar_of(double open, double high,
                                             double low, double close) {
  const two apart = log_ratios((two){high, low}, (two){close, close});
  return (crucible__spread_bar){.open = open,
                                .high = high,
                                .low = low,
                                .close = close,
                                .mid = (apart[0] + apart[1]) / 2,
                                .range = apart[0] - apart[1]};
}

/* The names of bidask: r1 .. r5, tau, po, pc; whether all of them count; and
   whether r1 does, which needs no bar before. */
enum { R1, R2, R3, R4, R5, TAU, PO, PC, ALL, ONE };

static void edge_basis(const crucible__spread_bar *bar,
                       const crucible__spread_bar *before, int joined,
                       double *basis) {
  if (!joined) {
    memset(basis, 0, CRUCIBLE__SPREAD_BASIS * sizeof *basis);
    basis[R1] = bar->mid - log_ratio(bar->open, bar->close);
    basis[ONE] = 1;
    return;
  }
  const two moves = log_ratios((two){bar->open, bar->close},
                               (two){before->close, before->close});
  const double mid = moves[1] + bar->mid;
  const int moved = bar->high != bar->low || bar->low != before->close;
  basis[R1] = mid - moves[0];
  basis[R2] = moves[0] - before->mid;
  basis[R3] = mid;
  basis[R4] = -before->mid;
  basis[R5] = moves[0];
  basis[TAU] = moved;
  basis[PO] = moved * ((bar->open != bar->high) + (bar->open != bar->low));
  basis[PC] = moved * ((before->close != before->high) +
                       (before->close != before->low));
  basis[ALL] = basis[ONE] = 1;
}

/* bidask's cs.R, with all logs taken from the close before; move: that of the
   close. */
static double corwin_schultz(const crucible__spread_bar *bar,
                             const crucible__spread_bar *before, double move) {
  const double root = 3 - 2 * sqrt(2.0);
  const double high = move + bar->mid + bar->range / 2;
  const double low = move + bar->mid - bar->range / 2;
  const double high_before = before->mid + before->range / 2;
  const double low_before = before->mid - before->range / 2;
  const double gap = fmax(0, -high) + fmin(0, -low);
  const double beta = bar->range * bar->range + before->range * before->range;
  const double gamma =
      fmax(high + gap, high_before) - fmin(low + gap, low_before);
  const double alpha =
      (sqrt(2 * beta) - sqrt(beta)) / root - gamma / sqrt(root);
  return 2 * tanh(alpha / 2);
}

/* The others: a count, and what is summed. */
static void few_basis(int32_t method, const crucible__spread_bar *bar,
                      const crucible__spread_bar *before, double *basis) {
  const double move = log_ratio(bar->close, before->close);
  const double square = 4 * before->mid * (move + bar->mid);
  basis[0] = 1;
  switch (method) {
  case CRUCIBLE_SPREAD_CORWIN_SCHULTZ:
    basis[1] = corwin_schultz(bar, before, move);
    break;
  case CRUCIBLE_SPREAD_CORWIN_SCHULTZ_CLIPPED:
    basis[1] = fmax(0, corwin_schultz(bar, before, move));
    break;
  case CRUCIBLE_SPREAD_ABDI_RANALDO:
    basis[1] = square;
    break;
  case CRUCIBLE_SPREAD_ABDI_RANALDO_CLIPPED:
    basis[1] = sqrt(fmax(0, square));
    break;
  default:
    basis[1] = move;
    basis[2] = log_ratio(before->close, before[1].close);
    basis[3] = basis[1] * basis[2];
  }
}

void crucible__spread_basis(int32_t method, const crucible__spread_bar *bar,
                            const crucible__spread_bar before[2], int joined,
                            double basis[CRUCIBLE__SPREAD_BASIS]) {
  if (method == CRUCIBLE_SPREAD_EDGE) {
    edge_basis(bar, before, joined > 0, basis);
    return;
  }
  memset(basis, 0, CRUCIBLE__SPREAD_BASIS * sizeof *basis);
  if (joined >= (int)crucible__spread_lag(method))
    few_basis(method, bar, before, basis);
}

/*
 * EDGE's sums, by twos: the first of each belongs to bidask's first moment (that
 * of r1 and r2, r3 and r4), the second to its second (r1 and r5, r5 and r4). r1,
 * r3 and r5 are 0 where tau is, so that tau stands only with r2 and r4.
 */
enum {
  U,    /* r1 r2, r1 r5 */
  V,    /* r3 r4, r5 r4 */
  H,    /* tau r2, r5 */
  G,    /* r3, r5 */
  UU,   /* squares of U */
  UF,   /* U times r2, r5 */
  HF,   /* H times r2, r5 */
  VV,   /* squares of V */
  VR4,  /* V times r4 */
  UV,   /* U times V */
  VF,   /* V times r2, r5 */
  UR4,  /* U times r4 */
  HR4,  /* H times r4 */
  T4,   /* tau r4, tau r4 r4 */
  S1,   /* r1, tau */
  SIDE, /* po, pc */
  MANY  /* bars that count, bars whose r1 counts */
};

static void edge_add(const double *basis, const double *from, double *to) {
  const two f = {basis[R2], basis[R5]}, g = {basis[R3], basis[R5]};
  const two h = {basis[TAU] * basis[R2], basis[R5]};
  const double r4 = basis[R4], t4 = basis[TAU] * r4;
  const two u = basis[R1] * f, v = g * r4;
  const two more[] = {[U] = u,
                      [V] = v,
                      [H] = h,
                      [G] = g,
                      [UU] = u * u,
                      [UF] = u * f,
                      [HF] = h * f,
                      [VV] = v * v,
                      [VR4] = v * r4,
                      [UV] = u * v,
                      [VF] = v * f,
                      [UR4] = u * r4,
                      [HR4] = h * r4,
                      [T4] = {t4, t4 * r4},
                      [S1] = {basis[R1], basis[TAU]},
                      [SIDE] = {basis[PO], basis[PC]},
                      [MANY] = {basis[ALL], basis[ONE]}};
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS / 2; ++k)
    store_two(to + 2 * k, load_two(from + 2 * k) + more[k]);
}

void crucible__spread_add(int32_t method, const double *basis,
                          const double *from, double *to) {
  if (method == CRUCIBLE_SPREAD_EDGE) {
    edge_add(basis, from, to);
    return;
  }
  for (size_t k = 0; k < CRUCIBLE__SPREAD_FEW; ++k)
    to[k] = from[k] + basis[k];
}

static double signed_root(double square) {
  return copysign(sqrt(fabs(square)), square);
}

/* The expectations and variances of bidask's edge_rolling.py, both moments
   abreast; what is divided by the number of bars there is not here. */
static double edge(const double *sums) {
#define SUM(k) load_two(sums + 2 * (k))
  const two side = SUM(SIDE), many = SUM(MANY), s1 = SUM(S1), t4 = SUM(T4);
  const double tau = s1[1], n = many[0];
  if (tau < 2 || side[0] == 0 || side[1] == 0)
    return (double)NAN;
  const two scale = -4 / side;
  const double a1 = scale[0], a2 = scale[1], per = 1 / tau;
  const double c1 = many[1] == n ? s1[0] * per : s1[0] / many[1] * n * per;
  const two c2 = SUM(G) * per; /* of r3, of r5 */
  const two e = a1 * (SUM(U) - c1 * SUM(H)) + a2 * (SUM(V) - c2 * t4[0]);
  const two open = SUM(UU) - 2 * c1 * SUM(UF) + c1 * c1 * SUM(HF);
  const two close = SUM(VV) - 2 * c2 * SUM(VR4) + c2 * c2 * t4[1];
  const two both = SUM(UV) - c1 * SUM(VF) - c2 * SUM(UR4) + c1 * c2 * SUM(HR4);
  const two v =
      n * (a1 * a1 * open + a2 * a2 * close + 2 * a1 * a2 * both) - e * e;
#undef SUM
  const double sum = v[0] + v[1];
  return signed_root(sum > 0 ? (v[1] * e[0] + v[0] * e[1]) / sum
                             : (e[0] + e[1]) / 2);
}

double crucible__spread_of_sums(int32_t method, const double *sums) {
  if (method == CRUCIBLE_SPREAD_EDGE)
    return edge(sums);
  const double n = sums[0];
  switch (method) {
  case CRUCIBLE_SPREAD_ROLL:
    if (n < 2)
      return (double)NAN;
    return signed_root(-4 / (n - 1) * (sums[3] - sums[1] * (sums[2] / n)));
  case CRUCIBLE_SPREAD_ABDI_RANALDO:
    return n > 0 ? signed_root(sums[1] / n) : (double)NAN;
  default:
    return n > 0 ? sums[1] / n : (double)NAN;
  }
}
