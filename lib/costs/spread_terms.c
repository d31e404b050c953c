/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/spread_terms.h"

#include <math.h>
#include <string.h>

typedef double two __attribute__((vector_size(2 * sizeof(double))));

/*
 * log(a / b) of two pairs of prices. Neighbouring prices differ little, and
 * then 2 atanh(z), z = (a - b) / (a + b), is exact to the last digits of the
 * logarithm itself: a - b has no rounding error.
 */
static two log_ratios(two a, two b) {
  const two z = (a - b) / (a + b), s = z * z;
  if (fabs(z[0]) > 0.0625 || fabs(z[1]) > 0.0625)
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

/* EDGE's sums. r1, r3 and r5 are 0 where tau is, so that tau stands only with
   what has r2 and r4 alone. */
enum {
  N,
  N1,
  T,
  P_O,
  P_C,
  S1,
  S3,
  S5,
  T2,
  T4,
  S12,
  S34,
  S15,
  S45,
  Q12,
  Q34,
  Q15,
  Q45,
  X1234,
  X1545,
  T22,
  T44,
  S55,
  S122,
  S344,
  S155,
  S445,
  S124,
  S234,
  T24,
  S145,
  S455
};

static void edge_add(const double *basis, double *restrict sums) {
  const double r1 = basis[R1], r2 = basis[R2], r3 = basis[R3], r4 = basis[R4];
  const double r5 = basis[R5], r12 = r1 * r2, r34 = r3 * r4, r15 = r1 * r5;
  const double r45 = r4 * r5, t2 = basis[TAU] * r2, t4 = basis[TAU] * r4;
  const double terms[CRUCIBLE__SPREAD_TERMS] = {
      [N] = basis[ALL],    [N1] = basis[ONE],   [T] = basis[TAU],
      [P_O] = basis[PO],   [P_C] = basis[PC],   [S1] = r1,
      [S3] = r3,           [S5] = r5,           [T2] = t2,
      [T4] = t4,           [S12] = r12,         [S34] = r34,
      [S15] = r15,         [S45] = r45,         [Q12] = r12 * r12,
      [Q34] = r34 * r34,   [Q15] = r15 * r15,   [Q45] = r45 * r45,
      [X1234] = r12 * r34, [X1545] = r15 * r45, [T22] = t2 * r2,
      [T44] = t4 * r4,     [S55] = r5 * r5,     [S122] = r12 * r2,
      [S344] = r34 * r4,   [S155] = r15 * r5,   [S445] = r45 * r4,
      [S124] = r12 * r4,   [S234] = r34 * r2,   [T24] = t2 * r4,
      [S145] = r15 * r4,   [S455] = r45 * r5};
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS; ++k)
    sums[k] += terms[k];
}

void crucible__spread_add(int32_t method, const double *basis, double *sums) {
  if (method == CRUCIBLE_SPREAD_EDGE) {
    edge_add(basis, sums);
    return;
  }
  for (size_t k = 0; k < CRUCIBLE__SPREAD_FEW; ++k)
    sums[k] += basis[k];
}

static double signed_root(double square) {
  return copysign(sqrt(fabs(square)), square);
}

/* The expectations and variances of bidask's edge_rolling.py, multiplied by the
   squares of what they are divided by there. */
static double edge(const double *s) {
  if (s[T] < 2 || s[P_O] == 0 || s[P_C] == 0)
    return (double)NAN;
  const double n = s[N], a1 = -4 / s[P_O], a2 = -4 / s[P_C]; /* of sums */
  const double per = 1 / s[T];
  const double c1 = s[N1] == n ? s[S1] * per : s[S1] / s[N1] * n * per;
  const double c3 = s[S3] * per, c5 = s[S5] * per;
  const double e1 = a1 * (s[S12] - c1 * s[T2]) + a2 * (s[S34] - c3 * s[T4]);
  const double e2 = a1 * (s[S15] - c1 * s[S5]) + a2 * (s[S45] - c5 * s[T4]);
  const double b1 = a1 * a1, b2 = a2 * a2, both = 2 * a1 * a2;
  const double v1 =
      n * (b1 * (s[Q12] - 2 * c1 * s[S122] + c1 * c1 * s[T22]) +
           b2 * (s[Q34] - 2 * c3 * s[S344] + c3 * c3 * s[T44]) +
           both * (s[X1234] - c1 * s[S234] - c3 * s[S124] + c1 * c3 * s[T24])) -
      e1 * e1;
  const double v2 =
      n * (b1 * (s[Q15] - 2 * c1 * s[S155] + c1 * c1 * s[S55]) +
           b2 * (s[Q45] - 2 * c5 * s[S445] + c5 * c5 * s[T44]) +
           both * (s[X1545] - c1 * s[S455] - c5 * s[S145] + c1 * c5 * s[S45])) -
      e2 * e2;
  const double v = v1 + v2;
  return signed_root(v > 0 ? (v2 * e1 + v1 * e2) / v : (e1 + e2) / 2);
}

double crucible__spread_of_sums(int32_t method, const double *sums) {
  const double n = sums[0];
  switch (method) {
  case CRUCIBLE_SPREAD_EDGE:
    return edge(sums);
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
