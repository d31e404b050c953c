/* SPDX-License-Identifier: Apache-2.0 */
/* The bid-ask spread from open, high, low and close alone. */
#include <math.h>

#include <crucible/costs.h>
#include <crucible/series.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bars.h"

/* What the estimator takes from a bar and the one before it: differences of
   log prices, and whether the bar moved, whether its open was inside its range
   (twice: high, low), whether the close before was inside its own. */
typedef struct pair {
  double mid_open, open_mid, mid_close, close_mid, open_close;
  double moved, open_inside, close_inside;
} pair;

static double mid_of(const crucible_bars *bars, size_t i) {
  return (log(bars->high[i]) + log(bars->low[i])) / 2;
}

static pair pair_at(const crucible_bars *bars, size_t i) {
  double open = log(bars->open[i]), close = log(bars->close[i - 1]);
  double mid = mid_of(bars, i), before = mid_of(bars, i - 1);
  int moved =
      bars->high[i] != bars->low[i] || bars->low[i] != bars->close[i - 1];
  return (pair){
      .mid_open = mid - open,
      .open_mid = open - before,
      .mid_close = mid - close,
      .close_mid = close - before,
      .open_close = open - close,
      .moved = moved,
      .open_inside = moved * ((bars->open[i] != bars->high[i]) +
                              (bars->open[i] != bars->low[i])),
      .close_inside = moved * ((bars->close[i - 1] != bars->high[i - 1]) +
                               (bars->close[i - 1] != bars->low[i - 1])),
  };
}

/* A sum and a sum of squares. */
typedef struct moment {
  double sum, squares;
} moment;

static void add(moment *m, double x) {
  m->sum += x;
  m->squares += x * x;
}

static double variance(const moment *m, double n) {
  double mean = m->sum / n;
  return m->squares / n - mean * mean;
}

/* Signed estimate of [n] pairs; NaN where it is not defined. */
static double estimate(const pair *pairs, size_t n) {
  double moved = 0, open_inside = 0, close_inside = 0;
  double mid_open = 0, mid_close = 0, open_close = 0;
  for (size_t i = 0; i < n; ++i) {
    const pair *p = &pairs[i];
    moved += p->moved;
    open_inside += p->open_inside;
    close_inside += p->close_inside;
    mid_open += p->mid_open;
    mid_close += p->mid_close;
    open_close += p->open_close;
  }
  if (moved < 2 || open_inside == 0 || close_inside == 0)
    return (double)NAN;
  /* means over the bars that moved */
  mid_open /= moved;
  mid_close /= moved;
  open_close /= moved;
  double count = (double)n;
  double by_open = -4 * count / open_inside;
  double by_close = -4 * count / close_inside;
  moment first = {0, 0}, second = {0, 0};
  for (size_t i = 0; i < n; ++i) {
    const pair *p = &pairs[i];
    double d1 = p->mid_open - mid_open * p->moved;
    double d3 = p->mid_close - mid_close * p->moved;
    double d5 = p->open_close - open_close * p->moved;
    add(&first, by_open * d1 * p->open_mid + by_close * d3 * p->close_mid);
    add(&second, by_open * d1 * p->open_close + by_close * d5 * p->close_mid);
  }
  double e1 = first.sum / count, e2 = second.sum / count;
  double v1 = variance(&first, count), v2 = variance(&second, count);
  double square = v1 + v2 > 0 ? (v2 * e1 + v1 * e2) / (v1 + v2) : (e1 + e2) / 2;
  double spread = sqrt(fabs(square));
  return square < 0 ? -spread : spread;
}

static crucible_status take(const crucible_bars *bars, crucible_bars *view,
                            pair **pairs) {
  CRUCIBLE__TRY(crucible_bars_validate(bars));
  CRUCIBLE__TRY(crucible__bars_check_view(bars, view));
  *pairs = crucible__alloc(view->n, sizeof **pairs);
  if (*pairs == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 1; i < view->n; ++i)
    (*pairs)[i] = pair_at(view, i);
  return CRUCIBLE_OK;
}

crucible_status crucible_spread_estimate(const crucible_bars *bars,
                                         double *spread) {
  crucible_bars view;
  pair *pairs;
  if (spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "spread is NULL");
  CRUCIBLE__TRY(take(bars, &view, &pairs));
  double made = view.n >= 3 ? estimate(pairs + 1, view.n - 1) : (double)NAN;
  crucible__free(pairs);
  if (view.n < 3)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%zu bars: an estimate of the spread needs at least "
                          "3",
                          view.n);
  if (isnan(made))
    return crucible__fail(CRUCIBLE_E_DOMAIN,
                          "of %zu bars too few moved, or each opens and closes "
                          "at its high or low: the spread cannot be told",
                          view.n);
  *spread = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_spread_forecast(const crucible_bars *bars,
                                         size_t window, size_t refit,
                                         double *spread) {
  crucible_bars view;
  pair *pairs;
  if (window < 3)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %zu: give at least 3 bars", window);
  if (refit == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "refit is 0: give at least 1");
  CRUCIBLE__TRY(take(bars, &view, &pairs));
  if (view.n > 0 && spread == NULL) {
    crucible__free(pairs);
    return crucible__fail(CRUCIBLE_E_INVALID, "spread is NULL");
  }
  double latest = (double)NAN;
  for (size_t i = 0; i < view.n; ++i) {
    if (i + 1 >= window && (i + 1 - window) % refit == 0) {
      double made = estimate(pairs + i + 2 - window, window - 1);
      latest = made < 0 ? 0 : made;
    }
    spread[i] = latest;
  }
  crucible__free(pairs);
  return CRUCIBLE_OK;
}
