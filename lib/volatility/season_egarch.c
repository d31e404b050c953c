/* SPDX-License-Identifier: Apache-2.0 */
/* EGARCH on returns without their season. */
#include <crucible/season.h>

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/season_rolling.h"
#include "volatility/season_sample.h"

struct crucible_season_egarch {
  crucible_egarch_rolling_options options;
  crucible_season_rolling *season;
  crucible_egarch_rolling *volatility;
};

static crucible_season_egarch_options both_defaults(void) {
  crucible_season_egarch_options defaults = {.struct_size = sizeof defaults};
  crucible_season_rolling_options_init(&defaults.season,
                                       sizeof defaults.season);
  crucible_egarch_rolling_options_init(&defaults.volatility,
                                       sizeof defaults.volatility);
  return defaults;
}

void crucible_season_egarch_options_init(
    crucible_season_egarch_options *options, size_t struct_size) {
  const crucible_season_egarch_options defaults = both_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status
crucible_season_egarch_create(const crucible_season_egarch_options *options,
                              crucible_season_egarch **forecast) {
  crucible_season_egarch_options chosen = both_defaults();
  if (forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "forecast is NULL: give a place for the object");
  *forecast = NULL;
  CRUCIBLE__TRY(crucible__options_read(&chosen, sizeof chosen, options,
                                       "crucible_season_egarch_options"));
  crucible_season_egarch *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen.volatility;
  crucible_status status =
      crucible_season_rolling_create(&chosen.season, &made->season);
  if (status == CRUCIBLE_OK)
    status =
        crucible_egarch_rolling_create(&chosen.volatility, &made->volatility);
  if (status == CRUCIBLE_OK)
    *forecast = made;
  else
    crucible_season_egarch_destroy(made);
  return status;
}

void crucible_season_egarch_destroy(crucible_season_egarch *forecast) {
  if (forecast == NULL)
    return;
  crucible_season_rolling_destroy(forecast->season);
  crucible_egarch_rolling_destroy(forecast->volatility);
  crucible__free(forecast);
}

static double factor_or_1(double factor) { return isnan(factor) ? 1 : factor; }

/* Return i of the window without its season; the one just prepared stands at
   its end. */
static double without(const crucible_season_rolling *window,
                      const crucible_season *season, size_t i) {
  const int64_t *at = window->open_time_ms;
  const int after_break =
      i > window->begin && at[i] - at[i - 1] >= season->options.timeframe_ms +
                                                    season->options.break_ms;
  return window->returns[i] /
         factor_or_1(crucible__season_at(season, at[i], after_break));
}

/* The first season: an EGARCH that has seen the window through it. */
static crucible_status begin_anew(crucible_season_egarch *forecast,
                                  const crucible_season *season,
                                  crucible_egarch_rolling **volatility,
                                  double *sigma) {
  const crucible_season_rolling *window = forecast->season;
  CRUCIBLE__TRY(crucible_egarch_rolling_create(&forecast->options, volatility));
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = window->begin; i <= window->end && status == CRUCIBLE_OK; ++i)
    status = crucible_egarch_rolling_push(*volatility,
                                          without(window, season, i), sigma);
  if (status != CRUCIBLE_OK)
    crucible_egarch_rolling_destroy(*volatility);
  return status;
}

crucible_status crucible_season_egarch_push(crucible_season_egarch *forecast,
                                            int64_t open_time_ms, double value,
                                            double *sigma) {
  crucible_season *fresh;
  crucible_egarch_rolling *volatility = NULL;
  double plain = (double)NAN;
  if (forecast == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          forecast == NULL ? "forecast" : "sigma");
  crucible_season_rolling *window = forecast->season;
  CRUCIBLE__TRY(
      crucible__season_rolling_prepare(window, open_time_ms, value, &fresh));
  crucible_status status = CRUCIBLE_OK;
  if (window->season != NULL) /* known before this return */
    status = crucible_egarch_rolling_push(
        forecast->volatility, without(window, window->season, window->end),
        &plain);
  else if (fresh != NULL)
    status = begin_anew(forecast, fresh, &volatility, &plain);
  if (status != CRUCIBLE_OK) {
    crucible_season_destroy(fresh);
    return status;
  }
  if (volatility != NULL) {
    crucible_egarch_rolling_destroy(forecast->volatility);
    forecast->volatility = volatility;
  }
  const double next = crucible__season_rolling_commit(window, fresh);
  *sigma = plain * factor_or_1(next);
  return CRUCIBLE_OK;
}

crucible_status
crucible_season_egarch_forecasts(const crucible_season_egarch_options *options,
                                 const int64_t *open_time_ms,
                                 const double *close, size_t n, double *sigma) {
  crucible_season_egarch *forecast = NULL;
  if (open_time_ms == NULL || close == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          open_time_ms == NULL ? "open_time_ms"
                          : close == NULL      ? "close"
                                               : "sigma");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 close is needed");
  for (size_t i = 0; i < n; ++i)
    if (!(close[i] > 0) || !isfinite(close[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "close[%zu] is %g: prices are > 0", i, close[i]);
  double *found = crucible__alloc(n, sizeof *found); /* only on success */
  if (found == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible_season_egarch_create(options, &forecast);
  found[0] = (double)NAN;
  for (size_t i = 1; i < n && status == CRUCIBLE_OK; ++i) {
    status = crucible_season_egarch_push(
        forecast, open_time_ms[i], log(close[i] / close[i - 1]), &found[i]);
    if (status == CRUCIBLE_E_INVALID)
      status = crucible__fail_at(status, "bar %zu", i);
  }
  if (status == CRUCIBLE_OK)
    memcpy(sigma, found, n * sizeof *sigma);
  crucible_season_egarch_destroy(forecast);
  crucible__free(found);
  return status;
}
