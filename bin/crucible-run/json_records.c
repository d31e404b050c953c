/* SPDX-License-Identifier: Apache-2.0 */
#include "json_records.h"

#include <stddef.h>
#include <string.h>

#include "run.h"
#include "run_report.h"

void json_add_costs(run_json *json, const char *key,
                    const crucible_costs *costs) {
  json_begin_object(json, key);
  json_number(json, "fee", costs->fee);
  json_number(json, "spread", costs->spread);
  json_number(json, "slippage", costs->slippage);
  json_number(json, "impact", costs->impact);
  json_number(json, "funding", costs->funding);
  json_number(json, "dust", costs->dust);
  json_end_object(json);
}

void json_add_ledger(run_json *json, const char *key,
                     const crucible_ledger *ledger) {
  json_begin_object(json, key);
  json_number(json, "initial_cash", ledger->initial_cash);
  json_number(json, "cash", ledger->cash);
  json_number(json, "position", ledger->position);
  json_number(json, "dust", ledger->dust);
  json_number(json, "entry_price", ledger->entry_price);
  json_number(json, "mark_price", ledger->mark_price);
  json_number(json, "exit_fee", ledger->exit_fee);
  json_number(json, "reserved_margin", ledger->reserved_margin);
  json_number(json, "equity", ledger->equity);
  json_number(json, "trade_results", ledger->trade_results);
  json_number(json, "open_result", ledger->open_result);
  json_add_costs(json, "costs", &ledger->costs);
  json_count(json, "n_bars", ledger->n_bars);
  json_count(json, "n_bars_in_position", ledger->n_bars_in_position);
  json_count(json, "n_orders", ledger->n_orders);
  json_count(json, "n_rejected", ledger->n_rejected);
  json_count(json, "n_trades", ledger->n_trades);
  json_number(json, "traded_notional", ledger->traded_notional);
  json_bool(json, "is_stopped", ledger->is_stopped);
  json_end_object(json);
}

/* A figure of a struct under its name. */
typedef struct json_field {
  const char *name;
  size_t offset;
  int is_count; /* uint64_t; else double */
} json_field;

static void add_fields(run_json *json, const char *key, const void *figures,
                       const json_field *fields, size_t n) {
  json_begin_object(json, key);
  for (size_t i = 0; i < n; ++i) {
    const unsigned char *place =
        (const unsigned char *)figures + fields[i].offset;
    uint64_t count;
    double number;
    memcpy(&count, place, sizeof count);
    memcpy(&number, place, sizeof number);
    if (fields[i].is_count)
      json_count(json, fields[i].name, count);
    else
      json_number(json, fields[i].name, number);
  }
  json_end_object(json);
}

#define NUMBER(name)                                                           \
  { #name, offsetof(FIGURES, name), 0 }
#define COUNT(name)                                                            \
  { #name, offsetof(FIGURES, name), 1 }

#define FIGURES crucible_metrics
static const json_field METRICS[] = {
    COUNT(n_returns),
    NUMBER(total_return),
    NUMBER(annualised_return),
    NUMBER(annualised_volatility),
    NUMBER(sharpe),
    NUMBER(annualised_sharpe),
    NUMBER(sortino),
    NUMBER(annualised_sortino),
    NUMBER(max_drawdown),
    COUNT(max_drawdown_bars),
    NUMBER(calmar),
    NUMBER(skewness),
    NUMBER(kurtosis),
    NUMBER(psr),
    NUMBER(min_trl),
    NUMBER(dsr),
    NUMBER(mean_return),
    NUMBER(stddev),
    NUMBER(best_return),
    NUMBER(worst_return),
    NUMBER(share_up),
    NUMBER(share_down),
    NUMBER(downside_deviation),
    NUMBER(annualised_downside_deviation),
    NUMBER(omega),
    NUMBER(mean_drawdown),
    NUMBER(mean_drawdown_bars),
    COUNT(n_drawdowns),
    NUMBER(open_drawdown),
    COUNT(open_drawdown_bars),
    NUMBER(ulcer_index),
    NUMBER(martin),
    NUMBER(value_at_risk),
    NUMBER(conditional_value_at_risk),
    NUMBER(tail_ratio),
    NUMBER(common_sense),
    NUMBER(benchmark_return),
    NUMBER(annualised_benchmark_return),
    NUMBER(beta),
    NUMBER(alpha),
    NUMBER(tracking_error),
    NUMBER(information_ratio),
    NUMBER(treynor),
    NUMBER(capture),
    NUMBER(up_capture),
    NUMBER(down_capture),
};
#undef FIGURES

#define FIGURES crucible_trade_metrics
static const json_field TRADE_METRICS[] = {
    COUNT(n_trades),
    NUMBER(win_rate),
    NUMBER(profit_factor),
    NUMBER(mean_result),
    NUMBER(mean_gain),
    NUMBER(mean_loss),
    NUMBER(best),
    NUMBER(worst),
    NUMBER(expectancy),
    COUNT(n_won),
    COUNT(n_lost),
    COUNT(n_long),
    COUNT(n_short),
    NUMBER(loss_rate),
    NUMBER(win_loss_ratio),
    NUMBER(payoff_ratio),
    NUMBER(total),
    NUMBER(stddev),
    NUMBER(downside_deviation),
    NUMBER(sharpe),
    NUMBER(sortino),
    NUMBER(sqn),
    COUNT(max_won_streak),
    COUNT(max_lost_streak),
    NUMBER(mean_bars),
    NUMBER(mean_bars_won),
    NUMBER(mean_bars_lost),
    COUNT(max_bars),
    COUNT(max_bars_won),
    COUNT(max_bars_lost),
    NUMBER(max_drawdown),
    COUNT(max_drawdown_trades),
    NUMBER(profit_to_drawdown),
    NUMBER(max_drawdown_inside),
    NUMBER(mean_return),
    NUMBER(mean_return_won),
    NUMBER(mean_return_lost),
    NUMBER(best_return),
    NUMBER(worst_return),
    NUMBER(mean_mae),
    NUMBER(max_mae),
    NUMBER(mean_mfe),
    NUMBER(max_mfe),
    NUMBER(mean_giveback),
    NUMBER(max_giveback),
    NUMBER(mean_cost),
    NUMBER(mean_fee),
    NUMBER(mean_spread),
    NUMBER(mean_slippage),
    NUMBER(mean_impact),
    NUMBER(mean_funding),
    NUMBER(mean_dust),
    NUMBER(cost_share),
    NUMBER(median_result),
    NUMBER(median_bars),
    NUMBER(median_bars_won),
    NUMBER(median_bars_lost),
};
#undef FIGURES

void json_add_metrics(run_json *json, const char *key,
                      const crucible_metrics *metrics) {
  add_fields(json, key, metrics, METRICS, RUN_COUNT(METRICS));
}

void json_add_trade_metrics(run_json *json, const char *key,
                            const crucible_trade_metrics *metrics) {
  add_fields(json, key, metrics, TRADE_METRICS, RUN_COUNT(TRADE_METRICS));
}

const char *verdict_name(int32_t verdict) {
  return verdict == CRUCIBLE_TIMEFRAME_VIABLE     ? "viable"
         : verdict == CRUCIBLE_TIMEFRAME_UNPROVEN ? "unproven"
                                                  : "too fast";
}

void json_add_viability(run_json *json, const char *key,
                        const crucible_viability *viability) {
  json_begin_object(json, key);
  json_count(json, "n", viability->n);
  json_number(json, "mean_gross", viability->mean_gross);
  json_number(json, "mean_cost", viability->mean_cost);
  json_number(json, "ratio", viability->ratio);
  json_number(json, "ratio_low", viability->ratio_low);
  json_bool(json, "is_viable", viability->is_viable);
  json_string(json, "verdict", verdict_name(viability->verdict));
  json_number(json, "mean_fee", viability->mean_fee);
  json_number(json, "mean_spread", viability->mean_spread);
  json_number(json, "mean_slippage", viability->mean_slippage);
  json_number(json, "mean_impact", viability->mean_impact);
  json_number(json, "mean_funding", viability->mean_funding);
  json_number(json, "mean_dust", viability->mean_dust);
  json_number(json, "hit_rate", viability->hit_rate);
  json_number(json, "hit_rate_needed", viability->hit_rate_needed);
  json_number(json, "trades_per_day", viability->trades_per_day);
  json_end_object(json);
}

static void add_fold(run_json *json, const char *key,
                     const crucible_fold *fold) {
  json_begin_object(json, key);
  json_count(json, "train_begin", fold->train_begin);
  json_count(json, "inner_begin", fold->inner_begin);
  json_count(json, "train_end", fold->train_end);
  json_count(json, "test_begin", fold->test_begin);
  json_count(json, "test_end", fold->test_end);
  json_count(json, "n_train", fold->n_train);
  json_count(json, "n_purged", fold->n_purged);
  json_count(json, "n_trades", fold->n_trades);
  json_number(json, "total_return", fold->total_return);
  json_number(json, "sharpe", fold->sharpe);
  json_number(json, "theta_in", fold->theta_in);
  json_number(json, "theta_out", fold->theta_out);
  json_count(json, "rounds", fold->rounds);
  json_end_object(json);
}

void json_add_forging(run_json *json, const char *key,
                      const crucible_forge_report *forging) {
  json_begin_object(json, key);
  json_bool(json, "is_feasible", forging->is_feasible);
  json_string(json, "infeasible_reason", forging->infeasible_reason);
  json_count(json, "n_labels", forging->n_labels);
  json_number(json, "mean_label", forging->mean_label);
  json_count(json, "n_trades", forging->n_trades);
  json_number(json, "total_return", forging->total_return);
  json_number(json, "sharpe", forging->sharpe);
  json_number(json, "psr", forging->psr);
  json_number(json, "max_drawdown", forging->max_drawdown);
  json_number(json, "win_rate", forging->win_rate);
  json_number(json, "profit_factor", forging->profit_factor);
  json_add_costs(json, "costs", &forging->costs);
  json_number(json, "gross", forging->gross);
  json_number(json, "net", forging->net);
  json_number(json, "sharpe_base", forging->sharpe_base);
  json_count(json, "n_test_bars", forging->n_test_bars);
  json_bool(json, "is_pruned", forging->is_pruned);
  json_count(json, "deployed_rounds", forging->deployed_rounds);
  json_number(json, "holdout_net", forging->holdout_net);
  if (forging->has_holdout)
    add_fold(json, "holdout", &forging->holdout);
  else
    json_raw(json, "holdout", NULL);
  json_begin_array(json, "folds");
  for (uint32_t i = 0; i < forging->n_folds && i < CRUCIBLE_FOLDS_MAX; ++i)
    add_fold(json, NULL, &forging->folds[i]);
  json_end_array(json);
  json_end_object(json);
}

void json_add_orders(run_json *json, const char *key,
                     const crucible_orders *orders) {
  json_begin_array(json, key);
  for (size_t i = 0; i < orders->n; ++i) {
    json_begin_object(json, NULL);
    json_string(json, "side", orders->side[i] > 0 ? "buy" : "sell");
    json_string(json, "purpose", purpose_name(orders->purpose[i]));
    json_string(json, "status", order_status_name(orders->status[i]));
    json_string(json, "reason", reason_name(orders->reason[i]));
    json_int(json, "placed_ms", orders->placed_ms[i]);
    json_int(json, "ended_ms", orders->ended_ms[i]);
    json_number(json, "quantity", orders->quantity[i]);
    json_number(json, "limit_price", orders->limit_price[i]);
    json_number(json, "filled", orders->filled[i]);
    json_number(json, "fill_price", orders->fill_price[i]);
    json_number(json, "fee", orders->fee[i]);
    json_number(json, "spread", orders->spread[i]);
    json_number(json, "slippage", orders->slippage[i]);
    json_number(json, "impact", orders->impact[i]);
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_trades(run_json *json, const char *key,
                     const crucible_trades *trades) {
  json_begin_array(json, key);
  for (size_t i = 0; i < trades->n; ++i) {
    json_begin_object(json, NULL);
    json_string(json, "side", trades->side[i] > 0 ? "long" : "short");
    json_string(json, "exit", purpose_name(trades->exit[i]));
    json_int(json, "entry_ms", trades->entry_ms[i]);
    json_int(json, "exit_ms", trades->exit_ms[i]);
    json_count(json, "bars", trades->bars[i]);
    json_number(json, "quantity", trades->quantity[i]);
    json_number(json, "entry_price", trades->entry_price[i]);
    json_number(json, "exit_price", trades->exit_price[i]);
    json_number(json, "result", trades->result[i]);
    json_number(json, "gross", trades->gross[i]);
    json_number(json, "fee", trades->fee[i]);
    json_number(json, "spread", trades->spread[i]);
    json_number(json, "slippage", trades->slippage[i]);
    json_number(json, "impact", trades->impact[i]);
    json_number(json, "funding", trades->funding[i]);
    json_number(json, "dust", trades->dust[i]);
    json_end_object(json);
  }
  json_end_array(json);
}
