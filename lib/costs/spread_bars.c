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

/* The sums that a stream makes of the same window: cut at the same times. */
void crucible__spread_sum_up(const crucible_bars *bars,
                             const crucible_spread_options *options,
                             double sums[CRUCIBLE__SPREAD_TERMS]) {
  const size_t lag = crucible__spread_lag(options->method);
  const size_t n = bars->n - lag, last = bars->n - 1;
  const int64_t frame = bars->timeframe_ms, *time = bars->open_time_ms;
  double basis[CRUCIBLE__SPREAD_BASIS];
  crucible__spread_sums older = {{0}, {0}}, newer = {{0}, {0}};
  const int64_t block = (int64_t)n * frame;
  const int64_t begin = crucible__spread_block_end(time[last], block) - block;
  size_t first = last; /* of the last block */
  while (first > lag && time[first - 1] >= begin)
    --first;
  int64_t cell = crucible__spread_cell_end(time[first], n, frame);
  for (size_t i = first; i <= last; ++i) {
    if (time[i] >= cell) {
      crucible__spread_fold(&newer);
      cell = crucible__spread_cell_end(time[i], n, frame);
    }
    basis_at(bars, i, options, basis);
    crucible__spread_add(options->method, basis, newer.part);
  }
  cell = first > lag ? crucible__spread_cell_end(time[first - 1], n, frame) : 0;
  for (size_t i = first; i-- > lag;) {
    const int64_t of = crucible__spread_cell_end(time[i], n, frame);
    if (of != cell)
      crucible__spread_fold(&older);
    cell = of;
    basis_at(bars, i, options, basis);
    crucible__spread_add(options->method, basis, older.part);
  }
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS; ++k)
    sums[k] =
        (older.whole[k] + older.part[k]) + (newer.whole[k] + newer.part[k]);
}

static double estimate(const crucible_bars *bars,
                       const crucible_spread_options *options) {
  double sums[CRUCIBLE__SPREAD_TERMS];
  crucible__spread_sum_up(bars, options, sums);
  return crucible__spread_of_sums(
      options->method, bars->n - crucible__spread_lag(options->method), sums);
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
