/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include <crucible/backtest.h>

#include "backtest/market_view.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "costs/cost_model.h"

/* ---- the ceiling ---- */

/* Costs of one market order at a bar's open, per unit of the base asset. */
typedef struct side_cost {
  double fee, spread, slippage;
} side_cost;

/* What the outlook at the close of bar i - 1 makes an order at the open of bar
   i cost; 0 if it is cold or the bar is without a trade. */
static int order_cost(const crucible__market_view *view, size_t i,
                      const crucible_instrument *instrument,
                      const crucible_cost_options *costs, double quantity,
                      side_cost *cost) {
  double sigma = view->sigma[i - 1], volume = view->volume_forecast[i - 1];
  double spread = view->spread != NULL ? view->spread[i - 1] : (double)NAN;
  double open = view->bars.open[i];
  if (!(sigma >= 0 && volume > 0 && view->bars.volume[i] > 0))
    return 0;
  if (!(spread >= 0))
    spread = costs->spread_bps * 1e-4;
  cost->fee = instrument->taker_fee * open;
  cost->spread = fmax(spread * open, instrument->price_tick) / 2;
  cost->slippage =
      open * crucible__slippage_fraction(costs, sigma, quantity, volume);
  return 1;
}

/* Adds the holding period that is decided at the close of bar i. */
static void add_period(const crucible__market_view *view, size_t i,
                       uint32_t hold_bars,
                       const crucible_instrument *instrument, double notional,
                       const crucible_cost_options *costs,
                       crucible_ceiling *sum) {
  const crucible_bars *bars = &view->bars;
  size_t in = i + 1, out = in + hold_bars;
  double open = bars->open[in], quantity = notional / open;
  side_cost first, last;
  /* entries are off where bars are missing */
  if (bars->open_time_ms[out] - bars->open_time_ms[i] !=
      ((int64_t)hold_bars + 1) * bars->timeframe_ms)
    return;
  if (!order_cost(view, in, instrument, costs, quantity, &first) ||
      !order_cost(view, out, instrument, costs, quantity, &last))
    return;
  ++sum->n;
  sum->mean_absolute_move += fabs(bars->open[out] / open - 1);
  sum->fee_cost += (first.fee + last.fee) / open;
  sum->spread_cost += (first.spread + last.spread) / open;
  sum->slippage_cost += (first.slippage + last.slippage) / open;
}

crucible_status crucible_viability_ceiling(
    const crucible_market *market, const crucible_instrument *instrument,
    uint32_t hold_bars, double notional, const crucible_cost_options *costs,
    crucible_ceiling *ceiling) {
  crucible__market_view view;
  crucible_instrument profile;
  crucible_cost_options options;
  if (ceiling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "ceiling is NULL");
  CRUCIBLE__TRY(crucible__market_take(market, &view));
  CRUCIBLE__TRY(crucible__instrument_take(instrument, &profile));
  CRUCIBLE__TRY(crucible__market_check_tick(&view, &profile));
  crucible_cost_options_init(&options, sizeof options);
  CRUCIBLE__TRY(
      crucible__options_read(&options, sizeof options, costs, "cost_options"));
  CRUCIBLE__TRY(crucible__cost_options_check(&options, "cost_options"));
  crucible__cost_options_settle(&options, view.bars.timeframe_ms);
  if (hold_bars == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "hold_bars is 0: give at least 1");
  if (!(notional > 0 && isfinite(notional)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "notional is %g: it must be finite and > 0",
                          notional);
  crucible_ceiling made = {.struct_size = sizeof made};
  for (size_t i = 0; i + 1 + hold_bars < view.bars.n; ++i)
    add_period(&view, i, hold_bars, &profile, notional, &options, &made);
  if (made.n == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "no period of %u bars without a gap fits after the "
                          "warm-up of the forecasts in %zu bars",
                          hold_bars, view.bars.n);
  double n = (double)made.n;
  made.mean_absolute_move /= n;
  made.fee_cost /= n;
  made.spread_cost /= n;
  made.slippage_cost /= n;
  made.round_trip_cost = made.fee_cost + made.spread_cost + made.slippage_cost;
  made.ratio = made.mean_absolute_move / made.round_trip_cost;
  /* (2 p - 1) move = 2 cost */
  made.hit_rate_needed = 0.5 + made.round_trip_cost / made.mean_absolute_move;
  return crucible__result_write(ceiling, &made, sizeof made, "ceiling");
}

/* ---- what was realised ---- */

enum { RESAMPLES = 2000 };

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The least whole number whose cube is >= n. */
static size_t block_length(size_t n) {
  size_t length = 1;
  while (length * length * length < n)
    ++length;
  return length;
}

/* Ratio of the sums over one circular block resample. */
static double resample(const double *gross, const double *cost, size_t n,
                       size_t block, crucible__rng *rng) {
  double gains = 0, costs = 0;
  for (size_t taken = 0; taken < n;) {
    size_t at = (size_t)crucible__rng_below(rng, n);
    for (size_t k = 0; k < block && taken < n; ++k, ++taken) {
      gains += gross[at];
      costs += cost[at];
      at = at + 1 < n ? at + 1 : 0;
    }
  }
  if (costs > 0)
    return gains / costs;
  return gains > 0 ? (double)INFINITY : -(double)INFINITY; /* free of cost */
}

/* Linear between order statistics, as numpy.quantile. */
static double quantile(const double *sorted, size_t n, double p) {
  double place = p * (double)(n - 1);
  size_t below = (size_t)place;
  double part = place - (double)below, low = sorted[below];
  if (part == 0 || !isfinite(low) || low == sorted[below + 1])
    return low;
  return low + part * (sorted[below + 1] - low);
}

static crucible_status check_trades(const double *gross, const double *cost,
                                    size_t n, double confidence) {
  if (n > 0 && (gross == NULL || cost == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          gross == NULL ? "gross" : "cost");
  if (!(confidence > 0.5 && confidence < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "confidence is %g: give > 0.5 and < 1, such as 0.95",
                          confidence);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(gross[i]) || !isfinite(cost[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "trade %zu: gross %g and cost %g must be finite", i,
                            gross[i], cost[i]);
  if (n < 10)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%zu trades: a bound needs at least 10", n);
  return CRUCIBLE_OK;
}

crucible_status crucible_viability_realised(const double *gross,
                                            const double *cost, size_t n,
                                            double confidence, uint64_t seed,
                                            crucible_viability *viability) {
  if (viability == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "viability is NULL");
  CRUCIBLE__TRY(check_trades(gross, cost, n, confidence));
  double gains = 0, costs = 0;
  for (size_t i = 0; i < n; ++i) {
    gains += gross[i];
    costs += cost[i];
  }
  if (!isfinite(gains) || !isfinite(costs))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the sum of the trades overflows");
  if (costs <= 0)
    return crucible__fail(
        CRUCIBLE_E_DOMAIN,
        "the costs of %zu trades come to %g: there is no ratio", n, costs);
  double *ratios = crucible__alloc(RESAMPLES, sizeof *ratios);
  if (ratios == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t block = block_length(n);
  for (size_t i = 0; i < RESAMPLES; ++i) {
    crucible__rng rng;
    crucible__rng_init(&rng, seed, CRUCIBLE__RNG_BOOTSTRAP, i);
    ratios[i] = resample(gross, cost, n, block, &rng);
  }
  qsort(ratios, RESAMPLES, sizeof *ratios, compare);
  crucible_viability made = {
      .struct_size = sizeof made,
      .n = n,
      .mean_gross = gains / (double)n,
      .mean_cost = costs / (double)n,
      .ratio = gains / costs,
      .ratio_low = quantile(ratios, RESAMPLES, 1 - confidence),
  };
  made.is_viable = made.ratio_low >= 2;
  crucible__free(ratios);
  return crucible__result_write(viability, &made, sizeof made, "viability");
}
