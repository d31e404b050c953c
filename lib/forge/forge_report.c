/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "forge/forge_job.h"

/* ---- all trades in one ---- */

/* The columns of crucible_trades, by type. */
#define COLUMNS_8(XX)                                                          \
  XX(entry_ms)                                                                 \
  XX(exit_ms)                                                                  \
  XX(quantity)                                                                 \
  XX(entry_price)                                                              \
  XX(exit_price)                                                               \
  XX(result)                                                                   \
  XX(gross)                                                                    \
  XX(fee)                                                                      \
  XX(spread)                                                                   \
  XX(slippage)                                                                 \
  XX(impact)                                                                   \
  XX(funding)                                                                  \
  XX(dust)                                                                     \
  XX(mae)                                                                      \
  XX(mfe)
#define COLUMNS_4(XX)                                                          \
  XX(column)                                                                   \
  XX(bars)                                                                     \
  XX(entry_bar)                                                                \
  XX(exit_bar)
#define COLUMNS_1(XX)                                                          \
  XX(side)                                                                     \
  XX(exit)                                                                     \
  XX(is_last)

enum { BYTES_PER_TRADE = 15 * 8 + 4 * 4 + 3 };

static crucible_status trades_of(const crucible__fold_result *result,
                                 crucible_trades *trades) {
  *trades = (crucible_trades){.struct_size = sizeof *trades};
  if (result->backtest == NULL)
    return CRUCIBLE_OK;
  return crucible_backtest_records(result->backtest, NULL, trades);
}

/* Appends a fold's trades to the columns, which have room. */
static void append(crucible_trades *all, const crucible_trades *more,
                   uint32_t fold) {
#define APPEND(name)                                                           \
  memcpy((char *)(uintptr_t)(all->name + all->n), more->name,                  \
         more->n * sizeof *more->name);
  if (more->n > 0) {
    COLUMNS_8(APPEND)
    COLUMNS_4(APPEND)
    COLUMNS_1(APPEND)
  }
#undef APPEND
  uint32_t *column = (uint32_t *)(uintptr_t)all->column;
  for (size_t i = 0; i < more->n; ++i)
    column[all->n + i] = fold;
  all->n += more->n;
}

static crucible_status collect_trades(const crucible__fold_result *results,
                                      uint32_t n_folds,
                                      crucible_forged *forged) {
  crucible_trades part, *all = &forged->trades;
  size_t n = 0;
  for (uint32_t k = 0; k < n_folds; ++k) {
    CRUCIBLE__TRY(trades_of(&results[k], &part));
    n += part.n;
  }
  char *at = forged->trade_columns = crucible__alloc(n, BYTES_PER_TRADE);
  if (at == NULL)
    return CRUCIBLE_E_NOMEM;
  *all = (crucible_trades){.struct_size = sizeof *all};
#define PLACE(name)                                                            \
  all->name = (void *)at;                                                      \
  at += n * sizeof *all->name;
  COLUMNS_8(PLACE)
  COLUMNS_4(PLACE)
  COLUMNS_1(PLACE)
#undef PLACE
  for (uint32_t k = 0; k < n_folds; ++k) {
    CRUCIBLE__TRY(trades_of(&results[k], &part));
    append(all, &part, k);
  }
  return CRUCIBLE_OK;
}

/* ---- figures ---- */

static crucible_status add_trade_figures(crucible_forged *forged) {
  crucible_forge_report *r = &forged->report;
  const crucible_trades *t = &forged->trades;
  crucible_trade_metrics metrics = {.struct_size = sizeof metrics};
  CRUCIBLE__TRY(crucible_trade_metrics_of(t->result, t->n, &metrics));
  r->n_trades = t->n;
  r->win_rate = metrics.win_rate;
  r->profit_factor = metrics.profit_factor;
  for (size_t i = 0; i < t->n; ++i) {
    r->costs.fee += t->fee[i];
    r->costs.spread += t->spread[i];
    r->costs.slippage += t->slippage[i];
    r->costs.impact += t->impact[i];
    r->costs.funding += t->funding[i];
    r->costs.dust += t->dust[i];
    r->gross += t->gross[i];
    r->net += t->result[i];
  }
  return CRUCIBLE_OK;
}

/* Equity of all test bars as if each fold began with what the last one left,
   1 to begin with. curve: [1 + test bars]. */
static crucible_status chain(const crucible__forge *forge,
                             const crucible__fold_result *results,
                             uint32_t n_folds, double *curve) {
  size_t at = 0;
  curve[0] = 1;
  for (uint32_t k = 0; k < n_folds; ++k) {
    crucible_matrix equity;
    double base = curve[at];
    CRUCIBLE__TRY(crucible_backtest_equity(results[k].backtest, &equity));
    for (size_t i = 0; i < equity.rows; ++i)
      curve[++at] = base * (equity.data[i] / forge->backtest.initial_cash);
  }
  return CRUCIBLE_OK;
}

static void no_returns(crucible_forge_report *r) {
  r->sharpe = r->sharpe_base = r->psr = (double)NAN;
  r->total_return = r->max_drawdown = (double)NAN;
  r->skewness = r->kurtosis = (double)NAN;
  r->n_test_bars = 0;
}

/* From a Sharpe ratio per bar of the genome's to one per base bar. */
static double to_base(const crucible__forge *forge) {
  int64_t base = forge->options.base_timeframe_ms;
  return base == 0 ? 1 : sqrt((double)base / (double)forge->genes.timeframe_ms);
}

crucible_status crucible__report_returns(const crucible__forge *forge,
                                         const crucible__fold_result *results,
                                         uint32_t n_folds,
                                         crucible_forge_report *r) {
  no_returns(r);
  for (uint32_t k = 0; k < n_folds; ++k)
    if (results[k].backtest == NULL)
      return CRUCIBLE_OK;
  size_t n = results[n_folds - 1].fold.test_end - results[0].fold.test_begin;
  double *curve = crucible__alloc(n + 1, sizeof *curve);
  if (curve == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_metrics metrics = {.struct_size = sizeof metrics};
  crucible_status status = chain(forge, results, n_folds, curve);
  if (status == CRUCIBLE_OK)
    status = crucible_metrics_of(curve, n + 1, NULL, &metrics);
  double last = curve[n];
  crucible__free(curve);
  CRUCIBLE__TRY(status);
  r->total_return = last - 1;
  r->n_test_bars = n;
  r->sharpe = metrics.sharpe;
  r->sharpe_base = metrics.sharpe * to_base(forge);
  r->psr = metrics.psr;
  r->skewness = metrics.skewness;
  r->kurtosis = metrics.kurtosis;
  r->max_drawdown = 0;
  for (uint32_t k = 0; k < n_folds; ++k) {
    crucible_summary summary = {.struct_size = sizeof summary};
    CRUCIBLE__TRY(crucible_backtest_summary(results[k].backtest, 0, &summary));
    r->max_drawdown = fmax(r->max_drawdown, summary.metrics.max_drawdown);
  }
  return CRUCIBLE_OK;
}

/* ---- feasible or not ---- */

void crucible__forge_order_check(const crucible__forge *forge, size_t bar,
                                 char *reason, size_t size) {
  const crucible_plan *plan = &forge->plan;
  const crucible_instrument *instrument = forge->instrument;
  double cash = forge->backtest.initial_cash, quantity = 0;
  double price = forge->bars.close[bar];
  double sigma = forge->market.sigma[bar];
  reason[0] = '\0';
  switch (plan->sizing) {
  case CRUCIBLE_SIZE_FRACTION:
    quantity = plan->sizing_value * cash / price;
    break;
  case CRUCIBLE_SIZE_RISK:
    quantity = sigma > 0 ? plan->sizing_value * cash /
                               (plan->stop_sigma * sigma * price)
                         : (double)INFINITY;
    break;
  case CRUCIBLE_SIZE_CASH:
    quantity = plan->sizing_value / price;
    break;
  default:
    quantity = plan->sizing_value;
    break;
  }
  quantity = fmin(quantity, forge->backtest.leverage * cash / price);
  if (crucible_round_quantity(instrument, quantity, CRUCIBLE_ROUND_DOWN,
                              &quantity) != CRUCIBLE_OK)
    return;
  const char *unit = instrument->base_currency;
  double is = quantity, wanted = instrument->lot_step;
  const char *rule = "lot";
  if (quantity > 0 && quantity < instrument->min_quantity) {
    wanted = instrument->min_quantity;
    rule = "minimum quantity";
  } else if (quantity > 0 && quantity * price < instrument->min_notional) {
    is = quantity * price;
    wanted = instrument->min_notional;
    unit = instrument->quote_currency;
    rule = "minimum notional";
  } else if (quantity > 0) {
    return;
  }
  char has[CRUCIBLE__DOUBLE_TEXT], needs[CRUCIBLE__DOUBLE_TEXT];
  (void)crucible__write_double(is, has);
  (void)crucible__write_double(wanted, needs);
  (void)snprintf(reason, size, "an entry of %s %s is below the %s of %s", has,
                 unit, rule, needs);
}

/* Orders of all folds that ended, and those of them that were rejected. */
static void count_orders(const crucible__fold_result *results, uint32_t n_folds,
                         uint64_t *n, uint64_t *n_rejected) {
  *n = *n_rejected = 0;
  for (uint32_t k = 0; k < n_folds; ++k) {
    crucible_summary summary = {.struct_size = sizeof summary};
    if (results[k].backtest == NULL ||
        crucible_backtest_summary(results[k].backtest, 0, &summary) !=
            CRUCIBLE_OK)
      continue;
    *n += summary.ledger.n_orders;
    *n_rejected += summary.ledger.n_rejected;
  }
}

static void say_untrained(const crucible__forge *forge, size_t k,
                          const crucible__fold_result *result, char *reason,
                          size_t size) {
  char name[CRUCIBLE__PART_NAME];
  crucible__part_name(forge, k, name);
  (void)snprintf(reason, size,
                 "%s has %llu rows with a label to learn from, %zu to stop by: "
                 "%d and %d are needed",
                 name, (unsigned long long)result->fold.n_train,
                 result->n_inner, CRUCIBLE__MIN_TRAIN_ROWS,
                 CRUCIBLE__MIN_INNER_ROWS);
}

static void judge_folds(const crucible__forge *forge,
                        const crucible__fold_result *results,
                        crucible_forge_report *r) {
  char *reason = r->infeasible_reason;
  const size_t size = sizeof r->infeasible_reason;
  for (uint32_t k = 0; k < r->n_folds && reason[0] == '\0'; ++k)
    if (!results[k].is_trained)
      say_untrained(forge, k, &results[k], reason, size);
  if (reason[0] == '\0' && r->is_pruned)
    (void)snprintf(reason, size, "pruned after %u of %u folds", r->n_folds,
                   forge->options.n_folds);
  if (reason[0] == '\0' && r->n_trades < forge->options.min_trades) {
    uint64_t n, n_rejected;
    count_orders(results, r->n_folds, &n, &n_rejected);
    (void)snprintf(reason, size,
                   "%llu trades out of sample, %u are needed; %llu of %llu "
                   "orders were rejected",
                   (unsigned long long)r->n_trades, forge->options.min_trades,
                   (unsigned long long)n_rejected, (unsigned long long)n);
  }
  r->is_feasible = reason[0] == '\0';
}

/* Labels that are known before the holdout. */
static void add_label_figures(const crucible__forge *forge,
                              crucible_forge_report *r) {
  double sum = 0;
  for (size_t i = forge->begin; i < forge->fold_end; ++i) {
    if (isnan(forge->label[i]) || forge->label_end[i] >= forge->fold_end)
      continue;
    sum += forge->label[i];
    ++r->n_labels;
  }
  r->mean_label = r->n_labels > 0 ? sum / (double)r->n_labels : (double)NAN;
}

void crucible__report_begin(const crucible__forge *forge,
                            crucible_forge_report *r) {
  no_returns(r);
  r->win_rate = r->profit_factor = r->holdout_net = (double)NAN;
  r->is_feasible = 1;
  add_label_figures(forge, r);
}

crucible_status crucible__report_folds(const crucible__forge *forge,
                                       const crucible__fold_result *results,
                                       uint32_t n_folds,
                                       crucible_forged *forged) {
  crucible_forge_report *r = &forged->report;
  r->n_folds = n_folds;
  CRUCIBLE__TRY(collect_trades(results, n_folds, forged));
  CRUCIBLE__TRY(add_trade_figures(forged));
  for (uint32_t k = 0; k < n_folds; ++k)
    r->folds[k] = results[k].fold;
  CRUCIBLE__TRY(crucible__report_returns(forge, results, n_folds, r));
  judge_folds(forge, results, r);
  return CRUCIBLE_OK;
}

void crucible__report_part(const crucible__forge *forge, size_t k,
                           crucible__fold_result *result,
                           crucible_forged *forged) {
  crucible_forge_report *r = &forged->report;
  char *reason = r->infeasible_reason;
  const size_t size = sizeof r->infeasible_reason;
  if (k == crucible__holdout_part(forge)) {
    r->holdout = result->fold;
    r->has_holdout = result->backtest != NULL;
    crucible_summary summary = {.struct_size = sizeof summary};
    if (r->has_holdout &&
        crucible_backtest_summary(result->backtest, 0, &summary) == CRUCIBLE_OK)
      r->holdout_net = summary.ledger.equity - summary.ledger.initial_cash;
    forged->positions = result->positions;
    forged->n_positions = result->fold.test_end - result->fold.test_begin;
    result->positions = NULL;
  } else if (result->is_trained) {
    r->deployed_rounds = result->fold.rounds;
    r->deployed_begin = result->fold.train_begin;
    r->deployed_end = result->fold.train_end;
  }
  if (reason[0] == '\0' && !result->is_trained)
    say_untrained(forge, k, result, reason, size);
  if (reason[0] == '\0' && result->is_constant &&
      k == crucible__deploy_part(forge))
    (void)snprintf(reason, size,
                   "the model to deploy predicts the same for every bar of its "
                   "inner tail");
  r->is_feasible = reason[0] == '\0';
}
