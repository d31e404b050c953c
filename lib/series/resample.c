/* SPDX-License-Identifier: Apache-2.0 */
#include "series/resample.h"

#include <float.h>
#include <stdio.h>

#include <crucible/series.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bars.h"
#include "series/columns.h"

enum { DIGITS_MAX = 22 }; /* after the point: 10^22 is exact */

static const double power_of_10[DIGITS_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* *units * 10^n, or 0 if that is too large. */
static int shift_units(int64_t *units, int n) {
  for (; n > 0; --n) {
    if (*units > INT64_MAX / 10)
      return 0;
    *units *= 10;
  }
  return 1;
}

/* Whether x is the double nearest to units / 10^digits, with at most 15
   digits in all: then no shorter decimal than this is nearest to x. */
static int is_decimal(double x, int digits, int64_t *units) {
  double scaled = x * power_of_10[digits];
  if (!(scaled < 1e15 - 1))
    return 0;
  *units = (int64_t)(scaled + 0.5);
  return (double)*units / power_of_10[digits] == x;
}

/* The shortest decimal that reads back to x, as units / 10^digits. 0: it has
   no place in an int64_t. */
static int shortest_decimal(double x, int64_t *units, int *digits) {
  char text[CRUCIBLE__DOUBLE_TEXT];
  const char *end = text + crucible__write_double(x, text);
  int64_t exponent = 0;
  int after_point = 0, n = 0;
  *units = 0;
  for (const char *p = text; p < end; ++p) {
    if (*p == 'e') {
      (void)crucible__read_int64(p + 1, end, &exponent);
      break;
    }
    if (*p == '.') {
      after_point = 1;
      continue;
    }
    if (!shift_units(units, 1))
      return 0;
    *units += *p - '0';
    n += after_point;
  }
  n -= (int)exponent;
  *digits = n > 0 ? n : 0;
  return n <= DIGITS_MAX && (n >= 0 || shift_units(units, -n));
}

/* Adds x to *total / 10^*digits. 0: that has no place in an int64_t. */
static int add_decimal(double x, int64_t *total, int *digits) {
  int64_t units;
  int n = *digits;
  if (!is_decimal(x, n, &units) && !shortest_decimal(x, &units, &n))
    return 0;
  if (!shift_units(&units, *digits - n) || !shift_units(total, n - *digits) ||
      *total > INT64_MAX - units)
    return 0;
  *total += units;
  *digits = n > *digits ? n : *digits;
  return 1;
}

static double from_decimal(int64_t total, int digits) {
  while (digits > 0 && total % 10 == 0) {
    total /= 10;
    --digits;
  }
  if (total <= (int64_t)1 << 53)
    return (double)total / power_of_10[digits];
  char text[CRUCIBLE__DOUBLE_TEXT];
  int n = snprintf(text, sizeof text, "%llde-%d", (long long)total, digits);
  double value = 0;
  (void)crucible__read_double(text, text + n, &value);
  return value;
}

/* Neumaier (1974): the plain sum and, apart, what it lost. */
static double compensated_sum(const double *x, size_t n) {
  double sum = 0, lost = 0;
  for (size_t i = 0; i < n; ++i) {
    double next = sum + x[i];
    lost += sum >= x[i] ? (sum - next) + x[i] : (x[i] - next) + sum;
    sum = next;
  }
  return sum <= DBL_MAX ? sum + lost : sum;
}

double crucible__decimal_sum(const double *figures, size_t n) {
  int64_t total = 0;
  int digits = 0;
  for (size_t i = 0; i < n; ++i)
    if (!add_decimal(figures[i], &total, &digits))
      return compensated_sum(figures, n);
  return from_decimal(total, digits);
}

/* Begin of the interval that holds t, also before 1970. */
static int64_t interval_of(int64_t t, int64_t length) {
  int64_t rest = t % length;
  return t - (rest < 0 ? rest + length : rest);
}

static size_t end_of_interval(const crucible_bars *bars, size_t i,
                              int64_t until) {
  while (i < bars->n && bars->open_time_ms[i] < until)
    ++i;
  return i;
}

static double sum_column(const double *column, size_t begin, size_t end) {
  return column != NULL ? crucible__decimal_sum(column + begin, end - begin)
                        : 0;
}

crucible_bar crucible__bars_merge(const crucible_bars *bars, size_t begin,
                                  size_t end, int64_t open_time_ms) {
  crucible_bar bar = {
      .open_time_ms = open_time_ms,
      .open = bars->open[begin],
      .high = bars->high[begin],
      .low = bars->low[begin],
      .close = bars->close[end - 1],
      .volume = sum_column(bars->volume, begin, end),
      .quote_volume = sum_column(bars->quote_volume, begin, end),
      .trades = sum_column(bars->trades, begin, end),
      .taker_buy_base = sum_column(bars->taker_buy_base, begin, end)};
  for (size_t i = begin + 1; i < end; ++i) {
    bar.high = bars->high[i] > bar.high ? bars->high[i] : bar.high;
    bar.low = bars->low[i] < bar.low ? bars->low[i] : bar.low;
  }
  /* the two sums may be rounded in two ways */
  if (bar.taker_buy_base > bar.volume)
    bar.taker_buy_base = bar.volume;
  return bar;
}

static crucible_status fill(const crucible_series *fine,
                            crucible_series *coarse) {
  const int64_t length = coarse->timeframe_ms;
  const unsigned has = crucible__series_has(fine);
  crucible_bars bars;
  crucible__series_lend(fine, &bars);
  for (size_t begin = 0, end = 0; begin < bars.n; begin = end) {
    const int64_t open = interval_of(bars.open_time_ms[begin], length);
    end = end_of_interval(&bars, begin, open + length);
    /* cut by the begin or the end of the series: what else it held is not
       known */
    if (begin == 0 && bars.open_time_ms[0] != open)
      continue;
    if (end == bars.n &&
        bars.open_time_ms[end - 1] != open + length - bars.timeframe_ms)
      break;
    const crucible_bar bar = crucible__bars_merge(&bars, begin, end, open);
    if (!crucible__bar_is_sound(&bar, has)) {
      char text[CRUCIBLE__RULE_TEXT];
      (void)crucible__bar_explain(&bar, has, text);
      return crucible__fail(CRUCIBLE_E_DATA, "bars %zu to %zu together: %s",
                            begin, end - 1, text);
    }
    if (coarse->n == coarse->capacity)
      CRUCIBLE__TRY(crucible__series_reserve(coarse, coarse->n + 1, has, 1));
    crucible__series_push(coarse, &bar);
  }
  if (coarse->n == 0)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "series of %zu bars holds no complete interval of "
                          "%lld ms",
                          fine->n, (long long)length);
  return crucible__series_trim(coarse);
}

crucible_status crucible_series_resample(const crucible_series *series,
                                         int64_t timeframe_ms,
                                         crucible_series **coarse) {
  if (coarse == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "coarse is NULL");
  *coarse = NULL;
  if (series == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "series is NULL");
  if (timeframe_ms <= 0 || timeframe_ms > CRUCIBLE__TIMEFRAME_MAX ||
      timeframe_ms % series->timeframe_ms != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give a multiple of the "
                          "series' %lld ms",
                          (long long)timeframe_ms,
                          (long long)series->timeframe_ms);
  crucible_series *made = crucible__series_new(series->symbol);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->timeframe_ms = timeframe_ms;
  made->price_tick = series->price_tick;
  made->lot_step = series->lot_step;
  crucible_status status = fill(series, made);
  if (status == CRUCIBLE_OK)
    *coarse = made;
  else
    crucible_series_destroy(made);
  return status;
}
