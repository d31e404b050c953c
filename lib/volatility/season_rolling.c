/* SPDX-License-Identifier: Apache-2.0 */
/* A season that is fitted anew every so many days, on past returns alone. */
#include "volatility/season_rolling.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/season_sample.h"
#include "volatility/season_state.h"

enum { DAYS_MAX = CRUCIBLE__SEASON_DAYS_MAX };

static const char mark[] = "season_rolling_1";

static crucible_season_rolling_options rolling_defaults(void) {
  return (crucible_season_rolling_options){
      .struct_size = sizeof(crucible_season_rolling_options),
      .window_days = 56,
      .refit_days = 1,
      .season = crucible__season_defaults()};
}

void crucible_season_rolling_options_init(
    crucible_season_rolling_options *options, size_t struct_size) {
  const crucible_season_rolling_options defaults = rolling_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status
read_options(crucible_season_rolling_options *out,
             const crucible_season_rolling_options *options) {
  crucible_season_rolling_options read = rolling_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_season_rolling_options"));
  const crucible_season_options season = read.season;
  CRUCIBLE__TRY(crucible__season_options_read(&read.season, &season));
  if (read.window_days < read.season.min_days || read.window_days > DAYS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window_days is %u: give at least min_days = %u and "
                          "at most %d",
                          read.window_days, read.season.min_days, DAYS_MAX);
  if (read.refit_days < 1 || read.refit_days > DAYS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "refit_days is %u: give 1 to %d",
                          read.refit_days, DAYS_MAX);
  *out = read;
  return CRUCIBLE_OK;
}

crucible_status
crucible_season_rolling_create(const crucible_season_rolling_options *options,
                               crucible_season_rolling **rolling) {
  crucible_season_rolling_options chosen;
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rolling is NULL: give a place for the object");
  *rolling = NULL;
  CRUCIBLE__TRY(read_options(&chosen, options));
  crucible_season_rolling *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen;
  *rolling = made;
  return CRUCIBLE_OK;
}

void crucible_season_rolling_destroy(crucible_season_rolling *rolling) {
  if (rolling == NULL)
    return;
  crucible_season_destroy(rolling->season);
  crucible__free(rolling->open_time_ms);
  crucible__free(rolling->returns);
  crucible__free(rolling);
}

/* The first return of the window that ends with one on the day given: bars of
   window_days whole days before it. */
static size_t window_begin(const crucible_season_rolling *rolling,
                           int64_t last_day) {
  size_t begin = rolling->begin;
  const int64_t first = last_day - rolling->options.window_days;
  while (begin < rolling->end &&
         crucible__season_day(rolling->open_time_ms[begin]) < first)
    ++begin;
  return begin;
}

/* Room for one more behind the end: half of the memory moves to the front when
   it is behind the window, else there is more of it. */
static crucible_status make_room(crucible_season_rolling *rolling) {
  if (rolling->end < rolling->capacity)
    return CRUCIBLE_OK;
  const size_t held = rolling->end - rolling->begin;
  if (rolling->begin > 0 && rolling->begin >= rolling->capacity / 2) {
    memmove(rolling->open_time_ms, rolling->open_time_ms + rolling->begin,
            held * sizeof *rolling->open_time_ms);
    memmove(rolling->returns, rolling->returns + rolling->begin,
            held * sizeof *rolling->returns);
    rolling->begin = 0;
    rolling->end = held;
    return CRUCIBLE_OK;
  }
  const size_t more = rolling->capacity == 0 ? 1024 : 2 * rolling->capacity;
  int64_t *times = crucible__realloc(rolling->open_time_ms, more,
                                     sizeof *rolling->open_time_ms);
  if (times == NULL)
    return CRUCIBLE_E_NOMEM;
  rolling->open_time_ms = times;
  double *returns =
      crucible__realloc(rolling->returns, more, sizeof *rolling->returns);
  if (returns == NULL)
    return CRUCIBLE_E_NOMEM;
  rolling->returns = returns;
  rolling->capacity = more;
  return CRUCIBLE_OK;
}

static crucible_status check_push(const crucible_season_rolling *rolling,
                                  int64_t open_time_ms, double value) {
  CRUCIBLE__TRY(crucible__season_check_time(
      open_time_ms, rolling->options.season.timeframe_ms));
  if (rolling->end > rolling->begin &&
      open_time_ms <= rolling->open_time_ms[rolling->end - 1])
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "open_time_ms is %lld, not after the last bar's %lld: push bars in the "
        "order of time, each once",
        (long long)open_time_ms,
        (long long)rolling->open_time_ms[rolling->end - 1]);
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  return CRUCIBLE_OK;
}

/* Whether the bar is the first that ends on a new day, and a fit is due. */
static int is_due(const crucible_season_rolling *rolling, int64_t ends_on) {
  if (rolling->end == rolling->begin || ends_on <= rolling->seen_day)
    return 0;
  return rolling->season == NULL ||
         ends_on - rolling->fit_day >= rolling->options.refit_days;
}

crucible_status
crucible__season_rolling_prepare(crucible_season_rolling *rolling,
                                 int64_t open_time_ms, double value,
                                 crucible_season **fresh) {
  *fresh = NULL;
  CRUCIBLE__TRY(check_push(rolling, open_time_ms, value));
  CRUCIBLE__TRY(make_room(rolling));
  rolling->open_time_ms[rolling->end] = open_time_ms; /* not counted yet */
  rolling->returns[rolling->end] = value;
  const int64_t ends_on =
      crucible__season_day(open_time_ms + rolling->options.season.timeframe_ms);
  if (!is_due(rolling, ends_on))
    return CRUCIBLE_OK;
  const size_t begin =
      window_begin(rolling, crucible__season_day(open_time_ms));
  const crucible_status status = crucible__season_make(
      &rolling->options.season, rolling->open_time_ms + begin,
      rolling->returns + begin, rolling->end + 1 - begin, fresh);
  /* with nothing to tell apart the season there was goes on */
  return status == CRUCIBLE_E_NOMEM ? status : CRUCIBLE_OK;
}

double crucible__season_rolling_commit(crucible_season_rolling *rolling,
                                       crucible_season *fresh) {
  const int64_t open_time_ms = rolling->open_time_ms[rolling->end];
  rolling->seen_day =
      crucible__season_day(open_time_ms + rolling->options.season.timeframe_ms);
  if (fresh != NULL) {
    crucible_season_destroy(rolling->season);
    rolling->season = fresh;
    rolling->fit_day = rolling->seen_day;
  }
  rolling->begin = window_begin(rolling, crucible__season_day(open_time_ms));
  ++rolling->end;
  return rolling->season == NULL
             ? (double)NAN
             : crucible__season_next(rolling->season, open_time_ms);
}

crucible_status crucible_season_rolling_push(crucible_season_rolling *rolling,
                                             int64_t open_time_ms, double value,
                                             double *factor) {
  crucible_season *fresh;
  if (rolling == NULL || factor == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL ? "rolling" : "factor");
  CRUCIBLE__TRY(
      crucible__season_rolling_prepare(rolling, open_time_ms, value, &fresh));
  *factor = crucible__season_rolling_commit(rolling, fresh);
  return CRUCIBLE_OK;
}

crucible_status
crucible_season_rolling_get(const crucible_season_rolling *rolling,
                            const crucible_season **season) {
  if (rolling == NULL || season == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL ? "rolling" : "season");
  *season = rolling->season;
  return CRUCIBLE_OK;
}

crucible_status crucible_season_rolling_factors(
    const crucible_season_rolling_options *options, const int64_t *open_time_ms,
    const double *returns, size_t n, double *factor) {
  crucible_season_rolling *rolling = NULL;
  if (open_time_ms == NULL || returns == NULL || factor == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          open_time_ms == NULL ? "open_time_ms"
                          : returns == NULL    ? "returns"
                                               : "factor");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 return is needed");
  double *found = crucible__alloc(n, sizeof *found);
  if (found == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible_season_rolling_create(options, &rolling);
  for (size_t i = 0; i < n && status == CRUCIBLE_OK; ++i) {
    status = crucible_season_rolling_push(rolling, open_time_ms[i], returns[i],
                                          &found[i]);
    if (status == CRUCIBLE_E_INVALID)
      status = crucible__fail_at(status, "bar %zu", i);
  }
  if (status == CRUCIBLE_OK) /* written only on success */
    memcpy(factor, found, n * sizeof *factor);
  crucible_season_rolling_destroy(rolling);
  crucible__free(found);
  return status;
}

/* ---- as bytes ---- */

crucible_status
crucible_season_rolling_save(const crucible_season_rolling *rolling,
                             void *bytes, size_t capacity, size_t *needed) {
  crucible__pack out = {.data = NULL};
  if (rolling == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL  ? "rolling"
                          : needed == NULL ? "needed"
                                           : "bytes");
  const size_t n = rolling->end - rolling->begin;
  crucible__pack_mark(&out, mark);
  crucible__pack_u64(&out, rolling->options.window_days);
  crucible__pack_u64(&out, rolling->options.refit_days);
  crucible__season_pack_options(&out, &rolling->options.season);
  crucible__pack_i64(&out, rolling->seen_day);
  crucible__pack_i64(&out, rolling->fit_day);
  crucible__pack_u64(&out, n);
  for (size_t i = rolling->begin; i < rolling->end; ++i)
    crucible__pack_i64(&out, rolling->open_time_ms[i]);
  if (n > 0)
    crucible__pack_f64s(&out, rolling->returns + rolling->begin, n);
  crucible__pack_u64(&out, rolling->season != NULL);
  if (rolling->season != NULL)
    crucible__season_pack(&out, rolling->season);
  return crucible__pack_hand_out(&out, bytes, capacity, needed);
}

static crucible_status damaged(void) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the state of a rolling season is damaged: push the "
                        "past returns to a new one");
}

static crucible_status unpack_returns(crucible__unpack *in,
                                      crucible_season_rolling *rolling) {
  const size_t n = crucible__unpack_count(in, 16);
  if (n == 0)
    return CRUCIBLE_OK;
  rolling->open_time_ms = crucible__alloc(n, sizeof *rolling->open_time_ms);
  rolling->returns = crucible__alloc(n, sizeof *rolling->returns);
  if (rolling->open_time_ms == NULL || rolling->returns == NULL)
    return CRUCIBLE_E_NOMEM;
  rolling->capacity = n;
  for (size_t i = 0; i < n; ++i) {
    rolling->open_time_ms[i] = crucible__unpack_i64(in);
    if (crucible__season_check_time(rolling->open_time_ms[i],
                                    rolling->options.season.timeframe_ms) !=
            CRUCIBLE_OK ||
        (i > 0 && rolling->open_time_ms[i] <= rolling->open_time_ms[i - 1]))
      return damaged();
  }
  crucible__unpack_f64s(in, rolling->returns, n);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(rolling->returns[i]))
      return damaged();
  rolling->end = n;
  return CRUCIBLE_OK;
}

static crucible_status unpack_rolling(crucible__unpack *in,
                                      crucible_season_rolling *rolling) {
  crucible__unpack_mark(in, mark);
  crucible_season_rolling_options options = rolling_defaults();
  const uint64_t window = crucible__unpack_u64(in);
  const uint64_t refit = crucible__unpack_u64(in);
  CRUCIBLE__TRY(crucible__season_unpack_options(in, &options.season));
  options.window_days = window > DAYS_MAX ? 0 : (uint32_t)window;
  options.refit_days = refit > DAYS_MAX ? 0 : (uint32_t)refit;
  if (read_options(&rolling->options, &options) != CRUCIBLE_OK)
    return damaged();
  rolling->seen_day = crucible__unpack_i64(in);
  rolling->fit_day = crucible__unpack_i64(in);
  CRUCIBLE__TRY(unpack_returns(in, rolling));
  const uint64_t fitted = crucible__unpack_u64(in);
  const int64_t seen =
      rolling->end == 0
          ? 0
          : crucible__season_day(rolling->open_time_ms[rolling->end - 1] +
                                 options.season.timeframe_ms);
  if (in->failed || fitted > (rolling->end > 0) || rolling->seen_day != seen ||
      rolling->fit_day > seen || rolling->fit_day < -CRUCIBLE__SEASON_TIME_MAX)
    return damaged();
  if (fitted == 1) {
    CRUCIBLE__TRY(crucible__season_unpack(in, &rolling->season));
    if (rolling->season->options.timeframe_ms != options.season.timeframe_ms)
      return damaged();
  }
  return crucible__unpack_end(in, "a rolling season");
}

crucible_status
crucible_season_rolling_load(const void *bytes, size_t n,
                             crucible_season_rolling **rolling) {
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rolling is NULL: give a place for the object");
  *rolling = NULL;
  if (bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "bytes is NULL: give those of "
                                              "crucible_season_rolling_save()");
  crucible__unpack in = {.data = bytes, .length = n};
  crucible_season_rolling *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  const crucible_status status = unpack_rolling(&in, made);
  if (status == CRUCIBLE_OK)
    *rolling = made;
  else
    crucible_season_rolling_destroy(made);
  return status;
}
