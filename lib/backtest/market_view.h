/* SPDX-License-Identifier: Apache-2.0 */
/* A caller's market, checked once before accounts run over it. */
#ifndef CRUCIBLE__MARKET_VIEW_H
#define CRUCIBLE__MARKET_VIEW_H

#include <math.h>

#include "backtest/fill.h"
#include "series/bars.h"

typedef struct crucible__market_view {
  crucible_bars bars;
  const double *sigma, *volume_forecast; /* NULL: always cold */
  const double *spread;                  /* NULL: by the cost options */
  const double *funding;                 /* NULL: none */
  crucible_bars fine;                    /* n is 0: none */
} crucible__market_view;

/* Checks every bar and forecast; the text names the first that is wrong. */
crucible_status crucible__market_take(const crucible_market *market,
                                      crucible__market_view *view);

/* E_INVALID if it has no forecasts for a law of slippage. */
crucible_status
crucible__market_need_forecasts(const crucible__market_view *view);

/* E_DATA with the number of the first bar that is below the tick. */
crucible_status
crucible__market_check_tick(const crucible__market_view *view,
                            const crucible_instrument *instrument);

/* What the step looks at of a bar. */
static inline crucible_bar
crucible__market_bar(const crucible__market_view *view, size_t i) {
  const crucible_bars *bars = &view->bars;
  return (crucible_bar){
      .open_time_ms = bars->open_time_ms[i],
      .open = bars->open[i],
      .high = bars->high[i],
      .low = bars->low[i],
      .close = bars->close[i],
      .volume = bars->volume[i],
  };
}

static inline crucible__outlook
crucible__market_outlook(const crucible__market_view *view, size_t i) {
  const double none = (double)NAN;
  return (crucible__outlook){
      .sigma = view->sigma != NULL ? view->sigma[i] : none,
      .volume_forecast =
          view->volume_forecast != NULL ? view->volume_forecast[i] : none,
      .spread = view->spread != NULL ? view->spread[i] : none,
      .taker_fee = none,
      .maker_fee = none,
      .slippage = none,
      .funding = view->funding != NULL && i + 1 < view->bars.n
                     ? view->funding[i + 1]
                     : none,
      .price = none,
  };
}

#endif
