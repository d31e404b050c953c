/* SPDX-License-Identifier: Apache-2.0 */
/* Long-run variance of the Sharpe ratio's influence function, as a stream. */
#include "stats/evidence.h"

/* The sums for a mean that is higher by d. */
static crucible__lag_sums moved(const crucible__lag_sums *s, double d) {
  const double d2 = d * d;
  crucible__lag_sums to = *s;
  to.y = s->y - 2 * d * s->w;
  to.yy = s->yy - 2 * d * s->y + 2 * d2 * s->w;
  to.yf = s->yf - d * s->y + d2 * s->w;
  to.yyf = s->yyf - d * (4 * s->yf + s->yy) + d2 * (3 * s->y - 2 * d * s->w);
  to.yyyf = s->yyyf - 2 * d * s->yyf +
            d2 * (s->yy + 4 * s->yf - 2 * d * s->y + d2 * s->w);
  return to;
}

void crucible__lag_sums_push(const crucible__sequence_rule *rule,
                             crucible__lag_sums *lags, double *ring,
                             double before, double after, double value) {
  const uint32_t n = rule->lags, newest = lags->next, held = lags->held;
  double f = 0, ff = 0, w = 0;
  for (uint32_t j = 0; j < held; ++j) { /* newest first */
    const uint32_t at = newest > j ? newest - 1 - j : newest + n - 1 - j;
    const double y = ring[at] - after, wy = rule->weights[j] * y;
    f += wy;
    ff += wy * y;
    w += rule->weights[j];
  }
  crucible__lag_sums sums = moved(lags, after - before);
  const double y = value - after, y2 = y * y;
  sums.yf += y * f;
  sums.yyf += y * ff + y2 * f;
  sums.yyyf += y2 * ff;
  sums.y += y * w + f;
  sums.yy += y2 * w + ff;
  sums.w += w;
  ring[newest] = value;
  sums.next = newest + 1 < n ? newest + 1 : 0;
  sums.held = held < n ? held + 1 : n;
  *lags = sums;
}

/* psi = a + b y + c y^2 of the present moments, whose mean is zero: twice the
   weighted sum of its lagged products, per observation. */
static double lagged(const crucible__moment_sums *sums, double sharpe,
                     const crucible__lag_sums *s) {
  const double variance = sums->m2 / sums->n;
  const double a = 0.5 * sharpe, b = 1 / sqrt(variance), c = -a / variance;
  const double sum = b * (b * s->yf + c * s->yyf) + c * (c * s->yyyf) +
                     a * (b * s->y + c * s->yy + a * s->w);
  return 2 * sum / sums->n;
}

double crucible__sequence_variance(const crucible__sequence_rule *rule,
                                   const crucible__moment_sums *sums,
                                   const crucible__sharpe_law *law,
                                   const crucible__lag_sums *lags) {
  double variance = law->variance;
  if (!(variance > 0))
    return (double)NAN;
  if (lags != NULL) {
    const double more = lagged(sums, law->sharpe, lags);
    variance = more > 0 ? variance + more : variance;
  }
  if (!(rule->caution > 0))
    return variance;
  const double error = sqrt((law->kurtosis - 1) / sums->n);
  return (variance > 1 ? variance : 1) * (1 + rule->caution * error);
}

void crucible__lag_sums_save(const crucible__lag_sums *lags, const double *ring,
                             uint32_t n_lags, crucible__pack *pack) {
  const double sums[] = {lags->yf, lags->yyf, lags->yyyf,
                         lags->y,  lags->yy,  lags->w};
  crucible__pack_f64s(pack, sums, 6);
  crucible__pack_u64(pack, lags->next);
  crucible__pack_u64(pack, lags->held);
  /* While it fills, what has not been written yet is not part of the state. */
  crucible__pack_f64s(pack, ring, lags->held < n_lags ? lags->held : n_lags);
}

crucible__lag_sums crucible__lag_sums_load(double *ring, uint32_t n_lags,
                                           crucible__unpack *unpack) {
  double sums[6];
  crucible__unpack_f64s(unpack, sums, 6);
  const uint64_t next = crucible__unpack_u64(unpack);
  const uint64_t held = crucible__unpack_u64(unpack);
  if (held > n_lags || next >= n_lags || (held < n_lags && next != held))
    unpack->failed = 1;
  if (unpack->failed)
    return (crucible__lag_sums){0};
  crucible__unpack_f64s(unpack, ring, (size_t)held);
  for (uint64_t i = 0; i < held; ++i)
    if (!(fabs(ring[i]) <= CRUCIBLE__SEQUENTIAL_VALUE_MAX))
      unpack->failed = 1;
  return (crucible__lag_sums){.yf = sums[0],
                              .yyf = sums[1],
                              .yyyf = sums[2],
                              .y = sums[3],
                              .yy = sums[4],
                              .w = sums[5],
                              .next = (uint32_t)next,
                              .held = (uint32_t)held};
}
