/* SPDX-License-Identifier: Apache-2.0 */
#include "support/null_tracks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/series.h>

#include "base/rng.h"

const char *const track_names[TRACK_KINDS] = {
    "normal", "t3", "market", "agent", "wins", "losses", "ar"};

track_market track_market_read(const char *shared) {
  track_market market = {0};
  char path[1024];
  crucible_series *series;
  crucible_bars bars = {.struct_size = sizeof bars};
  (void)snprintf(
      path, sizeof path,
      "%s/data/klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz", shared);
  if (shared[0] == 0 ||
      crucible_series_read_csv(path, NULL, &series) != CRUCIBLE_OK)
    return market;
  if (crucible_series_view(series, &bars) != CRUCIBLE_OK)
    abort();
  market.n = bars.n - 1;
  market.returns = malloc(market.n * sizeof(double));
  if (market.returns == NULL)
    abort();
  for (size_t i = 0; i < market.n; ++i)
    market.returns[i] = bars.close[i + 1] / bars.close[i] - 1;
  crucible_series_destroy(series);
  return market;
}

void track_market_free(track_market *market) { free(market->returns); }

int track_needs_market(int kind) {
  return kind == TRACK_MARKET || kind == TRACK_AGENT;
}

static double exponential(crucible__rng *rng) {
  return -log(1 - crucible__rng_uniform(rng));
}

static double sign(crucible__rng *rng) {
  return crucible__rng_u32(rng) & 1 ? 1 : -1;
}

/* z / sqrt(chi-squared / 3), of variance 3 */
static double t3(crucible__rng *rng) {
  double squares = 0;
  for (int i = 0; i < 3; ++i) {
    const double z = crucible__rng_normal(rng);
    squares += z * z;
  }
  return crucible__rng_normal(rng) / sqrt(squares / 3);
}

static double trade(crucible__rng *rng) {
  if (crucible__rng_below(rng, 24) != 0)
    return 0;
  return (crucible__rng_below(rng, 4) == 0 ? 3 : -1) * exponential(rng);
}

/* Positions in a stretch of the market, in at a random bar. */
static void trade_market(crucible__rng *rng, const track_market *market,
                         double *x, size_t n) {
  const double fee = 5e-4;
  const size_t from = (size_t)crucible__rng_below(rng, market->n - n);
  size_t i = 0;
  while (i < n) {
    const size_t out = 1 + (size_t)(24 * exponential(rng));
    const size_t in = 2 + (size_t)(12 * exponential(rng));
    const double side = sign(rng), edge = 2 * fee / (double)in;
    for (size_t k = 0; k < out && i < n; ++k)
      x[i++] = 0;
    for (size_t k = 0; k < in && i < n; ++k, ++i)
      x[i] = side * market->returns[from + i] + edge -
             (k == 0 || k == in - 1 ? fee : 0);
  }
}

static void add_ratio(double *x, size_t n, double sharpe) {
  double squares = 0, mean = 0;
  if (sharpe == 0)
    return;
  for (size_t i = 0; i < n; ++i)
    mean += x[i] / (double)n;
  for (size_t i = 0; i < n; ++i)
    squares += (x[i] - mean) * (x[i] - mean);
  const double add = sharpe * sqrt(squares / (double)n);
  for (size_t i = 0; i < n; ++i)
    x[i] += add;
}

void track_make(int kind, double sharpe, uint64_t track,
                const track_market *market, double *x, size_t n) {
  crucible__rng rng;
  crucible__rng_init(&rng, 20240601 + (uint64_t)kind, CRUCIBLE__RNG_TEST,
                     track);
  double previous = 0;
  size_t from = 0;
  if (kind == TRACK_AGENT)
    trade_market(&rng, market, x, n);
  if (kind == TRACK_MARKET)
    from = (size_t)crucible__rng_below(&rng, market->n - n);
  for (size_t i = 0; i < n && kind != TRACK_AGENT; ++i)
    switch (kind) {
    case TRACK_NORMAL:
      x[i] = 1e-3 * crucible__rng_normal(&rng);
      break;
    case TRACK_T3:
      x[i] = 1e-3 * t3(&rng);
      break;
    case TRACK_MARKET:
      x[i] = sign(&rng) * market->returns[from + i];
      break;
    case TRACK_AR:
      previous = 0.2 * previous + 1e-3 * crucible__rng_normal(&rng);
      x[i] = previous;
      break;
    default:
      x[i] = (kind == TRACK_WINS ? 1e-3 : -1e-3) * trade(&rng);
    }
  add_ratio(x, n, sharpe);
}

/* P(at most k of n), each with chance p */
static double binomial(size_t k, size_t n, double p) {
  double sum = 0;
  for (size_t i = 0; i <= k; ++i)
    sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) -
               lgamma((double)(n - i) + 1) + (double)i * log(p) +
               (double)(n - i) * log1p(-p));
  return sum;
}

void track_interval(size_t hits, size_t n, double *low, double *high) {
  *low = 0;
  *high = 1;
  if (hits > 0) {
    double a = 0, b = 1;
    for (int i = 0; i < 60; ++i) {
      const double p = 0.5 * (a + b);
      *(1 - binomial(hits - 1, n, p) < 0.025 ? &a : &b) = p;
    }
    *low = a;
  }
  if (hits < n) {
    double a = 0, b = 1;
    for (int i = 0; i < 60; ++i) {
      const double p = 0.5 * (a + b);
      *(binomial(hits, n, p) > 0.025 ? &a : &b) = p;
    }
    *high = b;
  }
}
