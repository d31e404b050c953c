/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting and asking a season. */
#include <crucible/season.h>

#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/season_sample.h"

enum { WEEK = CRUCIBLE__SEASON_WEEK, TIMEFRAME_MIN = 10000 };

crucible_season_options crucible__season_defaults(void) {
  return (crucible_season_options){.struct_size =
                                       sizeof(crucible_season_options),
                                   .timeframe_ms = 300000,
                                   .break_ms = 3600000,
                                   .smooth_ms = 3600000,
                                   .method = CRUCIBLE_SEASON_ROBUST,
                                   .levels = 7,
                                   .shapes = 1,
                                   .harmonics = 6,
                                   .min_days = 7,
                                   .shrink_days = 4,
                                   .shrink_returns = 150,
                                   .zero_floor = 0.05};
}

void crucible_season_options_init(crucible_season_options *options,
                                  size_t struct_size) {
  const crucible_season_options defaults = crucible__season_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_times(const crucible_season_options *o) {
  if (o->timeframe_ms < TIMEFRAME_MIN ||
      CRUCIBLE__SEASON_DAY_MS % o->timeframe_ms != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give one that divides a day "
                          "of 86,400,000 ms and is at least %d",
                          (long long)o->timeframe_ms, TIMEFRAME_MIN);
  if (o->break_ms < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "break_ms is %lld: give at least 1",
                          (long long)o->break_ms);
  if (o->break_ms > CRUCIBLE__SEASON_TIME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "break_ms is %lld: give at most 2^52",
                          (long long)o->break_ms);
  if (o->smooth_ms < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "smooth_ms is %lld: give 0 or more",
                          (long long)o->smooth_ms);
  return CRUCIBLE_OK;
}

static int is_group(uint32_t n) { return n == 1 || n == 2 || n == 7; }

static crucible_status check_form(const crucible_season_options *o) {
  if (o->method != CRUCIBLE_SEASON_FOURIER &&
      o->method != CRUCIBLE_SEASON_ROBUST)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "method is %d: give CRUCIBLE_SEASON_FOURIER or "
                          "CRUCIBLE_SEASON_ROBUST",
                          o->method);
  if (!is_group(o->levels) || !is_group(o->shapes))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s is %u: days are in 1, 2 or 7 groups",
                          is_group(o->levels) ? "shapes" : "levels",
                          is_group(o->levels) ? o->shapes : o->levels);
  if (o->harmonics > 16)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "harmonics is %u: give at most 16", o->harmonics);
  if (o->min_days < 1 || o->min_days > CRUCIBLE__SEASON_DAYS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "min_days is %u: give 1 to %d",
                          o->min_days, CRUCIBLE__SEASON_DAYS_MAX);
  if (!(o->shrink_days >= 0) || !isfinite(o->shrink_days))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "shrink_days is %g: give 0 or more", o->shrink_days);
  if (!(o->shrink_returns >= 0) || !isfinite(o->shrink_returns))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "shrink_returns is %g: give 0 or more",
                          o->shrink_returns);
  if (!(o->zero_floor > 0) || o->zero_floor > 0.5)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "zero_floor is %g: give a number in (0, 0.5]",
                          o->zero_floor);
  if (o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "reserved is %u: leave it 0 or upgrade", o->reserved);
  return CRUCIBLE_OK;
}

crucible_status
crucible__season_options_read(crucible_season_options *out,
                              const crucible_season_options *options) {
  crucible_season_options read = crucible__season_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_season_options"));
  CRUCIBLE__TRY(check_times(&read));
  CRUCIBLE__TRY(check_form(&read));
  *out = read;
  return CRUCIBLE_OK;
}

crucible_status crucible__season_check_time(int64_t open_time_ms,
                                            int64_t timeframe_ms) {
  if (open_time_ms % timeframe_ms != 0 ||
      open_time_ms > CRUCIBLE__SEASON_TIME_MAX ||
      open_time_ms < -CRUCIBLE__SEASON_TIME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "open_time_ms is %lld: bars open at multiples of "
                          "timeframe_ms = %lld",
                          (long long)open_time_ms, (long long)timeframe_ms);
  return CRUCIBLE_OK;
}

/* ---- the fit ---- */

/* Factors of variances; a cell that never moved has a hundredth. */
static void normalise(crucible_season *season, double broken,
                      const crucible__season_sample *sample) {
  double *variance = season->factor, sum = 0;
  const size_t cells = WEEK * season->bins;
  size_t n = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const double least = pass == 0 ? 0 : 1e-4 * (sum / (double)n);
    sum = 0;
    n = 0;
    for (size_t k = 0; k < cells; ++k)
      if (!isnan(variance[k])) {
        variance[k] = fmax(variance[k], least);
        sum += variance[k];
        ++n;
      }
  }
  const double mean = sum / (double)n;
  season->info.lowest = HUGE_VAL;
  for (size_t k = 0; k < cells; ++k)
    if (!isnan(variance[k])) {
      season->factor[k] = sqrt(variance[k] / mean);
      season->info.lowest = fmin(season->info.lowest, season->factor[k]);
      season->info.highest = fmax(season->info.highest, season->factor[k]);
    }
  season->info.break_factor = sample->n_breaks < CRUCIBLE__SEASON_BREAKS_MIN
                                  ? (double)NAN
                                  : sqrt(fmax(broken / mean, 1e-4));
}

static crucible_season *season_alloc(const crucible_season_options *options) {
  crucible_season *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return NULL;
  made->options = *options;
  made->bins = (size_t)(CRUCIBLE__SEASON_DAY_MS / options->timeframe_ms);
  made->factor = crucible__alloc(WEEK * made->bins, sizeof *made->factor);
  if (made->factor == NULL) {
    crucible__free(made);
    return NULL;
  }
  for (size_t k = 0; k < WEEK * made->bins; ++k)
    made->factor[k] = (double)NAN;
  return made;
}

static void describe(crucible_season *season,
                     const crucible__season_sample *sample) {
  season->info.n_returns = sample->n;
  season->info.n_breaks = sample->n_breaks;
  for (size_t d = 0; d < WEEK; ++d)
    season->info.n_days += sample->days[d];
  for (size_t b = 0; b < season->bins; ++b) {
    int occurs = 0;
    for (size_t d = 0; d < WEEK; ++d)
      occurs = occurs || !isnan(season->factor[d * season->bins + b]);
    season->info.n_times += (uint32_t)occurs;
  }
}

static int is_factor(double factor) {
  return isnan(factor) || (factor > 0 && isfinite(factor));
}

int crucible__season_is_sound(const crucible_season *season) {
  const crucible_season_info *info = &season->info;
  int sound = is_factor(info->break_factor) && info->lowest > 0 &&
              info->lowest <= info->highest && isfinite(info->highest) &&
              info->n_times >= 1 && info->n_times <= season->bins;
  for (size_t k = 0; k < WEEK * season->bins; ++k)
    sound = sound && is_factor(season->factor[k]);
  return sound;
}

crucible_status crucible__season_make(const crucible_season_options *options,
                                      const int64_t *open_time_ms,
                                      const double *returns, size_t n,
                                      crucible_season **season) {
  crucible__season_sample sample;
  double broken = 0;
  CRUCIBLE__TRY(
      crucible__season_sample_make(&sample, options, open_time_ms, returns, n));
  crucible_season *made = season_alloc(options);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (made != NULL)
    status =
        options->method == CRUCIBLE_SEASON_FOURIER
            ? crucible__season_fourier(&sample, options, made->factor, &broken)
            : crucible__season_robust(&sample, options, made->factor, &broken);
  if (status == CRUCIBLE_OK) {
    normalise(made, broken, &sample);
    describe(made, &sample);
    if (!crucible__season_is_sound(made))
      status = crucible__fail(CRUCIBLE_E_DOMAIN,
                              "some of the %zu returns are so large beside the "
                              "others that factors overflow: look for wrong "
                              "prices",
                              n);
  }
  if (status == CRUCIBLE_OK)
    *season = made;
  else
    crucible_season_destroy(made);
  crucible__season_sample_free(&sample);
  return status;
}

crucible_status crucible_season_fit(const crucible_season_options *options,
                                    const int64_t *open_time_ms,
                                    const double *returns, size_t n,
                                    crucible_season **season) {
  crucible_season_options chosen;
  if (season == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "season is NULL: give a place for the object");
  *season = NULL;
  CRUCIBLE__TRY(crucible__season_options_read(&chosen, options));
  if (n > 0 && (open_time_ms == NULL || returns == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          returns == NULL ? "returns" : "open_time_ms");
  for (size_t i = 0; i < n; ++i) {
    if (crucible__season_check_time(open_time_ms[i], chosen.timeframe_ms) !=
        CRUCIBLE_OK)
      return crucible__fail_at(CRUCIBLE_E_INVALID, "bar %zu", i);
    if (i > 0 && open_time_ms[i] <= open_time_ms[i - 1])
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "open_time_ms[%zu] is %lld, not after %lld: sort "
                            "the bars by time, each once",
                            i, (long long)open_time_ms[i],
                            (long long)open_time_ms[i - 1]);
    if (!isfinite(returns[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "returns[%zu] is %g: give finite returns only", i,
                            returns[i]);
  }
  return crucible__season_make(&chosen, open_time_ms, returns, n, season);
}

void crucible_season_destroy(crucible_season *season) {
  if (season == NULL)
    return;
  crucible__free(season->factor);
  crucible__free(season);
}

/* ---- asking ---- */

double crucible__season_at(const crucible_season *season, int64_t open_time_ms,
                           int after_break) {
  const size_t weekday =
      crucible__season_weekday(crucible__season_day(open_time_ms));
  if (after_break && !isnan(season->info.break_factor))
    return season->info.break_factor;
  return season->factor[weekday * season->bins +
                        crucible__season_bin(open_time_ms,
                                             season->options.timeframe_ms)];
}

double crucible__season_next(const crucible_season *season,
                             int64_t open_time_ms) {
  const double factor = crucible__season_at(
      season, open_time_ms + season->options.timeframe_ms, 0);
  return isnan(factor) ? season->info.break_factor : factor;
}

crucible_status crucible_season_factor(const crucible_season *season,
                                       int64_t open_time_ms,
                                       int32_t after_break, double *factor) {
  if (season == NULL || factor == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          season == NULL ? "season" : "factor");
  CRUCIBLE__TRY(
      crucible__season_check_time(open_time_ms, season->options.timeframe_ms));
  *factor = crucible__season_at(season, open_time_ms, after_break != 0);
  return CRUCIBLE_OK;
}

crucible_status crucible_season_next_factor(const crucible_season *season,
                                            int64_t open_time_ms,
                                            double *factor) {
  if (season == NULL || factor == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          season == NULL ? "season" : "factor");
  CRUCIBLE__TRY(
      crucible__season_check_time(open_time_ms, season->options.timeframe_ms));
  *factor = crucible__season_next(season, open_time_ms);
  return CRUCIBLE_OK;
}

crucible_status crucible_season_get_info(const crucible_season *season,
                                         crucible_season_info *info) {
  if (season == NULL || info == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          season == NULL ? "season" : "info");
  return crucible__result_write(info, &season->info, sizeof season->info,
                                "crucible_season_info");
}
