/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/bootstrap.h"

#include <math.h>

#include <crucible/selection.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "stats/trials_matrix.h"

void crucible__bootstrap_draw(uint64_t seed, uint64_t id, size_t n,
                              double block_length, uint32_t *index) {
  const double restart = 1 / block_length;
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_BOOTSTRAP, id);
  index[0] = (uint32_t)crucible__rng_below(&rng, n);
  for (size_t i = 1; i < n; ++i) {
    if (crucible__rng_uniform(&rng) < restart)
      index[i] = (uint32_t)crucible__rng_below(&rng, n);
    else
      index[i] = index[i - 1] + 1 < n ? index[i - 1] + 1 : 0;
  }
}

/*
 * 1/n (sum x^2 + 2 sum_j (1 - j/n) q^j C_j), C_j = sum_s x_s x_(s-j) on the
 * circle. The inner sums over j move on with s: near = sum_j q^j x_(s-j), far
 * = sum_j j q^j x_(s-j), j from 1 to n - 1.
 */
double crucible__bootstrap_variance(const double *x, size_t n,
                                    double block_length) {
  const double q = 1 - 1 / block_length, size = (double)n;
  const double last = pow(q, size);
  double near = 0, far = 0, sum = 0;
  for (size_t s = 1; s < n; ++s) {
    far = q * (far + near + x[s]);
    near = q * (near + x[s]);
  }
  for (size_t s = 0; s < n; ++s) {
    sum += x[s] * (x[s] + 2 * (near - far / size));
    if (s + 1 < n) {
      far = q * (far + near + x[s]) - size * last * x[s + 1];
      near = q * (near + x[s]) - last * x[s + 1];
    }
  }
  return sum / size;
}

/* Autocovariances up to a lag, and the lag from which on they vanish: as in
   Patton's program, each is scaled by the sums of squares of its own ends. */
static size_t last_lag(const double *x, size_t n, size_t most, double *acv) {
  const double size = (double)n;
  const double bound = 2 * sqrt(log10(size) / size);
  const size_t digits = (size_t)log10(size);
  const size_t run = digits > 5 ? digits : 5;
  size_t small = 0, found = most + 1;
  for (size_t lag = 0; lag <= most; ++lag) {
    double product = 0, head = 0, tail = 0;
    for (size_t t = lag; t < n; ++t)
      product += x[t] * x[t - lag];
    for (size_t t = lag + 1; t < n; ++t) {
      tail += x[t] * x[t];
      head += x[t - lag - 1] * x[t - lag - 1];
    }
    acv[lag] = product / size;
    if (lag >= run && small >= run && found > most)
      found = lag - run;
    small = fabs(product) / sqrt(head * tail) < bound ? small + 1 : 0;
  }
  if (found > most)
    return most;
  const size_t lags = 2 * (found > 1 ? found : 1);
  return lags < most ? lags : most;
}

enum { LAGS_ON_STACK = 8192 }; /* of up to 67 million observations */

void crucible__block_length(const double *x, size_t n, double *stationary,
                            double *circular) {
  const double size = (double)n;
  const double longest = ceil(fmin(3 * sqrt(size), size / 3));
  double acv[LAGS_ON_STACK];
  size_t most = (size_t)ceil(sqrt(size)) + 5;
  const size_t digits = (size_t)log10(size);
  most += digits > 5 ? digits - 5 : 0;
  if (most >= LAGS_ON_STACK)
    most = LAGS_ON_STACK - 1;
  const size_t lags = last_lag(x, n, most, acv);
  double slope = 0, variance = acv[0];
  for (size_t k = 1; k <= lags; ++k) {
    const double share = (double)k / (double)lags;
    const double weight = share <= 0.5 ? 1 : 2 * (1 - share);
    slope += 2 * weight * (double)k * acv[k];
    variance += 2 * weight * acv[k];
  }
  const double top = 2 * slope * slope, square = variance * variance;
  const double root = cbrt(size);
  *stationary = fmin(cbrt(top / (2 * square)) * root, longest);
  *circular = fmin(cbrt(top / (4.0 / 3 * square)) * root, longest);
}

crucible_status crucible_block_length(const double *returns, size_t n,
                                      double *stationary, double *circular) {
  const crucible_matrix column = {returns, n, 1, 1, 1};
  double first = 0, second = 0, mean = 0;
  if (returns == NULL || stationary == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give %s",
                          returns == NULL ? "returns" : "stationary",
                          returns == NULL ? "returns" : "a place for a length");
  CRUCIBLE__TRY(
      crucible__trials_check(&column, "returns", CRUCIBLE__BOOTSTRAP_MIN, 1));
  CRUCIBLE__TRY(crucible__trials_vary(&column, "returns", 0));
  double *x = crucible__alloc(n, sizeof *x);
  if (x == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t t = 0; t < n; ++t)
    mean += returns[t];
  for (size_t t = 0; t < n; ++t)
    x[t] = returns[t] - mean / (double)n;
  crucible__block_length(x, n, &first, &second);
  crucible__free(x);
  *stationary = first;
  if (circular != NULL)
    *circular = second;
  return CRUCIBLE_OK;
}

crucible_status crucible__bootstrap_check(const char *name, size_t n,
                                          double block_length,
                                          uint32_t n_resamples) {
  if (n > UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%zu observations are more than the 2^32 - 1 that a "
                          "resample can have",
                          n);
  if (block_length != 0 && !(block_length >= 1 && block_length <= (double)n))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.block_length is %g: give 0 (automatic) or a mean "
                          "length from 1 to the %zu observations",
                          name, block_length, n);
  if (n_resamples < 10 || n_resamples > 10000000)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.n_resamples is %u: give a number from 10 to "
                          "10,000,000",
                          name, n_resamples);
  return CRUCIBLE_OK;
}
