/* SPDX-License-Identifier: Apache-2.0 */
/* Why an agent is what it is, and whose genes it has. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_parts.h"
#include "report_words.h"
#include "run.h"

static void add_words(run_text *page, run_text *words) {
  text_add_html(page, words->failed ? "" : words->data);
  page->failed |= words->failed;
  text_free(words);
}

/* One sentence for each verdict on it, and one for what it lacks. */
static void add_verdicts(run_text *page, const run_report *report,
                         const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  for (size_t i = 0; i < report->head.n_verdicts && agent->n_verdicts > 0;
       ++i) {
    crucible_report_verdict given = {.struct_size = sizeof given};
    run_text words = {0};
    if (crucible_report_get_verdict(report->report, i, &given) != CRUCIBLE_OK ||
        given.verdict.agent != agent->agent)
      continue;
    words_verdict(&words, &given, report->head.timeframe_ms);
    text_addf(page, "<p class=\"verdict\"><b>%s</b> at %s: ",
              given.verdict.action == CRUCIBLE_ACTION_PROMOTE  ? "Promoted"
              : given.verdict.action == CRUCIBLE_ACTION_DEMOTE ? "Demoted"
                                                               : "Terminated",
              figure_time(given.time_ms).text);
    add_words(page, &words);
    text_addf(page, " <small class=\"sub\">(rule %s, N = %s agents, V = %.3g",
              crucible_rule_name(given.verdict.rule),
              figure_count(given.verdict.track.n_agents).text,
              given.verdict.track.sharpe_variance);
    if (given.verdict.track.variance_agents > 0)
      text_addf(page, " over %s records)</small></p>\n",
                figure_count(given.verdict.track.variance_agents).text);
    else
      text_add(page, ", that of ratios without skill)</small></p>\n");
  }
  if (agent->n_verdicts == 0 && agent->reason[0] != 0) {
    text_add(page, "<p class=\"verdict\">");
    text_add_html(page, agent->reason);
    text_add(page, "</p>\n");
  }
  if (view->fate == FATE_LIVING) {
    run_text words = {0};
    words_need(&words, report, view);
    text_add(page, "<p class=\"verdict\">For a promotion: ");
    add_words(page, &words);
    text_add(page, ".</p>\n");
  }
}

static void add_track(run_text *page, const crucible_report_agent *agent) {
  const crucible_track *track = &agent->track;
  char about[64];
  text_add(page, "<div><h3>Live record</h3><table>\n");
  html_row(page, "bars", figure_count(track->n_bars).text);
  html_row(page, "Sharpe per bar", figure_number(track->sharpe, 4).text);
  html_row(page, "luck alone would show",
           figure_number(track->expected_max_sharpe, 4).text);
  html_row(page, "PSR, against 0", figure_percent(track->psr).text);
  html_row(page, "DSR, live", figure_percent(track->dsr_live).text);
  html_row(page, "N, agents ever activated",
           figure_count(track->n_agents).text);
  if (track->variance_agents > 0)
    snprintf(about, sizeof about, "%.3g", track->sharpe_variance);
  else
    snprintf(about, sizeof about, "%.3g (no skill)", track->sharpe_variance);
  html_row(page, "V of their ratios", about);
  html_row(page, "rolling PSR", figure_percent(track->rolling_psr).text);
  html_row(page, "rolling DSR", figure_percent(track->rolling_dsr).text);
  html_row(page, "PSR of its trades", figure_percent(track->trade_psr).text);
  html_row(page, "Sharpe per bar, at least",
           figure_number(track->lower, 4).text);
  html_row(page, "Sharpe per bar, at most",
           figure_number(track->upper, 4).text);
  html_row(page, "PSR, however often one looks",
           figure_percent(track->anytime_psr).text);
  html_row(page, "evidence that its edge is gone",
           figure_number(track->edge_evidence, 1).text);
  html_row(page, "log of its e-value, highest",
           figure_number(track->log_e_max, 2).text);
  html_row(page, "that a discovery takes",
           figure_number(track->discovery_log, 2).text);
  text_add(page, "</table></div>\n");
}

static void add_selection(run_text *page, const run_report *report,
                          const crucible_report_agent *agent) {
  const crucible_report_replacement *birth = &agent->birth;
  const crucible_forge_report *forging = &agent->forging;
  crucible_report_study study = {.struct_size = sizeof study};
  text_add(page, "<div><h3>When it was chosen</h3><table>\n");
  html_row(page, "Sharpe, out of sample",
           figure_number(forging->sharpe_base, 4).text);
  html_row(page, "luck alone would show",
           figure_number(birth->figures.expected_max_sharpe, 4).text);
  html_row(page, "DSR of the selection",
           figure_percent(birth->figures.dsr_select).text);
  if (agent->study > 0 &&
      crucible_report_get_study(report->report, (size_t)agent->study - 1,
                                &study) == CRUCIBLE_OK) {
    char about[64];
    html_row(page, "N, genomes tried",
             figure_count(study.search.n_genomes).text);
    snprintf(about, sizeof about, "%.3g", study.search.sharpe_variance);
    html_row(page, "V of their ratios", about);
  }
  html_row_signed(page, "return, out of sample", forging->total_return,
                  figure_signed_percent(forging->total_return));
  double holdout =
      forging->has_holdout ? forging->holdout.total_return : (double)NAN;
  html_row_signed(page, "return on the holdout", holdout,
                  figure_signed_percent(holdout));
  double live = agent->ledger.equity / agent->ledger.initial_cash - 1;
  html_row_signed(page, "return, live", live, figure_signed_percent(live));
  html_row(page, "gross / cost, out of sample",
           figure_number(birth->figures.has_viability ? birth->figures.ratio
                                                      : (double)NAN,
                         2)
               .text);
  html_row(page, "viable (at least 2)",
           birth->figures.has_viability
               ? (birth->figures.is_viable ? "yes" : "not viable")
               : "too few trades to tell");
  text_add(page, "</table></div>\n");
}

static void add_life(run_text *page, const run_report *report,
                     const crucible_report_agent *agent) {
  char about[64];
  text_add(page, "<div><h3>Life</h3><table>\n");
  html_row(page, "born", figure_time(agent->from_ms).text);
  html_row(page, "ended",
           agent->until_ms > 0 ? figure_time(agent->until_ms).text : "-");
  html_row(page, "slot", figure_count(agent->slot).text);
  html_row(page, "generation", figure_count(agent->generation).text);
  snprintf(about, sizeof about, "%llu, rank %u",
           (unsigned long long)agent->study, agent->birth.rank);
  html_row(page, "found by search", about);
  html_row(page, "models so far", figure_count(agent->n_models).text);
  if (agent->birth.figures.alike != CRUCIBLE_ALIKE_NOBODY) {
    snprintf(about, sizeof about, "%s %llu, %s",
             agent->birth.figures.alike == CRUCIBLE_ALIKE_AGENT ? "agent"
                                                                : "trial",
             (unsigned long long)agent->birth.figures.alike_with,
             figure_number(agent->birth.figures.max_correlation, 2).text);
    html_row(page, "most alike at birth", about);
  }
  if (agent->birth.figures.n_ancestor_bars > 0)
    html_row(page, "test bars an ancestor lived",
             figure_count(agent->birth.figures.n_ancestor_bars).text);
  text_add(page, "</table></div>\n");
  (void)report;
}

void html_evidence(run_text *page, const run_report *report,
                   const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  add_verdicts(page, report, view);
  text_add(page, "<div class=\"cols\">\n");
  if (agent->has_track)
    add_track(page, agent);
  add_selection(page, report, agent);
  add_life(page, report, agent);
  text_add(page, "</div>\n");
}

/* ---- inheritance ---- */

/* JSON as it is read best: a text without its quotes. */
static void add_value(run_text *page, const char *value) {
  size_t length = strlen(value);
  run_text plain = {0};
  if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
    text_add_bytes(&plain, value + 1, length - 2);
  else
    text_add(&plain, strcmp(value, "{}") == 0 ? "on" : value);
  add_words(page, &plain);
}

static void add_gene(run_text *page, const crucible_report_gene *gene,
                     int is_lost) {
  text_add(page, "<li><small>");
  text_add_html(page, gene->name);
  text_add(page, "</small> ");
  if (!is_lost)
    add_value(page, gene->value);
  if (is_lost || gene->from == CRUCIBLE_GENE_NEW)
    for (int i = 0; i < CRUCIBLE_GENOME_PARENTS_MAX; ++i)
      if (gene->parents[i] != NULL) {
        text_add(page, is_lost ? "<del>" : " <del>");
        add_value(page, gene->parents[i]);
        text_add(page, "</del>");
        break;
      }
  text_add(page, "</li>\n");
}

/* The genes that come from one place; nothing if there are none. */
static void add_genes(run_text *page, const run_report *report,
                      const crucible_report_replacement *birth,
                      const char *title, int32_t from, int is_lost) {
  int is_open = 0;
  for (size_t i = 0; i < birth->n_genes; ++i) {
    crucible_report_gene gene = {.struct_size = sizeof gene};
    if (crucible_report_get_gene(report->report, (size_t)birth->study - 1,
                                 birth->rank - 1, i, &gene) != CRUCIBLE_OK ||
        (gene.value == NULL) != is_lost || (!is_lost && gene.from != from))
      continue;
    if (!is_open)
      text_addf(page, "<h4>%s</h4><ul class=\"dna\">\n", title);
    is_open = 1;
    add_gene(page, &gene, is_lost);
  }
  if (is_open)
    text_add(page, "</ul>\n");
}

void html_inherited(run_text *page, const run_report *report,
                    const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  if (agent->n_parents == 0 || agent->birth.n_genes == 0) {
    if (agent->n_parents == 0)
      text_add(page, "<h3>Origin</h3><p class=\"note\">Its DNA was drawn: it "
                     "has no parents.</p>\n");
    return;
  }
  text_add(page, "<h3>Inherited</h3>\n<p class=\"note\">");
  for (uint32_t i = 0; i < agent->n_parents; ++i) {
    text_addf(page, "%sparent %u is <code>%.8s</code>", i > 0 ? "; " : "",
              i + 1, agent->parents[i]);
    if (agent->parent_agents[i] >= 0) {
      text_add(page, ", traded by ");
      html_agent_link(page, report, agent->parent_agents[i]);
    } else {
      text_add(page, ", which was only tried");
    }
  }
  text_add(page, "</p>\n");
  const crucible_report_replacement *birth = &agent->birth;
  int is_pair = agent->n_parents > 1;
  add_genes(page, report, birth, "Changed", CRUCIBLE_GENE_NEW, 0);
  add_genes(page, report, birth, "Lost", 0, 1);
  add_genes(page, report, birth, is_pair ? "From parent 1" : "From its parent",
            CRUCIBLE_GENE_FIRST, 0);
  add_genes(page, report, birth, "From parent 2", CRUCIBLE_GENE_SECOND, 0);
  add_genes(page, report, birth, "From both", CRUCIBLE_GENE_BOTH, 0);
}
