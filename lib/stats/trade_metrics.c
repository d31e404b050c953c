/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of closed trades from columns: the stream's, and medians. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/figures.h"
#include "stats/order.h"

static crucible_status fail_at(const char *column, size_t i, double value,
                               const char *wanted) {
  return crucible__fail(CRUCIBLE_E_INVALID, "%s[%zu] is %g: give %s", column, i,
                        value, wanted);
}

static crucible_status check_finite(const double *column, size_t n,
                                    const char *name) {
  for (size_t i = 0; column != NULL && i < n; ++i)
    if (!isfinite(column[i]))
      return fail_at(name, i, column[i], "a finite number");
  return CRUCIBLE_OK;
}

static crucible_status check_positive(const double *column, size_t n,
                                      const char *name) {
  for (size_t i = 0; column != NULL && i < n; ++i)
    if (!(column[i] > 0) || !isfinite(column[i]))
      return fail_at(name, i, column[i], "a number > 0");
  return CRUCIBLE_OK;
}

/* NaN says that it is not known. */
static crucible_status check_share(const double *column, size_t n,
                                   const char *name) {
  for (size_t i = 0; column != NULL && i < n; ++i)
    if (column[i] < 0 || isinf(column[i]))
      return fail_at(name, i, column[i], "a fraction >= 0");
  return CRUCIBLE_OK;
}

static crucible_status check_columns(const crucible_trade_columns *t) {
  if (t->n > 0 && t->result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "result is NULL: give one");
  CRUCIBLE__TRY(check_finite(t->result, t->n, "result"));
  CRUCIBLE__TRY(check_positive(t->quantity, t->n, "quantity"));
  CRUCIBLE__TRY(check_positive(t->entry_price, t->n, "entry_price"));
  CRUCIBLE__TRY(check_share(t->mae, t->n, "mae"));
  CRUCIBLE__TRY(check_share(t->mfe, t->n, "mfe"));
  CRUCIBLE__TRY(check_finite(t->fee, t->n, "fee"));
  CRUCIBLE__TRY(check_finite(t->spread, t->n, "spread"));
  CRUCIBLE__TRY(check_finite(t->slippage, t->n, "slippage"));
  CRUCIBLE__TRY(check_finite(t->impact, t->n, "impact"));
  CRUCIBLE__TRY(check_finite(t->funding, t->n, "funding"));
  CRUCIBLE__TRY(check_finite(t->dust, t->n, "dust"));
  for (size_t i = 0; t->side != NULL && i < t->n; ++i)
    if (t->side[i] < -1 || t->side[i] > 1)
      return fail_at("side", i, t->side[i], "1, -1, or 0 if it is not known");
  return CRUCIBLE_OK;
}

static double at(const double *column, size_t i, double absent) {
  return column != NULL ? column[i] : absent;
}

static crucible_closed_trade trade_at(const crucible_trade_columns *t,
                                      size_t i) {
  const double unknown = (double)NAN;
  return (crucible_closed_trade){.result = t->result[i],
                                 .entry_notional =
                                     at(t->quantity, i, unknown) *
                                     at(t->entry_price, i, unknown),
                                 .mae = at(t->mae, i, unknown),
                                 .mfe = at(t->mfe, i, unknown),
                                 .bars = t->bars != NULL ? t->bars[i] : 0,
                                 .side = t->side != NULL ? t->side[i] : 0,
                                 .fee = at(t->fee, i, 0),
                                 .spread = at(t->spread, i, 0),
                                 .slippage = at(t->slippage, i, 0),
                                 .impact = at(t->impact, i, 0),
                                 .funding = at(t->funding, i, 0),
                                 .dust = at(t->dust, i, 0)};
}

/* Median of the durations of the trades whose result has this sign; 2: of all
   trades. */
static double median_bars(const crucible_trade_columns *t, int sign,
                          double *scratch) {
  size_t n = 0;
  for (size_t i = 0; i < t->n; ++i)
    if (sign == 2 || (t->result[i] > 0) - (t->result[i] < 0) == sign)
      scratch[n++] = t->bars[i];
  return n > 0 ? crucible__order_quantile(scratch, n, 0.5) : (double)NAN;
}

static crucible_status set_medians(const crucible_trade_columns *t,
                                   crucible_trade_metrics *m) {
  if (t->n == 0)
    return CRUCIBLE_OK;
  double *scratch = crucible__alloc(t->n, sizeof *scratch);
  if (scratch == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < t->n; ++i)
    scratch[i] = t->result[i];
  m->median_result = crucible__order_quantile(scratch, t->n, 0.5);
  if (t->bars != NULL) {
    m->median_bars = median_bars(t, 2, scratch);
    m->median_bars_won = median_bars(t, 1, scratch);
    m->median_bars_lost = median_bars(t, -1, scratch);
  } else {
    m->mean_bars = m->mean_bars_won = m->mean_bars_lost = (double)NAN;
  }
  crucible__free(scratch);
  return CRUCIBLE_OK;
}

crucible_status
crucible_trade_metrics_from(const crucible_trade_columns *trades,
                            crucible_trade_metrics *metrics) {
  crucible_trade_columns columns = {.struct_size = sizeof columns};
  crucible_trade_sums sums = {0};
  crucible_trade_metrics found;
  if (trades == NULL || metrics == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          trades == NULL ? "trades" : "metrics");
  CRUCIBLE__TRY(crucible__options_read(&columns, sizeof columns, trades,
                                       "crucible_trade_columns"));
  CRUCIBLE__TRY(check_columns(&columns));
  for (size_t i = 0; i < columns.n; ++i) {
    const crucible_closed_trade trade = trade_at(&columns, i);
    crucible__trade_sums_push(&sums, &trade);
  }
  crucible__trade_metrics_from_sums(&sums, &found);
  CRUCIBLE__TRY(set_medians(&columns, &found));
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_trade_metrics");
}

crucible_status crucible_trade_metrics_of(const double *results, size_t n,
                                          crucible_trade_metrics *metrics) {
  const crucible_trade_columns columns = {
      .struct_size = sizeof columns, .n = n, .result = results};
  if (metrics == NULL || (n > 0 && results == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          metrics == NULL ? "metrics" : "results");
  return crucible_trade_metrics_from(&columns, metrics);
}
