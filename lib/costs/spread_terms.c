/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/spread_terms.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Numbers, one or two of them: two take no longer than one. */
#define add(a, b) ((a) + (b))
#define sub(a, b) ((a) - (b))
#define mul(a, b) ((a) * (b))
#define quotient(a, b) ((a) / (b))
#define all(a) (a)

typedef double two __attribute__((vector_size(2 * sizeof(double))));
#define num two
#define log_of_near logs_of_near
#include "costs/spread_log_body.h"
#undef log_of_near
#undef num

typedef double num;
#define root(a) sqrt(a)
#define size_of(a) fabs(a)
#define pick(a, b, x, y) ((a) < (b) ? (x) : (y))

static inline num log_of_far(num a, num b, num both, num z, num near) {
  return fabs(z) > CRUCIBLE__SPREAD_NEAR || both > DBL_MAX ? log(a / b) : near;
}

#include "costs/spread_edge_body.h"

/* log(a / b) of two pairs of prices. */
static two log_ratios(two a, two b) {
  const two both = a + b, z = (a - b) / both, near = logs_of_near(z);
  return (two){log_of_far(a[0], b[0], both[0], z[0], near[0]),
               log_of_far(a[1], b[1], both[1], z[1], near[1])};
}

crucible__spread_bar crucible__spread_bar_of(double open, double high,
                                             double low, double close) {
  const two apart = log_ratios((two){high, low}, (two){close, close});
  return (crucible__spread_bar){.open = open,
                                .high = high,
                                .low = low,
                                .close = close,
                                .mid = middle_of(apart[0], apart[1]),
                                .range = apart[0] - apart[1]};
}

/* bidask's cs.R, with all logs taken from the close before; move: that of the
   close. */
static double corwin_schultz(const crucible__spread_bar *bar,
                             const crucible__spread_bar *before, double move) {
  const double part = 3 - 2 * sqrt(2.0);
  const double high = move + bar->mid + bar->range / 2;
  const double low = move + bar->mid - bar->range / 2;
  const double high_before = before->mid + before->range / 2;
  const double low_before = before->mid - before->range / 2;
  const double gap = fmax(0, -high) + fmin(0, -low);
  const double beta = bar->range * bar->range + before->range * before->range;
  const double gamma =
      fmax(high + gap, high_before) - fmin(low + gap, low_before);
  const double alpha =
      (sqrt(2 * beta) - sqrt(beta)) / part - gamma / sqrt(part);
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

/* Of EDGE beside its own: whether the bar has a neighbour before it. */
enum { ALL = CRUCIBLE__EDGE_BASIS };
_Static_assert(ALL + 1 == CRUCIBLE__SPREAD_BASIS, "a basis holds EDGE's");

void crucible__spread_basis(int32_t method, const crucible__spread_bar *bar,
                            const crucible__spread_bar before[2], int joined,
                            double basis[CRUCIBLE__SPREAD_BASIS]) {
  if (method == CRUCIBLE_SPREAD_EDGE && joined > 0) {
    const two move = log_ratios((two){bar->open, bar->close},
                                (two){before->close, before->close});
    edge_basis(bar->open, bar->high, bar->low, move[0], move[1], bar->mid,
               before->close, before->mid,
               sides_of(before->high, before->low, before->close), basis);
    basis[ALL] = 1;
    return;
  }
  memset(basis, 0, CRUCIBLE__SPREAD_BASIS * sizeof *basis);
  if (method == CRUCIBLE_SPREAD_EDGE) /* r1 needs no bar before */
    basis[CRUCIBLE__EDGE_A] = bar->mid - log_ratio(bar->open, bar->close);
  else if (joined >= (int)crucible__spread_lag(method))
    few_basis(method, bar, before, basis);
}

/* Sums of EDGE beside those of bars with a neighbour: r1 of all bars, and how
   many have one. */
enum { SUM_A = CRUCIBLE__EDGE_SUMS, SUM_ALL = SUM_A + 1 };
_Static_assert(SUM_ALL + 1 == CRUCIBLE__SPREAD_TERMS, "all sums have a place");

static two load_two(const double *from) {
  two value;
  memcpy(&value, from, sizeof value);
  return value;
}

static void store_two(double *to, two value) {
  memcpy(to, &value, sizeof value);
}

void crucible__spread_add(int32_t method, const double *basis, double *sums) {
  if (method != CRUCIBLE_SPREAD_EDGE) {
    for (size_t k = 0; k < CRUCIBLE__SPREAD_FEW; ++k)
      sums[k] += basis[k];
    return;
  }
  double term[CRUCIBLE__SPREAD_TERMS];
  edge_terms(basis, term);
  term[S_A] = basis[ALL] * basis[CRUCIBLE__EDGE_A];
  term[SUM_A] = basis[CRUCIBLE__EDGE_A];
  term[SUM_ALL] = basis[ALL];
  /* by twos, as they are read: a read of two waits for two writes of one */
#pragma GCC unroll 12
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS; k += 2)
    store_two(sums + k, load_two(sums + k) + (two){term[k], term[k + 1]});
}

static double edge(size_t n_bars, const double *sums, moment part[2]) {
  const double joined = sums[SUM_ALL], n = (double)n_bars;
  const double all_a =
      joined == n ? sums[SUM_A] : sums[SUM_A] / n * joined; /* mean times n */
  return edge_of(sums, all_a, joined, part);
}

crucible__edge_parts crucible__spread_edge_parts(size_t n, const double *sums) {
  moment part[2];
  (void)edge(n, sums, part);
  return (crucible__edge_parts){.e1 = part[0].e,
                                .e2 = part[1].e,
                                .v1 = part[0].v,
                                .v2 = part[1].v,
                                .pt = sums[S_TAU] / sums[SUM_ALL],
                                .po = sums[S_PO] / sums[SUM_ALL],
                                .pc = sums[S_PC] / sums[SUM_ALL]};
}

static double signed_root(double square) {
  return copysign(sqrt(fabs(square)), square);
}

double crucible__spread_of_sums(int32_t method, size_t n_bars,
                                const double *sums) {
  moment part[2];
  if (method == CRUCIBLE_SPREAD_EDGE)
    return edge(n_bars, sums, part);
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
