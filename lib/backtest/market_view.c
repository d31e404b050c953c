/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/market_view.h"

#include <float.h>

#include "backtest/bar_check.h"
#include "base/base_status.h"
#include "series/bar_rules.h"

/* Of a forecast: negative or infinite. */
static int is_wrong(const double *forecast, size_t i) {
  return forecast != NULL && ((forecast[i] < 0) | (forecast[i] > DBL_MAX));
}

/*
 * Whether every bar and forecast is as crucible__bar_check() and _outlook_check
 * want it, found without a branch per rule: a run looks at its market once, and
 * no run should take longer to look than to trade. What is wrong is told by the
 * checks themselves.
 */
static int is_sound(const crucible__market_view *view) {
  const crucible_bars *bars = &view->bars;
  const double least = 1 / CRUCIBLE__NUMBER_MOST, most = CRUCIBLE__NUMBER_MOST;
  const int64_t frame = bars->timeframe_ms, *open_ms = bars->open_time_ms;
  if (bars->n == 0)
    return 1;
  int n_wrong = open_ms[0] % frame != 0 || open_ms[0] < CRUCIBLE__TIME_FIRST ||
                open_ms[bars->n - 1] > CRUCIBLE__TIME_LAST;
  for (size_t i = 0; i < bars->n; ++i) {
    double open = bars->open[i], high = bars->high[i], low = bars->low[i];
    double close = bars->close[i], volume = bars->volume[i];
    n_wrong += !((low >= least) & (high <= most) & (open >= low) &
                 (open <= high) & (close >= low) & (close <= high) &
                 (volume >= 0) & (volume <= DBL_MAX));
    n_wrong += is_wrong(view->sigma, i) | is_wrong(view->volume_forecast, i) |
               is_wrong(view->spread, i);
  }
  for (size_t i = 1; i < bars->n; ++i) {
    int64_t passed = open_ms[i] - open_ms[i - 1];
    if (passed != frame)
      n_wrong += passed < frame || passed % frame != 0;
  }
  return n_wrong == 0;
}

static crucible_status check_all(const crucible__market_view *view) {
  const crucible_bars *bars = &view->bars;
  int64_t last_close_ms = 0;
  if (bars->timeframe_ms > 0 && is_sound(view))
    return CRUCIBLE_OK;
  for (size_t i = 0; i < bars->n; ++i) {
    crucible_bar bar = crucible__market_bar(view, i);
    crucible__outlook outlook = crucible__market_outlook(view, i);
    crucible_status status =
        crucible__bar_check(&bar, bars->timeframe_ms, i == 0, last_close_ms);
    if (status == CRUCIBLE_OK)
      status = crucible__outlook_check(&outlook);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "bar %zu", i);
    last_close_ms = bar.open_time_ms + bars->timeframe_ms;
  }
  return CRUCIBLE_OK;
}

static crucible_status check_funding(const crucible__market_view *view) {
  for (size_t i = 0; view->funding != NULL && i < view->bars.n; ++i)
    if (view->funding[i] < -1 || view->funding[i] > 1)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "bar %zu: funding is %g: a rate is a fraction of "
                            "the notional, -1 to 1, or NaN for none",
                            i, view->funding[i]);
  return CRUCIBLE_OK;
}

/* What of a fine bar does not fit the bar that it is in. */
static crucible_status misfit(const crucible__market_view *view, size_t i,
                              size_t k, const char *field, double fine,
                              const char *rule, double coarse) {
  return crucible__fail(
      CRUCIBLE_E_DATA,
      "fine bar %zu (%lld ms): %s is %.12g, but bar %zu (%lld ms), in which it "
      "lies, has the %s %.12g: make the bars of market.bars from those of "
      "market.fine with crucible_series_resample(), or take both from one "
      "venue",
      k, (long long)view->fine.open_time_ms[k], field, fine, i,
      (long long)view->bars.open_time_ms[i], rule, coarse);
}

/* The fine bars [from, end) are inside bar i. What did not trade is not walked
   and tells nothing. */
static crucible_status check_inside(const crucible__market_view *view, size_t i,
                                    size_t from, size_t end) {
  const crucible_bars *bars = &view->bars, *fine = &view->fine;
  double open = bars->open[i], high = bars->high[i];
  double low = bars->low[i], close = bars->close[i];
  size_t first = end, last = end;
  for (size_t k = from; k < end; ++k) {
    if (!(fine->volume[k] > 0))
      continue;
    if (first == end)
      first = k;
    last = k;
    if (fine->high[k] > high)
      return misfit(view, i, k, "high", fine->high[k], "high", high);
    if (fine->low[k] < low)
      return misfit(view, i, k, "low", fine->low[k], "low", low);
  }
  if (first == end)
    return CRUCIBLE_OK;
  /* where the first or the last of them is missing nobody knows what it was;
     bars resampled from these open with the first of them, traded or not */
  int64_t begin_ms = bars->open_time_ms[i];
  int64_t end_ms = begin_ms + bars->timeframe_ms - fine->timeframe_ms;
  if (fine->open_time_ms[from] == begin_ms && fine->open[first] != open &&
      fine->open[from] != open)
    return misfit(view, i, first, "open", fine->open[first], "open", open);
  if (fine->open_time_ms[end - 1] == end_ms && fine->close[last] != close &&
      fine->close[end - 1] != close)
    return misfit(view, i, last, "close", fine->close[last], "close", close);
  return CRUCIBLE_OK;
}

/* Both ascend, so one pass over both is enough. */
static crucible_status check_fine_fits(const crucible__market_view *view) {
  const crucible_bars *bars = &view->bars, *fine = &view->fine;
  size_t k = 0;
  for (size_t i = 0; i < bars->n && k < fine->n; ++i) {
    while (k < fine->n && fine->open_time_ms[k] < bars->open_time_ms[i])
      ++k;
    size_t from = k;
    while (k < fine->n &&
           fine->open_time_ms[k] < bars->open_time_ms[i] + bars->timeframe_ms)
      ++k;
    if (bars->volume[i] > 0)
      CRUCIBLE__TRY(check_inside(view, i, from, k));
  }
  return CRUCIBLE_OK;
}

static crucible_status take_fine(const crucible_bars *fine,
                                 crucible__market_view *view) {
  CRUCIBLE__TRY(crucible__bars_check_view(fine, &view->fine));
  const crucible_bars *bars = &view->fine;
  int64_t inner = bars->timeframe_ms, outer = view->bars.timeframe_ms;
  int64_t last_close_ms = 0;
  if (inner <= 0 || inner >= outer || outer % inner != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "market.fine has bars of %lld ms: give a timeframe "
                          "that divides %lld ms",
                          (long long)inner, (long long)outer);
  for (size_t i = 0; i < bars->n; ++i) {
    crucible_bar bar = crucible__bars_at(bars, i);
    crucible_status status =
        crucible__bar_check(&bar, inner, i == 0, last_close_ms);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "fine bar %zu", i);
    last_close_ms = bar.open_time_ms + inner;
  }
  return check_fine_fits(view);
}

crucible_status crucible__market_take(const crucible_market *market,
                                      crucible__market_view *view) {
  if (market == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "market is NULL");
  crucible_market read = {.struct_size = sizeof read};
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, market, "market"));
  crucible__market_view made = {.sigma = read.sigma,
                                .volume_forecast = read.volume_forecast,
                                .spread = read.spread,
                                .funding = read.funding};
  CRUCIBLE__TRY(crucible__bars_check_view(read.bars, &made.bars));
  CRUCIBLE__TRY(check_all(&made));
  CRUCIBLE__TRY(check_funding(&made));
  if (read.fine != NULL)
    CRUCIBLE__TRY(take_fine(read.fine, &made));
  *view = made;
  return CRUCIBLE_OK;
}

crucible_status
crucible__market_need_forecasts(const crucible__market_view *view) {
  if (view->bars.n == 0 ||
      (view->sigma != NULL && view->volume_forecast != NULL))
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "market.%s is NULL: every fill is priced with it, "
                        "unless its slippage is fixed",
                        view->sigma == NULL ? "sigma" : "volume_forecast");
}

crucible_status
crucible__market_check_tick(const crucible__market_view *view,
                            const crucible_instrument *instrument) {
  for (size_t i = 0; i < view->bars.n; ++i) {
    if (view->bars.low[i] >= instrument->price_tick)
      continue;
    crucible_bar bar = crucible__market_bar(view, i);
    crucible_status status = crucible__bar_check_tick(&bar, instrument);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "bar %zu", i);
  }
  return CRUCIBLE_OK;
}
