/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: why, from which elites, what was tried, who won; and the pool. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_parts.h"
#include "report_words.h"
#include "run.h"

/* The first eight characters say enough. */
static void add_id(run_text *page, const char *id) {
  text_addf(page, "<td class=\"l\"><code>%.8s</code></td>", id);
}

static void add_agent_cell(run_text *page, const run_report *report,
                           int64_t agent) {
  text_add(page, "<td class=\"l\">");
  html_agent_link(page, report, agent);
  text_add(page, "</td>");
}

/* ---- elites ---- */

static void begin_elites(run_text *page, int is_offer) {
  text_addf(page,
            "<div class=\"wide\"><table><tr>%s<th class=\"l\">genome</th>"
            "<th>gen.</th><th class=\"l\">label</th><th class=\"l\">record of"
            "</th><th>bars</th><th>z</th><th>DSR</th><th>score</th>%s</tr>\n",
            is_offer ? "<th>bar</th>" : "",
            is_offer ? "<th class=\"l\">outcome</th>" : "");
}

static void add_elite(run_text *page, const run_report *report,
                      const crucible_report_elite *elite, int is_offer) {
  text_add(page, "<tr>");
  if (is_offer)
    html_cell(page, figure_count(elite->at_bar).text);
  add_id(page, elite->genome_id);
  html_cell(page, figure_count(elite->generation).text);
  html_cell_left(page, elite_label_name(elite->figures.label));
  add_agent_cell(page, report, elite->figures.agent);
  html_cell(page, figure_count(elite->figures.n_bars).text);
  html_cell(page, figure_number(elite->figures.z, 2).text);
  html_cell(page, figure_percent(elite->figures.dsr).text);
  html_cell(page, figure_number(elite->figures.score, 3).text);
  if (is_offer) {
    text_addf(page, "<td class=\"l\">%s", elite_outcome_name(elite->outcome));
    if (elite->why[0] != 0) {
      text_add(page, ": ");
      text_add_html(page, elite->why);
    }
    text_add(page, "</td>");
  }
  text_add(page, "</tr>\n");
}

static void add_list(run_text *page, const run_report *report, int32_t list,
                     size_t study, size_t n) {
  int is_offer = list == CRUCIBLE_REPORT_OFFERS;
  begin_elites(page, is_offer);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_elite elite = {.struct_size = sizeof elite};
    if (crucible_report_get_elite(report->report, list, study, i, &elite) ==
        CRUCIBLE_OK)
      add_elite(page, report, &elite, is_offer);
  }
  text_add(page, "</table></div>\n");
}

void html_elites(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  if (head->n_pool == 0 && head->n_offers == 0)
    return;
  text_add(page, "<h2>Elite pool</h2>\n<p class=\"note\">What the next search "
                 "would begin with. Score: z of the deflated ratio of the live "
                 "record, shrunk towards that of relatives while it is short, "
                 "halved with age.</p>\n");
  if (head->n_pool > 0)
    add_list(page, report, CRUCIBLE_REPORT_POOL, 0, head->n_pool);
  else
    text_add(page, "<p>It is empty.</p>\n");
  if (head->n_offers == 0)
    return;
  text_addf(page,
            "<details><summary><b>Offers</b><span class=\"sub\">%zu, taken or "
            "turned down</span></summary><div class=\"body\">\n",
            head->n_offers);
  add_list(page, report, CRUCIBLE_REPORT_OFFERS, 0, head->n_offers);
  text_add(page, "</div></details>\n");
}

/* ---- one search ---- */

static void add_trial(run_text *page, const crucible_report_trial *trial) {
  const crucible_factory_trial *figures = &trial->figures;
  text_addf(page, "<tr%s>", figures->rank > 0 ? " class=\"won\"" : "");
  html_cell(page, figure_count(figures->number).text);
  if (trial->genome_id != NULL)
    add_id(page, trial->genome_id);
  else
    html_cell_left(page, "no genome");
  html_cell(page, figure_count(trial->generation).text);
  html_cell_left(page, figures->elite > 0 ? "elite" : bred_name(figures->how));
  text_add(page, "<td class=\"l\">");
  for (uint32_t i = 0; i < trial->n_parents; ++i)
    text_addf(page, "%s<code>%.8s</code>", i > 0 ? " " : "", trial->parents[i]);
  text_add(page, "</td>");
  html_cell(page, figure_count(figures->n_folds).text);
  html_cell(page, figure_number(figures->sharpe_base, 4).text);
  text_addf(page, "<td class=\"l\">%s",
            figures->violation > 0 ? "infeasible"
                                   : trial_state_name(figures->state));
  if (figures->reason[0] != 0) {
    text_add(page, ": ");
    text_add_html(page, figures->reason);
  }
  if (figures->rank > 0)
    text_addf(page, ", winner %u", figures->rank);
  if (figures->n_ancestor_bars > 0)
    text_addf(page, ", %s bars lived by an ancestor",
              figure_count(figures->n_ancestor_bars).text);
  text_add(page, "</td></tr>\n");
}

static void add_trials(run_text *page, const run_report *report,
                       const crucible_report_study *study) {
  text_addf(page,
            "<h3>%zu trials</h3>\n<div class=\"wide\"><table><tr><th>"
            "</th><th class=\"l\">genome</th><th>gen.</th><th class=\"l\">"
            "how</th><th class=\"l\">parents</th><th>folds</th>"
            "<th>Sharpe<br>per bar</th><th class=\"l\">outcome</th></tr>\n",
            study->n_trials);
  for (size_t i = 0; i < study->n_trials; ++i) {
    crucible_report_trial trial = {.struct_size = sizeof trial};
    if (crucible_report_get_trial(report->report, study->number - 1, i, &trial,
                                  NULL) == CRUCIBLE_OK)
      add_trial(page, &trial);
  }
  text_add(page, "</table></div>\n");
}

static void add_winner(run_text *page, const run_report *report,
                       const crucible_report_study *study,
                       const crucible_report_replacement *winner) {
  const crucible_replacement *figures = &winner->figures;
  crucible_report_trial trial = {.struct_size = sizeof trial};
  crucible_forge_report forging = {.struct_size = sizeof forging};
  double net = (double)NAN;
  if (crucible_report_get_trial(report->report, study->number - 1,
                                (size_t)figures->trial, &trial,
                                &forging) == CRUCIBLE_OK &&
      forging.has_holdout)
    net = forging.holdout_net;
  text_add(page, "<tr>");
  html_cell(page, figure_count(winner->rank).text);
  add_id(page, winner->genome_id);
  html_cell(page, figure_count(winner->generation).text);
  html_cell(page, figure_count(figures->trial).text);
  html_cell(page, figure_percent(figures->dsr_select).text);
  html_cell_signed(page, net, figure_signed_money(net));
  html_cell(page, figures->has_viability
                      ? figure_number(figures->ratio_low, 2).text
                      : "-");
  html_cell(page, figures->alike != CRUCIBLE_ALIKE_NOBODY
                      ? figure_number(figures->max_correlation, 2).text
                      : "-");
  text_add(page, "<td class=\"l\">");
  if (winner->agent >= 0)
    html_agent_link(page, report, winner->agent);
  else
    text_add_html(page, winner->state);
  text_add(page, "</td></tr>\n");
}

static void add_winners(run_text *page, const run_report *report,
                        const crucible_report_study *study) {
  if (study->n_replacements == 0)
    return;
  text_add(page, "<h3>Handed out</h3>\n<div class=\"wide\"><table><tr><th></th>"
                 "<th class=\"l\">genome</th><th>gen.</th><th>trial</th>"
                 "<th>DSR of the<br>selection</th><th>holdout,<br>net</th>"
                 "<th>gross / cost,<br>at least</th><th>most alike,<br>"
                 "correlation</th><th class=\"l\">became</th></tr>\n");
  for (size_t i = 0; i < study->n_replacements; ++i) {
    crucible_report_replacement winner = {.struct_size = sizeof winner};
    if (crucible_report_get_replacement(report->report, study->number - 1, i,
                                        &winner) == CRUCIBLE_OK)
      add_winner(page, report, study, &winner);
  }
  text_add(page, "</table></div>\n");
}

static void add_turned_down(run_text *page, const run_report *report,
                            const crucible_report_study *study) {
  if (study->n_turned_down == 0)
    return;
  text_add(page, "<h3>Feasible, but turned down</h3>\n<ul class=\"plain\">\n");
  for (size_t i = 0; i < study->n_turned_down; ++i) {
    crucible_turned_down down = {.struct_size = sizeof down};
    if (crucible_report_get_turned_down(report->report, study->number - 1, i,
                                        &down) != CRUCIBLE_OK)
      continue;
    text_addf(page, "<li>trial %llu, %s: ", (unsigned long long)down.trial,
              gate_words(down.why));
    text_add_html(page, down.text);
    if (down.has_holdout)
      text_addf(page, " (holdout %s)",
                figure_signed_money(down.holdout_net).text);
    text_add(page, "</li>\n");
  }
  text_add(page, "</ul>\n");
}

static void add_counts(run_text *page, const crucible_report_study *study) {
  const crucible_search_report *search = &study->search;
  text_addf(
      page,
      "<p class=\"note\">%s trials: %s elites first, %s complete (%s of "
      "them infeasible), %s pruned, %s failed; %s known trials of "
      "earlier studies to breed from. The holdout was read %s times. The "
      "selection's DSR counts N = %s genomes (%s in this study and the "
      "rest in %s it descends from; %s effective ones at a mean "
      "correlation of %s) and V = ",
      figure_count(search->n_trials).text, figure_count(search->n_elites).text,
      figure_count(search->n_complete).text,
      figure_count(search->n_infeasible).text,
      figure_count(search->n_pruned).text, figure_count(search->n_failed).text,
      figure_count(search->n_prior).text,
      figure_count(search->n_holdout_reads).text,
      figure_count(search->n_genomes).text,
      figure_count(search->n_genomes_here).text,
      figure_count(search->n_ancestral).text,
      figure_number(search->n_effective, 1).text,
      figure_number(search->mean_correlation, 2).text);
  if (search->n_variance > 0)
    text_addf(page, "%.3g, the variance of %s of their Sharpe ratios.</p>\n",
              search->sharpe_variance, figure_count(search->n_variance).text);
  else
    text_add(page, "1 / test bars, that of ratios without skill.</p>\n");
}

static void add_study(run_text *page, const run_report *report,
                      const crucible_report_study *study) {
  text_addf(page,
            "<details id=\"s%llu\"><summary><b>search %llu</b><span "
            "class=\"sub\">%s</span><span>%zu of %u found</span><span "
            "class=\"sub grow\">asked for since ",
            (unsigned long long)study->number,
            (unsigned long long)study->number, figure_time(study->time_ms).text,
            study->n_replacements, study->n_wanted);
  text_add_html(page, study->number == 1 ? "there was nobody" : study->asked);
  text_add(page, "</span></summary><div class=\"body\">\n");
  if (!study->is_done) {
    text_add(page, "<p>It was not admitted before the journal ends.</p>\n");
  } else {
    add_counts(page, study);
    if (study->search.why[0] != 0) {
      text_add(page, "<p class=\"hint\">");
      text_add_html(page, study->search.why);
      text_add(page, "</p>\n");
    }
  }
  if (study->n_seeds > 0) {
    text_addf(page, "<h3>%zu elites it began with</h3>\n", study->n_seeds);
    add_list(page, report, CRUCIBLE_REPORT_SEEDS, study->number - 1,
             study->n_seeds);
  }
  add_winners(page, report, study);
  add_turned_down(page, report, study);
  if (study->n_trials > 0)
    add_trials(page, report, study);
  text_add(page, "</div></details>\n");
}

void html_studies(run_text *page, const run_report *report) {
  size_t n = report->head.n_studies;
  if (n == 0)
    return;
  text_add(page, "<h2>Searches</h2>\n<p class=\"note\">Who left a slot, which "
                 "elite DNA the search for a replacement began with, and what "
                 "came of it.</p>\n");
  if (n > HTML_STUDIES)
    text_addf(page,
              "<p class=\"note\">The latest %d of %zu; the database and the "
              "JSON report have all.</p>\n",
              HTML_STUDIES, n);
  for (size_t i = n > HTML_STUDIES ? n - HTML_STUDIES : 0; i < n; ++i) {
    crucible_report_study study = {.struct_size = sizeof study};
    if (crucible_report_get_study(report->report, i, &study) == CRUCIBLE_OK)
      add_study(page, report, &study);
  }
}
