/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/bar_check.h"

#include <float.h>

#include "base/base_status.h"
#include "series/bar_rules.h"

crucible_status crucible__bar_check(const crucible_bar *bar,
                                    int64_t timeframe_ms, int is_first,
                                    int64_t last_close_ms) {
  if (!crucible__bar_is_sound(bar, 0)) {
    char text[CRUCIBLE__RULE_TEXT];
    (void)crucible__bar_explain(bar, 0, text);
    return crucible__fail(CRUCIBLE_E_DATA, "%s", text);
  }
  if (bar->low < 1 / CRUCIBLE__NUMBER_MOST || bar->high > CRUCIBLE__NUMBER_MOST)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "low %g, high %g: a price lies between 1e-100 and "
                          "1e100",
                          bar->low, bar->high);
  if (bar->open_time_ms < CRUCIBLE__TIME_FIRST ||
      bar->open_time_ms > CRUCIBLE__TIME_LAST)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "open_time_ms %lld is not in the years 1 to 9999: "
                          "give milliseconds since 1970",
                          (long long)bar->open_time_ms);
  if (bar->open_time_ms % timeframe_ms != 0)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "open_time_ms %lld is no multiple of the timeframe, "
                          "%lld ms",
                          (long long)bar->open_time_ms,
                          (long long)timeframe_ms);
  if (!is_first && bar->open_time_ms < last_close_ms)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "open_time_ms %lld is before the last bar's close, "
                          "%lld: push bars in order, each once",
                          (long long)bar->open_time_ms,
                          (long long)last_close_ms);
  return CRUCIBLE_OK;
}

crucible_status
crucible__bar_check_tick(const crucible_bar *bar,
                         const crucible_instrument *instrument) {
  if (bar->low >= instrument->price_tick)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_DATA,
                        "low %g is below the price tick %g of %s: correct the "
                        "instrument's profile",
                        bar->low, instrument->price_tick, instrument->symbol);
}

crucible_status crucible__outlook_check(const crucible__outlook *outlook) {
  const double most = DBL_MAX;
  const struct {
    const char *name;
    double value, least, most; /* of what is not NaN */
  } fields[] = {
      {"sigma", outlook->sigma, 0, most},
      {"volume_forecast", outlook->volume_forecast, 0, most},
      {"spread", outlook->spread, 0, most},
      {"taker_fee", outlook->taker_fee, 0, 0.1},
      {"maker_fee", outlook->maker_fee, -0.01, 0.1},
      {"slippage", outlook->slippage, 0, 1},
      {"funding", outlook->funding, -1, 1},
      {"price", outlook->price, 1 / CRUCIBLE__NUMBER_MOST,
       CRUCIBLE__NUMBER_MOST},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
    if (fields[i].value < fields[i].least || fields[i].value > fields[i].most)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "%s is %g: it is finite, %g to %g, or NaN while "
                            "cold or not known",
                            fields[i].name, fields[i].value, fields[i].least,
                            fields[i].most);
  return CRUCIBLE_OK;
}
