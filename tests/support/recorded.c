/* SPDX-License-Identifier: Apache-2.0 */
#include "support/recorded.h"
#include "support/an_instrument.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/made_bars.h"

static void *need(void *p) {
  if (p == NULL)
    abort();
  return p;
}

static void forecast_sigma(recorded *r) {
  const double *close = r->bars.close;
  for (size_t i = 0; i < r->bars.n; ++i) {
    r->sigma[i] = (double)NAN;
    if (i < RECORDED_WINDOW)
      continue;
    double sum = 0;
    for (size_t k = i + 1 - RECORDED_WINDOW; k <= i; ++k) {
      double change = close[k] / close[k - 1] - 1;
      sum += change * change;
    }
    r->sigma[i] = sqrt(sum / RECORDED_WINDOW);
  }
}

recorded *recorded_read(const char *path, size_t limit, int has_spread) {
  recorded *r = need(calloc(1, sizeof *r));
  if (crucible_series_read_csv(path, NULL, &r->series) != CRUCIBLE_OK) {
    (void)fprintf(stderr, "%s\n", crucible_last_error());
    abort();
  }
  r->bars.struct_size = sizeof r->bars;
  if (crucible_series_view(r->series, &r->bars) != CRUCIBLE_OK)
    abort();
  if (limit > 0 && r->bars.n > limit)
    r->bars.n = limit;
  size_t n = r->bars.n;
  uint64_t state = 7;
  r->sigma = need(malloc(n * sizeof(double)));
  r->forecast = need(malloc(n * sizeof(double)));
  forecast_sigma(r);
  if (crucible_volume_forecast(r->bars.volume, n, RECORDED_WINDOW,
                               r->forecast) != CRUCIBLE_OK)
    abort();
  if (has_spread) {
    r->spread = need(malloc(n * sizeof(double)));
    for (size_t i = 0; i < n; ++i)
      r->spread[i] = made_uniform(&state) < 0.1 ? (double)NAN
                                                : 5e-4 * made_uniform(&state);
  }
  r->market = (crucible_market){.struct_size = sizeof r->market,
                                .bars = &r->bars,
                                .sigma = r->sigma,
                                .volume_forecast = r->forecast,
                                .spread = r->spread};
  return r;
}

void recorded_free(recorded *r) {
  crucible_series_destroy(r->series);
  free(r->sigma);
  free(r->forecast);
  free(r->spread);
  free(r);
}

double *recorded_scores(const recorded *r, size_t columns, uint64_t seed) {
  size_t n = r->bars.n;
  double *scores = need(malloc(n * columns * sizeof(double)));
  uint64_t state = seed;
  for (size_t c = 0; c < columns; ++c) {
    double period = 2 + 40 * made_uniform(&state);
    double noise = made_uniform(&state);
    for (size_t i = 0; i < n; ++i) {
      double odd = made_uniform(&state);
      double score = sin((double)i / period) + noise * made_uniform(&state);
      if (odd < 0.02)
        score = odd < 0.01 ? (double)NAN : (double)INFINITY;
      scores[c * n + i] = score;
    }
  }
  return scores;
}

crucible_instrument recorded_bitcoin(void) { return btcusdt_spot(); }

static double pick(uint64_t *state, const double *values, size_t n) {
  return values[(size_t)(made_uniform(state) * (double)n)];
}

#define PICK(...)                                                              \
  pick(&state, (const double[]){__VA_ARGS__},                                  \
       sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

drawn drawn_plan(uint64_t seed, double price) {
  uint64_t state = seed * 1000003 + 1;
  drawn d = {.instrument = recorded_bitcoin()};
  crucible_plan_init(&d.plan, sizeof d.plan);
  crucible_backtest_options_init(&d.options, sizeof d.options);
  int is_spot = PICK(0, 1) == 1;
  if (!is_spot) {
    d.instrument.market_type = CRUCIBLE_MARKET_LINEAR_PERPETUAL;
    d.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
    d.instrument.is_shortable = 1;
    d.instrument.max_leverage = 50;
    d.instrument.maintenance_margin = 0.01;
    d.options.leverage = PICK(1, 1, 3, 50);
    d.options.funding = CRUCIBLE_FUNDING_UNAVAILABLE;
    d.plan.side = CRUCIBLE_SIDE_LONG_SHORT;
  } else if (PICK(0, 1) == 1) {
    d.instrument.fee_asset = CRUCIBLE_FEE_IN_QUOTE;
  }
  d.instrument.taker_fee = PICK(0, 0.0005, 0.001);
  d.instrument.maker_fee = PICK(-0.0001, 0.0002, 0.001);
  d.instrument.min_notional = PICK(0, 5, 10);
  d.plan.entry = (int32_t)PICK(1, 1, 2, 3);
  d.plan.theta_in = PICK(0, 0.5);
  d.plan.theta_out = PICK(0, -0.5, -(double)INFINITY);
  d.plan.horizon_bars = (uint32_t)PICK(0, 1, 6, 24);
  d.plan.limit_ttl_bars = (uint32_t)PICK(1, 3);
  d.plan.limit_offset_sigma = PICK(0, 0.5);
  d.plan.stop_sigma = PICK(0, 1, 3);
  d.plan.target_sigma = PICK(0, 1, 3);
  d.plan.sizing = (int32_t)PICK(1, 1, 2, 3, 4);
  d.options.initial_cash = PICK(101, 200, 1000, 1e5);
  if (d.plan.sizing == CRUCIBLE_SIZE_RISK && d.plan.stop_sigma == 0)
    d.plan.stop_sigma = 2;
  if (d.plan.sizing == CRUCIBLE_SIZE_FRACTION)
    d.plan.sizing_value = PICK(0.3, 0.95, 1, 20);
  else if (d.plan.sizing == CRUCIBLE_SIZE_RISK)
    d.plan.sizing_value = PICK(0.001, 0.02);
  else
    d.plan.sizing_value = d.options.initial_cash * PICK(0.4, 0.99);
  if (d.plan.sizing == CRUCIBLE_SIZE_UNITS)
    d.plan.sizing_value /= price;
  d.options.costs.spread_bps = PICK(0, 1, 10);
  d.options.costs.impact_y = PICK(0, 1, 3);
  d.options.costs.impact_exponent = PICK(0.5, 0.5, 0.6);
  return d;
}
