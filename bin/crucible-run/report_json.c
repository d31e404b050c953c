/* SPDX-License-Identifier: Apache-2.0 */
/* A report for machines: everything that the journal gives. */
#include "json_records.h"
#include "run_report.h"

static void add_curve(run_json *json, const char *key, const int64_t *time_ms,
                      const double *equity, size_t n) {
  json_begin_object(json, key);
  json_begin_array(json, "time_ms");
  for (size_t i = 0; i < n; ++i)
    json_int(json, NULL, time_ms[i]);
  json_end_array(json);
  json_begin_array(json, "equity");
  for (size_t i = 0; i < n; ++i)
    json_number(json, NULL, equity[i]);
  json_end_array(json);
  json_end_object(json);
}

static void add_instrument(run_json *json,
                           const crucible_instrument *instrument) {
  json_begin_object(json, "instrument");
  json_string(json, "venue", instrument->venue);
  json_string(json, "symbol", instrument->symbol);
  json_string(json, "base_currency", instrument->base_currency);
  json_string(json, "quote_currency", instrument->quote_currency);
  json_int(json, "market_type", instrument->market_type);
  json_int(json, "fee_asset", instrument->fee_asset);
  json_number(json, "maker_fee", instrument->maker_fee);
  json_number(json, "taker_fee", instrument->taker_fee);
  json_number(json, "price_tick", instrument->price_tick);
  json_number(json, "lot_step", instrument->lot_step);
  json_number(json, "min_quantity", instrument->min_quantity);
  json_number(json, "min_notional", instrument->min_notional);
  json_number(json, "max_leverage", instrument->max_leverage);
  json_bool(json, "is_shortable", instrument->is_shortable);
  json_end_object(json);
}

static void add_head(run_json *json, const run_report *report) {
  const crucible_report_head *head = &report->head;
  json_string(json, "phase", report_phase_name(head->phase));
  json_string(json, "input_hash", head->input_hash);
  json_count(json, "seed", head->seed);
  json_raw(json, "config", head->config);
  json_raw(json, "build", head->build);
  json_string(json, "funding", head->funding);
  add_instrument(json, &head->instrument);
  json_int(json, "timeframe_ms", head->timeframe_ms);
  json_count(json, "n_bars", head->n_bars);
  json_count(json, "n_train_bars", head->n_train_bars);
  json_count(json, "n_gaps", head->n_gaps);
  json_int(json, "first_ms", head->first_ms);
  json_int(json, "trade_from_ms", head->trade_from_ms);
  json_int(json, "until_ms", head->until_ms);
  json_count(json, "n_forged", head->n_forged);
  json_count(json, "n_infeasible", head->n_infeasible);
  json_count(json, "n_agents", head->n_agents);
  json_number(json, "capital", head->capital);
  json_number(json, "equity", head->equity);
  json_number(json, "buy_and_hold", head->buy_and_hold);
  json_number(json, "cash", head->capital);
  json_add_costs(json, "costs", &head->costs);
}

static void add_agent(run_json *json, const agent_view *view, uint32_t rank) {
  const crucible_report_agent *agent = &view->agent;
  json_begin_object(json, NULL);
  json_count(json, "rank", rank);
  json_count(json, "agent", agent->agent);
  json_string(json, "genome_id", agent->genome_id);
  json_raw(json, "genome", agent->genome);
  json_string(json, "state", agent->state);
  json_string(json, "reason", agent->reason);
  json_add_ledger(json, "ledger", &agent->ledger);
  json_add_metrics(json, "metrics", &agent->metrics);
  json_add_trade_metrics(json, "trade_metrics", &agent->trades);
  json_add_forging(json, "forging", &agent->forging);
  json_add_orders(json, "orders", &view->orders);
  json_add_trades(json, "trades", &view->trades);
  add_curve(json, "curve", agent->curve_ms, agent->curve, agent->n_curve);
  json_end_object(json);
}

int report_print_json(const run_report *report) {
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  add_head(&json, report);
  json_begin_array(&json, "agents");
  for (uint32_t i = 0; i < report->head.n_agents; ++i)
    add_agent(&json, &report->agents[i], i + 1);
  json_end_array(&json);
  add_curve(&json, "market", report->market_ms, report->market,
            report->n_market);
  json_end_object(&json);
  return json_print(&json);
}
