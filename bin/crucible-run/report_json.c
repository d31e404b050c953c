/* SPDX-License-Identifier: Apache-2.0 */
/* A report for machines: everything that the journal gives. */
#include "json_life.h"
#include "json_records.h"
#include "report_words.h"
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
  json_count(json, "n_trials", head->n_trials);
  json_count(json, "n_infeasible", head->n_infeasible);
  json_count(json, "n_holdout_reads", head->n_holdout_reads);
  json_int(json, "ledgers_ms", head->ledgers_ms);
  json_count(json, "n_slots", head->n_slots);
  json_count(json, "n_agents", head->n_agents);
  json_count(json, "n_living", head->n_living);
  json_count(json, "n_champions", head->n_champions);
  json_count(json, "n_ended", head->n_ended);
  json_count(json, "n_promotions", head->n_promotions);
  json_add_rules(json, "rules", &head->rules);
  json_number(json, "mean_correlation", head->mean_correlation);
  json_number(json, "effective_bets", head->effective_bets);
  json_number(json, "capital", head->capital);
  json_number(json, "equity", head->equity);
  json_number(json, "buy_and_hold", head->buy_and_hold);
  json_number(json, "cash", head->capital);
  json_add_costs(json, "costs", &head->costs);
}

static void add_life(run_json *json, const run_report *report,
                     const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  json_string(json, "fate", fate_name(view->fate));
  json_count(json, "slot", agent->slot);
  json_count(json, "generation", agent->generation);
  json_add_parents(json, agent->parents, agent->n_parents);
  json_begin_array(json, "parent_agents");
  for (uint32_t i = 0; i < agent->n_parents; ++i)
    if (agent->parent_agents[i] >= 0)
      json_int(json, NULL, agent->parent_agents[i]);
    else
      json_raw(json, NULL, NULL);
  json_end_array(json);
  json_count(json, "from_bar", agent->from_bar);
  json_int(json, "from_ms", agent->from_ms);
  json_count(json, "until_bar", agent->until_bar);
  json_int(json, "until_ms", agent->until_ms);
  json_count(json, "n_models", agent->n_models);
  json_count(json, "refit_bar", agent->refit_bar);
  if (agent->has_track)
    json_add_track(json, "track", &agent->track);
  else
    json_raw(json, "track", NULL);
  if (agent->n_verdicts > 0)
    json_add_verdict(json, "verdict", &agent->verdict);
  else
    json_raw(json, "verdict", NULL);
  if (view->fate == FATE_LIVING) {
    run_text words = {0};
    words_need(&words, report, view);
    json_string(json, "promotion_needs", words.failed ? "" : words.data);
    json_number(json, "promotion_bars", bars_to_promotion(report, view));
    json->text.failed |= words.failed;
    text_free(&words);
  }
  json_add_replacement(json, "birth", report->report, &agent->birth);
}

static void add_agent(run_json *json, const run_report *report,
                      const agent_view *view, uint32_t rank) {
  const crucible_report_agent *agent = &view->agent;
  json_begin_object(json, NULL);
  json_count(json, "rank", rank);
  json_count(json, "agent", agent->agent);
  json_string(json, "genome_id", agent->genome_id);
  json_raw(json, "genome", agent->genome);
  json_string(json, "state", agent->state);
  json_string(json, "reason", agent->reason);
  add_life(json, report, view);
  json_add_ledger(json, "ledger", &agent->ledger);
  json_add_metrics(json, "metrics", &agent->metrics);
  json_add_trade_metrics(json, "trade_metrics", &agent->trades);
  json_add_forging(json, "forging", &agent->forging);
  json_add_orders(json, "orders", &view->orders);
  json_add_trades(json, "trades", &view->trades);
  add_curve(json, "curve", agent->curve_ms, agent->curve, agent->n_curve);
  json_end_object(json);
}

/* What belongs to no agent. */
static void add_whole(run_json *json, const run_report *report) {
  const crucible_report_head *head = &report->head;
  json_add_verdicts(json, "verdicts", report->report, head->n_verdicts);
  json_add_studies(json, "studies", report->report, head->n_studies);
  json_add_elites(json, "pool", report->report, CRUCIBLE_REPORT_POOL, 0,
                  head->n_pool);
  json_add_elites(json, "offers", report->report, CRUCIBLE_REPORT_OFFERS, 0,
                  head->n_offers);
  json_add_generations(json, "generations", report->report,
                       head->n_generations);
  json_add_correlation(json, "correlation", report->report);
  json_add_events(json, "events", report->report, head->n_events);
  json_add_times(json, "times", report->report, head->n_parts);
}

int report_print_json(const run_report *report) {
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  add_head(&json, report);
  json_begin_array(&json, "agents");
  for (uint32_t i = 0; i < report->head.n_agents; ++i)
    add_agent(&json, report, &report->agents[i], i + 1);
  json_end_array(&json);
  add_curve(&json, "market", report->market_ms, report->market,
            report->n_market);
  add_whole(&json, report);
  json_end_object(&json);
  return json_print(&json);
}
