/* SPDX-License-Identifier: Apache-2.0 */
#include "series/columns.h"

#include <float.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bars.h"

crucible_series *crucible__series_new(const char *symbol) {
  crucible_series *series = crucible__alloc_zero(1, sizeof *series);
  if (series == NULL || symbol == NULL)
    return series;
  series->symbol = crucible__strdup(symbol);
  if (series->symbol == NULL) {
    crucible_series_destroy(series);
    return NULL;
  }
  return series;
}

void crucible_series_destroy(crucible_series *series) {
  if (series == NULL)
    return;
  crucible__free(series->open_time_ms);
  for (int c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c)
    crucible__free(series->values[c]);
  crucible__free(series->symbol);
  crucible__free(series);
}

unsigned crucible__series_has(const crucible_series *series) {
  unsigned has = 0;
  for (unsigned c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c)
    has |= series->values[c] != NULL ? 1U << c : 0;
  return has;
}

/* Columns that grew before one failed keep their bars and more room: the
   capacity is only raised when all have it. */
crucible_status crucible__series_reserve(crucible_series *series, size_t n,
                                         unsigned has, int spare) {
  size_t capacity = series->capacity;
  if (n <= capacity && capacity > 0)
    return CRUCIBLE_OK;
  if (spare) {
    capacity = capacity < 1024 ? 1024 : capacity;
    while (capacity < n && capacity <= SIZE_MAX / 2)
      capacity *= 2;
  }
  capacity = capacity < n ? n : capacity;
  int64_t *times = crucible__realloc(series->open_time_ms, capacity,
                                     sizeof series->open_time_ms[0]);
  if (times == NULL)
    return CRUCIBLE_E_NOMEM;
  series->open_time_ms = times;
  for (unsigned c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c) {
    if (!(has & 1U << c))
      continue;
    double *values =
        crucible__realloc(series->values[c], capacity, sizeof values[0]);
    if (values == NULL)
      return CRUCIBLE_E_NOMEM;
    series->values[c] = values;
  }
  series->capacity = capacity;
  return CRUCIBLE_OK;
}

crucible_status crucible__series_trim(crucible_series *series) {
  if (series->n == series->capacity)
    return CRUCIBLE_OK;
  int64_t *times = crucible__realloc(series->open_time_ms, series->n,
                                     sizeof series->open_time_ms[0]);
  if (times == NULL)
    return CRUCIBLE_E_NOMEM;
  series->open_time_ms = times;
  series->capacity = series->n; /* no column holds less */
  for (int c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c) {
    if (series->values[c] == NULL)
      continue;
    double *values =
        crucible__realloc(series->values[c], series->n, sizeof values[0]);
    if (values == NULL)
      return CRUCIBLE_E_NOMEM;
    series->values[c] = values;
  }
  return CRUCIBLE_OK;
}

void crucible__series_lend(const crucible_series *series, crucible_bars *bars) {
  double *const *values = series->values;
  *bars = (crucible_bars){.struct_size = sizeof *bars,
                          .n = series->n,
                          .open_time_ms = series->open_time_ms,
                          .open = values[CRUCIBLE__OPEN],
                          .high = values[CRUCIBLE__HIGH],
                          .low = values[CRUCIBLE__LOW],
                          .close = values[CRUCIBLE__CLOSE],
                          .volume = values[CRUCIBLE__VOLUME],
                          .quote_volume = values[CRUCIBLE__QUOTE_VOLUME],
                          .trades = values[CRUCIBLE__TRADES],
                          .taker_buy_base = values[CRUCIBLE__TAKER_BUY_BASE],
                          .timeframe_ms = series->timeframe_ms,
                          .symbol = series->symbol,
                          .price_tick = series->price_tick,
                          .lot_step = series->lot_step};
}

crucible_status crucible__check_step(double step, const char *name) {
  if (step >= 0 && step <= DBL_MAX)
    return CRUCIBLE_OK;
  char text[CRUCIBLE__DOUBLE_TEXT];
  int n = (int)crucible__write_double(step, text);
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "%s is %.*s: give a step above 0, or 0 for unknown",
                        name, n, text);
}

/* The bars of a view, appended; there is room. A column of the series that the
   view lacks, or the other way round, is the caller's affair. */
static void copy_bars(crucible_series *series, const crucible_bars *bars) {
  const double *const from[CRUCIBLE__N_COLUMNS] = {NULL,
                                                   bars->open,
                                                   bars->high,
                                                   bars->low,
                                                   bars->close,
                                                   bars->volume,
                                                   bars->quote_volume,
                                                   bars->trades,
                                                   bars->taker_buy_base};
  memcpy(series->open_time_ms + series->n, bars->open_time_ms,
         bars->n * sizeof bars->open_time_ms[0]);
  for (int c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c)
    if (series->values[c] != NULL && from[c] != NULL)
      memcpy(series->values[c] + series->n, from[c],
             bars->n * sizeof from[c][0]);
  series->n += bars->n;
}

crucible_status crucible_series_create(const crucible_bars *bars,
                                       crucible_series **series) {
  if (series == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "series is NULL");
  *series = NULL;
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (view.n == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "bars.n is 0: a series has at least one bar");
  CRUCIBLE__TRY(crucible__check_step(view.price_tick, "bars.price_tick"));
  CRUCIBLE__TRY(crucible__check_step(view.lot_step, "bars.lot_step"));
  CRUCIBLE__TRY(crucible_bars_validate(&view));
  crucible_series *made = crucible__series_new(view.symbol);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->timeframe_ms = view.timeframe_ms;
  made->price_tick = view.price_tick;
  made->lot_step = view.lot_step;
  unsigned has = CRUCIBLE__REQUIRED;
  has |= view.quote_volume != NULL ? 1U << CRUCIBLE__QUOTE_VOLUME : 0;
  has |= view.trades != NULL ? 1U << CRUCIBLE__TRADES : 0;
  has |= view.taker_buy_base != NULL ? 1U << CRUCIBLE__TAKER_BUY_BASE : 0;
  crucible_status status = crucible__series_reserve(made, view.n, has, 0);
  if (status != CRUCIBLE_OK) {
    crucible_series_destroy(made);
    return status;
  }
  copy_bars(made, &view);
  *series = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_series_view(const crucible_series *series,
                                     crucible_bars *bars) {
  if (series == NULL || bars == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          series == NULL ? "series" : "bars");
  crucible_bars view;
  crucible__series_lend(series, &view);
  return crucible__result_write(bars, &view, sizeof view, "bars");
}

static int same_symbol(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static crucible_status check_tail(const crucible_series *series,
                                  const crucible_series *tail) {
  if (!same_symbol(series->symbol, tail->symbol))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tail is of symbol \"%.40s\", series of \"%.40s\": "
                          "append only the same",
                          tail->symbol != NULL ? tail->symbol : "",
                          series->symbol != NULL ? series->symbol : "");
  if (series->timeframe_ms != tail->timeframe_ms)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "tail has a timeframe of %lld ms, series of %lld ms: "
                          "resample one of them first",
                          (long long)tail->timeframe_ms,
                          (long long)series->timeframe_ms);
  int64_t last = series->open_time_ms[series->n - 1];
  int64_t first = tail->open_time_ms[0];
  if (first > last)
    return CRUCIBLE_OK;
  char first_text[CRUCIBLE__TIME_TEXT], last_text[CRUCIBLE__TIME_TEXT];
  int n_first = (int)crucible__write_time(first, first_text);
  int n_last = (int)crucible__write_time(last, last_text);
  return crucible__fail(CRUCIBLE_E_DATA,
                        "tail begins at %.*s, series ends at %.*s: cut the "
                        "bars that both have, or append in order of time",
                        n_first, first_text, n_last, last_text);
}

crucible_status crucible_series_append(crucible_series *series,
                                       const crucible_series *tail) {
  if (series == NULL || tail == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          series == NULL ? "series" : "tail");
  CRUCIBLE__TRY(check_tail(series, tail));
  unsigned has = crucible__series_has(series) & crucible__series_has(tail);
  if (series->n > SIZE_MAX - tail->n)
    return crucible__fail(CRUCIBLE_E_NOMEM, "too many bars");
  CRUCIBLE__TRY(crucible__series_reserve(series, series->n + tail->n, has, 1));
  for (unsigned c = CRUCIBLE__QUOTE_VOLUME; c < CRUCIBLE__N_COLUMNS; ++c)
    if (!(has & 1U << c)) {
      crucible__free(series->values[c]);
      series->values[c] = NULL;
    }
  crucible_bars view;
  crucible__series_lend(tail, &view);
  copy_bars(series, &view);
  return CRUCIBLE_OK;
}
