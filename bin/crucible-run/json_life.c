/* SPDX-License-Identifier: Apache-2.0 */
#include "json_life.h"

#include "json_records.h"
#include "report_words.h"

/* Items that a report does not give are left out: none but by a mistake of
   this program. */
#define IS_OK(call) ((call) == CRUCIBLE_OK)

void json_add_track(run_json *json, const char *key,
                    const crucible_track *track) {
  json_begin_object(json, key);
  json_bool(json, "is_champion", track->is_champion);
  json_count(json, "n_bars", track->n_bars);
  json_count(json, "n_trades", track->n_trades);
  json_count(json, "bars_since_trade", track->bars_since_trade);
  json_number(json, "equity", track->equity);
  json_number(json, "initial", track->initial);
  json_number(json, "peak", track->peak);
  json_number(json, "sharpe", track->sharpe);
  json_number(json, "skewness", track->skewness);
  json_number(json, "kurtosis", track->kurtosis);
  json_number(json, "psr", track->psr);
  json_number(json, "dsr_live", track->dsr_live);
  json_number(json, "z", track->z);
  json_number(json, "expected_max_sharpe", track->expected_max_sharpe);
  json_count(json, "n_agents", track->n_agents);
  json_number(json, "sharpe_variance", track->sharpe_variance);
  json_count(json, "variance_agents", track->variance_agents);
  json_number(json, "rolling_sharpe", track->rolling_sharpe);
  json_number(json, "rolling_psr", track->rolling_psr);
  json_number(json, "rolling_dsr", track->rolling_dsr);
  json_count(json, "rolling_n", track->rolling_n);
  json_number(json, "min_track_bars", track->min_track_bars);
  json_number(json, "mean_trade", track->mean_trade);
  json_number(json, "trade_sharpe", track->trade_sharpe);
  json_number(json, "trade_psr", track->trade_psr);
  json_end_object(json);
}

void json_add_verdict(run_json *json, const char *key,
                      const crucible_report_verdict *verdict) {
  static const char *const actions[] = {"none", "terminate", "promote",
                                        "demote"};
  const crucible_verdict *v = &verdict->verdict;
  json_begin_object(json, key);
  json_count(json, "bar", verdict->bar);
  json_int(json, "time_ms", verdict->time_ms);
  json_count(json, "agent", v->agent);
  json_string(json, "action",
              v->action >= 0 && v->action <= CRUCIBLE_ACTION_DEMOTE
                  ? actions[v->action]
                  : "?");
  json_string(json, "rule", crucible_rule_name(v->rule));
  json_number(json, "statistic", v->statistic);
  json_number(json, "threshold", v->threshold);
  json_number(json, "lower", v->lower);
  json_number(json, "upper", v->upper);
  json_add_track(json, "track", &v->track);
  json_end_object(json);
}

void json_add_verdicts(run_json *json, const char *key,
                       const crucible_report *report, size_t n) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_verdict verdict = {.struct_size = sizeof verdict};
    if (IS_OK(crucible_report_get_verdict(report, i, &verdict)))
      json_add_verdict(json, NULL, &verdict);
  }
  json_end_array(json);
}

void json_add_events(run_json *json, const char *key,
                     const crucible_report *report, size_t n) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_event event = {.struct_size = sizeof event};
    if (!IS_OK(crucible_report_get_event(report, i, &event)))
      continue;
    json_begin_object(json, NULL);
    json_count(json, "bar", event.bar);
    json_int(json, "time_ms", event.time_ms);
    if (event.agent >= 0)
      json_int(json, "agent", event.agent);
    json_string(json, "kind", event.kind);
    json_string(json, "detail", event.detail);
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_elites(run_json *json, const char *key,
                     const crucible_report *report, int32_t list, size_t study,
                     size_t n) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_elite elite = {.struct_size = sizeof elite};
    if (!IS_OK(crucible_report_get_elite(report, list, study, i, &elite)))
      continue;
    json_begin_object(json, NULL);
    json_string(json, "genome_id", elite.genome_id);
    json_count(json, "generation", elite.generation);
    json_string(json, "label", elite_label_name(elite.figures.label));
    json_count(json, "agent", elite.figures.agent);
    json_number(json, "z", elite.figures.z);
    json_number(json, "dsr", elite.figures.dsr);
    json_count(json, "n_bars", elite.figures.n_bars);
    json_count(json, "bar", elite.figures.bar);
    json_number(json, "score", elite.figures.score);
    if (list == CRUCIBLE_REPORT_OFFERS) {
      json_count(json, "at_bar", elite.at_bar);
      json_string(json, "outcome", elite_outcome_name(elite.outcome));
      json_string(json, "why", elite.why);
    }
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_parents(run_json *json, const char *const *parents, uint32_t n) {
  json_begin_array(json, "parents");
  for (uint32_t i = 0; i < n; ++i)
    json_string(json, NULL, parents[i]);
  json_end_array(json);
}

/* ---- searches ---- */

static void add_genes(run_json *json, const crucible_report *report,
                      const crucible_report_replacement *replacement) {
  static const char *const from[] = {"new", "first", "second", "both"};
  json_begin_array(json, "genes");
  for (size_t i = 0; i < replacement->n_genes; ++i) {
    crucible_report_gene gene = {.struct_size = sizeof gene};
    if (!IS_OK(crucible_report_get_gene(report, (size_t)replacement->study - 1,
                                        replacement->rank - 1, i, &gene)))
      continue;
    json_begin_object(json, NULL);
    json_string(json, "name", gene.name);
    json_raw(json, "value", gene.value);
    json_string(json, "from", from[gene.from & CRUCIBLE_GENE_BOTH]);
    json_begin_array(json, "parents");
    for (int k = 0; k < CRUCIBLE_GENOME_PARENTS_MAX; ++k)
      json_raw(json, NULL, gene.parents[k]);
    json_end_array(json);
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_replacement(run_json *json, const char *key,
                          const crucible_report *report,
                          const crucible_report_replacement *replacement) {
  const crucible_replacement *figures = &replacement->figures;
  json_begin_object(json, key);
  json_count(json, "study", replacement->study);
  json_count(json, "rank", replacement->rank);
  json_count(json, "trial", figures->trial);
  json_string(json, "genome_id", replacement->genome_id);
  json_count(json, "generation", replacement->generation);
  json_string(json, "state", replacement->state);
  if (replacement->agent >= 0)
    json_int(json, "agent", replacement->agent);
  json_number(json, "theta_in", replacement->theta_in);
  json_number(json, "theta_out", replacement->theta_out);
  json_number(json, "dsr_select", figures->dsr_select);
  json_number(json, "z", figures->z);
  json_number(json, "expected_max_sharpe", figures->expected_max_sharpe);
  json_number(json, "max_correlation", figures->max_correlation);
  if (figures->alike == CRUCIBLE_ALIKE_AGENT)
    json_count(json, "alike_agent", figures->alike_with);
  if (figures->alike == CRUCIBLE_ALIKE_PICKED)
    json_count(json, "alike_trial", figures->alike_with);
  json_count(json, "n_ancestor_bars", figures->n_ancestor_bars);
  json_count(json, "n_ancestor_holdout", figures->n_ancestor_holdout);
  json_bool(json, "has_viability", figures->has_viability);
  json_bool(json, "is_viable", figures->is_viable);
  json_number(json, "ratio", figures->ratio);
  json_number(json, "ratio_low", figures->ratio_low);
  add_genes(json, report, replacement);
  json_end_object(json);
}

static void add_trial(run_json *json, const crucible_report_trial *trial,
                      const crucible_forge_report *forging) {
  const crucible_factory_trial *figures = &trial->figures;
  json_begin_object(json, NULL);
  json_count(json, "number", figures->number);
  json_string(json, "genome_id", trial->genome_id);
  json_count(json, "generation", trial->generation);
  json_add_parents(json, trial->parents, trial->n_parents);
  json_string(json, "state", trial_state_name(figures->state));
  json_string(json, "how", bred_name(figures->how));
  json_count(json, "elite", figures->elite);
  json_count(json, "rank", figures->rank);
  json_bool(json, "is_feasible", figures->is_feasible);
  json_count(json, "n_folds", figures->n_folds);
  json_number(json, "value", figures->value);
  json_number(json, "violation", figures->violation);
  json_number(json, "sharpe_base", figures->sharpe_base);
  json_count(json, "n_ancestor_bars", figures->n_ancestor_bars);
  json_string(json, "reason", figures->reason);
  if (trial->has_forging)
    json_add_forging(json, "forging", forging);
  else
    json_raw(json, "forging", NULL);
  json_end_object(json);
}

static void add_search(run_json *json, const crucible_search_report *search) {
  json_count(json, "n_elites", search->n_elites);
  json_count(json, "n_prior", search->n_prior);
  json_count(json, "n_complete", search->n_complete);
  json_count(json, "n_infeasible", search->n_infeasible);
  json_count(json, "n_pruned", search->n_pruned);
  json_count(json, "n_failed", search->n_failed);
  json_count(json, "n_holdout_reads", search->n_holdout_reads);
  json_count(json, "n_genomes", search->n_genomes);
  json_count(json, "n_genomes_here", search->n_genomes_here);
  json_count(json, "n_ancestral", search->n_ancestral);
  json_number(json, "n_effective", search->n_effective);
  json_number(json, "mean_correlation", search->mean_correlation);
  json_number(json, "sharpe_variance", search->sharpe_variance);
  json_count(json, "n_variance", search->n_variance);
  json_string(json, "why", search->why);
}

static void add_results(run_json *json, const crucible_report *report,
                        const crucible_report_study *study) {
  size_t at = (size_t)study->number - 1;
  json_begin_array(json, "trials");
  for (size_t i = 0; i < study->n_trials; ++i) {
    crucible_report_trial trial = {.struct_size = sizeof trial};
    crucible_forge_report forging = {.struct_size = sizeof forging};
    if (IS_OK(crucible_report_get_trial(report, at, i, &trial, &forging)))
      add_trial(json, &trial, &forging);
  }
  json_end_array(json);
  json_begin_array(json, "replacements");
  for (size_t i = 0; i < study->n_replacements; ++i) {
    crucible_report_replacement won = {.struct_size = sizeof won};
    if (IS_OK(crucible_report_get_replacement(report, at, i, &won)))
      json_add_replacement(json, NULL, report, &won);
  }
  json_end_array(json);
  json_begin_array(json, "turned_down");
  for (size_t i = 0; i < study->n_turned_down; ++i) {
    crucible_turned_down down = {.struct_size = sizeof down};
    if (!IS_OK(crucible_report_get_turned_down(report, at, i, &down)))
      continue;
    json_begin_object(json, NULL);
    json_count(json, "trial", down.trial);
    json_string(json, "why", gate_words(down.why));
    json_string(json, "text", down.text);
    json_number(json, "holdout_net", down.holdout_net);
    json_number(json, "correlation", down.correlation);
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_studies(run_json *json, const char *key,
                      const crucible_report *report, size_t n) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_study study = {.struct_size = sizeof study};
    if (!IS_OK(crucible_report_get_study(report, i, &study)))
      continue;
    json_begin_object(json, NULL);
    json_count(json, "number", study.number);
    json_count(json, "bar", study.bar);
    json_int(json, "time_ms", study.time_ms);
    json_count(json, "admit_bar", study.admit_bar);
    json_count(json, "n_wanted", study.n_wanted);
    json_bool(json, "is_done", study.is_done);
    json_string(json, "asked", study.asked);
    if (study.has_best)
      json_count(json, "best_trial", study.best_trial);
    add_search(json, &study.search);
    json_add_elites(json, "elites", report, CRUCIBLE_REPORT_SEEDS, i,
                    study.n_seeds);
    add_results(json, report, &study);
    json_end_object(json);
  }
  json_end_array(json);
}

/* ---- the whole ---- */

void json_add_generations(run_json *json, const char *key,
                          const crucible_report *report, size_t n) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_generation g = {.struct_size = sizeof g};
    if (!IS_OK(crucible_report_get_generation(report, i, &g)))
      continue;
    json_begin_object(json, NULL);
    json_count(json, "generation", g.generation);
    json_count(json, "n_trials", g.n_trials);
    json_count(json, "n_feasible", g.n_feasible);
    json_number(json, "best_sharpe", g.best_sharpe);
    json_number(json, "median_sharpe", g.median_sharpe);
    json_count(json, "n_agents", g.n_agents);
    json_count(json, "n_promoted", g.n_promoted);
    json_number(json, "live_sharpe", g.live_sharpe);
    json_number(json, "live_return", g.live_return);
    json_end_object(json);
  }
  json_end_array(json);
}

void json_add_correlation(run_json *json, const char *key,
                          const crucible_report *report) {
  const uint32_t *agents;
  const double *matrix;
  size_t n;
  if (!IS_OK(crucible_report_get_correlation(report, &agents, &matrix, &n)))
    return;
  json_begin_object(json, key);
  json_begin_array(json, "agents");
  for (size_t i = 0; i < n; ++i)
    json_count(json, NULL, agents[i]);
  json_end_array(json);
  json_begin_array(json, "matrix");
  for (size_t i = 0; i < n; ++i) {
    json_begin_array(json, NULL);
    for (size_t k = 0; k < n; ++k)
      json_number(json, NULL, matrix[i * n + k]);
    json_end_array(json);
  }
  json_end_array(json);
  json_end_object(json);
}

void json_add_times(run_json *json, const char *key,
                    const crucible_report *report, size_t n) {
  json_begin_object(json, key);
  for (size_t i = 0; i < n; ++i) {
    const char *part;
    uint64_t count;
    int64_t ns;
    if (!IS_OK(crucible_report_get_time(report, i, &part, &count, &ns)))
      continue;
    json_begin_object(json, part);
    json_count(json, "n", count);
    json_number(json, "seconds", (double)ns * 1e-9);
    json_end_object(json);
  }
  json_end_object(json);
}
