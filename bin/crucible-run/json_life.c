/* SPDX-License-Identifier: Apache-2.0 */
#include "json_life.h"

#include "json_records.h"
#include "report_words.h"

/* Items that a report does not give are left out: none but by a mistake of
   this program. */
#define IS_OK(call) ((call) == CRUCIBLE_OK)

/* A list of a report, or a part of it, by what its getter asks for. */
typedef struct list {
  const crucible_report *report;
  size_t study, rank; /* from 0 */
  int32_t elites;     /* CRUCIBLE_REPORT_* */
} list;

static void
add_list(run_json *json, const char *key, const list *from, size_t n,
         void (*add_item)(run_json *json, const list *from, size_t i)) {
  json_begin_array(json, key);
  for (size_t i = 0; i < n; ++i)
    add_item(json, from, i);
  json_end_array(json);
}

/* What a set of rules alone would have done, in bars of the record. */
static void add_alone(run_json *json, const char *key, uint64_t promoted,
                      uint64_t ended, int32_t rule) {
  json_begin_object(json, key);
  json_count(json, "promoted_bars", promoted);
  json_count(json, "ended_bars", ended);
  if (rule != 0)
    json_string(json, "ended_by", crucible_rule_name(rule));
  else
    json_raw(json, "ended_by", NULL);
  json_end_object(json);
}

void json_add_rules(run_json *json, const char *key,
                    const crucible_watchtower_options *rules) {
  json_begin_object(json, key);
  json_begin_array(json, "acting");
  for (int32_t rule = 1; rule < 32; ++rule)
    if ((rules->rules >> rule & 1) != 0)
      json_string(json, NULL, crucible_rule_name(rule));
  json_end_array(json);
  JSON_FIELD(json, rules, death_equity);
  JSON_FIELD(json, rules, decay_psr);
  JSON_FIELD(json, rules, decay_dsr);
  JSON_FIELD(json, rules, promote_dsr);
  JSON_FIELD(json, rules, alpha);
  JSON_FIELD(json, rules, promote_sharpe);
  JSON_FIELD(json, rules, bad_sharpe);
  JSON_FIELD(json, rules, edge_sharpe);
  JSON_FIELD(json, rules, edge_run);
  JSON_FIELD(json, rules, discovery_alpha);
  JSON_FIELD(json, rules, window);
  JSON_FIELD(json, rules, min_bars);
  JSON_FIELD(json, rules, min_trades);
  JSON_FIELD(json, rules, inactive_bars);
  JSON_FIELD(json, rules, expired_bars);
  json_end_object(json);
}

void json_add_track(run_json *json, const char *key,
                    const crucible_track *track) {
  json_begin_object(json, key);
  JSON_FIELD(json, track, is_champion);
  JSON_FIELD(json, track, n_bars);
  JSON_FIELD(json, track, n_trades);
  JSON_FIELD(json, track, bars_since_trade);
  JSON_FIELD(json, track, equity);
  JSON_FIELD(json, track, initial);
  JSON_FIELD(json, track, peak);
  JSON_FIELD(json, track, sharpe);
  JSON_FIELD(json, track, skewness);
  JSON_FIELD(json, track, kurtosis);
  JSON_FIELD(json, track, psr);
  JSON_FIELD(json, track, dsr_live);
  JSON_FIELD(json, track, z);
  JSON_FIELD(json, track, expected_max_sharpe);
  JSON_FIELD(json, track, n_agents);
  JSON_FIELD(json, track, sharpe_variance);
  JSON_FIELD(json, track, variance_agents);
  JSON_FIELD(json, track, rolling_sharpe);
  JSON_FIELD(json, track, rolling_psr);
  JSON_FIELD(json, track, rolling_dsr);
  JSON_FIELD(json, track, rolling_n);
  JSON_FIELD(json, track, min_track_bars);
  JSON_FIELD(json, track, mean_trade);
  JSON_FIELD(json, track, trade_sharpe);
  JSON_FIELD(json, track, trade_psr);
  JSON_FIELD(json, track, lower);
  JSON_FIELD(json, track, upper);
  JSON_FIELD(json, track, log_e);
  JSON_FIELD(json, track, log_e_max);
  JSON_FIELD(json, track, anytime_psr);
  JSON_FIELD(json, track, edge_evidence);
  JSON_FIELD(json, track, discovery_log);
  JSON_FIELD(json, track, is_discovery);
  JSON_FIELD(json, track, bound_bars);
  add_alone(json, "blueprint", track->blueprint_promoted,
            track->blueprint_ended, track->blueprint_rule);
  add_alone(json, "anytime", track->anytime_promoted, track->anytime_ended,
            track->anytime_rule);
  json_end_object(json);
}

void json_add_verdict(run_json *json, const char *key,
                      const crucible_report_verdict *verdict) {
  static const char *const actions[] = {"none", "terminate", "promote",
                                        "demote"};
  const crucible_verdict *v = &verdict->verdict;
  json_begin_object(json, key);
  JSON_FIELD(json, verdict, bar);
  JSON_FIELD(json, verdict, time_ms);
  JSON_FIELD(json, v, agent);
  json_string(json, "action",
              v->action >= 0 && v->action <= CRUCIBLE_ACTION_DEMOTE
                  ? actions[v->action]
                  : "?");
  json_string(json, "rule", crucible_rule_name(v->rule));
  JSON_FIELD(json, v, statistic);
  JSON_FIELD(json, v, threshold);
  JSON_FIELD(json, v, lower);
  JSON_FIELD(json, v, upper);
  json_add_track(json, "track", &v->track);
  json_end_object(json);
}

static void add_verdict(run_json *json, const list *from, size_t i) {
  crucible_report_verdict verdict = {.struct_size = sizeof verdict};
  if (IS_OK(crucible_report_get_verdict(from->report, i, &verdict)))
    json_add_verdict(json, NULL, &verdict);
}

void json_add_verdicts(run_json *json, const char *key,
                       const crucible_report *report, size_t n) {
  add_list(json, key, &(const list){.report = report}, n, add_verdict);
}

static void add_event(run_json *json, const list *from, size_t i) {
  crucible_report_event event = {.struct_size = sizeof event};
  if (!IS_OK(crucible_report_get_event(from->report, i, &event)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &event, bar);
  JSON_FIELD(json, &event, time_ms);
  if (event.agent >= 0)
    JSON_FIELD(json, &event, agent);
  JSON_FIELD(json, &event, kind);
  JSON_FIELD(json, &event, detail);
  json_end_object(json);
}

void json_add_events(run_json *json, const char *key,
                     const crucible_report *report, size_t n) {
  add_list(json, key, &(const list){.report = report}, n, add_event);
}

static void add_elite(run_json *json, const list *from, size_t i) {
  crucible_report_elite elite = {.struct_size = sizeof elite};
  if (!IS_OK(crucible_report_get_elite(from->report, from->elites, from->study,
                                       i, &elite)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &elite, genome_id);
  JSON_FIELD(json, &elite, generation);
  json_string(json, "label", elite_label_name(elite.figures.label));
  JSON_FIELD(json, &elite.figures, agent);
  JSON_FIELD(json, &elite.figures, z);
  JSON_FIELD(json, &elite.figures, dsr);
  JSON_FIELD(json, &elite.figures, n_bars);
  JSON_FIELD(json, &elite.figures, bar);
  JSON_FIELD(json, &elite.figures, score);
  if (from->elites == CRUCIBLE_REPORT_OFFERS) {
    JSON_FIELD(json, &elite, at_bar);
    json_string(json, "outcome", elite_outcome_name(elite.outcome));
    JSON_FIELD(json, &elite, why);
  }
  json_end_object(json);
}

void json_add_elites(run_json *json, const char *key,
                     const crucible_report *report, int32_t elites,
                     size_t study, size_t n) {
  add_list(json, key,
           &(const list){.report = report, .study = study, .elites = elites}, n,
           add_elite);
}

void json_add_parents(run_json *json, const char *const *parents, uint32_t n) {
  json_begin_array(json, "parents");
  for (uint32_t i = 0; i < n; ++i)
    json_string(json, NULL, parents[i]);
  json_end_array(json);
}

/* ---- searches ---- */

static void add_gene(run_json *json, const list *from, size_t i) {
  static const char *const origins[] = {"new", "first", "second", "both"};
  crucible_report_gene gene = {.struct_size = sizeof gene};
  if (!IS_OK(crucible_report_get_gene(from->report, from->study, from->rank, i,
                                      &gene)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &gene, name);
  json_raw(json, "value", gene.value);
  json_string(json, "from", origins[gene.from & CRUCIBLE_GENE_BOTH]);
  json_begin_array(json, "parents");
  for (int k = 0; k < CRUCIBLE_GENOME_PARENTS_MAX; ++k)
    json_raw(json, NULL, gene.parents[k]);
  json_end_array(json);
  json_end_object(json);
}

void json_add_replacement(run_json *json, const char *key,
                          const crucible_report *report,
                          const crucible_report_replacement *replacement) {
  const crucible_replacement *figures = &replacement->figures;
  json_begin_object(json, key);
  JSON_FIELD(json, replacement, study);
  JSON_FIELD(json, replacement, rank);
  JSON_FIELD(json, figures, trial);
  JSON_FIELD(json, replacement, genome_id);
  JSON_FIELD(json, replacement, generation);
  JSON_FIELD(json, replacement, state);
  if (replacement->agent >= 0)
    JSON_FIELD(json, replacement, agent);
  JSON_FIELD(json, replacement, theta_in);
  JSON_FIELD(json, replacement, theta_out);
  JSON_FIELD(json, figures, dsr_select);
  JSON_FIELD(json, figures, z);
  JSON_FIELD(json, figures, expected_max_sharpe);
  JSON_FIELD(json, figures, max_correlation);
  if (figures->alike == CRUCIBLE_ALIKE_AGENT)
    json_count(json, "alike_agent", figures->alike_with);
  if (figures->alike == CRUCIBLE_ALIKE_PICKED)
    json_count(json, "alike_trial", figures->alike_with);
  JSON_FIELD(json, figures, n_ancestor_bars);
  JSON_FIELD(json, figures, n_ancestor_holdout);
  JSON_FIELD(json, figures, has_viability);
  JSON_FIELD(json, figures, is_viable);
  JSON_FIELD(json, figures, ratio);
  JSON_FIELD(json, figures, ratio_low);
  add_list(json, "genes",
           &(const list){.report = report,
                         .study = (size_t)replacement->study - 1,
                         .rank = replacement->rank - 1},
           replacement->n_genes, add_gene);
  json_end_object(json);
}

static void add_trial(run_json *json, const crucible_report_trial *trial,
                      const crucible_forge_report *forging) {
  const crucible_factory_trial *figures = &trial->figures;
  json_begin_object(json, NULL);
  JSON_FIELD(json, figures, number);
  JSON_FIELD(json, trial, genome_id);
  JSON_FIELD(json, trial, generation);
  json_add_parents(json, trial->parents, trial->n_parents);
  json_string(json, "state", trial_state_name(figures->state));
  json_string(json, "how", bred_name(figures->how));
  JSON_FIELD(json, figures, elite);
  JSON_FIELD(json, figures, rank);
  JSON_FIELD(json, figures, is_feasible);
  JSON_FIELD(json, figures, n_folds);
  JSON_FIELD(json, figures, value);
  JSON_FIELD(json, figures, violation);
  JSON_FIELD(json, figures, sharpe_base);
  JSON_FIELD(json, figures, n_ancestor_bars);
  JSON_FIELD(json, figures, reason);
  if (trial->has_forging)
    json_add_forging(json, "forging", forging);
  else
    json_raw(json, "forging", NULL);
  json_end_object(json);
}

static void add_search(run_json *json, const crucible_search_report *search) {
  JSON_FIELD(json, search, n_elites);
  JSON_FIELD(json, search, n_prior);
  JSON_FIELD(json, search, n_complete);
  JSON_FIELD(json, search, n_infeasible);
  JSON_FIELD(json, search, n_pruned);
  JSON_FIELD(json, search, n_failed);
  JSON_FIELD(json, search, n_holdout_reads);
  JSON_FIELD(json, search, n_genomes);
  JSON_FIELD(json, search, n_genomes_here);
  JSON_FIELD(json, search, n_ancestral);
  JSON_FIELD(json, search, n_effective);
  JSON_FIELD(json, search, mean_correlation);
  JSON_FIELD(json, search, sharpe_variance);
  JSON_FIELD(json, search, n_variance);
  JSON_FIELD(json, search, why);
}

static void add_trial_at(run_json *json, const list *from, size_t i) {
  crucible_report_trial trial = {.struct_size = sizeof trial};
  crucible_forge_report forging = {.struct_size = sizeof forging};
  if (IS_OK(crucible_report_get_trial(from->report, from->study, i, &trial,
                                      &forging)))
    add_trial(json, &trial, &forging);
}

static void add_replacement(run_json *json, const list *from, size_t i) {
  crucible_report_replacement won = {.struct_size = sizeof won};
  if (IS_OK(
          crucible_report_get_replacement(from->report, from->study, i, &won)))
    json_add_replacement(json, NULL, from->report, &won);
}

static void add_turned_down(run_json *json, const list *from, size_t i) {
  crucible_turned_down down = {.struct_size = sizeof down};
  if (!IS_OK(
          crucible_report_get_turned_down(from->report, from->study, i, &down)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &down, trial);
  json_string(json, "why", gate_words(down.why));
  JSON_FIELD(json, &down, text);
  JSON_FIELD(json, &down, holdout_net);
  JSON_FIELD(json, &down, correlation);
  json_end_object(json);
}

static void add_results(run_json *json, const crucible_report *report,
                        const crucible_report_study *study) {
  const list from = {.report = report, .study = (size_t)study->number - 1};
  add_list(json, "trials", &from, study->n_trials, add_trial_at);
  add_list(json, "replacements", &from, study->n_replacements, add_replacement);
  add_list(json, "turned_down", &from, study->n_turned_down, add_turned_down);
}

static void add_study(run_json *json, const list *from, size_t i) {
  crucible_report_study study = {.struct_size = sizeof study};
  if (!IS_OK(crucible_report_get_study(from->report, i, &study)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &study, number);
  JSON_FIELD(json, &study, bar);
  JSON_FIELD(json, &study, time_ms);
  JSON_FIELD(json, &study, admit_bar);
  JSON_FIELD(json, &study, n_wanted);
  JSON_FIELD(json, &study, is_done);
  JSON_FIELD(json, &study, asked);
  if (study.has_best)
    JSON_FIELD(json, &study, best_trial);
  add_search(json, &study.search);
  json_add_elites(json, "elites", from->report, CRUCIBLE_REPORT_SEEDS, i,
                  study.n_seeds);
  add_results(json, from->report, &study);
  json_end_object(json);
}

void json_add_studies(run_json *json, const char *key,
                      const crucible_report *report, size_t n) {
  add_list(json, key, &(const list){.report = report}, n, add_study);
}

/* ---- the whole ---- */

static void add_generation(run_json *json, const list *from, size_t i) {
  crucible_report_generation g = {.struct_size = sizeof g};
  if (!IS_OK(crucible_report_get_generation(from->report, i, &g)))
    return;
  json_begin_object(json, NULL);
  JSON_FIELD(json, &g, generation);
  JSON_FIELD(json, &g, n_trials);
  JSON_FIELD(json, &g, n_feasible);
  JSON_FIELD(json, &g, best_sharpe);
  JSON_FIELD(json, &g, median_sharpe);
  JSON_FIELD(json, &g, n_agents);
  JSON_FIELD(json, &g, n_promoted);
  JSON_FIELD(json, &g, live_sharpe);
  JSON_FIELD(json, &g, live_return);
  json_end_object(json);
}

void json_add_generations(run_json *json, const char *key,
                          const crucible_report *report, size_t n) {
  add_list(json, key, &(const list){.report = report}, n, add_generation);
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
