/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/viability_ceiling.h"

#include <math.h>

#include "base/base_status.h"
#include "costs/cost_model.h"

/* What the outlook at the close of bar i - 1 makes a taker's order at the open
   of bar i cost beside the fee, fractions of the price there; 0 if it is cold or
   the bar is without a trade. */
static int order_cost(const crucible__market_view *view, size_t i,
                      const crucible__round_trip *trip, double quantity,
                      crucible__side_sums *cost) {
  double sigma = view->sigma[i - 1], volume = view->volume_forecast[i - 1];
  double spread = view->spread != NULL ? view->spread[i - 1] : (double)NAN;
  double open = view->bars.open[i];
  if (!(sigma >= 0 && volume > 0 && view->bars.volume[i] > 0))
    return 0;
  if (!(spread >= 0))
    spread = trip->costs->spread_bps * 1e-4;
  crucible__move move =
      crucible__price_move(trip->costs, sigma, quantity, volume);
  cost->notional = 1;
  cost->spread = fmax(spread, trip->price_tick / open) / 2;
  cost->slippage = move.slippage;
  cost->impact = move.impact;
  return 1;
}

static void add_side(crucible__side_sums *sums, const crucible__side_sums *cost,
                     double price_ratio) {
  sums->notional += cost->notional * price_ratio;
  sums->spread += cost->spread * price_ratio;
  sums->slippage += cost->slippage * price_ratio;
  sums->impact += cost->impact * price_ratio;
}

/* Paid by who holds the side that gains, from behind the open of bar in up to
   the open of bar out. */
static double funding_paid(const crucible__market_view *view,
                           const double *funding, size_t in, size_t out,
                           double change) {
  double paid = 0;
  for (size_t k = in + 1; k <= out; ++k)
    if (fabs(funding[k]) > 0) /* nor a NaN: none in that bar */
      paid += funding[k] * view->bars.open[k];
  return (change >= 0 ? paid : -paid) / view->bars.open[in];
}

/* Adds the holding period that is decided at the close of bar i. */
static void add_period(crucible__period_sums *sums,
                       const crucible__market_view *view, const double *funding,
                       size_t i, uint32_t hold_bars,
                       const crucible__round_trip *trip) {
  const crucible_bars *bars = &view->bars;
  size_t in = i + 1, out = in + hold_bars;
  double open = bars->open[in], quantity = trip->notional / open;
  crucible__side_sums first, last;
  /* entries are off where bars are missing */
  if (bars->open_time_ms[out] - bars->open_time_ms[i] !=
      ((int64_t)hold_bars + 1) * bars->timeframe_ms)
    return;
  if (!order_cost(view, in, trip, quantity, &first) ||
      !order_cost(view, out, trip, quantity, &last))
    return;
  double ratio = bars->open[out] / open;
  ++sums->n;
  sums->move += fabs(ratio - 1);
  if (funding != NULL)
    sums->funding += funding_paid(view, funding, in, out, ratio - 1);
  add_side(&sums->entry, &first, 1);
  add_side(&sums->exit, &last, ratio);
}

void crucible__period_sums_add(crucible__period_sums *sums,
                               const crucible__market_view *view,
                               const double *funding, uint32_t hold_bars,
                               const crucible__round_trip *trip) {
  for (size_t i = 0; i + 1 + hold_bars < view->bars.n; ++i)
    add_period(sums, view, funding, i, hold_bars, trip);
}

static void add_order(crucible_ceiling *ceiling,
                      const crucible__side_sums *sums, int32_t liquidity,
                      const crucible_fee_tier *tier) {
  if (liquidity == CRUCIBLE_LIQUIDITY_MAKER) {
    ceiling->fee_cost += tier->maker_fee * sums->notional;
    return;
  }
  ceiling->fee_cost += tier->taker_fee * sums->notional;
  ceiling->spread_cost += sums->spread;
  ceiling->slippage_cost += sums->slippage;
  ceiling->impact_cost += sums->impact;
}

crucible_ceiling crucible__ceiling_of(const crucible__period_sums *sums,
                                      const crucible_fee_tier *tier,
                                      uint32_t hold_bars,
                                      int64_t timeframe_ms) {
  double n = (double)sums->n;
  crucible_ceiling made = {.struct_size = sizeof made, .n = sums->n};
  add_order(&made, &sums->entry, tier->entry, tier);
  add_order(&made, &sums->exit, tier->exit, tier);
  made.mean_absolute_move = sums->move / n;
  made.fee_cost /= n;
  made.spread_cost /= n;
  made.slippage_cost /= n;
  made.impact_cost /= n;
  made.funding_cost = sums->funding / n;
  made.round_trip_cost = made.fee_cost + made.spread_cost + made.slippage_cost +
                         made.impact_cost + made.funding_cost;
  made.ratio = made.round_trip_cost > 0
                   ? made.mean_absolute_move / made.round_trip_cost
                   : (double)INFINITY;
  /* (2 p - 1) move = 2 cost */
  made.hit_rate_needed = 0.5 + made.round_trip_cost / made.mean_absolute_move;
  made.trades_per_day = 86400000.0 / ((double)hold_bars * (double)timeframe_ms);
  return made;
}

crucible_status crucible__notional_check(double notional) {
  if (notional > 0 && isfinite(notional))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "notional is %g: it must be finite and > 0", notional);
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
  CRUCIBLE__TRY(crucible__market_need_forecasts(&view));
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
  CRUCIBLE__TRY(crucible__notional_check(notional));
  crucible__period_sums sums = {.n = 0};
  const crucible__round_trip trip = {notional, profile.price_tick, &options};
  crucible__period_sums_add(&sums, &view, view.funding, hold_bars, &trip);
  if (sums.n == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "no period of %u bars without a gap fits after the "
                          "warm-up of the forecasts in %zu bars",
                          hold_bars, view.bars.n);
  const crucible_fee_tier tier = {
      .maker_fee = profile.maker_fee,
      .taker_fee = profile.taker_fee,
      .entry = CRUCIBLE_LIQUIDITY_TAKER,
      .exit = CRUCIBLE_LIQUIDITY_TAKER,
  };
  crucible_ceiling made =
      crucible__ceiling_of(&sums, &tier, hold_bars, view.bars.timeframe_ms);
  return crucible__result_write(ceiling, &made, sizeof made, "ceiling");
}
