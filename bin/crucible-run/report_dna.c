/* SPDX-License-Identifier: Apache-2.0 */
/* The genome of an agent and how it was forged, for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_parts.h"
#include "run.h"

/* "name value" as one item of a list. */
static void begin_item(run_text *page, const char *name) {
  text_add(page, "<li><small>");
  text_add_html(page, name);
  text_add(page, "</small> ");
}

static void item(run_text *page, const char *name, const char *text) {
  begin_item(page, name);
  text_add_html(page, text);
  text_add(page, "</li>\n");
}

static void item_number(run_text *page, const char *name, double value) {
  begin_item(page, name);
  text_addf(page, "%.4g</li>\n", value);
}

static void add_features(run_text *page, const crucible_genome *genome,
                         uint32_t n) {
  const crucible_feature_spec *specs = crucible_genome_features(genome);
  text_addf(page, "<h3>%u features</h3>\n<ul class=\"dna\">\n", n);
  for (uint32_t i = 0; i < n; ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    text_add(page, "<li title=\"");
    int is_known = crucible_feature_find(specs[i].name, &info) == CRUCIBLE_OK;
    text_add_html(page, is_known ? info.doc : "");
    text_add(page, "\">");
    text_add_html(page, specs[i].name);
    for (uint32_t j = 0; is_known && j < info.n_params; ++j)
      text_addf(page, "%s%.6g", j == 0 ? " <small>" : ", ",
                isnan(specs[i].params[j]) ? info.params[j].default_value
                                          : specs[i].params[j]);
    text_add(page,
             is_known && info.n_params > 0 ? "</small></li>\n" : "</li>\n");
  }
  text_add(page, "</ul>\n");
}

/* The kind's parameters have their names in the space that it declares. */
static void add_model(run_text *page, const crucible_genome *genome,
                      const crucible_genes *genes) {
  crucible_space *space;
  text_add(page, "<h3>Model</h3>\n<ul class=\"dna\">\n");
  item(page, "kind", genes->model_kind);
  const double *values = crucible_genome_model_params(genome);
  if (crucible_space_create(&space) != CRUCIBLE_OK) {
    page->failed = 1;
    return;
  }
  if (crucible_model_add_space(genes->model_kind, space, "", -1, 0) ==
      CRUCIBLE_OK)
    for (uint32_t i = 0;
         i < genes->n_model_params && i < crucible_space_count(space); ++i) {
      crucible_param param = {.struct_size = sizeof param};
      if (crucible_space_get(space, i, &param) != CRUCIBLE_OK ||
          isnan(values[i]))
        continue;
      if (param.kind == CRUCIBLE_PARAM_CATEGORICAL &&
          values[i] < param.n_choices)
        item(page, param.name, param.choices[(size_t)values[i]]);
      else
        item_number(page, param.name, values[i]);
    }
  crucible_space_destroy(space);
  text_add(page, "</ul>\n");
}

static void add_plan(run_text *page, const crucible_genes *genes) {
  static const char *const entries[] = {"?", "market", "limit", "post-only"};
  static const char *const sizings[] = {"?", "of equity", "of equity at risk",
                                        "quote currency", "units"};
  const crucible_plan *plan = &genes->plan;
  text_add(page, "<h3>Trade plan</h3>\n<ul class=\"dna\">\n");
  item(page, "bars", figure_timeframe(genes->timeframe_ms).text);
  item(page, "side",
       plan->side == CRUCIBLE_SIDE_LONG ? "long" : "long and short");
  item(page, "entry",
       entries[plan->entry >= 1 && plan->entry <= 3 ? plan->entry : 0]);
  if (plan->entry != CRUCIBLE_ENTRY_MARKET) {
    item_number(page, "limit at sigma", plan->limit_offset_sigma);
    item_number(page, "stands bars", plan->limit_ttl_bars);
  }
  item_number(page, "horizon bars", genes->horizon_bars);
  item_number(page, "enter at quantile", genes->entry_quantile);
  item_number(page, "leave at quantile", genes->exit_quantile);
  if (plan->stop_sigma > 0)
    item_number(page, "stop at sigma", plan->stop_sigma);
  if (plan->target_sigma > 0)
    item_number(page, "target at sigma", plan->target_sigma);
  begin_item(page, "size");
  text_addf(page, "%.4g %s</li>\n", plan->sizing_value,
            sizings[plan->sizing >= 1 && plan->sizing <= 4 ? plan->sizing : 0]);
  if (genes->train_horizon == CRUCIBLE_HORIZON_FIXED)
    item(page, "trained on last bars", figure_count(genes->train_bars).text);
  else
    item(page, "trained on", "all bars");
  item(page, "an old model is",
       genes->refit == CRUCIBLE_REFIT_RETIRE ? "its end" : "fitted again");
  text_add(page, "</ul>\n");
}

void html_dna(run_text *page, const crucible_report_agent *agent) {
  crucible_genome *genome;
  crucible_genes genes = {.struct_size = sizeof genes};
  if (crucible_genome_parse(agent->genome, strlen(agent->genome), &genome) !=
          CRUCIBLE_OK ||
      crucible_genome_genes(genome, &genes) != CRUCIBLE_OK) {
    /* a genome of another version is shown as it stands */
    text_add(page, "<h3>DNA</h3>\n<pre>");
    text_add_html(page, agent->genome);
    text_add(page, "</pre>\n");
    return;
  }
  add_plan(page, &genes);
  add_features(page, genome, genes.n_features);
  add_model(page, genome, &genes);
  text_add(page, "<p class=\"note\">Genome <code>");
  text_add_html(page, agent->genome_id);
  text_add(page, "</code></p>\n");
  crucible_genome_destroy(genome);
}

static void add_fold(run_text *page, const crucible_fold *fold,
                     const char *name) {
  char span[64];
  text_add(page, "<tr>");
  html_cell_left(page, name);
  snprintf(span, sizeof span, "%zu to %zu", fold->train_begin,
           fold->train_end - 1);
  html_cell(page, span);
  html_cell(page, figure_count(fold->n_train).text);
  html_cell(page, figure_count(fold->n_purged).text);
  html_cell(page, figure_count(fold->rounds).text);
  snprintf(span, sizeof span, "%zu to %zu", fold->test_begin,
           fold->test_end - 1);
  html_cell(page, span);
  html_cell(page, figure_count(fold->n_trades).text);
  html_cell_signed(page, fold->total_return,
                   figure_signed_percent(fold->total_return));
  html_cell(page, figure_number(fold->sharpe, 4).text);
  html_cell(page, figure_number(100 * fold->theta_in, 4).text);
  html_cell(page, figure_number(100 * fold->theta_out, 4).text);
  text_add(page, "</tr>\n");
}

void html_forging(run_text *page, const crucible_report_agent *agent) {
  const crucible_forge_report *forging = &agent->forging;
  text_addf(page,
            "<h3>Forge, out of sample</h3>\n<p class=\"note\">%s trades in %u "
            "folds brought %s before and %s after costs, a return of %s; "
            "%s of them won. Sharpe per bar %s, PSR %s, largest drawdown %s. "
            "%s bars had a label; the deployed model has %s rounds.</p>\n",
            figure_count(forging->n_trades).text, forging->n_folds,
            figure_signed_money(forging->gross).text,
            figure_signed_money(forging->net).text,
            figure_signed_percent(forging->total_return).text,
            figure_percent(forging->win_rate).text,
            figure_number(forging->sharpe, 4).text,
            figure_percent(forging->psr).text,
            figure_percent(forging->max_drawdown).text,
            figure_count(forging->n_labels).text,
            figure_count(forging->deployed_rounds).text);
  text_add(page, "<div class=\"wide\"><table>\n<tr><th class=\"l\">fold</th>"
                 "<th>trained on bars</th><th>rows</th><th>purged</th>"
                 "<th>rounds</th><th>tested on bars</th><th>trades</th>"
                 "<th>return</th><th>Sharpe per bar</th><th>enter above, %</th>"
                 "<th>leave below, %</th></tr>\n");
  for (uint32_t i = 0; i < forging->n_folds && i < CRUCIBLE_FOLDS_MAX; ++i)
    add_fold(page, &forging->folds[i], figure_count(i + 1).text);
  if (forging->has_holdout)
    add_fold(page, &forging->holdout, "holdout");
  text_add(page, "</table></div>\n");
}
