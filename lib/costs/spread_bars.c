/* SPDX-License-Identifier: Apache-2.0 */
/* The spread from bars: of all of them, of every window, as a forecast. */
#include <float.h>
#include <math.h>

#include <crucible/series.h>
#include <crucible/spread.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "costs/spread_stream.h"
#include "series/bars.h"

static crucible__spread_bar bar_at(const crucible_bars *bars, size_t i) {
  return crucible__spread_bar_of(bars->open[i], bars->high[i], bars->low[i],
                                 bars->close[i]);
}

static int follows(const crucible_bars *bars, size_t i, int32_t gaps) {
  return i > 0 && (gaps == CRUCIBLE_SPREAD_GAPS_JOIN ||
                   bars->open_time_ms[i] ==
                       bars->open_time_ms[i - 1] + bars->timeframe_ms);
}

static void basis_at(const crucible_bars *bars, size_t i,
                     const crucible_spread_options *options, double *basis) {
  const crucible__spread_bar bar = bar_at(bars, i);
  crucible__spread_bar before[2] = {{0}};
  int joined = 0;
  while (joined < 2 && follows(bars, i - (size_t)joined, options->gaps)) {
    before[joined] = bar_at(bars, i - 1 - (size_t)joined);
    ++joined;
  }
  crucible__spread_basis(options->method, &bar, before, joined, basis);
}

/* The sums that a stream makes of the same window: cut at the same time. */
static double estimate(const crucible_bars *bars,
                       const crucible_spread_options *options) {
  const size_t lag = crucible__spread_lag(options->method);
  const size_t n = bars->n - lag, last = bars->n - 1;
  double basis[CRUCIBLE__SPREAD_BASIS];
  double older[CRUCIBLE__SPREAD_TERMS] = {0};
  double newer[CRUCIBLE__SPREAD_TERMS] = {0};
  const int64_t block = (int64_t)n * bars->timeframe_ms;
  const int64_t begin =
      crucible__spread_block_end(bars->open_time_ms[last], block) - block;
  size_t first = last; /* of the last block */
  while (first > lag && bars->open_time_ms[first - 1] >= begin)
    --first;
  for (size_t i = first; i <= last; ++i) {
    basis_at(bars, i, options, basis);
    crucible__spread_add(options->method, basis, newer, newer);
  }
  for (size_t i = first; i-- > lag;) {
    basis_at(bars, i, options, basis);
    crucible__spread_add(options->method, basis, older, older);
  }
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS; ++k)
    newer[k] += older[k];
  return crucible__spread_of_sums(options->method, newer);
}

crucible_status crucible_spread_estimate(const crucible_bars *bars,
                                         const crucible_spread_options *options,
                                         double *spread) {
  crucible_bars view;
  crucible_spread_options read;
  if (spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spread is NULL");
  CRUCIBLE__TRY(crucible__spread_options_read(&read, options));
  CRUCIBLE__TRY(crucible_bars_validate(bars));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (view.n < 3)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%zu bars: an estimate of the spread needs at least "
                          "3",
                          view.n);
  const double made = crucible__spread_told(&read, estimate(&view, &read),
                                            view.close[view.n - 1]);
  if (isnan(made))
    return crucible__fail(
        CRUCIBLE_E_DOMAIN,
        "of %zu bars too few moved or follow each other, or "
        "each opens and closes at its high or low: the spread "
        "cannot be told",
        view.n);
  *spread = made;
  return CRUCIBLE_OK;
}

/* What crucible_bars_validate() asks of times and prices, without its texts and
   without a division where no bar is missing. */
static int are_sound(const crucible_bars *b) {
  int right = b->n == 0 || b->open_time_ms[0] % b->timeframe_ms == 0;
  for (size_t i = 0; i < b->n; ++i)
    right &= (b->low[i] > 0) & (b->low[i] <= b->open[i]) &
             (b->low[i] <= b->close[i]) & (b->open[i] <= b->high[i]) &
             (b->close[i] <= b->high[i]) & (b->high[i] <= DBL_MAX) &
             (b->volume[i] >= 0) & (b->volume[i] <= DBL_MAX);
  for (size_t i = 1; i < b->n && right; ++i) {
    const int64_t before = b->open_time_ms[i - 1], now = b->open_time_ms[i];
    if (now != before + b->timeframe_ms)
      right = now > before && now % b->timeframe_ms == 0;
  }
  return right;
}

enum { PART = 64 };

/* Bars [begin, begin + n), in passes: what one bar needs of others is in the
   second, so that the first and the third need not wait. */
static void take_part(crucible_spread_stream *stream, const crucible_bars *bars,
                      size_t begin, size_t n, double *spread) {
  crucible__spread_bar part[PART];
  double sums[PART * CRUCIBLE__SPREAD_TERMS];
  int is_full[PART];
  for (size_t i = 0; i < n; ++i)
    part[i] = bar_at(bars, begin + i);
  for (size_t i = 0; i < n; ++i)
    is_full[i] =
        crucible__spread_advance(stream, bars->open_time_ms[begin + i],
                                 &part[i], sums + i * CRUCIBLE__SPREAD_TERMS);
  for (size_t i = 0; i < n; ++i)
    spread[begin + i] =
        is_full[i]
            ? crucible__spread_told(
                  &stream->options,
                  crucible__spread_of_sums(stream->options.method,
                                           sums + i * CRUCIBLE__SPREAD_TERMS),
                  part[i].close)
            : (double)NAN;
}

crucible_status crucible_spread_rolling(const crucible_bars *bars,
                                        const crucible_spread_options *options,
                                        size_t window, double *spread) {
  crucible_bars view;
  crucible_spread_options read;
  crucible_spread_stream *stream;
  CRUCIBLE__TRY(crucible__spread_options_read(&read, options));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (!are_sound(&view))
    CRUCIBLE__TRY(crucible_bars_validate(bars));
  if (view.n > 0 && spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spread is NULL");
  if (window >= 3 && window > view.n) { /* no window is full */
    for (size_t i = 0; i < view.n; ++i)
      spread[i] = (double)NAN;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(crucible_spread_stream_create(options, window,
                                              view.timeframe_ms, &stream));
  for (size_t i = 0; i < view.n; i += PART)
    take_part(stream, &view, i, view.n - i < PART ? view.n - i : PART, spread);
  crucible_spread_stream_destroy(stream);
  return CRUCIBLE_OK;
}

crucible_status crucible_spread_forecast(const crucible_bars *bars,
                                         size_t window, size_t refit,
                                         double *spread) {
  crucible_spread_options options;
  crucible_spread_options_init(&options, sizeof options);
  options.negative = CRUCIBLE_SPREAD_ZERO;
  if (refit == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "refit is 0: give at least 1");
  CRUCIBLE__TRY(crucible_spread_rolling(bars, &options, window, spread));
  double held = (double)NAN;
  for (size_t i = 0; i < bars->n; ++i) {
    if (i + 1 >= window && (i + 1 - window) % refit == 0)
      held = spread[i];
    spread[i] = held;
  }
  return CRUCIBLE_OK;
}
